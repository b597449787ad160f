import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CANARY, gateSource } from "../policy/compile.ts";
import { gate, temporaryFolder, writeFiles } from "../support.ts";

const GATE = gateSource(
  "few-failed",
  `applicable := count(input.evidence.tests)

deny contains "too many tests failed" if {
	some document in input.evidence.tests
	document.summary.failed > 1
}`,
);

const UNIT = `package gates.few_failed_test

import data.gates.few_failed

failed(number) := {"evidence": {"tests": [{"summary": {"failed": number}}]}}

test_many if count(few_failed.deny) == 1 with input as failed(9)

test_none if few_failed.deny == set() with input as failed(0)
`;

const EXAMPLES = `gate: few-failed
cases:
  - name: two failed tests
    canary: true
    evidence: [{kind: tests, cases: [{status: failed}, {status: failed}]}]
    expect: {result: fail, violations: [too many tests failed]}
`;

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder();
  writeFiles(folder, files);
  return folder;
}

describe("gate policy mutate", () => {
  it("names the mutants that neither tests nor examples notice", async () => {
    const cwd = folderWith({ "p/g.rego": GATE, "p/g_test.rego": UNIT, "p/examples.yaml": EXAMPLES });
    const { code, stdout, stderr } = await gate(["policy", "mutate", "p"], { cwd });
    expect(stderr).toBe("");
    expect(stdout).toBe(`SURVIVED p/g.rego:16:28 NumberLiteral: 1 → 0
  - document.summary.failed > 1
  + document.summary.failed > 0
SURVIVED p/g.rego:16:26 EqualityOperator: > → >=
`);
    expect(code).toBe(0);
  });
});
