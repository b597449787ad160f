import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ADAPTERS } from "../../src/ingest/index.ts";
import { exampleProject, gate, git, temporaryFolder, writeFiles } from "../support.ts";

it("lists every format", async () => {
  const { stdout, code } = await gate(["evidence", "formats"], { cwd: temporaryFolder() });
  expect(code).toBe(0);
  expect(stdout.trimEnd().split("\n")).toHaveLength(ADAPTERS.length);
  for (const { id } of ADAPTERS) expect(stdout).toMatch(new RegExp(`^${id} `, "m"));
});

it("says what a check would know of a file", async () => {
  const { stdout, code } = await gate(["evidence", "show", "artifacts/junit.xml"], { cwd: exampleProject() });
  expect(code).toBe(0);
  expect(stdout).toContain(
    "artifacts/junit.xml: tests (junit)\n  usable, the tool says unknown\n  total 25, suites 5, passed 24, skipped 1,",
  );
});

it("prints the normalised evidence", async () => {
  const { stdout } = await gate(["evidence", "show", "--json", "artifacts/*.sarif"], { cwd: exampleProject() });
  const documents = stdout
    .trimEnd()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
  expect(documents).toHaveLength(3);
  for (const document of documents) expect(document).toMatchObject({ schema: "gate/evidence/v1", kind: "findings" });
});

it("says why a file cannot be used", async () => {
  const cwd = temporaryFolder();
  writeFiles(cwd, { "empty.xml": "<testsuites/>", "cut.sarif": '{"version": "2.1.0", "runs": [' });
  const { stdout } = await gate(["evidence", "show", "empty.xml", "cut.sarif"], { cwd });
  expect(stdout).toMatch(
    /cut\.sarif: findings \(sarif\)\n {2}malformed, the tool says malformed\n {2}because .+byte 30/,
  );
  expect(stdout).toMatch(/empty\.xml: tests \(junit\)\n {2}failed, the tool says empty\n {2}because /);
});

it("tells what a file is, and exits with 1 where it cannot", async () => {
  const cwd = temporaryFolder();
  writeFiles(cwd, { "a.xml": "<testsuites/>", "b.txt": "hello" });
  expect(await gate(["evidence", "detect", "a.xml"], { cwd })).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("JUnit XML (junit), tests evidence, certain"),
  });
  expect(await gate(["evidence", "detect", "b.txt"], { cwd })).toMatchObject({
    code: 1,
    stdout: expect.stringContaining("b.txt: not recognised\n  not gate-evidence:"),
  });
});

describe("show", () => {
  it("lists the items, the gravest first, and stops where a screen ends", async () => {
    const { stdout } = await gate(["evidence", "show", "artifacts/eslint.sarif"], { cwd: exampleProject() });
    const [heading, first] = stdout.split("\n").slice(-15);
    expect(heading).toMatch(/^ {2}severity +rule +place +line +message$/);
    expect(first).toMatch(/^ {2}high +eqeqeq +src\/app\.js +78 +Expected/);
    const cwd = temporaryFolder();
    const cases = Array.from({ length: 25 }, (_, index) => `<testcase name="t${index}"/>`).join("");
    writeFiles(cwd, { "a.xml": `<testsuite name="s">${cases}<testcase name="bad"><failure/></testcase></testsuite>` });
    const cut = await gate(["evidence", "show", "a.xml"], { cwd });
    expect(cut.stdout).toMatch(/status .+\n {2}failed +s +bad/);
    expect(cut.stdout).toContain("… and 6 more; --all shows them");
    const all = await gate(["evidence", "show", "--all", "a.xml"], { cwd });
    expect(all.stdout).toContain("t24");
  });

  it("lists what there is instead where a document has none of its main items", async () => {
    const cwd = temporaryFolder();
    const review = { id: 1, node_id: "x", user: { login: "ada", type: "User" }, state: "APPROVED", body: "" };
    const more = { submitted_at: "2026-01-01T00:00:00Z", commit_id: "a".repeat(40), author_association: "MEMBER" };
    const other = { html_url: "", pull_request_url: "https://api.example.com/pulls/1", _links: {} };
    writeFiles(cwd, { "reviews.json": JSON.stringify([{ ...review, ...more, ...other }]) });
    const { stdout } = await gate(["evidence", "show", "reviews.json"], { cwd });
    expect(stdout).toMatch(/\n {2}user +state +commit +at +latest +bot\n {2}ada +approved +a{40}/);
  });

  it("takes the format that it is told", async () => {
    const cwd = temporaryFolder();
    writeFiles(cwd, { "a.xml": "<testsuite name='s'><testcase name='t'/></testsuite>" });
    const forced = await gate(["evidence", "show", "--format", "trx", "a.xml"], { cwd });
    expect(forced.stdout).toContain("a.xml: tests (trx)\n  malformed");
    const named = await gate(["evidence", "show", "tests:trx=a.xml"], { cwd });
    expect(named.stdout).toBe(forced.stdout);
    expect(await gate(["evidence", "show", "--format", "trxx", "a.xml"], { cwd })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Did you mean "trx"?'),
    });
    expect(await gate(["evidence", "show", "sbom:trx=a.xml"], { cwd })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("TRX is tests evidence, not sbom"),
    });
  });

  it("keeps secrets only where it is asked to", async () => {
    const cwd = temporaryFolder();
    const leak = {
      RuleID: "aws",
      Description: "AWS key",
      File: "a",
      StartLine: 1,
      Match: "key = hunter2",
      Secret: "hunter2",
    };
    writeFiles(cwd, { "leaks.json": JSON.stringify([leak]) });
    const redacted = await gate(["evidence", "show", "--json", "leaks.json"], { cwd });
    expect(redacted.stdout).not.toContain("hunter2");
    const raw = await gate(["evidence", "show", "--json", "--keep-raw", "leaks.json"], { cwd });
    expect(JSON.parse(raw.stdout)).toMatchObject({
      quality: { raw: true },
      body: { findings: [{ message: "AWS key: key = hunter2" }] },
    });
  });
});

async function statusOf(content: string, ...flags: readonly string[]) {
  const cwd = temporaryFolder();
  writeFiles(cwd, { "a.xml": content });
  const { stdout, stderr } = await gate(["evidence", "show", "--json", ...flags, "a.xml"], { cwd });
  return stderr === "" ? JSON.parse(stdout) : stderr;
}

describe("the exit code of a tool", () => {
  const FAILING = "<testsuite name='s'><testcase name='t'><failure/></testcase></testsuite>";
  const PASSING = "<testsuite name='s'><testcase name='t'/></testsuite>";

  it("completes what the file leaves open", async () => {
    expect(await statusOf(PASSING, "--exit-code", "0")).toMatchObject({ status: "complete", exitCode: 0 });
    expect(await statusOf(FAILING, "--exit-code", "1")).toMatchObject({ status: "complete", exitCode: 1 });
    expect(await statusOf(PASSING, "--exit-code", "a.xml=0")).toMatchObject({ status: "complete" });
  });

  it("tells a failure that the file does not show", async () => {
    for (const [content, code] of [
      [PASSING, "1"],
      [PASSING, "139"],
      [FAILING, "3"],
    ] as const) {
      expect(await statusOf(content, "--exit-code", code)).toMatchObject({
        status: "failed",
        statusReasons: [{ code: "exit-code", message: expect.stringContaining(`code ${code}`) }],
      });
    }
  });

  it("is refused where it is none, or for another file", async () => {
    expect(await statusOf(PASSING, "--exit-code", "256")).toContain('"256" is no exit code');
    expect(await statusOf(PASSING, "--exit-code", "b.xml=0")).toContain("is for a file that is no evidence here");
    expect(await statusOf(PASSING, "--exit-code", "1", "--exit-code", "a.xml=0")).toContain("two exit codes for a.xml");
  });

  it("travels in a binding", async () => {
    const cwd = temporaryFolder();
    writeFiles(cwd, { "a.xml": PASSING });
    await gate(["evidence", "bind", "--commit", "a".repeat(40), "--exit-code", "2", "a.xml"], { cwd });
    const { stdout } = await gate(["evidence", "show", "--json", "a.xml"], { cwd });
    expect(JSON.parse(stdout)).toMatchObject({ status: "failed", exitCode: 2, subject: { commit: "a".repeat(40) } });
  });
});

it("normalises files into one document a line", async () => {
  const cwd = exampleProject();
  const { stdout } = await gate(["evidence", "normalize", "artifacts/junit.xml", "artifacts/lcov.info"], { cwd });
  const kinds = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line).kind);
  expect(kinds).toEqual(["tests", "coverage"]);
  await gate(["evidence", "normalize", "-o", "all.ndjson", "artifacts/junit.xml", "artifacts/lcov.info"], { cwd });
  expect(readFileSync(`${cwd}/all.ndjson`, "utf8")).toBe(stdout);
});

it("validates files, and exits with 1 where one cannot open a gate", async () => {
  const cwd = temporaryFolder();
  writeFiles(cwd, {
    "good.xml": "<testsuite name='s' tests='1'><testcase name='t'/></testsuite>",
    "doubtful.xml": "<testsuite name='s' tests='0'><testcase name='t'/></testsuite>",
    "empty.xml": "<testsuites/>",
  });
  const good = await gate(["evidence", "validate", "good.xml", "doubtful.xml"], { cwd });
  expect(good).toMatchObject({ code: 0, stdout: expect.stringContaining("good.xml: good tests evidence\n") });
  const strict = await gate(["evidence", "validate", "--strict", "doubtful.xml"], { cwd });
  expect(strict).toMatchObject({
    code: 1,
    stdout: expect.stringContaining("doubtful.xml: doubtful\n  declares 0 tests"),
  });
  const empty = await gate(["evidence", "validate", "empty.xml"], { cwd });
  expect(empty).toMatchObject({ code: 1, stdout: expect.stringContaining("empty.xml: not usable: failed\n  ") });
});

function suite(...cases: readonly string[]): string {
  return `<testsuite name="s">${cases.join("")}</testsuite>`;
}

describe("diff", () => {
  it("tells what is new, gone, changed and the same", async () => {
    const cwd = temporaryFolder();
    writeFiles(cwd, {
      "a.xml": suite('<testcase name="same"/>', '<testcase name="breaks"/>', '<testcase name="gone"/>'),
      "b.xml": suite(
        '<testcase name="new"/>',
        '<testcase name="breaks"><failure/></testcase>',
        '<testcase name="same"/>',
      ),
    });
    const { stdout, code } = await gate(["evidence", "diff", "a.xml", "b.xml"], { cwd });
    expect(code).toBe(0);
    expect(stdout).toContain("cases of b.xml: 1 new, 1 gone, 1 changed, 1 unchanged\n");
    expect(stdout).toMatch(/^\+ .+new/m);
    expect(stdout).toMatch(/^- .+gone/m);
    expect(stdout).toMatch(/^~ +passed → failed .+breaks/m);
    const json = await gate(["evidence", "diff", "--json", "a.xml", "b.xml"], { cwd });
    expect(JSON.parse(json.stdout)).toMatchObject({ kind: "tests", added: [{ name: "new" }], unchanged: 1 });
  });

  it("refuses what cannot be compared", async () => {
    const cwd = exampleProject();
    const other = await gate(["evidence", "diff", "artifacts/junit.xml", "artifacts/lcov.info"], { cwd });
    expect(other).toMatchObject({ code: 2, stderr: expect.stringContaining("tests evidence and") });
    writeFiles(cwd, { "cut.xml": "<testsuite>" });
    const damaged = await gate(["evidence", "diff", "artifacts/junit.xml", "cut.xml"], { cwd });
    expect(damaged).toMatchObject({ code: 2, stderr: expect.stringContaining("cut.xml cannot be read") });
  });
});

describe("collect git", () => {
  const PARAMETERS = "    parameters: { unit-coverage: { lines: 0, branches: 0, changed_lines: 80 } }";

  it("tells a gate which lines of a change are not covered", async () => {
    const cwd = temporaryFolder();
    git(cwd, "init", "-q", "-b", "main");
    writeFiles(cwd, { "src/a.ts": "one\ntwo\nthree\n", ".gitignore": "*.info\nchange.json\n" });
    writeFiles(cwd, {
      "gate.yaml": `version: 1\nenvironments:\n  development:\n    mandatory: [unit-coverage]\n${PARAMETERS}\n`,
    });
    git(cwd, "add", "-A");
    git(cwd, "commit", "-q", "-m", "First");
    git(cwd, "checkout", "-q", "-b", "topic");
    writeFiles(cwd, { "src/a.ts": "one\ntwo\nthree\nfour\nfive\n" });
    git(cwd, "commit", "-q", "-am", "Add two lines");
    writeFiles(cwd, { "cover.info": "SF:src/a.ts\nDA:1,1\nDA:2,1\nDA:3,1\nDA:4,1\nDA:5,0\nend_of_record\n" });
    const check = ["check", "--env", "development", "--no-audit", "--evidence", "cover.info"];
    const without = await gate(check, { cwd });
    expect(without.stdout).toContain("it is not known which lines of cover.info were changed");
    const collected = await gate(["evidence", "collect", "git", "--base", "main", "-o", "change.json"], { cwd });
    expect(collected).toMatchObject({ code: 0, stderr: "" });
    const { code, stdout } = await gate([...check, "--evidence", "change=change.json"], { cwd });
    expect(code).toBe(1);
    expect(stdout).toContain(
      "lines 5 are changed and not covered; 50 % of the changed lines are (1 of 2), 80 % required",
    );
    expect(stdout).toContain("src/a.ts");
  });

  it("says what is missing", async () => {
    expect(await gate(["evidence", "collect", "git", "--base", "main"], { cwd: temporaryFolder() })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("this is no git checkout"),
    });
  });
});
