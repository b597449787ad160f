import { sha256 } from "../../evidence/canonical.ts";
import type { Digest } from "../../evidence/types.ts";
import { openCache } from "../../util/cache.ts";
import { openToolchain, type PolicyServices } from "../load.ts";
import { pullImage, pushImage } from "../oci/image.ts";
import { parseReference } from "../oci/reference.ts";
import { openRepository } from "../oci/registry.ts";
import type { RegoToolchain } from "../toolchain/protocol.ts";
import { type LockedPackage, readLock } from "./lock.ts";
import { type ConfiguredPackage, lockName, packagePath, readKey, readPackageFile, requirePin } from "./open.ts";
import { readPackage } from "./read.ts";

/** A package from a registry. */
export interface FetchedPackage {
  /** Of the image's manifest. */
  readonly digest: Digest;
  /** The package; of a Conftest image, one made of its files. */
  readonly archive: Uint8Array;
}

/** What the packages of a configuration came to: all of them verified, none of them written. */
export interface PulledPackages {
  readonly locked: readonly LockedPackage[];
  /** What has to be written where, by absolute path. */
  readonly files: readonly { readonly path: string; readonly archive: Uint8Array }[];
}

/**
 * Fetches a package that can be read, by its tag, or by its digest where the reference has one.
 *
 * @throws {GateError} `registry-failed`, `package-untrusted` or `package-invalid`
 */
export async function fetchPackage(reference: string, services: PolicyServices): Promise<FetchedPackage> {
  const toolchain = await openToolchain(services);
  try {
    const fetched = await fetchImage(reference, undefined, services, toolchain);
    await toolchain.readBundle(fetched.archive);
    return fetched;
  } finally {
    await toolchain.close();
  }
}

/**
 * Puts a package that can be read into a registry.
 *
 * @returns the digest of the image's manifest
 * @throws {GateError} `registry-failed` or `package-invalid`
 */
export async function pushPackage(reference: string, archive: Uint8Array, services: PolicyServices): Promise<Digest> {
  const image = parseReference(reference);
  const toolchain = await openToolchain(services);
  try {
    await toolchain.readBundle(archive);
  } finally {
    await toolchain.close();
  }
  return pushImage(openRepository(image, services), image.tag, archive);
}

/**
 * Takes every package of a configuration, from the registry where it is not here yet, and holds it against its pin and its
 * key.
 *
 * @param folder of `gate.yaml`, absolute
 */
export async function pullPackages(
  packages: readonly ConfiguredPackage[],
  folder: string,
  services: PolicyServices,
): Promise<PulledPackages> {
  const known = readLock(folder, "lenient") ?? [];
  const locked: LockedPackage[] = [];
  const files: { readonly path: string; readonly archive: Uint8Array }[] = [];
  const toolchain = await openToolchain(services);
  try {
    for (const configured of packages) {
      const path = packagePath(configured, folder);
      const present = presentArchive(configured, path, known);
      const archive = present ?? (await fetchImage(configured.name, configured.digest, services, toolchain)).archive;
      const entry = await lockPackage(configured, folder, archive, toolchain);
      locked.push(entry);
      if (present === undefined) files.push({ path, archive });
    }
  } finally {
    await toolchain.close();
  }
  return { locked, files };
}

async function fetchImage(
  reference: string,
  pin: Digest | undefined,
  services: PolicyServices,
  toolchain: RegoToolchain,
): Promise<FetchedPackage> {
  const image = parseReference(reference);
  const pulled = await pullImage(openRepository(image, services), pin ?? image.digest ?? image.tag);
  if (pulled.layout === "opa") return { digest: pulled.digest, archive: pulled.archive };
  const archive = await toolchain.bundle({ files: pulled.files, revision: "", metadata: {} });
  return { digest: pulled.digest, archive };
}

/** The bytes of a package that need not be fetched: a file of the repository, or what was pulled before and is unchanged. */
function presentArchive(
  configured: ConfiguredPackage,
  path: string,
  known: readonly LockedPackage[],
): Uint8Array | undefined {
  if (configured.kind === "path") return readPackageFile(path, configured);
  const before = known.find(({ source }) => source === lockName(configured));
  if (before?.digest !== configured.digest) return undefined;
  try {
    const archive = readPackageFile(path, configured);
    return sha256(archive) === before?.package ? archive : undefined;
  } catch {
    return undefined;
  }
}

async function lockPackage(
  configured: ConfiguredPackage,
  folder: string,
  bytes: Uint8Array,
  toolchain: RegoToolchain,
): Promise<LockedPackage> {
  const digest = sha256(bytes);
  if (configured.kind === "path") requirePin(configured, digest);
  const key = readKey(configured, folder);
  const opened = {
    label: configured.name,
    digest,
    bytes,
    pinned: configured.digest !== undefined,
    decidedBy: [],
    ...(key === undefined ? {} : { key }),
  };
  const { signer } = await readPackage(opened, openCache(undefined), "", () => Promise.resolve(toolchain));
  return { source: lockName(configured), digest: configured.digest ?? digest, package: digest, signer };
}
