import { GateError } from "../util/errors.ts";

const DAY_MS = 86_400_000;

/**
 * The first millisecond of a day or of a moment in RFC 3339, and the first one after it, UTC.
 *
 * @throws {GateError} `usage` where the text is neither
 */
export function parseTimes(text: string, flag: string): { readonly start: number; readonly end: number } {
  if (/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/.test(text)) {
    const time = Date.parse(text);
    if (!Number.isNaN(time)) return { start: time, end: time + 1 };
  }
  const start = parseDay(text, flag);
  return { start, end: start + DAY_MS };
}

/**
 * The start of a day, UTC, in milliseconds.
 *
 * @throws {GateError} `usage` where the text is no day as `YYYY-MM-DD`
 */
export function parseDay(text: string, flag: string): number {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  // Date.parse takes 2026-02-30 for 2 March.
  if (!Number.isNaN(time) && new Date(time).toISOString().startsWith(text)) return time;
  throw new GateError("usage", `${flag} must be a day as YYYY-MM-DD, not "${text}"`);
}
