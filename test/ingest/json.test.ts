import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseJsonDocument, splitJson } from "../../src/ingest/json.ts";
import { DEFAULT_LIMITS } from "../../src/util/limits.ts";

/** White space that lifts a document over the size up to which the runtime's parser is used. */
const PADDING = " ".repeat(1 << 20);

function outcome(text: string): unknown {
  try {
    return parseJsonDocument(Buffer.from(text), DEFAULT_LIMITS);
  } catch (error) {
    return String(error);
  }
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

it.each(["", PADDING])("gives the elements of an array at the path", (padding) => {
  const text = JSON.stringify({ runs: [{ results: [1, { a: 2 }] }, { results: [] }, {}] }) + padding;
  const split = splitJson(Buffer.from(text), DEFAULT_LIMITS, ["runs", "*", "results"]);
  expect([...split.elements("/runs/0/results")]).toEqual([1, { a: 2 }]);
  for (const pointer of ["/runs/1/results", "/runs/2/results", "/runs/9/results", "/nowhere"]) {
    expect([...split.elements(pointer)]).toEqual([]);
  }
});
