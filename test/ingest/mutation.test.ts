import { describe, expect, it } from "vitest";
import { stryker } from "../../src/ingest/stryker/index.ts";
import { DEFAULT_LIMITS } from "../../src/util/limits.ts";
import { fixture, read, readAs, refusalOf } from "./support.ts";

const NONE = { killed: 0, timeout: 0, survived: 0, noCoverage: 0, compileError: 0, runtimeError: 0, ignored: 0 };

describe("the fixtures", () => {
  it("of Stryker is normalised in full", () => {
    const document = readAs("mutation", fixture("stryker.json"), "x.json");
    expect(document.summary).toEqual({
      ...NONE,
      total: 7,
      detected: 3,
      valid: 6,
      covered: 6,
      killed: 3,
      survived: 3,
      ignored: 1,
      pending: 0,
      files: 1,
    });
    expect(document.body.files).toEqual([{ path: "src/größer.js", detected: 3, valid: 6 }]);
    expect(document.body.mutants[0]).toEqual({
      id: "6",
      file: "src/größer.js",
      line: 7,
      mutator: "ArithmeticOperator",
      status: "ignored",
    });
    expect(document.source).toMatchObject({
      format: "stryker",
      formatVersion: "1.0",
      tools: [{ name: "StrykerJS", version: "9.6.1" }],
    });
    expect([document.status, document.quality.inconsistencies]).toEqual(["unknown", []]);
  });

  it("of PIT is normalised in full, though PIT calls every run partial", () => {
    const document = readAs("mutation", fixture("mutations.xml"), "x.xml");
    expect(document.summary).toEqual({
      ...NONE,
      total: 8,
      detected: 5,
      valid: 8,
      covered: 6,
      killed: 5,
      survived: 1,
      noCoverage: 2,
      pending: 0,
      files: 1,
    });
    expect(document.body.files).toEqual([{ path: "org/example/Pick.java", detected: 5, valid: 8 }]);
    expect(document.body.mutants[0]).toEqual({
      id: "org.example.Pick.größer(II)I org.pitest.mutationtest.engine.gregor.mutators.ConditionalsBoundaryMutator 5",
      file: "org/example/Pick.java",
      line: 5,
      mutator: "org.pitest.mutationtest.engine.gregor.mutators.ConditionalsBoundaryMutator",
      description: "changed conditional boundary",
      status: "survived",
    });
    expect([document.status, document.quality.inconsistencies]).toEqual(["unknown", []]);
  });

  it("of Infection is normalised in full", () => {
    const document = readAs("mutation", fixture("infection.json"), "x.json");
    expect(document.summary).toEqual({
      ...NONE,
      total: 5,
      detected: 3,
      valid: 5,
      covered: 4,
      killed: 2,
      timeout: 1,
      survived: 1,
      noCoverage: 1,
      pending: 0,
      files: 2,
    });
    expect(document.body.mutants.map(({ id }) => id)).toEqual([
      "GreaterThan src/Größe.php:12",
      "Increment src/Größe.php:20",
      "Plus src/Sum.php:8",
      "ReturnRemoval src/Sum.php:8",
      "Plus src/Sum.php:8 #2",
    ]);
    expect([document.status, document.quality.inconsistencies]).toEqual(["unknown", []]);
  });

  it.each(["stryker.json", "infection.json"] as const)("keep no code in %s", (name) => {
    expect(JSON.stringify(read(fixture(name), name))).not.toMatch(/return|AssertionError|a >= b|OK \(3/);
  });
});

function report(statuses: readonly (string | undefined)[], change: object = {}): string {
  const mutants = statuses.map((status, index) => ({
    id: String(index),
    mutatorName: "M",
    status,
    location: { start: { line: index + 1, column: 1 } },
  }));
  const files = { "src/a.ts": { language: "ts", source: "", mutants } };
  return JSON.stringify({ schemaVersion: "2.0", thresholds: { high: 80, low: 60 }, files, ...change });
}

function summaryOf(...statuses: readonly string[]) {
  return readAs("mutation", report(statuses), "x.json").summary;
}

describe("a report of the Stryker schema", () => {
  it.each([
    ["Killed", { killed: 1, detected: 1, covered: 1, valid: 1 }],
    ["Timeout", { timeout: 1, detected: 1, covered: 1, valid: 1 }],
    ["Survived", { survived: 1, detected: 0, covered: 1, valid: 1 }],
    ["NoCoverage", { noCoverage: 1, detected: 0, covered: 0, valid: 1 }],
    ["CompileError", { compileError: 1, detected: 0, covered: 0, valid: 0 }],
    ["BuildError", { compileError: 1, detected: 0, covered: 0, valid: 0 }],
    ["RuntimeError", { runtimeError: 1, detected: 0, covered: 0, valid: 0 }],
    ["Ignored", { ignored: 1, detected: 0, covered: 0, valid: 0 }],
    ["Skipped", { ignored: 1, detected: 0, covered: 0, valid: 0 }],
    ["Pending", { pending: 1, detected: 0, covered: 0, valid: 0 }],
  ])("counts a mutant that is %s", (status, counts) => {
    expect(summaryOf(status)).toMatchObject({ total: 1, ...counts });
  });

  it.each([
    ["nothing", [], "empty"],
    ["only mutants that do not compile", ["CompileError", "Ignored"], "empty"],
    ["a mutant that was not run", ["Killed", "Pending"], "partial"],
    ["only mutants that were not run", ["Pending"], "partial"],
    ["a mutant that survived", ["Survived"], "unknown"],
  ])("with %s is %s", (_, statuses, status) => {
    expect(read(report(statuses), "x.json").status).toBe(status);
  });

  it("without files is empty", () => {
    expect(read(report([], { files: {} }), "x.json").status).toBe("empty");
  });

  it.each(["1", "1.7.3", "2", 1, 2])("may be of version %j", (schemaVersion) => {
    const { source } = read(report(["Killed"], { schemaVersion }), "x.json");
    expect(source.formatVersion).toBe(String(schemaVersion));
  });

  it("may have ids that are numbers, and ids that are there twice", () => {
    const mutants = [3, "3", 3].map((id) => ({ id, mutatorName: "M", status: "Killed" }));
    const { body } = readAs("mutation", report([], { files: { a: { mutants } } }), "x.json");
    expect(body.mutants.map(({ id }) => id)).toEqual(["3", "3 #2", "3 #3"]);
    expect(body.mutants[0]).not.toHaveProperty("line");
  });

  it.each([
    ["/ci/app/packages/x", "/ci/app/packages/x/src/a.ts", "/ci/app", "packages/x/src/a.ts"],
    ["/ci/app/packages/x", "src/a.ts", "/ci/app", "packages/x/src/a.ts"],
    ["/ci/app/packages/x", "src/a.ts", undefined, "src/a.ts"],
    ["/elsewhere", "/elsewhere/src/a.ts", "/ci/app", "src/a.ts"],
    ["C:\\app", "c:\\other\\A.cs", undefined, "c:/other/A.cs"],
    ["C:\\app", "C:\\app\\Sub\\A.cs", undefined, "Sub/A.cs"],
    ["C:\\app", "Sub\\A.cs", undefined, "Sub/A.cs"],
    ["src/main", "src/main/A.scala", undefined, "src/main/A.scala"],
    [undefined, "/ci/app/src/a.ts", "/ci/app", "src/a.ts"],
  ])("of the project %s has %s, from %s, as %s", (projectRoot, name, root, path) => {
    const text = report([], { projectRoot, files: { [name]: { mutants: [] } } });
    const parsed = stryker.parse(Buffer.from(text), {
      limits: DEFAULT_LIMITS,
      ...(root === undefined ? {} : { root }),
    });
    expect(parsed.body).toMatchObject({ files: [{ path, detected: 0, valid: 0 }] });
  });

  it("may have files of any name", () => {
    const text = report(["Killed"]).replace("src/a.ts", "__proto__");
    expect(readAs("mutation", text, "x.json").body.files).toEqual([{ path: "__proto__", detected: 1, valid: 1 }]);
  });

  it("is known where source code fills the head of the file", () => {
    const source = "x".repeat(9_000);
    const text = JSON.stringify({ files: { a: { source, mutants: [] } }, schemaVersion: "1" });
    expect(read(text, "x.json").source.format).toBe("stryker");
  });

  it.each([
    ["a status that nobody knows", report(["Slain"]), "malformed at /files/src~1a.ts/mutants/0/status"],
    ["no status", report([undefined]), "malformed at /files/src~1a.ts/mutants/0/status"],
    ["a mutant that is none", report([], { files: { a: { mutants: [1] } } }), "malformed at /files/a/mutants/0"],
    ["no mutants", report([], { files: { a: {} } }), "malformed at /files/a/mutants"],
    ["a file that is none", report([], { files: { a: 1 } }), "malformed at /files/a"],
    ["a later version", report([], { schemaVersion: "3.0" }), "unsupported-version at /schemaVersion"],
    ["a version of 10", report([], { schemaVersion: 10 }), "unsupported-version at /schemaVersion"],
    ["no version", report([], { schemaVersion: null }), "malformed at /schemaVersion"],
    ["no files", report([], { files: [] }), "not-this-format"],
    [
      "no mutator",
      report([], { files: { a: { mutants: [{ id: 1, status: "Killed" }] } } }),
      "malformed at /files/a/mutants/0/mutatorName",
    ],
    [
      "no id",
      report([], { files: { a: { mutants: [{ mutatorName: "M", status: "Killed" }] } } }),
      "malformed at /files/a/mutants/0/id",
    ],
  ])("with %s is refused", (_, text, refusal) => expect(refusalOf(text, "x.json", "mutation")).toBe(refusal));
});

function mutation(status: string, { detected = "", content = "" } = {}): string {
  const said = detected === "" ? "" : ` detected='${detected}'`;
  return `<mutation${said} status='${status}'><sourceFile>A.java</sourceFile><mutatedClass>o.A$B</mutatedClass><mutator>M</mutator>${content}</mutation>`;
}

function pitOf(...mutations: readonly string[]) {
  return readAs("mutation", `<mutations>${mutations.join("")}</mutations>`, "mutations.xml");
}

describe("a report of PIT", () => {
  it.each([
    ["KILLED", "true", { killed: 1, detected: 1, valid: 1 }],
    ["TIMED_OUT", "true", { timeout: 1, detected: 1, valid: 1 }],
    ["SURVIVED", "false", { survived: 1, detected: 0, valid: 1 }],
    ["NO_COVERAGE", "false", { noCoverage: 1, detected: 0, valid: 1 }],
    ["NON_VIABLE", "true", { compileError: 1, detected: 0, valid: 0 }],
    ["MEMORY_ERROR", "true", { runtimeError: 1, detected: 0, valid: 0 }],
    ["RUN_ERROR", "true", { runtimeError: 1, detected: 0, valid: 0 }],
    ["NOT_STARTED", "false", { pending: 1, detected: 0, valid: 0 }],
    ["STARTED", "false", { pending: 1, detected: 0, valid: 0 }],
  ])("counts a mutant that is %s", (status, detected, counts) => {
    const { summary, quality } = pitOf(mutation(status, { detected }));
    expect(summary).toMatchObject({ total: 1, ...counts });
    expect(quality.inconsistencies).toEqual([]);
  });

  it.each([
    ["nothing", [], "empty"],
    ["only errors", [mutation("RUN_ERROR")], "empty"],
    ["a mutant that was begun", [mutation("KILLED"), mutation("STARTED")], "partial"],
    ["a mutant that was killed", [mutation("KILLED")], "unknown"],
  ])("with %s is %s", (_, mutations, status) => expect(pitOf(...mutations).status).toBe(status));

  it("that contradicts itself goes by the status, and is marked", () => {
    const { summary, quality } = pitOf(mutation("SURVIVED", { detected: "true" }));
    expect([summary.detected, quality.inconsistencies[0]?.code]).toEqual([0, "detected-differs"]);
  });

  it("has the package in the path, and mutants without a line", () => {
    const { body } = pitOf(mutation("KILLED", { content: "<lineNumber>0</lineNumber>" }));
    expect(body.files).toEqual([{ path: "o/A.java", detected: 1, valid: 1 }]);
    expect(body.mutants[0]).not.toHaveProperty("line");
  });

  it.each([
    ["a status that nobody knows", mutation("SLAIN"), "malformed at line 1"],
    ["a line that is none", mutation("KILLED", { content: "<lineNumber>x</lineNumber>" }), "malformed at line 1"],
    ["no mutator", mutation("KILLED").replace("<mutator>M</mutator>", ""), "malformed at line 1"],
    ["no end", "<mutation status='KILLED'>", "malformed at line 1"],
  ])("with %s is refused", (_, content, refusal) => {
    expect(refusalOf(`<mutations>${content}</mutations>`, "mutations.xml")).toBe(refusal);
  });
});

const MUTANT = { mutator: { mutatorName: "Plus", originalFilePath: "/ci/app/a.php", originalStartLine: 3 } };

function log(stats: object, lists: object): string {
  return JSON.stringify({ stats: { totalMutantsCount: 1, escapedCount: 0, ...stats }, ...lists });
}

describe("a log of Infection", () => {
  it.each([
    ["escaped", { survived: 1, detected: 0, valid: 1 }],
    ["timeouted", { timeout: 1, detected: 1, valid: 1 }],
    ["killed", { killed: 1, detected: 1, valid: 1 }],
    ["killedByStaticAnalysis", { killed: 1, detected: 1, valid: 1 }],
    ["errored", { runtimeError: 1, detected: 0, valid: 0 }],
    ["syntaxErrors", { compileError: 1, detected: 0, valid: 0 }],
    ["uncovered", { noCoverage: 1, detected: 0, valid: 1 }],
    ["ignored", { ignored: 1, detected: 0, valid: 0 }],
  ])("counts a mutant that is %s", (list, counts) => {
    const { summary } = readAs("mutation", log({}, { killed: null, [list]: [MUTANT] }), "x");
    expect(summary).toMatchObject({ total: 1, ...counts });
  });

  it("that names fewer mutants than it declares is partial", () => {
    const document = readAs("mutation", log({ totalMutantsCount: 3, escapedCount: 2 }, { killed: [MUTANT] }), "x");
    expect([document.status, document.statusReasons[0]?.code]).toEqual(["partial", "mutants-missing"]);
    expect(document.quality.inconsistencies).toMatchObject([{ code: "mutants-differ", place: "/stats/escapedCount" }]);
  });

  it("does not miss mutants that were skipped, and says so", () => {
    const document = readAs("mutation", log({ totalMutantsCount: 2, skippedCount: 1 }, { killed: [MUTANT] }), "x");
    expect([document.status, document.quality.warnings[0]?.code]).toEqual(["unknown", "mutants-skipped"]);
  });

  it("without mutants is empty", () => {
    expect(read(log({ totalMutantsCount: 0 }, {}), "x").status).toBe("empty");
  });

  it.each([
    ["a list that is none", log({}, { killed: {} }), "malformed at /killed"],
    ["no total", log({ totalMutantsCount: "1" }, {}), "malformed at /stats/totalMutantsCount"],
    ["no mutator", log({}, { killed: [{}] }), "malformed at /killed/0/mutator"],
    [
      "no file",
      log({}, { killed: [{ mutator: { mutatorName: "Plus" } }] }),
      "malformed at /killed/0/mutator/originalFilePath",
    ],
  ])("with %s is refused", (_, text, refusal) => expect(refusalOf(text, "x")).toBe(refusal));
});
