import { isDigest, sha256 } from "../../evidence/canonical.ts";
import type { Digest } from "../../evidence/types.ts";
import { GateError } from "../../util/errors.ts";
import { isRecord } from "../../util/json.ts";
import { isLoopback } from "../../util/loopback.ts";
import { type Credentials, findCredentials } from "./credentials.ts";
import {
  createRegistryHttp,
  failed,
  type RegistryHttp,
  type RegistryResponse,
  resolveLocation,
  unauthorised,
} from "./http.ts";
import type { ImageReference } from "./reference.ts";

/** What a manifest says of a blob. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A manifest as it is stored: its digest is one of these bytes. */
export interface StoredManifest {
  readonly bytes: Uint8Array;
  readonly digest: Digest;
}

/**
 * One repository of a registry, by the OCI distribution specification 1.1. Everything that comes back is held against its
 * digest and its size.
 *
 * Each method rejects with a {@link GateError}: `registry-failed`, or `package-untrusted` for bytes of another digest.
 */
export interface Repository {
  /** @param reference a tag, or a digest that the manifest then has */
  getManifest(reference: string): Promise<StoredManifest>;
  getBlob(descriptor: Descriptor): Promise<Uint8Array>;
  putBlob(bytes: Uint8Array): Promise<Digest>;
  putManifest(tag: string, bytes: Uint8Array, mediaType: string): Promise<Digest>;
}

export interface RepositoryOptions {
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** For one request, in milliseconds. */
  readonly timeoutMs?: number;
}

export const MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";

const ACCEPTED_MANIFESTS = [
  MANIFEST_TYPE,
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
].join(", ");

const MAX_MANIFEST_BYTES = 4 << 20;
const MAX_ERROR_BYTES = 64 << 10;
const DIGEST_HEADER = "docker-content-digest";

export function openRepository(reference: ImageReference, options: RepositoryOptions): Repository {
  const { registry, repository } = reference;
  const origin = originOf(registry);
  const { variables, timeoutMs } = options;
  let asked: Promise<Credentials | undefined> | undefined;
  const credentials = (): Promise<Credentials | undefined> => (asked ??= findCredentials(registry, variables));
  const http: RegistryHttp = createRegistryHttp({
    origin,
    credentials,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
  const address = (path: string): URL => new URL(`/v2/${repository}/${path}`, origin);

  async function getManifest(wanted: string): Promise<StoredManifest> {
    const url = address(`manifests/${wanted}`);
    const headers = { accept: ACCEPTED_MANIFESTS };
    const response = await http.send({ method: "GET", url, headers, maxBytes: MAX_MANIFEST_BYTES });
    await expectStatus(response, [200], url);
    const digest = sha256(response.body);
    const claimed = response.headers.get(DIGEST_HEADER);
    const expected = isDigest(wanted) ? wanted : claimed?.startsWith("sha256:") === true ? claimed : digest;
    if (digest !== expected) throw otherDigest(url, digest, expected);
    return { bytes: response.body, digest };
  }

  async function getBlob({ digest: expected, size }: Descriptor): Promise<Uint8Array> {
    const url = address(`blobs/${expected}`);
    // An error has a body too.
    const response = await http.send({ method: "GET", url, maxBytes: Math.max(size, MAX_ERROR_BYTES) });
    await expectStatus(response, [200], url);
    if (response.body.length !== size) throw failed(url, `sends ${response.body.length} bytes of ${size}`);
    const digest = sha256(response.body);
    if (digest !== expected) throw otherDigest(url, digest, expected);
    return response.body;
  }

  async function putBlob(bytes: Uint8Array): Promise<Digest> {
    const digest = sha256(bytes);
    const there = await http.send({ method: "HEAD", url: address(`blobs/${digest}`), maxBytes: MAX_ERROR_BYTES });
    if (there.status === 200) return digest;
    const start = address("blobs/uploads/");
    const started = await http.send({ method: "POST", url: start, body: new Uint8Array(), maxBytes: MAX_ERROR_BYTES });
    await expectStatus(started, [202], start);
    const location = started.headers.get("location");
    if (location === null) throw failed(start, "does not say where to upload to");
    const url = resolveLocation(location, start);
    url.searchParams.set("digest", digest);
    const headers = { "content-type": "application/octet-stream" };
    const body = new Uint8Array(bytes);
    const done = await http.send({ method: "PUT", url, headers, body, maxBytes: MAX_ERROR_BYTES });
    await expectStatus(done, [201], url);
    return digest;
  }

  async function putManifest(tag: string, bytes: Uint8Array, mediaType: string): Promise<Digest> {
    const url = address(`manifests/${tag}`);
    const headers = { "content-type": mediaType };
    const body = new Uint8Array(bytes);
    const response = await http.send({ method: "PUT", url, headers, body, maxBytes: MAX_ERROR_BYTES });
    await expectStatus(response, [201], url);
    const digest = sha256(bytes);
    const stored = response.headers.get(DIGEST_HEADER);
    if (stored !== null && stored !== digest) throw otherDigest(url, stored, digest);
    return digest;
  }

  async function expectStatus({ status, body }: RegistryResponse, good: readonly number[], url: URL): Promise<void> {
    if (good.includes(status)) return;
    if (status === 401 || status === 403) throw unauthorised(origin, (await credentials()) !== undefined);
    if (status === 404) throw new GateError("registry-failed", `${registry}/${repository} has no ${lastOf(url)}`);
    throw failed(url, `answers ${status}${errorText(body)}`);
  }

  return { getManifest, getBlob, putBlob, putManifest };
}

/** Encrypted, unless the registry is on this machine. */
function originOf(registry: string): URL {
  const host = registry === "docker.io" ? "registry-1.docker.io" : registry;
  const secure = new URL(`https://${host}`);
  return isLoopback(secure) ? new URL(`http://${host}`) : secure;
}

function otherDigest(url: URL, digest: string, expected: string): GateError {
  return new GateError(
    "package-untrusted",
    `${url.origin}${url.pathname} sends something else than was asked for: ${digest} instead of ${expected}`,
  );
}

function lastOf(url: URL): string {
  return url.pathname.split("/").slice(-2).join(" ");
}

/** The messages of an error document (distribution specification, "Error Codes"). */
function errorText(body: Uint8Array): string {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body));
    const errors: readonly unknown[] = isRecord(value) && Array.isArray(value["errors"]) ? value["errors"] : [];
    const messages = errors.map((error) =>
      isRecord(error) ? `${String(error["code"])} ${String(error["message"])}` : "",
    );
    return messages.length === 0 ? "" : `: ${messages.join(", ")}`;
  } catch {
    return "";
  }
}
