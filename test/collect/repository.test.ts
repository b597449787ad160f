import { describe, expect, it } from "vitest";
import { type Files, inventoryOf } from "./support.ts";

const COMMIT = "8e5e7e5ab8b370d6c329ec480221332ada57f0ab";
const DIGEST = `sha256:${"a".repeat(64)}`;

const OTHERS: Files = {
  "docs/b.md": [
    "# Title & more: `code` _x_",
    "## Same",
    "## Same",
    "## Ünïcode, 日本!",
    "Setext\n------",
    '<a name="Own"></a> <h2 id="own-id">x</h2>',
    "## Custom {#custom}",
    "```\n# no heading\n```",
  ].join("\n\n"),
  "docs/with space.md": "x\n",
  "src/a.ts": "x\n",
  LICENSE: "x\n",
};

async function found(text: string): Promise<readonly unknown[]> {
  const { references } = await inventoryOf({ ...OTHERS, "docs/a.md": text });
  return references.filter(({ path }) => path === "docs/a.md").map(({ found: is, target, line }) => [line, target, is]);
}

describe("a link in markdown", () => {
  it.each([
    ["to a file", "[x](b.md)", "b.md", true],
    ["to no file", "[x](c.md)", "c.md", false],
    ["in another case", "[x](B.md)", "B.md", false],
    ["to a folder", "[x](../src/)", "../src/", true],
    ["from the root", "[x](/LICENSE)", "/LICENSE", true],
    ["to the root", "[x](..)", "..", true],
    ["out of the repository", "[x](../../other/LICENSE)", "../../other/LICENSE", false],
    ["to a page of the forge", "[x](../../../issues/1)", "../../../issues/1", undefined],
    ["with a name that is escaped", "[x](with%20space.md)", "with%20space.md", true],
    ["in angle brackets", "[x](<with space.md>)", "with space.md", true],
    ["with a title and a query", '[x](b.md?plain=1#L3 "t")', "b.md?plain=1#L3", true],
    ["to a heading with code and marks", "[x](b.md#title--more-code-x)", "b.md#title--more-code-x", true],
    ["to the second heading of a name", "[x](b.md#same-1)", "b.md#same-1", true],
    ["to a third that is not there", "[x](b.md#same-2)", "b.md#same-2", false],
    ["to a heading in another script", "[x](b.md#ünïcode-日本)", "b.md#ünïcode-日本", true],
    ["to an underlined heading", "[x](b.md#setext)", "b.md#setext", true],
    ["to an anchor of HTML", "[x](b.md#own) ", "b.md#own", true],
    ["to an id of HTML", "[x](b.md#own-id)", "b.md#own-id", true],
    ["to an id of its own", "[x](b.md#custom)", "b.md#custom", true],
    ["to what is a comment of code", "[x](b.md#no-heading)", "b.md#no-heading", false],
    ["to a heading of its own page", "# Here\n[x](#here)", "#here", true],
    ["to no heading of its own page", "[x](#there)", "#there", false],
    ["to a line of a file", "[x](../src/a.ts#L1-L2)", "../src/a.ts#L1-L2", true],
    ["to nothing", "[x]()", "", false],
    ["by reference", "[x][y]\n\n[y]: c.md", "c.md", false],
    ["of a picture", "![x](c.png)", "c.png", false],
    ["in HTML", '<p>\n<a href="c.md">x</a></p>', "c.md", false],
    ["of a picture in HTML", 'x <img src="c.png" /> y', "c.png", false],
    ["in a table", "| a |\n| - |\n| [x](c.md) |", "c.md", false],
    ["to the web", "[x](https://example.com/a)", "https://example.com/a", undefined],
    ["to the web by the same scheme", "[x](//example.com)", "//example.com", undefined],
    ["to somebody", "<mailto:a@example.com>", "mailto:a@example.com", undefined],
  ])("%s is found or not", async (_, text, target, is) => {
    const links = await found(text);
    expect(links.map((link) => (Array.isArray(link) ? link.slice(1) : link))).toEqual([[target, is]]);
  });

  it.each([
    ["in code", "`[x](c.md)`"],
    ["in a block of code", "```md\n[x](c.md)\n```"],
    ["in an indented block", "    [x](c.md)"],
    ["in a comment", "<!-- [x](c.md) -->"],
    ["that is escaped", "\\[x](c.md)"],
    ["in the text of a footnote alone", "x[^1]\n\n[^1]: c.md"],
  ])("%s is none", async (_, text) => expect(await found(text)).toEqual([]));

  it("has its line", async () => {
    expect(await found("---\na: 1\n---\n\ntext\n[x](c.md)\n\n- [y](d.md)\n")).toEqual([
      [6, "c.md", false],
      [8, "d.md", false],
    ]);
  });
});

describe("front matter", () => {
  it.each([
    ["that is good", "---\ntitle: x\nowner: y\n---\n# x\n", { valid: true, keys: ["title", "owner"] }],
    ["with a key twice", "---\na: 1\na: 2\n---\n", { valid: false, keys: ["a", "a"] }],
    ["that is no YAML", "---\na: [\n---\n", { valid: false, keys: [] }],
    ["that is a list", "---\n- a\n---\n", { valid: false, keys: [] }],
    ["that is empty", "---\n---\n", { valid: false, keys: [] }],
    ["that is none", "# x\n---\n", undefined],
    ["that never ends", "---\na: 1\n", undefined],
    ["with CRLF", "---\r\na: 1\r\n---\r\n", { valid: true, keys: ["a"] }],
  ])("%s is read", async (_, text, frontMatter) => {
    const { files } = await inventoryOf({ "a.md": text });
    expect(files[0]?.frontMatter).toEqual(frontMatter);
  });
});

async function pinsOf(files: Files): Promise<readonly unknown[]> {
  const { pins } = await inventoryOf(files);
  return pins.map(({ type, reference, pinned, line }) => [type, reference, pinned, line]);
}

const manifest = '{\n "dependencies": {\n  "a": "^1.0.0",\n  "b": "1.2.3",\n  "c": "file:../c"\n }\n}\n';
const lock = (wanted: string) =>
  JSON.stringify({
    lockfileVersion: 3,
    packages: { "": { dependencies: { a: wanted } }, "node_modules/a": { version: "1.0.1" } },
  });

describe("pins", () => {
  it("of workflows are actions and images, and what is local is a reference", async () => {
    const workflow = [
      "jobs:",
      "  a:",
      "    container: node:24",
      "    services:",
      `      db: { image: "postgres@${DIGEST}" }`,
      "    steps:",
      "      - uses: actions/checkout@v6",
      `      - uses: acme/setup/sub@${COMMIT} # v1`,
      "      - uses: docker://alpine:3",
      "      - uses: ./.github/actions/own",
      "      - uses: ./.github/actions/none",
      "  b:",
      "    uses: acme/flows/.github/workflows/x.yml@main",
    ].join("\n");
    const action = "runs:\n  using: composite\n  steps:\n    - uses: actions/cache@v5\n";
    const files = { ".github/workflows/ci.yml": workflow, ".github/actions/own/action.yml": action };
    expect(await pinsOf(files)).toEqual([
      ["action", "actions/cache@v5", false, 4],
      ["image", "node:24", false, 3],
      ["image", `postgres@${DIGEST}`, true, 5],
      ["action", "actions/checkout@v6", false, 7],
      ["action", `acme/setup/sub@${COMMIT}`, true, 8],
      ["image", "alpine:3", false, 9],
      ["action", "acme/flows/.github/workflows/x.yml@main", false, 13],
    ]);
    const { references, pins } = await inventoryOf(files);
    expect(references.map(({ target, type, found: is }) => [target, type, is])).toEqual([
      ["./.github/actions/own", "include", true],
      ["./.github/actions/none", "include", false],
    ]);
    expect(pins.map(({ name }) => name)).toContain("docker.io/library/postgres");
  });

  it("of pipelines, compositions and hooks are read", async () => {
    expect(
      await pinsOf({
        ".gitlab-ci.yml": `image: ruby:3\ninclude:\n  - project: a/b\n    ref: main\n  - component: x.example/a/b@${COMMIT}\n  - local: /none.yml\njob:\n  image: { name: "go@${DIGEST}" }\n  services: [redis:7]\n`,
        ".pre-commit-config.yaml": `repos:\n- repo: https://example.com/a\n  rev: v1\n- repo: https://example.com/b\n  rev: ${COMMIT}\n- repo: local\n`,
        "compose.yaml": `services:\n  a: { image: "a:\${TAG:-1}" }\n  b: { image: b, build: . }\n  c: { image: "c@${DIGEST}" }\n`,
      }),
    ).toEqual([
      ["image", "ruby:3", false, 1],
      ["include", "a/b@main", false, 3],
      ["include", `x.example/a/b@${COMMIT}`, true, 5],
      ["image", `go@${DIGEST}`, true, 8],
      ["image", "redis:7", false, 9],
      ["hook", "https://example.com/a@v1", false, 3],
      ["hook", `https://example.com/b@${COMMIT}`, true, 5],
      ["image", "a:${TAG:-1}", false, 2],
      ["image", `c@${DIGEST}`, true, 4],
    ]);
  });

  it.each([
    ["without a lock file", {}, false],
    ["with a lock file", { "package-lock.json": lock("^1.0.0") }, true],
    ["with a lock file of other words", { "package-lock.json": lock("^0.9.0") }, false],
    ["with a lock file of yarn", { "yarn.lock": '"a@^1.0.0", a@^1.1.0:\n  version "1.0.1"\n' }, true],
    ["with one of yarn for another range", { "yarn.lock": "a@^2.0.0:\n" }, false],
    ["with one of newer yarn", { "yarn.lock": '"a@npm:^1.0.0":\n  version: 1.0.1\n' }, true],
    [
      "with one of pnpm",
      {
        "pnpm-lock.yaml":
          "importers:\n  .:\n    dependencies:\n      a:\n        specifier: ^1.0.0\n        version: 1.0.1\n",
      },
      true,
    ],
    [
      "with one of pnpm for another range",
      { "pnpm-lock.yaml": "importers:\n  .:\n    dependencies:\n      a: { specifier: ^2, version: 2.0.0 }\n" },
      false,
    ],
  ])("of npm %s are right", async (_, locks, pinned) => {
    expect(await pinsOf({ "package.json": manifest, ...locks })).toEqual([
      ["package", "a@^1.0.0", pinned, 3],
      ["package", "b@1.2.3", true, 4],
    ]);
  });

  it("of a workspace are in the lock file above it", async () => {
    const above = JSON.stringify({
      packages: { "": {}, "packages/w": { dependencies: { a: "^1.0.0" } }, "node_modules/a": {} },
    });
    const files = { "packages/w/package.json": '{"dependencies":{"a":"^1.0.0"}}', "package-lock.json": above };
    expect(await pinsOf(files)).toEqual([["package", "a@^1.0.0", true, 1]]);
  });

  it.each([
    ["a==1.2", true],
    ["A.b[extra]==1.2.3 ; python_version > '3'", true],
    ["a===1", true],
    ["a==1.*", false],
    ["a==1,!=2", false],
    ["a>=1", false],
    ["a", false],
    [`a @ git+https://example.com/a@${COMMIT}`, true],
    ["a @ git+https://example.com/a@main", false],
    [`a @ https://example.com/a.whl#sha256=${"a".repeat(64)}`, true],
    ["https://example.com/a.whl", false],
    ["a==1 \\\n  --hash=sha256:aa # why", true],
  ])("of a requirement %s are right", async (requirement, pinned) => {
    const { pins } = await inventoryOf({ "requirements.txt": `# x\n-i https://example.com\n-e .\n${requirement}\n` });
    expect(pins.map(({ pinned: is, line }) => [is, line])).toEqual([[pinned, 4]]);
  });

  it.each([
    [
      "pyproject.toml",
      '[project]\ndependencies = ["A_b>=1", "c"]\n[build-system]\nrequires = ["hatchling"]\n',
      "uv.lock",
      '[[package]]\nname = "a-b"\n',
      ["A_b>=1"],
    ],
    [
      "pyproject.toml",
      '[tool.poetry.dependencies]\npython = "^3"\na = "^1"\nb = { path = "x" }\n',
      "poetry.lock",
      '[[package]]\nname = "a"\n',
      ["a ^1"],
    ],
    [
      "Cargo.toml",
      '[dependencies]\na = "1"\nb = { path = "b" }\n[dev-dependencies]\nc = "=1.2.3"\n',
      "Cargo.lock",
      '[[package]]\nname = "a"\n',
      ["a 1", "c =1.2.3"],
    ],
    [
      "go.mod",
      "module x\nrequire (\n\ta.b/c v1.0.0\n\td.e/f v1.1.0 // indirect\n\tx.y/z v0.0.0\n)\nreplace x.y/z => ../z\n",
      "go.sum",
      "a.b/c v1.0.0 h1:x=\n",
      ["a.b/c@v1.0.0"],
    ],
    [
      "Gemfile",
      'gem "a", "~> 1"\ngem \'b\', "1.2.3"\ngem "c", path: "c"\n',
      "Gemfile.lock",
      "GEM\n  specs:\n    a (1.0)\n",
      ["a ~> 1", "b 1.2.3"],
    ],
    [
      "composer.json",
      '{"require":{"php":"^8","a/b":"^1","c/d":"^2"}}',
      "composer.lock",
      '{"packages":[{"name":"a/b"}]}',
      ["a/b ^1"],
    ],
    ["Pipfile", '[packages]\na = "*"\nb = "*"\n', "Pipfile.lock", '{"default":{"a":{}}}', ["a *"]],
  ])("of %s are those of the lock file", async (path, text, lockPath, lockText, expected) => {
    const { pins } = await inventoryOf({ [path]: text, [lockPath]: lockText });
    expect(pins.filter(({ pinned }) => pinned).map(({ reference }) => reference)).toEqual(expected);
    const { pins: without } = await inventoryOf({ [path]: text });
    expect(without.length).toBe(pins.length);
    expect(without.filter(({ pinned }) => pinned).length).toBeLessThan(expected.length);
  });

  it("of modules of Terraform are read", async () => {
    const text = `module "a" {\n  source = "a/b/c"\n  version = "~> 1"\n}\nmodule "b" {\n  source = "git::https://example.com/x?ref=${COMMIT}"\n}\nmodule "c" {\n  source = "./none"\n}\n`;
    expect(await pinsOf({ "main.tf": text })).toEqual([
      ["module", "a/b/c ~> 1", false, 2],
      ["module", `git::https://example.com/x?ref=${COMMIT}`, true, 6],
    ]);
  });

  it.each([
    ["package.json", "{"],
    [".github/workflows/ci.yml", "jobs: ["],
    ["Cargo.toml", "a ="],
    ["Dockerfile", "RUN x\n"],
  ])("of %s that cannot be read are none, which is no pin", async (path, text) => {
    expect(await pinsOf({ [path]: text })).toEqual([["unreadable", expect.stringContaining("not readable"), false, 1]]);
  });
});

describe("cycles", () => {
  it("are of files that include each other, each once", async () => {
    const { cycles } = await inventoryOf({
      "a.md": "```{include} b.md\n```\n[link](c.md)\n",
      "b.md": '--8<-- "c.md"\n',
      "c.md": '{% include "a.md" %}\n',
      "d.md": "{!d.md!}\n",
      "e.md": '{% include "a.md" %}\n',
      "requirements.txt": "-r dev-requirements.txt\n",
      "dev-requirements.txt": "-r requirements.txt\n",
    });
    expect(cycles).toEqual([
      { type: "include", paths: ["a.md", "b.md", "c.md"] },
      { type: "include", paths: ["d.md"] },
      { type: "include", paths: ["dev-requirements.txt", "requirements.txt"] },
    ]);
  });

  it("are no links", async () => {
    expect((await inventoryOf({ "a.md": "[b](b.md)", "b.md": "[a](a.md)" })).cycles).toEqual([]);
  });

  it("can be long", async () => {
    const files = Object.fromEntries(
      Array.from({ length: 3_000 }, (_, at) => [`f${at}.md`, `{!f${(at + 1) % 3_000}.md!}\n`]),
    );
    expect((await inventoryOf(files)).cycles.map(({ paths }) => paths.length)).toEqual([3_000]);
  });
});

describe("changelogs", () => {
  it.each([
    [
      "CHANGELOG.md",
      "# Changelog\n## [Unreleased]\n### Added\n- a\n  - b\n- c\n## [1.2.0] - 2026-01-31\n- d\n## 1.1.0\n",
      { valid: true, unreleased: 2, latest: "1.2.0", latestDate: "2026-01-31", versions: 2 },
    ],
    [
      "CHANGES.md",
      "# v2.0.0-rc.1 (2026-02-01)\n* a\n",
      { valid: true, unreleased: 0, latest: "2.0.0-rc.1", latestDate: "2026-02-01", versions: 1 },
    ],
    ["docs/changelog.md", "# Changelog\nnothing\n", { valid: false, unreleased: 0, versions: 0 }],
    [
      "NEWS",
      "1.0.1 2026-01-01\n\n * a\n",
      { valid: true, unreleased: 0, latest: "1.0.1", latestDate: "2026-01-01", versions: 1 },
    ],
  ])("of %s are read", async (path, text, changelog) => {
    expect((await inventoryOf({ [path]: text })).changelogs).toEqual([{ path, ...changelog }]);
  });
});
