import { describe, expect, it } from "vitest";
import { compileGlob } from "../../src/util/glob.ts";

describe.each([
  ["src/a.ts", ["src/a.ts"], ["src/b.ts", "a.ts", "x/src/a.ts"]],
  ["src/*.ts", ["src/a.ts", "src/.ts", "src/.hidden.ts"], ["src/a/b.ts", "src/a.tsx"]],
  ["src/**", ["src/a.ts", "src/a/b/c"], ["srcs/a", "lib/src/a"]],
  ["**/test/**", ["test/a", "a/b/test/c/d"], ["tests/a"]],
  ["src/**/*.test.ts", ["src/a.test.ts", "src/x/y/a.test.ts"], ["src/a.ts"]],
  ["a?c", ["abc", "a😀c"], ["ac", "abbc", "a/c"]],
  ["*.{js,ts}", ["a.js", "a.ts"], ["a.jsx"]],
  ["{a,b/{c,d}}/x", ["a/x", "b/c/x", "b/d/x"], ["b/x", "c/x"]],
  ["legacy/", ["legacy/a", "legacy/b/c"], ["legacys/a"]],
  ["./src/a", ["src/a"], ["./a"]],
  ["app/[id]/page.tsx", ["app/[id]/page.tsx"], ["app/i/page.tsx"]],
  ["*a*b*", ["ab", "xaxbx"], ["ba"]],
  ["**", ["a", "a/b"], []],
] as const)("%s", (pattern, matching, others) => {
  const matches = compileGlob(pattern);

  it.each(matching)("means %s", (path) => expect(matches?.(path)).toBe(true));

  it.each(others)("does not mean %s", (path) => expect(matches?.(path)).toBe(false));
});

it.each([["", "{a", "a}", "}{", "a\\b", "../a", "a/../b", "{a,b}".repeat(7), "x".repeat(1_001)]].flat())(
  "%s means nothing",
  (pattern) => {
    expect(compileGlob(pattern)).toBeUndefined();
  },
);

it("is done with what makes other matchers try every way", () => {
  const matches = compileGlob(`${"**/a*".repeat(50)}b`);
  expect(matches?.(`${"a".repeat(2_000)}/`.repeat(50))).toBe(false);
  expect(compileGlob(`${"*a".repeat(200)}b`)?.("a".repeat(50_000))).toBe(false);
});
