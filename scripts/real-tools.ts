/**
 * Runs real tools on a copy of `examples/service` and leaves what they write, each with the code that it ended with, in a
 * folder: `node scripts/real-tools.ts FOLDER`. `test/tools` then holds what gate reads of it against a plain recount.
 * Needs npm, Python 3 with venv, Go and git. The tools stay in `node_modules/.cache/gate-tools` for the next run.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { argv, cwd, env, exit, stderr } from "node:process";

const NPM_TOOLS = ["@cyclonedx/cyclonedx-npm@6.0.1", "autocannon@9.0.0"] as const;
const STRYKER = ["@stryker-mutator/core@9.6.1", "@stryker-mutator/vitest-runner@9.6.1"] as const;
const QUIETLY = ["--no-audit", "--no-fund", "--ignore-scripts"] as const;
const PYTHON_TOOLS = { checkov: "3.3.30", "detect-secrets": "1.5.0", semgrep: "1.182.0" } as const;
const GITLEAKS = "github.com/zricethezav/gitleaks/v8@v8.30.1";

const PORT = "18093";
const STRYKER_CONFIG = {
  testRunner: "vitest",
  plugins: ["@stryker-mutator/vitest-runner"],
  reporters: ["json"],
  jsonReporter: { fileName: "stryker.json" },
  mutate: ["src/pricing.js"],
  concurrency: 1,
};
const DOCKERFILE = 'FROM node:24\nWORKDIR /app\nCOPY . .\nRUN npm ci --omit=dev\nCMD ["node", "src/main.js"]\n';

const root = join(import.meta.dirname, "..");
const tools = join(root, "node_modules", ".cache", "gate-tools");
const [destination] = argv.slice(2);
if (destination === undefined) {
  stderr.write("Usage: node scripts/real-tools.ts FOLDER\n");
  exit(2);
}
const out = resolve(cwd(), destination);
const project = join(mkdtempSync(join(tmpdir(), "gate-tools-")), "service");
try {
  await runTools();
} finally {
  rmSync(join(project, ".."), { recursive: true, force: true });
}

async function runTools(): Promise<void> {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  mkdirSync(tools, { recursive: true });
  cpSync(join(root, "examples", "service"), project, { recursive: true, filter: (path) => !/node_modules/.test(path) });
  writeFileSync(join(project, "Dockerfile"), DOCKERFILE);
  makeRepository();
  // The sources only, before anything is installed.
  report("gitleaks.json", goTool("gitleaks", GITLEAKS), [
    "dir",
    ".",
    "--redact",
    "--no-banner",
    "--report-path",
    to("gitleaks.json"),
  ]);
  const python = pythonTools();
  report("semgrep.sarif", join(python, "semgrep"), [...semgrep("--sarif-output"), to("semgrep.sarif"), "src"]);
  report("semgrep.json", join(python, "semgrep"), [...semgrep("--json-output"), to("semgrep.json"), "src"]);
  report(
    "checkov.json",
    join(python, "checkov"),
    ["-f", "Dockerfile", "--framework", "dockerfile", "-o", "json"],
    true,
  );
  report("detect-secrets.json", join(python, "detect-secrets"), ["scan"], true);
  install("npm", ["ci", ...QUIETLY], project);
  report("npm.cdx.json", "npm", ["sbom", "--omit=dev", "--sbom-format", "cyclonedx"], true);
  report("npm.spdx.json", "npm", ["sbom", "--omit=dev", "--sbom-format", "spdx"], true);
  report("npm-audit.json", "npm", ["audit", "--json"], true);
  const cyclonedx = join(npmTools(), "cyclonedx-npm");
  report("cyclonedx-npm.cdx.json", cyclonedx, ["--omit", "dev", "--of", "JSON", "-o", to("cyclonedx-npm.cdx.json")]);
  report("cyclonedx-npm.cdx.xml", cyclonedx, ["--omit", "dev", "--of", "XML", "-o", to("cyclonedx-npm.cdx.xml")]);
  report("eslint.sarif", bin("eslint"), [
    "--format",
    "@microsoft/eslint-formatter-sarif",
    "-o",
    to("eslint.sarif"),
    "src",
    "test",
  ]);
  testRun();
  // Its plug-in has to lie beside the test runner.
  install("npm", ["install", "--no-save", ...QUIETLY, ...STRYKER], project);
  writeFileSync(join(project, "stryker.conf.json"), JSON.stringify(STRYKER_CONFIG));
  report("stryker.json", bin("stryker"), ["run", "stryker.conf.json"]);
  copyFileSync(join(project, "stryker.json"), to("stryker.json"));
  await loadTest();
}

function makeRepository(): void {
  const who = ["-c", "user.name=Example", "-c", "user.email=dev@example.com"];
  install("git", ["init", "-q", "-b", "main"], project);
  install("git", ["add", "-A"], project);
  install("git", [...who, "commit", "-q", "-m", "Add the service"], project);
}

/** One run of the tests in every form that the runner writes. */
function testRun(): void {
  const reporters = ["junit", "json"].flatMap((name) => [
    `--reporter=${name}`,
    `--outputFile.${name}=${to(`vitest.${name}`)}`,
  ]);
  const forms = ["json", "json-summary", "lcov", "cobertura", "clover"].map((form) => `--coverage.reporter=${form}`);
  report("vitest.tap", bin("vitest"), ["run", "--coverage", ...forms, ...reporters, "--reporter=tap-flat"], true);
  const coverage = join(project, "coverage");
  for (const name of [
    "coverage-final.json",
    "coverage-summary.json",
    "lcov.info",
    "cobertura-coverage.xml",
    "clover.xml",
  ]) {
    copyFileSync(join(coverage, name), to(name));
  }
}

async function loadTest(): Promise<void> {
  const service = spawn("node", ["src/main.js"], {
    cwd: project,
    env: { ...env, PORT, INVOICE_KEY: "example" },
    stdio: "ignore",
  });
  try {
    await answering(service);
    report(
      "autocannon.json",
      join(npmTools(), "autocannon"),
      ["--json", "-d", "2", "-c", "4", `http://127.0.0.1:${PORT}/health`],
      true,
    );
  } finally {
    service.kill();
  }
  report(
    "autocannon-refused.json",
    join(npmTools(), "autocannon"),
    ["--json", "-d", "1", "-c", "2", "http://127.0.0.1:9/"],
    true,
  );
}

async function answering(service: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    if (service.exitCode !== null) break;
    try {
      await fetch(`http://127.0.0.1:${PORT}/health`);
      return;
    } catch {
      await new Promise((wake) => setTimeout(wake, 100));
    }
  }
  throw new Error("the service does not answer");
}

function semgrep(output: string): readonly string[] {
  return ["scan", "--quiet", "--metrics=off", "--disable-version-check", "--config", "semgrep-rules.yml", output];
}

function to(name: string): string {
  return join(out, name);
}

function bin(name: string): string {
  return join(project, "node_modules", ".bin", name);
}

/** Runs a tool and records with which code it ended; with `capture` its output is the report. */
function report(name: string, command: string, args: readonly string[], capture = false): void {
  stderr.write(`${name}\n`);
  const { status, stdout, error } = spawnSync(command, args, {
    cwd: project,
    encoding: "buffer",
    env: environment(),
    maxBuffer: 1 << 28,
  });
  if (error !== undefined || status === null) throw new Error(`${command} did not run: ${String(error)}`);
  if (capture) writeFileSync(to(name), stdout);
  writeFileSync(to(`${name}.exit`), `${status}\n`);
}

function install(command: string, args: readonly string[], where: string): void {
  const { status, error } = spawnSync(command, args, {
    cwd: where,
    stdio: ["ignore", "ignore", "inherit"],
    env: environment(),
  });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed: ${String(error ?? status)}`);
}

/** The tools of the project itself, and not those of this repository that npm puts first. */
function environment(): NodeJS.ProcessEnv {
  const path = (env["PATH"] ?? "").split(delimiter).filter((part) => !part.startsWith(root));
  return { ...env, PATH: path.join(delimiter), NO_COLOR: "1" };
}

function npmTools(): string {
  const prefix = join(tools, "npm");
  const stamp = join(prefix, "tools.json");
  if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== JSON.stringify(NPM_TOOLS)) {
    install("npm", ["install", "--prefix", prefix, ...QUIETLY, ...NPM_TOOLS], root);
    writeFileSync(stamp, JSON.stringify(NPM_TOOLS));
  }
  return join(prefix, "node_modules", ".bin");
}

function pythonTools(): string {
  const venv = join(tools, `python-${Object.values(PYTHON_TOOLS).join("-")}`);
  if (!existsSync(join(venv, "bin", "semgrep"))) {
    install("python3", ["-m", "venv", venv], root);
    const versions = Object.entries(PYTHON_TOOLS).map(([name, version]) => `${name}==${version}`);
    install(join(venv, "bin", "pip"), ["install", "-q", ...versions], root);
  }
  return join(venv, "bin");
}

function goTool(name: string, module: string): string {
  const folder = join(tools, `${name}-${module.slice(module.lastIndexOf("@") + 1)}`);
  if (!existsSync(join(folder, name))) {
    mkdirSync(folder, { recursive: true });
    const { status } = spawnSync("go", ["install", module], {
      env: { ...env, GOBIN: folder },
      stdio: ["ignore", "ignore", "inherit"],
    });
    if (status !== 0) throw new Error(`go install ${module} failed`);
  }
  return join(folder, name);
}
