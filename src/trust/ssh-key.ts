import { createHash, createPublicKey, type JsonWebKey, type KeyObject, verify } from "node:crypto";
import { decodeBase64 } from "../util/base64.ts";
import { Refusal, type WireReader, wireReader, wireString } from "./wire.ts";

const MIN_RSA_BITS = 2048;
/** OpenSSH's own limit; verifying with more takes longer than any signature is worth. */
const MAX_RSA_BITS = 16_384;

const ED25519 = "ed25519:";
const ED25519_TYPE = "ssh-ed25519";

/** A public key that signatures are held against. */
export interface SshPublicKey {
  /** Such as `ssh-ed25519`. */
  readonly type: string;
  /** The wire form (RFC 4253 section 6.6) in base64: the one name of the key, however it was given. */
  readonly id: string;
  /** Where the key is Ed25519: for signatures that are not in OpenSSH's form. */
  readonly ed25519?: KeyObject;
  /**
   * Whether a signature blob in the wire form is this key's over some data.
   *
   * @throws {Refusal} for a signature of another kind, or a damaged one
   */
  verify(data: Uint8Array, signature: Uint8Array): boolean;
}

/** What a type of key makes of the rest of its wire form. */
type Keys = Pick<SshPublicKey, "verify" | "ed25519">;

const KEYS: Readonly<Record<string, (reader: WireReader) => Keys>> = {
  [ED25519_TYPE]: ed25519,
  "sk-ssh-ed25519@openssh.com": securityEd25519,
  "ecdsa-sha2-nistp256": (reader) => ecdsa(reader, "nistp256"),
  "ecdsa-sha2-nistp384": (reader) => ecdsa(reader, "nistp384"),
  "ecdsa-sha2-nistp521": (reader) => ecdsa(reader, "nistp521"),
  "ssh-rsa": rsa,
};

/** RFC 5656 section 6.2.1: the hash goes with the curve. */
const CURVES = {
  nistp256: { name: "P-256", bytes: 32, hash: "sha256" },
  nistp384: { name: "P-384", bytes: 48, hash: "sha384" },
  nistp521: { name: "P-521", bytes: 66, hash: "sha512" },
} as const;

/** RFC 8332; `ssh-rsa` as the name of a signature means SHA-1. */
const RSA_HASHES: Readonly<Record<string, string>> = { "rsa-sha2-256": "sha256", "rsa-sha2-512": "sha512" };

/**
 * Reads a public key in its wire form.
 *
 * @throws {Refusal} for what is damaged, too weak or of a kind that is not supported
 */
export function readSshKey(blob: Uint8Array): SshPublicKey {
  const reader = wireReader(blob, "the public key");
  const type = reader.text();
  if (type.includes("-cert-v")) throw new Refusal("certificates are not supported; use the key itself");
  const read = Object.hasOwn(KEYS, type) ? KEYS[type] : undefined;
  if (read === undefined) {
    throw new Refusal(`keys of type ${type} are not supported; supported are ${Object.keys(KEYS).join(", ")}`);
  }
  const keys = read(reader);
  reader.end();
  return { type, id: Buffer.from(blob).toString("base64"), ...keys };
}

/**
 * Reads a public key as people write it: a line of a `.pub` file (`ssh-ed25519 AAAA… comment`), or `ed25519:` and the raw
 * 32 bytes in base64.
 *
 * @throws {Refusal}
 */
export function parseKey(text: string): SshPublicKey {
  if (text.includes("PRIVATE KEY")) throw new Refusal("it is a private key, which only its owner should have");
  if (text.startsWith(ED25519)) {
    const raw = decodeBase64(text.slice(ED25519.length));
    if (raw?.length !== 32) throw new Refusal(`a key that starts with ${ED25519} goes on with 32 bytes in base64`);
    return readSshKey(Buffer.concat([wireString(ED25519_TYPE), wireString(raw)]));
  }
  const [type = "", encoded = ""] = text.trim().split(/[ \t]+/);
  const blob = decodeBase64(encoded);
  if (blob === undefined || blob.length === 0) {
    throw new Refusal(`a public key is written as "${ED25519_TYPE} AAAA..." or "${ED25519}..."`);
  }
  const key = readSshKey(blob);
  if (key.type !== type) throw new Refusal(`the key says ${type} and is of type ${key.type}`);
  return key;
}

/** The key that an id stands for. */
export function keyOf(id: string): SshPublicKey {
  return readSshKey(Buffer.from(id, "base64"));
}

/** How a key is shown: `SHA256:` and the digest of its wire form, as `ssh-keygen -l` prints it. */
export function fingerprintOf({ id }: Pick<SshPublicKey, "id">): string {
  const digest = createHash("sha256").update(Buffer.from(id, "base64")).digest("base64");
  return `SHA256:${digest.replace(/=+$/, "")}`;
}

/** The public half of an Ed25519 key of gate's own, as `trust.yaml` names it. */
export function ed25519Text(key: KeyObject): string {
  const { x = "" } = key.export({ format: "jwk" });
  return ED25519 + Buffer.from(x, "base64url").toString("base64");
}

function ed25519(reader: WireReader): Keys {
  const key = rawEd25519(reader.string());
  return {
    ed25519: key,
    verify(data, signature) {
      const { bytes } = readSignature(signature, [ED25519_TYPE]);
      return verify(null, data, key, bytes);
    },
  };
}

/** A key of a security token (PROTOCOL.u2f): the token signs a hash, and says whether somebody touched it. */
function securityEd25519(reader: WireReader): Keys {
  const key = rawEd25519(reader.string());
  const application = reader.string();
  return {
    verify(data, signature) {
      const { bytes, rest } = readSignature(signature, ["sk-ssh-ed25519@openssh.com"], 5);
      if ((rest.readUInt8() & 1) === 0) throw new Refusal("nobody touched the security key when it signed");
      return verify(null, Buffer.concat([hashOf(application), rest, hashOf(data)]), key, bytes);
    },
  };
}

function ecdsa(reader: WireReader, expected: keyof typeof CURVES): Keys {
  const curve = CURVES[expected];
  const name = reader.text();
  const point = reader.string();
  if (name !== expected || point.length !== 2 * curve.bytes + 1 || point[0] !== 4) {
    throw new Refusal(`the public key holds no point of ${curve.name} in full`);
  }
  const key = jwk({
    kty: "EC",
    crv: curve.name,
    x: point.subarray(1, 1 + curve.bytes).toString("base64url"),
    y: point.subarray(1 + curve.bytes).toString("base64url"),
  });
  return {
    verify(data, signature) {
      const { bytes } = readSignature(signature, [`ecdsa-sha2-${expected}`]);
      const numbers = wireReader(bytes, "the signature");
      const parts = [numbers.integer(), numbers.integer()].map((part) => padded(part, curve.bytes));
      numbers.end();
      return verify(curve.hash, data, { key, dsaEncoding: "ieee-p1363" }, Buffer.concat(parts));
    },
  };
}

function rsa(reader: WireReader): Keys {
  const exponent = reader.integer();
  const modulus = reader.integer();
  const bits = modulus.length * 8 - Math.clz32(modulus[0] ?? 0) + 24;
  if (bits < MIN_RSA_BITS) throw new Refusal(`an RSA key needs ${MIN_RSA_BITS} bits, and this one has ${bits}`);
  if (bits > MAX_RSA_BITS) throw new Refusal(`an RSA key has at most ${MAX_RSA_BITS} bits, and this one has ${bits}`);
  if (exponent.length > 8 || ((exponent.at(-1) ?? 0) & 1) === 0 || (exponent.length === 1 && exponent[0] === 1)) {
    throw new Refusal("the exponent of the RSA key cannot be used");
  }
  const key = jwk({ kty: "RSA", n: modulus.toString("base64url"), e: exponent.toString("base64url") });
  return {
    verify(data, signature) {
      const { algorithm, bytes } = readSignature(signature, Object.keys(RSA_HASHES));
      return verify(RSA_HASHES[algorithm], data, key, padded(bytes, modulus.length));
    },
  };
}

interface SignatureBlob {
  readonly algorithm: string;
  readonly bytes: Buffer;
  /** What follows the signature: flags and counter of a security key. */
  readonly rest: Buffer;
}

/** @param trailer how many bytes follow the signature proper */
function readSignature(signature: Uint8Array, algorithms: readonly string[], trailer = 0): SignatureBlob {
  const reader = wireReader(signature, "the signature");
  const algorithm = reader.text();
  const bytes = reader.string();
  const rest = Buffer.from(Array.from({ length: trailer }, () => reader.byte()));
  reader.end();
  if (algorithm === "ssh-rsa") throw new Refusal("signatures over SHA-1 (ssh-rsa) are refused; sign with rsa-sha2-512");
  if (!algorithms.includes(algorithm)) {
    throw new Refusal(`the signature is of kind ${algorithm}, which does not go with the key`);
  }
  return { algorithm, bytes, rest };
}

function rawEd25519(raw: Buffer): KeyObject {
  if (raw.length !== 32) throw new Refusal("an Ed25519 key has 32 bytes");
  return jwk({ kty: "OKP", crv: "Ed25519", x: raw.toString("base64url") });
}

function jwk(key: JsonWebKey): KeyObject {
  try {
    return createPublicKey({ key, format: "jwk" });
  } catch (cause) {
    throw new Refusal("the public key is no key", { cause });
  }
}

/** Left-padded to a number of bytes, as every signature of that kind has them. */
function padded(number: Buffer, length: number): Buffer {
  if (number.length > length) throw new Refusal("the signature is longer than its key allows");
  return Buffer.concat([Buffer.alloc(length - number.length), number]);
}

function hashOf(data: Uint8Array): Buffer {
  return createHash("sha256").update(data).digest();
}
