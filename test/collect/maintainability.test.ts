import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { collectMaintainability } from "../../src/collect/maintainability/index.ts";
import { ROOT } from "../support.ts";
import { checkoutOf, EVERYTHING } from "./source.ts";

const FIXTURES = join(ROOT, "test/fixtures/collect");
const NAMES = ["shop.js", "shop.py", "shop.go", "Shop.java"];

function fixture(name: string): string {
  return readFileSync(join(FIXTURES, name), "utf8");
}

describe("the same files", () => {
  const files = Object.fromEntries(NAMES.map((name) => [name, fixture(name)]));

  it("have the complexity, the lines and the parameters that Lizard finds", async () => {
    const { functions } = await collectMaintainability(EVERYTHING, checkoutOf(files));
    const found = functions.map(({ path, line, complexity, lines, parameters }) => {
      return [path, line, complexity, lines, parameters].join(" ");
    });
    const expected = fixture("lizard.csv")
      .trimEnd()
      .split("\n")
      .map((record) => {
        const [lines, complexity, , parameters] = record.split(",");
        const [, line, path] = /@(\d+)-\d+@([^"]+)"/.exec(record) ?? [];
        return [path, line, complexity, lines, parameters].join(" ");
      });
    // Lizard overlooks the parameter of an arrow function inside of a call.
    expected[expected.indexOf("shop.js 30 3 1 0")] = "shop.js 30 3 1 1";
    expect(found.toSorted()).toEqual(expected.toSorted());
  });

  it("have the complexity that ESLint finds", async () => {
    const { functions } = await collectMaintainability(EVERYTHING, checkoutOf(files));
    const found = functions.filter(({ path }) => path === "shop.js");
    const messages: readonly { readonly line: number; readonly message: string }[] = JSON.parse(fixture("eslint.json"));
    expect(found.map(({ line, complexity }) => [line, complexity])).toEqual(
      messages.map(({ line, message }) => [line, Number(/complexity of (\d+)/.exec(message)?.[1])]),
    );
  });
});

/** The functions of one file: name, line, complexity. */
async function functionsIn(name: string, text: string): Promise<readonly string[]> {
  const { functions } = await collectMaintainability(EVERYTHING, checkoutOf({ [name]: text }));
  return functions.map((one) => `${one.name} ${one.line} ${one.complexity}`);
}

describe.each<[name: string, file: string, text: string, functions: readonly string[]]>([
  [
    "names",
    "a.ts",
    "class K { m() {} static s = () => 1; #p() {} }\nconst o = { f() {}, g: () => 1 };\nx.y = () => 1;\nz(() => 1);",
    ["K.m 1 1", "K.s 1 1", "K.#p 1 1", "f 2 1", "g 2 1", "x.y 3 1", "anonymous 4 1"],
  ],
  [
    "a function inside of another",
    "a.ts",
    "function f() {\n  return () => { if (x) {} };\n}",
    ["f 1 1", "anonymous 2 2"],
  ],
  ["code outside of functions", "a.ts", "if (a && b) c();\nfunction f() {}", ["(module) 1 3", "f 2 1"]],
  [
    "declarations",
    "a.ts",
    "declare function f(): void;\nabstract class K { abstract m(): void; }\nfunction g(x: 1): void;\nfunction g(x: 2) {}",
    ["g 4 1"],
  ],
  [
    "what counts nothing",
    "a.ts",
    "function f(a = 1, { b = 2 }) {\n  switch (a) { default: }\n  return a?.b?.c as number;\n}",
    ["f 1 1"],
  ],
  ["logical assignments", "a.ts", "function f() { a ||= 1; b &&= 2; c ??= 3; d += 4; }", ["f 1 4"]],
  [
    "patterns of Python",
    "a.py",
    "def f(x):\n    match x:\n        case 1 if y: pass\n        case 2 | 3: pass\n        case _: pass\n",
    ["f 1 4"],
  ],
  [
    "lambdas of Python",
    "a.py",
    "def f(x):\n    return lambda y: 1 if y else 2\nclass K:\n    def m(self): pass\n",
    ["f 1 2", "K.m 4 1"],
  ],
  [
    "literals of Go",
    "a.go",
    "package a\n\nvar v = func() { if true {} }\n\nfunc (r *R) F() { func() { if true {} }() }\n",
    ["anonymous 3 2", "R.F 5 2"],
  ],
  [
    "Java",
    "K.java",
    "class K {\n  @Deprecated\n  int f(int a) { return switch (a) { case 1, 2 -> 3; default -> 4; }; }\n  Runnable r = () -> { if (x) {} };\n  K() { }\n}\n",
    ["K.f 3 2", "K.r 4 2", "K.K 5 1"],
  ],
])("%s", (_, file, text, functions) => {
  it("are told", async () => expect(await functionsIn(file, text)).toEqual(functions));
});

/** Modules as `path files dependsOn usedBy others connected`, and the paths of cycles. */
async function structureOf(files: Readonly<Record<string, string>>) {
  const { modules, cycles } = await collectMaintainability(EVERYTHING, checkoutOf(files));
  return {
    modules: modules.map((one) =>
      [one.path, one.files, one.dependsOn, one.usedBy, one.others, one.connected].join(" "),
    ),
    cycles: cycles.map(({ paths }) => paths.join(" ")),
  };
}

describe("imports", () => {
  it("of JavaScript and TypeScript lead to files, whatever their extension says", async () => {
    const files = {
      "main.ts":
        'import "./a/one.js";\nimport x from "./b";\nexport * from "./c/deep.mjs";\nconst y = require("./d/plain");\nawait import("./e/lazy.ts");\nimport "lodash";\nimport "./nowhere";',
      "a/one.ts": 'import type { T } from "../b/index.tsx";',
      "b/index.tsx": "",
      "c/deep.mts": "",
      "d/plain.cjs": "",
      "e/lazy.ts": "",
    };
    expect(await structureOf(files)).toEqual({
      modules: [". 1 5 0 5 1", "a 1 1 1 5 1", "b 1 0 2 5 1", "c 1 0 1 5 1", "d 1 0 1 5 1", "e 1 0 1 5 1"],
      cycles: [],
    });
  });

  it("that need each other are cycles, but not for types alone", async () => {
    const files = {
      "a.ts": 'import { b } from "./b.ts";\nimport { type C } from "./c.ts";',
      "b.ts": 'const x = () => import("./a.ts");',
      "c.ts": 'import { a } from "./a.ts";\nimport type { A } from "./b.ts";',
      "d.ts": 'import "./e.ts";\nimport "./d.ts";',
      "e.ts": 'import "./f.ts";',
      "f.ts": 'export * from "./d.ts";',
      "g.py": "if TYPE_CHECKING:\n    from h import T\n",
      "h.py": "import g\n",
    };
    expect(await structureOf(files)).toEqual({ modules: [". 8 0 0 0 3"], cycles: ["a.ts b.ts", "d.ts e.ts f.ts"] });
  });

  it("of Python are found by their names", async () => {
    const files = {
      "src/shop/__init__.py": "",
      "src/shop/a.py": "from . import b\nfrom .util.text import cut\nimport shop.b as x, os\n",
      "src/shop/b.py": "def f():\n    from shop.a import y\n",
      "src/shop/util/__init__.py": "",
      "src/shop/util/text.py": "from ... import too_far\nfrom ..missing import z\n",
    };
    expect(await structureOf(files)).toEqual({
      modules: ["src/shop 3 1 0 1 2", "src/shop/util 2 0 1 1 1"],
      cycles: ["src/shop/a.py src/shop/b.py"],
    });
  });

  it("of Go are those of its modules, and files of a package know each other by names", async () => {
    const files = {
      "go.mod": "module example.com/m\n\ngo 1.26\n",
      "a/one.go": 'package a\n\nimport (\n\t"example.com/m/b"\n\t"fmt"\n)\n\nfunc A() { second(); b.B() }\n',
      "a/two.go": "package a\n\nfunc second() {}\n",
      "a/three.go": "package a\n\nfunc third() {}\n",
      "b/b.go": "package b\n\nfunc B() {}\n",
    };
    expect(await structureOf(files)).toEqual({ modules: ["a 3 1 0 1 2", "b 1 0 1 1 1"], cycles: [] });
  });

  it("of Java are types by their full names, and cycles are of packages", async () => {
    const files = {
      "x/p/A.java": "package p;\nimport q.B;\nclass A { C c; }\n",
      "x/p/C.java": "package p;\nclass C { A a; }\n",
      "x/q/B.java": "package q;\nimport static p.A.f;\nimport p.*;\npublic class B {}\n",
    };
    expect(await structureOf(files)).toEqual({ modules: ["x/p 2 1 1 1 2", "x/q 1 1 1 1 1"], cycles: ["x/p x/q"] });
  });

  it("may be a chain of any length", async () => {
    const files = Object.fromEntries(
      Array.from({ length: 3_000 }, (_, index) => [`f${index}.ts`, `import "./f${(index + 1) % 3_000}.ts";\n`]),
    );
    const { modules, cycles } = await structureOf(files);
    expect(modules).toEqual([". 3000 0 0 0 3000"]);
    expect(cycles[0]?.split(" ")).toHaveLength(3_000);
  });
});
