import type { Decision } from "../../src/decision/types.ts";
import { sha256 } from "../../src/evidence/canonical.ts";

const digest = sha256("");

/** A blocked decision with `text` in every place that a tool can write to. */
export function blockedDecision(text: string): Decision {
  const evidence = {
    id: digest,
    kind: "findings",
    tool: { name: text, version: text },
    format: "sarif",
    path: text,
    sha256: digest,
    bytes: 1,
    status: "usable",
    toolStatus: "complete",
    reasons: [text],
    counts: { total: 1 },
  } as const;
  const gate = {
    title: "Gate",
    applicable: 1,
    durationMs: 2,
    parameters: {},
    evidence: [digest],
    controls: [],
  } as const;
  return {
    schema: "gate/decision/v1",
    id: "01900000-0000-7000-8000-000000000000",
    outcome: "block",
    exitCode: 1,
    environment: "production",
    subject: { repository: text, commit: "a".repeat(40), artifacts: [], source: "git", dirty: false },
    evaluatedAt: "2026-01-01T00:00:00.000Z",
    engine: { name: "gate", version: "0.0.0" },
    policy: { digest, wasm: digest, source: "builtin", gates: 3, toolchain: "opa" },
    config: { digest, path: "gate.yaml" },
    evidence: [evidence],
    gates: [
      {
        ...gate,
        id: "sast",
        enforcement: "mandatory",
        result: "fail",
        remediation: text,
        violations: [
          {
            fingerprint: digest,
            severity: "high",
            message: text,
            rule: text === "it is wrong" ? "r1" : text,
            location: { path: text === "it is wrong" ? "src/a.ts" : text, line: 3 },
            evidence: digest,
          },
        ],
      },
      { ...gate, id: "secrets", enforcement: "mandatory", result: "pass", violations: [], answer: { note: text } },
      { ...gate, id: "tests", enforcement: "advisory", result: "not-evaluated", reason: text, violations: [] },
    ],
    waivers: { used: [], unused: [], expired: [], expiring: [], refused: [] },
    approvals: [],
    bypass: null,
    baseline: null,
    risk: { gate: "change-risk", level: "high", factors: [text], recommendation: text, changes: [text] },
    stages: [],
    inputs: null,
    integrity: {
      level: "open",
      required: "bound",
      reasons: [{ code: "evidence-unbound", message: text, remedy: text, caps: "open" }],
    },
    audit: { log: "example", index: 1, leafHash: digest, checkpoint: `example 2 ${digest}` },
  };
}
