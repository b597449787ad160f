import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FormatError } from "../../src/ingest/adapter.ts";
import { detectFormat, ingestBytes } from "../../src/ingest/index.ts";
import { parseJsonDocument, splitJson } from "../../src/ingest/json.ts";
import { ADAPTERS } from "../../src/ingest/registry.ts";
import { GateError } from "../../src/util/errors.ts";
import { DEFAULT_LIMITS } from "../../src/util/limits.ts";
import { schemaErrorsOf } from "../evidence/schema-support.ts";
import { errorOf, FIXTURE_NAMES, fixture, read, readAs, refusalOf } from "./support.ts";

const DEEP = 100_000;
const SARIF = '{"version":"2.1.0","runs":[';
const REFUSED = /^(malformed|limit-exceeded|not-this-format)/;

const LAUGHS = `<!DOCTYPE lolz [<!ENTITY a "lol">${Array.from({ length: 9 }, (_, index) => `<!ENTITY ${"bcdefghij"[index]} "${`&${"abcdefghi"[index]};`.repeat(10)}">`).join("")}]>`;

describe.each([
  ["arrays 100 000 deep", "x.sarif", SARIF + "[".repeat(DEEP) + "]".repeat(DEEP)],
  ["objects 100 000 deep", "x.sarif", `${SARIF}${'{"a":'.repeat(DEEP)}1${"}".repeat(DEEP)}]}`],
  ["unclosed arrays", "x.sarif", SARIF + "[".repeat(DEEP)],
  ["elements 100 000 deep", "x.xml", `<testsuites>${"<testsuite>".repeat(DEEP)}`],
  ["an entity bomb in an attribute", "x.xml", `${LAUGHS}<testsuites><testsuite name="&j;"/></testsuites>`],
  [
    "an entity bomb in text",
    "x.xml",
    `${LAUGHS}<testsuites><testsuite><testcase name="a"><failure>&j;</failure></testcase></testsuite></testsuites>`,
  ],
  [
    "an external entity",
    "x.xml",
    '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><testsuites><testsuite name="&e;"/></testsuites>',
  ],
  ["an attribute of 17 MB", "x.xml", `<testsuites name="${"a".repeat(17 << 20)}"/>`],
  ["two roots", "x.xml", "<testsuite/><testsuite/>"],
  ["an attribute twice", "x.xml", '<testsuite><testcase name="a" name="b"/></testsuite>'],
  ["tags that do not match", "x.xml", "<testsuites><testsuite></testsuites></testsuite>"],
  ["text behind the root", "x.xml", "<testsuites/>text"],
  ["NUL characters for JSON", "x.sarif", `${SARIF}\0\0]}`],
  ["a NUL character in a JSON string", "x.sarif", `${SARIF}"\0"]}`],
  ["a trailing comma", "x.sarif", `${SARIF}],}`],
  ["a comment in JSON", "x.sarif", `${SARIF}] /* */}`],
  ["NaN", "x.sarif", `${SARIF}NaN]}`],
  ["a number with a leading zero", "x.sarif", `${SARIF}01]}`],
  ["a number without digits", "x.sarif", `${SARIF}-]}`],
  ["a number that ends in a point", "x.sarif", `${SARIF}1.]}`],
  ["an escape that is none", "x.sarif", String.raw`${SARIF}"\x41"]}`],
  ["half an escape", "x.sarif", String.raw`${SARIF}"\u00"]}`],
])("%s", (_, name, content) => {
  it("are refused, soon and with a reason", () => {
    const start = performance.now();
    expect(refusalOf(content, name)).toMatch(REFUSED);
    expect(performance.now() - start).toBeLessThan(5_000);
  });
});

describe.each([
  ["a lone continuation byte", [0x80], 0],
  ["an overlong form", [0xc0, 0xaf], 0],
  ["a surrogate", [0xed, 0xa0, 0x80], 1],
  ["a byte beyond Unicode", [0xf5, 0x80, 0x80, 0x80], 0],
])("invalid UTF-8 with %s", (_, bytes, offset) => {
  it("is refused with its place", () => {
    const before = Buffer.from(`${SARIF}{"results":[],"x":"ü`);
    const content = Buffer.concat([before, Buffer.from(bytes), Buffer.from('"}]}')]);
    expect(refusalOf(content, "x.sarif")).toBe(`malformed at byte ${before.length + offset}`);
  });
});

describe("UTF-16 that is damaged", () => {
  it.each([
    ["in half a unit", Buffer.concat([Buffer.from(`\ufeff${SARIF}]}`, "utf16le"), Buffer.from([0x20])])],
    ["by a lone surrogate", Buffer.from(`\ufeff${SARIF}"\ud800"]}`, "utf16le")],
  ])("%s is refused", (_, bytes) => expect(refusalOf(bytes, "x.sarif")).toBe("malformed"));
});

describe("XML that is damaged but readable", () => {
  it.each([
    ["a control character", '<testcase name="a"><failure message="x">\u001b[31m</failure></testcase>'],
    ["a reference to a control character", '<testcase name="a"><failure message="x">&#27;&#0;</failure></testcase>'],
    ["the end of CDATA in text", '<testcase name="a"><failure message="x">]]></failure></testcase>'],
  ])("by %s is read with a warning", (_, content) => {
    const { summary, quality } = readAs("tests", `<testsuite>${content}</testsuite>`, "x.xml");
    expect([summary.failed, quality.warnings.length > 0]).toEqual([1, true]);
    expect(quality.warnings[0]).toMatchObject({ code: "xml-not-well-formed", place: /^line 1, column \d+$/ });
  });

  it("collects no more than fifty warnings and a count", () => {
    const { quality } = readAs("tests", `<testsuite>${"\u0001".repeat(1_000)}</testsuite>`, "x.xml");
    expect([quality.warnings.length, quality.warnings.at(-1)?.message]).toEqual([51, "and 950 more"]);
  });
});

describe("caps", () => {
  const limits = { ...DEFAULT_LIMITS, elements: 10, depth: 5 };

  it.each([
    ["values", "x.sarif", `${SARIF}{"results":[],"x":[${"1,".repeat(10)}1]}]}`],
    ["depth of JSON", "x.sarif", `${SARIF}{"results":[],"x":[[[]]]}]}`],
    ["elements", "x.xml", `<testsuites>${"<testsuite/>".repeat(10)}</testsuites>`],
    ["depth of XML", "x.xml", "<testsuites>".repeat(6) + "</testsuites>".repeat(6)],
    ["lines", "x.info", `SF:a\n${"DA:1,1\n".repeat(10)}end_of_record\n`],
  ])("on %s are kept, and named", (_, name, content) => {
    expect(read(content, name).kind).not.toBe("unreadable");
    const document = read(content, name, undefined, limits);
    expect([document.kind, document.statusReasons[0]?.code]).toEqual(["unreadable", "limit-exceeded"]);
  });

  it("on bytes end the run", () => {
    const error = errorOf(() =>
      ingestBytes(Buffer.alloc(11), "x", undefined, { limits: { ...DEFAULT_LIMITS, fileBytes: 10 } }),
    );
    expect(error.code).toBe("evidence-too-large");
  });
});

function parse(text: string): unknown {
  return parseJsonDocument(Buffer.from(text), DEFAULT_LIMITS);
}

/** A document beyond the size up to which it is parsed at once. */
const LARGE = " ".repeat(1 << 20);

describe("JSON", () => {
  it.each([
    '{"a":[1,-0.5,1e3,1E+2,2e-2,true,false,null,"\\u00e9\\n\\"\\\\/"],"":{}}',
    " [ ] ",
    '"text"',
    "-0",
    '{"a":{"b":1},"c":{"b":2}}',
  ])("%s is what JSON.parse makes of it", (text) => expect(parse(text)).toEqual(JSON.parse(text)));

  it.each([
    "",
    " ",
    "{",
    '{"a"',
    '{"a":',
    '{"a":1',
    '{"a":1,',
    "[1",
    "[1,",
    "[,]",
    "[1 2]",
    '{"a" 1}',
    "{a:1}",
    "{'a':1}",
    "tru",
    "truex",
    "nul",
    '"',
    '"a',
    "1 2",
    "[]]",
    "+1",
    ".5",
    "1e",
    "\u00a0[]",
    '{"a":1,"a":1}',
    '["\t"]',
  ])("%j is refused", (text) => expect(() => parse(text)).toThrow(FormatError));

  it("may be cut into elements without a change", () => {
    const text = '{"a":{"x":[1,{"y":[2]},"ü"]},"b":{"x":[]},"c":{"x":{}},"x":[9]}';
    const split = splitJson(Buffer.from(text + LARGE), DEFAULT_LIMITS, ["*", "x"]);
    expect(split.document).toEqual({ a: { x: [] }, b: { x: [] }, c: { x: {} }, x: [9] });
    expect([...split.elements("/a/x")]).toEqual([1, { y: [2] }, "ü"]);
    expect([[...split.elements("/b/x")], [...split.elements("/none")]]).toEqual([[], []]);
  });
});

describe.each(FIXTURE_NAMES)("%s with bytes changed at random", (name) => {
  const whole = fixture(name);

  it("is read, refused or unrecognised, and nothing else", () => {
    const change = fc.record({ at: fc.nat(whole.length - 1), to: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const bytes = Buffer.from(whole);
        for (const { at, to } of changes) bytes[at] = to;
        expect(problemsOf(bytes, name)).toEqual([]);
      }),
      { numRuns: 500, seed: 1 },
    );
  });
});

/** What is wrong with how bytes are dealt with: an error that is not meant for users, or a document against its schema. */
function problemsOf(bytes: Uint8Array, name: string): readonly string[] {
  try {
    return schemaErrorsOf(read(bytes, name));
  } catch (error) {
    return error instanceof GateError && error.code === "evidence-unrecognised" ? [] : [String(error)];
  }
}

describe("detection", () => {
  it.each(["", "\0", "PK\u0003\u0004", "<html><body>502 Bad Gateway</body></html>", "null", "[]", "{}", "hello"])(
    "of %j finds nothing and says why",
    (text) => {
      const { found, attempts } = detectFormat(Buffer.from(text), "report");
      expect([found, attempts.length, attempts.every(({ reason }) => reason.length > 0)]).toEqual([
        undefined,
        ADAPTERS.length,
        true,
      ]);
    },
  );

  it("gives an error with a remedy", () => {
    const error = errorOf(() => read("hello", "a/report.txt"));
    expect(error.code).toBe("evidence-unrecognised");
    expect(error.message).toContain("a/report.txt");
    expect(error.hint).toContain("gate evidence detect a/report.txt");
  });

  it("by the name alone gives way where it was wrong", () => {
    expect(errorOf(() => read("{}", "x.sarif")).code).toBe("evidence-unrecognised");
  });
});

describe("a declared file", () => {
  it.each([
    ["that is empty", "", "sast", "empty file: the tool did not finish"],
    [
      "that is an error page",
      "<html></html>",
      "tests",
      "declared as tests, but no reader of that kind of evidence recognises it",
    ],
    [
      "that is something else",
      "<testsuite/>",
      "sast",
      "declared as sast, but it is JUnit XML: its root element is testsuite",
    ],
  ] as const)("%s is unreadable", (_, content, declared, message) => {
    const document = read(content, "x", declared);
    expect([document.kind, document.status, document.statusReasons[0]?.message]).toEqual([
      "unreadable",
      "malformed",
      message,
    ]);
  });

  it("keeps its category when it is unreadable", () => {
    expect(readAs("unreadable", SARIF, "x", "secrets").summary).toEqual({ intended: "findings", category: "secret" });
  });
});
