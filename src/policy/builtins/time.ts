import { numberOf, type RegoValue } from "./value.ts";

const RFC3339 =
  /^([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?(?:Z|([+-])([0-9]{2}):([0-9]{2}))$/;

/** What fits into 64 bits of nanoseconds: OPA refuses what does not. Outside of these years it is asked. */
const YEARS = { first: 1678, last: 2261 } as const;

/** OPA's `time.parse_rfc3339_ns`, for times that are written strictly as RFC 3339 has them. */
export function parseRfc3339(text: RegoValue): RegoValue | undefined {
  const match = typeof text === "string" ? RFC3339.exec(text) : null;
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  const [, , , , , , , fraction = "", sign, offsetHour = "0", offsetMinute = "0"] = match;
  if (year < YEARS.first || year > YEARS.last || hour > 23 || minute > 59 || second > 59) return undefined;
  const offset = Number(offsetHour) * 60 + Number(offsetMinute);
  if (Number(offsetHour) > 23 || Number(offsetMinute) > 59) return undefined;
  const utc = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  // Date rolls 30 February over to March.
  if (utc.getUTCMonth() !== month - 1 || utc.getUTCDate() !== day) return undefined;
  const seconds = utc.getTime() / 1000 - (sign === "-" ? -60 : 60) * offset;
  const nanoseconds = BigInt(seconds) * 1_000_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, "0"));
  return numberOf(String(nanoseconds));
}
