import { describe, expect, it } from "vitest";
import { canonicalDigest, canonicalJson } from "../../src/evidence/canonical.ts";
import type { DeclaredEvidenceName } from "../../src/evidence/declared.ts";
import type { EvidenceDocument } from "../../src/evidence/types.ts";
import { detectFormat } from "../../src/ingest/index.ts";
import { exampleDocument } from "../../src/policy/example-evidence.ts";
import { schemaErrorsOf } from "../evidence/schema-support.ts";
import { errorOf, FIXTURE_NAMES, fixture, read, readAs, refusalOf } from "./support.ts";

/** As `gate evidence` writes a document. */
function written(document: EvidenceDocument): string {
  return JSON.stringify(document);
}

/** A document with its id made to fit. */
function identified(document: object): string {
  const { id: _, ...content } = { id: "", ...document };
  return JSON.stringify({ ...content, id: canonicalDigest(content) });
}

describe.each([...FIXTURE_NAMES])("the document of %s", (name) => {
  const original = read(fixture(name), name);
  const text = written(original);
  const again = read(text, "evidence.json");

  it("is read back as it was written, from another source", () => {
    const { id, source, ...rest } = again;
    const { id: _, source: before, ...content } = original;
    expect(rest).toEqual(content);
    expect(source).toMatchObject({ format: "gate-evidence", path: "evidence.json", tools: before.tools });
    expect([id === original.id, schemaErrorsOf(again)]).toEqual([false, []]);
  });

  it("is refused where a figure was changed", () => {
    const changed = text.replace(/"redactions":(\d+)/, '"redactions":9$1');
    expect(refusalOf(changed, "evidence.json")).toBe("malformed at /id");
  });
});

const COVERAGE = read(fixture("coverage-summary.json"), "a.json", "integration-coverage");
const FINDINGS = read(fixture("scan.sarif"), "a.sarif", "sast");

describe("a document of gate", () => {
  it("is known wherever its members are", () => {
    const { found } = detectFormat(Buffer.from(canonicalJson(COVERAGE)), "x");
    expect([found?.adapter.id, found?.confidence, found?.kind]).toEqual(["gate-evidence", "certain", "coverage"]);
  });

  it("is known by its own members, and not by those of what it holds", () => {
    const statement = JSON.parse(fixture("statement.json").toString("utf8"));
    const sarif = JSON.parse(fixture("scan.sarif").toString("utf8"));
    const inner = read(JSON.stringify([statement, sarif, COVERAGE]), "a.json", "document");
    for (const text of [written(inner), canonicalJson(inner)]) {
      expect(readAs("document", text, "x.json").body).toEqual(inner.kind === "document" && inner.body);
    }
  });

  it.each([
    [FINDINGS, "findings"],
    [FINDINGS, "sast"],
    [COVERAGE, "integration-coverage"],
  ] as const)("may be declared to be what it is", (document, declared) => {
    expect(readAs(document.kind, written(document), "x", declared).summary).toEqual(document.summary);
  });

  it.each<readonly [EvidenceDocument, DeclaredEvidenceName, string]>([
    [FINDINGS, "sca", "malformed at /body"],
    [COVERAGE, "coverage", "malformed at /summary/suite"],
    [COVERAGE, "tests", "not-this-format"],
    [COVERAGE, "sast", "not-this-format"],
    [COVERAGE, "document", "document"],
  ])(
    "is refused where it is declared to be something else, but a document is what the user says",
    (document, declared, refusal) => {
      const { kind, statusReasons } = read(written(document), "x", declared);
      const [reason] = statusReasons;
      expect(kind === "unreadable" ? [reason?.code, reason?.place].filter(Boolean).join(" at ") : kind).toBe(refusal);
    },
  );

  it("of a kind beyond the head is compared when it is read", () => {
    const { schema, kind, source, ...rest } = COVERAGE;
    const text = identified({ schema, source: { ...source, path: "x".repeat(9_000) }, kind, ...rest });
    const late = text.replace('"kind":"coverage",', "").replace(/\}$/, ',"kind":"coverage"}');
    expect(read(late, "x", "integration-coverage").kind).toBe("coverage");
    expect(refusalOf(late, "x", "tests")).toBe("not-this-format at /kind");
  });

  it("of the audit log's history is refused: gate reads that itself", () => {
    const forged = exampleDocument({ kind: "history", decisions: [{ artifacts: ["sha256:1"] }] }, 0);
    expect(refusalOf(written(forged), "history.json")).toBe("malformed at /kind");
    expect(read(written(forged), "history.json")).toMatchObject({ summary: { intended: "history" } });
  });

  it("of a file that could not be read is none", () => {
    const text = written(read("{", "a.sarif", "sast"));
    expect(refusalOf(text, "x", "sast")).toBe("malformed at /kind");
    expect(errorOf(() => read(text, "x")).code).toBe("evidence-unrecognised");
  });

  it.each([
    ["a member more", { ...COVERAGE, "ex/tra": 1 }, "malformed at /ex~1tra"],
    [
      "a member of the prototype more",
      JSON.parse(`{"__proto__":1,${written(COVERAGE).slice(1)}`),
      "malformed at /__proto__",
    ],
    ["no status", { ...COVERAGE, status: undefined }, "malformed at /status"],
    ["a status that is none", { ...COVERAGE, status: "fine" }, "malformed at /status"],
    ["a summary of another kind", { ...COVERAGE, summary: FINDINGS.summary }, "malformed at /summary/suite"],
    ["a body that is none", { ...COVERAGE, body: [] }, "malformed at /body"],
    ["a list that is none", { ...COVERAGE, body: { files: {} } }, "malformed at /body/files"],
    ["a count below zero", { ...COVERAGE, summary: { ...COVERAGE.summary, files: -1 } }, "malformed at /summary/files"],
    [
      "a count that is no integer",
      { ...COVERAGE, summary: { ...COVERAGE.summary, files: 1.5 } },
      "malformed at /summary/files",
    ],
    ["a time that is none", { ...COVERAGE, producedAt: "today" }, "malformed at /producedAt"],
    ["a commit that is none", { ...COVERAGE, subject: { commit: "HEAD" } }, "malformed at /subject/commit"],
    ["a later version", { ...COVERAGE, schema: "gate/evidence/v2" }, "unsupported-version at /schema"],
  ])("with %s is refused, though its id fits", (_, document, refusal) => {
    expect(refusalOf(identified(document), "x")).toBe(refusal);
  });

  it.each([
    ["of a kind that is not known", { ...COVERAGE, kind: "rumour" }],
    ["without a kind", { ...COVERAGE, kind: undefined }],
  ])("%s closes no gate, so it ends the run", (_, document) => {
    expect(errorOf(() => read(identified(document), "x")).code).toBe("evidence-unrecognised");
  });

  it("with half a character in it is refused", () => {
    const text = written(COVERAGE).replace('"provider":"', '"provider":"\\ud800');
    expect(refusalOf(text, "x")).toBe("malformed at /summary/provider");
  });
});

it("refuses a finding that calls itself a double: gates would not be given it", () => {
  if (FINDINGS.kind !== "findings") throw new Error("expected findings");
  const findings = FINDINGS.body.findings.map((finding) => ({ ...finding, duplicate: true }));
  const forged = identified({ ...FINDINGS, body: { ...FINDINGS.body, findings } });
  expect(refusalOf(forged, "evidence.json")).toBe("malformed at /body");
});
