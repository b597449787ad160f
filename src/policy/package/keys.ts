import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { sha256 } from "../../evidence/canonical.ts";
import type { Digest } from "../../evidence/types.ts";
import { GateError, messageOf } from "../../util/errors.ts";
import type { PackageKey } from "../toolchain/protocol.ts";

/**
 * What a package can be signed with, by the names of RFC 7518 and RFC 8037: for each the type of key, its curve, and for
 * HMAC the bytes of the shortest secret (RFC 7518 section 3.2).
 */
const ALGORITHMS = {
  ES256: { type: "ec", curve: "prime256v1" },
  ES384: { type: "ec", curve: "secp384r1" },
  ES512: { type: "ec", curve: "secp521r1" },
  EdDSA: { type: "ed25519" },
  RS256: { type: "rsa" },
  RS384: { type: "rsa" },
  RS512: { type: "rsa" },
  PS256: { type: "rsa" },
  PS384: { type: "rsa" },
  PS512: { type: "rsa" },
  HS256: { type: "secret", bytes: 32 },
  HS384: { type: "secret", bytes: 48 },
  HS512: { type: "secret", bytes: 64 },
} as const satisfies Record<string, { readonly type: string; readonly curve?: string; readonly bytes?: number }>;

export type SigningAlgorithm = keyof typeof ALGORITHMS;

/** Those whose verifiers cannot sign. */
export type PublicKeyAlgorithm = Exclude<SigningAlgorithm, `HS${string}`>;

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Object.keys of a constant
export const SIGNING_ALGORITHMS = Object.keys(ALGORITHMS) as readonly SigningAlgorithm[];

const MIN_RSA_BITS = 2048;

/** A key as a user gives it. */
export interface GivenKey {
  readonly text: string;
  /** For messages: a path, or the name of a variable. */
  readonly label: string;
  /** Default: what fits the key; RS256 for RSA. HMAC has to be asked for. */
  readonly algorithm?: SigningAlgorithm;
}

/** A public key that signatures are held against. */
export interface PublicKey extends PackageKey {
  /** Of the key in DER (SubjectPublicKeyInfo). */
  readonly fingerprint: Digest;
}

/**
 * A key to sign with: an unencrypted private key in PEM, or the secret itself for HMAC.
 *
 * @throws {GateError} `key-invalid`
 */
export function signingKey(given: GivenKey): PackageKey {
  if (isHmac(given)) return secretKey(given);
  const key = parseKey(given, createPrivateKey, "a private key in PEM without a password");
  // One form for all: OPA reads only the first block of a file, and that one may hold the curve alone.
  return { key: key.export({ type: "pkcs8", format: "pem" }).toString(), algorithm: algorithmFor(key, given) };
}

/**
 * A key to verify with: {@link publicKey}, or the secret itself for HMAC.
 *
 * @throws {GateError} `key-invalid`
 */
export function verificationKey(given: GivenKey): PackageKey {
  return isHmac(given) ? secretKey(given) : publicKey(given);
}

/**
 * A public key or a certificate in PEM. Of a certificate only the key counts: neither its issuer nor its dates are
 * looked at.
 *
 * @throws {GateError} `key-invalid`
 */
export function publicKey(given: GivenKey): PublicKey {
  if (given.text.includes("PRIVATE KEY-----")) {
    throw invalid(given, "is a private key, which only the signer should have", {
      hint: "Give its public key: openssl pkey -in KEY -pubout.",
    });
  }
  const key = parseKey(given, createPublicKey, "a public key or a certificate in PEM");
  return {
    key: key.export({ type: "spki", format: "pem" }).toString(),
    algorithm: algorithmFor(key, given),
    fingerprint: sha256(key.export({ type: "spki", format: "der" })),
  };
}

function isHmac({ algorithm }: GivenKey): boolean {
  return algorithm !== undefined && ALGORITHMS[algorithm].type === "secret";
}

function secretKey(given: GivenKey): PackageKey {
  const { text, algorithm = "HS256" } = given;
  // Whoever has the public key could sign with it as a secret.
  if (text.includes("-----BEGIN")) throw invalid(given, `is a key in PEM, and ${algorithm} takes a secret`);
  const definition = ALGORITHMS[algorithm];
  const least = "bytes" in definition ? definition.bytes : 0;
  if (Buffer.byteLength(text) < least)
    throw invalid(given, `is shorter than the ${least} bytes that ${algorithm} needs`);
  return { key: text, algorithm };
}

function parseKey(given: GivenKey, read: (pem: string) => KeyObject, expected: string): KeyObject {
  try {
    return read(given.text);
  } catch (cause) {
    throw invalid(given, `is not ${expected}: ${messageOf(cause)}`, { cause });
  }
}

function algorithmFor(key: KeyObject, given: GivenKey): SigningAlgorithm {
  const { asymmetricKeyType: type = "unknown", asymmetricKeyDetails: details = {} } = key;
  const fitting = SIGNING_ALGORITHMS.filter((name) => {
    const definition = ALGORITHMS[name];
    return definition.type === type && (!("curve" in definition) || definition.curve === details.namedCurve);
  });
  const [usual] = fitting;
  const kind = [type, details.namedCurve].filter((part) => part !== undefined).join(" ");
  if (usual === undefined) {
    throw invalid(given, `is of a kind that packages cannot be signed with (${kind})`, {
      hint: "Use a key on P-256, P-384 or P-521, an Ed25519 key, or an RSA key.",
    });
  }
  if (type === "rsa" && (details.modulusLength ?? 0) < MIN_RSA_BITS) {
    throw invalid(given, `has ${details.modulusLength ?? 0} bits; RSA needs ${MIN_RSA_BITS}`);
  }
  const { algorithm = usual } = given;
  if (!fitting.includes(algorithm)) {
    throw invalid(given, `is of kind ${kind}, which does not fit ${algorithm}`, {
      hint: `It fits ${fitting.join(", ")}.`,
    });
  }
  return algorithm;
}

function invalid(
  { label }: GivenKey,
  what: string,
  options: { readonly hint?: string; readonly cause?: unknown } = {},
): GateError {
  return new GateError("key-invalid", `${label} ${what}`, options);
}
