import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { beginningOf, expiryOf, isExpired } from "../../src/decision/expiry.ts";

const at = (text: string): number => Date.parse(text);

describe("a day", () => {
  it.each([
    ["2026-01-31", "2026-02-01T00:00:00Z"],
    ["2024-02-29", "2024-03-01T00:00:00Z"],
    ["2026-12-31", "2027-01-01T00:00:00Z"],
  ])("%s holds to its end, in UTC", (day, end) => {
    expect(expiryOf(day)).toBe(at(end));
    expect(isExpired(day, new Date(at(end) - 1))).toBe(false);
    expect(isExpired(day, new Date(at(end)))).toBe(true);
  });

  it("begins at its first moment", () => {
    expect(beginningOf("2026-01-31")).toBe(at("2026-01-31T00:00:00Z"));
  });
});

describe("an instant", () => {
  it.each([
    ["2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z"],
    ["2026-01-31T12:00:00.5Z", "2026-01-31T12:00:00.500Z"],
    ["2026-01-31T12:00:00.123456Z", "2026-01-31T12:00:00.123Z"],
    ["2026-01-31T12:00:00+02:00", "2026-01-31T10:00:00Z"],
    ["2026-01-31T12:00:00-11:30", "2026-01-31T23:30:00Z"],
  ])("%s is over when it comes", (text, instant) => {
    expect(expiryOf(text)).toBe(at(instant));
    expect(beginningOf(text)).toBe(at(instant));
    expect(isExpired(text, new Date(at(instant) - 1))).toBe(false);
    expect(isExpired(text, new Date(at(instant)))).toBe(true);
  });
});

describe.each([
  "",
  "never",
  "x2026-01-31",
  "2026-01-31x",
  "2026-01-31T12:00:00Z (noon)",
  " 2026-01-31T12:00:00Z",
  "+2026-01-31T12:00:00Z",
  "2026-02-30",
  "2026-13-01",
  "2026-1-1",
  "20260101",
  "2026-01-31 ",
  " 2026-01-31",
  "2026-01-31T12:00:00",
  "2026-01-31T12:00:00z",
  "2026-01-31T12:00Z",
  "2026-01-31T25:00:00Z",
  "2026-02-30T00:00:00Z",
  "2026-01-31T12:00:00.Z",
  "x2026-01-31T12:00:00Z",
  "2026-01-31T12:00:00Zx",
  "x2026-01-31",
  "+002026-01-31",
  "9999999999999",
])("%j, which is no date,", (text) => {
  it("has expired and has not begun", () => {
    expect(isExpired(text, new Date(0))).toBe(true);
    expect(isExpired(text, new Date(-8_640_000_000_000_000))).toBe(true);
    expect(beginningOf(text)).toBe(Number.POSITIVE_INFINITY);
  });
});

it("never holds again once it has expired", () => {
  const times = fc.date({ noInvalidDate: true, min: new Date("2000-01-01"), max: new Date("2100-01-01") });
  fc.assert(
    fc.property(times, fc.boolean(), times, times, (expires, day, a, b) => {
      const text = day ? expires.toISOString().slice(0, 10) : expires.toISOString();
      const [earlier, later] = a <= b ? [a, b] : [b, a];
      expect(!isExpired(text, earlier) || isExpired(text, later)).toBe(true);
    }),
  );
});
