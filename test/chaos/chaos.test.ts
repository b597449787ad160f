import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runCheck } from "../../src/check/run.ts";
import type { Installation } from "../../src/installation.ts";
import { fixedClock } from "../../src/util/clock.ts";
import { GateError } from "../../src/util/errors.ts";
import { installation, TEST_CACHE, temporaryFolder, writeFiles } from "../support.ts";

/**
 * Checks whose worker or compiler dies at any moment. Each ends in one of three ways: the decision that it should come to,
 * one in which the gates that were not asked are closed and say so, or none at all. GATE_CHAOS_RUNS sets how many.
 */

const RUNS = Number(process.env["GATE_CHAOS_RUNS"] ?? 100);

const GATE_YAML = `version: 1
evidence:
  - path: junit.xml
    kind: unit-tests
  - path: scan.sarif
    kind: sast
environments:
  production:
    mandatory: [tests, sast]
    integrity: open
    audit: optional
`;
const JUNIT = `<testsuites><testsuite name="s" tests="2" failures="1"><testcase name="a" classname="s"/><testcase name="b" classname="s"><failure message="no"/></testcase></testsuite></testsuites>`;
const SARIF =
  '{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"x"}},"results":[],"invocations":[{"executionSuccessful":true}]}]}';

interface Ending {
  readonly outcome: string;
  /** The result of each gate. */
  readonly gates: string;
}

async function check(folder: string, own: Installation, cacheFolder: string | undefined): Promise<Ending> {
  const options = {
    environment: "production",
    evidence: [],
    exitCodes: [],
    subject: { artifacts: [] },
    audit: false,
    timeLimitMs: 5_000,
  };
  try {
    const { decision } = await runCheck(options, {
      cwd: folder,
      variables: {},
      clock: fixedClock("2026-01-01T00:00:00Z"),
      random: (bytes) => new Uint8Array(bytes),
      stdin: async () => new Uint8Array(),
      installation: own,
      cacheFolder,
    });
    return { outcome: decision.outcome, gates: decision.gates.map(({ id, result }) => `${id} ${result}`).join(", ") };
  } catch (error) {
    if (error instanceof GateError && error.code !== "internal") return { outcome: "none", gates: error.code };
    throw error;
  }
}

function project(files: Readonly<Record<string, string>> = {}): string {
  const folder = temporaryFolder();
  writeFiles(folder, { "gate.yaml": GATE_YAML, "junit.xml": JUNIT, "scan.sarif": SARIF, ...files });
  return folder;
}

/** How often each ending came. */
function tally(endings: readonly Ending[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { outcome, gates } of endings) {
    const ending = `${outcome}: ${gates}`;
    counts.set(ending, (counts.get(ending) ?? 0) + 1);
  }
  return counts;
}

const RIGHT = "block: sast pass, tests fail";

describe("a check whose worker dies", () => {
  it("comes to the right decision, closes what was not asked, or to none", { timeout: 600_000 }, async () => {
    const folder = project();
    const healthy = await check(folder, installation, TEST_CACHE);
    expect(`${healthy.outcome}: ${healthy.gates}`).toBe(RIGHT);
    const dying = { ...installation, policyWorker: join(import.meta.dirname, "dying-worker.ts") };
    const endings: Ending[] = [];
    for (let run = 0; run < RUNS; run++) endings.push(await check(folder, dying, TEST_CACHE));
    const counts = tally(endings);
    for (const ending of counts.keys()) {
      expect(ending).toMatch(
        /^(?:block: sast (?:pass|not-evaluated), tests (?:fail|not-evaluated)|none: policy-engine)$/,
      );
    }
    // Otherwise nothing was tried: some got to the end, and some did not.
    expect(counts.get(RIGHT)).toBeGreaterThan(0);
    expect(counts.size).toBeGreaterThan(1);
  });
});

describe("a check whose compiler dies", () => {
  it("comes to the right decision or to none", { timeout: 600_000 }, async () => {
    const folder = project({
      "gate.yaml": GATE_YAML.replace("evidence:", "policy:\n  builtin: false\n  paths: [policies]\nevidence:").replace(
        "[tests, sast]",
        "[few-failed]",
      ),
      "policies/few_failed.rego": `# METADATA
# title: Few failed
# description: No test failed.
# custom:
#   id: few-failed
#   evidence:
#     - kind: tests
#   remediation: mend it
package gates.few_failed

applicable := count(input.evidence.tests)

deny contains {"evidence": document.id, "msg": "failed"} if {
	some document in input.evidence.tests
	document.summary.failed > 0
}
`,
      "policies/examples.yaml": `gate: few-failed
cases:
  - name: a failed test
    canary: true
    evidence: [{kind: tests, cases: [{status: failed}]}]
    expect: {result: fail, violations: [failed]}
`,
    });
    const child = join(import.meta.dirname, "dying-child.ts");
    const dying = { ...installation, toolchain: { ...installation.toolchain, child } };
    const endings: Ending[] = [];
    for (let run = 0; run < Math.ceil(RUNS / 25); run++) {
      endings.push(await check(folder, dying, temporaryFolder()));
    }
    for (const ending of tally(endings).keys()) {
      expect(ending).toMatch(/^(?:block: few-failed fail|none: toolchain-failed)$/);
    }
    // What a dying compiler leaves behind in the cache does no harm to the next check.
    const cache = temporaryFolder();
    await check(folder, dying, cache);
    expect(await check(folder, installation, cache)).toEqual({ outcome: "block", gates: "few-failed fail" });
  });
});
