import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { createProgram } from "../src/cli/program.ts";
import { fixedClock } from "../src/util/clock.ts";
import { installation, ROOT } from "./support.ts";

/** Documentation that a change has left behind fails here. */

const pages = globSync(["*.md", "docs/**/*.md", "examples/*/README.md"], { cwd: ROOT });
const page = (path: string): string => readFileSync(join(ROOT, path), "utf8");

const program = createProgram({
  cwd: ROOT,
  variables: {},
  clock: fixedClock("2026-01-01T00:00:00Z"),
  random: (bytes) => new Uint8Array(bytes),
  installation,
  cacheFolder: undefined,
  color: false,
  stdin: async () => new Uint8Array(),
  interruption: () => new AbortController().signal,
  out: () => undefined,
  err: () => undefined,
  exit: () => undefined,
});

function commandsOf(command: Command, prefix: string): readonly { readonly name: string; readonly command: Command }[] {
  return command.commands.flatMap((child) => {
    const name = `${prefix} ${child.name()}`;
    return child.commands.length > 0 ? commandsOf(child, name) : [{ name, command: child }];
  });
}

describe.each(commandsOf(program, "gate"))("$name", ({ name, command }) => {
  it("is in docs/commands.md with every option", () => {
    const section = page("docs/commands.md")
      .split(/^## /m)
      .find((text) => text.startsWith(`\`${name}\``));
    expect(section, `a section "## \`${name}\`"`).toBeDefined();
    for (const { long } of command.options) expect(section).toContain(long ?? "");
  });
});

it("names every error in docs/errors.md", () => {
  const union =
    /export type GateErrorCode =([^;]+);/.exec(readFileSync(join(ROOT, "src/util/errors.ts"), "utf8"))?.[1] ?? "";
  const codes = [...union.matchAll(/"([a-z-]+)"/g)].map(([, code = ""]) => code);
  expect(codes.length).toBeGreaterThan(10);
  for (const code of codes) expect(page("docs/errors.md")).toContain(`\`${code}\``);
});

it("names every key and kind of evidence in docs/configuration.md", () => {
  const text = page("docs/configuration.md");
  const schema: unknown = JSON.parse(readFileSync(join(installation.schemas, "config.v1.schema.json"), "utf8"));
  for (const key of JSON.stringify(schema).matchAll(/"([a-z-]+)":\{"description"/g))
    expect(text).toContain(`\`${key[1]}\``);
});

it("has no link that leads nowhere", () => {
  const broken: string[] = [];
  for (const path of pages) {
    for (const [, target = ""] of page(path).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
      if (!/^[a-z]+:/.test(target) && !existsSync(join(ROOT, dirname(path), target))) broken.push(`${path}: ${target}`);
    }
  }
  expect(broken).toEqual([]);
});

it("names only npm scripts that exist", () => {
  const manifest = JSON.parse(page("package.json")) as { scripts: Record<string, string> };
  for (const path of pages) {
    for (const [, name = ""] of page(path).matchAll(/npm run ([a-z:]+)/g))
      expect(Object.keys(manifest.scripts), path).toContain(name);
  }
});
