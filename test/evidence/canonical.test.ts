import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  canonicalBytes,
  canonicalDigest,
  canonicalJson,
  parseCanonicalJson,
  sha256,
} from "../../src/evidence/canonical.ts";

const VECTORS = join(import.meta.dirname, "../../../shared/corpus/vectors/jcs/testdata");

describe.skipIf(!existsSync(VECTORS))("vectors of cyberphone/json-canonicalization (skipped without ../shared)", () => {
  const names = existsSync(VECTORS) ? readdirSync(join(VECTORS, "input")) : [];

  test("all of them are there", () => {
    expect(names).toHaveLength(6);
  });

  test.each(names)("%s", (name) => {
    const value: unknown = JSON.parse(readFileSync(join(VECTORS, "input", name), "utf8"));
    const expected = readFileSync(join(VECTORS, "outhex", name.replace(".json", ".txt")), "utf8");
    expect(Buffer.from(canonicalJson(value)).toString("hex")).toBe(expected.replaceAll(/\s/g, ""));
  });
});

describe("numbers, as in RFC 8785 appendix B", () => {
  test.each([
    ["0000000000000000", "0"],
    ["8000000000000000", "0"],
    ["0000000000000001", "5e-324"],
    ["8000000000000001", "-5e-324"],
    ["7fefffffffffffff", "1.7976931348623157e+308"],
    ["ffefffffffffffff", "-1.7976931348623157e+308"],
    ["4340000000000000", "9007199254740992"],
    ["c340000000000000", "-9007199254740992"],
    ["4430000000000000", "295147905179352830000"],
    ["44b52d02c7e14af5", "9.999999999999997e+22"],
    ["44b52d02c7e14af6", "1e+23"],
    ["44b52d02c7e14af7", "1.0000000000000001e+23"],
    ["444b1ae4d6e2ef4e", "999999999999999700000"],
    ["444b1ae4d6e2ef4f", "999999999999999900000"],
    ["444b1ae4d6e2ef50", "1e+21"],
    ["3eb0c6f7a0b5ed8c", "9.999999999999997e-7"],
    ["3eb0c6f7a0b5ed8d", "0.000001"],
    ["41b3de4355555553", "333333333.3333332"],
    ["41b3de4355555557", "333333333.33333343"],
    ["becbf647612f3696", "-0.0000033333333333333333"],
    ["43143ff3c1cb0959", "1424953923781206.2"],
  ])("%s is written as %s", (bits, text) => {
    expect(canonicalJson(Buffer.from(bits, "hex").readDoubleBE())).toBe(text);
  });
});

describe("what a digest must not hide", () => {
  class Instance {
    readonly member = 1;
  }
  const deep: unknown = JSON.parse(`${"[".repeat(202)}${"]".repeat(202)}`);
  const cycle: Record<string, unknown> = {};
  cycle["self"] = cycle;

  test.each([
    ["NaN", Number.NaN],
    ["infinity", Number.NEGATIVE_INFINITY],
    ["a lone high surrogate", "a\ud800"],
    ["a lone low surrogate", "\udc00a"],
    ["a key with a lone surrogate", { "\ud800": 1 }],
    ["surrogates the wrong way round", "\udc00\ud800"],
    ["undefined", undefined],
    ["undefined in an array", [undefined]],
    // oxlint-disable-next-line eslint/no-sparse-arrays -- a hole is the case
    ["a hole in an array", [1, , 2]],
    ["a function", { f: () => 1 }],
    ["a symbol", Symbol("s")],
    ["a bigint", 1n],
    ["a date", new Date(0)],
    ["a map", new Map()],
    ["bytes", new Uint8Array(2)],
    ["an instance", new Instance()],
    ["nesting beyond 200 levels", deep],
    ["a cycle", cycle],
  ])("%s is refused by text and digest alike", (_, value) => {
    expect(() => canonicalJson(value)).toThrow(expect.objectContaining({ code: "internal" }));
    expect(() => canonicalDigest(value)).toThrow(expect.objectContaining({ code: "internal" }));
  });

  test("nesting of 200 levels is allowed", () => {
    const text = `${"[".repeat(201)}${"]".repeat(201)}`;
    expect(canonicalJson(JSON.parse(text))).toBe(text);
  });
});

describe("objects", () => {
  test("keys are sorted by UTF-16 code units, not by code points", () => {
    expect(canonicalJson({ "\ufb33": 1, "\u{1f600}": 2, "\u20ac": 3, "\r": 4, "1": 5 })).toBe(
      '{"\\r":4,"1":5,"\u20ac":3,"\u{1f600}":2,"\ufb33":1}',
    );
  });

  test("undefined properties are left out, as JSON.stringify does", () => {
    expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}');
  });

  test("an own __proto__ and an object without prototype are objects like others", () => {
    expect(canonicalJson(JSON.parse('{"__proto__":{"a":1},"constructor":2}'))).toBe(
      '{"__proto__":{"a":1},"constructor":2}',
    );
    expect(canonicalJson(Object.assign(Object.create(null), { a: 1 }))).toBe('{"a":1}');
  });

  test("text is not normalised", () => {
    expect(canonicalJson("A\u030a")).not.toBe(canonicalJson("\u00c5"));
  });
});

describe("properties", () => {
  const values = fc.jsonValue({ noUnicodeString: false, maxDepth: 5 });

  test("the text is JSON for the same value, and its own canonical form", () => {
    fc.assert(
      fc.property(values, (value) => {
        const text = canonicalJson(value);
        expect(JSON.stringify(JSON.parse(text)).length).toBe(text.length);
        expect(canonicalJson(JSON.parse(text))).toBe(text);
      }),
    );
  });

  test("the order in which keys were set does not matter", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.integer()), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).toReversed());
        expect(canonicalJson(reversed)).toBe(canonicalJson(value));
      }),
    );
  });

  test("the digest is that of the text, also beyond one flush", () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(canonicalDigest(value)).toBe(sha256(canonicalJson(value)));
      }),
    );
    const long = Array.from({ length: 50_000 }, (_, index) => `value ${index} \u{1f600}`);
    expect(canonicalDigest(long)).toBe(sha256(canonicalJson(long)));
  });
});

describe("canonicalBytes", () => {
  test.each([
    { name: "a small value", value: { b: 1, a: ["é", null] } },
    { name: "a value of several pieces", value: Array.from({ length: 9_000 }, (_, index) => ({ name: `ü${index}` })) },
  ])("gives the bytes of the text of $name, up to the limit", ({ value }) => {
    const expected = Buffer.from(canonicalJson(value), "utf8");
    expect(canonicalBytes(value, expected.length)).toEqual(expected);
    expect(canonicalBytes(value, expected.length - 1)).toBeUndefined();
  });

  test("refuses what has no canonical form", () => {
    expect(() => canonicalBytes({ a: Number.NaN }, 100)).toThrow("not finite");
  });
});

describe("reading a canonical text", () => {
  test("gives the value of each text that is written, and of no other", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const text = canonicalJson(value);
        expect(parseCanonicalJson(text)).toEqual({ value: JSON.parse(text) });
        const other = JSON.stringify(value);
        expect(parseCanonicalJson(other) === undefined).toBe(other !== text);
      }),
    );
  });

  test.each([
    ["names out of order", '{"b":1,"a":2}'],
    ["names of an inner object out of order", '[{"a":{"c":1,"b":2}}]'],
    ["a space", '{"a": 1}'],
    ["a number in another form", "1.0"],
    ["minus zero", "-0"],
    ["an escape that is not needed", String.raw`"\u0061"`],
    ["a lone surrogate", String.raw`"\ud800"`],
    ["a name with a lone surrogate", String.raw`{"\ud800":1}`],
    ["a name twice", '{"a":1,"a":1}'],
    ["what is no JSON", "{"],
    ["nesting beyond 200 levels", `${"[".repeat(202)}${"]".repeat(202)}`],
    ["nothing", ""],
  ])("refuses %s", (_, text) => {
    expect(parseCanonicalJson(text)).toBeUndefined();
  });

  test.each([
    ["names that are numbers", '{"10":1,"9":2}'],
    ["nesting of 200 levels", `${"[".repeat(200)}${"]".repeat(200)}`],
    ["an escape that is needed", String.raw`"\u0000\n\"\\\\ud800"`],
    ["names by their code units", '{"\u{10000}":1,"\uffff":2}'],
  ])("reads %s", (_, text) => {
    expect(parseCanonicalJson(text)).toEqual({ value: JSON.parse(text) });
  });
});
