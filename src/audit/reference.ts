import { GateError } from "../util/errors.ts";
import { UUID_PATTERN } from "./uuid.ts";

const MIN_PREFIX_LENGTH = 4;
const INDEX = /^(?:0|[1-9][0-9]{0,15})$/;
const ID_PREFIX = /^[0-9a-f-]+$/;

/** How a user names an entry. */
export type Reference =
  | { readonly index: number }
  | { readonly id: string }
  /** The first characters of an id. */
  | { readonly prefix: string };

/** Reads what a user named an entry by; undefined for what names none. */
export function parseReference(reference: string): Reference | undefined {
  const text = reference.toLowerCase();
  // The first digit of a version 7 UUID is 0 until the year 2527, that of an index never is, so the two cannot be confused.
  if (INDEX.test(text)) return { index: Number(text) };
  if (UUID_PATTERN.test(text)) return { id: text };
  return text.length < MIN_PREFIX_LENGTH || !ID_PREFIX.test(text) ? undefined : { prefix: text };
}

/** Where two ids start alike. @param id one of them */
export function ambiguous(prefix: string, id: string): GateError {
  return new GateError("usage", `more than one entry of the audit log starts with ${prefix}`, {
    hint: `Give more of the id, such as ${id}.`,
  });
}
