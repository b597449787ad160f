import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ingest } from "../../src/ingest/index.ts";
import { DEFAULT_LIMITS } from "../../src/util/limits.ts";
import { schemaErrorsOf } from "../evidence/schema-support.ts";
import { errorOf, fixture, read, readAs, refusalOf } from "./support.ts";

const MANIFEST =
  "# a service\napiVersion: v1\nkind: Service\n---\n---\napiVersion: v1\nkind: Pod\nspec: {hostNetwork: true}\n";

describe("a file that is declared to be a document", () => {
  it("may be YAML of several documents; empty ones are left out", () => {
    const document = readAs("document", MANIFEST, "k8s.yaml", "document");
    expect(document.summary).toEqual({ documents: 2 });
    expect(document.body.documents).toEqual([
      { content: { apiVersion: "v1", kind: "Service" } },
      { content: { apiVersion: "v1", kind: "Pod", spec: { hostNetwork: true } } },
    ]);
    expect([document.status, document.source.format]).toEqual(["unknown", "document"]);
    expect(schemaErrorsOf(document)).toEqual([]);
  });

  it.each([
    ['{"$schema":"https://example.org/a.json","schema":"b"}', "https://example.org/a.json"],
    ["schema: b/v1\n", "b/v1"],
    ["[1]", undefined],
    ['{"$schema":1}', undefined],
  ])("%s has the schema %s", (text, schemaId) => {
    expect(readAs("document", text, "x", "document").summary.schemaId).toBe(schemaId);
  });

  it("may be a report of another format, and is kept as it is", () => {
    const bytes = fixture("coverage-summary.json");
    const { body } = readAs("document", bytes, "coverage-summary.json", "document");
    expect(body.documents).toEqual([{ content: JSON.parse(bytes.toString("utf8")) }]);
  });

  it("keeps long texts whole, and members of any name", () => {
    const text = `{"__proto__":{"a":"${"x".repeat(10_000)}"}}`;
    const { body } = readAs("document", text, "x", "document");
    expect(JSON.stringify(body.documents[0]?.content)).toBe(text);
  });

  it.each(["# nothing\n", "---\n", "null\n", "---\n---\n"])("%j holds nothing, and is empty", (text) => {
    expect(read(text, "x.yaml", "document").status).toBe("empty");
  });

  it.each([
    ["no bytes", "", "malformed"],
    ["an error page", "<html><body>502 Bad Gateway</body></html>", "not-this-format at /0"],
    ["a text", "hello", "not-this-format at /0"],
    ["a second document that is a text", "a: 1\n---\nhello\n", "not-this-format at /1"],
    ["half a character", '{"a":"\\ud800"}', "malformed at /a"],
    ["bytes that are no text", Buffer.from([0x7b, 0xff, 0x7d]), "malformed at byte 1"],
  ])("with %s is refused", (_, content, refusal) => expect(refusalOf(content, "x", "document")).toBe(refusal));

  it("in JSON is refused wherever it is cut", () => {
    const whole = '{"a":[1,{"b":"ä"}],"c":null}';
    const bytes = Buffer.from(whole);
    for (let length = 0; length < bytes.length; length++) {
      expect(read(bytes.subarray(0, length), "x", "document").kind, `${length}`).toBe("unreadable");
    }
  });
});

describe("a file that nobody declares", () => {
  it.each([MANIFEST, '{"a":1}', "[]", "a: 1\n"])("%j is no document", (text) => {
    expect(errorOf(() => read(text, "k8s.yaml")).code).toBe("evidence-unrecognised");
  });

  it("and that is declared to be something else is none either", () => {
    expect(refusalOf('{"a":1}', "x.json", "sast")).toBe("not-this-format");
  });
});

it("is read from a folder without anything loaded before", async () => {
  const cwd = mkdtempSync(join(tmpdir(), "gate-document-"));
  writeFileSync(join(cwd, "k8s.yaml"), MANIFEST);
  const request = { pattern: "k8s.yaml", declared: "document", origin: "test", required: true } as const;
  const context = { cwd, limits: DEFAULT_LIMITS, stdin: async () => new Uint8Array() };
  const { documents } = await ingest([request], context);
  expect(documents.map(({ kind, status }) => [kind, status])).toEqual([["document", "unknown"]]);
});
