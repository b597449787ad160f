import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { gateCapabilities, REFUSED_BUILTINS } from "../../src/policy/capabilities.ts";
import { CANARY, DENY_FAILED, gateSource } from "../policy/compile.ts";
import { type CliResult, gate, ROOT, temporaryFolder, writeFiles } from "../support.ts";

const VALID = {
  "policies/few/few.rego": gateSource("few", DENY_FAILED),
  "policies/few/few_test.rego": `package gates.few_test

import data.gates.few

test_nothing if few.applicable == 0 with input as {"evidence": {"tests": []}}
`,
  "policies/few/examples.yaml": `gate: few\n${CANARY}`,
};

function project(files: Readonly<Record<string, string>> = VALID): string {
  const cwd = temporaryFolder();
  writeFiles(cwd, files);
  return cwd;
}

function run(cwd: string, ...args: readonly string[]): Promise<CliResult> {
  return gate(["policy", ...args], { cwd });
}

describe("gate policy lint", () => {
  it("exits 0 for warnings, and 1 where they count as errors", async () => {
    const cwd = project();
    const { stdout, code } = await run(cwd, "lint", "policies", "--format", "json");
    expect(JSON.parse(stdout)).toMatchObject({
      files: 2,
      errors: 0,
      diagnostics: [
        { rule: "controls", level: "warning", file: "policies/few/few.rego" },
        { rule: "missing-rule", level: "warning", file: "policies/few/few.rego" },
      ],
    });
    expect(code).toBe(0);
    const strict = await run(cwd, "lint", "policies", "--warnings-as-errors", "--format", "github");
    expect(strict.stdout).toMatch(/^(::error title=gate\/[a-z-]+,file=policies\/few\/few\.rego,line=1::.+\n){2}$/);
    expect(strict.code).toBe(1);
  });

  it("takes the folders of gate.yaml, and knows the libraries that ship with gate", async () => {
    const library = "package lib.mine\n\nimport data.lib.ratio\n\nshare := ratio.percent(1, 2)\n";
    const cwd = project({
      "gate.yaml":
        "version: 1\npolicy: {builtin: true, paths: [policies]}\nenvironments: {development: {mandatory: [secrets]}}\n",
      "policies/mine.rego": library,
      "policies/typo.rego": library.replace("lib.mine", "lib.typo").replaceAll("ratio", "rato"),
    });
    const { stdout, code } = await run(cwd, "lint");
    expect(stdout).toContain("policies/typo.rego");
    expect(stdout).toContain("[imports/unresolved-import]");
    expect(stdout).not.toContain("policies/mine.rego");
    expect(code).toBe(1);
  });

  it("says what is missing where there is nothing to look at", async () => {
    const { stderr, code } = await run(project({}), "lint");
    expect(stderr).toContain("there is no policy folder to look at [usage]");
    expect(code).toBe(2);
  });
});

describe("gate policy check", () => {
  it("says ok, and nothing else", async () => {
    const { stdout, stderr, code } = await run(project(), "check", "policies");
    expect({ stdout, stderr, code }).toEqual({ stdout: "ok: 1 gate, 2 modules\n", stderr: "", code: 0 });
  });

  it("lists all problems at once, of METADATA, types, tests and examples", async () => {
    const cwd = project({
      ...VALID,
      "policies/few/few_test.rego": "package gates.few_test\n\ntest_x if undefined_function(1)\n",
      "policies/typed.rego": gateSource("typed", DENY_FAILED.replace("case.status", "case.stauts")),
      "policies/untitled.rego": gateSource("untitled", DENY_FAILED).replace("# title: untitled\n", ""),
      "policies/same.rego": gateSource("few", DENY_FAILED).replace("package gates.few", "package gates.same"),
      "policies/other/examples.yaml": `gate: typed\n${CANARY.replace("result: fail", "result: maybe")}`,
    });
    const { stdout, code } = await run(cwd, "check", "policies", "--format", "json");
    const { diagnostics } = JSON.parse(stdout) as { diagnostics: { file: string; row?: number; message: string }[] };
    expect(diagnostics.map(({ file, message }) => `${file}: ${message}`)).toEqual([
      expect.stringMatching(/^policies\/few\/few_test\.rego: .*undefined_function/),
      expect.stringMatching(/^policies\/other\/examples\.yaml: /),
      expect.stringMatching(/^policies\/same\.rego: the gate id "few" is already used/),
      expect.stringMatching(/^policies\/typed\.rego: .*stauts/),
      expect.stringMatching(/^policies\/untitled\.rego: METADATA has no title/),
    ]);
    expect(code).toBe(1);
  });

  it("names what does not parse", async () => {
    const { stdout, code } = await run(project({ "policies/x.rego": "package x\n\ny if {\n" }), "check", "policies");
    expect(stdout).toMatch(/^policies\/x\.rego\n {2}4 error: .* \[check\/policy-invalid\]\n/);
    expect(code).toBe(1);
  });

  it("knows the libraries that ship with gate where it is asked to", async () => {
    const body = `import data.lib.ratio\n\n${DENY_FAILED}\n\nmissing contains "x" if ratio.below(1, 2, 3)`;
    const cwd = project({ "policies/x.rego": gateSource("uses-library", body) });
    expect((await run(cwd, "check", "policies")).code).toBe(1);
    expect((await run(cwd, "check", "policies", "--builtin")).stdout).toMatch(/^ok: /);
  });
});

describe("gate policy fmt", () => {
  const UNFORMATTED = "package x\na:=1\n";
  const FORMATTED = "package x\n\na := 1\n";
  const files = { "policies/x.rego": UNFORMATTED, "policies/good.rego": FORMATTED.replace("x", "good") };

  it("formats in place and lists what it changed", async () => {
    const cwd = project(files);
    expect(await run(cwd, "fmt", "policies")).toMatchObject({ stdout: "policies/x.rego\n", code: 0 });
    expect(readFileSync(join(cwd, "policies/x.rego"), "utf8")).toBe(FORMATTED);
    expect(await run(cwd, "fmt", "policies")).toMatchObject({ stdout: "", code: 0 });
  });

  it.each([
    { flags: ["--check"], code: 1, stdout: "policies/x.rego\n" },
    {
      flags: ["--diff"],
      code: 0,
      stdout: "--- policies/x.rego\n+++ policies/x.rego\n@@ -1,2 +1,3 @@\n package x\n-a:=1\n+\n+a := 1\n",
    },
    { flags: ["--check", "--diff"], code: 1, stdout: expect.stringContaining("+a := 1\n") },
  ])("writes nothing with $flags", async ({ flags, code, stdout }) => {
    const cwd = project(files);
    expect(await run(cwd, "fmt", "policies", ...flags)).toMatchObject({ stdout, code });
    expect(readFileSync(join(cwd, "policies/x.rego"), "utf8")).toBe(UNFORMATTED);
  });

  it("leaves everything alone where one file does not parse", async () => {
    const cwd = project({ ...files, "policies/broken.rego": "package y\n\nz if {\n" });
    const { stderr, code } = await run(cwd, "fmt", "policies");
    expect(stderr).toContain("policies/broken.rego");
    expect(code).toBe(2);
    expect(readFileSync(join(cwd, "policies/x.rego"), "utf8")).toBe(UNFORMATTED);
  });
});

describe("gate policy capabilities", () => {
  it("prints what gates may call, as OPA writes it", async () => {
    const { stdout } = await run(project(), "capabilities");
    const capabilities = JSON.parse(stdout) as Parameters<typeof gateCapabilities>[0];
    expect(capabilities).toEqual(gateCapabilities(capabilities));
    const names = capabilities.builtins.map(({ name }) => name);
    expect(names).toContain("sprintf");
    for (const name of Object.keys(REFUSED_BUILTINS)) expect(names).not.toContain(name);
  });
});

describe("gate policy lsp", () => {
  it("says what to install where there is no Regal", async () => {
    const { stderr, code } = await gate(["policy", "lsp"], { cwd: project(), env: { PATH: "/nowhere" } });
    expect(stderr).toContain("there is no regal on the PATH [toolchain-missing]");
    expect(stderr).toContain("GATE_REGAL");
    expect(code).toBe(2);
  });

  it.skipIf(process.platform === "win32")("talks to the language server of an installed one", async () => {
    const cwd = project();
    const regal = join(cwd, "regal");
    writeFiles(cwd, { regal: '#!/bin/sh\necho "$1"\ncat\n' });
    chmodSync(regal, 0o755);
    const { stdout, code } = await gate(["policy", "lsp"], {
      cwd,
      env: { GATE_REGAL: regal, PATH: "/usr/bin:/bin" },
      stdin: "Content-Length: 2",
    });
    expect(stdout).toBe("language-server\nContent-Length: 2");
    expect(code).toBe(0);
  });

  it.skipIf(process.platform === "win32")("ends the server with itself", async () => {
    const cwd = project();
    const regal = join(cwd, "regal");
    writeFiles(cwd, { regal: "#!/bin/sh\necho ready\nexec sleep 1000\n" });
    chmodSync(regal, 0o755);
    const child = spawn(process.execPath, [join(ROOT, "bin/gate.js"), "policy", "lsp"], {
      cwd,
      env: { GATE_REGAL: regal, PATH: "/usr/bin:/bin", GATE_CACHE_DIR: cwd },
      stdio: ["pipe", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    // The output is closed when both processes have ended.
    const closed = once(child, "close");
    child.kill("SIGTERM");
    await closed;
    expect(child.exitCode).toBe(2);
  });

  it("says where the one that was named cannot be started", async () => {
    const { stderr, code } = await gate(["policy", "lsp"], { cwd: project(), env: { GATE_REGAL: "/nowhere/regal" } });
    expect(stderr).toContain("regal could not be started");
    expect(code).toBe(2);
  });
});
