import { readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { sha256 } from "../../evidence/canonical.ts";
import type { Digest } from "../../evidence/types.ts";
import { GateError, messageOf, systemCodeOf } from "../../util/errors.ts";
import { type PublicKey, type PublicKeyAlgorithm, publicKey } from "./keys.ts";
import { LOCK_NAME, type LockedPackage, type PackageSigner, readLock } from "./lock.ts";

/** A package as `gate.yaml` names it. */
export interface ConfiguredPackage {
  readonly kind: "path" | "oci";
  /** A path relative to `gate.yaml`, or `registry/name:tag`. */
  readonly name: string;
  /** What it has to be: the image's manifest for `oci`, where it is always given, else the package. */
  readonly digest?: Digest;
  /** A file relative to `gate.yaml`: then the package has to be signed with this key. */
  readonly key?: string;
  readonly algorithm?: PublicKeyAlgorithm;
  /** Such as `gate.yaml:7`. */
  readonly source: string;
}

/** The bytes of a package that are those `gate.yaml` and `gate.lock` ask for. Its signature is still to be looked at. */
export interface OpenedPackage {
  /** As `gate.yaml` names it. */
  readonly label: string;
  /** Of the bytes. */
  readonly digest: Digest;
  readonly bytes: Uint8Array;
  /** Whether `gate.yaml` says which bytes they have to be. */
  readonly pinned: boolean;
  readonly key?: PublicKey;
  /** Who signed it when it was locked; undefined where nothing is locked. */
  readonly lockedSigner?: PackageSigner | null;
  /** Absolute paths of the files that decide which policies these are; none where `gate.yaml` alone does. */
  readonly decidedBy: readonly string[];
}

/** The largest package that is read, in bytes. The toolchain has the same limit. */
export const MAX_PACKAGE_BYTES = 32 << 20;

const PULL = "Run `gate policy pull`, and commit gate.lock.";

/**
 * Reads the packages of a configuration from the disk, never from the network, and holds them against the pins of
 * `gate.yaml` and against `gate.lock`.
 *
 * @param folder of `gate.yaml`, absolute
 * @throws {GateError} `package-not-found`, `package-untrusted` or `key-invalid`
 */
export function openPackages(packages: readonly ConfiguredPackage[], folder: string): readonly OpenedPackage[] {
  if (packages.length === 0) return [];
  const lock = readLock(folder);
  return packages.map((configured) => openPackage(configured, folder, lock));
}

function openPackage(
  configured: ConfiguredPackage,
  folder: string,
  lock: readonly LockedPackage[] | undefined,
): OpenedPackage {
  const locked = lock?.find(({ source }) => source === lockName(configured));
  if (locked === undefined && (lock !== undefined || configured.kind === "oci")) {
    throw untrusted(configured, `is not in ${LOCK_NAME}`, PULL);
  }
  if (locked !== undefined && configured.digest !== undefined && configured.digest !== locked.digest) {
    throw untrusted(configured, `has the digest ${configured.digest} there and ${locked.digest} in ${LOCK_NAME}`, PULL);
  }
  const path = packagePath(configured, folder);
  const bytes = readPackageFile(path, configured);
  const digest = sha256(bytes);
  if (configured.kind === "path") requirePin(configured, digest);
  if (locked !== undefined && digest !== locked.package) {
    const hint = `Find out why it changed. ${PULL}`;
    throw untrusted(configured, `has the digest ${locked.package} in ${LOCK_NAME}, and the file's is ${digest}`, hint);
  }
  const key = readKey(configured, folder);
  return {
    label: configured.name,
    digest,
    bytes,
    pinned: configured.digest !== undefined,
    ...(key === undefined ? {} : { key }),
    ...(locked === undefined ? {} : { lockedSigner: locked.signer }),
    decidedBy: decidingFiles(configured, path, folder),
  };
}

/**
 * Holds the bytes of a package file against the digest that `gate.yaml` asks for, if it asks for one.
 *
 * @throws {GateError} `package-untrusted`
 */
export function requirePin(configured: ConfiguredPackage, digest: Digest): void {
  if (configured.digest === undefined || digest === configured.digest) return;
  const hint = `Take the package that was meant, or set its digest in ${configured.source} after a review.`;
  throw untrusted(configured, `has the digest ${configured.digest} there, and the file's is ${digest}`, hint);
}

/** How a package is named in `gate.lock`. */
export function lockName({ kind, name }: Pick<ConfiguredPackage, "kind" | "name">): string {
  return `${kind}:${name}`;
}

/** Where the bytes of a package are, absolute: an image's below `.gate`, under the digest of its manifest. */
export function packagePath(configured: ConfiguredPackage, folder: string): string {
  if (configured.kind === "path") return resolve(folder, configured.name);
  return join(folder, ".gate/packages", `${configured.digest?.slice("sha256:".length) ?? "unpinned"}.tar.gz`);
}

/**
 * The key that a package of `gate.yaml` has to be signed with, if it names one.
 *
 * @throws {GateError} `key-invalid`
 */
export function readKey({ key, algorithm }: ConfiguredPackage, folder: string): PublicKey | undefined {
  if (key === undefined) return undefined;
  let text: string;
  try {
    text = readFileSync(resolve(folder, key), "utf8");
  } catch (cause) {
    throw new GateError("key-invalid", `${key} cannot be read: ${messageOf(cause)}`, { cause });
  }
  return publicKey({ text, label: key, ...(algorithm === undefined ? {} : { algorithm }) });
}

/**
 * Reads a package file of any origin.
 *
 * @throws {GateError} `package-not-found`, or `package-invalid` where it is too large
 */
export function readPackageFile(path: string, { kind, name }: Pick<ConfiguredPackage, "kind" | "name">): Uint8Array {
  let size: number;
  try {
    ({ size } = statSync(path));
    if (size <= MAX_PACKAGE_BYTES) return readFileSync(path);
  } catch (cause) {
    throw notFound(kind, name, cause);
  }
  throw new GateError("package-invalid", `${name} is larger than ${MAX_PACKAGE_BYTES >> 20} MiB`);
}

function notFound(kind: ConfiguredPackage["kind"], name: string, cause: unknown): GateError {
  const missing = systemCodeOf(cause) === "ENOENT";
  if (missing && kind === "oci") {
    return new GateError("package-not-found", `the policy package ${name} has not been pulled`, {
      cause,
      hint: "Run `gate policy pull` before the check; a check does not use the network.",
    });
  }
  const reason = missing ? "does not exist" : `cannot be read: ${messageOf(cause)}`;
  return new GateError("package-not-found", `the policy package ${name} ${reason}`, { cause });
}

function decidingFiles(configured: ConfiguredPackage, path: string, folder: string): readonly string[] {
  if (configured.kind === "oci") return [join(folder, LOCK_NAME)];
  if (configured.digest !== undefined) return [];
  return [path, ...(configured.key === undefined ? [] : [resolve(folder, configured.key)])];
}

function untrusted({ name, source }: ConfiguredPackage, what: string, hint: string): GateError {
  return new GateError("package-untrusted", `the policy package ${name} (${source}) ${what}`, { hint });
}
