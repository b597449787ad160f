import { posix } from "node:path";
import { isDigest } from "../../evidence/canonical.ts";
import type { Digest } from "../../evidence/types.ts";
import { GateError } from "../../util/errors.ts";
import { isRecord } from "../../util/json.ts";
import { MAX_PACKAGE_BYTES } from "../package/open.ts";
import type { RegoModule } from "../toolchain/protocol.ts";
import { type Descriptor, MANIFEST_TYPE, type Repository } from "./registry.ts";

/** The layouts of OPA (`opa` and `oras push`) and of Conftest (`conftest push`). */
const MEDIA = {
  config: "application/vnd.oci.image.config.v1+json",
  bundle: "application/vnd.oci.image.layer.v1.tar+gzip",
  policy: "application/vnd.cncf.openpolicyagent.policy.layer.v1+rego",
  data: "application/vnd.cncf.openpolicyagent.data.layer.v1+json",
} as const;

const TITLE = "org.opencontainers.image.title";
const MAX_LAYERS = 10_000;

/** An image that holds policies: a package as OPA writes them, or the single files of Conftest. */
export type PulledImage = { readonly digest: Digest } & (
  | { readonly layout: "opa"; readonly archive: Uint8Array }
  | { readonly layout: "conftest"; readonly files: readonly RegoModule[] }
);

/**
 * Puts a package into a repository as OPA expects it: an image with one layer, the package. The same package gives the
 * same image.
 *
 * @returns the digest of the image's manifest, by which it can be pulled and pinned
 */
export async function pushImage(repository: Repository, tag: string, archive: Uint8Array): Promise<Digest> {
  const config = new TextEncoder().encode("{}");
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: { mediaType: MEDIA.config, digest: await repository.putBlob(config), size: config.length },
    layers: [
      {
        mediaType: MEDIA.bundle,
        digest: await repository.putBlob(archive),
        size: archive.length,
        annotations: { [TITLE]: "policy.tar.gz" },
      },
    ],
  };
  return repository.putManifest(tag, new TextEncoder().encode(JSON.stringify(manifest)), MANIFEST_TYPE);
}

/**
 * Fetches an image of either layout.
 *
 * @param reference a tag or a digest
 * @throws {GateError} `package-invalid` where it holds no policies that can be used, and what {@link Repository} throws
 */
export async function pullImage(repository: Repository, reference: string): Promise<PulledImage> {
  const { bytes, digest } = await repository.getManifest(reference);
  const layers = layersOf(bytes);
  const bundle = layers.find(({ mediaType }) => mediaType === MEDIA.bundle);
  if (bundle !== undefined) return { layout: "opa", digest, archive: await repository.getBlob(bundle) };
  const parts = layers.filter(({ mediaType }) => mediaType === MEDIA.policy || mediaType === MEDIA.data);
  if (parts.length === 0) throw invalid("it has no layer that holds policies");
  const files: RegoModule[] = [];
  for (const part of parts) files.push({ path: fileName(part), source: decode(await repository.getBlob(part)) });
  return { layout: "conftest", digest, files };
}

function layersOf(bytes: Uint8Array): readonly Descriptor[] {
  let manifest: unknown;
  try {
    manifest = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw invalid("its manifest is not JSON");
  }
  if (isRecord(manifest) && Array.isArray(manifest["manifests"])) {
    throw invalid("it is an index of several images; name one of them by its digest");
  }
  const layers: readonly unknown[] | undefined =
    isRecord(manifest) && Array.isArray(manifest["layers"]) ? manifest["layers"] : undefined;
  if (layers === undefined || !layers.every(isDescriptor)) throw invalid("its manifest has no valid list of layers");
  const total = layers.reduce((sum, { size }) => sum + size, 0);
  if (layers.length > MAX_LAYERS || total > MAX_PACKAGE_BYTES) {
    throw invalid(`it has more than ${MAX_LAYERS} layers or ${MAX_PACKAGE_BYTES >> 20} MiB`);
  }
  return layers;
}

function isDescriptor(value: unknown): value is Descriptor {
  if (!isRecord(value) || typeof value["mediaType"] !== "string" || !isDigest(value["digest"])) return false;
  const { size, annotations } = value;
  return Number.isSafeInteger(size) && Number(size) >= 0 && (annotations === undefined || isRecord(annotations));
}

/** The path that Conftest gives a layer, which anybody could have written. */
function fileName({ annotations, mediaType }: Descriptor): string {
  const title = annotations?.[TITLE];
  if (typeof title !== "string") throw invalid("a layer has no name");
  const path = posix.normalize(title.replaceAll("\\", "/"));
  const inside = path !== "." && path !== ".." && !path.startsWith("../") && !posix.isAbsolute(path);
  if (!inside || /^[a-z]:/i.test(path) || /\p{Cc}/u.test(path)) {
    throw invalid(`the name ${JSON.stringify(title)} of a layer is not a path inside the package`);
  }
  if (mediaType === MEDIA.policy && !path.endsWith(".rego")) throw invalid(`the policy ${path} is not named .rego`);
  if (mediaType === MEDIA.data && posix.basename(path) !== "examples.yaml") {
    throw invalid(`it holds data, which gates cannot read: ${path}`);
  }
  return path;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw invalid("a policy is not UTF-8 text");
  }
}

function invalid(what: string): GateError {
  return new GateError("package-invalid", `the image cannot be used: ${what}`);
}
