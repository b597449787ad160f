/**
 * Builds toolchain/ to dist/toolchain/toolchain.wasm, and describes it in toolchain.json next to it.
 *
 * Nothing happens when dist/ is up to date. A build is kept under node_modules/.cache by the digest of what it was made
 * from, so that an emptied dist/ costs a copy.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { env, exit, pid, stderr } from "node:process";

/** What toolchain.json says about toolchain.wasm. */
interface Description {
  readonly opa: string;
  readonly go: string;
  /** Of toolchain.wasm, in hexadecimal. */
  readonly sha256: string;
  /** Of the sources, the flags and the Go version. */
  readonly sourceDigest: string;
}

const ROOT = join(import.meta.dirname, "..");
const SOURCE = join(ROOT, "toolchain");
const TARGET = join(ROOT, "dist", "toolchain");
const CACHE = join(ROOT, "node_modules", ".cache", "gate-toolchain");
const WASM = "toolchain.wasm";
const DESCRIPTION = "toolchain.json";

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
  const current = readDescription(TARGET);
  // Without Go, what is there still counts if its sources have not changed.
  const sourceDigest = digestOfSources(go ?? current?.go ?? "");
  if (current?.sourceDigest === sourceDigest && existsSync(join(TARGET, WASM))) return;
  if (go === undefined) return withoutGo();

  const cached = join(CACHE, sourceDigest);
  if (!isComplete(cached)) build(cached, go, sourceDigest);
  install(cached);
}

/** As in `go1.26.8`, or undefined if there is no Go. */
function goVersion(): string | undefined {
  const { status, stdout } = spawnSync("go", ["env", "GOVERSION"], { cwd: SOURCE, encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}

function digestOfSources(go: string): string {
  const hash = createHash("sha256");
  hash.update(JSON.stringify([BUILD_FLAGS, BUILD_ENV, go]));
  const names = readdirSync(SOURCE).filter(
    (name) => /^go\.(mod|sum)$|\.(go|s)$/.test(name) && !name.endsWith("_test.go"),
  );
  for (const name of names.toSorted()) {
    const content = readFileSync(join(SOURCE, name));
    hash.update(`\n${name} ${content.length}\n`).update(content);
  }
  return hash.digest("hex");
}

function build(cached: string, go: string, sourceDigest: string): void {
  const started = performance.now();
  mkdirSync(cached, { recursive: true });
  // Other builds may run at the same time: only complete files get their final names.
  const unfinished = join(cached, `${WASM}.${pid}`);
  const result = spawnSync("go", ["build", ...BUILD_FLAGS, "-o", unfinished, "."], {
    cwd: SOURCE,
    env: { ...env, ...BUILD_ENV },
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (result.status !== 0) fail("go build failed; its messages are above.");
  const wasm = readFileSync(unfinished);
  renameSync(unfinished, join(cached, WASM));
  writeDescription(cached, { opa: opaVersion(), go, sha256: sha256(wasm), sourceDigest });
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  say(`built ${WASM} with OPA ${opaVersion()} and ${go}: ${(wasm.length / 1e6).toFixed(1)} MB in ${seconds} s`);
}

/** The description is written last, so where there is one the module is complete. Its hash guards against the rest. */
function isComplete(cached: string): boolean {
  const description = readDescription(cached);
  if (description === undefined || !existsSync(join(cached, WASM))) return false;
  return sha256(readFileSync(join(cached, WASM))) === description.sha256;
}

function install(cached: string): void {
  mkdirSync(TARGET, { recursive: true });
  for (const name of [WASM, DESCRIPTION]) {
    const unfinished = join(TARGET, `${name}.${pid}`);
    copyFileSync(join(cached, name), unfinished, constants.COPYFILE_FICLONE);
    renameSync(unfinished, join(TARGET, name));
  }
}

function readDescription(folder: string): Description | undefined {
  const path = join(folder, DESCRIPTION);
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

function writeDescription(folder: string, description: Description): void {
  const unfinished = join(folder, `${DESCRIPTION}.${pid}`);
  writeFileSync(unfinished, `${JSON.stringify(description, null, 2)}\n`);
  renameSync(unfinished, join(folder, DESCRIPTION));
}

function opaVersion(): string {
  return goModValue(/open-policy-agent\/opa v(\S+)/);
}

function goModValue(pattern: RegExp): string {
  const [, value] = pattern.exec(readFileSync(join(SOURCE, "go.mod"), "utf8")) ?? [];
  if (value === undefined) fail(`toolchain/go.mod has nothing like ${pattern}.`);
  return value;
}

/** Without Go there is no module to ship, but an `opa` binary can stand in for it while developing. */
function withoutGo(): void {
  const opa = env["GATE_OPA"] ?? "opa";
  if (spawnSync(opa, ["version"], { stdio: "ignore" }).status === 0) {
    say(`Go is not installed, so ${WASM} was not built; ${opa} will compile policies instead.`);
    return;
  }
  fail(
    `Go is not installed, so ${WASM} cannot be built. ` +
      `Install Go ${goModValue(/^go (\S+)$/m)} or later, set GATE_OPA to an opa binary, or put opa on the PATH.`,
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
