import { describe, expect, it } from "vitest";
import type { Decision } from "../../src/decision/types.ts";
import { exampleDocument } from "../../src/policy/example-evidence.ts";
import { gate, temporaryFolder, writeFiles } from "../support.ts";

const EVIDENCE = `version: 1
evidence:
  - path: "*.json"
  - path: "*.xml"
`;

const RISKY = `${EVIDENCE}environments:
  production:
    mandatory: [tests]
    advisory: [change-risk]
    integrity: open
    risk:
      gate: change-risk
      profiles:
        high:
          mandatory: [licences]
          approvals: { quorum: 2 }
`;

const CANARY = `${EVIDENCE}environments:
  production:
    mandatory: [canary]
    integrity: open
`;

const PASSED = '<testsuite name="unit" tests="1" failures="0"><testcase name="one"/></testsuite>';

function project(files: Readonly<Record<string, string | object>>): string {
  const folder = temporaryFolder();
  const texts = Object.entries(files).map(([path, content]) => [
    path,
    typeof content === "string" ? content : JSON.stringify(content),
  ]);
  writeFiles(folder, Object.fromEntries(texts) as Readonly<Record<string, string>>);
  return folder;
}

function change(path: string): object {
  return exampleDocument({ kind: "change", files: [{ path }], commits: [{}] }, 0);
}

function check(cwd: string, format: string) {
  return gate(["check", "--env", "production", "--format", format], { cwd });
}

describe("the risk of a change", () => {
  it("asks for more of a risky one, and says why", async () => {
    const cwd = project({ "gate.yaml": RISKY, "junit.xml": PASSED, "change.json": change("db/migrations/1.sql") });
    const { code, stdout } = await check(cwd, "human");
    expect(code).toBe(1);
    expect(stdout).toMatch(/^Risk: high \(score 0\.\d+, [a-z-]+\): kind of change: migration; /m);
    expect(stdout).toContain("high risk: licences was added as mandatory, 2 approvals");
    expect(stdout).toMatch(/licences +mandatory +not evaluated/);
    expect((await check(cwd, "github")).stdout).toContain("title=gate change-risk::Risk: high (");
  });

  it("leaves a harmless one alone, and shows with what it was asked", async () => {
    const cwd = project({ "gate.yaml": RISKY, "junit.xml": PASSED, "change.json": change("README.md") });
    const { code, stdout } = await check(cwd, "json");
    const decision = JSON.parse(stdout) as Decision;
    expect(decision.risk?.level).toMatch(/^low$|^medium$/);
    expect(decision.gates.map(({ id }) => id)).toEqual(["change-risk", "tests"]);
    expect(decision.gates[0]?.answer).toMatchObject({ level: decision.risk?.level });
    expect(code).toBe(0);
  });

  it("is high without change evidence", async () => {
    const { code, stdout } = await check(project({ "gate.yaml": RISKY, "junit.xml": PASSED }), "human");
    expect(code).toBe(1);
    expect(stdout).toContain("Risk: high: there is no change evidence");
  });

  it("can be told again from what was recorded", async () => {
    const cwd = project({ "gate.yaml": RISKY, "junit.xml": PASSED, "change.json": change("db/migrations/1.sql") });
    await check(cwd, "json");
    const { code } = await gate(["policy", "impact", "--fail-on", "flip"], { cwd });
    expect(code).toBe(0);
  });
});

const series = (values: Readonly<Record<string, number>>): object => {
  const at = new Date().toISOString();
  const samples = (value: number) => [{ value, at }];
  return exampleDocument(
    { kind: "metrics", series: Object.entries(values).map(([name, value]) => ({ name, samples: samples(value) })) },
    0,
  );
};

describe("a canary", () => {
  const HEALTHY = {
    canary_traffic_percent: 5,
    canary_error_ratio: 0,
    canary_p95_seconds: 0.2,
    baseline_p95_seconds: 0.2,
    canary_failed_health_check_ratio: 0,
    canary_availability_ratio: 1,
    canary_requests: 1000,
    canary_phase_seconds: 900,
  };
  const ALERTS = { status: "success", data: { alerts: [] } };

  it.each([
    ["is promoted", HEALTHY, 0, "Canary: PROMOTE (from 5 % to 25 %)"],
    ["is rolled back", { ...HEALTHY, canary_error_ratio: 0.032 }, 1, "Canary: ROLL BACK (error rate 3.2 % > 1 %)"],
    ["is held", { ...HEALTHY, canary_requests: 20 }, 1, "Canary: HOLD (20 of 500 requests in this phase)"],
  ])("%s", async (_, values, exit, line) => {
    const cwd = project({ "gate.yaml": CANARY, "metrics.json": series(values), "alerts.json": ALERTS });
    const { code, stdout } = await check(cwd, "human");
    expect(stdout).toContain(line);
    expect(code).toBe(exit);
  });

  it("is not promoted beside metrics that cannot be read", async () => {
    const cwd = project({
      "gate.yaml": CANARY,
      "metrics.json": series(HEALTHY),
      "alerts.json": ALERTS,
      "more.json": "{",
    });
    const args = ["check", "--env", "production", "--format", "human", "--evidence", "metrics=more.json"];
    const { code, stdout } = await gate(args, { cwd });
    expect(code).toBe(1);
    expect(stdout).not.toContain("PROMOTE");
  });
});
