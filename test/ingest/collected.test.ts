import { describe, expect, it } from "vitest";
import { RECOUNTS } from "./recounts/index.ts";
import { fixture, readAs, refusalOf } from "./support.ts";

const COMMIT = "b".repeat(40);

type Members = Readonly<Record<string, unknown>>;

function documentation(more: Members = {}): string {
  const module = {
    path: "a.ts",
    language: "typescript",
    documented: true,
    symbols: 2,
    documentedSymbols: 1,
    examples: 0,
  };
  return JSON.stringify({
    schema: "gate/documentation/v1",
    commit: COMMIT,
    modules: [module],
    unread: [],
    excluded: 0,
    ...more,
  });
}

function maintainability(more: Members = {}): string {
  const functions = [
    { path: "a.ts", line: 1, name: "f", complexity: 2 },
    { path: "a.ts", line: 9, name: "f", complexity: 7 },
  ];
  const whole = { commit: COMMIT, files: 1, functions, modules: [], cycles: [], unread: [], excluded: 0 };
  return JSON.stringify({ schema: "gate/maintainability/v1", ...whole, ...more });
}

const LIZARD = '4,3,27,2,4,"price@1-14@./src/shop.py","./src/shop.py","price","price( order , rate )",1,14\n';

it.each(["documentation.json", "maintainability.json", "lizard.csv"] as const)(
  "%s comes to what a plain count does",
  (name) => {
    const kind = name === "documentation.json" ? "documentation" : "maintainability";
    const document = readAs(kind, fixture(name), name);
    const recount = RECOUNTS.get(document.source.format);
    expect(document.summary).toMatchObject(
      recount?.(new URL(`../fixtures/ingest/${name}`, import.meta.url).pathname) ?? {},
    );
  },
);

describe("documentation", () => {
  it("is about its commit, and names what was not understood", () => {
    const unread = Array.from({ length: 30 }, (_, index) => ({ path: `f${index}.ts`, reason: "syntax", line: 3 }));
    const document = readAs("documentation", documentation({ unread, excluded: 4 }), "x.json");
    expect(document).toMatchObject({
      status: "complete",
      subject: { commit: COMMIT },
      summary: {
        modules: 1,
        documentedModules: 1,
        symbols: 2,
        documentedSymbols: 1,
        languages: ["typescript"],
        unread: 30,
        excluded: 4,
      },
    });
    expect(document.summary.unreadFiles).toHaveLength(20);
    expect(document.quality.warnings[0]?.message).toBe("f0.ts was not understood: syntax, line 3");
  });

  it("of nothing is empty", () => {
    expect(readAs("documentation", documentation({ modules: [] }), "x.json").status).toBe("empty");
  });
});

describe("maintainability", () => {
  it("has functions with ids of their own", () => {
    const { body, summary } = readAs("maintainability", maintainability(), "x.json");
    expect(body.functions.map(({ id }) => id)).toEqual(["a.ts f", "a.ts f #2"]);
    expect(summary).toMatchObject({ functions: 2, highestComplexity: 7, files: 1 });
  });

  it("of nothing is empty", () => {
    expect(readAs("maintainability", maintainability({ files: 0, functions: [] }), "x.json").status).toBe("empty");
  });

  it("is the same when it is large", () => {
    const functions = Array.from({ length: 20_000 }, (_, line) => ({
      path: "a.ts",
      line: line + 1,
      name: `f${line}`,
      complexity: 1,
    }));
    const { summary } = readAs("maintainability", maintainability({ functions }), "x.json");
    expect(summary.functions).toBe(20_000);
  });
});

describe("Lizard", () => {
  it.each([
    ["as it is", LIZARD, "unknown"],
    [
      "with the names of its columns",
      `NLOC,CCN,token,PARAM,length,location,file,function,long_name,start,end\n${LIZARD}`,
      "unknown",
    ],
    ["with Windows line ends", LIZARD.replace("\n", "\r\n"), "unknown"],
    ["without its last line end", LIZARD.trimEnd(), "partial"],
  ])("%s is read", (_, text, status) => {
    const document = readAs("maintainability", text, "x.csv");
    expect([document.status, document.body.functions]).toEqual([
      status,
      [
        {
          id: "src/shop.py price",
          path: "src/shop.py",
          line: 1,
          name: "price",
          complexity: 3,
          lines: 4,
          parameters: 2,
        },
      ],
    ]);
  });

  it("that found nothing is empty", () => {
    expect(
      readAs("maintainability", "NLOC,CCN,token,PARAM,length,location,file,function,long_name,start,end\n", "x.csv")
        .status,
    ).toBe("empty");
  });
});

describe.each([
  ["another version", documentation({ schema: "gate/documentation/v2" }), "unsupported-version at /schema"],
  ["no commit", documentation({ commit: "main" }), "malformed at /commit"],
  ["no modules", documentation({ modules: null }), "malformed at /modules"],
  ["no list of what was not understood", documentation({ unread: undefined }), "malformed at /unread"],
  ["no count of what was left out", documentation({ excluded: -1 }), "malformed at /excluded"],
  [
    "more texts than symbols",
    documentation({
      modules: [{ path: "a", language: "go", documented: true, symbols: 1, documentedSymbols: 2, examples: 0 }],
    }),
    "malformed at /modules/0",
  ],
  [
    "a module that is neither",
    documentation({ modules: [{ path: "a", language: "go", symbols: 1, documentedSymbols: 1, examples: 0 }] }),
    "malformed at /modules/0/documented",
  ],
  ["no functions", maintainability({ functions: {} }), "malformed at /functions"],
  [
    "a function without a complexity",
    maintainability({ functions: [{ path: "a", line: 1, name: "f" }] }),
    "malformed at /functions/0/complexity",
  ],
  [
    "a complexity of nothing",
    maintainability({ functions: [{ path: "a", line: 1, name: "f", complexity: 0 }] }),
    "malformed at /functions/0/complexity",
  ],
  [
    "more connections than others",
    maintainability({ modules: [{ path: "a", files: 1, connected: 1, dependsOn: 2, usedBy: 0, others: 1 }] }),
    "malformed at /modules/0",
  ],
  ["a cycle of nothing", maintainability({ cycles: [{ type: "import", paths: [] }] }), "malformed at /cycles/0/paths"],
  ["a place that differs", LIZARD.replace(",1,14", ",1,1"), "malformed at line 1"],
  ["a count that is none", LIZARD.replace("4,3,", "4,0,"), "malformed at line 1"],
  ["a line that was cut", `${LIZARD}4,3,27`, "malformed at line 2"],
])("%s", (_, text, refusal) => {
  it("is refused", () => expect(refusalOf(text, "x")).toBe(refusal));
});
