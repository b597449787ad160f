import { describe, expect, it } from "vitest";
import { completeViolations } from "../../src/decision/violations.ts";
import { readAs } from "../ingest/support.ts";

/** docs/fingerprints.md says in words what these tests hold. */

interface Result {
  readonly path?: string;
  readonly line?: number;
  readonly rule?: string;
  readonly message?: string;
  readonly snippet?: string;
  readonly context?: string;
  readonly partial?: Readonly<Record<string, string>>;
  readonly level?: string;
}

const CODE = "const total = eval(request.body.formula + suffix);";

function region(text: string | undefined): object {
  return text === undefined ? {} : { snippet: { text } };
}

function sarif(results: readonly Result[]): string {
  return JSON.stringify({
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "Semgrep" } },
        invocations: [{ executionSuccessful: true }],
        results: results.map(({ path = "src/a.ts", line = 10, rule = "eval", message = "Do not eval", ...rest }) => ({
          ruleId: rule,
          level: rest.level ?? "error",
          message: { text: message },
          ...(rest.partial === undefined ? {} : { partialFingerprints: rest.partial }),
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: path },
                region: { startLine: line, ...region(rest.snippet) },
                ...(rest.context === undefined
                  ? {}
                  : { contextRegion: { startLine: line - 1, ...region(rest.context) } }),
              },
            },
          ],
        })),
      },
    ],
  });
}

/** The fingerprints of what a gate finds that denies everything, by place. */
function placed(results: readonly Result[]): ReadonlyMap<string, string> {
  const document = readAs("findings", sarif(results), "scan.sarif");
  const stated = document.body.findings.map((_, item) => ({ evidence: document.id, item }));
  const violations = completeViolations("sast", stated, [document]);
  return new Map(violations.map(({ location, fingerprint }) => [`${location?.path}:${location?.line}`, fingerprint]));
}

function prints(results: readonly Result[]): readonly string[] {
  return [...placed(results).values()].toSorted();
}

const KINDS: Readonly<Record<string, { readonly result: Result; readonly survivesRename: boolean }>> = {
  "a hash of the line, as GitHub writes it": {
    result: { partial: { primaryLocationLineHash: "39fa2ee980eb94b0:1" } },
    survivesRename: true,
  },
  "a partial fingerprint with a version": {
    result: { partial: { "contextHash/v2": "abc" }, message: "x" },
    survivesRename: true,
  },
  "a snippet": { result: { snippet: CODE }, survivesRename: true },
  "a snippet of the lines around it": { result: { context: `if (ok) {\n  ${CODE}\n}` }, survivesRename: true },
  "a snippet that says little": { result: { snippet: "eval(a)" }, survivesRename: false },
  "nothing but a message": {
    result: { message: "Do not eval what line 10 reads (src/a.ts:10:5)" },
    survivesRename: false,
  },
  "a partial fingerprint that is none": {
    result: { partial: { commitSha: "abc" }, message: "x" },
    survivesRename: false,
  },
};

const UNRELATED: Result = { path: "lib/z.ts", line: 1, rule: "sql", message: "Bind parameters" };

describe.each(Object.entries(KINDS))("with %s", (_, { result, survivesRename }) => {
  const before = () => prints([result]);

  it("survives moved lines", () => {
    expect(prints([{ ...result, line: 400 }])).toEqual(before());
  });

  it("survives an unrelated finding, before and after", () => {
    expect(prints([UNRELATED, result])).toEqual([...before(), ...prints([UNRELATED])].toSorted());
    expect(prints([result, UNRELATED])).toEqual([...before(), ...prints([UNRELATED])].toSorted());
  });

  it("survives another order of results", () => {
    const several = [result, UNRELATED, { ...result, line: 30 }, { ...result, path: "src/b.ts" }];
    expect(new Map(placed(several.toReversed()))).toEqual(new Map(placed(several)));
  });

  it(`${survivesRename ? "survives" : "does not survive"} a renamed file`, () => {
    const renamed = prints([{ ...result, path: "server/renamed.ts" }]);
    if (survivesRename) expect(renamed).toEqual(before());
    else expect(renamed).not.toEqual(before());
  });

  it("survives a graver severity, so that a worse finding is known as the same", () => {
    expect(prints([{ ...result, level: "note" }])).toEqual(before());
  });

  it("is another one for another rule", () => {
    expect(prints([{ ...result, rule: "exec" }])).not.toEqual(before());
  });

  it("tells two apart, and keeps both when one moves further down", () => {
    const two = prints([result, { ...result, line: 20 }]);
    expect(new Set(two).size).toBe(2);
    expect(two).toContain(before()[0]);
    expect(
      prints([
        { ...result, line: 5 },
        { ...result, line: 900 },
      ]),
    ).toEqual(two);
  });
});

function said(message: string): readonly string[] {
  return prints([{ message }]);
}

it("keeps the lines that a message mentions out of it, and no other number", () => {
  expect(said("Never freed, see line 12 to 14")).toEqual(said("Never freed, see line 99 to 120"));
  expect(said("Opened at a.c:12:5")).toEqual(said("Opened at a.c:13:5"));
  for (const [one, other] of [
    ["complexity of 12", "complexity of 40"],
    ["CVE-2021-44228", "CVE-2021-45046"],
    ["612 lines", "900 lines"],
    ["port:80", "port:81"],
  ] as const) {
    expect(said(one)).not.toEqual(said(other));
  }
});

it("keeps the files of secrets apart, whose code is not looked at", () => {
  const secret = { rule: "generic-secret", snippet: CODE, message: "m" };
  const scan = (path: string): string => sarif([{ ...secret, path }]).replace("Semgrep", "gitleaks");
  const id = (path: string): string | undefined => readAs("findings", scan(path), "scan.sarif").body.findings[0]?.id;
  expect(id("a.env")).not.toBe(id("b.env"));
});

it("counts the same code in two files as two of the same, in whichever file it is", () => {
  const copies = [{ snippet: CODE }, { snippet: CODE, path: "src/b.ts" }];
  const moved = [
    { snippet: CODE, path: "src/c.ts" },
    { snippet: CODE, path: "src/b.ts" },
  ];
  expect(prints(moved)).toEqual(prints(copies));
  expect(prints(copies)).toContain(prints([{ snippet: CODE }])[0]);
});
