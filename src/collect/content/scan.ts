import { characterMatches } from "./characters.ts";
import { csvMatches } from "./csv.ts";
import { createHtmlReader } from "./html.ts";
import { encodedMatches, passageMatches } from "./instructions.ts";
import { readJson } from "./json.ts";
import { readMarkdown } from "./markdown.ts";
import { type ContentMatch, type ContentType, decodedPassage, type Passage, passageAt } from "./rules.ts";
import { readYaml, tagsInText } from "./yaml.ts";

/** What was found in one text. */
export interface ScannedText {
  /** In the order of the text. */
  readonly matches: readonly ContentMatch[];
  /** What was not looked at, in words; what is not empty is no whole scan. */
  readonly missed: readonly string[];
  /** What is strange and hides nothing. */
  readonly notes: readonly string[];
}

/** More of one text say nothing that these do not. */
const MAX_MATCHES = 1_000;

/**
 * Looks for what is made to mislead people, programs and language models. Nothing in the text can switch a rule off.
 *
 * @param path with `/`; some files are known by their place
 */
export function scanText(text: string, type: ContentType, path: string): ScannedText {
  const matches: ContentMatch[] = [...characterMatches(text)];
  const missed: string[] = [];
  const notes: string[] = [];
  const encoded = encodedMatches(text);
  for (let next = encoded.next(); ; next = encoded.next()) {
    if (next.done === true) {
      if (!next.value) missed.push("there is more Base64 than is looked into");
      break;
    }
    matches.push(next.value);
  }
  try {
    const found = readAs(type, text, path);
    matches.push(...found.matches, ...found.passages.flatMap((passage) => [...passageMatches(passage)]));
    notes.push(...found.notes);
  } catch (thrown) {
    // Readers call themselves for each level.
    if (!(thrown instanceof RangeError)) throw thrown;
    missed.push("it is nested too deep to be read");
    matches.push(...passageMatches(passageAt(text, 0, "text")));
  }
  const distinct = worstOfEach(matches);
  const ordered = distinct.toSorted((a, b) => a.offset - b.offset || (a.rule < b.rule ? -1 : 1));
  if (ordered.length > MAX_MATCHES)
    missed.push(`there are ${ordered.length} findings, of which ${MAX_MATCHES} are listed`);
  return { matches: ordered.slice(0, MAX_MATCHES), missed, notes };
}

const SEVEREST = ["critical", "high", "medium", "low", "info"] as const;
const SUREST = ["high", "medium", "low"] as const;

/** Of what a rule finds at one place, the worst: a string of JSON is one place, however long it is. */
function worstOfEach(matches: readonly ContentMatch[]): readonly ContentMatch[] {
  const worst = new Map<string, ContentMatch>();
  for (const match of matches) {
    const place = `${match.rule} ${match.offset}`;
    const before = worst.get(place);
    if (before === undefined || rank(match) < rank(before)) worst.set(place, match);
  }
  return [...worst.values()];
}

function rank({ severity, confidence }: ContentMatch): number {
  return SUREST.indexOf(confidence) * SEVEREST.length + SEVEREST.indexOf(severity);
}

interface Read {
  readonly matches: readonly ContentMatch[];
  readonly passages: readonly Passage[];
  readonly notes: readonly string[];
}

function readAs(type: ContentType, text: string, path: string): Read {
  switch (type) {
    case "markdown":
      return readDocument(text, path);
    case "html": {
      const html = createHtmlReader("low");
      html.read(text, 0);
      return { matches: html.matches, passages: html.passages, notes: [] };
    }
    case "yaml": {
      const { matches, passages, problem } = readYaml(text, path);
      const notes = problem === undefined ? [] : [`it is not read as YAML: ${problem}`];
      return { matches, passages: [...passages, passageAt(text, 0, "text")], notes };
    }
    case "json":
      return readStrings(text);
    case "csv":
      return { matches: [...csvMatches(text)], passages: [passageAt(text, 0, "text")], notes: [] };
    case "plain":
      return { matches: [], passages: [passageAt(text, 0, "text")], notes: [] };
  }
}

const FRONT_MATTER = /^(\uFEFF?---[ \t]*\r?\n)([\s\S]*?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|$)/;

/** Markdown, with what many programs put in front of it. */
function readDocument(text: string, path: string): Read {
  const [front, opening = "", yaml = ""] = FRONT_MATTER.exec(text) ?? [];
  // As long as it was, so that the places behind it stay.
  const rest = front === undefined ? text : front.replaceAll(/[^\n]/g, " ") + text.slice(front.length);
  const { matches, passages } = readMarkdown(rest);
  const head = front === undefined ? undefined : readYaml(yaml, path, opening.length);
  const code = passages.filter(({ standing }) => standing === "code");
  return {
    matches: [
      ...matches,
      ...(head?.matches ?? []),
      ...code.flatMap((one) => [...tagsInText(one.text, one.offsetAt(0))].map((match) => shownAsCode(match, one))),
    ],
    passages: [...passages, ...(head?.passages ?? []), ...(front === undefined ? [] : [passageAt(front, 0, "text")])],
    notes: [],
  };
}

function shownAsCode(match: ContentMatch, passage: Passage): ContentMatch {
  return { ...match, offset: passage.offsetAt(0), confidence: "low" };
}

/** What people write in forges is Markdown within JSON: all that is found in it is where its string starts. */
function readStrings(text: string): Read {
  const { matches, passages, written } = readJson(text);
  const found = written.map(({ text: markdown, offset }) => {
    const inner = readMarkdown(markdown);
    return {
      matches: [...inner.matches, ...characterMatches(markdown)].map((match) => ({ ...match, offset })),
      passages: inner.passages.map((one) => decodedPassage(one.text, offset, one.standing)),
    };
  });
  const escaped = passages.flatMap((one) =>
    [...characterMatches(one.text)].map((match) => ({ ...match, offset: one.offsetAt(0) })),
  );
  return {
    matches: [...matches, ...escaped, ...found.flatMap((one) => one.matches)],
    passages: [...passages, ...found.flatMap((one) => one.passages)],
    notes: [],
  };
}
