import { type ContentMatch, codePoint, excerpt } from "./rules.ts";

/** What stands in the characters of a text itself, whatever its format: rules that no markup can take back. */
export function* characterMatches(text: string): Generator<ContentMatch, void, undefined> {
  yield* bidiMatches(text);
  yield* tagMatches(text);
  yield* invisibleMatches(text);
  yield* scriptMatches(text);
  yield* escapeMatches(text);
}

/** Unicode TR9; CVE-2021-42574. One that does not end on its line turns what is behind it. */
function* bidiMatches(text: string): Generator<ContentMatch, void, undefined> {
  // Line by line, for looking for whole lines takes time that is quadratic in their length.
  let start = 0;
  for (const line of /[\u202A-\u202E\u2066-\u2069]/.test(text) ? text.split(/[\r\n\u2028\u2029]/) : []) {
    yield* bidiInLine(line, start);
    start += line.length + 1;
  }
}

function* bidiInLine(line: string, start: number): Generator<ContentMatch, void, undefined> {
  const controls = [...line.matchAll(/[\u202A-\u202E\u2066-\u2069]/g)];
  const [first] = controls;
  if (first === undefined) return;
  const names = [...new Set(controls.map(([character]) => codePoint(character)))].join(", ");
  // Translations put a placeholder between the marks where a text goes from right to left.
  const isPlain = isBalanced(controls.map(([character]) => character)) && !/[\u202D\u202E]/.test(line);
  yield {
    rule: "bidi-control",
    offset: start + first.index,
    severity: isPlain ? "medium" : "high",
    confidence: isPlain ? "low" : "high",
    message: `the line has ${names}, so that it is shown in another order than it is read in`,
    content: line,
  };
}

function isBalanced(controls: readonly string[]): boolean {
  const open: string[] = [];
  for (const control of controls) {
    if (/[\u202A\u202B\u202D\u202E]/.test(control)) open.push("\u202C");
    else if (/[\u2066-\u2068]/.test(control)) open.push("\u2069");
    else if (open.pop() !== control) return false;
  }
  return open.length === 0;
}

/** The flags of England, Scotland and Wales, which are all that there are. */
const FLAGS =
  /\u{1F3F4}\u{E0067}\u{E0062}(?:\u{E0065}\u{E006E}\u{E0067}|\u{E0073}\u{E0063}\u{E0074}|\u{E0077}\u{E006C}\u{E0073})\u{E007F}/gu;

function* tagMatches(text: string): Generator<ContentMatch, void, undefined> {
  const flags = new Set([...text.matchAll(FLAGS)].map(({ index }) => index + 2));
  for (const { 0: run, index } of text.matchAll(/[\u{E0000}-\u{E007F}]+/gu)) {
    if (flags.has(index)) continue;
    const hidden = Array.from(run, (character) => String.fromCodePoint((character.codePointAt(0) ?? 0) - 0xe0000)).join(
      "",
    );
    yield {
      rule: "unicode-tag",
      offset: index,
      severity: "high",
      confidence: "high",
      message: `invisible tag characters say ${excerpt(hidden)}`,
      content: hidden,
    };
  }
}

/** Joiners have a meaning in these scripts and between emoji. */
const JOINING =
  /[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Mongolian}\p{Script=Nko}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Thai}\p{Script=Lao}\p{Script=Tibetan}\p{Extended_Pictographic}\p{Emoji_Modifier}\u{FE0F}]/u;

const INVISIBLE =
  // oxlint-disable-next-line eslint/no-misleading-character-class -- each of them is meant by itself
  /[\u00AD\u034F\u115F\u1160\u17B4\u17B5\u180B-\u180E\u200B-\u200F\u2060-\u2064\u206A-\u206F\u3164\uFE00-\uFE0F\uFEFF\uFFA0\u{E0100}-\u{E01EF}]+/gu;

/** From here on they can say something. */
const PAYLOAD_LENGTH = 4;

function* invisibleMatches(text: string): Generator<ContentMatch, void, undefined> {
  for (const { 0: run, index } of text.matchAll(INVISIBLE)) {
    const characters = Array.from(run);
    const [first = ""] = characters;
    const before = lastCharacter(text, index);
    const after = String.fromCodePoint(text.codePointAt(index + run.length) ?? 0x20);
    const isLong = characters.length >= PAYLOAD_LENGTH;
    if (!isLong && isExpected(run, before, after, index)) continue;
    yield {
      rule: "invisible-text",
      offset: index,
      severity: isLong ? "high" : "medium",
      confidence: isLong ? "high" : "medium",
      message: isLong
        ? `${characters.length} invisible characters in a row (${codePoint(first)} and on) can carry a text`
        : `the invisible ${codePoint(first)} stands between "${before}" and "${after}"`,
      content: Array.from(run, codePoint).join(" "),
    };
  }
}

/** Whether so few of them are what people write: a mark at the start, a variant of an emoji, a place to break a word. */
function isExpected(run: string, before: string, after: string, index: number): boolean {
  if (index === 0 && run === "\uFEFF") return true;
  if (/^[\uFE00-\uFE0F]+$/.test(run)) return run.length === 1;
  if (JOINING.test(before) || JOINING.test(after)) return true;
  // Directional marks are common beside right-to-left text, and everything else tells nothing unless it cuts a word.
  return !(/\p{Script=Latin}/u.test(before) && /\p{Script=Latin}/u.test(after)) || run === "\u00AD";
}

function lastCharacter(text: string, index: number): string {
  return Array.from(text.slice(Math.max(0, index - 2), index)).at(-1) ?? " ";
}

/** Letters of Cyrillic, Greek and Armenian that look like Latin ones, with those: a part of Unicode's confusables. */
const CONFUSABLE = new Map(
  Object.entries({
    а: "a",
    е: "e",
    о: "o",
    р: "p",
    с: "c",
    у: "y",
    х: "x",
    і: "i",
    ј: "j",
    ѕ: "s",
    ԁ: "d",
    ԛ: "q",
    ԝ: "w",
    һ: "h",
    ӏ: "l",
    А: "A",
    В: "B",
    Е: "E",
    К: "K",
    М: "M",
    Н: "H",
    О: "O",
    Р: "P",
    С: "C",
    Т: "T",
    Х: "X",
    І: "I",
    Ј: "J",
    Ѕ: "S",
    ο: "o",
    ν: "v",
    ρ: "p",
    Α: "A",
    Β: "B",
    Ε: "E",
    Ζ: "Z",
    Η: "H",
    Ι: "I",
    Κ: "K",
    Μ: "M",
    Ν: "N",
    Ο: "O",
    Ρ: "P",
    Τ: "T",
    Υ: "Y",
    Χ: "X",
    օ: "o",
    ս: "u",
    հ: "h",
    ց: "g",
  }),
);

/** Shorter words are formulas: `ρgh`. */
const SHORTEST_WORD = 4;

function* scriptMatches(text: string): Generator<ContentMatch, void, undefined> {
  // A text without such letters is most texts.
  if (!/[\u0370-\u058F]/.test(text)) return;
  for (const { 0: word, index } of text.matchAll(/\p{L}[\p{L}\p{M}]*/gu)) {
    const letters = Array.from(word);
    const lookalikes = letters.filter((letter) => CONFUSABLE.has(letter));
    const latin = letters.filter((letter) => /\p{Script=Latin}/u.test(letter)).length;
    if (letters.length < SHORTEST_WORD || lookalikes.length === 0 || latin < lookalikes.length) continue;
    if (latin + lookalikes.length < letters.length) continue;
    yield {
      rule: "mixed-script",
      offset: index,
      severity: "medium",
      confidence: "high",
      message: `the word looks like "${latinOf(word)}", and has ${[...new Set(lookalikes)].map(codePoint).join(", ")}`,
      content: word,
    };
  }
}

/** The text with letters that look like Latin ones as those. */
export function latinOf(text: string): string {
  return text.replaceAll(/[\u0370-\u058F]/g, (letter) => CONFUSABLE.get(letter) ?? letter);
}

/** ECMA-48: a sequence of a terminal. One for the operating system can write to the clipboard and hide links. */
function* escapeMatches(text: string): Generator<ContentMatch, void, undefined> {
  // oxlint-disable-next-line eslint/no-control-regex -- the controls are what this is about
  for (const { 0: found, index } of text.matchAll(/(?:\u001B[[\]PX^_]|[\u009B\u009D\u0090])[^\u001B\u0007\n]{0,40}/g)) {
    // oxlint-disable-next-line eslint/no-control-regex -- as above
    const isColour = /^(?:\u001B\[|\u009B)[\d;:]*m/.test(found);
    // oxlint-disable-next-line eslint/no-control-regex -- as above
    const isSystem = /^(?:\u001B[\]PX^_]|[\u009D\u0090])/.test(found);
    yield {
      rule: "terminal-escape",
      offset: index,
      severity: isSystem ? "high" : isColour ? "low" : "medium",
      confidence: isColour ? "medium" : "high",
      message: `a control sequence for terminals, ${excerpt(found.replace(/[a-zA-Z].*$/s, ""))}`,
      content: found,
    };
  }
}
