import type { Item } from "../../../evidence/items.ts";
import type { ReadableKind } from "../../../evidence/types.ts";

/** The columns of a kind's items, with the heading of each and the path of its field. */
export const COLUMNS: Readonly<Record<ReadableKind, Readonly<Record<string, string>>>> = {
  findings: {
    severity: "severity",
    rule: "ruleId",
    place: "location.path",
    line: "location.line",
    package: "component.name",
    version: "component.version",
    message: "message",
  },
  coverage: { file: "path", covered: "lines.covered", total: "lines.total", missed: "missed" },
  tests: { status: "status", suite: "suite", name: "name", attempts: "attempts", message: "message" },
  mutation: { status: "status", file: "file", line: "line", mutator: "mutator" },
  sbom: { name: "name", version: "version", licence: "licences.0.expression", purl: "purl" },
  vex: { vulnerability: "vulnerability", status: "status", product: "products.0", justification: "justification" },
  performance: {
    name: "name",
    requests: "requests",
    failures: "failures",
    p95: "latency.p95",
    p99: "latency.p99",
    value: "value",
    unit: "unit",
  },
  "web-quality": { page: "page", audit: "id", score: "score", value: "value", unit: "unit" },
  metrics: { name: "name", label: "labels.0.value", samples: "samples.length", first: "samples.0.raw" },
  attestation: { predicate: "predicateType", subject: "subjects.0.name", builder: "builder", verified: "verified" },
  "audit-log": { at: "at", actor: "actor", action: "action", target: "target", outcome: "outcome" },
  change: { commit: "sha", author: "author", signature: "signature", subject: "subject" },
  deployment: { at: "startedAt", environment: "environment", commit: "commit", actor: "actor", outcome: "outcome" },
  incident: { id: "id", opened: "openedAt", resolved: "resolvedAt", severity: "severity", title: "title" },
  repository: { file: "path", bytes: "bytes", type: "type" },
  dockerfile: { file: "path", user: "user", root: "root", healthcheck: "healthcheck", stages: "stages.length" },
  documentation: { module: "path", documented: "documented", symbols: "symbols", "with text": "documentedSymbols" },
  maintainability: { file: "path", line: "line", function: "name", complexity: "complexity" },
  build: { name: "name", outcome: "outcome", finished: "finishedAt", artifacts: "artifacts.length" },
  assessment: { status: "status", control: "id", score: "score", title: "title", message: "message" },
  statement: { name: "name", value: "value" },
  document: { content: "content" },
  history: { at: "evaluatedAt", environment: "environment", outcome: "outcome", integrity: "integrity" },
};

/** The columns of items for which there are none above: what they have that fits into a cell. */
export function columnsOf(items: readonly Item[]): Readonly<Record<string, string>> {
  const names = new Set(items.flatMap((item) => Object.keys(item)));
  const plain = [...names].filter((name) => items.every((item) => typeof item[name] !== "object"));
  return Object.fromEntries(plain.map((name) => [name, name]));
}

/** The cells of one item, for the columns of its kind or others. */
export function cellsOf(item: Item, columns: Readonly<Record<string, string>>): readonly string[] {
  return Object.values(columns).map((path) => textAt(item, path.split(".")));
}

const SHOWN_DIGITS = 4;

function shown(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" && !Number.isInteger(value)) return String(Number(value.toPrecision(SHOWN_DIGITS)));
  return JSON.stringify(value);
}

function textAt(value: unknown, [step, ...rest]: readonly string[]): string {
  if (value === undefined || value === null) return "";
  if (step === undefined) return shown(value);
  if (typeof value !== "object") return "";
  const members: Readonly<Record<string, unknown>> = { ...value };
  const member = step === "length" && Array.isArray(value) ? value.length : members[step];
  return textAt(member, rest);
}
