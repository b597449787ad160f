import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Decision } from "../../src/decision/types.ts";
import { type CliResult, exampleProject, gate, git } from "../support.ts";

/** The example as a checkout with an author, where production asks for no integrity. */
function project(): string {
  const cwd = exampleProject();
  const config = readFileSync(join(cwd, "gate.yaml"), "utf8");
  writeFileSync(join(cwd, "gate.yaml"), config.replace("  production:\n", "  production:\n    integrity: open\n"));
  git(cwd, "init", "-q");
  git(cwd, "commit", "-q", "--allow-empty", "-m", "start");
  return cwd;
}

async function decide(cwd: string): Promise<Decision> {
  return JSON.parse((await gate(["check", "--env", "production", "--format", "json"], { cwd })).stdout) as Decision;
}

const WHY = ["--reason", "the fix is on its way", "--ticket", "SEC-1", "--owner", "payments", "--requested-by", "rita"];
const APPROVED = ["--approved-by", "alice", "--approved-by", "bob"];
const RULES = ["shell-command-from-value", "sql-concatenation"] as const;

function add(cwd: string, ...args: readonly string[]): Promise<CliResult> {
  return gate(["waiver", "add", ...args, ...WHY], { cwd });
}

const waiversOf = (cwd: string): string => readFileSync(join(cwd, "waivers.yaml"), "utf8");

it("lets through what was found, with the approvals that it takes", async () => {
  const cwd = project();
  await decide(cwd);
  for (const rule of RULES) {
    const { code, stdout } = await add(cwd, "--gate", "sast", "--rule", rule, ...APPROVED);
    expect(stdout).toMatch(/^Wrote sast-\S+-\d to waivers.yaml: 1 violation of sast in production, until \S+\.\n/);
    expect(code).toBe(0);
  }
  const decision = await decide(cwd);
  const sast = decision.gates.find(({ id }) => id === "sast");
  expect(sast?.result).toBe("waived");
  expect(sast?.violations.map(({ waiver }) => waiver)).toEqual(decision.waivers.used.map(({ id }) => id));
  const list = await gate(["waiver", "list", "--env", "production"], { cwd });
  expect(list.stdout.match(/used {2,}\S+ {2,}1/g)).toHaveLength(2);
  const shown = await gate(["audit", "show", decision.id], { cwd });
  expect(shown.stdout).toContain("(waived by sast-");
  expect((await gate(["waiver", "check"], { cwd })).code).toBe(0);
});

it("takes a fingerprint by its first characters, and records the figure", async () => {
  const cwd = project();
  const decision = await decide(cwd);
  const violation = decision.gates.find(({ id }) => id === "unit-coverage")?.violations[0];
  await add(cwd, violation?.fingerprint.slice("sha256:".length, 20) ?? "", ...APPROVED, "--id", "COV-1");
  expect(waiversOf(cwd)).toContain(`fingerprint: ${violation?.fingerprint}`);
  expect(waiversOf(cwd)).toContain(`value: ${violation?.measured?.value}`);
  expect((await decide(cwd)).waivers.used.map(({ id }) => id)).toEqual(["COV-1"]);
});

it("keeps comments and order", async () => {
  const cwd = project();
  await decide(cwd);
  await add(cwd, "--gate", "sast", "--rule", RULES[0], "--id", "first", ...APPROVED);
  const commented = waiversOf(cwd).replace(
    "  - id: first",
    "  # Ask payments before you touch this.\n  - id: first # see SEC-1",
  );
  writeFileSync(join(cwd, "waivers.yaml"), `# What we live with.\n${commented}`);
  await add(cwd, "--gate", "sast", "--rule", RULES[1], "--id", "second", ...APPROVED);
  expect(waiversOf(cwd).startsWith(`# What we live with.\n${commented.trimEnd()}\n`)).toBe(true);
  expect(waiversOf(cwd)).toMatch(/- id: second\n/);
});

it.each([
  { name: "nothing named", args: [], message: "say what to waive" },
  {
    name: "both a fingerprint and a rule",
    args: ["aaaaaaaa", "--gate", "sast", "--rule", "r"],
    message: "say what to waive",
  },
  { name: "a rule without its gate", args: ["--rule", RULES[0]], message: "need --gate" },
  { name: "an unknown gate", args: ["--gate", "sats", "--rule", RULES[0]], message: 'Did you mean "sast"?' },
  { name: "what was not found", args: ["--gate", "sast", "--rule", "other"], message: "no violation of sast" },
  { name: "a fingerprint that is not there", args: ["aaaaaaaa"], message: "no open violation" },
  {
    name: "a date that is none",
    args: ["--gate", "sast", "--rule", RULES[0], "--expires", "soon"],
    message: 'expires is no date: "soon"',
  },
  {
    name: "a day that has passed",
    args: ["--gate", "sast", "--rule", RULES[0], "--expires", "2020-01-01"],
    message: "expired after 2020-01-01",
  },
  {
    name: "too long a lifetime",
    args: ["--gate", "sast", "--rule", RULES[0], "--expires", "2999-01-01"],
    message: "is longer than 30",
  },
  {
    name: "its requester as approver",
    args: ["--gate", "sast", "--rule", RULES[0], "--approved-by", "rita"],
    message: "rita has requested it",
  },
  {
    name: "an unknown environment",
    args: ["--gate", "sast", "--rule", RULES[0], "--env", "prod"],
    message: "no decision for prod",
  },
])("refuses $name, and writes nothing", async ({ args, message }) => {
  const cwd = project();
  await decide(cwd);
  const { code, stderr } = await add(cwd, ...args);
  expect(stderr).toContain(message);
  expect(code).toBe(2);
  expect(() => waiversOf(cwd)).toThrow("ENOENT");
});

it("refuses one that a stricter waiver stands against", async () => {
  const cwd = project();
  await decide(cwd);
  await add(cwd, "--gate", "sast", "--rule", RULES[0], "--id", "first");
  writeFileSync(join(cwd, "waivers.yaml"), waiversOf(cwd).replace("severity: high", "severity: low"));
  const { code, stderr } = await add(cwd, "--gate", "sast", "--rule", RULES[0], ...APPROVED);
  expect(stderr).toContain("first (waivers.yaml:3) is for it as well and stricter");
  expect(code).toBe(2);
});

it("says in a pull request what could not count", async () => {
  const cwd = project();
  await decide(cwd);
  await add(cwd, "--gate", "sast", "--rule", RULES[0], "--id", "short", "--approved-by", "alice");
  await add(cwd, "--gate", "sast", "--rule", RULES[1], "--id", "old", ...APPROVED);
  const text = waiversOf(cwd);
  const at = text.indexOf("- id: old");
  const old = text
    .slice(at)
    .replace(/created: \S+/, "created: 2020-01-01")
    .replace(/expires: \S+/, "expires: 2020-01-20");
  writeFileSync(join(cwd, "waivers.yaml"), text.slice(0, at) + old.replace("gate: sast", "gate: sats"));
  const { code, stdout } = await gate(["waiver", "check"], { cwd });
  expect(stdout).toContain("short: production: approved by 1 of 2\n");
  expect(stdout).toContain('old: there is no gate "sats". Did you mean "sast"?\n');
  expect(stdout).toContain("old: expired after 2020-01-20\n");
  expect(stdout).toContain("2 waivers, 3 problems\n");
  expect(code).toBe(1);
  expect((await gate(["waiver", "check", "--env", "staging"], { cwd })).stdout).toBe("0 waivers, 0 problems\n");
});

it("prunes what has expired, and what covers nothing", async () => {
  const cwd = project();
  await decide(cwd);
  await add(cwd, "--gate", "sast", "--rule", RULES[0], "--id", "used", ...APPROVED);
  await add(cwd, "--gate", "sast", "--rule", RULES[1], "--id", "old", ...APPROVED);
  await add(cwd, "--gate", "sast", "--path", "src/orders.js", "--id", "idle", ...APPROVED);
  const text = waiversOf(cwd).replace("path: src/orders.js", "path: src/gone.js");
  const at = text.indexOf("- id: old");
  writeFileSync(
    join(cwd, "waivers.yaml"),
    text.slice(0, at) + text.slice(at).replace(/expires: \S+/, "expires: 2020-01-20"),
  );
  await decide(cwd);
  const tried = await gate(["waiver", "prune", "--unused", "--dry-run"], { cwd });
  expect(tried.stdout).toContain("old: expired after 2020-01-20\n");
  expect(tried.stdout).toContain("idle: covers nothing in production\n2 waivers would be removed, 1 left\n");
  expect(waiversOf(cwd)).toContain("id: old");
  await gate(["waiver", "prune"], { cwd });
  expect(waiversOf(cwd).match(/id: \S+/g)).toEqual(["id: used", "id: idle"]);
  await gate(["waiver", "prune", "--unused"], { cwd });
  expect(waiversOf(cwd).match(/id: \S+/g)).toEqual(["id: used"]);
});

it("makes a baseline of a decision, shrinks it, and never lets it grow", async () => {
  const cwd = project();
  const first = await decide(cwd);
  const created = await gate(["baseline", "create", "--env", "production"], { cwd });
  expect(created.stdout).toBe(`Wrote baseline.json: 4 violations of 2 gates, from the decision ${first.id}.\n`);
  const shown = await gate(["baseline", "show"], { cwd });
  expect(shown.stdout).toContain(
    `From the decision ${first.id} for production, commit ${first.subject.commit?.slice(0, 12)}`,
  );
  expect(shown.stdout).toMatch(/sast +2 {2}2 high\nunit-coverage +2 {2}2 medium\n/);
  const text = readFileSync(join(cwd, "baseline.json"), "utf8");
  expect((await gate(["baseline", "show", "--json"], { cwd })).stdout).toBe(text);

  const scan = join(cwd, "artifacts/semgrep.sarif");
  const found = readFileSync(scan, "utf8");
  const fewer = found.replaceAll("sql-concatenation", "other-rule");
  writeFileSync(scan, fewer);
  await decide(cwd);
  const grown = await gate(["baseline", "create"], { cwd });
  expect(grown.code).toBe(2);
  expect(grown.stderr).toContain("baseline.json would grow: 1 violation of sast is new or worse");
  expect(grown.stderr).toContain("gate waiver add");
  expect(readFileSync(join(cwd, "baseline.json"), "utf8")).toBe(text);

  await gate(["check", "--env", "staging"], { cwd });
  const other = await gate(["baseline", "create", "--env", "staging"], { cwd });
  expect(other.stderr).toContain("baseline.json is of production");

  await add(cwd, "--env", "production", "--gate", "sast", "--rule", "other-rule", ...APPROVED);
  const last = await decide(cwd);
  const shrunk = await gate(["baseline", "create"], { cwd });
  expect(shrunk.stdout).toBe(
    `Wrote baseline.json: 3 violations of 2 gates, 1 fewer than before, from the decision ${last.id}.\n`,
  );
});

it("says where there is nothing to make one of", async () => {
  const cwd = project();
  expect((await gate(["baseline", "show"], { cwd })).stderr).toContain("gate baseline create");
  const { code, stderr } = await gate(["baseline", "create"], { cwd });
  expect(stderr).toContain("audit-not-found");
  expect(code).toBe(2);
});

it("decides by the baseline where the environment uses one, and not at all without it", async () => {
  const cwd = project();
  await decide(cwd);
  await gate(["baseline", "create"], { cwd });
  const config = readFileSync(join(cwd, "gate.yaml"), "utf8");
  writeFileSync(join(cwd, "gate.yaml"), config.replace("  production:\n", "  production:\n    baseline: use\n"));
  const decision = await decide(cwd);
  expect(decision).toMatchObject({ outcome: "allow", baseline: { path: "baseline.json", covers: 4, gone: 0 } });
  const printed = await gate(["audit", "show", decision.id], { cwd });
  expect(printed.stdout).toContain("Baseline: 4 violations let through by baseline.json");
  rmSync(join(cwd, "baseline.json"));
  const { code, stderr } = await gate(["check", "--env", "production"], { cwd });
  expect(stderr).toContain("baseline-missing");
  expect(code).toBe(2);
});
