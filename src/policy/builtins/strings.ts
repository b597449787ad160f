import { isArray, isSet, type RegoValue } from "./value.ts";

/**
 * OPA's `strings.any_prefix_match`: whether any string of `search` starts with any string of `base`.
 *
 * Each is a string, or an array or a set of strings. Anything else is an error in OPA, which is "undefined" in a policy,
 * and so is `undefined` here.
 */
export function anyPrefixMatch(search: RegoValue, base: RegoValue): boolean | undefined {
  return anyMatch(search, base, (text, part) => text.startsWith(part));
}

/** OPA's `strings.any_suffix_match`; arguments as for {@link anyPrefixMatch}. */
export function anySuffixMatch(search: RegoValue, base: RegoValue): boolean | undefined {
  return anyMatch(search, base, (text, part) => text.endsWith(part));
}

function anyMatch(
  search: RegoValue,
  base: RegoValue,
  matches: (text: string, part: string) => boolean,
): boolean | undefined {
  const texts = toStrings(search);
  const parts = toStrings(base);
  if (texts === undefined || parts === undefined) return undefined;
  return texts.some((text) => parts.some((part) => matches(text, part)));
}

function toStrings(value: RegoValue): readonly string[] | undefined {
  if (typeof value === "string") return [value.toWellFormed()];
  if (!isArray(value) && !isSet(value)) return undefined;
  const strings: string[] = [];
  for (const element of value) {
    if (typeof element !== "string") return undefined;
    strings.push(element.toWellFormed());
  }
  return strings;
}
