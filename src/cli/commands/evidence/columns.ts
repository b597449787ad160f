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
  assessment: { status: "status", control: "id", score: "score", title: "title", message: "message" },
  statement: { name: "name", value: "value" },
  document: { content: "content" },
};

/** The cells of one item. */
export function cellsOf(item: Item, kind: ReadableKind): readonly string[] {
  return Object.values(COLUMNS[kind]).map((path) => textAt(item, path.split(".")));
}

function textAt(value: unknown, [step, ...rest]: readonly string[]): string {
  if (value === undefined || value === null) return "";
  if (step === undefined) return typeof value === "string" ? value : JSON.stringify(value);
  if (typeof value !== "object") return "";
  const members: Readonly<Record<string, unknown>> = { ...value };
  const member = step === "length" && Array.isArray(value) ? value.length : members[step];
  return textAt(member, rest);
}
