import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { runCheck } from "../../src/check/run.ts";
import type { Decision } from "../../src/decision/types.ts";
import { fixedClock } from "../../src/util/clock.ts";
import { installation, TEST_CACHE, temporaryFolder, writeFiles } from "../support.ts";

const GATE_YAML = `version: 1
evidence: [{path: junit.xml, kind: unit-tests}]
environments:
  production: {mandatory: [tests], integrity: open}
`;
const JUNIT = `<testsuites><testsuite name="s" tests="1" timestamp="2026-01-01T00:00:00Z"><testcase name="a" classname="s"/></testsuite></testsuites>`;

async function checkAt(cwd: string, now: string): Promise<Decision> {
  const options = { environment: "production", evidence: [], exitCodes: [], subject: { artifacts: [] }, audit: true };
  const { decision } = await runCheck(options, {
    cwd,
    variables: {},
    clock: fixedClock(now),
    random: randomBytes,
    stdin: async () => new Uint8Array(),
    installation,
    cacheFolder: TEST_CACHE,
  });
  return decision;
}

function project(): string {
  const cwd = temporaryFolder();
  writeFiles(cwd, { "gate.yaml": GATE_YAML, "junit.xml": JUNIT });
  return cwd;
}

describe("a clock that is set back", () => {
  it("makes no decision: what has expired would hold again", async () => {
    const cwd = project();
    await checkAt(cwd, "2026-01-05T12:00:00Z");
    await expect(checkAt(cwd, "2026-01-05T11:54:59Z")).rejects.toMatchObject({
      code: "clock-backdated",
      message: expect.stringContaining("the audit log has an entry of 2026-01-05T12:00:00.000Z"),
    });
  });

  it("may differ by five minutes between machines", async () => {
    const cwd = project();
    await checkAt(cwd, "2026-01-05T12:00:00Z");
    expect((await checkAt(cwd, "2026-01-05T11:55:00Z")).outcome).toBe("allow");
  });
});

describe("evidence that says when it was made", () => {
  it.each([
    ["2026-01-07T23:59:59.999Z", "allow", undefined],
    ["2026-01-08T00:00:00Z", "block", "and tests evidence may be 7d old"],
    ["2025-12-31T23:55:00Z", "allow", undefined],
    ["2025-12-31T23:54:59Z", "block", "which is yet to come"],
  ])("at %s: %s", async (now, outcome, reason) => {
    const decision = await checkAt(project(), now);
    expect(decision.outcome).toBe(outcome);
    if (reason === undefined) expect(decision.evidence[0]?.status).toBe("usable");
    else
      expect(decision).toMatchObject({
        evidence: [{ status: "stale" }],
        gates: [{ reason: expect.stringContaining(reason) }],
      });
  });
});
