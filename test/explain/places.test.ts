import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { itemsOf } from "../../src/evidence/items.ts";
import type { EvidenceDocument } from "../../src/evidence/types.ts";
import { jsonNodes, pointerOf, positionAt, withoutNode } from "../../src/explain/places/json-nodes.ts";
import { locateItem } from "../../src/explain/places/locate.ts";
import { ingest } from "../../src/ingest/index.ts";
import { DEFAULT_LIMITS } from "../../src/util/limits.ts";
import { ROOT } from "../support.ts";

async function read(text: string, format: string): Promise<EvidenceDocument | undefined> {
  const request = { pattern: "-", origin: "test", required: true, format };
  const stdin = async () => new TextEncoder().encode(text);
  const { documents } = await ingest([request], { cwd: ROOT, limits: DEFAULT_LIMITS, stdin });
  return documents[0];
}

async function placeIn(text: string, format: string, position: number) {
  const document = await read(text, format);
  if (document === undefined || document.kind === "unreadable") throw new Error("the text is not read");
  return locateItem(document, position, { text, reread: (other) => read(other, format) });
}

function artifact(name: string): string {
  return readFileSync(join(ROOT, "examples/service/artifacts", name), "utf8");
}

function result(line: number): object {
  return {
    ruleId: "r",
    level: "error",
    message: { text: "same" },
    locations: [{ physicalLocation: { artifactLocation: { uri: "a.ts" }, region: { startLine: line } } }],
  };
}

function run(tool: string, results: readonly object[]): object {
  return { tool: { driver: { name: tool } }, results };
}

describe("where an item is in its file", () => {
  it("is in a SARIF log the very result, of two that are almost alike", async () => {
    const log = { version: "2.1.0", runs: [run("A", [result(1)]), run("B", [result(2), result(3), result(22)])] };
    const text = JSON.stringify(log, null, 2);
    for (const [position, pointer] of [
      "/runs/0/results/0",
      "/runs/1/results/0",
      "/runs/1/results/1",
      "/runs/1/results/2",
    ].entries()) {
      const place = await placeIn(text, "sarif", position);
      expect(place?.pointer).toBe(pointer);
      expect(text.split("\n")[(place?.line ?? 0) - 1]?.slice((place?.column ?? 0) - 1)).toBe("{");
    }
  });

  it("is found for every finding and component of real reports", async () => {
    for (const [name, format] of [
      ["semgrep.sarif", "sarif"],
      ["sbom.cdx.json", "cyclonedx-json"],
    ] as const) {
      const text = artifact(name);
      const document = await read(text, format);
      if (document === undefined || document.kind === "unreadable") throw new Error(`${name} is not read`);
      const places = await Promise.all(itemsOf(document).map((_, position) => placeIn(text, format, position)));
      const pointers = places.map((place) => place?.pointer);
      expect(new Set(pointers).size, name).toBe(itemsOf(document).length);
      expect(pointers, name).not.toContain(undefined);
    }
  });

  it("is a line of a text", async () => {
    const text = artifact("junit.xml");
    const document = await read(text, "junit");
    if (document?.kind !== "tests") throw new Error("the tests are not read");
    const position = 3;
    const name = document.body.cases[position]?.name ?? "";
    const place = await placeIn(text, "junit", position);
    expect(text.split("\n")[(place?.line ?? 0) - 1]).toContain(name.replaceAll(">", "&gt;"));
    expect(place).not.toHaveProperty("pointer");
  });

  it("is not told where two lines are alike", async () => {
    const text = `<testsuite name="s" tests="2">\n<testcase name="same"/>\n<testcase name="same"/>\n</testsuite>`;
    expect(await placeIn(text, "junit", 0)).toBeUndefined();
  });
});

describe("the values of a JSON text", () => {
  const text = '{"a/b": [1, {"é~": "x\\"]"}, []], "n": null,\n  "t": true}';

  it("have pointers, places and ends", () => {
    const root = jsonNodes(text);
    const all = (node: NonNullable<typeof root>): readonly NonNullable<typeof root>[] => [
      node,
      ...node.children.flatMap(all),
    ];
    const nodes = root === undefined ? [] : all(root);
    expect(nodes.map((node) => [pointerOf(node), text.slice(node.start, node.end)])).toEqual([
      ["", text],
      ["/a~1b", '[1, {"é~": "x\\"]"}, []]'],
      ["/a~1b/0", "1"],
      ["/a~1b/1", '{"é~": "x\\"]"}'],
      ["/a~1b/1/é~0", '"x\\"]"'],
      ["/a~1b/2", "[]"],
      ["/n", "null"],
      ["/t", "true"],
    ]);
    expect(positionAt(text, nodes.at(-1)?.start ?? 0)).toEqual({ line: 2, column: 8 });
    for (const node of nodes.slice(1)) {
      const left: unknown = JSON.parse(withoutNode(text, node));
      const expected = structuredClone(JSON.parse(text)) as Record<string, unknown>;
      const [, first = "", second, third] = pointerOf(node)
        .split("/")
        .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
      const list = expected[first] as Record<string, unknown>[];
      if (third !== undefined) delete list[Number(second)]?.[third];
      else if (second !== undefined) list.splice(Number(second), 1);
      else delete expected[first];
      expect(left).toEqual(expected);
    }
  });

  it.each(["", "{", '{"a": 1,}', "01", "hello"])("are none in %j", (other) => {
    expect(jsonNodes(other)).toBeUndefined();
  });
});
