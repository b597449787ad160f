import { createHash } from "node:crypto";
import { GateError } from "../util/errors.ts";
import type { Digest } from "./types.ts";

const MAX_DEPTH = 200;
const FLUSH_LENGTH = 1 << 16;

/** A text that JSON writes as it is: printable ASCII without quotes and backslashes. */
const PLAIN = /^[ !#-[\]-~]*$/;

/** Ends the walk through a value of which enough has been seen. */
const TOO_LONG = new Error("the canonical text is too long");

/**
 * The RFC 8785 (JSON Canonicalization Scheme) text of a value.
 *
 * Stricter than the RFC where a digest must not lie: `undefined` array elements, functions, symbols, bigints, class
 * instances, numbers that are not finite, lone surrogates and nesting beyond 200 levels are errors. Properties whose
 * value is `undefined` are left out, as `JSON.stringify` does.
 */
export function canonicalJson(value: unknown): string {
  return textOf(value, 0);
}

/**
 * Reads a canonical text.
 *
 * @returns undefined for a text that {@link canonicalJson} writes of no value
 */
export function parseCanonicalJson(text: string): { readonly value: unknown } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
    return isCanonicalText(text, value) ? { value } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * What V8 writes in the order of the text differs from the canonical form by that order only, as long as it is well-formed and not
 * deep. It takes a third of the time.
 */
function isCanonicalText(text: string, value: unknown): boolean {
  if (JSON.stringify(value) === text && !text.includes("\\ud") && isSorted(value, 0)) return true;
  return canonicalJson(value) === text;
}

/** Whether the names of each object are in canonical order; false also where it is deeper than what is canonical. */
function isSorted(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  if (depth >= MAX_DEPTH) return false;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) if (!isSorted(value[index], depth + 1)) return false;
    return true;
  }
  let before: string | undefined;
  for (const name of Object.keys(value)) {
    if (before !== undefined && name < before) return false;
    before = name;
    if (!isSorted(Reflect.get(value, name), depth + 1)) return false;
  }
  return true;
}

/** SHA-256 of the canonical text, without ever holding the whole text. */
export function canonicalDigest(value: unknown): Digest {
  const hash = createHash("sha256");
  let pending = "";
  emitParts(value, 0, (piece) => {
    pending += piece;
    if (pending.length < FLUSH_LENGTH) return;
    hash.update(pending, "utf8");
    pending = "";
  });
  hash.update(pending, "utf8");
  return `sha256:${hash.digest("hex")}`;
}

/** The UTF-8 bytes of the canonical text; undefined where there would be more than `maxBytes`. */
export function canonicalBytes(value: unknown, maxBytes: number): Uint8Array | undefined {
  const pieces: Buffer[] = [];
  let length = 0;
  let pending = "";
  const flush = (): void => {
    const piece = Buffer.from(pending, "utf8");
    pending = "";
    length += piece.length;
    if (length > maxBytes) throw TOO_LONG;
    pieces.push(piece);
  };
  try {
    emitParts(value, 0, (piece) => {
      pending += piece;
      if (pending.length >= FLUSH_LENGTH) flush();
    });
    flush();
  } catch (thrown) {
    if (thrown === TOO_LONG) return undefined;
    throw thrown;
  }
  return Buffer.concat(pieces, length);
}

/** Whether a value is written like a digest. */
export function isDigest(value: unknown): value is Digest {
  return typeof value === "string" && /^sha256:[0-9a-f]{64}$/.test(value);
}

/** SHA-256 of bytes, or of the UTF-8 form of a string. */
export function sha256(data: Uint8Array | string): Digest {
  return `sha256:${createHash("sha256").update(data).digest("hex")}`;
}

/** Emits the elements of the outer arrays one by one: they are many, and each is small. */
function emitParts(value: unknown, depth: number, emit: (piece: string) => void): void {
  if (depth > MAX_DEPTH) throw notCanonical(`nesting beyond ${MAX_DEPTH} levels`);
  if (Array.isArray(value)) {
    emit("[");
    for (let index = 0; index < value.length; index++) {
      emit(index === 0 ? textOf(value[index], depth + 1) : `,${textOf(value[index], depth + 1)}`);
    }
    emit("]");
  } else if (typeof value === "object" && value !== null) {
    const { names, written } = shapeOf(value);
    let separator = "{";
    for (const [index, name] of names.entries()) {
      const member: unknown = Reflect.get(value, name);
      if (member === undefined) continue;
      emit(`${separator}${written[index]}`);
      separator = ",";
      emitParts(member, depth + 1, emit);
    }
    emit(separator === "{" ? "{}" : "}");
  } else emit(textOf(value, depth));
}

function textOf(value: unknown, depth: number): string {
  if (depth > MAX_DEPTH) throw notCanonical(`nesting beyond ${MAX_DEPTH} levels`);
  switch (typeof value) {
    case "string":
      // Most need no escape, and to find that out takes a fraction of the time.
      if (PLAIN.test(value)) return `"${value}"`;
      if (!value.isWellFormed()) throw notCanonical("a string with a lone surrogate");
      return JSON.stringify(value);
    case "number":
      // ECMAScript's number-to-string is the one that RFC 8785 section 3.2.2.3 prescribes.
      if (!Number.isFinite(value)) throw notCanonical("a number that is not finite");
      return JSON.stringify(value);
    case "boolean":
      return value ? "true" : "false";
    case "object":
      if (value === null) return "null";
      return Array.isArray(value) ? textOfArray(value, depth) : textOfObject(value, depth);
    case "undefined":
    case "bigint":
    case "symbol":
    case "function":
      throw notCanonical(`a value of type ${typeof value}`);
  }
}

function textOfArray(values: readonly unknown[], depth: number): string {
  let text = "[";
  for (let index = 0; index < values.length; index++) {
    if (index > 0) text += ",";
    text += textOf(values[index], depth + 1);
  }
  return `${text}]`;
}

function textOfObject(value: object, depth: number): string {
  const { names, written } = shapeOf(value);
  let text = "{";
  for (let index = 0; index < names.length; index++) {
    const member: unknown = Reflect.get(value, names[index] ?? "");
    if (member === undefined) continue;
    if (text.length > 1) text += ",";
    text += written[index] + textOf(member, depth + 1);
  }
  return `${text}}`;
}

/** The names of an object in canonical order, and as they are written before their values. */
interface Shape {
  readonly names: readonly string[];
  readonly written: readonly string[];
}

/**
 * Most objects of a document have one of a few shapes, and sorting the names anew for each takes most of the time. They are found by
 * one name after the other, in the order that the object has them in.
 */
interface KnownShapes {
  readonly next: Map<string, KnownShapes>;
  /** Of the object whose last name this is. */
  shape?: Shape;
}

/** Objects with more names are tables rather than records, and no two are alike. */
const MAX_NAMES = 64;
const MAX_SHAPES = 1_000;
let known: KnownShapes = { next: new Map() };
let shapes = 0;

function shapeOf(value: object): Shape {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw notCanonical("an instance of a class");
  const keys = Object.keys(value);
  let place: KnownShapes | undefined = known;
  for (let index = 0; index < keys.length && place !== undefined; index++) place = place.next.get(keys[index] ?? "");
  return place?.shape ?? learnShape(keys);
}

function learnShape(keys: readonly string[]): Shape {
  if (keys.some((key) => !key.isWellFormed())) throw notCanonical("a key with a lone surrogate");
  // The default sort compares UTF-16 code units, which is the order of RFC 8785 section 3.2.3.
  const names = keys.toSorted();
  const shape = { names, written: names.map((name) => `${JSON.stringify(name)}:`) };
  if (keys.length > MAX_NAMES) return shape;
  if (++shapes > MAX_SHAPES) {
    known = { next: new Map() };
    shapes = 1;
  }
  let place = known;
  for (const key of keys) {
    let after = place.next.get(key);
    if (after === undefined) {
      after = { next: new Map() };
      place.next.set(key, after);
    }
    place = after;
  }
  place.shape = shape;
  return shape;
}

function notCanonical(what: string): GateError {
  return new GateError("internal", `cannot take a digest of ${what}`);
}
