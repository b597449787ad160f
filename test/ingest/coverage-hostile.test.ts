import { describe, expect, it } from "vitest";
import { DEFAULT_LIMITS } from "../../src/util/limits.ts";
import { read, readAs, refusalOf } from "./support.ts";

const DOCTYPE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd"><!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>';
const LINE = '<line number="1" num="1" nr="1" hits="1" count="1" mi="0" ci="1" type="stmt"/>';

/** The shortest report of each format in XML, with a name of a file in it. */
const XML = {
  cobertura: (name: string) =>
    `${DOCTYPE}<coverage line-rate="1"><packages><class filename="${name}"><lines>${LINE}</lines></class></packages></coverage>`,
  jacoco: (name: string) =>
    `${DOCTYPE}<report><package name="p"><sourcefile name="${name}">${LINE}</sourcefile></package></report>`,
  clover: (name: string) =>
    `${DOCTYPE}<coverage generated="1"><project><file name="${name}">${LINE}</file></project></coverage>`,
} as const;

describe.each(Object.entries(XML))("%s", (format, reportOf) => {
  it("is read with a name that is hostile, and keeps the name as data", () => {
    const { source, body } = readAs("coverage", reportOf("__proto__&lt;script&gt;&#x202e;"), "x");
    expect([source.format, body.files[0]?.path.endsWith("__proto__<script>\u202e")]).toEqual([format, true]);
  });

  it("cuts a name that is too long", () => {
    const { body } = readAs("coverage", reportOf("a".repeat(100_000)), "x");
    expect(body.files[0]?.path).toHaveLength(DEFAULT_LIMITS.stringLength);
  });

  it.each(["&e;", "&b;"])("with the entity %s is refused", (entity) => {
    expect(refusalOf(reportOf(entity), "x")).toMatch(/^malformed at line 1/);
  });

  it("is limited in elements and in depth", () => {
    const many = reportOf("a").replace(LINE, LINE.repeat(20));
    const deep = reportOf("a").replace(LINE, `${"<x>".repeat(20)}${"</x>".repeat(20)}`);
    for (const [text, limits] of [
      [many, { ...DEFAULT_LIMITS, elements: 10 }],
      [deep, { ...DEFAULT_LIMITS, depth: 10 }],
    ] as const) {
      expect(read(text, "x").kind).toBe("coverage");
      expect(read(text, "x", undefined, limits).statusReasons[0]?.code).toBe("limit-exceeded");
    }
  });
});

describe("coverage in JSON", () => {
  const statements = '"statementMap":{"__proto__":{"start":{"line":1}}},"s":{"__proto__":1},"f":{},"b":{}';
  const lines = '"executed_lines":[1],"missing_lines":[]';

  it.each([
    ["istanbul-final", `{"__proto__":{"path":"__proto__",${statements}}}`],
    ["coverage-py", `{"meta":{"branch_coverage":false},"files":{"__proto__":{${lines}}},"totals":{}}`],
  ])("of %s may have members of any name", (format, text) => {
    const { source, body } = readAs("coverage", text, "x");
    expect([source.format, body.files]).toEqual([
      format,
      [{ ...body.files[0], path: "__proto__", lines: { covered: 1, total: 1 } }],
    ]);
  });
});

describe("a Go profile", () => {
  it("whose blocks claim a billion lines each costs no more than another", () => {
    const blocks = Array.from({ length: 2_000 }, (_, index) => `a.go:${index + 1}.1,999999999.${index + 1} 1 1\n`);
    const start = performance.now();
    expect(readAs("coverage", `mode: set\n${blocks.join("")}`, "x").summary.lines.total).toBe(999_999_999);
    expect(performance.now() - start).toBeLessThan(5_000);
  });
});
