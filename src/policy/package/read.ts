import { canonicalDigest } from "../../evidence/canonical.ts";
import type { Cache } from "../../util/cache.ts";
import { GateError } from "../../util/errors.ts";
import { isRecord } from "../../util/json.ts";
import type { PolicyFile } from "../sources.ts";
import type { RegoToolchain } from "../toolchain/protocol.ts";
import type { PublicKey } from "./keys.ts";
import type { PackageSigner } from "./lock.ts";
import type { OpenedPackage } from "./open.ts";

/** Raised whenever the same package would be read differently. */
const READING = 2;

/** The version of what we say in a manifest's metadata. */
export const PACKAGE_FORMAT = 1;

/** What is in a package whose signature, where one is asked for, is good. */
export interface ReadPackage {
  readonly files: readonly PolicyFile[];
  readonly revision: string;
  /** Null where no key was given. */
  readonly signer: PackageSigner | null;
}

/**
 * Reads the files of a package after its signature was verified, from the cache where these very bytes were read with
 * this key before.
 *
 * @param identity what makes the toolchain read it as it does
 * @throws {GateError} `package-untrusted`, `package-invalid` or `policy-invalid`
 */
export async function readPackage(
  opened: OpenedPackage,
  cache: Cache,
  identity: string,
  toolchain: () => Promise<RegoToolchain>,
): Promise<ReadPackage> {
  const { label, digest, pinned, lockedSigner } = opened;
  const key = opened.key === undefined ? null : { ...opened.key };
  const entry = canonicalDigest({ reading: READING, digest, label, key, pinned, identity });
  const name = `packages/${entry.slice("sha256:".length)}.json`;
  const cached = cache.readJson(name);
  const read = isReadPackage(cached) ? cached : await readAfresh(opened, await toolchain());
  if (read !== cached) await cache.write(name, JSON.stringify(read));
  if (lockedSigner !== undefined && !sameSigner(read.signer, lockedSigner)) {
    throw new GateError("package-untrusted", `the policy package ${label} was locked with another signer`, {
      hint: "Run `gate policy pull` after a review, and commit gate.lock.",
    });
  }
  return read;
}

async function readAfresh(opened: OpenedPackage, toolchain: RegoToolchain): Promise<ReadPackage> {
  const { label, bytes, key, pinned } = opened;
  const signer = key === undefined ? null : await verifiedSigner(label, bytes, key, toolchain);
  const { files, revision, metadata, signed } = await toolchain.readBundle(bytes);
  if (signed && signer === null && !pinned) {
    throw new GateError("package-untrusted", `the policy package ${label} is signed, and no key says by whom`, {
      hint: "Name the signer's public key as `key` of the package, or pin its `digest`.",
    });
  }
  const own = metadata?.["gate"];
  if (isRecord(own) && own["format"] !== PACKAGE_FORMAT) {
    throw new GateError("package-invalid", `the policy package ${label} was made for a newer version of gate`);
  }
  return { files: files.map(({ path, source }) => ({ path: `${label}/${path}`, text: source })), revision, signer };
}

async function verifiedSigner(
  label: string,
  archive: Uint8Array,
  key: PublicKey,
  toolchain: RegoToolchain,
): Promise<PackageSigner> {
  const { verified, reason, keyId } = await toolchain.verify({ archive, key: key.key, algorithm: key.algorithm });
  if (!verified) {
    throw new GateError(
      "package-untrusted",
      `the signature of the policy package ${label} does not verify: ${reason}`,
      {
        hint: "Take the package from its author again, or name the key that it is signed with.",
      },
    );
  }
  return { keyId, key: key.fingerprint };
}

function sameSigner(one: PackageSigner | null, other: PackageSigner | null): boolean {
  return one?.key === other?.key && one?.keyId === other?.keyId;
}

function isReadPackage(value: unknown): value is ReadPackage {
  return isRecord(value) && Array.isArray(value["files"]) && (value["signer"] === null || isRecord(value["signer"]));
}
