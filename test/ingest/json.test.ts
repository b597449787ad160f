import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Content, openStoredContent } from "../../src/ingest/content.ts";
import { parseJsonDocument, splitJson } from "../../src/ingest/json.ts";
import { scanJson } from "../../src/ingest/json-scan.ts";
import { utf8TextOf } from "../../src/ingest/text.ts";
import { DEFAULT_LIMITS } from "../../src/util/limits.ts";
import { temporaryFolder } from "../support.ts";

/** White space that lifts a document over the size up to which the runtime's parser is used. */
const PADDING = " ".repeat(1 << 20);

function outcome(text: Content | string): unknown {
  try {
    return parseJsonDocument(typeof text === "string" ? Buffer.from(text) : text, DEFAULT_LIMITS);
  } catch (error) {
    return String(error);
  }
}

/** An object of more names than are worth remembering. */
function manyNames(more: string): string {
  return `{${Array.from({ length: 5_000 }, (_, index) => `"n${index}": {"a": 1}`).join(",")}${more}}`;
}

/** Objects of more shapes than are worth remembering. */
function manyShapes(): string {
  return Array.from({ length: 9_000 }, (_, index) => `{"x${index}": {"y${index}": 1}}`).join(",");
}

describe("a small and a large document are read by the same rules", () => {
  it.each([
    ["plain", '{"a": [1, {"b": "c"}]}'],
    ["a name twice", '{"a": 1, "a": 2}'],
    ["a name twice, once escaped", '{"a": 1, "\\u0061": 2}'],
    ["a name twice, deep inside", '[{"x": {"y": 1, "y": 1}}]'],
    ["a name that is a prototype's", '{"__proto__": {"a": 1}}'],
    ["a name in a text", '{"a": "\\"b\\": 1"}'],
    ["a backslash at the end of a text", '{"a\\\\": "b\\\\", "c": 1}'],
    ["cut off", '{"a": [1, 2'],
    ["two documents", "{} {}"],
    ["a name twice, in the second of two alike", '[{"a": 1, "b": 2}, {"a": 1, "b": 2, "a": 3}]'],
    ["a name twice, one before it left out", '[{"a": 1, "b": 2, "c": 3}, {"b": 1, "c": 2, "b": 3}]'],
    ["a name twice, among many", `[${manyNames("")}, ${manyNames("")}, ${manyNames(', "n0": 1')}]`],
    ["objects of many shapes", `[${manyShapes()}]`],
    ["a name twice, in one of many shapes", `[${manyShapes()}, {"x1": 1, "y": 2, "x1": 3}]`],
    ["members apart in other ways", '[{"a":1,"b":2},{"a": 1, "b" :2},{ "a":1 ,\n"b":2}]'],
    ["no comma between members seen before", '[{"a": 1, "b": 2}, {"a": 1 "b": 2}]'],
    ["a comma before the first member", '[{"a": 1}, {, "a": 1}]'],
    ["a comma behind the last member", '[{"a": 1}, {"a": 1, }]'],
    ["no value", '[{"a": 1}, {"a": }]'],
    ["a name that begins as another", '[{"ab": 1}, {"a": 1}, {"abc": 1}]'],
    ["a name in other letters", '[{"a": 1}, {"\\u0061": 1, "a": 1}]'],
    ["deep", `${"[".repeat(300)}${"]".repeat(300)}`],
    ["as deep as allowed", `${"[".repeat(200)}${"]".repeat(200)}`],
    ["a scalar", '"text"'],
    ["empty", ""],
  ])("%s", (_, text) => {
    expect(outcome(text)).toEqual(outcome(text + PADDING));
  });

  it("any value", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.nat(3), (value, space) => {
        const text = JSON.stringify(value, null, space);
        expect(outcome(text)).toEqual(outcome(text + PADDING));
      }),
      { numRuns: 200 },
    );
  });
});

function scan(content: Content): unknown {
  try {
    return scanJson(utf8TextOf(content), DEFAULT_LIMITS, [["*"]]);
  } catch (error) {
    return String(error);
  }
}

describe("a document in blocks", () => {
  const NAMES = fc.constantFrom("a", "b", "ab", "ä", '"', "\\", "0", "1", "__proto__");
  const SPACES = fc.constantFrom("", " ", "\n  ");
  const ATOMS = ["1", "-0.5e+3", "true", "null", '""', '"\\u00e4\\n"', '"ä€😀"', "{}", "[ ]", "1.", '"\\x"'];
  const { values } = fc.letrec<{ values: string }>((tie) => ({
    values: fc.oneof(
      { depthSize: "small" },
      fc.constantFrom(...ATOMS),
      fc.array(tie("values"), { maxLength: 4 }).map((elements) => `[${elements.join(" , ")}]`),
      fc.array(fc.tuple(NAMES, SPACES, tie("values")), { maxLength: 4 }).map((members) => {
        return `{${members.map(([name, space, value]) => `${JSON.stringify(name)}:${space}${value}`).join(",")}}`;
      }),
    ),
  }));

  it("is read as it is in one", () => {
    const path = join(temporaryFolder(), "file");
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 40 }), (value, blockBytes) => {
        const bytes = Buffer.from(`[${value}, ${value}, {"a": ${value}, "a": 1}]`);
        writeFileSync(path, bytes);
        const content = openStoredContent(path, blockBytes);
        expect(scan(content)).toEqual(scan(bytes));
        content.close();
      }),
      { numRuns: 500 },
    );
  });
});

it.each(["", PADDING])("gives the elements of an array at the path", (padding) => {
  const text = JSON.stringify({ runs: [{ results: [1, { a: 2 }] }, { results: [] }, {}] }) + padding;
  const split = splitJson(Buffer.from(text), DEFAULT_LIMITS, ["runs", "*", "results"]);
  expect([...split.elements("/runs/0/results")]).toEqual([1, { a: 2 }]);
  expect([...split.elements("/runs")]).toHaveLength(3);
  for (const pointer of ["/runs/1/results", "/runs/2/results", "/runs/9/results", "/nowhere"]) {
    expect([...split.elements(pointer)]).toEqual([]);
  }
});

it.each(["", PADDING])("gives the members of an object at the path", (padding) => {
  const text = JSON.stringify({ files: { a: [1], __proto__x: 2, "b/~": {} }, more: { c: 3 }, none: {} }) + padding;
  const split = splitJson(Buffer.from(text), DEFAULT_LIMITS, ["files"], ["none"]);
  expect([...split.members("/files")]).toEqual([
    ["a", [1]],
    ["__proto__x", 2],
    ["b/~", {}],
  ]);
  expect([...split.members("/more")]).toEqual([["c", 3]]);
  for (const pointer of ["/none", "/files/a", "/nowhere"]) expect([...split.members(pointer)]).toEqual([]);
  expect([...split.elements("/files")]).toEqual([]);
});

it.each([" ", PADDING])("gives many elements, small and large, whatever stands between them", (padding) => {
  const elements = Array.from({ length: 500 }, (_, index) => ({
    index,
    text: "x,".repeat(index % 50 === 0 ? 50_000 : 9),
  }));
  const text = elements.map((element) => JSON.stringify(element)).join("\n , ");
  const split = splitJson(Buffer.from(`[ ${text} ]${padding}`), DEFAULT_LIMITS, []);
  expect([...split.elements("")]).toEqual(elements);
  const members = elements.map((element) => `"${element.index}x,": ${JSON.stringify(element)}`).join(" ,");
  const object = splitJson(Buffer.from(`{ ${members} }${padding}`), DEFAULT_LIMITS, []);
  expect([...object.members("")]).toEqual(elements.map((element) => [`${element.index}x,`, element]));
});
