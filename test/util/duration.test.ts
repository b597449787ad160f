import { describe, expect, it } from "vitest";
import { formatDuration, parseDuration } from "../../src/util/duration.ts";

describe("a duration", () => {
  it.each([
    ["90s", 90_000],
    ["5m", 300_000],
    ["4h", 14_400_000],
    ["7d", 604_800_000],
  ])("%s", (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
    expect(formatDuration(milliseconds)).toBe(text);
  });

  it.each(["", "0s", "-1d", "1.5h", "7 d", "7D", "7w", "7", "d", "1d2h", "1234567d"])("is not %j", (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it.each([
    [72 * 3_600_000, "3d"],
    [60_000, "1m"],
    [1500, "1500ms"],
    [0, "0ms"],
  ])("%d milliseconds are %s", (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });
});
