import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { CATEGORIES, type EvidenceDocument, SEVERITIES } from "../../src/evidence/types.ts";
import { FIXTURE_NAMES, fixture, read } from "../ingest/support.ts";
import { EVIDENCE_KINDS, schemaErrorsOf, schemaOf } from "./schema-support.ts";

/** Every schema in a schema, with its path. */
function schemasIn(value: unknown, path: string): readonly (readonly [string, Record<string, unknown>])[] {
  if (typeof value !== "object" || value === null) return [];
  const found: (readonly [string, Record<string, unknown>])[] = [[path, { ...value }]];
  const { properties, items } = { properties: {}, items: undefined, ...value };
  for (const [name, member] of Object.entries(properties)) found.push(...schemasIn(member, `${path}.${name}`));
  return [...found, ...schemasIn(items, `${path}[]`)];
}

const DOCUMENTS: readonly (readonly [string, EvidenceDocument])[] = [
  ...FIXTURE_NAMES.map((name) => [name, read(fixture(name), name)] as const),
  ["an unreadable file", read("{", "x", "sast")],
  ["an unreadable file with a place", read('{"version":"2.1.0","runs":[', "x")],
];

describe.each(DOCUMENTS)("the document of %s", (_, document) => {
  it("validates", () => expect(schemaErrorsOf(document)).toEqual([]));

  it("does not validate with a member more or less", () => {
    const { status: _status, ...rest } = document;
    const more = { ...document, extra: 1 };
    expect(schemaErrorsOf(more)).not.toEqual([]);
    expect(schemaErrorsOf(JSON.parse(JSON.stringify(rest)))).not.toEqual([]);
  });
});

describe.each(EVIDENCE_KINDS)("the schema of %s", (kind) => {
  const schemas = schemasIn(schemaOf(kind), "$");

  it("is flat, closed and described, as the type checker of OPA needs it", () => {
    const wrong = schemas.filter(([, schema]) => {
      const clever = ["oneOf", "anyOf", "allOf", "$ref", "if"].some((keyword) => keyword in schema);
      const open = schema["type"] === "object" && schema["additionalProperties"] !== false;
      return clever || open || typeof schema["description"] !== "string";
    });
    expect(wrong.map(([path]) => path)).toEqual([]);
  });
});

it("lists the severities and categories of the model", () => {
  const schemas = new Map(schemasIn(schemaOf("findings"), "$"));
  expect(schemas.get("$.body.findings[].severity")?.["enum"]).toEqual(SEVERITIES);
  expect(schemas.get("$.body.findings[].category")?.["enum"]).toEqual(CATEGORIES);
  expect(Object.keys(schemas.get("$.summary.bySeverity")?.["properties"] ?? {})).toEqual(SEVERITIES);
});

it("is what the model says", () => {
  const script = fileURLToPath(new URL("../../scripts/build-model.ts", import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [script, "--check"], { encoding: "utf8" });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
});
