import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { stryker } from "../../src/ingest/stryker/index.ts";
import { MUTANT_STATUSES, type MutantResult, type MutantStatus } from "../../src/policy/mutation/run.ts";
import type { TestCase } from "../../src/policy/mutation/suite.ts";
import type { Mutant } from "../../src/policy/toolchain/protocol.ts";
import { renderHtml } from "../../src/report/mutation/html.ts";
import { renderJson } from "../../src/report/mutation/json.ts";
import { diffOf, type MutationReport, mutationReport, scoreOf, shortDiffOf } from "../../src/report/mutation/model.ts";
import { renderText } from "../../src/report/mutation/text.ts";
import { readAs } from "../ingest/support.ts";

const SOURCE = `package p

deny contains "x" if {
	input.count > 10
}
`;

const GREATER = { row: 4, col: 14, offset: 49 };

function mutant(changes: Partial<Mutant> = {}): Mutant {
  return {
    id: "id1",
    file: "p.rego",
    mutator: "EqualityOperator",
    start: GREATER,
    end: { ...GREATER, col: 15, offset: 50 },
    original: ">",
    replacement: ">=",
    description: "> → >=",
    ...changes,
  };
}

function testNamed(name: string, file = "p_test.rego"): TestCase {
  return { name, file, row: 3, input: new Uint8Array(), data: {}, nowMs: 0, passes: () => true };
}

const TEST = testNamed("data.p_test.test_x");

function resultOf(status: MutantStatus, changes: Partial<Mutant> = {}): MutantResult {
  const noticed = status === "Killed" || status === "Timeout";
  return {
    mutant: mutant({ id: status, ...changes }),
    status,
    testsCompleted: 1,
    ...(noticed ? { killedBy: TEST } : {}),
    ...(status === "Ignored" || status === "CompileError" ? { reason: `why it is ${status}` } : {}),
  };
}

const FILES = [
  { path: "p.rego", text: SOURCE },
  { path: "p_test.rego", text: "package p_test\n" },
];

function reportOf(results: readonly MutantResult[], files = FILES, tests = [TEST]): MutationReport {
  return mutationReport(results, tests, files, "1.2.3");
}

const ALL = reportOf(MUTANT_STATUSES.map((status) => resultOf(status)));

describe("the score", () => {
  const NONE = Object.fromEntries(MUTANT_STATUSES.map((status) => [status, 0])) as Record<MutantStatus, number>;

  it.each([
    ["counts a mutant that timed out as noticed", { Killed: 1, Timeout: 1, Survived: 2 }, 50],
    ["counts a mutant without coverage as not noticed", { Killed: 1, NoCoverage: 3 }, 25],
    [
      "leaves out what did not compile, was not tested or is ignored",
      { Killed: 1, CompileError: 9, RuntimeError: 9, Ignored: 9 },
      100,
    ],
    ["is never rounded up", { Killed: 99_999, Survived: 1 }, 99.99],
    ["is unknown where nothing could be noticed", { Ignored: 3 }, undefined],
  ])("%s", (_, counts, expected) => {
    expect(scoreOf({ ...NONE, ...counts })).toBe(expected);
  });
});

describe("a diff", () => {
  const removal = mutant({
    start: { row: 3, col: 1, offset: 11 },
    end: { row: 5, col: 2, offset: 54 },
    original: SOURCE.slice(11, 54),
    replacement: "",
  });

  it("has the line before and after", () => {
    const expected = { before: "\tinput.count > 10", after: "\tinput.count >= 10" };
    expect(shortDiffOf(SOURCE, mutant())).toEqual(expected);
    expect(diffOf(SOURCE, mutant())).toEqual({ before: [expected.before], after: [expected.after] });
  });

  it("has nothing after a removal", () => {
    expect(diffOf(SOURCE, removal)).toEqual({ before: SOURCE.split("\n").slice(2, 5), after: [] });
    expect(shortDiffOf(SOURCE, removal)).toEqual({ before: 'deny contains "x" if {', after: "" });
  });

  it("names a definition that is removed with its METADATA by its own first line", () => {
    const source = `# METADATA\n# title: x\n${SOURCE.slice(11, 54)}`;
    const whole = mutant({
      start: { row: 1, col: 1, offset: 0 },
      end: { row: 5, col: 2, offset: 60 },
      replacement: "",
    });
    expect(shortDiffOf(source, whole).before).toBe('deny contains "x" if {');
  });
});

describe("the text", () => {
  it("shows each mutant that nothing noticed with its place and the line, and the scores", () => {
    expect(renderText(ALL)).toBe(`SURVIVED p.rego:4:14 EqualityOperator: > → >=
  - input.count > 10
  + input.count >= 10
NO COVERAGE p.rego:4:14 EqualityOperator: > → >=
  - input.count > 10
  + input.count >= 10
p.rego      50.00 %  1 killed, 1 survived, 1 without coverage, 1 timed out, 1 not compiled, 1 not tested, 1 ignored
all files   50.00 %  1 killed, 1 survived, 1 without coverage, 1 timed out, 1 not compiled, 1 not tested, 1 ignored
`);
  });
});

/** What the published schema of version 2 asks for, in our own words; nothing else may be in what we write. */
const POSITION = {
  type: "object",
  required: ["line", "column"],
  properties: { line: { type: "integer", minimum: 1 }, column: { type: "integer", minimum: 1 } },
};
const closed = (properties: object, required: readonly string[]): object => ({
  type: "object",
  additionalProperties: false,
  properties,
  required,
});
const TEXT = { type: "string" };
const SCHEMA = closed(
  {
    schemaVersion: { const: "2" },
    thresholds: closed({ high: { type: "integer" }, low: { type: "integer" } }, ["high", "low"]),
    framework: closed({ name: TEXT, version: TEXT }, ["name"]),
    files: {
      type: "object",
      additionalProperties: closed(
        {
          language: TEXT,
          source: TEXT,
          mutants: {
            type: "array",
            uniqueItems: true,
            items: closed(
              {
                id: TEXT,
                mutatorName: TEXT,
                description: TEXT,
                replacement: TEXT,
                location: closed({ start: POSITION, end: POSITION }, ["start", "end"]),
                status: {
                  enum: [
                    "Killed",
                    "Survived",
                    "NoCoverage",
                    "CompileError",
                    "RuntimeError",
                    "Timeout",
                    "Ignored",
                    "Pending",
                  ],
                },
                statusReason: TEXT,
                killedBy: { type: "array", items: TEXT },
                testsCompleted: { type: "number" },
              },
              ["id", "mutatorName", "location", "status"],
            ),
          },
        },
        ["language", "source", "mutants"],
      ),
    },
    testFiles: {
      type: "object",
      additionalProperties: closed(
        {
          source: TEXT,
          tests: {
            type: "array",
            items: closed({ id: TEXT, name: TEXT, location: closed({ start: POSITION }, ["start"]) }, ["id", "name"]),
          },
        },
        ["tests"],
      ),
    },
  },
  ["schemaVersion", "thresholds", "files"],
);

describe("the JSON", () => {
  it("is a report of the mutation testing report schema", () => {
    const validate = new Ajv({ allErrors: true, strict: false }).compile(SCHEMA);
    expect(validate(JSON.parse(renderJson(ALL))) ? [] : validate.errors).toEqual([]);
  });

  it("names the test that killed a mutant by an id that the list of tests has", () => {
    const document = JSON.parse(renderJson(ALL)) as {
      readonly files: Record<
        string,
        { readonly mutants: readonly { readonly status: string; readonly killedBy?: string[] }[] }
      >;
      readonly testFiles: Record<string, { readonly tests: readonly object[] }>;
    };
    const killed = document.files["p.rego"]?.mutants.find(({ status }) => status === "Killed");
    expect(document.testFiles["p_test.rego"]?.tests).toEqual([
      { id: killed?.killedBy?.[0], name: "data.p_test.test_x", location: { start: { line: 3, column: 1 } } },
    ]);
  });

  it("is read by our own reader of such reports with the same counts", () => {
    const { counts, score } = ALL;
    const document = readAs("mutation", renderJson(ALL), "mutation.json");
    expect(document.source).toMatchObject({
      format: stryker.id,
      formatVersion: "2",
      tools: [{ name: "gate policy mutate", version: "1.2.3" }],
    });
    expect(document.summary).toMatchObject({
      total: MUTANT_STATUSES.length,
      killed: counts.Killed,
      timeout: counts.Timeout,
      survived: counts.Survived,
      noCoverage: counts.NoCoverage,
      compileError: counts.CompileError,
      runtimeError: counts.RuntimeError,
      ignored: counts.Ignored,
      pending: 0,
      detected: 2,
      valid: 4,
    });
    expect(score).toBe((100 * 2) / 4);
  });
});

function tagsOf(page: string): ReadonlySet<string> {
  return new Set(page.match(/<[a-z]+/g));
}

describe("the page", () => {
  it("has each mutant below its line, with the reason or the test that noticed it", () => {
    const page = renderHtml(ALL);
    for (const text of [
      "Survived",
      "No coverage",
      "(by data.p_test.test_x)",
      "(why it is Ignored)",
      "<del>- \tinput.count &gt; 10</del>",
      "<ins>+ \tinput.count &gt;= 10</ins>",
      "<mark>&gt;</mark>",
      "50.00 %",
    ]) {
      expect(page).toContain(text);
    }
  });

  it("loads nothing and runs nothing", () => {
    const page = renderHtml(ALL);
    expect(page).toMatch(/Content-Security-Policy" content="default-src &#39;none&#39;/);
    expect(page).not.toMatch(/<script|<link|<img|<iframe|\bsrc=|url\(|@import/i);
  });

  it.each([
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</code></div></style><svg onload=alert(1)>",
    "\u001b[31mred",
    "access\u202E granted",
  ])("shows %j as text wherever it comes from", (hostile) => {
    const source = `${hostile} > ${hostile}\n`;
    const results = MUTANT_STATUSES.map((status): MutantResult => {
      const change = {
        file: hostile,
        mutator: hostile,
        description: hostile,
        replacement: hostile,
        start: { row: 1, col: 2, offset: 1 },
        end: { row: 1, col: 5, offset: 4 },
      };
      return { ...resultOf(status, change), killedBy: testNamed(hostile), reason: hostile };
    });
    const report = mutationReport(results, [testNamed(hostile)], [{ path: hostile, text: source }], hostile);
    const page = renderHtml(report);
    const template = renderHtml(reportOf([]));
    expect([...tagsOf(page)].filter((tag) => !tagsOf(renderHtml(ALL)).has(tag))).toEqual([]);
    expect(page).not.toMatch(/<(?:script|img|svg)|\u001b|\u202E/);
    expect(page.match(/<\/style>/g)).toEqual(template.match(/<\/style>/g));
    expect(page).not.toMatch(/<[^>]*\son\w+=/);
    const text = renderText(report);
    expect(text).not.toMatch(/[\u001b\u202E]/);
    expect(() => JSON.parse(renderJson(report)) as unknown).not.toThrow();
  });
});
