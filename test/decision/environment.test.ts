import { describe, expect, it } from "vitest";
import { asksFor, CAPS, environmentDefaults } from "../../src/decision/environment.ts";
import type { EnforcedGate } from "../../src/decision/types.ts";
import type { GateDefinition } from "../../src/policy/gate.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const STRICT = {
  gates: [],
  integrity: "bound",
  audit: "required",
  onAdvisory: "approval",
  binding: "commit",
  freshness: { default: 7 * DAY, kinds: {} },
  targets: {},
  stages: [],
  waivers: { quorum: 1, roles: [], lifetimeMs: 30 * DAY, warnMs: 7 * DAY },
  approvals: { quorum: 1, roles: [], lifetimeMs: 7 * DAY, from: ["signature"] },
  bypass: { permitted: false, quorum: 1, roles: [], lifetimeMs: 4 * HOUR, reviewMs: 72 * HOUR },
  baseline: "none",
  disabled: [],
  sources: {},
} as const;

describe("where gate.yaml says nothing", () => {
  it("production takes two to waive, and nothing that is not bound", () => {
    expect(environmentDefaults("production")).toEqual({
      ...STRICT,
      name: "production",
      waivers: { ...STRICT.waivers, quorum: 2 },
    });
  });

  it("any other environment but development is as strict, with one to waive", () => {
    for (const name of ["staging", "qa"]) expect(environmentDefaults(name)).toEqual({ ...STRICT, name });
  });

  it("development takes what is not recorded and of any age, and permits a bypass", () => {
    expect(environmentDefaults("development")).toEqual({
      ...STRICT,
      name: "development",
      integrity: "open",
      audit: "optional",
      freshness: { kinds: {} },
      bypass: { ...STRICT.bypass, permitted: true },
    });
  });

  it("nothing is let through for longer than 30 days, 4 hours and 72 hours", () => {
    expect(CAPS).toEqual({ waiverMs: 30 * DAY, bypassMs: 4 * HOUR, reviewMs: 72 * HOUR });
  });
});

const enforced = (gate: string): EnforcedGate => ({ gate, enforcement: "mandatory", parameters: {} });
const needs = (id: string, ...kinds: readonly GateDefinition["evidence"][number]["kind"][]): GateDefinition => ({
  id,
  title: id,
  description: "",
  package: id,
  evidence: kinds.map((kind) => ({ kind, fields: [] })),
  parameters: {},
  controls: [],
  remediation: "",
  path: id,
  severity: "unknown",
  resources: [],
  builtinErrors: "close",
});

describe("an environment asks for evidence", () => {
  const gates = [
    needs("tests", "tests", "coverage"),
    needs("risk", "change"),
    needs("strict", "sbom"),
    needs("other", "vex"),
  ];
  const plain = { ...environmentDefaults("production"), gates: [enforced("tests")] };
  const profile = { gates: [enforced("tests")], approvals: plain.approvals };
  const profiles = { low: profile, medium: profile, high: { ...profile, gates: [enforced("strict")] } };
  const risky = { ...plain, risk: { gate: "risk", profiles } };

  it.each([
    ["of its gates", plain, "coverage", true],
    ["of no other gate", plain, "vex", false],
    ["of the gate of the risk", risky, "change", true],
    ["of a level of risk", risky, "sbom", true],
    ["of no other gate under risk", risky, "vex", false],
    ["of no risk where there is none", plain, "change", false],
  ] as const)("%s", (_, environment, kind, asked) => {
    expect(asksFor(kind, environment, gates)).toBe(asked);
  });
});
