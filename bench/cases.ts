import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { env } from "node:process";
import { conftestArguments } from "./conftest.ts";
import { type SarifSize, writeSarif, writeSbom } from "./generate.ts";
import type { Command } from "./measure.ts";
import type { NativeTool } from "./native.ts";

/** Something that is measured. */
export interface Case {
  /** For `--only`. */
  readonly name: string;
  readonly title: string;
  /** How often by default: heavy cases need fewer runs, and vary less. */
  readonly runs: number;
  /** The name of the case that it is compared with: both run in turn, so that both meet the same noise. */
  readonly against?: string;
  /** Makes what the case needs; called once. */
  readonly setUp: () => Command;
  /** Called before each run, and not measured. */
  readonly beforeEach?: () => void;
}

const ROOT = join(import.meta.dirname, "..");
const GATE = join(ROOT, "bin/gate.js");

const LIGHT_RUNS = 15;
const HEAVY_RUNS = 5;
const ALLOWED = 0;
const BLOCKED = 1;

const SAST_ONLY = `version: 1
evidence:
  - path: scan.sarif
    kind: sast
environments:
  production:
    mandatory: [sast]
    integrity: open
`;

/** The demo's gates, compiled from a folder of the project: other paths, so another bundle than the one that ships. */
const OWN_POLICIES = `version: 1
policy:
  builtin: false
  paths: [policies]
evidence:
  - path: artifacts/junit.xml
    kind: unit-tests
environments:
  production:
    mandatory: [tests]
    integrity: open
`;

/**
 * The cases, in the order of the table.
 *
 * @param folder an empty one, for projects, caches and generated files
 */
export function createCases(folder: string, conftest: NativeTool): readonly Case[] {
  const caches = join(folder, "caches");
  const coldCaches = join(folder, "cold-caches");
  const renewColdCaches = (): void => {
    rmSync(coldCaches, { recursive: true, force: true });
    mkdirSync(coldCaches);
  };
  mkdirSync(caches);
  const started: readonly Case[] = [
    {
      name: "node",
      title: "node -e 0",
      runs: LIGHT_RUNS,
      setUp: () => node(["-e", "0"], folder, caches, ALLOWED),
    },
    {
      name: "version",
      title: "gate --version",
      runs: LIGHT_RUNS,
      against: "node",
      setUp: () => node([GATE, "--version"], folder, caches, ALLOWED),
    },
    {
      name: "warm",
      title: "gate check, demo, warm",
      runs: LIGHT_RUNS,
      against: "node",
      setUp: () => node([GATE, "check", "--env", "development"], createDemo(folder), caches, ALLOWED),
    },
    {
      name: "cold",
      title: "gate check, demo, nothing cached",
      runs: LIGHT_RUNS,
      against: "node",
      setUp: () => node([GATE, "check", "--env", "development"], createDemo(folder), coldCaches, ALLOWED),
      beforeEach: renewColdCaches,
    },
    {
      name: "cold-compile",
      title: "gate check, own policies, nothing cached",
      runs: HEAVY_RUNS,
      against: "node",
      setUp: () => node([GATE, "check", "--env", "production"], createOwnPolicies(folder), coldCaches, ALLOWED),
      beforeEach: renewColdCaches,
    },
    {
      name: "bundle",
      title: "bundle build, 6 gates (gate policy list)",
      runs: HEAVY_RUNS,
      against: "node",
      setUp: () => node([GATE, "policy", "list"], createOwnPolicies(folder), coldCaches, ALLOWED),
      beforeEach: renewColdCaches,
    },
  ];
  const scans: readonly (readonly [name: string, title: string, size: SarifSize, runs: number])[] = [
    ["small", "SARIF of 100 results", { results: 100 }, LIGHT_RUNS],
    ["results", "SARIF of 25,000 results", { results: 25_000 }, HEAVY_RUNS],
    ["megabytes", "SARIF of 60 MB", { bytes: 60_000_000 }, HEAVY_RUNS],
  ];
  const readings: readonly (readonly [name: string, title: string, write: (path: string) => void])[] = [
    ["read-25k", "SARIF of 25,000 results", (path) => writeSarif(path, { results: 25_000 })],
    ["read-100mb", "SARIF of 100 MB", (path) => writeSarif(path, { bytes: 100_000_000 })],
    ["read-sbom", "CycloneDX of 100,000 components", (path) => writeSbom(path, 100_000)],
  ];
  return [
    ...started,
    ...scans.flatMap(([name, title, size, runs]) => scanCases(name, title, size, runs)),
    ...readings.flatMap(([name, title, write]) => readingCases(name, title, write)),
    gigabyteCase(),
  ];

  /** A file as evidence, and the same bytes through `JSON.parse` and nothing else. */
  function readingCases(name: string, title: string, write: (path: string) => void): readonly Case[] {
    const file = join(folder, `${name}.json`);
    const written = once(() => write(file));
    const parse: Case = {
      name: `${name}-parse`,
      title: `JSON.parse, ${title}`,
      runs: HEAVY_RUNS,
      setUp: () => {
        written();
        return node(
          ["-e", 'JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"))', file],
          folder,
          caches,
          ALLOWED,
        );
      },
    };
    const read: Case = {
      name,
      title: `gate evidence validate, ${title}`,
      runs: HEAVY_RUNS,
      against: parse.name,
      setUp: () => {
        written();
        return node([GATE, "evidence", "validate", file], folder, caches, ALLOWED);
      },
    };
    return [parse, read];
  }

  /** More than the longest string of the runtime, so there is nothing to compare it with. */
  function gigabyteCase(): Case {
    const file = join(folder, "gigabyte.sarif");
    const written = once(() => writeSarif(file, { bytes: 1_000_000_000, flowBytes: 9_000 }));
    return {
      name: "read-1gb",
      title: "gate evidence validate, SARIF of 1 GB",
      runs: 2,
      setUp: () => {
        written();
        return node([GATE, "evidence", "validate", file], folder, caches, ALLOWED);
      },
    };
  }

  /** One scan for gate and for conftest: the same bytes, the same rule, the same output format. */
  function scanCases(name: string, title: string, size: SarifSize, runs: number): readonly Case[] {
    const project = join(folder, name);
    const scan = once(() => {
      mkdirSync(project);
      writeFileSync(join(project, "gate.yaml"), SAST_ONLY);
      return writeSarif(join(project, "scan.sarif"), size);
    });
    const ours: Case = {
      name,
      title: `gate check, ${title}`,
      runs,
      setUp: () => {
        const { errors } = scan();
        const command = node([GATE, "check", "--env", "production", "--format", "json"], project, caches, BLOCKED);
        return { ...command, verify: (stdout) => expectCount(violationsOf(stdout), errors) };
      },
    };
    if (conftest.status === "missing") return [ours];
    const theirs: Case = {
      name: `${name}-conftest`,
      title: `conftest, ${title}`,
      runs,
      setUp: () => {
        const { errors } = scan();
        return {
          file: conftest.path,
          args: conftestArguments(folder, "scan.sarif"),
          cwd: project,
          env: environment(caches),
          exitCode: BLOCKED,
          verify: (stdout) => expectCount(failuresOf(stdout), errors),
        };
      },
    };
    return [theirs, { ...ours, against: theirs.name }];
  }
}

function node(args: readonly string[], cwd: string, caches: string, exitCode: number): Command {
  return { file: process.execPath, args, cwd, env: environment(caches), exitCode };
}

/** Little of the real one: a CI service's variables would change what is done, and Node's own would change how. */
function environment(caches: string): Command["env"] {
  return { PATH: env["PATH"], HOME: caches, GATE_CACHE_DIR: join(caches, "gate") };
}

/** The bundled example as it is in a user's checkout: in git, with a commit, with nothing changed. */
function createDemo(folder: string): string {
  const project = join(folder, "demo");
  const source = join(ROOT, "examples/service");
  cpSync(source, project, {
    recursive: true,
    force: true,
    filter: (path) => !["node_modules", ".gate", "coverage", "data"].includes(basename(path)),
  });
  commit(project);
  return project;
}

function createOwnPolicies(folder: string): string {
  const project = join(folder, "own-policies");
  cpSync(join(ROOT, "policies"), join(project, "policies"), { recursive: true });
  cpSync(join(ROOT, "examples/service/artifacts/junit.xml"), join(project, "artifacts/junit.xml"));
  writeFileSync(join(project, "gate.yaml"), OWN_POLICIES);
  commit(project);
  return project;
}

/** Commits all files of a folder, once, whatever the machine's configuration of git is. */
function commit(project: string): void {
  writeFileSync(join(project, ".gitignore"), ".gate/\n");
  const identity = ["-c", "user.name=Bench", "-c", "user.email=bench@example.com", "-c", "commit.gpgsign=false"];
  const git = (...args: readonly string[]): void => {
    const variables = { PATH: env["PATH"], HOME: project, GIT_CONFIG_NOSYSTEM: "1" };
    execFileSync("git", [...identity, ...args], { cwd: project, stdio: "ignore", env: variables });
  };
  git("init", "--quiet");
  git("add", "--all");
  git("commit", "--quiet", "--allow-empty", "--message", "A project to measure");
}

function violationsOf(stdout: string): number {
  const decision: { readonly gates: readonly { readonly violations: readonly unknown[] }[] } = JSON.parse(stdout);
  return decision.gates.flatMap(({ violations }) => violations).length;
}

function failuresOf(stdout: string): number {
  const files: readonly { readonly failures?: readonly unknown[] }[] = JSON.parse(stdout);
  return files.flatMap(({ failures }) => failures ?? []).length;
}

/** Two tools that find different things are not doing the same work. */
function expectCount(actual: number, expected: number): void {
  if (actual !== expected) throw new Error(`${actual} violations were found where there are ${expected}`);
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
