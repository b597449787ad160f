import { type ContentMatch, excerpt } from "./rules.ts";

/** Functions that reach out of the sheet. */
const REACHING =
  /\b(?:HYPERLINK|WEBSERVICE|IMPORT(?:XML|HTML|DATA|FEED|RANGE)|IMAGE|DDE|CALL|EXEC|REGISTER|RTD|FILTERXML)\s*\(/i;

/** Cells that a spreadsheet takes for a formula: https://owasp.org/www-community/attacks/CSV_Injection */
export function* csvMatches(text: string): Generator<ContentMatch, void, undefined> {
  for (const { value, offset } of cellsOf(text)) {
    const formula = /^\s*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]/.test(value) ? value.trim() : "";
    if (formula === "" || !isFormula(formula)) continue;
    const isReaching = /\|\s*'|![A-Z]+\d/i.test(formula) || REACHING.test(formula);
    yield {
      rule: "csv-formula",
      offset,
      severity: isReaching ? "high" : "medium",
      confidence: isReaching || formula.startsWith("=") ? "high" : "medium",
      message: `a spreadsheet runs the cell ${excerpt(formula)}`,
      content: formula,
    };
  }
}

/** Not a number, a mark for nothing, a name with an `@`, or a line of text that starts with a dash. */
function isFormula(text: string): boolean {
  if (/^[=\uFF1D]/.test(text)) return /[\w("']/.test(text.slice(1));
  if (/^[+\-@\uFF0B\uFF0D\uFF20][\d\s.,%:/()+-]*[a-z%€$]{0,3}$/i.test(text)) return false;
  return /^[+\-@\uFF0B\uFF0D\uFF20][\w.+\-*/ ]{0,40}[(|!]/.test(text);
}

interface Cell {
  readonly value: string;
  readonly offset: number;
}

/** The cells of RFC 4180, whatever separates them. */
function* cellsOf(text: string): Generator<Cell, void, undefined> {
  for (const { 0: cell, 1: quoted, index } of text.matchAll(/"((?:[^"]|"")*)"|[^,;\t|\r\n"][^,;\t\r\n]*/g)) {
    yield quoted === undefined
      ? { value: cell, offset: index }
      : { value: quoted.replaceAll('""', '"'), offset: index };
  }
}
