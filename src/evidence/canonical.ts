import { createHash } from "node:crypto";
import { GateError } from "../util/errors.ts";
import type { Digest } from "./types.ts";

const MAX_DEPTH = 200;
const FLUSH_LENGTH = 1 << 16;

/**
 * The RFC 8785 (JSON Canonicalization Scheme) text of a value.
 *
 * Stricter than the RFC where a digest must not lie: `undefined` array elements, functions, symbols, bigints, class
 * instances, numbers that are not finite, lone surrogates and nesting beyond 200 levels are errors. Properties whose
 * value is `undefined` are left out, as `JSON.stringify` does.
 */
export function canonicalJson(value: unknown): string {
  const pieces: string[] = [];
  write(value, 0, (piece) => pieces.push(piece));
  return pieces.join("");
}

/** SHA-256 of the canonical text, without ever holding the whole text. */
export function canonicalDigest(value: unknown): Digest {
  const hash = createHash("sha256");
  let pending = "";
  write(value, 0, (piece) => {
    pending += piece;
    if (pending.length < FLUSH_LENGTH) return;
    hash.update(pending, "utf8");
    pending = "";
  });
  hash.update(pending, "utf8");
  return `sha256:${hash.digest("hex")}`;
}

/** Whether a value is written like a digest. */
export function isDigest(value: unknown): value is Digest {
  return typeof value === "string" && /^sha256:[0-9a-f]{64}$/.test(value);
}

/** SHA-256 of bytes, or of the UTF-8 form of a string. */
export function sha256(data: Uint8Array | string): Digest {
  return `sha256:${createHash("sha256").update(data).digest("hex")}`;
}

function write(value: unknown, depth: number, emit: (piece: string) => void): void {
  if (depth > MAX_DEPTH) throw notCanonical(`nesting beyond ${MAX_DEPTH} levels`);
  switch (typeof value) {
    case "string":
      if (!value.isWellFormed()) throw notCanonical("a string with a lone surrogate");
      emit(JSON.stringify(value));
      return;
    case "number":
      // ECMAScript's number-to-string is the one that RFC 8785 section 3.2.2.3 prescribes.
      if (!Number.isFinite(value)) throw notCanonical("a number that is not finite");
      emit(JSON.stringify(value));
      return;
    case "boolean":
      emit(value ? "true" : "false");
      return;
    case "object":
      if (value === null) emit("null");
      else if (Array.isArray(value)) writeArray(value, depth, emit);
      else writeObject(value, depth, emit);
      return;
    case "undefined":
    case "bigint":
    case "symbol":
    case "function":
      throw notCanonical(`a value of type ${typeof value}`);
  }
}

function writeArray(values: readonly unknown[], depth: number, emit: (piece: string) => void): void {
  emit("[");
  for (let index = 0; index < values.length; index++) {
    if (index > 0) emit(",");
    write(values[index], depth + 1, emit);
  }
  emit("]");
}

function writeObject(value: object, depth: number, emit: (piece: string) => void): void {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw notCanonical("an instance of a class");
  emit("{");
  let first = true;
  // The default sort compares UTF-16 code units, which is the order of RFC 8785 section 3.2.3.
  for (const key of Object.keys(value).toSorted()) {
    const member: unknown = Reflect.get(value, key);
    if (member === undefined) continue;
    if (!key.isWellFormed()) throw notCanonical("a key with a lone surrogate");
    emit(`${first ? "" : ","}${JSON.stringify(key)}:`);
    first = false;
    write(member, depth + 1, emit);
  }
  emit("}");
}

function notCanonical(what: string): GateError {
  return new GateError("internal", `cannot take a digest of ${what}`);
}
