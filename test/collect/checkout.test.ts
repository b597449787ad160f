import { execFileSync } from "node:child_process";
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder, writeFiles } from "../support.ts";
import { checkoutOf, commit, git, inventoryAt, inventoryOf } from "./support.ts";

describe("what is listed", () => {
  it("is what git tracks, in the order of the paths, with digest, size and lines", async () => {
    const root = checkoutOf({ "b.ts": "1\n2", "a/x.bin": "a\0b", "é\n\u001b[31m.md": "# x\n", ".gitignore": "out\n" });
    writeFiles(root, { "out/made.js": "x", "untracked.txt": "x" });
    const { files, complete, commit: id } = await inventoryAt(root);
    expect(files.map(({ path, type, bytes, lines }) => [path, type, bytes, lines])).toEqual([
      [".gitignore", "other", 4, 1],
      ["a/x.bin", "binary", 3, undefined],
      ["b.ts", "source", 3, 2],
      ["é\n\u001b[31m.md", "markdown", 4, 1],
    ]);
    expect(files[2]?.digest).toBe("sha256:b598b3a62a3f7cedb17e66d1cb31d53dffeebaf5c07e2c60d5e31971936fd35e");
    expect([complete, id]).toEqual([true, git(root, "rev-parse", "HEAD")]);
  });

  it("is the same every time", async () => {
    const root = checkoutOf({ "README.md": "[a](a.md)\n", "a.md": "# A\n" });
    expect(JSON.stringify(await inventoryAt(root))).toBe(JSON.stringify(await inventoryAt(root)));
  });

  it("is about no commit where a tracked file differs from it", async () => {
    const root = checkoutOf({ "a.md": "x\n" });
    writeFileSync(join(root, "a.md"), "y\n");
    const { commit: id, warnings, complete } = await inventoryAt(root);
    expect([id, warnings[0]?.code, warnings[0]?.place, complete]).toEqual([
      undefined,
      "work-tree-changed",
      "a.md",
      true,
    ]);
  });

  it("is not complete where a tracked file is not checked out", async () => {
    const root = checkoutOf({ "a.md": "x\n", "b.md": "x\n" });
    git(root, "update-index", "--skip-worktree", "b.md");
    rmSync(join(root, "b.md"));
    const { complete, reasons } = await inventoryAt(root);
    expect([complete, reasons.map(({ code, place }) => [code, place])]).toEqual([false, [["not-checked-out", "b.md"]]]);
  });

  it("is the folder where there is no git, without those of tools", async () => {
    const root = temporaryFolder();
    writeFiles(root, { "a.md": "x\n", "node_modules/b/index.js": "x", "c/d.md": "[a](../a.md)\n" });
    const { files, references, warnings, commit: id } = await inventoryAt(root, [], false);
    expect(files.map(({ path }) => path)).toEqual(["a.md", "c/d.md"]);
    expect([references[0]?.found, warnings[0]?.code, id]).toEqual([true, "no-git", undefined]);
  });

  it("can be narrowed, and still finds what is outside", async () => {
    const files = {
      "README.md": "# Top\n",
      "docs/a.md": "[x](../README.md#top) [y](../README.md#no)\n",
      "docsx/b.md": "x",
    };
    const inventory = await inventoryOf(files, "docs");
    expect(inventory.files.map(({ path }) => path)).toEqual(["docs/a.md"]);
    expect(inventory.paths).toEqual(["docs"]);
    expect(inventory.references.map(({ found }) => found)).toEqual([true, false]);
  });

  it("refuses to be narrowed to what is not there", async () => {
    await expect(inventoryOf({ "a.md": "x" }, "dosc")).rejects.toMatchObject({ code: "usage" });
  });
});

describe("a hostile checkout", () => {
  it("has links that are listed and never followed", async () => {
    const outside = temporaryFolder();
    writeFiles(outside, { "secret.md": "[x](nowhere.md)\n" });
    const root = checkoutOf({ "a.md": "[in](link.md)\n" });
    symlinkSync(join(outside, "secret.md"), join(root, "link.md"));
    symlinkSync(outside, join(root, "folder"));
    commit(root);
    const { files, references } = await inventoryAt(root);
    expect(files.map(({ path, type, digest }) => [path, type, digest === undefined])).toEqual([
      ["a.md", "markdown", false],
      ["folder", "link", true],
      ["link.md", "link", true],
    ]);
    expect(references.map(({ path, found }) => [path, found])).toEqual([["a.md", true]]);
  });

  it("cannot put a link in the place of a folder that git tracks", async () => {
    const outside = temporaryFolder();
    writeFiles(outside, { "a.md": "# stolen\n" });
    const root = checkoutOf({ "docs/a.md": "# A\n" });
    renameSync(join(root, "docs"), join(root, "away"));
    symlinkSync(outside, join(root, "docs"));
    const { files, reasons } = await inventoryAt(root);
    expect([files, reasons.map(({ code }) => code)]).toEqual([[], ["not-checked-out"]]);
  });

  it("cannot make it wait with a named pipe", async () => {
    const root = checkoutOf({ "a.md": "x\n" });
    rmSync(join(root, "a.md"));
    execFileSync("mkfifo", [join(root, "a.md")]);
    expect((await inventoryAt(root)).reasons.map(({ code }) => code)).toEqual(["not-checked-out"]);
  });

  it("has texts that are too large to be read, which is said", async () => {
    const { files, complete, reasons } = await inventoryOf({
      "big.md": "x\n".repeat(600_000),
      "big.json": "0".repeat(2_000_000),
    });
    expect(files.map(({ bytes, lines }) => [bytes, lines])).toEqual([
      [2_000_000, 1],
      [1_200_000, 600_000],
    ]);
    expect([complete, reasons.map(({ code, place }) => [code, place])]).toEqual([false, [["too-large", "big.md"]]]);
  });

  it.each([
    ["emphasis", "*a_ ".repeat(100_000)],
    ["brackets", "[".repeat(400_000)],
    ["quotes", "> ".repeat(200_000)],
    ["lists", Array.from({ length: 900 }, (_, depth) => `${" ".repeat(depth * 2)}- a`).join("\n")],
    ["tags", "<a ".repeat(100_000)],
    ["headings", "# {#a".repeat(100_000)],
    ["one heading again and again", "# a\n".repeat(50_000)],
    ["footnotes", "> ".repeat(50_000) + "[^".repeat(50_000)],
  ])("has markdown of %s that is read", async (_, text) => {
    expect((await inventoryOf({ "a.md": text })).complete).toBe(true);
  });

  it.each([
    ["YAML that is nested too deep", ".github/workflows/a.yml", "[".repeat(100_000)],
    ["YAML that refers to itself", "compose.yaml", "services: &s\n  a: &a\n    <<: *a\n    image: x\n"],
    ["YAML of merges upon merges", "compose.yaml", bomb(9)],
    ["JSON that is nested too deep", "package.json", `{"dependencies":${"[".repeat(100_000)}`],
    ["TOML that is nested too deep", "Cargo.toml", `a = ${"[".repeat(50_000)}`],
  ])("has %s, which ends", async (_, path, text) => {
    expect((await inventoryOf({ [path]: text })).files).toHaveLength(1);
  });

  it("has names of prototypes", async () => {
    const manifest = '{"dependencies":{"__proto__":"^1","constructor":"^2"}}';
    const lock = '{"lockfileVersion":3,"packages":{"":{"dependencies":{}}}}';
    const { pins } = await inventoryOf({ "package.json": manifest, "package-lock.json": lock });
    expect(pins.map(({ name, pinned }) => [name, pinned])).toEqual([
      ["__proto__", false],
      ["constructor", false],
    ]);
  });

  it("has passwords in addresses, which are not repeated", async () => {
    const inventory = await inventoryOf({
      "requirements.txt": "a @ git+https://me:hunter2@example.com/a.git\n",
      "README.md": "[x](https://me:hunter2@example.com)\n",
    });
    expect(JSON.stringify(inventory)).not.toContain("hunter2");
  });
});

/** Mappings of which each merges the one before many times. */
function bomb(levels: number): string {
  const lines = ["x0: &x0 { image: a }"];
  for (let level = 1; level <= levels; level++) {
    const merged = Array.from({ length: 9 }, () => `*x${level - 1}`).join(", ");
    lines.push(`x${level}: &x${level} { <<: [${merged}] }`);
  }
  return `${lines.join("\n")}\nservices: *x${levels}\n`;
}

it("takes a submodule for what it is", async () => {
  const root = checkoutOf({ "a.md": "[sub](sub)\n" });
  mkdirSync(join(root, "sub"));
  git(root, "update-index", "--add", "--cacheinfo", `160000,${"a".repeat(40)},sub`);
  const { files, references } = await inventoryAt(root);
  expect(files[1]).toEqual({ path: "sub", bytes: 0, type: "submodule" });
  expect(references[0]?.found).toBe(true);
});
