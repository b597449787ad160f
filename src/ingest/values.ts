import type { Limits } from "../util/limits.ts";

/** A parsed JSON object of which nothing is known yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a parsed JSON value is an object, and neither `null` nor an array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value if it is an object, else an empty one. For members that a producer may leave out or set to `null`. */
export function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

/** The objects in an array; anything else in it, and anything that is no array, is passed over. */
export function objectsOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** The strings in an array, or the one string; anything else is passed over. */
export function stringsOf(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

/** The value if it is a string with something in it. */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
}

/** The value if it is an integer from 0 up that a double holds exactly. */
export function countOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/**
 * A string as it may be kept: no longer than `limits.stringLength`, with `…` where it was cut, and without lone
 * surrogates, of which no digest can be taken.
 */
export function kept(text: string, limits: Limits): string {
  const whole = text.toWellFormed();
  if (whole.length <= limits.stringLength) return whole;
  return detached(`${whole.slice(0, limits.stringLength - 1).toWellFormed()}…`);
}

/** A copy: the runtime holds a whole text in memory for a part that was cut out of it. */
export function detached(text: string): string {
  return Buffer.from(text, "utf16le").toString("utf16le");
}

const INSTANT = /^(\d{4})-(\d{2})-(\d{2})T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})$/i;

/**
 * An ISO 8601 instant in UTC. A local time without an offset is no instant, and gives `undefined`; so does a day that the
 * month does not have, which the runtime would take for one of the next month.
 */
export function instantOf(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  const [text, year, month, day] = INSTANT.exec(value.trim()) ?? [];
  if (text === undefined || new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate() < Number(day)) {
    return undefined;
  }
  const milliseconds = Date.parse(text);
  const instant = Number.isNaN(milliseconds) ? "" : new Date(milliseconds).toISOString();
  // Beyond the year 9999, and before the year 0, it is written in another way.
  return /^\d{4}-/.test(instant) ? instant : undefined;
}

/** In milliseconds; RFC 3339 ends there. */
const YEAR_10000 = 253_402_300_800_000;

/** An instant of a count since 1970, which tools write in seconds or in milliseconds, and as 0 where they do not know. */
export function instantOfEpoch(count: number): string | undefined {
  if (!Number.isFinite(count) || count <= 0) return undefined;
  // As seconds this is the year 5138, as milliseconds 1973.
  const milliseconds = count < 100_000_000_000 ? count * 1000 : count;
  return milliseconds < YEAR_10000 ? new Date(milliseconds).toISOString() : undefined;
}

/** The earlier of two instants of {@link instantOf}: of several, the oldest says how stale the evidence is. */
export function earlierOf(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a < b ? a : b;
}

/** An id that was not given out before: the second one of a name gets `#2`, and so on. Keeps count in `seen`. */
export function uniqueId(id: string, seen: Map<string, number>): string {
  const before = seen.get(id) ?? 0;
  seen.set(id, before + 1);
  return before === 0 ? id : uniqueId(`${id} #${before + 1}`, seen);
}
