import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { SaxesParser } from "saxes";
import { describe, expect, it, onTestFinished } from "vitest";
import { CANARY, DENY_FAILED, gateSource } from "../policy/compile.ts";
import { type CliResult, gate, installation, ROOT, TEST_CACHE, temporaryFolder, writeFiles } from "../support.ts";

const RATIO = `package lib.ratio

percent(part, all) := (100 * part) / all if all > 0

half(x) := x / 2
`;

const RATIO_TEST = `package lib.ratio_test

import data.lib.ratio

test_half_is_fifty if ratio.percent(1, 2) == 50
`;

const HOSTILE = "\u001B[31mred ::error::x\n::set-env name=X::1 ]]></failure><b>&\u202E";

/** A folder \`policies\` with some files. */
function folder(files: Readonly<Record<string, string>>): string {
  const cwd = temporaryFolder();
  const below = Object.entries(files).map(([path, text]) => [`policies/${path}`, text] as const);
  writeFiles(cwd, Object.fromEntries(below));
  return cwd;
}

function test(files: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<CliResult> {
  return gate(["policy", "test", "policies", ...args], { cwd: folder(files) });
}

function withTest(body: string): Readonly<Record<string, string>> {
  return { "ratio.rego": RATIO, "ratio_test.rego": `${RATIO_TEST}\n${body}\n` };
}

describe("the tests of rules", () => {
  it("pass, with what was compared and covered", async () => {
    const { code, stdout } = await test({ "ratio.rego": RATIO, "ratio_test.rego": RATIO_TEST });
    expect(stdout).toBe(
      [
        "not covered: policies/ratio.rego:5 | half(x) := x / 2",
        " 50.00 %  1 of 2  policies/ratio.rego",
        "Coverage: 50 % of lines; 0 of 1 file covered wholly",
        "1 test: 1 passed, 0 failed, 0 skipped; 1 compared with how a gate runs",
        "",
      ].join("\n"),
    );
    expect(code).toBe(0);
  });

  it("show of a failure the line, the values and the difference", async () => {
    const { code, stdout } = await test(
      withTest(`summary(v) := {"got": v, "names": {"a", "b"}}

test_summary if {
	value := 3
	summary(value) == {"got": 4, "names": {"a", "c"}}
}`),
    );
    expect(code).toBe(1);
    expect(stdout).toContain(`FAIL policies/ratio_test.rego:9 data.lib.ratio_test.test_summary
  policies/ratio_test.rego:11 | summary(value) == {"got": 4, "names": {"a", "c"}}
    summary(value) = {"got":3,"names":{"a","b"}}
    value = 3
    expected {"got":4,"names":{"a","c"}}
    actual   {"got":3,"names":{"a","b"}}
      .got: expected 4, actual 3
      .names: missing "c"
      .names: not expected "b"
`);
    expect(stdout).toContain("2 tests: 1 passed, 1 failed, 0 skipped");
  });

  it("show what failed in a rule that a test asks for", async () => {
    const { stdout } = await test(withTest("small(v) if v < 2\n\ntest_small if small(3)"));
    expect(stdout).toContain(`  policies/ratio_test.rego:9 | small(3)
    because of
      policies/ratio_test.rego:7 | v < 2
        v = 3
`);
  });

  it("show the value of one that is neither true nor undefined", async () => {
    const { stdout } = await test(withTest('test_text := "yes"'));
    expect(stdout).toContain('data.lib.ratio_test.test_text\n  its value is "yes"\n');
  });

  it("show the cases that fail, and no others", async () => {
    const { code, stdout } = await test(
      withTest(`test_cases[c.name] if {
	some c in [{"name": "good", "part": 1}, {"name": "bad", "part": 2}]
	ratio.percent(c.part, 2) == 50
}`),
    );
    expect(code).toBe(1);
    expect(stdout).toContain("  case bad\n    policies/ratio_test.rego:9 | ratio.percent(c.part, 2) == 50\n");
    expect(stdout).toContain("      expected 50\n      actual   100\n");
    expect(stdout).not.toContain("case good");
  });

  it("cut long values, and say how long they are", async () => {
    const { stdout } = await test(withTest("test_long if {\n\tv := numbers.range(1, 1000)\n\tcount(v) == 1\n}"));
    expect(stdout).toMatch(/ {4}v = \[1,2,.{200,240}… \(3894 characters\)\n/);
  });

  it("are an error where they cannot be evaluated", async () => {
    const { code, stdout } = await test(withTest("test_two := x if some x in [1, 2]"));
    expect(code).toBe(1);
    expect(stdout).toContain("ERROR policies/ratio_test.rego:7 data.lib.ratio_test.test_two\n");
    expect(stdout).toContain("2 tests: 1 passed, 0 failed, 1 could not run, 0 skipped");
  });

  it("are skipped where they are to be done", async () => {
    const { code, stdout } = await test(withTest("todo_test_later if false"));
    expect(code).toBe(0);
    expect(stdout).toContain("2 tests: 1 passed, 0 failed, 1 skipped; 1 compared");
  });

  it("print what they print only where they fail", async () => {
    const { stdout } = await test(
      withTest('test_loud if {\n\tprint("loud")\n\tfalse\n}\n\ntest_quiet if print("quiet")'),
    );
    expect(stdout).toContain("  print: loud\n");
    expect(stdout).not.toContain("quiet\n");
  });

  it("can be picked by their names", async () => {
    const { stdout } = await test(withTest("test_other if false"), "--run", "half");
    expect(stdout).toContain("1 test: 1 passed");
  });

  it.each([
    ["there is none", { "ratio.rego": RATIO }, []],
    ["none is picked", { "ratio.rego": RATIO, "ratio_test.rego": RATIO_TEST }, ["--run", "nope"]],
    ["all are to be done", { "a_test.rego": "package a_test\n\ntodo_test_x if true\n" }, []],
  ])("are no answer where %s", async (_, files, args) => {
    const { code, stdout, stderr } = await test(files, ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("no test ran [usage]");
  });

  it("are no answer where the policies are not valid", async () => {
    const { code, stderr } = await test(withTest("test_x if nope(1)"));
    expect(code).toBe(2);
    expect(stderr).toContain("policies/ratio_test.rego:7:11: undefined function nope");
  });
});

describe("a test that OPA's runner and a gate differ about", () => {
  // Compiled policies do not sort sets.
  const files = withTest('test_joined if concat("", {"a", "b", "c", "d", "e", "f", "g"}) == "abcdefg"');

  it("fails with both results", async () => {
    const { code, stdout } = await test(files);
    expect(code).toBe(1);
    expect(stdout).toContain(`DIFFERS policies/ratio_test.rego:7 data.lib.ratio_test.test_joined
  OPA's runner: passed
  as a gate runs: failed (it is undefined)
`);
    expect(stdout).toContain(
      "2 tests: 1 passed, 1 failed, 0 skipped; 2 compared with how a gate runs, 1 of them differ",
    );
  });

  it.each([
    ["opa", 0, "2 passed, 0 failed, 0 skipped; in OPA's runner only"],
    ["wasm", 1, "1 passed, 1 failed, 0 skipped; as a gate runs"],
  ])("is what --engine %s says of it", async (engine, code, counts) => {
    const result = await test(files, "--engine", engine);
    expect(result.code).toBe(code);
    expect(result.stdout).toContain(counts);
  });

  it("is told from one that cannot be compared, which says why", async () => {
    const { code, stdout } = await test(withTest('test_send if http.send({}).a == 1 with http.send as {"a": 1}'));
    expect(code).toBe(0);
    expect(stdout).toContain(
      "not compared: data.lib.ratio_test.test_send: policies/ratio_test.rego:7 uses http.send, which gates cannot call\n",
    );
    expect(stdout).toContain("2 tests: 2 passed, 0 failed, 0 skipped; 1 compared with how a gate runs");
  });
});

function examples(expected: string): string {
  return `gate: no-failures
${CANARY}  - name: one fails
    evidence: [{kind: tests, cases: [{status: failed}]}]
    expect: ${expected}
`;
}

describe("the examples of gates", () => {
  const GATE = gateSource("no-failures", DENY_FAILED);
  it("pass, with the proof of the canary", async () => {
    const { code, stdout } = await test({ "g.rego": GATE, "examples.yaml": examples("{result: fail}") });
    expect(stdout).toContain("3 tests: 3 passed, 0 failed, 0 skipped");
    expect(code).toBe(0);
  });

  it("show what was expected and what came of it", async () => {
    const { code, stdout } = await test({
      "g.rego": GATE,
      "examples.yaml": examples("{result: pass, violations: [something else]}"),
    });
    expect(code).toBe(1);
    expect(stdout).toContain(
      [
        "FAIL policies/examples.yaml:7 examples/no-failures/one fails",
        "  it is expected to be pass and is fail",
        '  its violations are expected to be "something else" and are "example > test 1"',
      ].join("\n"),
    );
  });

  it("fail for a gate that lets its known-bad example through", async () => {
    const harmless = GATE.replace('"failed"', '"errored"');
    const { code, stdout } = await test({ "g.rego": harmless, "examples.yaml": `gate: no-failures\n${CANARY}` });
    expect(code).toBe(1);
    expect(stdout).toContain("FAIL policies/examples.yaml examples/no-failures/canary\n  the gate");
    expect(stdout).toContain("it found nothing wrong with it");
  });

  it("are no answer for a gate that is not there", async () => {
    const { code, stderr } = await test({
      "g.rego": GATE,
      "examples.yaml": examples("{result: fail}").replace("no-", ""),
    });
    expect(code).toBe(2);
    expect(stderr).toContain("failures");
  });

  it("say where a gate has no canary", async () => {
    const { code, stdout } = await test({
      "g.rego": GATE,
      "examples.yaml": examples("{result: fail}").replace("    canary: true\n", ""),
    });
    expect(code).toBe(0);
    expect(stdout).toContain("NO CANARY policies/examples.yaml examples/no-failures/canary\n");
  });

  it("can be picked by their names", async () => {
    const files = { "g.rego": GATE, "examples.yaml": examples("{result: fail}") };
    const { stdout } = await test(files, "--run", "examples/.*/one");
    expect(stdout).toContain("1 test: 1 passed");
  });
});

describe("coverage", () => {
  const files = { "ratio.rego": RATIO, "ratio_test.rego": `${RATIO_TEST}\ntodo_test_x if ratio.half(2) == 1\n` };

  it.each([
    ["50", 0, ""],
    ["50.5", 1, "Coverage is below the threshold of 50.5 %.\n"],
  ])("is held against a threshold of %s %%, of the policies alone", async (threshold, code, text) => {
    const result = await test(files, "--threshold", threshold);
    expect(result.code).toBe(code);
    expect(result.stdout).toContain(text);
  });

  it("is not measured as a gate runs", async () => {
    const { code, stderr } = await test(files, "--engine", "wasm", "--threshold", "50");
    expect(code).toBe(2);
    expect(stderr).toContain("coverage is measured in OPA's runner [usage]");
  });

  it("can be had as LCOV", async () => {
    const { stdout } = await test(files, "--format", "lcov");
    expect(stdout).toBe("TN:\nSF:policies/ratio.rego\nDA:3,1\nDA:5,0\nLF:2\nLH:1\nend_of_record\n");
  });
});

describe("formats", () => {
  const failing = withTest(
    `test_hostile[${JSON.stringify(HOSTILE)}] if {\n\tprint(${JSON.stringify(HOSTILE)})\n\tfalse\n}`,
  );

  it("can all be had from one run", async () => {
    const cwd = folder(failing);
    const outputs = ["json=out/a.json", "junit=a.xml", "github=a.txt", "lcov=a.lcov", "human=b.txt"];
    const { code } = await gate(["policy", "test", "policies", ...outputs.flatMap((to) => ["-o", to])], { cwd });
    expect(code).toBe(1);
    const validate = new Ajv({ strict: false }).compile(
      JSON.parse(readFileSync(join(installation.schemas, "policy-test.v1.schema.json"), "utf8")) as object,
    );
    const document: unknown = JSON.parse(readFileSync(join(cwd, "out/a.json"), "utf8"));
    expect(validate(document) ? [] : validate.errors).toEqual([]);
    expect(document).toMatchObject({ passed: false, counts: { passed: 1, failed: 1, error: 0, skipped: 0 } });

    const elements: string[] = [];
    const parser = new SaxesParser();
    parser.on("opentag", ({ name }) => elements.push(name));
    parser.on("error", (error) => {
      throw error;
    });
    parser.write(readFileSync(join(cwd, "a.xml"), "utf8")).close();
    expect(elements).toEqual(["testsuites", "testsuite", "testcase", "testcase", "failure"]);

    const commands = readFileSync(join(cwd, "a.txt"), "utf8").trimEnd().split("\n");
    expect(commands.map((line) => line.slice(0, line.indexOf("::", 2)))).toEqual([
      "::error title=gate policy test,file=policies/ratio_test.rego,line=9",
      "::warning title=gate policy test,file=policies/ratio.rego,line=5",
      "::error title=gate policy test",
    ]);
    for (const name of ["a.xml", "a.txt", "a.lcov", "b.txt"]) {
      const text = readFileSync(join(cwd, name), "utf8");
      expect(text, name).not.toMatch(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/u);
      if (name !== "a.txt") expect(text, name).not.toMatch(/^\s*::/m);
    }
  });

  it("have a row for the threshold in JUnit", async () => {
    const { stdout } = await test(withTest(""), "--threshold", "90", "--format", "junit");
    expect(stdout).toContain('<failure message="50 % of lines are covered, 90 % are required"/>');
    expect(stdout).toContain('<testsuites name="gate policy test" tests="2" failures="1" errors="0"');
  });

  it.each([["xml=a"], ["json"], ["=a"]])("are refused as %j", async (output) => {
    const { code, stderr } = await test(withTest(""), "-o", output);
    expect(code).toBe(2);
    expect(stderr).toContain("Formats: human, json, junit, github, lcov.");
  });
});

interface Watching {
  /** Resolves with what was printed since the last call, when it matches. */
  printed(pattern: RegExp): Promise<string>;
  interrupt(): Promise<number | null>;
}

function watching(cwd: string): Watching {
  const child = spawn(process.execPath, [join(ROOT, "bin/gate.js"), "policy", "test", "policies", "--watch"], {
    cwd,
    env: { PATH: process.env["PATH"], HOME: cwd, GATE_CACHE_DIR: TEST_CACHE },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const ended = new Promise<number | null>((resolve) => child.on("exit", resolve));
  let text = "";
  let look: (() => void) | undefined;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      look?.();
    });
  }
  return {
    async printed(pattern) {
      await new Promise<void>((resolve) => {
        look = () => {
          if (pattern.test(text)) resolve();
        };
        look();
      });
      const before = text;
      text = "";
      return before;
    },
    interrupt() {
      child.kill("SIGINT");
      return ended;
    },
  };
}

describe("--watch", () => {
  const DONE = /compared with how a gate runs.*ms\)\n/;

  it("runs what a change concerns, waits where a file is not valid, and ends with 0", async () => {
    const other = RATIO_TEST.replaceAll("ratio", "other");
    const cwd = folder({
      ...withTest(""),
      "other.rego": RATIO.replace("ratio", "other"),
      "other_test.rego": other,
    });
    const watch = watching(cwd);
    expect(await watch.printed(DONE)).toContain("2 tests: 2 passed, 0 failed, 0 skipped; 2 compared");

    writeFiles(cwd, { "policies/ratio.rego": RATIO.replace("100 *", "99 *") });
    const changed = await watch.printed(DONE);
    expect(changed).toContain("actual   49.5\n");
    expect(changed).toContain("policies/ratio.rego: 1 test: 0 passed, 1 failed, 0 skipped; in OPA's runner only (");
    expect(changed).toContain("2 tests: 1 passed, 1 failed, 0 skipped; 2 compared with how a gate runs (");
    expect(changed.match(/^FAIL/gm)).toHaveLength(1);

    writeFiles(cwd, { "policies/ratio.rego": "package lib.ratio\n\npercent(" });
    expect(await watch.printed(/\[policy-invalid\]/)).toContain("policies/ratio.rego:3");

    writeFiles(cwd, { "policies/ratio.rego": RATIO });
    expect(await watch.printed(DONE)).toContain("2 tests: 2 passed, 0 failed, 0 skipped");
    expect(await watch.interrupt()).toBe(0);
  });

  it("is refused together with what it does not do", async () => {
    const { code, stderr } = await test(withTest(""), "--watch", "--threshold", "5");
    expect(code).toBe(2);
    expect(stderr).toContain("--watch prints what changed, and nothing else [usage]");
  });
});
