import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { baselineText, parseBaseline } from "../../src/config/baseline.ts";
import { BASELINE_SCHEMA, type Baseline } from "../../src/decision/baseline.ts";
import { sha256 } from "../../src/evidence/canonical.ts";
import { installation } from "../support.ts";

const schema = JSON.parse(readFileSync(join(installation.schemas, "baseline.v1.schema.json"), "utf8")) as object;
const read = (text: string | Uint8Array | undefined): Baseline =>
  parseBaseline(typeof text === "string" ? Buffer.from(text) : text, "baseline.json", schema);

const BASELINE: Baseline = {
  schema: BASELINE_SCHEMA,
  decision: {
    id: "01900000-0000-7000-8000-000000000000",
    digest: sha256("d"),
    log: "example",
    commit: "a".repeat(40),
    environment: "production",
  },
  createdAt: "2026-01-01T00:00:00.000Z",
  gates: {
    sast: [{ fingerprint: sha256("a"), severity: "high" }],
    "unit-coverage": [{ fingerprint: sha256("b"), severity: "medium", measured: { value: 72.5, better: "higher" } }],
  },
};
const TEXT = baselineText(BASELINE);
const entry = `{ "fingerprint": "${sha256("a")}", "severity": "high" }`;

it("reads what it writes", () => {
  expect(read(TEXT)).toEqual(BASELINE);
  expect(read(TEXT.replaceAll(/\n */g, ""))).toEqual(BASELINE);
});

it("says what to do where there is none", () => {
  expect(() => read(undefined)).toThrow(
    expect.objectContaining({ code: "baseline-missing", hint: expect.stringContaining("gate baseline create") }),
  );
});

it.each([
  ["no JSON", "{"],
  ["another document", JSON.stringify({ ...BASELINE, schema: "gate/baseline/v2" })],
  ["an unknown key", JSON.stringify({ ...BASELINE, force: true })],
  ["an unknown key of an entry", TEXT.replace('"severity": "high"', '"severity": "high", "waived": true')],
  ["an unknown severity", TEXT.replace('"high"', '"tiny"')],
  ["a figure that is none", TEXT.replace("72.5", '"72.5"')],
  ["a gate that is there twice", TEXT.replace('"gates": {', `"gates": { "sast": [${entry}],`)],
  ["a fingerprint that is there twice", TEXT.replace('"sast": [', `"sast": [${entry},`)],
  ["a gate called __proto__", TEXT.replace('"gates": {', `"gates": { "__proto__": [${entry}],`)],
  ["bytes that are no text", new Uint8Array([0x7b, 0xff, 0x7d])],
  ["more than 32 MiB", " ".repeat((32 << 20) + 1)],
  ["a string without an end", `"${"\\a".repeat(1_000_000)}`],
])("refuses %s", (_, text) => {
  expect(() => read(text)).toThrow(expect.objectContaining({ code: "baseline-invalid" }));
});
