import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { collectDocumentation } from "../../src/collect/documentation/index.ts";
import { GateError } from "../../src/util/errors.ts";
import { temporaryFolder, writeFiles } from "../support.ts";
import { checkoutOf, EVERYTHING } from "./source.ts";

/** What is said of one file: whether it has a text, an example, and its symbols, those without a text with `!`. */
async function saidOf(name: string, text: string, others: Readonly<Record<string, string>> = {}): Promise<string> {
  const { modules, unread } = await collectDocumentation(EVERYTHING, checkoutOf({ [name]: text, ...others }));
  const lines = modules.map(({ path, documented, example, symbols, documentedSymbols, examples, undocumented }) => {
    const counts = `${documentedSymbols}/${symbols} ${examples}`;
    return [path, documented, example, counts, ...undocumented.map((symbol) => `!${symbol}`)].join(" ");
  });
  return [...lines, ...unread.map(({ path, reason }) => `${path} ${reason}`)].join("\n");
}

describe.each<[name: string, text: string, said: string]>([
  ["a function with a text", "/** Adds. */\nexport function a() {}\nexport const b = 1;", "false false 1/2 0 !b"],
  ["a comment that is none", "/* Adds. */\nexport const a = 1, b = 2;", "false false 0/2 0 !a !b"],
  ["a comment without words", "/** @internal */\nexport const a = 1, b = 2;", "false false 0/2 0 !a !b"],
  ["one symbol, which is what the module is", "/** Adds. */\nexport default class {}", "true false 1/1 0"],
  ["a text of the file", '/** Sums. */\nimport "./x";\nexport const a = 1, b = 2;', "true false 0/2 0 !a !b"],
  ["a licence", '/** Copyright 2026 Zoe */\nimport "./x";\nexport const a = 1, b = 2;', "false false 0/2 0 !a !b"],
  ["a text of the file and one of the first", "/** Sums. */\n\n/** A. */\nexport const a = 1;", "true false 1/1 0"],
  ["a tagged text", "/** @file Sums. */\nexport const a = 1, b = 2;", "true false 2/2 0"],
  ["an example", "/**\n * Adds.\n * @example\n * a();\n */\nexport function a() {}", "true true 1/1 1"],
  ["fenced code", "/**\n * Adds.\n * ```ts\n * a();\n * ```\n */\nexport function a() {}", "true true 1/1 1"],
  [
    "what is declared before it is exported",
    "/** A. */\nfunction a() {}\nfunction b() {}\nexport { a as c, b };",
    "false false 1/2 0 !b",
  ],
  [
    "what is passed on",
    'import { d } from "./d";\nexport * from "./a";\nexport { b } from "./c";\nexport { d };\nexport type * from "./e";',
    "",
  ],
  [
    "overloads",
    "/** A. */\nexport function a(x: string): void;\nexport function a(x: number): void;\nexport function a() {}",
    "true false 1/1 0",
  ],
  ["patterns", "export const [a, { b, c: d = 3 }] = f();", "false false 0/3 0 !a !b !d"],
  [
    "types",
    "/** T. */\nexport type T = 1;\nexport interface I {}\nexport enum E { A }\nexport namespace N {}\nexport declare const d: 1;",
    "false false 1/5 0 !I !E !N !d",
  ],
  [
    "methods",
    "/** K. */\nexport class K {\n  constructor() {}\n  /** M. */\n  @dec()\n  m() {}\n  n() {}\n  #p() {}\n  private q() {}\n  override r() {}\n  /** G. */\n  get g() { return 1; }\n  set g(x) {}\n  _s() {}\n  f = 1;\n}",
    "true false 3/4 0 !K.n",
  ],
  [
    "a comment at the end of another line",
    "const x = 1; /** X. */\nexport const a = x, b = 2;",
    "false false 0/2 0 !a !b",
  ],
  [
    "names that grammars do not know",
    "const _null = 1;\nexport { _null as null };\nexport type P = [string: number];\nexport interface Q<in out T> {}",
    "false false 0/3 0 !null !P !Q",
  ],
  [
    "names of prototypes",
    "export const constructor = 1, __proto__ = 2, hasOwnProperty = 3;",
    "false false 0/3 0 !constructor !__proto__ !hasOwnProperty",
  ],
])("TypeScript: %s", (_, text, said) => {
  it("is told", async () => expect(await saidOf("a.ts", text)).toBe(said === "" ? "" : `a.ts ${said}`));
});

describe.each<[name: string, text: string, said: string]>([
  [
    "exports of CommonJS",
    "/** A. */\nexports.a = function () {};\nmodule.exports.b = 1;\nexports.c = require('./c');",
    "false false 1/2 0 !b",
  ],
  [
    "a whole module",
    "/** A. */\nfunction a() {}\nmodule.exports = { a, /** B. */ b() {}, c: 1, d: require('./d') };",
    "false false 2/3 0 !c",
  ],
  ["a function", "/** A. */\nmodule.exports = function () {};", "true false 1/1 0"],
  ["both names", "/** A. */\nexports = module.exports = create;\nfunction create() {}", "true false 1/1 0"],
  [
    "what is passed on",
    "var q = require('./q');\nexports.q = q;\nexports.r = q.r;\nmodule.exports = require('./x');",
    "",
  ],
  [
    "elements",
    "/** A. */\nexport const A = () => <b>R&D & that &amp; <i a='?b=1&c=2'/></b>, c = 1 & 2;",
    "false false 2/2 0",
  ],
])("JavaScript: %s", (_, text, said) => {
  it("is told", async () => expect(await saidOf("a.js", text)).toBe(said === "" ? "" : `a.js ${said}`));
});

it("knows elements beside types that are joined", async () => {
  const text =
    "type T = A & B;\nexport type * from './x';\n/** A. */\nexport const A = (t: T & C) => <b>this & that</b>;\n";
  expect(await saidOf("a.tsx", text)).toBe("a.tsx true false 1/1 0");
});

describe.each<[name: string, text: string, said: string]>([
  ["docstrings", '"""Sums."""\ndef a():\n    """A.\n\n    >>> a()\n    """\ndef b(): pass', "true false 1/2 1 !b"],
  ["private names", '"""Sums."""\ndef _a(): pass\nclass _K:\n    def m(self): pass\ndef c(): "C."', "true false 1/1 0"],
  [
    "methods",
    "class K:\n    'K.'\n    def __init__(self): pass\n    def m(self):\n        'M.'\n    @property\n    def p(self): pass\n    @p.setter\n    def p(self, x): pass\n    @override\n    def o(self): pass",
    "false false 2/3 0 !K.p",
  ],
  ["a literal __all__", "__all__ = ['a']\ndef a(): 'A.'\ndef b(): pass", "false false 1/1 0"],
  ["an __all__ that is made up", "__all__ = ['a'] + more\ndef a(): 'A.'\ndef b(): pass", "false false 1/2 0 !b"],
  [
    "branches",
    "if x:\n    def a(): pass\nelse:\n    def b(): 'B.'\ndef c():\n    'C.'\n    def inner(): pass",
    "false false 2/3 0 !a",
  ],
  ["a text that is computed", "f'{x} sums'\ndef a(): f'A {x}'", "false false 0/1 0 !a"],
])("Python: %s", (_, text, said) => {
  it("is told", async () => expect(await saidOf("a.py", text)).toBe(`a.py ${said}`));
});

describe("Go", () => {
  it("has packages, in all of their files", async () => {
    const files = {
      "shop/a.go":
        "// Package shop sells.\npackage shop\n\n// A is.\nfunc A() {}\nfunc B() {}\nfunc c() {}\n\n// M does.\nfunc (k *K[T]) M() {}\nfunc (k k) N() {}\n",
      "shop/b.go":
        "// Copyright\n\npackage shop\n\n// Kinds.\nconst (\n\tX = 1\n\ty = 2\n)\n\ntype (\n\tK int\n\tL = int // L is.\n)\n\n//go:generate x\nvar V, W = 1, 2\n",
      "shop/a_test.go":
        "package shop_test\n\nfunc ExampleA() {}\nfunc ExampleK_M_second() {}\nfunc Example_whole() {}\nfunc ExampleNothing() {}\n",
      "cmd/main.go": "// Command x.\npackage main\n\nfunc A() {}\n",
    };
    expect(await saidOf("go.mod", "module x\n", files)).toBe("shop true true 4/8 2 !B !K !V !W");
  });

  it("knows what is newer than its grammar", async () => {
    expect(await saidOf("a.go", "// Package a.\npackage a\n\n// A is.\nvar A = new(int32(1))\n")).toBe(
      ". true false 1/1 0",
    );
  });
});

describe("Java", () => {
  it("has types with their members", async () => {
    const text =
      "package a;\n/** K. */\npublic class K {\n  /** M. */\n  public void m() {}\n  @Override public String toString() { return null; }\n  void p() {}\n  protected void q() {}\n  public K() {}\n  public enum E { A; public void f() {} }\n}\ninterface Hidden { void x(); }\n";
    expect(await saidOf("K.java", text)).toBe("K.java true false 2/5 0 !K.q !K.E !K.E.f");
  });

  it("takes what is in an interface for public", async () => {
    expect(
      await saidOf("I.java", "/** I. <pre>i()</pre> */\npublic interface I { void m(); private void n() {} }"),
    ).toBe("I.java true true 1/2 1 !I.m");
  });
});

describe("files", () => {
  const plain = "/** A. */\nexport const a = 1;\n";

  it("that are tests or generated are counted and left out, unless they are asked for", async () => {
    const names = ["a.ts", "a.test.ts", "test/b.ts", "dist/c.js", "d.d.ts", "lib/e.ts"];
    const context = checkoutOf({
      ...Object.fromEntries(names.map((name) => [name, plain])),
      "f.ts": `// @generated by x\n${plain}`,
      "g.go": "// Code generated by x. DO NOT EDIT.\n\npackage g\n\nfunc G() {}\n",
    });
    const pathsOf = async (selection: object) => {
      const { modules, excluded } = await collectDocumentation({ ...EVERYTHING, ...selection }, context);
      return [...modules.map(({ path }) => path), excluded];
    };
    expect(await pathsOf({})).toEqual(["a.ts", "lib/e.ts", 6]);
    expect(await pathsOf({ include: ["test/**"] })).toEqual(["a.ts", "lib/e.ts", "test/b.ts", 5]);
    expect(await pathsOf({ exclude: ["e.ts"] })).toEqual(["a.ts", 7]);
    expect(await pathsOf({ paths: ["lib"] })).toEqual(["lib/e.ts", 0]);
  });

  it("that cannot be understood are named, with the reason", async () => {
    const { modules, unread } = await collectDocumentation(
      EVERYTHING,
      checkoutOf({
        "a.ts": plain,
        "big.ts": `${plain}//${"x".repeat(2 << 20)}\n`,
        "broken.py": "x = 1\ndef (\n",
        "other.rs": "fn main() {}\n",
        "latin.py": Uint8Array.from([0x23, 0xe9, 0x0a]),
        "notes.md": "# x\n",
      }),
    );
    expect(modules.map(({ path }) => path)).toEqual(["a.ts"]);
    expect(unread).toEqual([
      { path: "big.ts", reason: "size" },
      { path: "broken.py", reason: "syntax", line: 2 },
      { path: "latin.py", reason: "encoding" },
      { path: "other.rs", reason: "language" },
    ]);
  });

  it("are those of the commit, not those that lie in the folder", async () => {
    const context = checkoutOf({ "a.ts": plain });
    writeFiles(context.root, { "a.ts": "export const x = 1, y = 2;\n", "b.ts": plain });
    const { modules } = await collectDocumentation(EVERYTHING, context);
    expect(modules).toMatchObject([{ path: "a.ts", symbols: 1, documentedSymbols: 1 }]);
  });

  it("are not looked for behind links", async () => {
    const outside = temporaryFolder();
    writeFileSync(join(outside, "secret.ts"), plain);
    const links = { "link.ts": join(outside, "secret.ts"), folder: outside };
    const { modules, unread } = await collectDocumentation(EVERYTHING, checkoutOf({ "a.ts": plain }, links));
    expect([modules.map(({ path }) => path), unread]).toEqual([["a.ts"], []]);
  });

  it.each([
    ["open brackets", `${"(".repeat(200_000)}\n`],
    ["open types", `${"a<".repeat(50_000)}\n`],
    ["rubbish", "}{<>)(=>`${".repeat(20_000)],
  ])("of %s end", async (_, text) => {
    expect(await saidOf("a.ts", text)).toMatch(/^a\.ts (?:syntax|effort)$/);
  });

  it("that are nested deeply, and sound, are read", async () => {
    const deep = `export const a = ${"(".repeat(20_000)}1${")".repeat(20_000)};\n`;
    expect(await saidOf("a.ts", deep)).toBe("a.ts false false 0/1 0 !a");
  });

  it("of no commit are an error", async () => {
    const context = { ...checkoutOf({}), root: temporaryFolder() };
    await expect(collectDocumentation(EVERYTHING, context)).rejects.toThrow(GateError);
  });

  it.each([
    ["a path that is not there", { paths: ["nowhere"] }, "nothing is committed at"],
    ["a pattern that means nothing", { exclude: ["{a"] }, "--exclude has no pattern"],
  ])("of %s are an error", async (_, selection, message) => {
    const context = checkoutOf({ "a.ts": plain });
    await expect(collectDocumentation({ ...EVERYTHING, ...selection }, context)).rejects.toThrow(message);
  });
});
