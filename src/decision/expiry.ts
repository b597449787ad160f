/** A day or an instant after which something no longer holds, as a person wrote it. */

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/;
const DAY_LENGTH = "YYYY-MM-DD".length;
const DAY_MS = 86_400_000;

/**
 * The first millisecond at which something has expired. A day (`YYYY-MM-DD`) is inclusive and in UTC: it expires when the
 * next one begins. An instant (RFC 3339) expires at itself.
 *
 * @returns negative infinity for a text that is no date: what nobody can read has expired already
 */
export function expiryOf(text: string): number {
  const day = startOfDay(text);
  return instantOf(text) ?? (day === undefined ? Number.NEGATIVE_INFINITY : day + DAY_MS);
}

/** Whether something that holds until then holds no longer. The one place where anything expires. */
export function isExpired(expires: string, now: Date): boolean {
  return now.getTime() >= expiryOf(expires);
}

/**
 * When something began: the start of a day, or an instant.
 *
 * @returns positive infinity for a text that is no date: what nobody can read has not begun
 */
export function beginningOf(text: string): number {
  return instantOf(text) ?? startOfDay(text) ?? Number.POSITIVE_INFINITY;
}

function instantOf(text: string): number | undefined {
  if (!INSTANT.test(text) || startOfDay(text.slice(0, DAY_LENGTH)) === undefined) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}

/** `Date.parse` takes 2026-02-30 for 2 March. */
function startOfDay(text: string): number | undefined {
  const time = DAY.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(time) || !new Date(time).toISOString().startsWith(text)) return undefined;
  return time;
}
