import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { gateSource } from "../policy/compile.ts";
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
  - name: one failed test is not too many
    evidence: [{kind: tests, cases: [{status: failed}]}]
    expect: {result: pass}
  - name: one of two files
    evidence: [{kind: tests}, {kind: tests, cases: [{status: failed}, {status: failed}]}]
    expect: {result: fail, violations: [too many tests failed]}
`;

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder();
  writeFiles(folder, files);
  return folder;
}

const PLAIN = { "p/g.rego": GATE, "p/g_test.rego": UNIT };

describe("gate policy mutate", () => {
  it("names each mutant that no test notices, with its line, and the score", async () => {
    const { code, stdout, stderr } = await gate(["policy", "mutate", "p"], { cwd: folderWith(PLAIN) });
    expect(stderr).toBe("");
    expect(stdout).toBe(`SURVIVED p/g.rego:15:2 Quantifier: some → every
  - some document in input.evidence.tests
  + every document in input.evidence.tests {
SURVIVED p/g.rego:16:26 EqualityOperator: > → >=
  - document.summary.failed > 1
  + document.summary.failed >= 1
SURVIVED p/g.rego:16:28 NumberLiteral: 1 → 2
  - document.summary.failed > 1
  + document.summary.failed > 2
SURVIVED p/g.rego:16:28 NumberLiteral: 1 → 0
  - document.summary.failed > 1
  + document.summary.failed > 0
p/g.rego    33.33 %  2 killed, 4 survived
all files   33.33 %  2 killed, 4 survived
`);
    expect(code).toBe(0);
  });

  it("counts the examples of a gate as its tests, and writes every format", async () => {
    const cwd = folderWith({ ...PLAIN, "p/examples.yaml": EXAMPLES });
    const outputs = ["-o", "json=out/report.json", "-o", "html=out/report.html"];
    const args = ["policy", "mutate", "p", "--threshold", "100", "--concurrency", "1", ...outputs];
    const { code, stdout } = await gate(args, { cwd });
    expect([code, stdout]).toEqual([
      0,
      `p/g.rego   100.00 %  6 killed, 0 survived
all files  100.00 %  6 killed, 0 survived
`,
    ]);
    const page = readFileSync(join(cwd, "out/report.html"), "utf8");
    expect(page).toContain("examples/few-failed/one failed test is not too many");
    const json = await gate(["policy", "mutate", "p", "--format", "json"], { cwd });
    expect(json.stdout).toBe(readFileSync(join(cwd, "out/report.json"), "utf8"));
    const shown = await gate(["evidence", "show", "out/report.json"], { cwd });
    expect(shown.stdout).toContain("mutation");
  });

  it("exits with 1 below the threshold", async () => {
    const args = ["policy", "mutate", "p", "--threshold", "33.34"];
    const { code, stderr } = await gate(args, { cwd: folderWith(PLAIN) });
    expect([code, stderr]).toEqual([1, "The mutation score is below the threshold of 33.34 %.\n"]);
  });

  it("picks mutants by file and kind, and tests by name", async () => {
    const cwd = folderWith({ ...PLAIN, "p/other.rego": "package other\n\na if input.x > 1\n" });
    const picks = ["--file", "g.rego", "--mutator", "EqualityOperator", "--run", "test_many"];
    const { stdout } = await gate(["policy", "mutate", "p", ...picks], { cwd });
    expect(stdout).toBe(`SURVIVED p/g.rego:16:26 EqualityOperator: > → >=
  - document.summary.failed > 1
  + document.summary.failed >= 1
p/g.rego    50.00 %  1 killed, 1 survived
all files   50.00 %  1 killed, 1 survived
`);
  });

  it.each([
    ["without a test", { "p/g.rego": GATE }, [], "there is no test to notice a mutant"],
    ["without a mutant", PLAIN, ["--mutator", "SetOperator"], "there is nothing to mutate"],
    ["with a regular expression that is none", PLAIN, ["--run", "("], "--run is not a regular expression"],
    ["with an output of another format", PLAIN, ["-o", "xml=a"], "--output must be FORMAT=PATH"],
    [
      "with a test that fails already",
      { ...PLAIN, "p/g_test.rego": UNIT.replace("failed(9)", "failed(1)") },
      [],
      "there are tests that fail without a mutation [policy-tests-failed]\n  p/g_test.rego:7: data.gates.few_failed_test.test_many fails",
    ],
    [
      "with a mutant that is ignored without a reason",
      { ...PLAIN, "p/g.rego": `${GATE}\na if input.time # mutate: ignore Negation\n` },
      [],
      "a mutant is ignored without a reason",
    ],
  ])("says what is wrong and exits with 2 %s", async (_, files, args, message) => {
    const { code, stdout, stderr } = await gate(["policy", "mutate", "p", ...args], { cwd: folderWith(files) });
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(message);
  });
});
