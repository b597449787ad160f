import { isUtf8 } from "node:buffer";
import { FormatError, type Head } from "./adapter.ts";

const HEAD_BYTES = 16_384;
const HEAD_LENGTH = 8_192;

/**
 * The text of a file as UTF-8 bytes without a byte order mark. UTF-8 comes back as a view of the same memory; UTF-16,
 * which needs its byte order mark to be known, is transcoded.
 *
 * @throws {FormatError} `malformed` where the bytes are no valid text; nothing is replaced or dropped
 */
export function utf8BytesOf(bytes: Uint8Array): Buffer {
  const encoding = utf16Of(bytes);
  if (encoding !== undefined) return transcode(bytes, encoding);
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!isUtf8(view)) {
    throw new FormatError("malformed", "the file is not valid UTF-8", `byte ${firstInvalidByte(view)}`);
  }
  return hasUtf8Mark(bytes) ? view.subarray(3) : view;
}

/** What detection may look at. Undecodable bytes become replacement characters: a head never fails. */
export function headOf(bytes: Uint8Array, path: string): Head {
  const text = new TextDecoder(utf16Of(bytes) ?? "utf-8").decode(bytes.subarray(0, HEAD_BYTES));
  const name = path.slice(path.lastIndexOf("/") + 1).toLowerCase();
  return { text: text.trimStart().slice(0, HEAD_LENGTH), name };
}

function utf16Of(bytes: Uint8Array): "utf-16le" | "utf-16be" | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  return undefined;
}

function hasUtf8Mark(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

function transcode(bytes: Uint8Array, encoding: "utf-16le" | "utf-16be"): Buffer {
  try {
    return Buffer.from(new TextDecoder(encoding, { fatal: true }).decode(bytes), "utf8");
  } catch (cause) {
    throw new FormatError("malformed", `the file is not valid ${encoding.toUpperCase()}`, undefined, cause);
  }
}

/** Bisects: a streaming decoder accepts a prefix that is cut inside a character, and rejects every later prefix. */
function firstInvalidByte(bytes: Uint8Array): number {
  let good = 0;
  let bad = bytes.length + 1;
  while (bad - good > 1) {
    const middle = (good + bad) >>> 1;
    if (isPrefixOfUtf8(bytes.subarray(0, middle))) good = middle;
    else bad = middle;
  }
  return good;
}

function isPrefixOfUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}
