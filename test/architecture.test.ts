import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "./support.ts";

/** What a folder of `src/` may import from, besides itself; files at the top are named by their name. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  util: [],
  evidence: ["util"],
  ingest: ["evidence", "util", "installation.ts"],
  "installation.ts": [],
  policy: ["evidence", "util", "installation.ts"],
  decision: ["policy", "evidence", "util"],
  config: ["decision", "policy", "evidence", "util"],
  trust: ["config", "decision", "evidence", "util"],
  ci: ["decision", "util"],
  collect: ["ci", "ingest", "evidence", "util"],
  attest: ["trust", "audit", "decision", "evidence", "util"],
  audit: ["ci", "decision", "output", "evidence", "util"],
  output: ["decision", "util"],
  catalogue: ["ingest", "policy", "decision", "output", "evidence", "util"],
  replay: ["audit", "decision", "policy", "output", "evidence", "util"],
  explain: ["replay", "decision", "policy", "output", "evidence", "util"],
  impact: ["replay", "config", "decision", "policy", "output", "evidence", "util"],
  report: ["decision", "audit", "output", "policy", "evidence", "util"],
  page: ["report", "audit", "output", "decision", "evidence", "util"],
  check: ["config", "trust", "ingest", "policy", "decision", "audit", "ci", "evidence", "util", "installation.ts"],
  "index.ts": ["check", "decision", "evidence", "output", "util", "installation.ts"],
  cli: [
    "check",
    "config",
    "trust",
    "attest",
    "ingest",
    "policy",
    "decision",
    "audit",
    "report",
    "impact",
    "replay",
    "explain",
    "catalogue",
    "collect",
    "output",
    "ci",
    "evidence",
    "util",
    "installation.ts",
  ],
};

const files = globSync("src/**/*.ts", { cwd: ROOT, exclude: (path) => path.endsWith(".d.ts") });

/** Everything that a file imports, static or dynamic, types included. */
function importsOf(file: string): readonly string[] {
  const text = readFileSync(join(ROOT, file), "utf8");
  return [...text.matchAll(/(?:from\s+|import\(\s*|^import\s+)"([^"]+)"/gm)].map(([, path = ""]) => path);
}

function areaOf(path: string): string {
  return relative("src", path).split("/")[0] ?? "";
}

describe("dependencies point one way", () => {
  it.each(files)("%s", (file) => {
    const area = areaOf(file);
    expect(Object.keys(ALLOWED)).toContain(area);
    const used = importsOf(file)
      .filter((path) => path.startsWith("."))
      .map((path) => areaOf(join(dirname(file), path)));
    expect(used.filter((other) => other !== area && !ALLOWED[area]?.includes(other))).toEqual([]);
  });
});

function importersOf(library: string): readonly string[] {
  return files.filter((file) => {
    const text = readFileSync(join(ROOT, file), "utf8");
    return importsOf(file).includes(library) || text.includes(`("${library}")`);
  });
}

describe("a library has one place", () => {
  it.each([
    ["better-sqlite3", /^src\/audit\/sqlite\//],
    ["pg", /^src\/audit\/postgres\//],
    ["@noble/ed25519", /^src\/page\/crypto\.ts$/],
    ["commander", /^src\/cli\/[^/]+\.ts$/],
    ["saxes", /^src\/ingest\/xml\.ts$/],
    ["tinyglobby", /^src\/ingest\/files\.ts$/],
    ["markdown-it", /^src\/collect\/[a-z]+\/markdown\.ts$/],
    ["parse5", /^src\/collect\/(?:[a-z]+\/markdown|content\/html)\.ts$/],
    ["dockerfile-ast", /^src\/collect\/dockerfile\//],
    ["smol-toml", /^src\/collect\/repository\/packages\.ts$/],
    ["web-tree-sitter", /^src\/collect\/source\/parser\.ts$/],
    ["spdx-expression-parse", /^src\/evidence\/licence\.ts$/],
  ])("%s", (library, place) => {
    const importers = importersOf(library);
    expect(importers.length).toBeGreaterThan(0);
    expect(importers.filter((file) => !place.test(file))).toEqual([]);
  });
});

it("touches the process in the command line, the child and the worker only", () => {
  const allowed =
    /^src\/(cli\/(main|start)\.ts|cli\/write-file\.ts|util\/cache\.ts|policy\/toolchain\/|audit\/sqlite\/)/;
  const users = files.filter((file) => /\bprocess\.(?!on\b)|\bconsole\./.test(withoutComments(file)));
  expect(users.filter((file) => !allowed.test(file))).toEqual([]);
  for (const file of files) expect(withoutComments(file), file).not.toContain("process.exit(");
});

it("decides, reports and prints without input and output", () => {
  const pure = files.filter((file) => /^src\/(decision|report|catalogue|impact|replay|explain|output)\//.test(file));
  const system = /^node:(?!crypto$)/;
  for (const file of pure)
    expect(
      importsOf(file).filter((path) => system.test(path)),
      file,
    ).toEqual([]);
});

it("reads no clock but the one it is given", () => {
  const readers = files.filter((file) => /new Date\(\)|Date\.now\(/.test(withoutComments(file)));
  // The compiler's sandbox has a clock of its own; no decision depends on it.
  expect(readers.toSorted()).toEqual(["src/policy/toolchain/child.ts", "src/util/clock.ts"]);
});

it("keeps an adapter in a folder of its own", () => {
  const folders = globSync("src/ingest/*/", { cwd: ROOT });
  for (const folder of folders) expect(globSync("*.ts", { cwd: join(ROOT, folder) }), folder).toContain("index.ts");
});

function withoutComments(file: string): string {
  return readFileSync(join(ROOT, file), "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
}
