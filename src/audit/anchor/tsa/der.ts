/**
 * DER (X.690) as far as time stamps need it: definite, shortest lengths and tags of one byte. What is written in any other
 * way is refused, for two ways to write a thing are two things to compare.
 */
export interface DerValue {
  /** The identifier's byte, with its class and whether it is constructed. */
  readonly tag: number;
  readonly content: Buffer;
  /** With its header. */
  readonly whole: Buffer;
}

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  octets: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8: 0x0c,
  time: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** What is wrong with bytes that should be a time stamp, in words. */
export class TokenError extends Error {
  override readonly name = "TokenError";
}

const LONG_TAG = 0x1f;
const MOST_LENGTH_BYTES = 4;
/** Of one sequence or set; far more than any time stamp has. */
const MOST_CHILDREN = 256;

/** The tag of a context-specific value. */
export function contextTag(number: number, constructed = true): number {
  return 0x80 | (constructed ? 0x20 : 0) | number;
}

/**
 * Reads the one value that bytes are.
 *
 * @throws {TokenError}
 */
export function readDer(bytes: Buffer): DerValue {
  const value = valueAt(bytes, 0);
  if (value.whole.length !== bytes.length) throw new TokenError("something follows the end of it");
  return value;
}

/**
 * The values in a sequence, a set or a context-specific value.
 *
 * @throws {TokenError}
 */
export function childrenOf({ content }: DerValue): readonly DerValue[] {
  const children: DerValue[] = [];
  for (let at = 0; at < content.length; ) {
    if (children.length === MOST_CHILDREN) throw new TokenError(`a part has more than ${MOST_CHILDREN} parts`);
    const value = valueAt(content, at);
    children.push(value);
    at += value.whole.length;
  }
  return children;
}

/** The values in one that has to have this tag. @throws {TokenError} */
export function childrenIn(value: DerValue | undefined, tag: number): readonly DerValue[] {
  return childrenOf(requireTag(value, tag));
}

/** @throws {TokenError} where there is none, or another one */
export function requireTag(value: DerValue | undefined, tag: number): DerValue {
  if (value?.tag === tag) return value;
  throw new TokenError(`it lacks a part (0x${tag.toString(16)})`);
}

/** An object identifier with dots. @throws {TokenError} */
export function oidOf(value: DerValue | undefined): string {
  const { content } = requireTag(value, TAG.oid);
  const parts: number[] = [];
  let part = 0;
  for (const [at, byte] of content.entries()) {
    const starts = at === 0 || ((content[at - 1] ?? 0) & 0x80) === 0;
    if ((starts && byte === 0x80) || part > 2 ** 40) throw new TokenError("an object identifier is malformed");
    part = part * 128 + (byte & 0x7f);
    if ((byte & 0x80) !== 0) continue;
    if (parts.length === 0) {
      const first = Math.min(Math.floor(part / 40), 2);
      parts.push(first, part - first * 40);
    } else parts.push(part);
    part = 0;
  }
  if (content.length === 0 || ((content.at(-1) ?? 0) & 0x80) !== 0) {
    throw new TokenError("an object identifier is malformed");
  }
  return parts.join(".");
}

/** A number that is not negative and not large. @throws {TokenError} */
export function smallInteger(value: DerValue | undefined): number {
  const { content } = requireTag(value, TAG.integer);
  const [number] = content;
  if (content.length === 1 && number !== undefined && number < 0x80) return number;
  throw new TokenError("a number is out of range");
}

/** A value out of its content. */
export function writeDer(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const all = Buffer.concat(content);
  if (all.length < 0x80) return Buffer.concat([Buffer.of(tag, all.length), all]);
  const length: number[] = [];
  for (let rest = all.length; rest > 0; rest = Math.floor(rest / 256)) length.unshift(rest % 256);
  return Buffer.concat([Buffer.of(tag, 0x80 | length.length, ...length), all]);
}

/** An object identifier out of its numbers. */
export function writeOid(oid: string): Buffer {
  const [first = 0, second = 0, ...rest] = oid.split(".").map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap((part) => {
    const digits = [part % 128];
    for (let left = Math.floor(part / 128); left > 0; left = Math.floor(left / 128))
      digits.unshift((left % 128) | 0x80);
    return digits;
  });
  return writeDer(TAG.oid, Buffer.from(bytes));
}

function valueAt(bytes: Buffer, at: number): DerValue {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined) throw new TokenError("it ends too early");
  if ((tag & LONG_TAG) === LONG_TAG) throw new TokenError("it has a tag that nothing in a time stamp has");
  let start = at + 2;
  let length = first;
  if (first >= 0x80) {
    const count = first & 0x7f;
    start += count;
    if (count === 0 || count > MOST_LENGTH_BYTES || start > bytes.length) throw new TokenError("a length is malformed");
    length = bytes.readUIntBE(at + 2, count);
    if (length < 0x80 || length < 256 ** (count - 1)) throw new TokenError("a length is not written the shortest way");
  }
  const end = start + length;
  if (end > bytes.length) throw new TokenError("it ends too early");
  return { tag, content: bytes.subarray(start, end), whole: bytes.subarray(at, end) };
}
