import type { Decision, DecisionGate, WaiverNote } from "../../src/decision/types.ts";
import { sha256 } from "../../src/evidence/canonical.ts";

const digest = sha256("");

/** An allowed decision in which everything that is wrong is let through, with `text` wherever people write. */
export function excusedDecision(text: string): Decision {
  const blocked = blockedDecision(text);
  const gates = blocked.gates.slice(0, 2).map((gate): DecisionGate => {
    if (gate.result !== "fail") return gate;
    const { remediation: _, ...rest } = gate;
    const excuses = [{ waiver: "w-used" }, { baseline: true }] as const;
    const violations = gate.violations.flatMap((violation) => excuses.map((excuse) => ({ ...violation, ...excuse })));
    return { ...rest, result: "waived", violations };
  });
  const note = (id: string, problem?: string): WaiverNote => ({
    id,
    gate: "sast",
    reason: text,
    ticket: text === "it is wrong" ? "SEC-1" : text,
    owner: text === "it is wrong" ? "payments" : text,
    expires: "2026-01-15",
    covers: 1,
    source: "waivers.yaml:3",
    ...(problem === undefined ? {} : { problem }),
  });
  const plain = text === "it is wrong";
  return {
    ...blocked,
    outcome: "allow",
    exitCode: 0,
    gates,
    waivers: {
      used: [note("w-used")],
      unused: [note("w-unused")],
      expired: [note("w-expired", plain ? "expired after 2025-12-31" : text)],
      expiring: [note("w-expiring")],
      refused: [note("w-refused", plain ? "approved by 1 of 2" : text)],
    },
    baseline: { decision: "d1", path: plain ? "baseline.json" : text, covers: 1, gone: 2 },
    integrity: { level: "open", required: "open", reasons: [] },
  };
}

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
    signer: null,
    inputs: null,
    integrity: {
      level: "open",
      required: "bound",
      reasons: [{ code: "evidence-unbound", message: text, remedy: text, caps: "open" }],
    },
    audit: { log: "example", index: 1, leafHash: digest, checkpoint: `example 2 ${digest}` },
  };
}
