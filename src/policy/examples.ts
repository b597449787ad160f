import { isNode, LineCounter, parseDocument } from "yaml";
import { canonicalDigest, sha256 } from "../evidence/canonical.ts";
import {
  EVIDENCE_LISTS,
  EVIDENCE_SCHEMA,
  type EvidenceDocument,
  READABLE_KINDS,
  SEVERITIES,
} from "../evidence/types.ts";
import { shapeProblem } from "../evidence/validate.ts";
import { GateError, type Issue, messageOf } from "../util/errors.ts";
import { isRecord } from "../util/json.ts";
import { nearest } from "../util/nearest.ts";
import { EXAMPLE_CONTEXT, type GateSubject } from "./input.ts";
import type { PolicyFile } from "./sources.ts";
import { type ReportProblem, reportUnknownKeys } from "./unknown-keys.ts";

/**
 * An executed example of a gate: what it is shown and what it must say. Examples are tests, documentation and, where
 * `canary` is set, the proof before each check that the gate can still deny.
 */
export interface GateExample {
  readonly name: string;
  /** Where it starts in its file, 1-based. */
  readonly row: number;
  readonly canary: boolean;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** What is being gated; of an example that does not say so, nothing is known. */
  readonly subject: Partial<GateSubject>;
  readonly evidence: readonly EvidenceDocument[];
  /** The evidence as it is written in the file, for documentation. */
  readonly written: readonly Part[];
  readonly expect: {
    readonly result: (typeof EXAMPLE_RESULTS)[number];
    /** The messages, in the order of the decision. */
    readonly violations?: readonly string[];
    /** A part of the reason. */
    readonly reason?: string;
    /** Members of the answer. */
    readonly answer?: Readonly<Record<string, unknown>>;
  };
}

const EXAMPLE_RESULTS = ["pass", "fail", "not-applicable", "not-evaluated"] as const;

/** Reads an `examples.yaml`. */
export function parseExamples(file: PolicyFile): { readonly gate: string; readonly examples: readonly GateExample[] } {
  const issues: Issue[] = [];
  const { value, rowOf } = readYaml(file);
  const reportAt =
    (row?: number): ReportProblem =>
    (message, hint) => {
      const place = row === undefined ? { file: file.path } : { file: file.path, row };
      issues.push({ message, ...place, ...(hint === undefined ? {} : { hint }) });
    };
  const report = reportAt();
  const cases = isRecord(value) && Array.isArray(value["cases"]) ? value["cases"] : [];
  const gate = isRecord(value) && typeof value["gate"] === "string" ? value["gate"] : "";
  if (gate === "" || cases.length === 0) report("it must have `gate` and `cases`");
  if (isRecord(value)) reportUnknownKeys(value, FILE_KEYS, "it", report);
  const examples = cases.map((element: unknown, index) => {
    const row = rowOf(index);
    return parseExample(element, index, row, reportAt(row));
  });
  if (issues.length > 0) throw new GateError("policy-invalid", `${file.path} is not valid`, { issues });
  return { gate, examples };
}

function readYaml(file: PolicyFile): { readonly value: unknown; readonly rowOf: (index: number) => number } {
  try {
    const lineCounter = new LineCounter();
    const document = parseDocument(file.text, { lineCounter });
    const [error] = document.errors;
    if (error !== undefined) throw error;
    const rowOf = (index: number): number => {
      const node = document.getIn(["cases", index], true);
      return isNode(node) ? lineCounter.linePos(node.range?.[0] ?? 0).line : 1;
    };
    return { value: document.toJS(), rowOf };
  } catch (cause) {
    throw new GateError("policy-invalid", `${file.path}: ${messageOf(cause)}`, { cause });
  }
}

const FILE_KEYS = ["gate", "cases"];
const CASE_KEYS = ["name", "canary", "parameters", "subject", "evidence", "expect"];
const SUBJECT_KEYS = ["repository", "commit", "ref", "artifacts", "change"];
const EXPECT_KEYS = ["result", "violations", "reason", "answer"];
/** What a document of an example may have beside the lists of its kind. */
const EVIDENCE_KEYS = ["kind", "path", "status", "summary"];

function parseExample(value: unknown, index: number, row: number, report: ReportProblem): GateExample {
  const example = isRecord(value) ? value : {};
  const name = typeof example["name"] === "string" ? example["name"] : `case ${index + 1}`;
  const where = `"${name}"`;
  reportUnknownKeys(example, CASE_KEYS, where, report);
  const expected = isRecord(example["expect"]) ? example["expect"] : {};
  reportUnknownKeys(expected, EXPECT_KEYS, `expect of ${where}`, report);
  const result = EXAMPLE_RESULTS.find((known) => known === expected["result"]);
  if (result === undefined) {
    report(`${where} has no valid expect.result`, `It is one of ${EXAMPLE_RESULTS.join(", ")}.`);
  }
  const written = records(example["evidence"]);
  return {
    name,
    row,
    canary: example["canary"] === true,
    parameters: isRecord(example["parameters"]) ? example["parameters"] : {},
    subject: subjectOf(example["subject"], where, report),
    evidence: written.flatMap((part, position) => checkedDocument(part, position, where, report) ?? []),
    written,
    expect: {
      result: result ?? "not-evaluated",
      ...(Array.isArray(expected["violations"]) ? { violations: expected["violations"].map(String) } : {}),
      ...(typeof expected["reason"] === "string" ? { reason: expected["reason"] } : {}),
      ...(isRecord(expected["answer"]) ? { answer: expected["answer"] } : {}),
    },
  };
}

/** What an example says of its subject. */
function subjectOf(value: unknown, where: string, report: ReportProblem): Partial<GateSubject> {
  if (value === undefined) return {};
  if (!isRecord(value)) {
    report(`the subject of ${where} is no object`);
    return {};
  }
  reportUnknownKeys(value, SUBJECT_KEYS, `the subject of ${where}`, report);
  const { artifacts, change } = value;
  const wrong = ["repository", "commit", "ref"].find((key) => !["undefined", "string"].includes(typeof value[key]));
  if (wrong !== undefined) report(`${wrong} of the subject of ${where} is no text`);
  if (artifacts !== undefined && !(Array.isArray(artifacts) && artifacts.every(isArtifact)))
    report(`artifacts of the subject of ${where} must be a list of objects with \`name\` and \`digest\``);
  if (change !== undefined && !(isRecord(change) && typeof change["id"] === "string"))
    report(`change of the subject of ${where} must be an object with \`id\``);
  return value;
}

function isArtifact(value: unknown): boolean {
  return isRecord(value) && typeof value["name"] === "string" && typeof value["digest"] === "string";
}

/** A document of an example; undefined where a problem with it was reported. */
function checkedDocument(
  part: Part,
  position: number,
  where: string,
  report: ReportProblem,
): EvidenceDocument | undefined {
  const kind = EVIDENCE_KINDS.find((known) => known === part["kind"]);
  if (kind === undefined) {
    const suggestion = nearest(String(part["kind"]), EVIDENCE_KINDS);
    const hint = suggestion === undefined ? `Kinds: ${EVIDENCE_KINDS.join(", ")}.` : `Did you mean "${suggestion}"?`;
    report(`${where}: there is no evidence of kind "${String(part["kind"])}"`, hint);
    return undefined;
  }
  const lists = kind === "unreadable" ? [] : EVIDENCE_LISTS[kind];
  reportUnknownKeys(part, [...EVIDENCE_KEYS, ...lists], `${kind} evidence of ${where}`, report);
  const document = exampleDocument(part, position);
  const problem = kind === "unreadable" ? undefined : shapeProblem({ ...document });
  if (problem !== undefined) report(`${kind} evidence of ${where}, ${problem.pointer}: ${problem.message}`);
  return document;
}

const EVIDENCE_KINDS = [...READABLE_KINDS, "unreadable"] as const;

type Part = Readonly<Record<string, unknown>>;

/**
 * Completes a document of an example: the parts that the gate under test does not care about get plain values, and
 * the summary of findings, tests and components is counted.
 *
 * @param part `kind`, and any of `path`, `status`, `summary` and the lists of the kind
 * @param position in the example, which makes two documents differ
 * @throws {GateError} `policy-invalid` for a kind that does not exist
 */
export function exampleDocument(part: Part, position: number): EvidenceDocument {
  const path = typeof part["path"] === "string" ? part["path"] : `${String(part["kind"])}-${position + 1}.json`;
  const document = {
    schema: EVIDENCE_SCHEMA,
    kind: part["kind"],
    subject: {},
    source: { format: "example", path, bytes: 0, sha256: sha256(""), tools: [{ name: "Example" }] },
    status: part["status"] ?? "complete",
    statusReasons: part["status"] === undefined ? [] : [{ code: "example", message: "as the example says" }],
    quality: { warnings: [], inconsistencies: [], redactions: 0 },
    ...contentOf(part),
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a test holds the examples against the schemas
  return { ...document, id: canonicalDigest(document) } as unknown as EvidenceDocument;
}

function contentOf(part: Part): { readonly summary: Part; readonly body: Part } {
  const given = isRecord(part["summary"]) ? part["summary"] : {};
  switch (part["kind"]) {
    case "findings":
      return findingsContent(part);
    case "coverage":
      return {
        summary: { suite: "unit", provider: "example", files: 1, ...given },
        body: { files: records(part["files"]) },
      };
    case "tests":
      return testsContent(part, given);
    case "sbom":
      return sbomContent(part, given);
    case "change":
      return changeContent(part, given);
    case "metrics":
      return metricsContent(part, given);
    case "history":
      return historyContent(part, given);
    case "unreadable":
      return { summary: { intended: "findings", ...given }, body: {} };
    default:
      return plainContent(part, given);
  }
}

/** The content of a kind for which an example has to spell everything out. */
function plainContent(part: Part, summary: Part): { readonly summary: Part; readonly body: Part } {
  const kind = READABLE_KINDS.find((known) => known === part["kind"]);
  if (kind === undefined) {
    throw new GateError("policy-invalid", `there is no evidence of kind "${String(part["kind"])}"`);
  }
  return { summary, body: Object.fromEntries(EVIDENCE_LISTS[kind].map((list) => [list, records(part[list])])) };
}

function findingsContent(part: Part): { readonly summary: Part; readonly body: Part } {
  const findings: readonly Part[] = records(part["findings"]).map((finding, index) => ({
    id: sha256(`finding ${index}`).slice("sha256:".length),
    category: "sast",
    ruleId: "example-rule",
    message: "an example finding",
    severity: "high",
    severityRaw: { value: "example", scale: "word", source: "example" },
    cwe: [],
    suppressed: false,
    suppressions: [],
    tool: "Example",
    ...finding,
  }));
  const open = findings.filter((finding) => finding["suppressed"] !== true);
  const bySeverity = Object.fromEntries(SEVERITIES.map((severity) => [severity, countOf(open, "severity", severity)]));
  const scans = records(part["scans"]).map((scan) => ({
    tool: "Example",
    successful: true,
    results: findings.length,
    ...scan,
  }));
  return {
    summary: { total: findings.length, open: open.length, suppressed: findings.length - open.length, bySeverity },
    body: { scans, findings },
  };
}

function testsContent(part: Part, given: Part): { readonly summary: Part; readonly body: Part } {
  const cases: readonly Part[] = records(part["cases"]).map((test, index) => ({
    id: `test ${index + 1}`,
    suite: "example",
    name: `test ${index + 1}`,
    status: "passed",
    attempts: 1,
    flaky: false,
    ...test,
  }));
  const summary = {
    suite: "unit",
    suites: 1,
    total: cases.length,
    passed: countOf(cases, "status", "passed"),
    failed: countOf(cases, "status", "failed"),
    errored: countOf(cases, "status", "errored"),
    skipped: countOf(cases, "status", "skipped"),
    flaky: countOf(cases, "flaky", true),
    retried: cases.filter(({ attempts }) => Number(attempts) > 1).length,
    todo: countOf(cases, "note", "todo"),
    expectedFailures: countOf(cases, "note", "expected-failure"),
    unexpectedPasses: countOf(cases, "note", "unexpected-pass"),
    notRun: countOf(cases, "note", "not-run"),
    loadErrors: countOf(cases, "note", "load-error"),
    ...given,
  };
  return { summary, body: { cases } };
}

function changeContent(part: Part, given: Part): { readonly summary: Part; readonly body: Part } {
  const files = records(part["files"]).map((file) =>
    withoutNulls({ status: "modified", additions: 1, deletions: 0, ...file }),
  );
  const commits = records(part["commits"]).map((commit, index) => ({
    sha: sha256(`commit ${index}`).slice("sha256:".length, "sha256:".length + 40),
    author: "An Author <author@example.com>",
    subject: "Change something",
    message: typeof commit["subject"] === "string" ? commit["subject"] : "Change something",
    signature: "none",
    ...commit,
  }));
  const { body } = plainContent(part, given);
  const summary = {
    ...(part["files"] === undefined ? {} : { files: files.length }),
    ...(part["commits"] === undefined ? {} : { commits: commits.length }),
    ...given,
  };
  return { summary, body: { ...body, files, commits } };
}

function metricsContent(part: Part, given: Part): { readonly summary: Part; readonly body: Part } {
  const series = records(part["series"]).map((one) => ({
    labels: [],
    ...one,
    samples: records(one["samples"]).map((sample) => ({
      at: EXAMPLE_CONTEXT.time,
      raw: typeof sample["value"] === "number" ? String(sample["value"]) : "NaN",
      ...sample,
    })),
  }));
  const alerts = records(part["alerts"]).map((alert) => ({ state: "firing", labels: [], ...alert }));
  const samples = series.flatMap((one) => one.samples as readonly Part[]);
  const summary = {
    resultType: part["alerts"] === undefined ? "vector" : "alerts",
    series: series.length,
    samples: samples.length,
    notFinite: samples.filter(({ value }) => value === undefined).length,
    alerts: alerts.length,
    firing: countOf(alerts, "state", "firing"),
    ...given,
  };
  return { summary, body: { series, alerts } };
}

function historyContent(part: Part, given: Part): { readonly summary: Part; readonly body: Part } {
  const written = records(part["decisions"]);
  const decisions: readonly Part[] = written.map((decision, position) => ({
    id: `decision ${written.length - position}`,
    index: written.length - position,
    environment: "staging",
    outcome: "allow",
    artifacts: [],
    evaluatedAt: EXAMPLE_CONTEXT.time,
    integrity: "bound",
    ...decision,
  }));
  const summary = {
    decisions: decisions.length,
    allowed: countOf(decisions, "outcome", "allow"),
    size: decisions.length + 1,
    from: "2025-12-02T00:00:00Z",
    to: EXAMPLE_CONTEXT.time,
    ...given,
  };
  return { summary, body: { decisions } };
}

function sbomContent(part: Part, given: Part): { readonly summary: Part; readonly body: Part } {
  const components = records(part["components"]).map((component, index) => {
    const name = typeof component["name"] === "string" ? component["name"] : `component-${index + 1}`;
    const plain = { ref: name, name, version: "1.0.0", purl: `pkg:npm/${name}@1.0.0`, type: "library" };
    return withoutNulls({ ...plain, licences: [], hashes: 0, ...component });
  });
  const having = (key: string): number => components.filter((component) => component[key] !== undefined).length;
  const summary = {
    specification: "CycloneDX",
    components: components.length,
    withPurl: having("purl"),
    withVersion: having("version"),
    withLicence: components.filter(({ licences }) => Array.isArray(licences) && licences.length > 0).length,
    withHash: 0,
    withSupplier: having("supplier"),
    authors: 1,
    dependencyEdges: components.length,
    root: { name: "example" },
    ...given,
  };
  return { summary: withoutNulls(summary), body: { components } };
}

function countOf(items: readonly Part[], key: string, value: unknown): number {
  return items.filter((item) => item[key] === value).length;
}

/** An example says `null` for a part that is to be missing. */
function withoutNulls(object: Part): Part {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null));
}

function records(value: unknown): readonly Part[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}
