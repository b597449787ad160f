import { parse } from "yaml";
import { canonicalDigest, sha256 } from "../evidence/canonical.ts";
import {
  type Component,
  EVIDENCE_SCHEMA,
  type EvidenceDocument,
  type EvidenceKind,
  type Finding,
  SEVERITIES,
  type TestCase,
} from "../evidence/types.ts";
import { GateError, type Issue, messageOf } from "../util/errors.ts";
import { isRecord } from "../util/json.ts";
import type { PolicyFile } from "./sources.ts";

/**
 * An executed example of a gate: what it is shown and what it must say. Examples are tests, documentation and, where
 * `canary` is set, the proof before each check that the gate can still deny.
 */
export interface GateExample {
  readonly name: string;
  readonly canary: boolean;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly evidence: readonly EvidenceDocument[];
  readonly expect: {
    readonly result: (typeof EXAMPLE_RESULTS)[number];
    /** The messages, in the order of the decision. */
    readonly violations?: readonly string[];
    /** A part of the reason. */
    readonly reason?: string;
  };
}

/** The same for every example: they depend on no commit and no clock. */
export const EXAMPLE_CONTEXT = { environment: "example", time: "2026-01-01T00:00:00Z", subject: {} } as const;

const EXAMPLE_RESULTS = ["pass", "fail", "not-applicable", "not-evaluated"] as const;

/** Reads an `examples.yaml`. */
export function parseExamples(file: PolicyFile): { readonly gate: string; readonly examples: readonly GateExample[] } {
  const issues: Issue[] = [];
  let value: unknown;
  try {
    value = parse(file.text);
  } catch (cause) {
    throw new GateError("policy-invalid", `${file.path}: ${messageOf(cause)}`, { cause });
  }
  const cases = isRecord(value) && Array.isArray(value["cases"]) ? value["cases"] : [];
  const gate = isRecord(value) && typeof value["gate"] === "string" ? value["gate"] : "";
  if (gate === "" || cases.length === 0) issues.push({ message: "it must have `gate` and `cases`", file: file.path });
  const examples = cases.map((element: unknown, index) => parseExample(element, index, file.path, issues));
  if (issues.length > 0) throw new GateError("policy-invalid", `${file.path} is not valid`, { issues });
  return { gate, examples };
}

function parseExample(value: unknown, index: number, path: string, issues: Issue[]): GateExample {
  const example = isRecord(value) ? value : {};
  const name = typeof example["name"] === "string" ? example["name"] : `case ${index + 1}`;
  const expected = isRecord(example["expect"]) ? example["expect"] : {};
  const result = EXAMPLE_RESULTS.find((known) => known === expected["result"]);
  if (result === undefined) issues.push({ message: `"${name}" has no valid expect.result`, file: path });
  const evidence = Array.isArray(example["evidence"]) ? example["evidence"] : [];
  return {
    name,
    canary: example["canary"] === true,
    parameters: isRecord(example["parameters"]) ? example["parameters"] : {},
    evidence: evidence.filter(isRecord).map((partial, position) => exampleDocument(partial, position)),
    expect: {
      result: result ?? "not-evaluated",
      ...(Array.isArray(expected["violations"]) ? { violations: expected["violations"].map(String) } : {}),
      ...(typeof expected["reason"] === "string" ? { reason: expected["reason"] } : {}),
    },
  };
}

type Partial = Readonly<Record<string, unknown>>;

/**
 * Completes a document of an example: the parts that the gate under test does not care about get plain values, and
 * the summary of findings, tests and components is counted.
 *
 * @param partial `kind`, and any of `path`, `status`, `summary`, `findings`, `scans`, `cases`, `components`, `files`
 * @param position in the example, which makes two documents differ
 */
export function exampleDocument(partial: Partial, position: number): EvidenceDocument {
  const kind = partial["kind"] as EvidenceKind;
  const path = typeof partial["path"] === "string" ? partial["path"] : `${kind}-${position + 1}.json`;
  const document = {
    schema: EVIDENCE_SCHEMA,
    kind,
    subject: {},
    source: { format: "example", path, bytes: 0, sha256: sha256(""), tools: [{ name: "Example" }] },
    status: partial["status"] ?? "complete",
    statusReasons: partial["status"] === undefined ? [] : [{ code: "example", message: "as the example says" }],
    quality: { warnings: [], inconsistencies: [], redactions: 0 },
    ...contentOf(kind, partial),
  };
  // A test holds the result against the schemas.
  return { ...document, id: canonicalDigest(document) } as unknown as EvidenceDocument;
}

function contentOf(kind: EvidenceKind, partial: Partial): { readonly summary: object; readonly body: object } {
  const given = isRecord(partial["summary"]) ? partial["summary"] : {};
  switch (kind) {
    case "findings": {
      const findings = records(partial["findings"]).map(exampleFinding);
      const open = findings.filter(({ suppressed }) => !suppressed);
      const bySeverity = Object.fromEntries(
        SEVERITIES.map((severity) => [severity, open.filter((finding) => finding.severity === severity).length]),
      );
      const scans = records(partial["scans"]).map((scan) => ({
        tool: "Example",
        successful: true,
        results: findings.length,
        ...scan,
      }));
      const summary = {
        total: findings.length,
        open: open.length,
        suppressed: findings.length - open.length,
        bySeverity,
      };
      return { summary, body: { scans, findings } };
    }
    case "coverage":
      return {
        summary: { suite: "unit", provider: "example", files: 1, ...given },
        body: { files: records(partial["files"]) },
      };
    case "tests": {
      const cases = records(partial["cases"]).map(exampleTest);
      const count = (status: TestCase["status"]): number => cases.filter((test) => test.status === status).length;
      const summary = {
        suite: "unit",
        suites: 1,
        total: cases.length,
        passed: count("passed"),
        failed: count("failed"),
        errored: count("errored"),
        skipped: count("skipped"),
        flaky: cases.filter(({ flaky }) => flaky).length,
        ...given,
      };
      return { summary, body: { cases } };
    }
    case "sbom": {
      const components = records(partial["components"]).map(exampleComponent);
      const summary = {
        specification: "CycloneDX",
        components: components.length,
        withPurl: components.filter(({ purl }) => purl !== undefined).length,
        withVersion: components.filter(({ version }) => version !== undefined).length,
        withLicence: components.filter(({ licences }) => licences.length > 0).length,
        withHash: 0,
        dependencyEdges: components.length,
        root: { name: "example" },
        ...given,
      };
      return { summary: withoutNulls(summary), body: { components } };
    }
    case "unreadable":
      return { summary: { intended: "findings", ...given }, body: {} };
  }
}

function exampleFinding(partial: Partial, index: number): Finding {
  const finding = {
    category: "sast",
    ruleId: "example-rule",
    message: "an example finding",
    severity: "high",
    severityRaw: { value: "example", scale: "word", source: "example" },
    cwe: [],
    suppressed: false,
    suppressions: [],
    tool: "Example",
    ...partial,
  };
  return { id: sha256(`finding ${index}`).slice("sha256:".length), ...finding } as Finding;
}

function exampleTest(partial: Partial, index: number): TestCase {
  return {
    id: `test ${index + 1}`,
    suite: "example",
    name: `test ${index + 1}`,
    status: "passed",
    attempts: 1,
    flaky: false,
    ...partial,
  } as TestCase;
}

function exampleComponent(partial: Partial, index: number): Component {
  const name = typeof partial["name"] === "string" ? partial["name"] : `component-${index + 1}`;
  const component = {
    ref: name,
    name,
    version: "1.0.0",
    purl: `pkg:npm/${name}@1.0.0`,
    type: "library",
    licences: [],
    hashes: 0,
    ...partial,
  };
  return withoutNulls(component) as unknown as Component;
}

/** An example says `null` for a part that is to be missing. */
function withoutNulls(object: Partial): Partial {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null));
}

function records(value: unknown): readonly Partial[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}
