const BASE64 = /^(?:[A-Za-z0-9+/]*|[A-Za-z0-9_-]*)={0,2}$/;

/**
 * The bytes of a base64 text (RFC 4648) in either alphabet, with or without padding; undefined for anything else, white
 * space included. Node's own decoder leaves out what it does not know.
 */
export function decodeBase64(text: string): Buffer | undefined {
  const length = text.replace(/=+$/, "").length;
  return BASE64.test(text) && length % 4 !== 1 ? Buffer.from(text, "base64") : undefined;
}

/** The bytes of a padded base64 text; undefined for any other way to write them, which would make two texts of one. */
export function strictBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? bytes : undefined;
}
