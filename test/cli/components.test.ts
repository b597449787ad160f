import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SaxesParser } from "saxes";
import { describe, expect, it } from "vitest";
import type { Rollup } from "../../src/decision/rollup.ts";
import { gate, git, temporaryFolder, writeFiles } from "../support.ts";

const CONFIG = `version: 1
evidence:
  - {path: junit.xml, kind: unit-tests}
environments:
  production:
    mandatory: [tests]
    integrity: open
components:
  api:
    paths: [services/api/**]
    evidence: [{path: services/api/scan.sarif, kind: sast}]
    environments:
      production: {mandatory: [sast]}
  web:
    paths: [services/web/**, "docs/web/*.md"]
`;
const JUNIT = `<testsuites><testsuite name="s" tests="1"><testcase name="a" classname="s"/></testsuite></testsuites>`;

function sarif(...rules: readonly string[]): string {
  const results = rules.map((ruleId) => ({ ruleId, level: "error", message: { text: "bad" } }));
  return JSON.stringify({ version: "2.1.0", runs: [{ tool: { driver: { name: "Scanner" } }, results }] });
}

function project(...findings: readonly string[]): string {
  const cwd = temporaryFolder();
  writeFiles(cwd, { "gate.yaml": CONFIG, "junit.xml": JUNIT, "services/api/scan.sarif": sarif(...findings) });
  return cwd;
}

async function check(cwd: string, ...args: readonly string[]): Promise<{ code: number; rollup: Rollup; text: string }> {
  const { code, stdout, stderr } = await gate(["check", "-e", "production", "-o", "json=out.json", ...args], { cwd });
  expect(stderr).toBe("");
  return { code, rollup: JSON.parse(readFileSync(join(cwd, "out.json"), "utf8")) as Rollup, text: stdout };
}

describe("a repository with components", () => {
  it("has one decision for each, under its own environment, and is as good as the worst", async () => {
    const { code, rollup, text } = await check(project("eval"));
    expect(code).toBe(1);
    expect(rollup).toMatchObject({ schema: "gate/rollup/v1", outcome: "block", exitCode: 1 });
    expect(
      rollup.components.map(({ name, decision }) => [name, decision?.outcome, decision?.subject.component]),
    ).toEqual([
      ["api", "block", "api"],
      ["web", "allow", "web"],
    ]);
    expect(rollup.components.map(({ decision }) => decision?.gates.map(({ id }) => id))).toEqual([
      ["sast", "tests"],
      ["tests"],
    ]);
    expect(text).toContain("BLOCKED for production: 2 components, 2 decided on, 1 not let through");
    expect(text).toContain("api  blocked: every component is decided on");
  });

  it("is let through where each of them is", async () => {
    const { code, rollup } = await check(project());
    expect(code).toBe(0);
    expect(rollup.outcome).toBe("allow");
  });

  it("records each decision", async () => {
    const cwd = project();
    await check(cwd);
    const { stdout } = await gate(["audit", "list", "--json"], { cwd });
    expect(stdout.trim().split("\n")).toHaveLength(2);
    expect((await gate(["audit", "verify"], { cwd })).code).toBe(0);
    expect((await gate(["replay", "--all"], { cwd })).code).toBe(0);
  });

  it("is one document in every output", async () => {
    const cwd = project("eval");
    const { stdout } = await gate(["check", "-e", "production", "-f", "junit"], { cwd });
    const suites: string[] = [];
    const parser = new SaxesParser();
    parser.on("opentag", ({ name, attributes }) => {
      if (name === "testsuite") suites.push(String(attributes["name"]));
    });
    parser.write(stdout).close();
    expect(suites).toEqual(["gate api production", "gate web production"]);
    const github = await gate(["check", "-e", "production", "-f", "github"], { cwd });
    expect(github.stdout.trim().split("\n").at(-1)).toContain(
      "::error title=gate::BLOCKED for production: 2 components",
    );
  });

  it("can be asked about some of them", async () => {
    const { code, rollup } = await check(project("eval"), "--component", "web");
    expect(code).toBe(0);
    expect(rollup.components).toMatchObject([
      { name: "api", because: "it was not asked for" },
      { name: "web", because: "it was asked for", decision: { outcome: "allow" } },
    ]);
    const unknown = await gate(["check", "-e", "production", "--component", "wep"], { cwd: project() });
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('Did you mean "web"?') });
  });
});

/** A project with a change of these files. */
async function changed(files: Readonly<Record<string, string>>, findings: readonly string[] = []): Promise<string> {
  const cwd = project(...findings);
  git(cwd, "init", "--quiet", "--initial-branch=main");
  git(cwd, "add", "gate.yaml");
  git(cwd, "commit", "--quiet", "-m", "rules");
  writeFiles(cwd, files);
  git(cwd, "add", ...Object.keys(files));
  git(cwd, "commit", "--quiet", "-m", "change");
  return cwd;
}

describe("--affected", () => {
  it.each([
    {
      name: "touches one component",
      files: { "services/web/a.ts": "1", "docs/web/a.md": "1" },
      because: ["the change touches none of its files", "the change touches docs/web/a.md and 1 more of its files"],
      decided: [false, true],
    },
    {
      name: "touches a file that is no component's",
      files: { "package.json": "{}" },
      because: [
        "the change touches package.json, which is no component's",
        "the change touches package.json, which is no component's",
      ],
      decided: [true, true],
    },
    {
      name: "touches both",
      files: { "services/api/a.ts": "1", "services/web/a.ts": "1" },
      because: ["the change touches services/api/a.ts", "the change touches services/web/a.ts"],
      decided: [true, true],
    },
  ])("decides what a change touches that $name", async ({ files, because, decided }) => {
    const { rollup, text } = await check(await changed(files), "--affected", "HEAD~1..HEAD");
    expect(rollup.components.map((component) => component.because)).toEqual(because);
    expect(rollup.components.map(({ decision }) => decision !== undefined)).toEqual(decided);
    for (const why of because) expect(text).toContain(why);
  });

  it.each([
    ["a range that is none", "HEAD", "usage", "must be BASE..HEAD"],
    ["a revision that git does not know", "origin/main..HEAD", "source-unavailable", "git does not know the range"],
  ])("refuses %s", async (_, range, code, message) => {
    const cwd = await changed({ "services/web/a.ts": "1" });
    const { code: exit, stderr } = await gate(["check", "-e", "production", "--affected", range], { cwd });
    expect(exit).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).toContain(`[${code}]`);
  });
});
