import { messageOf, systemCodeOf } from "../util/errors.ts";
import type { Limits } from "../util/limits.ts";
import { FormatError, limitExceeded } from "./adapter.ts";

/** Whether bytes start as a gzip member does (RFC 1952 section 2.3.1, with deflate as method). */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 0x08;
}

/**
 * Expands a gzip file. What it expands to counts against the same cap as a file that was never packed, so a small file
 * cannot become a large one.
 *
 * @throws {FormatError} `malformed` where it is damaged or cut off, or `limit-exceeded`
 */
export async function expandGzip(bytes: Uint8Array, limits: Limits): Promise<Uint8Array> {
  const { gunzipSync } = await import("node:zlib");
  try {
    return gunzipSync(bytes, { maxOutputLength: limits.fileBytes });
  } catch (cause) {
    if (systemCodeOf(cause) === "ERR_BUFFER_TOO_LARGE") {
      throw limitExceeded("fileBytes", `it expands to more than ${limits.fileBytes} bytes`, undefined, cause);
    }
    throw new FormatError("malformed", `the gzip file is damaged: ${messageOf(cause)}`, undefined, cause);
  }
}
