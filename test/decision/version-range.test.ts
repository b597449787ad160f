import { describe, expect, it } from "vitest";
import { parseVersionRange } from "../../src/decision/version-range.ts";

describe.each([
  ["1.2.3", ["1.2.3", "v1.2.3"], ["1.2.4", "1.2.3-rc.1", "1.2.3+build"]],
  [">=1.2 <2", ["1.2.0", "1.9.9", "v1.5.0"], ["1.1.9", "2.0.0", "2.0.0-rc.1", "1.5.0-rc.1", "1.5", "one"]],
  [">= 1.2 < 2", ["1.2.0"], ["2.0.0"]],
  [">=1 <2 || 3.x", ["1.0.0", "3.7.1"], ["2.0.0", "4.0.0"]],
  [">1.2", ["1.3.0"], ["1.2.0", "1.2.9"]],
  ["<=1.2", ["1.2.9", "0.1.0"], ["1.3.0"]],
  [">1.2.3", ["1.2.4"], ["1.2.3"]],
  ["<=1.2.3", ["1.2.3"], ["1.2.4"]],
  ["1.2", ["1.2.0", "1.2.7", "1.2"], ["1.3.0"]],
  ["1.2.*", ["1.2.7"], ["1.3.0"]],
  [">=1.0.0-rc.1 <1.1", ["1.0.0-rc.1", "1.0.0-rc.2", "1.0.0"], ["1.0.0-beta", "1.0.1-rc.1"]],
  ["7.88.1-10+deb12u5", ["7.88.1-10+deb12u5"], ["7.88.1-10+deb12u4", "7.88.1-10"]],
  ["1:2.3-4~bpo", ["1:2.3-4~bpo"], ["1:2.3-4"]],
  ["*", ["1.0.0"], ["1.0", "1.0.0-rc.1"]],
] as const)("%s", (range, inside, outside) => {
  const contains = parseVersionRange(range);

  it.each(inside)("has %s", (version) => expect(contains?.(version)).toBe(true));

  it.each(outside)("does not have %s", (version) => expect(contains?.(version)).toBe(false));
});

it.each(["", " ", "||", "1.2.3 ||", ">=", ">=one", "^1.2", "~1", "1.2 - 1.4", "1.x.3", ">=1.2-rc", "\u001B"])(
  "%j is no range",
  (text) => {
    expect(parseVersionRange(text)).toBeUndefined();
  },
);
