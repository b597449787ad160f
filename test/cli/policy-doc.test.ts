import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { gate, ROOT, temporaryFolder, writeFiles } from "../support.ts";

const HOSTILE = "<img src=x> | @all";

const REGO = `# METADATA
# title: "${HOSTILE}"
# description: Not more than some tests are skipped.
# custom:
#   id: few-skipped
#   evidence: [{kind: tests, fields: [status]}]
#   parameters:
#     type: object
#     additionalProperties: false
#     properties:
#       most:
#         description: How many tests may be skipped.
#         type: integer
#         minimum: 0
#         unit: tests
#         default: 1
#   controls: [ssdf:PW.8.2]
#   remediation: Mend or remove the tests that are skipped.
package gates.few_skipped

applicable := count(input.evidence.tests)

deny contains {"key": "skipped", "severity": "low", "msg": $"{skipped} tests are skipped"} if {
	skipped := count([case | some document in input.evidence.tests; some case in document.cases; case.status == "skipped"])
	skipped > data.params["few-skipped"].most
}
`;

const EXAMPLES = `gate: few-skipped
cases:
  - name: two skipped tests
    canary: true
    evidence: [{kind: tests, cases: [{status: skipped}, {status: skipped}]}]
    expect: {result: fail, violations: [2 tests are skipped]}
  - name: two may be enough
    parameters: {most: 2}
    evidence: [{kind: tests, cases: [{status: skipped}, {status: skipped}]}]
    expect: {result: pass}
`;

function project(): string {
  const cwd = temporaryFolder();
  writeFiles(cwd, { "policies/few_skipped.rego": REGO, "policies/examples.yaml": EXAMPLES });
  return cwd;
}

describe("docs/gates", () => {
  it("has a page for each gate that ships, as it is made now", async () => {
    const { code, stdout } = await gate(["policy", "doc", "policies", "--check"], { cwd: ROOT });
    expect(stdout).toMatch(/^\d+ pages, all as they should be\.\n$/);
    expect(code).toBe(0);
  });
});

describe("gate policy doc", () => {
  it("writes what a gate asks, needs and says of its examples", async () => {
    const cwd = project();
    expect((await gate(["policy", "doc", "policies", "-o", "pages"], { cwd })).code).toBe(0);
    expect(readdirSync(join(cwd, "pages")).toSorted()).toEqual(["README.md", "few-skipped.md"]);
    const page = readFileSync(join(cwd, "pages/few-skipped.md"), "utf8");
    expect(page).toContain("| `most` | How many tests may be skipped. | integer, at least 0 | tests | `1` |");
    expect(page).toContain("JUnit XML (`junit`)");
    expect(page).not.toContain("lcov");
    expect(page).toContain("`ssdf:PW.8.2`");
    expect(page).toContain("Mend or remove the tests that are skipped.");
    expect(page).toMatch(
      /### two skipped tests\n[\s\S]+\*\*fail\*\*\. Before each check[\s\S]+- low: 2 tests are skipped/,
    );
    expect(page).toMatch(/parameters:\n {2}most: 2\n[\s\S]+\*\*pass\*\*\./);
    const index = readFileSync(join(cwd, "pages/README.md"), "utf8");
    expect(index).toContain("[few-skipped](few-skipped.md)");
    for (const text of [page, index]) for (const markup of ["<img", "@all"]) expect(text).not.toContain(markup);
  });

  it("notices pages that are stale, missing or of no gate", async () => {
    const cwd = project();
    await gate(["policy", "doc", "policies"], { cwd });
    const check = async () => gate(["policy", "doc", "policies", "--check"], { cwd });
    expect((await check()).code).toBe(0);
    writeFiles(cwd, {
      "policies/few_skipped.rego": REGO.replace("default: 1", "default: 0"),
      "policies/other/gate.rego": REGO.replaceAll("few_skipped", "other").replaceAll("few-skipped", "other"),
      "docs/gates/gone.md": "",
    });
    const { code, stdout } = await check();
    expect(stdout.split("\n").slice(0, 4)).toEqual([
      "docs/gates/README.md is stale",
      "docs/gates/few-skipped.md is stale",
      "docs/gates/other.md is missing",
      "docs/gates/gone.md is of no gate",
    ]);
    expect(code).toBe(1);
  });

  it.each([
    { name: "result", broken: ["{result: pass}", "{result: fail}"], problem: "expected to be fail and is pass" },
    { name: "violations", broken: ["2 tests are", "3 tests are"], problem: '"3 tests are skipped" and are "2 tests' },
  ])("writes nothing where the $name of an example does not hold", async ({ broken, problem }) => {
    const cwd = project();
    writeFiles(cwd, { "policies/examples.yaml": EXAMPLES.replace(broken[0] ?? "", broken[1] ?? "") });
    const { code, stderr } = await gate(["policy", "doc", "policies"], { cwd });
    expect(stderr).toContain(problem);
    expect(code).toBe(2);
    expect(readdirSync(cwd)).toEqual(["policies"]);
  });
});

describe("gate policy show", () => {
  it("tells everything about a gate", async () => {
    const cwd = project();
    writeFiles(cwd, {
      "gate.yaml":
        "version: 1\npolicy: {builtin: false, paths: [policies]}\nenvironments: {development: {mandatory: [few-skipped]}}\n",
    });
    const { stdout } = await gate(["policy", "show", "few-skipped"], { cwd });
    for (const text of [
      "most: integer, at least 0 (tests), default 1",
      "tests; it reads status",
      "junit",
      "ssdf:PW.8.2",
      "fail: two skipped tests; the known-bad example",
      "pass: two may be enough",
      "policies/few_skipped.rego",
    ]) {
      expect(stdout).toContain(text);
    }
  });

  it("suggests the gate that may have been meant", async () => {
    const { code, stderr } = await gate(["policy", "show", "sasst"], { cwd: temporaryFolder() });
    expect(stderr).toContain('Did you mean "sast"?');
    expect(code).toBe(2);
  });
});
