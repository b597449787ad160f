import { createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { decodeBase64 } from "../util/base64.ts";
import { isRecord } from "../util/json.ts";
import { ed25519Text, fingerprintOf, parseKey, type SshPublicKey } from "./ssh-key.ts";
import { Refusal } from "./wire.ts";

/** Nobody needs more; each costs a verification for each key. */
const MAX_SIGNATURES = 32;

/** A DSSE envelope, version 1, in full: its signatures are still to be looked at. */
export interface Envelope {
  readonly payloadType: string;
  readonly payload: Buffer;
  readonly signatures: readonly Buffer[];
}

/** A signature as an envelope carries it. */
export interface EnvelopeSignature {
  /** A hint, which nobody vouches for. */
  readonly keyid: string;
  readonly signature: Uint8Array;
}

/** What a DSSE signature is over (protocol.md of DSSE v1, "PAE"). */
export function preAuthenticationEncoding(payloadType: string, payload: Uint8Array): Buffer {
  const type = Buffer.from(payloadType, "utf8");
  return Buffer.concat([Buffer.from(`DSSEv1 ${type.length} `), type, Buffer.from(` ${payload.length} `), payload]);
}

/**
 * Reads an envelope. The key ids in it are hints that nobody vouches for, so they are left aside.
 *
 * @throws {Refusal} where it is damaged, or has members that DSSE does not know
 */
export function readEnvelope(text: string): Envelope {
  return envelopeIn(parseJson(text));
}

/**
 * The envelope that a JSON value is, as {@link readEnvelope}.
 *
 * @throws {Refusal}
 */
export function envelopeIn(value: unknown): Envelope {
  if (!isRecord(value)) throw new Refusal("the file is no DSSE envelope");
  requireMembers(value, ["payload", "payloadType", "signatures"], "the envelope");
  const { payload, payloadType, signatures } = value;
  if (typeof payloadType !== "string") throw new Refusal("the envelope names no type of payload");
  if (!Array.isArray(signatures) || signatures.length === 0) throw new Refusal("nobody signed it");
  if (signatures.length > MAX_SIGNATURES) throw new Refusal(`it has more than ${MAX_SIGNATURES} signatures`);
  return { payloadType, payload: bytesOf(payload, "payload"), signatures: signatures.map(readSignature) };
}

/** Those of the keys, all Ed25519, that one signature or another of an envelope is by. */
export function signersOf(envelope: Envelope, keys: readonly SshPublicKey[]): readonly SshPublicKey[] {
  return keys.filter(({ ed25519 }) => {
    return ed25519 !== undefined && isSigned(envelope, (data, signature) => verify(null, data, ed25519, signature));
  });
}

/** Whether a key, of any kind, takes one signature or another of an envelope. */
export function isSigned(
  { payloadType, payload, signatures }: Envelope,
  verifies: (data: Uint8Array, signature: Uint8Array) => boolean,
): boolean {
  const signed = preAuthenticationEncoding(payloadType, payload);
  return signatures.some((signature) => verifies(signed, signature));
}

/**
 * An envelope with one signature for each key, as a line of JSON.
 *
 * @param keys Ed25519 private keys
 */
export function signEnvelope(payloadType: string, payload: Uint8Array, keys: readonly KeyObject[]): string {
  const signed = preAuthenticationEncoding(payloadType, payload);
  const signatures = keys.map((key) => ({
    keyid: fingerprintOf(parseKey(ed25519Text(createPublicKey(key)))),
    signature: sign(null, signed, key),
  }));
  return `${JSON.stringify(envelopeOf(payloadType, payload, signatures))}\n`;
}

/** The JSON value of an envelope. */
export function envelopeOf(
  payloadType: string,
  payload: Uint8Array,
  signatures: readonly EnvelopeSignature[],
): Readonly<Record<"payloadType" | "payload" | "signatures", unknown>> {
  return {
    payloadType,
    payload: Buffer.from(payload).toString("base64"),
    signatures: signatures.map(({ keyid, signature }) => ({
      keyid,
      sig: Buffer.from(signature).toString("base64"),
    })),
  };
}

function readSignature(value: unknown): Buffer {
  if (!isRecord(value)) throw new Refusal("a signature of the envelope is no object");
  requireMembers(value, ["keyid", "sig"], "a signature of the envelope");
  return bytesOf(value["sig"], "signature");
}

function requireMembers(value: Readonly<Record<string, unknown>>, known: readonly string[], where: string): void {
  const other = Object.keys(value).find((name) => !known.includes(name));
  if (other !== undefined) throw new Refusal(`${where} has a member that DSSE does not know: ${JSON.stringify(other)}`);
}

function bytesOf(value: unknown, what: string): Buffer {
  const bytes = typeof value === "string" ? decodeBase64(value) : undefined;
  if (typeof value !== "string" || bytes === undefined || !isCanonicalBase64(value, bytes)) {
    throw new Refusal(`the ${what} of the envelope is not base64`);
  }
  return bytes;
}

/** Bits after the last byte, and padding that is cut short, would be further texts for the same bytes. */
function isCanonicalBase64(text: string, bytes: Buffer): boolean {
  const padded = bytes.toString("base64");
  const written = text.replaceAll("-", "+").replaceAll("_", "/");
  return written === padded || written === padded.replace(/=+$/, "");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Refusal("the file is not JSON", { cause });
  }
}
