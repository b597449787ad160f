import { readFileSync } from "node:fs";
import type { TreeHead } from "../../src/audit/store.ts";
import {
  type AppliedParameter,
  DECISION_SCHEMA,
  type Decision,
  type DecisionGate,
  type GateResult,
  type Violation,
} from "../../src/decision/types.ts";
import { sha256 } from "../../src/evidence/canonical.ts";
import type { ReportRequest } from "../../src/report/build.ts";
import { type Framework, parseFramework } from "../../src/report/frameworks.ts";
import type { RecordedDecision } from "../../src/report/population.ts";

const MAP = new URL("../../reports/frameworks/ssdf.yaml", import.meta.url);

/** The map that ships. */
export function ssdf(): Framework {
  return parseFramework(readFileSync(MAP, "utf8"), "reports/frameworks/ssdf.yaml");
}

/** A map with one control for each way in which a control can be mapped. */
export const SMALL_MAP = `schema: gate/framework/v1
id: small
title: Small framework
version: "1"
publisher: Nobody
source: None
notice: Made for tests.
groups:
  - id: A
    title: All of it
    sections:
      - id: A.1
        title: One section
        controls:
          - {id: full, task: t, automation: full, claim: c, evidence: [sast], gates: [sast], residual: r}
          - {id: partial, task: t, automation: partial, claim: c, evidence: [sast], gates: [sast], residual: r}
          - id: two
            task: t
            automation: full
            claim: c
            evidence: [sast, tests]
            gates: [sast, tests]
            residual: r
          - id: guarded
            task: t
            automation: full
            claim: c
            evidence: [sast]
            gates: [sast]
            guardrails: [{gate: sast, key: blocking_severity, op: superset, value: [critical, high], why: w}]
            residual: r
          - {id: planned, task: t, automation: partial, claim: c, evidence: [sca], planned: [sca], residual: r}
          - {id: manual, task: t, automation: manual, claim: c, evidence: [training], residual: r}
`;

function smallMap(): Framework {
  return parseFramework(SMALL_MAP, "small.yaml");
}

const PARAMETERS: Readonly<Record<string, Readonly<Record<string, AppliedParameter>>>> = {
  sast: {
    blocking_severity: { value: ["critical", "high"], source: "gate" },
    unknown_severity: { value: "block", source: "gate" },
    suppressions: { value: "accept", source: "gate" },
  },
  secrets: { suppressions: { value: "justified", source: "gate" } },
  tests: { pass_rate: { value: 100, source: "gate" }, minimum_executed: { value: 1, source: "gate" } },
  "unit-coverage": { lines: { value: 80, source: "gate.yaml:12" }, branches: { value: 75, source: "gate" } },
  licences: { unknown: { value: "block", source: "gate" } },
  sbom: { require_root: { value: true, source: "gate" } },
};

export function violation(message: string, more: Partial<Violation> = {}): Violation {
  return { fingerprint: sha256(message), severity: "high", message, ...more };
}

export function gate(id: string, result: GateResult = "pass", more: Partial<DecisionGate> = {}): DecisionGate {
  const violations = {
    fail: [violation(`${id} found something`)],
    waived: [violation(`${id} found something`, { waiver: "W-1" })],
  };
  return {
    id,
    title: id,
    enforcement: "mandatory",
    result,
    applicable: result === "not-applicable" ? 0 : 1,
    durationMs: 3,
    ...(result === "not-evaluated" ? { reason: `there is no ${id} evidence` } : {}),
    ...(result === "not-applicable" ? { reason: "nothing here is of its kind" } : {}),
    parameters: PARAMETERS[id] ?? {},
    evidence: [],
    violations: result === "fail" || result === "waived" ? violations[result] : [],
    controls: [],
    ...more,
  };
}

function decision(index: number, gates: readonly DecisionGate[], more: Partial<Decision> = {}): Decision {
  const closed = gates.filter(({ result }) => result === "fail" || result === "not-evaluated");
  const blocked = closed.some(({ enforcement }) => enforcement === "mandatory");
  return {
    schema: DECISION_SCHEMA,
    id: `01900000-0000-7000-8000-${index.toString(16).padStart(12, "0")}`,
    outcome: blocked ? "block" : closed.length > 0 ? "approval-required" : "allow",
    exitCode: blocked ? 1 : closed.length > 0 ? 3 : 0,
    environment: "production",
    subject: {
      repository: "acme/payments-api",
      commit: sha256(`commit ${index}`).slice("sha256:".length, "sha256:".length + 40),
      artifacts: [],
      source: "ci",
    },
    evaluatedAt: timeOf(index),
    engine: { name: "gate", version: "0.1.0" },
    policy: {
      digest: sha256("policy 1"),
      wasm: sha256("wasm 1"),
      source: "builtin",
      gates: 6,
      toolchain: "opa 1.19.1",
    },
    config: { digest: sha256("config 1"), path: "gate.yaml" },
    evidence: [],
    gates,
    waivers: { used: [], unused: [], expired: [], expiring: [], refused: [] },
    approvals: [],
    bypass: null,
    baseline: null,
    risk: null,
    stages: [],
    signer: null,
    inputs: null,
    integrity: { level: "bound", required: "bound", reasons: [] },
    audit: null,
    ...more,
  };
}

export function recorded(
  index: number,
  gates: readonly DecisionGate[],
  more: Partial<Decision> = {},
): RecordedDecision {
  return { index, leafHash: sha256(`leaf ${index}`), time: timeOf(index), decision: decision(index, gates, more) };
}

/** Six days from one entry to the next, from the first of July 2026. */
function timeOf(index: number): string {
  return new Date(Date.UTC(2026, 6, 1, 9, 30) + index * 6 * 86_400_000).toISOString();
}

const HEAD: TreeHead = { origin: "acme.example/gate/2026", size: 1_000, root: sha256("root") };

const WINDOW = { from: "2026-07-01T00:00:00Z", to: "2026-10-01T00:00:00Z" } as const;

export function request(decisions: readonly RecordedDecision[], more: Partial<ReportRequest> = {}): ReportRequest {
  return {
    framework: smallMap(),
    decisions,
    unread: [],
    head: HEAD,
    verification: {
      verdict: "good",
      detail: "All 1000 entries were read, and their tree has the root that is stated.",
    },
    query: { window: WINDOW },
    generatedAt: "2026-10-02T08:00:00Z",
    engineVersion: "0.1.0",
    ...more,
  };
}

/** A quarter of one repository, with one of most things that can happen in it. */
export function sampleRequest(): ReportRequest {
  const evidence = sampleEvidence();
  const all = (changes: Readonly<Record<string, DecisionGate>> = {}): readonly DecisionGate[] =>
    ["licences", "promotion", "sast", "sbom", "secrets", "tests", "unit-coverage"].map((id) => changes[id] ?? gate(id));
  const injection = violation("user input reaches a query that is put together as text", {
    rule: "javascript.sequelize.sql-injection",
    location: { path: "src/invoices.js", line: 42 },
  });
  const failing = Array.from({ length: 5 }, (_, test) =>
    violation(`test failed: rounds ${test + 1} of 5 currencies`, {
      severity: "high",
      location: { path: "test/pricing.test.js" },
    }),
  );
  const licence = violation("licence LGPL-3.0-only OR GPL-3.0-only is restricted", {
    package: "pkg:npm/chart-core@4.1.0",
    waiver: "W-2026-014",
  });
  const records = [
    recorded(2, all(), { evidence: evidence(2) }),
    recorded(3, all({ sast: gate("sast", "fail", { violations: [injection] }) }), { evidence: evidence(3) }),
    recorded(4, all(), { evidence: evidence(4) }),
    recorded(5, all(), { evidence: evidence(5), environment: "staging" }),
    recorded(6, all({ tests: gate("tests", "fail", { violations: failing }) }), { evidence: evidence(6) }),
    recorded(7, all({ licences: gate("licences", "waived", { violations: [licence] }) }), { evidence: evidence(7) }),
    recorded(8, all({ licences: gate("licences", "waived", { violations: [licence] }) }), { evidence: evidence(8) }),
    recorded(
      9,
      all({
        secrets: gate("secrets", "not-evaluated", {
          reason: "there is no secret findings evidence (results/secrets.sarif)",
        }),
      }),
      { evidence: evidence(9) },
    ),
    recorded(10, all(), { evidence: evidence(10) }),
    recorded(
      11,
      all({
        sast: gate("sast", "pass", {
          parameters: { ...PARAMETERS["sast"], blocking_severity: { value: ["critical"], source: "gate.yaml:31" } },
        }),
      }),
      { evidence: evidence(11), config: { digest: sha256("config 2"), path: "gate.yaml" } },
    ),
    recorded(12, all(), { evidence: evidence(12) }),
    recorded(13, all(), { evidence: evidence(13) }),
    recorded(40, all(), { evidence: evidence(40) }),
  ];
  return request(records, {
    framework: ssdf(),
    head: { ...HEAD, size: 41 },
    verification: { verdict: "good", detail: "All 41 entries were read, and their tree has the root that is stated." },
    query: { window: WINDOW, environment: "production", repository: "acme/payments-api" },
  });
}

function sampleEvidence(): (index: number) => Decision["evidence"] {
  const kinds = [
    ["findings", "sarif", "Semgrep OSS", "1.142.0", "results/semgrep.sarif", 18_412],
    ["sbom", "cyclonedx-json", "@cyclonedx/cyclonedx-npm", "4.0.0", "results/bom.json", 96_230],
    ["tests", "junit-xml", "vitest", "5.1.0", "results/junit.xml", 7_034],
    ["coverage", "lcov", "vitest", "5.1.0", "results/lcov.info", 22_118],
  ] as const;
  return (index) =>
    kinds.map(([kind, format, name, version, path, bytes]) => ({
      id: sha256(`evidence ${kind} ${index}`),
      kind,
      tool: { name, version },
      format,
      path,
      // The bill of materials changes rarely, so several decisions share it.
      sha256: sha256(`file ${kind} ${kind === "sbom" ? Math.floor(index / 5) : index}`),
      bytes: bytes + (kind === "sbom" ? Math.floor(index / 5) : index),
      status: "usable",
      toolStatus: "complete",
      reasons: [],
      counts: {},
    }));
}
