import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { ed25519Text, fingerprintOf, parseKey } from "../trust/ssh-key.ts";
import { Refusal, wireString } from "../trust/wire.ts";
import { GateError, messageOf } from "../util/errors.ts";

/** A public key that attestations are held against. */
export interface AttestationKey {
  /** Its fingerprint as `ssh-keygen -l` prints it; the hint that signatures carry. */
  readonly id: string;
  readonly kind: "Ed25519" | "P-256";
  /** Whether a signature is this key's. P-256 signatures may be in DER or, as some services write them, r and s in 64 bytes. */
  verify(data: Uint8Array, signature: Uint8Array): boolean;
}

/** A key in a file, as a user gives it. */
export interface GivenKey {
  readonly text: string;
  /** For messages. */
  readonly label: string;
}

/** Bytes of r and s together. */
const RAW_P256_BYTES = 64;

/**
 * Reads a public key: PEM (Ed25519 or P-256), or an Ed25519 key as a `.pub` file of OpenSSH or `ed25519:…`.
 *
 * @throws {GateError} `key-invalid`
 */
export function readAttestationKey({ text, label }: GivenKey): AttestationKey {
  if (text.includes("PRIVATE KEY-----")) {
    throw new GateError("key-invalid", `${label} is a private key, and what is verified needs the public one`, {
      hint: "Make it with `openssl pkey -pubout`.",
    });
  }
  try {
    return attestationKey(text.includes("-----BEGIN") ? createPublicKey(text) : sshKey(text), label);
  } catch (cause) {
    if (cause instanceof GateError) throw cause;
    throw new GateError("key-invalid", `${label} is no public key: ${messageOf(cause)}`, { cause });
  }
}

/**
 * The public half of a private key and how it signs: Ed25519 over the data, P-256 over its SHA-256 in DER, which every
 * verifier takes.
 *
 * @param passphrase of a key that is locked
 * @throws {GateError} `key-invalid`
 */
export function readPrivateAttestationKey(
  { text, label }: GivenKey,
  passphrase: string | undefined,
): { readonly key: AttestationKey; sign(data: Uint8Array): Uint8Array } {
  const secret = privateKey({ text, label }, passphrase);
  const key = attestationKey(createPublicKey(secret), label);
  return { key, sign: (data) => sign(key.kind === "P-256" ? "sha256" : null, data, secret) };
}

/** A signature in the form in which it is written: of P-256 always DER, for other tools take nothing else. */
export function writtenSignature({ kind }: AttestationKey, signature: Uint8Array): Uint8Array {
  if (kind !== "P-256" || signature.length !== RAW_P256_BYTES || isDer(signature)) return signature;
  const numbers = [signature.subarray(0, 32), signature.subarray(32)].map(derInteger);
  const content = Buffer.concat(numbers);
  return Buffer.concat([Buffer.from([0x30, content.length]), content]);
}

function privateKey({ text, label }: GivenKey, passphrase: string | undefined): KeyObject {
  try {
    return createPrivateKey({ key: text, ...(passphrase === undefined ? {} : { passphrase }) });
  } catch (cause) {
    const locked = text.includes("ENCRYPTED");
    throw new GateError("key-invalid", `${label} cannot be ${locked ? "unlocked" : "read"}: ${messageOf(cause)}`, {
      cause,
      hint: locked ? "Set GATE_KEY_PASSPHRASE to its passphrase." : "It has to be a private key in PEM (PKCS#8).",
    });
  }
}

function sshKey(text: string): KeyObject {
  const key = parseKey(text.trim()).ed25519;
  if (key === undefined) throw new Refusal("of OpenSSH's keys only ssh-ed25519 signs attestations; give others in PEM");
  return key;
}

function attestationKey(key: KeyObject, label: string): AttestationKey {
  if (key.asymmetricKeyType === "ed25519") {
    const id = fingerprintOf(parseKey(ed25519Text(key)));
    return { id, kind: "Ed25519", verify: (data, signature) => verify(null, data, key, signature) };
  }
  if (key.asymmetricKeyType === "ec" && key.asymmetricKeyDetails?.namedCurve === "prime256v1") {
    return { id: fingerprintOfP256(key), kind: "P-256", verify: (data, signature) => verifyP256(key, data, signature) };
  }
  throw new GateError("key-invalid", `${label} is neither an Ed25519 nor a P-256 key`, {
    hint: "Make one with `gate key generate`, or with `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256`.",
  });
}

function verifyP256(key: KeyObject, data: Uint8Array, signature: Uint8Array): boolean {
  if (isDer(signature) && verify("sha256", data, key, signature)) return true;
  return signature.length === RAW_P256_BYTES && verify("sha256", data, { key, dsaEncoding: "ieee-p1363" }, signature);
}

/** The wire form of RFC 5656 section 3.1 is what OpenSSH hashes. */
function fingerprintOfP256(key: KeyObject): string {
  const { x = "", y = "" } = key.export({ format: "jwk" });
  const point = Buffer.concat([Buffer.from([4]), ...[x, y].map((part) => Buffer.from(part, "base64url"))]);
  const blob = Buffer.concat(["ecdsa-sha2-nistp256", "nistp256", point].map(wireString));
  return fingerprintOf({ id: blob.toString("base64") });
}

/** Whether bytes are a DER sequence of two integers: r and s as they are could begin like one by chance. */
function isDer(signature: Uint8Array): boolean {
  const [sequence, length, first, firstLength = 0] = signature;
  const second = 4 + firstLength;
  return (
    sequence === 0x30 &&
    length === signature.length - 2 &&
    first === 0x02 &&
    signature[second] === 0x02 &&
    signature[second + 1] === signature.length - second - 2
  );
}

/** X.690 section 8.3: no superfluous zeros, and one where the number would be negative otherwise. */
function derInteger(number: Uint8Array): Buffer {
  const first = number.findIndex((byte) => byte !== 0);
  const digits = first === -1 ? Buffer.from([0]) : Buffer.from(number.subarray(first));
  const value = (digits[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), digits]) : digits;
  return Buffer.concat([Buffer.from([0x02, value.length]), value]);
}
