import type { RegoValue } from "./value.ts";

/** A `%` with anything but two hexadecimal digits after it. */
const MALFORMED = /%(?![0-9A-Fa-f]{2})/;

/** OPA's `urlquery.decode`: `+` is a space. Undefined for what is malformed, and for bytes that are no text. */
export function decodeQuery(text: RegoValue): string | undefined {
  if (typeof text !== "string" || !text.isWellFormed() || MALFORMED.test(text)) return undefined;
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}
