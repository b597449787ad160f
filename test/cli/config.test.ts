import { describe, expect, it } from "vitest";
import { gate, temporaryFolder, writeFiles } from "../support.ts";

const CONFIG = `version: 1
environments:
  development:
    mandatory: [tests]
    parameters: {tests: {minimum_executed: 5}}
  staging:
    extends: development
    advisory: [sast]
    waivers: {lifetime: 7d}
  production:
    extends: staging
    mandatory: [sast]
    waivers: {quorum: 2, roles: [security]}
    integrity: bound
components:
  api:
    paths: [services/api/**]
    evidence: [{path: api.sarif}]
    environments:
      production: {parameters: {tests: {minimum_executed: 50}}}
`;

function project(config: string): { readonly cwd: string } {
  const cwd = temporaryFolder();
  writeFiles(cwd, { "gate.yaml": config });
  return { cwd };
}

interface Shown {
  readonly gates: readonly { readonly gate: string; readonly parameters: Record<string, unknown> }[];
  readonly settings: readonly { readonly path: string; readonly value: unknown; readonly source: string }[];
}

describe("gate config show", () => {
  it("prints every gate, parameter and setting with its place", async () => {
    const { stdout, code } = await gate(["config", "show", "--env", "production"], project(CONFIG));
    expect(code).toBe(0);
    for (const line of [
      /^production$/m,
      /^ {2}tests +gate\.yaml:4 \(development\) +mandatory$/m,
      /^ {4}minimum_executed +gate\.yaml:5 \(development\) +5$/m,
      /^ {4}pass_rate +gate +100$/m,
      /^ {2}sast +gate\.yaml:12 +mandatory$/m,
      /^ {2}waivers\.lifetime +gate\.yaml:9 \(staging\) +7d$/m,
      /^ {2}waivers\.roles +gate\.yaml:13 +security$/m,
      /^ {2}approvals\.roles +default +any$/m,
      /^ {2}audit\.store +default +\.gate\/audit\.db$/m,
    ])
      expect(stdout).toMatch(line);
  });

  it("prints JSON, of a component too", async () => {
    const { stdout } = await gate(
      ["config", "show", "-e", "production", "--component", "api", "--json"],
      project(CONFIG),
    );
    const shown = JSON.parse(stdout) as Shown;
    expect(shown).toMatchObject({ environment: "production", component: "api", paths: ["services/api/**"] });
    expect(shown.gates.find((one) => one.gate === "tests")?.parameters).toMatchObject({
      minimum_executed: { value: 50, source: "gate.yaml:20" },
      pass_rate: { value: 100, source: "gate" },
    });
    expect(shown.settings).toContainEqual({ path: "waivers.quorum", value: 2, source: "gate.yaml:13 (production)" });
  });

  it.each([
    [
      "an environment",
      ["--env", "prodution"],
      'gate.yaml has no environment "prodution"',
      'Did you mean "production"?',
    ],
    ["a component", ["--env", "production", "--component", "web"], 'gate.yaml has no component "web"', "It has api."],
  ])("says that there is no such thing as %s", async (_, args, message, hint) => {
    const { stderr, code } = await gate(["config", "show", ...args], project(CONFIG));
    expect(stderr).toContain(message);
    expect(stderr).toContain(hint);
    expect(code).toBe(2);
  });

  it("sends no control characters of the file to a terminal", async () => {
    const { stdout } = await gate(
      ["config", "show", "--env", "production"],
      project(CONFIG.replace("roles: [security]", 'roles: ["sec\\e[31m"]')),
    );
    expect(stdout).toContain("sec");
    expect(stdout).not.toContain("\u001B");
  });
});

describe("gate config lint", () => {
  const INVERTED = CONFIG.replace("roles: [security]", "lifetime: 14d");

  it("exits 0 where each environment is at least as strict as the one before", async () => {
    const { stdout, code } = await gate(["config", "lint"], project(CONFIG));
    expect(stdout).toBe(`1 file: nothing found
staging is at least as strict as development
production is at least as strict as staging
api: staging is at least as strict as development
api: production is at least as strict as staging
`);
    expect(code).toBe(0);
  });

  it("names an inversion with both lines, and exits 1", async () => {
    const { stdout, code } = await gate(["config", "lint"], project(INVERTED));
    expect(stdout).toContain(
      "13 error: waivers.lifetime is looser: 14d (gate.yaml:13) in production, 7d (gate.yaml:9) in staging [config/inversion]",
    );
    expect(stdout).toContain("\nproduction is looser than staging in 1 respect\n");
    expect(code).toBe(1);
  });

  it("names what only a component loosens", async () => {
    const text = CONFIG.replace("{minimum_executed: 50}", "{minimum_executed: 4}");
    const { stdout, code } = await gate(["config", "lint"], project(text));
    expect(stdout).toContain(
      "20 error: tests.minimum_executed is looser: 4 (gate.yaml:20) in production of api, 5 (gate.yaml:5 (development)) in staging of api",
    );
    expect(code).toBe(1);
  });

  it("annotates for GitHub", async () => {
    const { stdout, code } = await gate(
      ["config", "lint", "--format", "github"],
      project(INVERTED.replace(/components:[^]*/, "")),
    );
    expect(stdout).toMatch(
      /^::error title=config\/inversion,file=gate\.yaml,line=13::waivers\.lifetime is looser: .+\n$/,
    );
    expect(code).toBe(1);
  });

  it("prints both values and sources as JSON", async () => {
    const { stdout } = await gate(["config", "lint", "--format", "json"], project(INVERTED));
    const { errors, diagnostics } = JSON.parse(stdout) as { errors: number; diagnostics: unknown[] };
    // The component has that from the whole repository.
    expect(errors).toBe(1);
    expect(diagnostics[0]).toMatchObject({
      rule: "inversion",
      row: 13,
      inversion: {
        setting: "waivers.lifetime",
        stricter: { value: "14d", source: "gate.yaml:13" },
        looser: { value: "7d", source: "gate.yaml:9" },
      },
    });
  });

  it("compares other environments where `order` names them", async () => {
    const text = "version: 1\nenvironments:\n  beta: {mandatory: [tests, sast]}\n  live: {mandatory: [tests]}\n";
    const without = await gate(["config", "lint"], project(text));
    expect(without).toMatchObject({ code: 0, stdout: expect.stringContaining("no two environments to compare") });
    const ordered = await gate(["config", "lint"], project(`${text}order: [beta, live]\n`));
    expect(ordered).toMatchObject({
      code: 1,
      stdout: expect.stringContaining("the gate sast is looser: absent in live"),
    });
  });

  it("gives no answer for a file that is not valid", async () => {
    const { stderr, code } = await gate(
      ["config", "lint"],
      project(CONFIG.replace("extends: staging", "extends: stagin")),
    );
    expect(stderr).toContain('gate.yaml:11:14: there is no environment "stagin". Did you mean "staging"?');
    expect(code).toBe(2);
  });
});
