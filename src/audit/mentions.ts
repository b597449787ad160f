import type { EvidenceDocument } from "../evidence/types.ts";
import { isRecord } from "../util/json.ts";

/** Evidence that says who did something; findings and measurements are about files. */
const KINDS_WITH_PEOPLE: ReadonlySet<string> = new Set([
  "assessment",
  "attestation",
  "audit-log",
  "build",
  "change",
  "deployment",
  "incident",
  "repository",
  "statement",
  "vex",
]);

const MEMBERS_WITH_PEOPLE: ReadonlySet<string> = new Set([
  "actor",
  "author",
  "committer",
  "reviewers",
  "signer",
  "statedBy",
  "user",
]);

/** Everybody whom evidence names, as it names them: what is said of the evidence may mention them. */
export function peopleIn(documents: readonly EvidenceDocument[]): ReadonlySet<string> {
  const people = new Set<string>();
  const look = (value: unknown, isName: boolean): void => {
    if (typeof value === "string") {
      if (isName) people.add(value);
    } else if (Array.isArray(value)) for (const item of value) look(item, isName);
    else if (isRecord(value)) {
      for (const [name, member] of Object.entries(value)) look(member, MEMBERS_WITH_PEOPLE.has(name));
    }
  };
  for (const document of documents) if (KINDS_WITH_PEOPLE.has(document.kind)) look(document, false);
  return people;
}

const WORD = /[\p{L}\p{N}]+/gu;

/** The forms in which texts mention somebody: a whole name, the address in it, what stands before the address, a login. */
function formsOf(name: string): readonly string[] {
  const [, before = "", address = ""] = /^(.*?)<([^<>]*)>\s*$/.exec(name) ?? [];
  const login = /^(?:github|gitlab):(.+)$/.exec(name)?.[1] ?? "";
  return [name, before, address, login].map(foldedText).filter((form) => form !== "");
}

/** Letter case and the two ways of writing an accent make no difference to who is meant. */
function foldedText(text: string): string {
  return text.normalize("NFC").toLowerCase().trim();
}

/** Says of texts whether somebody of these is named in them, as whole words. */
export function mentionFinder(names: Iterable<string>): (text: string) => boolean {
  const byFirstWord = new Map<string, Set<string>>();
  for (const form of [...names].flatMap(formsOf)) {
    const [first] = form.match(WORD) ?? [];
    // Nobody is found by signs alone.
    if (first === undefined) continue;
    const forms = byFirstWord.get(first) ?? new Set();
    byFirstWord.set(first, forms.add(form));
  }
  if (byFirstWord.size === 0) return () => false;
  return (text) => {
    const folded = foldedText(text);
    for (const { 0: word } of folded.matchAll(WORD)) {
      for (const form of byFirstWord.get(word) ?? []) if (hasWords(folded, form)) return true;
    }
    return false;
  };
}

function hasWords(text: string, form: string): boolean {
  for (let at = text.indexOf(form); at >= 0; at = text.indexOf(form, at + 1)) {
    if (!isWordAt(text, at - 1) && !isWordAt(text, at + form.length)) return true;
  }
  return false;
}

/** Whether a name could go on there: one within another word is nobody's. */
function isWordAt(text: string, at: number): boolean {
  return /[\p{L}\p{N}\uD800-\uDFFF]/u.test(text.charAt(at));
}
