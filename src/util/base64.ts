const BASE64 = /^(?:[A-Za-z0-9+/]*|[A-Za-z0-9_-]*)={0,2}$/;

/**
 * The bytes of a base64 text (RFC 4648) in either alphabet, with or without padding; undefined for anything else, white
 * space included. Node's own decoder leaves out what it does not know.
 */
export function decodeBase64(text: string): Buffer | undefined {
  const length = text.replace(/=+$/, "").length;
  return BASE64.test(text) && length % 4 !== 1 ? Buffer.from(text, "base64") : undefined;
}
