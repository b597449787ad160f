import * as fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { FAST_BUILTINS } from "../../src/policy/builtins/index.ts";
import { decodeQuery } from "../../src/policy/builtins/query.ts";
import { semverCompare, semverIsValid } from "../../src/policy/builtins/semver.ts";
import { anyPrefixMatch, anySuffixMatch } from "../../src/policy/builtins/strings.ts";
import { parseRfc3339 } from "../../src/policy/builtins/time.ts";
import { compareValues, parseValue, type RegoValue, sorted, valueText } from "../../src/policy/builtins/value.ts";
import { openToolchain } from "../../src/policy/load.ts";
import { installation } from "../support.ts";

/** The built-ins in TypeScript, against OPA's own. `sprintf` has a file to itself. */

const toolchain = await openToolchain({ installation, variables: {}, cacheFolder: undefined });
afterAll(() => toolchain.close());

const RUNS = 2000;

async function opa(name: keyof typeof FAST_BUILTINS, ...args: readonly RegoValue[]): Promise<RegoValue | undefined> {
  return (await toolchain.builtin(name, args)).value;
}

describe.each([
  { name: "strings.any_prefix_match", own: anyPrefixMatch },
  { name: "strings.any_suffix_match", own: anySuffixMatch },
] as const)("$name", ({ name, own }) => {
  it.each([
    { search: '"abc"', base: '"a"' },
    { search: '"abc"', base: '"c"' },
    { search: '""', base: '""' },
    { search: "[]", base: '["a"]' },
    { search: '["a"]', base: "set()" },
    { search: '["xy", "ab"]', base: '{"a", "y"}' },
    { search: '{"abc"}', base: '["z", ""]' },
    { search: "1", base: '"a"' },
    { search: '"a"', base: "null" },
    { search: '["a", 1]', base: '["a"]' },
    { search: '["a"]', base: '{"a", 1}' },
    { search: '{"a": 1}', base: '"a"' },
  ])("of $search and $base is OPA's", async (texts) => {
    const [search, base] = [parseValue(texts.search), parseValue(texts.base)];
    expect(own(search, base)).toBe(await opa(name, search, base));
  });

  it("is OPA's for all strings", async () => {
    const strings = fc.string({ unit: fc.constantFrom("a", "b", "é", "😀", "\ud83d", "\ude00"), maxLength: 4 });
    const lists = fc.array(strings, { maxLength: 4 });
    const operands: fc.Arbitrary<RegoValue> = fc.oneof(
      strings,
      lists,
      lists.map((list) => new Set(list)),
    );
    await fc.assert(
      fc.asyncProperty(operands, operands, async (search, base) => {
        expect(own(search, base)).toBe(await opa(name, search, base));
      }),
      { numRuns: RUNS },
    );
  });
});

describe("urlquery.decode", () => {
  it.each(["", "a", "a+b", "%40acme%2Ffoo", "%6c%6C", "caf%C3%A9", "%2541", "😀%F0%9F%98%80", "a%0Ab"])(
    "of %j is OPA's",
    async (text) => {
      expect(decodeQuery(text)).toBe(await opa("urlquery.decode", text));
    },
  );

  it("is OPA's for all strings, where it answers", async () => {
    const part = fc.constantFrom("a", "+", " ", "%", "%2", "%41", "%C3", "%A9", "%ff", "é", "😀", "%E2%82%AC", "\0");
    let answered = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 5 }), async (parts) => {
        const text = parts.join("");
        const own = decodeQuery(text);
        if (own === undefined) return;
        answered++;
        expect(own).toBe(await opa("urlquery.decode", text));
      }),
      { numRuns: RUNS },
    );
    expect(answered).toBeGreaterThan(RUNS / 10);
  });

  it.each(["%", "%4", "a%zz", "%FF", "\ud83d"])("leaves %j to OPA", (text) => {
    expect(decodeQuery(text)).toBeUndefined();
  });

  it("leaves what is no text to OPA", () => {
    expect(decodeQuery(parseValue("1"))).toBeUndefined();
  });
});

/** Mostly versions, and what is nearly one. */
function versions(): fc.Arbitrary<string> {
  const number = fc.oneof(
    fc.nat(12).map(String),
    fc.constantFrom("0", "00", "01", "-1", "", "9223372036854775807", "9223372036854775808", "x", "٣"),
  );
  const identifier = fc.oneof(
    fc.nat(12).map(String),
    fc.constantFrom("a", "alpha", "Beta", "rc1", "-", "a-b", "0a", "01", "", "é", "1a"),
  );
  const suffix = (mark: string): fc.Arbitrary<string> =>
    fc.oneof(
      { weight: 2, arbitrary: fc.constant("") },
      { weight: 3, arbitrary: fc.array(identifier, { maxLength: 3 }).map((parts) => mark + parts.join(".")) },
    );
  const core = fc.oneof(
    { weight: 8, arbitrary: fc.tuple(number, number, number).map((parts) => parts.join(".")) },
    { weight: 1, arbitrary: fc.array(number, { maxLength: 4 }).map((parts) => parts.join(".")) },
  );
  return fc
    .tuple(fc.constantFrom("", "", "", "v", "V", " "), core, suffix("-"), suffix("+"))
    .map((parts) => parts.join(""));
}

describe("semver.is_valid", () => {
  it("is OPA's for all versions", async () => {
    await fc.assert(
      fc.asyncProperty(versions(), async (version) => {
        expect(semverIsValid(version)).toBe(await opa("semver.is_valid", version));
      }),
      { numRuns: RUNS },
    );
  });

  it("is false for what is no string", async () => {
    expect(semverIsValid(1)).toBe(await opa("semver.is_valid", 1));
  });
});

describe("semver.compare", () => {
  it("is OPA's for all versions", async () => {
    await fc.assert(
      fc.asyncProperty(versions(), versions(), async (a, b) => {
        expect(semverCompare(a, b)).toBe(await opa("semver.compare", a, b));
      }),
      { numRuns: RUNS },
    );
  });

  it("compares versions that differ little as OPA does", async () => {
    const preRelease = fc.array(fc.constantFrom("0", "1", "2", "10", "a", "b", "rc", "-"), {
      minLength: 1,
      maxLength: 3,
    });
    const version = fc.option(preRelease).map((parts) => (parts === null ? "1.2.3" : `1.2.3-${parts.join(".")}`));
    await fc.assert(
      fc.asyncProperty(version, version, async (a, b) => {
        expect(semverCompare(a, b)).toBe(await opa("semver.compare", a, b));
      }),
      { numRuns: RUNS },
    );
  });

  it("comes to an end for numbers beyond 64 bits", () => {
    expect(semverCompare("1.0.0-99999999999999999998", "1.0.0-99999999999999999999")).toBe(-1);
  });
});

/** A number of two digits. */
function two(max: number): fc.Arbitrary<string> {
  return fc.nat(max).map((value) => String(value).padStart(2, "0"));
}

describe("time.parse_rfc3339_ns", () => {
  it("is OPA's wherever it answers, for all times", async () => {
    const years = fc.oneof(fc.integer({ min: 1970, max: 2100 }), fc.integer({ min: 0, max: 9999 }));
    const times = fc
      .tuple(
        years.map((year) => String(year).padStart(4, "0")),
        fc.constantFrom("-", "-", "-", "/"),
        two(13),
        two(32),
        fc.constantFrom("T", "T", "T", "t", " "),
        two(25),
        two(61),
        two(61),
        fc.oneof(fc.constantFrom("", "", ".", ",5"), fc.stringMatching(/^\.[0-9]{1,12}$/)),
        fc.oneof(
          fc.constantFrom("Z", "Z", "z", "", "+0100"),
          fc
            .tuple(fc.constantFrom("+", "-"), two(25), two(61))
            .map(([sign, hour, minute]) => `${sign}${hour}:${minute}`),
        ),
      )
      .map(
        ([year, dash, month, day, t, hour, minute, second, fraction, zone]) =>
          `${year}${dash}${month}-${day}${t}${hour}:${minute}:${second}${fraction}${zone}`,
      );
    let answered = 0;
    await fc.assert(
      fc.asyncProperty(times, async (text) => {
        const own = parseRfc3339(text);
        if (own === undefined) return;
        answered += 1;
        expect(valueText(own)).toBe(valueText((await opa("time.parse_rfc3339_ns", text)) ?? "undefined"));
      }),
      { numRuns: 8 * RUNS },
    );
    expect(answered).toBeGreaterThan(RUNS / 2);
  });

  it("leaves to OPA what is not strictly RFC 3339, and what is no string", () => {
    for (const text of ["2026-02-30T00:00:00Z", "2026-01-01T00:00:00,5Z", "1600-01-01T00:00:00Z", "2026-01-01", 5]) {
      expect(parseRfc3339(text)).toBeUndefined();
    }
  });
});

describe("trace", () => {
  it("is true for a note, as in OPA", async () => {
    expect(FAST_BUILTINS.trace("note")).toBe(await opa("trace", "note"));
    expect(FAST_BUILTINS.trace(1)).toBeUndefined();
    expect(await opa("trace", 1)).toBeUndefined();
  });
});

describe("values", () => {
  const values = fc.letrec<{ readonly value: RegoValue }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom<RegoValue>(null, true, false),
      fc.integer(),
      fc.constantFrom("1.5", "1e3", "12345678901234567890", "-0.25").map((decimal) => ({ decimal })),
      fc.string({ unit: "binary", maxLength: 5 }).map((text) => text.toWellFormed()),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.array(tie("value"), { maxLength: 3 }).map((list) => new Set(distinct(list))),
      fc.array(fc.tuple(tie("value"), tie("value")), { maxLength: 3 }).map((list) => {
        const keys = distinct(list.map(([key]) => key));
        return new Map(keys.map((key, index) => [key, list[index]?.[1] ?? null]));
      }),
    ),
  })).value;

  it("come back from OPA as they went", async () => {
    await fc.assert(
      fc.asyncProperty(values, async (value) => {
        const { value: back } = await toolchain.builtin("array.concat", [[value], []]);
        expect(back).toBeDefined();
        expect(compareValues(back ?? null, [value])).toBe(0);
      }),
      { numRuns: RUNS },
    );
  });

  it("are sorted as OPA sorts them", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(values, { maxLength: 5 }), async (list) => {
        const { value: ordered } = await toolchain.builtin("sort", [list]);
        expect(valueText(sorted(list).map(canonical))).toBe(valueText(canonical(ordered ?? null)));
      }),
      { numRuns: RUNS },
    );
  });
});

function distinct(list: readonly RegoValue[]): readonly RegoValue[] {
  return sorted(list).filter((value, index, all) => index === 0 || compareValues(value, all[index - 1] ?? null) !== 0);
}

/** With the members of sets and objects in order. */
function canonical(value: RegoValue): RegoValue {
  if (Array.isArray(value)) return value.map(canonical);
  if (value instanceof Set) return new Set(sorted(value).map(canonical));
  if (value instanceof Map)
    return new Map(sorted(value.keys()).map((key) => [canonical(key), canonical(value.get(key) ?? null)]));
  return value;
}
