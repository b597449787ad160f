import { hash } from "node:crypto";
import { compareText } from "../util/compare.ts";
import type { Finding } from "./types.ts";

/** What makes a finding the same one in the next scan. */
export interface FindingIdentity {
  readonly tool: string;
  readonly ruleId: string;
  /** As the model writes paths; missing for a finding without a place, and for one whose content tells it from all others. */
  readonly path: string | undefined;
  /** The most stable thing known about it: the tool's own fingerprint, else the code, else the message. */
  readonly content: string;
}

/**
 * The id of a finding, 64 hexadecimal digits: SHA-256 over tool, rule, path and content, and not over lines, so that it
 * survives an edit further up in the file. Design: evidence.md section 1, "Identity".
 */
export function fingerprintOf({ tool, ruleId, path, content }: FindingIdentity): string {
  return digest([tool, ruleId, path ?? "", content]);
}

/** Code that is shorter stands in many files; only what is as long as this is known again in another file. */
const TELLING_LENGTH = 32;

/** Whether a piece of code says enough to be known again where it was moved to another file. */
export function isTelling(code: string): boolean {
  return code.length >= TELLING_LENGTH;
}

const LINE_REFERENCE = /\b(lines?|columns?|col)( )\d+(?:(?: ?- ?| to | and )\d+)*/gi;
const PLACE_REFERENCE = /(\.[A-Za-z]\w*):\d+(?::\d+)?/g;

/** A message without the lines that it mentions, such as `line 12` or `a.ts:12:5`; every other number is kept. */
export function withoutPlaces(message: string): string {
  return message.replaceAll(LINE_REFERENCE, "$1$2").replaceAll(PLACE_REFERENCE, "$1");
}

/**
 * Tells apart findings that have the same fingerprint: all but the first get an id with an ordinal. The order is that of
 * their places in the code, not of the results in the file.
 */
export function distinguishFindings(findings: readonly Finding[]): readonly Finding[] {
  if (new Set(findings.map(({ id }) => id)).size === findings.length) return findings;
  const groups = Map.groupBy(findings, ({ id }) => id);
  const ordinals = new Map<Finding, number>();
  for (const alike of groups.values()) {
    for (const [ordinal, finding] of alike.toSorted(compareByPlace).entries()) ordinals.set(finding, ordinal);
  }
  return findings.map((finding) => withOrdinal(finding, ordinals.get(finding) ?? 0));
}

/** The ids that {@link distinguishFindings} gave, and the id that each of them had before. */
export function originalIds(findings: readonly Finding[]): ReadonlyMap<string, string> {
  const present = new Set(findings.map(({ id }) => id));
  const originals = new Map<string, string>();
  for (const id of present) {
    for (let ordinal = 1, next = idWithOrdinal(id, ordinal); present.has(next); next = idWithOrdinal(id, ++ordinal)) {
      originals.set(next, id);
    }
  }
  return originals;
}

function withOrdinal(finding: Finding, ordinal: number): Finding {
  return ordinal === 0 ? finding : { ...finding, id: idWithOrdinal(finding.id, ordinal) };
}

function idWithOrdinal(id: string, ordinal: number): string {
  return digest([id, String(ordinal)]);
}

function compareByPlace(a: Finding, b: Finding): number {
  return (
    compareText(a.location?.path ?? "", b.location?.path ?? "") ||
    (a.location?.line ?? 0) - (b.location?.line ?? 0) ||
    (a.location?.column ?? 0) - (b.location?.column ?? 0) ||
    (a.location?.endLine ?? 0) - (b.location?.endLine ?? 0) ||
    compareText(a.message, b.message)
  );
}

/** Each part is preceded by its length, so that no two lists of parts give the same input. */
function digest(parts: readonly string[]): string {
  const text = parts.map((part) => `${part.length}:${part}`).join("");
  return hash("sha256", text);
}
