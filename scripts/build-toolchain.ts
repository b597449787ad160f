/**
 * Builds toolchain/ to dist/toolchain/toolchain.wasm, toolchain/lint/ to lint.wasm and toolchain/parsers/ to
 * parsers.wasm, and describes each in a JSON file next to it.
 *
 * Nothing happens when dist/ is up to date. A build is kept under node_modules/.cache by the digest of what it was made
 * from, so that an emptied dist/ costs a copy.
 *
 * With `--reproduce` it builds all again, in another folder and with an empty Go cache, and fails where the bytes differ.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  constants,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { argv, env, exit, pid, stderr } from "node:process";

/** What is known of a module that was built. */
interface Description {
  readonly opa?: string;
  /** The linter's own version; only the linter has one. */
  readonly regal?: string;
  /** Whose parsers they are; only the parsers have one. */
  readonly conftest?: string;
  readonly go: string;
  /** Of the WebAssembly, in hexadecimal. */
  readonly sha256: string;
  /** Of the sources, the flags and the Go version. */
  readonly sourceDigest: string;
}

/** A Go module of ours, and the names of what is made of it. */
interface Target {
  readonly folder: string;
  readonly wasm: string;
  readonly description: string;
  /** The modules whose versions the description names, by the name that they have there. */
  readonly versions: Readonly<Partial<Record<"opa" | "regal" | "conftest", RegExp>>>;
}

const ROOT = join(import.meta.dirname, "..");
const DIST = join(ROOT, "dist", "toolchain");
const CACHE = join(ROOT, "node_modules", ".cache", "gate-toolchain");
const OPA = /open-policy-agent\/opa v(\S+)/;
const REGAL = /open-policy-agent\/regal v(\S+)/;
const CONFTEST = /open-policy-agent\/conftest v(\S+)/;
const TOOLCHAIN: Target = {
  folder: join(ROOT, "toolchain"),
  wasm: "toolchain.wasm",
  description: "toolchain.json",
  versions: { opa: OPA },
};
const LINTER: Target = {
  folder: join(ROOT, "toolchain", "lint"),
  wasm: "lint.wasm",
  description: "lint.json",
  versions: { opa: OPA, regal: REGAL },
};
const PARSERS: Target = {
  folder: join(ROOT, "toolchain", "parsers"),
  wasm: "parsers.wasm",
  description: "parsers.json",
  versions: { conftest: CONFTEST },
};
const TARGETS = [TOOLCHAIN, LINTER, PARSERS];
/** What all are made of besides their own folder. */
const SHARED = join(ROOT, "toolchain", "reactor");

// -trimpath and -buildvcs=false: the same sources give the same bytes, wherever they are built.
const BUILD_FLAGS = ["-buildmode=c-shared", "-trimpath", "-ldflags=-s -w", "-buildvcs=false", "-mod=readonly"];
const BUILD_ENV = {
  GOOS: "wasip1",
  GOARCH: "wasm",
  // The newer collector has been seen to crash with a large heap: docs/decisions/0002-rego-toolchain.md.
  GOEXPERIMENT: "nogreenteagc",
  GOFLAGS: "",
  GOWORK: "off",
  CGO_ENABLED: "0",
};

function main(): void {
  const go = goVersion();
  for (const target of TARGETS) make(target, go);
  if (argv.includes("--reproduce")) reproduce();
}

function reproduce(): void {
  const folder = mkdtempSync(join(tmpdir(), "gate-toolchain-"));
  try {
    cpSync(TOOLCHAIN.folder, join(folder, "sources"), { recursive: true });
    const emptyCache = { GOCACHE: join(folder, "cache") };
    for (const target of TARGETS) {
      const output = join(folder, target.wasm);
      compile(join(folder, "sources", relative(TOOLCHAIN.folder, target.folder)), output, emptyCache);
      const [first, second] = [readDescription(DIST, target)?.sha256, sha256(readFileSync(output))];
      if (first !== second) fail(`${target.wasm} was built twice to different bytes: ${first} and ${second}.`);
      say(`built ${target.wasm} twice to the same bytes: sha256:${second}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function compile(folder: string, output: string, more: Readonly<Record<string, string>> = {}): void {
  const { status } = spawnSync("go", ["build", ...BUILD_FLAGS, "-o", output, "."], {
    cwd: folder,
    env: { ...env, ...BUILD_ENV, ...more },
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (status !== 0) fail("go build failed; its messages are above.");
}

function make(target: Target, go: string | undefined): void {
  const current = readDescription(DIST, target);
  // Without Go, what is there still counts if its sources have not changed.
  const sourceDigest = digestOfSources(target, go ?? current?.go ?? "");
  if (current?.sourceDigest === sourceDigest && existsSync(join(DIST, target.wasm))) return;
  if (go === undefined) return withoutGo(target);

  const cached = join(CACHE, sourceDigest);
  if (!isComplete(cached, target)) build(target, cached, go, sourceDigest);
  install(cached, target);
}

/** As in `go1.26.8`, or undefined if there is no Go. */
function goVersion(): string | undefined {
  const { status, stdout } = spawnSync("go", ["env", "GOVERSION"], { cwd: TOOLCHAIN.folder, encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}

function digestOfSources(target: Target, go: string): string {
  const hash = createHash("sha256");
  hash.update(JSON.stringify([BUILD_FLAGS, BUILD_ENV, go]));
  for (const folder of [target.folder, SHARED]) {
    const names = readdirSync(folder).filter(
      (name) => /^go\.(mod|sum)$|\.(go|s)$/.test(name) && !name.endsWith("_test.go"),
    );
    for (const name of names.toSorted()) {
      const content = readFileSync(join(folder, name));
      hash.update(`\n${name} ${content.length}\n`).update(content);
    }
  }
  return hash.digest("hex");
}

function build(target: Target, cached: string, go: string, sourceDigest: string): void {
  const started = performance.now();
  mkdirSync(cached, { recursive: true });
  // Other builds may run at the same time: only complete files get their final names.
  const unfinished = join(cached, `${target.wasm}.${pid}`);
  compile(target.folder, unfinished);
  const wasm = readFileSync(unfinished);
  renameSync(unfinished, join(cached, target.wasm));
  const versions = Object.fromEntries(
    Object.entries(target.versions).map(([name, pattern]) => [name, goModValue(target, pattern)]),
  );
  writeDescription(cached, target, { ...versions, go, sha256: sha256(wasm), sourceDigest });
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  const parts = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  say(`built ${target.wasm} with ${[...parts, go].join(", ")}: ${(wasm.length / 1e6).toFixed(1)} MB in ${seconds} s`);
}

/** The description is written last, so where there is one the module is complete. Its hash guards against the rest. */
function isComplete(cached: string, target: Target): boolean {
  const description = readDescription(cached, target);
  if (description === undefined || !existsSync(join(cached, target.wasm))) return false;
  return sha256(readFileSync(join(cached, target.wasm))) === description.sha256;
}

function install(cached: string, target: Target): void {
  mkdirSync(DIST, { recursive: true });
  for (const name of [target.wasm, target.description]) {
    const unfinished = join(DIST, `${name}.${pid}`);
    copyFileSync(join(cached, name), unfinished, constants.COPYFILE_FICLONE);
    renameSync(unfinished, join(DIST, name));
  }
}

function readDescription(folder: string, target: Target): Description | undefined {
  const path = join(folder, target.description);
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

function writeDescription(folder: string, target: Target, description: Description): void {
  const unfinished = join(folder, `${target.description}.${pid}`);
  writeFileSync(unfinished, `${JSON.stringify(description, null, 2)}\n`);
  renameSync(unfinished, join(folder, target.description));
}

function goModValue(target: Target, pattern: RegExp): string {
  const path = join(target.folder, "go.mod");
  const [, value] = pattern.exec(readFileSync(path, "utf8")) ?? [];
  if (value === undefined) fail(`${path} has nothing like ${pattern}.`);
  return value;
}

/** Without Go there is no module to ship, but while developing an `opa` binary can stand in for the toolchain. */
function withoutGo(target: Target): void {
  if (target === LINTER) return say(`Go is not installed, so ${target.wasm} was not built; policies cannot be linted.`);
  if (target === PARSERS) return say(`Go is not installed, so ${target.wasm} was not built; --conftest will not work.`);
  const opa = env["GATE_OPA"] ?? "opa";
  if (spawnSync(opa, ["version"], { stdio: "ignore" }).status === 0) {
    say(`Go is not installed, so ${target.wasm} was not built; ${opa} will compile policies instead.`);
    return;
  }
  fail(
    `Go is not installed, so ${target.wasm} cannot be built. ` +
      `Install Go ${goModValue(target, /^go (\S+)$/m)} or later, set GATE_OPA to an opa binary, or put opa on the PATH.`,
  );
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function say(message: string): void {
  stderr.write(`build-toolchain: ${message}\n`);
}

function fail(message: string): never {
  say(message);
  exit(1);
}

main();
