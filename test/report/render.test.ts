import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { sha256 } from "../../src/evidence/canonical.ts";
import { buildReport, type ReportRequest } from "../../src/report/build.ts";
import { parseFramework } from "../../src/report/frameworks.ts";
import { renderHtml } from "../../src/report/render/html.ts";
import { renderMarkdown } from "../../src/report/render/markdown.ts";
import { html, type Markup, textOf } from "../../src/report/render/template.ts";
import { indexRanges, readableTime } from "../../src/report/render/words.ts";
import { gate, recorded, request, SMALL_MAP, sampleRequest, violation } from "./fixture.ts";

/** With `UPDATE_SAMPLES=1` the samples are written instead of compared. */
const isUpdate = process.env["UPDATE_SAMPLES"] === "1";

describe("the sample report", () => {
  test.each([
    ["html", renderHtml],
    ["md", renderMarkdown],
  ] as const)("reports/samples/ssdf.%s is what the program makes", (extension, render) => {
    const path = new URL(`../../reports/samples/ssdf.${extension}`, import.meta.url);
    const made = render(buildReport(sampleRequest()));
    if (isUpdate) writeFileSync(path, made);
    expect(made).toBe(readFileSync(path, "utf8"));
  });
});

const HOSTILE = [
  "<script>alert(1)</script>",
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  "</style><svg onload=alert(1)>",
  "[click](javascript:alert(1))",
  "![x](https://evil.example/pixel.png)",
  "<javascript:alert(1)>",
  "https://evil.example/phish www.evil.example",
  "@acme/security please approve",
  "| a | b |\n|---|---|\n# heading",
  "`code` **bold** ~~gone~~ $x$",
  "\u001b[31mred\u001b]8;;https://evil.example\u0007link\u001b]8;;\u0007",
  "access\u202E granted\u2066\u2069 \u200Bhidden\uFEFF",
  "line one\nline two\r\nline three",
  "&lt;b&gt; &amp; &#60;script&#62;",
  "\uD800 lone surrogate",
] as const;

/** A report in which everything that a record can hold is the string. */
function hostileRequest(text: string): ReportRequest {
  const found = violation(text, {
    rule: text,
    location: { path: text, line: 1 },
    package: text,
    waiver: text,
  });
  const gates = [
    gate("sast", "waived", { violations: [found] }),
    gate("tests", "not-evaluated", { reason: text }),
    gate(text, "fail", { violations: [violation(text)] }),
  ];
  const record = recorded(1, gates, {
    id: text,
    environment: text,
    subject: { repository: text, commit: text, artifacts: [], source: "ci" },
    integrity: {
      level: "open",
      required: "bound",
      reasons: [{ code: "no-audit", message: text, remedy: text, caps: "open" }],
    },
    evidence: [
      {
        id: sha256("e"),
        kind: text,
        tool: { name: text, version: text },
        format: text,
        path: text,
        sha256: sha256("f"),
        bytes: 1,
        status: "usable",
        toolStatus: "complete",
        reasons: [text],
        counts: {},
      },
    ],
  });
  return request([record], {
    head: { origin: text, size: 2, root: sha256("root") },
    verification: { verdict: "good", detail: text },
    query: {
      window: { from: "2026-07-01T00:00:00Z", to: "2026-10-01T00:00:00Z" },
      environment: text,
      repository: text,
    },
  });
}

const ALLOWED_TAGS =
  /^\/?(?:html|head|meta|title|style|body|a|header|p|h[1-4]|div|dl|dt|dd|time|span|code|nav|ul|li|main|section|svg|desc|rect|text|table|caption|thead|tbody|tr|th|td|article|strong|br|footer)$/;
const ALLOWED_ATTRIBUTES =
  /^(?:lang|charset|name|content|http-equiv|class|href|id|role|aria-label|aria-labelledby|aria-hidden|datetime|viewBox|x|y|width|height|rx|scope|colspan|tabindex)$/;

describe.each(HOSTILE.map((text) => [JSON.stringify(text), text] as const))("with %s everywhere", (_, text) => {
  const report = buildReport(hostileRequest(text));

  test("the HTML holds nothing but its own markup", () => {
    const made = renderHtml(report);
    const body = made.slice(made.indexOf("</style>"));
    for (const [, tag = "", attributes = ""] of body.matchAll(/<(\/?[a-zA-Z][^\s>/]*)([^>]*)>/g)) {
      expect(tag).toMatch(ALLOWED_TAGS);
      const names = attributes.replace(/"[^"]*"/g, "").match(/[^\s=/]+/g) ?? [];
      for (const name of names) expect(name).toMatch(ALLOWED_ATTRIBUTES);
    }
    for (const [, target = ""] of made.matchAll(/href="([^"]*)"/g)) expect(target).toMatch(/^#[A-Za-z0-9._-]+$/);
    expect(made).not.toMatch(/\ssrc=["']?http|url\(/);
    expect(made).not.toMatch(CONTROLS);
  });

  test("the Markdown holds no link, no mention, no HTML but line breaks, and no line of its own", () => {
    const made = renderMarkdown(report);
    const clean = renderMarkdown(buildReport(hostileRequest("plain")));
    expect(made.replaceAll("<br>", "")).not.toMatch(/<[a-zA-Z/!]/);
    expect(made).not.toMatch(/(?<!\\)\]\(/);
    expect(made).not.toMatch(/\w:\/\/|\bwww\.|@\w/i);
    expect(made).not.toMatch(CONTROLS);
    expect(made.split("\n").length).toBe(clean.split("\n").length);
    expect(made.split("\n").map(columnsOf)).toEqual(clean.split("\n").map(columnsOf));
  });
});

// oxlint-disable-next-line eslint/no-control-regex -- the controls are what this is about
const CONTROLS = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069\u200E\u200F\uFEFF\uD800-\uDFFF]/u;

/** How many cells a line has, as far as it is a row of a table. */
function columnsOf(line: string): number {
  return line.startsWith("|") ? line.replaceAll("\\|", "").split("|").length : 0;
}

describe("the top of a report on a tampered log", () => {
  const report = buildReport(
    request([recorded(1, [gate("sast"), gate("tests")])], {
      verification: { verdict: "tampered", detail: "Entry 1 was changed." },
    }),
  );

  test("says so before anything else in Markdown", () => {
    const [title, warning, alert] = renderMarkdown(report).split("\n\n");
    expect(title).toContain("Compliance report");
    expect(warning).toContain("DO NOT RELY ON THIS REPORT");
    expect(alert).toContain("Entry 1 was changed.");
  });

  test("shows no figures that could be taken for a result", () => {
    for (const made of [renderHtml(report), renderMarkdown(report)]) {
      expect(made).not.toMatch(/\d of \d/);
      expect(made).not.toContain("Looked at");
    }
  });

  test("says so before anything else in HTML, and to a screen reader", () => {
    const made = renderHtml(report);
    const banner = made.indexOf('<div class="verdict tampered" role="alert">');
    expect(banner).toBeGreaterThan(0);
    expect(banner).toBeLessThan(made.indexOf('<dl class="facts">'));
    expect(made).toContain("DO NOT RELY ON THIS REPORT");
  });
});

describe("the HTML", () => {
  const made = renderHtml(buildReport(sampleRequest()));

  test("allows its own style sheet and nothing else", () => {
    const style = /<style>([\s\S]*?)<\/style>/.exec(made)?.[1] ?? "";
    const hash = Buffer.from(sha256(style).slice("sha256:".length), "hex").toString("base64");
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(made)?.[1]?.replaceAll("&#39;", "'");
    expect(policy).toBe(`default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`);
    expect(made).not.toMatch(/<script|<link|<img|<iframe|\sstyle=|\son[a-z]+=/);
  });

  test("has headings in order, one of the first level", () => {
    const levels = [...made.matchAll(/<h([1-6])/g)].map(([, level]) => Number(level));
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    for (const [position, level] of levels.entries()) {
      expect(level - (levels[position - 1] ?? 0)).toBeLessThanOrEqual(1);
    }
  });

  test("has a caption and scopes in every table, each id once, and no link to nowhere", () => {
    for (const [table] of made.matchAll(/<table>[\s\S]*?<\/table>/g)) {
      expect(table).toContain("<caption>");
      expect(table).not.toMatch(/<th(?![^>]*scope=)[\s>]/);
    }
    const ids = [...made.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, target] of made.matchAll(/href="#([^"]*)"/g)) expect(ids).toContain(target);
    for (const [, target] of made.matchAll(/aria-labelledby="([^" ]*)"/g)) expect(ids).toContain(target);
  });
});

describe("the template", () => {
  test("escapes what is inserted, and takes no record for markup", () => {
    const forged: Markup = JSON.parse('{"html":"<b>","Symbol(markup)":"<b>"}');
    expect(textOf(html`<p title="${'"'}">${"<b>"}${1}${undefined}${[html`<i>`, html`${"&"}`]}</p>`)).toBe(
      '<p title="&quot;">&lt;b&gt;1<i>&amp;</p>',
    );
    expect(textOf(html`${forged}`)).not.toContain("<b>");
  });
});

describe("words", () => {
  test.each([
    [[], ""],
    [[3], "3"],
    [[3, 4, 5, 9, 11, 12], "3 to 5, 9, 11 to 12"],
  ] as const)("the indexes %j read %j", (indexes, expected) => {
    expect(indexRanges(indexes)).toBe(expected);
  });

  test("a time reads as one", () => {
    expect(readableTime("2026-01-31T12:00:00.000Z")).toBe("2026-01-31 12:00:00 UTC");
  });
});

test("a control map of the user's own is escaped as well", () => {
  const text = SMALL_MAP.replace("title: One section", 'title: "<script>alert(1)</script>"').replace(
    "claim: c",
    'claim: "<img src=x>"',
  );
  const report = buildReport(request([], { framework: parseFramework(text, "own.yaml") }));
  expect(renderHtml(report)).not.toMatch(/<script|<img/);
  expect(renderMarkdown(report)).not.toMatch(/<script|<img/);
});
