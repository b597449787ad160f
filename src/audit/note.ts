import { createHash, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { strictBase64 } from "../util/base64.ts";

/**
 * Signed notes (https://c2sp.org/signed-note): a text, an empty line, and a line for each signature over the text. What
 * is signed are the bytes as they stand; a signature by a key that nobody asked for is left aside, and a bad one by a key
 * that is known makes the whole note bad.
 */
export interface SignedNote {
  /** With the line end of its last line, and without the empty one. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

export interface NoteSignature {
  /** Of the key, such as the origin of a log. */
  readonly name: string;
  /** A hint at the key: the first 4 bytes of a SHA-256. */
  readonly keyId: number;
  readonly signature: Uint8Array;
}

/** A public key that notes are held against. */
export interface NoteKey {
  readonly name: string;
  readonly keyId: number;
  readonly type: NoteKeyType;
  /** Ed25519. */
  readonly key: KeyObject;
}

/** A key that a note was signed with. */
export interface NoteSigner {
  readonly key: NoteKey;
  /** When a witness saw it, in seconds since 1970. */
  readonly time?: number;
}

export type NoteKeyType = keyof typeof TYPES;

const NOTE_KEY_TYPES: readonly NoteKeyType[] = ["log", "witness"];

/** The bytes that keys and their ids begin with: a log signs the text, a witness when it saw it. */
const TYPES = { log: 0x01, witness: 0x04 } as const;

/** Far more than a checkpoint with its witnesses takes. */
export const MAX_NOTE_BYTES = 65_536;
/** The specification asks for 16 at least. */
export const MAX_SIGNATURES = 64;
const KEY_ID_BYTES = 4;
const TIME_BYTES = 8;
const ED25519_KEY_BYTES = 32;
const NAME = /^[^\s+\p{Cc}]+$/u;
const SIGNATURE = /^\u2014 (\S+) ([A-Za-z0-9+/]+={0,2})$/;
const VERIFIER_KEY = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/;

/** What is wrong with a note, a key or a receipt, in words; whoever reads one says of which file. */
export class NoteError extends Error {
  override readonly name = "NoteError";
}

/**
 * Reads a note; its signatures are still to be looked at.
 *
 * @throws {NoteError}
 */
export function readNote(note: string): SignedNote {
  if (Buffer.byteLength(note, "utf8") > MAX_NOTE_BYTES)
    throw new NoteError(`it is of more than ${MAX_NOTE_BYTES} bytes`);
  // oxlint-disable-next-line no-control-regex -- what a note must not hold, by its specification
  if (/[\u0000-\u0009\u000b-\u001f\u007f]|\ufffd/.test(note))
    throw new NoteError("it holds characters that no note has");
  const end = note.lastIndexOf("\n\n");
  if (end < 0 || !note.endsWith("\n")) throw new NoteError("it is not a text, an empty line and signatures");
  return { text: note.slice(0, end + 1), signatures: readSignatures(note.slice(end + 2)) };
}

/**
 * Reads the lines of signatures, as a note ends with them and as witnesses answer.
 *
 * @throws {NoteError}
 */
export function readSignatures(text: string): readonly NoteSignature[] {
  if (!text.endsWith("\n")) throw new NoteError("its last line has no end");
  const lines = text.slice(0, -1).split("\n");
  if (lines.length > MAX_SIGNATURES) throw new NoteError(`it has more than ${MAX_SIGNATURES} signatures`);
  return lines.map(readSignature);
}

/** A note as it is written. */
export function formatNote({ text, signatures }: SignedNote): string {
  const lines = signatures.map(({ name, keyId, signature }) => {
    const id = Buffer.alloc(KEY_ID_BYTES);
    id.writeUInt32BE(keyId);
    return `\u2014 ${name} ${Buffer.concat([id, signature]).toString("base64")}\n`;
  });
  return `${text}\n${lines.join("")}`;
}

/**
 * Reads a verifier key, `<name>+<id>+<key>`.
 *
 * @throws {NoteError}
 */
export function readVerifierKey(text: string): NoteKey {
  const [, name = "", id = "", encoded = ""] = VERIFIER_KEY.exec(text.trim()) ?? [];
  const bytes = strictBase64(encoded);
  const type = NOTE_KEY_TYPES.find((known) => TYPES[known] === bytes?.[0]);
  if (!NAME.test(name) || bytes === undefined) throw new NoteError("a verifier key is written as <name>+<id>+<key>");
  if (type === undefined || bytes.length !== 1 + ED25519_KEY_BYTES)
    throw new NoteError("it is no Ed25519 key of a log or a witness");
  const key = noteKey(name, type, publicKey(bytes.subarray(1)));
  if (hexOf(key.keyId) !== id) throw new NoteError(`its id is ${hexOf(key.keyId)} and not ${id}`);
  return key;
}

/** A verifier key as people hand it on. */
export function formatVerifierKey({ name, keyId, type, key }: NoteKey): string {
  const bytes = Buffer.concat([Buffer.of(TYPES[type]), rawKey(key)]);
  return `${name}+${hexOf(keyId)}+${bytes.toString("base64")}`;
}

/** The key of a name. @param key Ed25519, public or private */
export function noteKey(name: string, type: NoteKeyType, key: KeyObject): NoteKey {
  const open = key.type === "private" ? createPublicKey(key) : key;
  const hash = createHash("sha256").update(`${name}\n`).update(Buffer.of(TYPES[type])).update(rawKey(open)).digest();
  return { name, keyId: hash.readUInt32BE(0), type, key: open };
}

/** A log's signature over a text. @param key an Ed25519 private key */
export function signNote(text: string, name: string, key: KeyObject): NoteSignature {
  const { keyId } = noteKey(name, "log", key);
  return { name, keyId, signature: sign(null, Buffer.from(text, "utf8"), key) };
}

/** A witness's signature over a text (https://c2sp.org/tlog-cosignature). @param time seconds since 1970 */
export function cosignNote(text: string, name: string, key: KeyObject, time: number): NoteSignature {
  const { keyId } = noteKey(name, "witness", key);
  const stamp = Buffer.alloc(TIME_BYTES);
  stamp.writeBigUInt64BE(BigInt(time));
  return { name, keyId, signature: Buffer.concat([stamp, sign(null, cosigned(text, BigInt(time)), key)]) };
}

/**
 * Those of the keys that signed a note, each once.
 *
 * @throws {NoteError} where a signature that one of them is said to have made is not
 */
export function signersOfNote(note: SignedNote, keys: readonly NoteKey[]): readonly NoteSigner[] {
  const signers = new Map<NoteKey, NoteSigner>();
  for (const { name, keyId, signature } of note.signatures) {
    const key = keys.find((known) => known.name === name && known.keyId === keyId);
    if (key === undefined) continue;
    const signer = signerOf(note.text, key, Buffer.from(signature));
    if (signer === undefined) throw new NoteError(`its signature by ${name} is not by that key over this text`);
    if (!signers.has(key)) signers.set(key, signer);
  }
  return [...signers.values()];
}

/** Whether a key signed a note; false also where a signature that it is said to have made is not. */
export function isSignedBy(note: SignedNote, key: NoteKey): boolean {
  try {
    return signersOfNote(note, [key]).length > 0;
  } catch (error) {
    if (error instanceof NoteError) return false;
    throw error;
  }
}

function signerOf(text: string, key: NoteKey, signature: Buffer): NoteSigner | undefined {
  if (key.type === "log") return verify(null, Buffer.from(text, "utf8"), key.key, signature) ? { key } : undefined;
  if (signature.length < TIME_BYTES) return undefined;
  const time = signature.readBigUInt64BE(0);
  if (time > BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
  const isBy = verify(null, cosigned(text, time), key.key, signature.subarray(TIME_BYTES));
  return isBy ? { key, time: Number(time) } : undefined;
}

function cosigned(text: string, time: bigint): Buffer {
  return Buffer.from(`cosignature/v1\ntime ${time}\n${text}`, "utf8");
}

function readSignature(line: string): NoteSignature {
  const [, name = "", encoded = ""] = SIGNATURE.exec(line) ?? [];
  const bytes = strictBase64(encoded);
  if (!NAME.test(name) || bytes === undefined || bytes.length <= KEY_ID_BYTES) {
    throw new NoteError("a line after its empty one is no signature");
  }
  return { name, keyId: bytes.readUInt32BE(0), signature: bytes.subarray(KEY_ID_BYTES) };
}

function rawKey(key: KeyObject): Buffer {
  const { x = "" } = key.export({ format: "jwk" });
  return Buffer.from(x, "base64url");
}

function publicKey(raw: Uint8Array): KeyObject {
  const jwk = { kty: "OKP", crv: "Ed25519", x: Buffer.from(raw).toString("base64url") };
  return createPublicKey({ key: jwk, format: "jwk" });
}

function hexOf(keyId: number): string {
  return keyId.toString(16).padStart(8, "0");
}
