import { describe, expect, test } from "vitest";
import { isLonger, startOfPeriod } from "../../src/util/period.ts";

describe("a period is over before", () => {
  test.each([
    ["90d", "2026-03-31T10:20:30.400Z", "2025-12-31T10:20:30.400Z"],
    ["1d", "2028-03-01T00:00:00.000Z", "2028-02-29T00:00:00.000Z"],
    ["1m", "2026-03-31T10:20:30.400Z", "2026-02-28T10:20:30.400Z"],
    ["1m", "2028-03-31T00:00:00.000Z", "2028-02-29T00:00:00.000Z"],
    ["18m", "2026-01-15T00:00:00.000Z", "2024-07-15T00:00:00.000Z"],
    ["1y", "2028-02-29T10:00:00.000Z", "2027-02-28T10:00:00.000Z"],
    ["7y", "2033-01-04T00:00:00.000Z", "2026-01-04T00:00:00.000Z"],
  ])("%s at %s: %s", (period, now, start) => {
    expect(startOfPeriod(period, new Date(now)).toISOString()).toBe(start);
  });
});

test.each([
  ["8y", "7y", true],
  ["7y", "7y", false],
  ["12m", "1y", false],
  ["13m", "1y", true],
  ["1y", "18m", false],
  ["366d", "1y", true],
])("%s is longer than %s: %s", (period, other, longer) => {
  expect(isLonger(period, other)).toBe(longer);
});
