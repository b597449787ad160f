/**
 * Builds `dist/`: the Rego toolchain, the program, its types, and the compiled form of the policies that ship with it.
 * Nothing is done where nothing changed.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, globSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build as bundle } from "esbuild";
import { GRAMMARS } from "../src/collect/source/languages.ts";

const root = join(import.meta.dirname, "..");
const dist = join(root, "dist");
const stampFile = join(dist, "build.json");

/** Bundled CommonJS packages ask for `require`, which an ES module does not have. */
const requireBanner =
  'import { createRequire as createRequireOfBundle } from "node:module"; const require = createRequireOfBundle(import.meta.url);';

run([join(import.meta.dirname, "build-toolchain.ts")]);

const stamp = JSON.stringify({ inputs: inputsDigest() });
if (previousStamp() !== stamp) {
  mkdirSync(dist, { recursive: true });
  for (const name of readdirSync(dist)) {
    if (name !== "toolchain") rmSync(join(dist, name), { recursive: true, force: true });
  }
  await buildProgram();
  await buildVerifierPage();
  copyGrammars();
  await compilePolicies();
  buildTypes();
  writeFileSync(stampFile, stamp);
}

/** The program, the library, its threads and the compiler's process. */
async function buildProgram(): Promise<void> {
  const options = {
    absWorkingDir: root,
    outdir: dist,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node22.14",
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: "linked",
    logLevel: "warning",
    // Not tsconfig.json: it maps one package to its own type declarations.
    tsconfigRaw: {},
    external: ["better-sqlite3", "pg"],
  } satisfies BuildOptions;
  // CommonJS starts a program, and a thread, 15 ms faster than the loader of ES modules.
  const commonJs = {
    ...options,
    format: "cjs",
    outExtension: { ".js": ".cjs" },
    define: { "import.meta.dirname": "__dirname", "import.meta.url": "__filename" },
  } satisfies BuildOptions;
  const define = { ...commonJs.define, GATE_SQLITE_DRIVER: JSON.stringify("./sqlite-driver.cjs") };
  await bundle({
    ...commonJs,
    entryPoints: { main: "src/cli/main.ts" },
    define: { ...define, GATE_TREE_SITTER: JSON.stringify("./tree-sitter.cjs") },
  });
  await bundle({ ...commonJs, entryPoints: { "audit-worker": "src/audit/sqlite/screen-worker.ts" }, define });
  await bundle({
    ...commonJs,
    entryPoints: { "sqlite-driver": "better-sqlite3" },
    external: [],
    // It looks for its compiled part beside its own folder.
    define: { __dirname: "driverFolder" },
    banner: { js: 'const driverFolder = require("node:path").dirname(require.resolve("better-sqlite3"));' },
  });
  await bundle({ ...commonJs, entryPoints: { "tree-sitter": "./node_modules/web-tree-sitter/web-tree-sitter.cjs" } });
  await bundle({
    ...options,
    entryPoints: { index: "src/index.ts" },
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
    banner: { js: requireBanner },
  });
  await bundle({ ...commonJs, entryPoints: { "policy-worker": "src/policy/runtime/worker.ts" } });
  await bundle({ ...options, entryPoints: { "toolchain-child": "src/policy/toolchain/child.ts" } });
}

/** The page that verifies audit packs: one script, which shares the code of verification, in one file. */
async function buildVerifierPage(): Promise<void> {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const { outputFiles } = await bundle({
    absWorkingDir: root,
    entryPoints: ["src/page/main.ts"],
    bundle: true,
    write: false,
    platform: "browser",
    format: "iife",
    target: ["chrome111", "firefox113", "safari16.4"],
    minify: true,
    legalComments: "none",
    logLevel: "warning",
    tsconfigRaw: {},
    alias: { "node:crypto": join(root, "src/page/crypto.ts") },
    inject: ["src/page/buffer.ts"],
    define: { GATE_VERSION: JSON.stringify(version) },
  });
  const [script] = outputFiles;
  const { verifierDocument } = await import("../src/page/document.ts");
  writeFileSync(join(dist, "verify.html"), verifierDocument(script?.text.trim() ?? ""));
}

/** What parses source files: WebAssembly that is not bundled, and loaded by the commands that need it. */
function copyGrammars(): void {
  const folder = join(dist, "grammars");
  mkdirSync(folder, { recursive: true });
  const library = import.meta.resolve("web-tree-sitter/web-tree-sitter.wasm");
  const grammars = dirname(fileURLToPath(import.meta.resolve("@vscode/tree-sitter-wasm")));
  for (const file of [fileURLToPath(library), ...GRAMMARS.map((name) => join(grammars, `tree-sitter-${name}.wasm`))]) {
    copyFileSync(file, join(folder, basename(file)));
  }
}

/** The first check with the policies as they ship needs no compiler. */
async function compilePolicies(): Promise<void> {
  const { locateInstallation } = await import("../src/installation.ts");
  const { compileShipped } = await import("../src/policy/load.ts");
  const installation = locateInstallation(join(root, "src"));
  try {
    await compileShipped({ installation, variables: process.env, cacheFolder: undefined });
  } catch (error) {
    const { reportError } = await import("../src/cli/report-error.ts");
    reportError(error, { err: (text) => process.stderr.write(text), exit: () => undefined }, false);
    process.exit(1);
  }
}

function buildTypes(): void {
  run([join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.build.json"]);
}

/** Runs a script of Node's; it has said itself what is wrong when it fails. */
function run(args: readonly string[]): void {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

function previousStamp(): string | undefined {
  try {
    return readFileSync(stampFile, "utf8");
  } catch {
    return undefined;
  }
}

function inputsDigest(): string {
  const hash = createHash("sha256");
  const patterns = [
    "src/**/*",
    "policies/**/*",
    "schemas/*",
    "scripts/*",
    "package-lock.json",
    "dist/toolchain/toolchain.json",
  ];
  const files = globSync(patterns, { cwd: root, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  for (const file of files.toSorted()) {
    hash.update(file.slice(root.length)).update("\0").update(readFileSync(file)).update("\0");
  }
  return hash.digest("hex");
}
