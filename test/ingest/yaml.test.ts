import { describe, expect, it } from "vitest";
import { FormatError } from "../../src/ingest/adapter.ts";
import { prepareYaml, readDocuments } from "../../src/ingest/yaml.ts";
import { DEFAULT_LIMITS, type Limits } from "../../src/util/limits.ts";

await prepareYaml();

function documents(text: string, limits: Limits = DEFAULT_LIMITS): readonly unknown[] {
  return readDocuments(Buffer.from(text), limits);
}

/** What a text is refused with. */
function refusal(text: string): string {
  try {
    return `read: ${JSON.stringify(documents(text))}`;
  } catch (error) {
    if (error instanceof FormatError)
      return error.place === undefined ? error.reason : `${error.reason} at ${error.place}`;
    throw error;
  }
}

describe("YAML", () => {
  it.each([
    ["a: 1\nb: [x, 2.5, true, null, ~]\n", [{ a: 1, b: ["x", 2.5, true, null, null] }]],
    ["a: yes\nb: 2026-01-01\nc: 0o17\n", [{ a: "yes", b: "2026-01-01", c: 15 }]],
    ["a: |\n  one\n  two\nb: >-\n  one\n  two\n", [{ a: "one\ntwo\n", b: "one two" }]],
    ["1: a\ntrue: b\n: c\n", [{ 1: "a", true: "b", "": "c" }]],
    ["a:\nb:\n  -\n  - 1\n", [{ a: null, b: [null, 1] }]],
    ["--- # first\na: 1\n---\nb: 2\n...\n", [{ a: 1 }, { b: 2 }]],
    ["%YAML 1.2\n---\na: 1\n", [{ a: 1 }]],
    ["# nothing\n", []],
    ["", []],
    ["<<: 1\n", [{ "<<": 1 }]],
    ["text alone", ["text alone"]],
  ])("%j is read", (text, values) => expect(documents(text)).toEqual(values));

  it("may have members of any name", () => {
    const [value] = documents("__proto__:\n  polluted: true\nconstructor: 1\n");
    expect(Object.keys(value ?? {})).toEqual(["__proto__", "constructor"]);
    expect({}).not.toHaveProperty("polluted");
  });

  it.each([
    ["an alias", "a: &x 1\nb: *x\n", "malformed at line 2"],
    ["many laughs", `a: &a [x,x]\n${"bcdefgh".replace(/./g, (c) => `${c}: &${c} [*a,*a]\n`)}`, "malformed at line 2"],
    ["a merge", "a: &x {b: 1}\nc:\n  <<: *x\n", "malformed at line 3"],
    ["a tag of its own", "a: 1\nb: !python/object:os.system x\n", "malformed at line 2"],
    ["binary data", "a: !!binary aGk=\n", "malformed at line 1"],
    ["a set", "a: !!set {x}\n", "malformed at line 1"],
    ["a name that is there twice", "a: 1\nb: 2\na: 3\n", "malformed at line 3"],
    ["a name that is there twice in two ways", 'a: 1\n"a": 3\n', "malformed at line 2"],
    ["a name that is an object", "? {a: 1}\n: 2\n", "malformed at line 1"],
    ["a number without end", "a: .inf\n", "malformed at line 1"],
    ["a number that is none", "a: [1, .nan]\n", "malformed at line 1"],
    ["the directive of an old version", "%YAML 1.1\n---\na: yes\n", "malformed at line 2"],
    ["a tabulator as indentation", "a:\n\tb: 1\n", "malformed at line 2"],
    ["text that is not closed", 'a: 1\nb: "x\n', "malformed at line 3"],
    ["a list that is not closed", "a: [1,\n", "malformed at line 2"],
    ["half a character", 'a: "\\ud800"\n', "malformed at /a"],
    ["a NUL character", "a: \0\n", "malformed at byte 3"],
  ])("with %s is refused", (_, text, expected) => expect(refusal(text)).toBe(expected));

  it.each([
    ["lists on one line", "- ".repeat(100_000)],
    ["lists that are open", `a: ${"[".repeat(100_000)}`],
    ["objects", `a: ${"{a: ".repeat(50_000)}1${"}".repeat(50_000)}`],
    ["lines", Array.from({ length: 1_000 }, (_, depth) => `${" ".repeat(depth)}a:\n`).join("")],
    ["names that are objects", `${"? ".repeat(50_000)}a`],
  ])("too deep in %s is refused, soon", (_, text) => {
    const start = performance.now();
    expect(refusal(text)).toMatch(/^(limit-exceeded|malformed)/);
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  it("of many names takes time that grows with their number", () => {
    const text = Array.from({ length: 50_000 }, (_, index) => `name${index}: ${index}\n`).join("");
    const start = performance.now();
    expect(Object.keys(documents(text)[0] ?? {})).toHaveLength(50_000);
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  it("is limited in size and in values", () => {
    expect(refusal(`a: ${"x".repeat(4 << 20)}`)).toBe("limit-exceeded");
    expect(() => documents("a: [1, 2, 3, 4]\n", { ...DEFAULT_LIMITS, elements: 4 })).toThrow("more than 4 values");
  });
});

describe("JSON", () => {
  it.each([
    ["half a character", '{"a":["\\ud800"]}', "malformed at /a/0"],
    ["half a character in a name", '{"\\udc00":1}', "malformed"],
    ["a number that is beyond all", '{"a":{"b":1e999}}', "malformed at /a/b"],
    ["nesting that is too deep for a document of evidence", `${"[".repeat(195)}${"]".repeat(195)}`, "limit-exceeded"],
    ["names without quotes", "{a: 1}", "malformed at byte 1"],
    ["a comma too many", '{"a":1,}', "malformed at byte 7"],
    ["a second document", '{"a":1}\n{"a":2}', "malformed at byte 8"],
  ])("with %s is refused", (_, text, expected) => expect(refusal(text)).toContain(expected));
});
