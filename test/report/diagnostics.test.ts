import { SaxesParser } from "saxes";
import { describe, expect, it } from "vitest";
import { type Diagnostic, sortDiagnostics } from "../../src/policy/diagnostics.ts";
import {
  DIAGNOSTIC_OUTPUTS,
  type DiagnosticFormat,
  type DiagnosticOutput,
} from "../../src/report/diagnostics/registry.ts";
import { readAs } from "../ingest/support.ts";

const HOSTILE = [
  "\u001B[2J\u001B[1;31mgone",
  "::error file=a::b\n::set-env name=X::1",
  "##vso[task.complete result=Succeeded]",
  "</failure><script>alert(1)</script>\"'&",
  "\u202Eevil\u2066",
  "line\r\nbreak",
  "\u0000\uFFFE\uD800",
  "%0A::warning::x",
];

function diagnostic(text: string): Diagnostic {
  return {
    rule: `unused-parameter`,
    category: "gate",
    level: "error",
    message: text,
    hint: text,
    file: `policies/${text}.rego`,
    row: 3,
    column: 5,
    endRow: 3,
    endColumn: 9,
    docs: "https://example.com/rule",
  };
}

function write(name: DiagnosticOutput, diagnostics: readonly Diagnostic[]): string {
  const format: DiagnosticFormat = DIAGNOSTIC_OUTPUTS[name];
  return format({ files: 2, diagnostics }, "1.2.3");
}

describe.each(Object.keys(DIAGNOSTIC_OUTPUTS) as DiagnosticOutput[])("%s", (name) => {
  it.each(HOSTILE)("keeps %j harmless", (text) => {
    const output = write(name, [diagnostic(text)]);
    expect(output.isWellFormed()).toBe(true);
    // JSON escapes what a terminal would obey, and what it leaves is for programs.
    if (name !== "json" && name !== "sarif")
      expect(output).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/u);
    const commands = output.split("\n").filter((line) => /^\s*(::|##vso)/.test(line));
    if (name === "github") expect(commands).toHaveLength(1);
    else expect(commands).toEqual([]);
  });

  it("can say that nothing was found", () => {
    expect(write(name, [])).not.toContain("error:");
  });
});

const WARNING: Diagnostic = { rule: "tests", category: "gate", level: "warning", message: "no test" };

it("shows a person the place, what to do, and each rule's documentation once", () => {
  const text = write("human", [diagnostic("a"), { ...diagnostic("a"), row: 9 }, WARNING]);
  expect(text).toBe(`policies/a.rego
  3:5 error: a [gate/unused-parameter]
    a
    https://example.com/rule
  9:5 error: a [gate/unused-parameter]
    a
  warning: no test [gate/tests]
2 files: 2 errors, 1 warning
`);
});

it("annotates the line", () => {
  expect(write("github", [diagnostic("a"), WARNING])).toBe(
    "::error title=gate/unused-parameter,file=policies/a.rego,line=3,col=5,endLine=3::a. a\n" +
      "::warning title=gate/tests::no test\n",
  );
});

it("counts in JSON", () => {
  expect(JSON.parse(write("json", [diagnostic("a"), WARNING]))).toEqual({
    files: 2,
    errors: 1,
    warnings: 1,
    diagnostics: [diagnostic("a"), WARNING],
  });
});

it("writes SARIF that our own reader takes for findings at their places", () => {
  const { body, source } = readAs("findings", write("sarif", [diagnostic("a b#c"), WARNING]), "lint.sarif");
  expect(source.tools).toMatchObject([{ name: "gate policy lint", version: "1.2.3" }]);
  expect(body.findings).toMatchObject([
    { ruleId: "gate/unused-parameter", location: { path: "policies/a b#c.rego", line: 3, column: 5 } },
    { ruleId: "gate/tests" },
  ]);
});

it("writes XML that a strict parser reads, with the counts of its content", () => {
  for (const text of HOSTILE) {
    const names: string[] = [];
    let declared: string | undefined;
    const parser = new SaxesParser();
    parser.on("opentag", ({ name, attributes }) => {
      names.push(name);
      if (name === "testsuite") declared = `${attributes["tests"]} ${attributes["failures"]}`;
    });
    parser.on("error", (error) => {
      throw error;
    });
    parser.write(write("junit", [diagnostic(text), WARNING])).close();
    const count = (name: string): number => names.filter((one) => one === name).length;
    expect(declared).toBe(`${count("testcase")} ${count("failure")}`);
  }
});

it("sorts by file, place and rule", () => {
  const at = (file: string, row: number, rule: string): Diagnostic => ({ ...WARNING, file, row, rule });
  const sorted = [WARNING, at("a", 2, "x"), at("a", 10, "a"), at("a", 10, "b"), at("b", 1, "a")];
  expect(sortDiagnostics(sorted.toReversed())).toEqual(sorted);
});
