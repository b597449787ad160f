import { GateError } from "../util/errors.ts";

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
