import { hashes, verify as verifyEd25519 } from "@noble/ed25519";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256, sha512 } from "@noble/hashes/sha2.js";
import { Buffer } from "./buffer.ts";

/**
 * What verification uses of `node:crypto`, for browsers; the build puts it in that place. Not WebCrypto: that answers later
 * only, is not there in every browser and page, and has no Ed25519 in those of a few years ago.
 */

hashes.sha512 = sha512;

type Bytes = ReturnType<typeof Buffer.alloc>;

interface PageHash {
  update(data: Uint8Array | string, encoding?: string): PageHash;
  digest(): Bytes;
  digest(encoding: string): string;
}

interface PageKey {
  readonly type: "public";
  readonly x: string;
  export(): { readonly x: string };
}

/** @throws {RangeError} for any algorithm but `sha256` */
export function createHash(algorithm: string): PageHash {
  if (algorithm !== "sha256") throw new RangeError(`no ${algorithm} in this page`);
  return pageHash(sha256.create());
}

interface RunningHash {
  update(data: Uint8Array): unknown;
  digest(): Uint8Array;
}

function pageHash(running: RunningHash): PageHash {
  function digest(): Bytes;
  function digest(encoding: string): string;
  function digest(encoding?: string): Bytes | string {
    const bytes = Buffer.from(running.digest());
    return encoding === undefined ? bytes : bytes.toString(encoding);
  }
  const page: PageHash = {
    update(data) {
      running.update(typeof data === "string" ? Buffer.from(data) : data);
      return page;
    },
    digest,
  };
  return page;
}

/** HMAC with SHA-256. @throws {RangeError} for any algorithm but `sha256` */
export function createHmac(algorithm: string, key: Uint8Array): PageHash {
  if (algorithm !== "sha256") throw new RangeError(`no ${algorithm} in this page`);
  return pageHash(hmac.create(sha256, new Uint8Array(key)));
}

/** Whether bytes are the same. Nothing in this page is secret, so the time that it takes tells nobody anything. */
export function timingSafeEqual(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}

/** An Ed25519 public key from its JSON Web Key. */
export function createPublicKey({ key: { x } }: { readonly key: { readonly x: string } }): PageKey {
  return { type: "public", x, export: () => ({ x }) };
}

/** Whether an Ed25519 signature is by a key (RFC 8032). */
export function verify(_: null, data: Uint8Array, key: PageKey, signature: Uint8Array): boolean {
  try {
    return verifyEd25519(
      new Uint8Array(signature),
      new Uint8Array(data),
      Uint8Array.from(Buffer.from(key.x, "base64url")),
      {
        zip215: false,
      },
    );
  } catch {
    // A signature of another length, or a key that is no point of the curve.
    return false;
  }
}

/** No page signs. @throws {Error} always */
export function sign(): never {
  throw new Error("nothing is signed in this page");
}

/** SHA-256 in one call. */
export function hash(algorithm: string, data: Uint8Array | string, encoding = "hex"): string {
  return createHash(algorithm).update(data).digest(encoding);
}
