import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isDigest } from "../../evidence/canonical.ts";
import type { Digest } from "../../evidence/types.ts";
import { GateError, messageOf, systemCodeOf } from "../../util/errors.ts";
import { isRecord } from "../../util/json.ts";

/** Beside `gate.yaml`. */
export const LOCK_NAME = "gate.lock";

const LOCK_VERSION = 1;

/** What was taken for a package of `gate.yaml`, so that nothing else can be taken for it later. */
export interface LockedPackage {
  /** `path:` or `oci:` and the package as `gate.yaml` names it. */
  readonly source: string;
  /** Of the image's manifest for `oci`, else of the package. */
  readonly digest: Digest;
  /** Of the package, a .tar.gz. */
  readonly package: Digest;
  /** Who signed it, where `gate.yaml` names a key. */
  readonly signer: PackageSigner | null;
}

export interface PackageSigner {
  /** What the signer called the key; may be empty. */
  readonly keyId: string;
  /** Of the public key. */
  readonly key: Digest;
}

/**
 * Reads `gate.lock` of a folder, if there is one.
 *
 * @param damaged what to do with one that cannot be understood: a check refuses it, and who writes it anew does without
 * @throws {GateError} `package-untrusted` where it is not what `gate policy pull` writes
 */
export function readLock(
  folder: string,
  damaged: "strict" | "lenient" = "strict",
): readonly LockedPackage[] | undefined {
  let text: string;
  try {
    text = readFileSync(join(folder, LOCK_NAME), "utf8");
  } catch (cause) {
    if (systemCodeOf(cause) === "ENOENT") return undefined;
    throw new GateError("package-untrusted", `${LOCK_NAME} cannot be read: ${messageOf(cause)}`, { cause });
  }
  const packages = parseLock(text);
  if (packages !== undefined || damaged === "lenient") return packages;
  throw new GateError("package-untrusted", `${LOCK_NAME} is not a lock file of this version`, {
    hint: "Run `gate policy pull` to write it again.",
  });
}

/** A lock file: the same packages give the same text. */
export function lockText(packages: readonly LockedPackage[]): string {
  const sorted = packages.toSorted((a, b) => (a.source < b.source ? -1 : 1));
  return `${JSON.stringify({ version: LOCK_VERSION, packages: sorted }, null, 2)}\n`;
}

function parseLock(text: string): readonly LockedPackage[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(value) || value["version"] !== LOCK_VERSION || !Array.isArray(value["packages"])) return undefined;
  const packages: readonly unknown[] = value["packages"];
  return packages.every(isLocked) ? packages : undefined;
}

function isLocked(value: unknown): value is LockedPackage {
  if (!isRecord(value) || typeof value["source"] !== "string") return false;
  const { digest, package: content, signer } = value;
  return isDigest(digest) && isDigest(content) && (signer === null || isSigner(signer));
}

function isSigner(value: unknown): value is PackageSigner {
  return isRecord(value) && typeof value["keyId"] === "string" && isDigest(value["key"]);
}
