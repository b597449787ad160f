import { describe, expect, it } from "vitest";
import { fixture, readAs, refusalOf } from "./support.ts";

const RESULT = JSON.parse(fixture("lighthouse.json").toString("utf8"));
const ERROR = { code: "NO_FCP", message: "The page did not paint any content." };

type Json = Readonly<Record<string, unknown>>;

/** The result of the fixture with another score for performance, and other members. */
function result(performance: unknown, changes: Json = {}): Json {
  const categories = { ...RESULT.categories, performance: { ...RESULT.categories.performance, score: performance } };
  return { ...RESULT, requestedUrl: "https://shop.example/", categories, ...changes };
}

function quality(document: unknown) {
  return readAs("web-quality", JSON.stringify(document), "report.json");
}

describe("a result", () => {
  const document = quality(RESULT);

  it("is read in full", () => {
    expect(document).toMatchObject({
      status: "complete",
      producedAt: "2026-03-01T10:00:00.000Z",
      source: { tools: [{ name: "Lighthouse", version: "12.6.0" }] },
      summary: {
        pages: 1,
        runs: 1,
        failedRuns: 0,
        performance: 0.91,
        accessibility: 0.88,
        bestPractices: 1,
        seo: 0.75,
      },
    });
    const page = "https://shop.example/bücher?token=…";
    expect(document.body.runs).toEqual([
      {
        page,
        at: "2026-03-01T10:00:00.000Z",
        formFactor: "mobile",
        performance: 0.91,
        accessibility: 0.88,
        bestPractices: 1,
        seo: 0.75,
      },
    ]);
    expect(document.body.audits).toEqual([
      {
        page,
        id: "first-contentful-paint",
        title: "First Contentful Paint",
        score: 0.93,
        value: 1510.5,
        unit: "millisecond",
      },
      { page, id: "is-on-https", title: "Uses HTTPS", score: 1 },
      { page, id: "video-caption", title: "Captions" },
      { page, id: "full-page-screenshot", title: "Screenshot" },
    ]);
  });

  it("has its warnings and the audits that failed in the quality", () => {
    expect(document.quality.warnings.map(({ code }) => code)).toEqual(["run-warning", "audit-error"]);
  });

  it("is kept without user agents, headers and tokens", () => {
    expect(document.quality.redactions).toBe(5);
    expect(JSON.stringify(document)).not.toMatch(/Mozilla|abc/);
  });
});

describe("a run that did not work", () => {
  it.each([
    ["with a runtime error has failed", result(null, { runtimeError: ERROR }), "failed", "run-failed"],
    [
      "with an error and no categories has failed",
      { ...result(1), categories: undefined, runtimeError: ERROR },
      "failed",
      "run-failed",
    ],
    ["with a category of null is partial", result(null), "partial", "category-not-scored"],
    [
      "that did not load in its time is partial",
      result(0.9, {
        runWarnings: ["The page loaded too slowly to finish within the time limit. Results may be incomplete."],
      }),
      "partial",
      "run-incomplete",
    ],
    [
      "beside one that did makes the file partial",
      [result(0.9), result(null, { runtimeError: ERROR })],
      "partial",
      "run-failed",
    ],
    ["of a flow without steps is empty", { ...RESULT, steps: [] }, "empty", "nothing-measured"],
    ["with nothing in it is empty", result(0.9, { categories: {}, audits: {} }), "empty", "nothing-measured"],
  ])("%s", (_, document, status, code) => {
    const found = quality(document);
    expect([found.status, found.statusReasons[0]?.code]).toEqual([status, code]);
  });

  it("has no score, not even of zero", () => {
    const { summary, body } = quality([result(0.9), result(0.1, { runtimeError: ERROR })]);
    expect(summary).toMatchObject({ runs: 2, failedRuns: 1, performance: 0.9 });
    expect(body.runs[1]?.error).toBe("NO_FCP: The page did not paint any content.");
    expect(quality(result(null)).summary.performance).toBeUndefined();
  });

  it("is none with the error NO_ERROR of old versions", () => {
    expect(quality(result(0.9, { runtimeError: { code: "NO_ERROR", message: "" } })).status).toBe("complete");
  });
});

describe("several runs", () => {
  it.each([
    ["of three the middle one", [0.2, 0.9, 0.5], 0.5],
    ["of two the lower one", [0.9, 0.2], 0.2],
    ["of four the lower one in the middle", [0.1, 0.4, 0.6, 0.9], 0.4],
  ])("over a page count as %s", (_, scores, median) => {
    const document = quality(scores.map((score) => result(score, { audits: { a: { score } } })));
    expect(document.summary).toMatchObject({ pages: 1, runs: scores.length, performance: median });
    expect(document.body.audits).toEqual([{ page: "https://shop.example/", id: "a", score: median }]);
  });

  it("over several pages count as the worst of them", () => {
    const other = { requestedUrl: "https://shop.example/buy" };
    const { summary, body } = quality([
      result(0.9),
      result(0.8),
      result(0.3, other),
      result(0.4, other),
      result(0.5, other),
    ]);
    expect(summary).toMatchObject({ pages: 2, runs: 5, performance: 0.4 });
    expect(new Set(body.audits.map(({ page }) => page)).size).toBe(2);
  });

  it("on a desktop and on a phone are not compared", () => {
    const desktop = { configSettings: { formFactor: "desktop" } };
    const { summary } = quality([result(0.3), result(0.9, desktop), result(0.9, desktop)]);
    expect(summary).toMatchObject({ pages: 1, performance: 0.3 });
  });
});

describe("other shapes", () => {
  it("a user flow has a run in each step, and steps that are no navigations need no score", () => {
    const steps = [
      { lhr: result(0.9), name: "open" },
      { lhr: result(null, { gatherMode: "timespan", requestedUrl: undefined }), name: "buy" },
    ];
    const { status, summary } = quality({ name: "Buy", steps });
    expect([status, summary.runs, summary.pages, summary.performance]).toEqual(["complete", 2, 2, 0.9]);
  });

  it("an answer of PageSpeed Insights has the result inside", () => {
    const document = quality({ kind: "pagespeedonline#result", lighthouseResult: result(0.6) });
    expect([document.status, document.summary.performance]).toEqual(["complete", 0.6]);
  });

  it("version 2 has scores up to 100, in an array", () => {
    const document = quality({
      lighthouseVersion: "2.9.4",
      generatedTime: "2018-03-01T10:00:00.000Z",
      url: "https://shop.example/",
      audits: {
        "is-on-https": { score: true, description: "Uses HTTPS", rawValue: true },
        "first-meaningful-paint": { score: 95, description: "First meaningful paint", rawValue: 1590.1 },
        broken: { score: 0, error: true, debugString: "it broke" },
      },
      reportCategories: [
        { id: "performance", score: 87.5 },
        { id: "pwa", score: 12 },
      ],
    });
    expect(document).toMatchObject({
      status: "complete",
      producedAt: "2018-03-01T10:00:00.000Z",
      summary: { performance: 0.875 },
    });
    const page = "https://shop.example/";
    expect(document.body.audits).toEqual([
      { page, id: "is-on-https", title: "Uses HTTPS", score: 1 },
      { page, id: "first-meaningful-paint", title: "First meaningful paint", score: 0.95, value: 1590.1 },
      { page, id: "broken" },
    ]);
  });
});

describe("URLs", () => {
  it.each([
    ["https://me:secret@shop.example/a@b?x=1", "https://shop.example/a@b?x=1"],
    ["https://shop.example/?id=1&access_token=abc&x=2#key=abc", "https://shop.example/?id=1&access_token=…&x=2#key=…"],
    ["https://shop.example/?q=a%20b", "https://shop.example/?q=a%20b"],
  ])("%s are kept as %s", (url, page) => {
    expect(quality(result(1, { requestedUrl: url })).body.runs[0]?.page).toBe(page);
  });

  it("of any length take no long time", () => {
    const start = performance.now();
    for (const piece of ["?", "key", "?key", "&token="]) {
      quality(result(1, { requestedUrl: `https://shop.example/${piece.repeat(100_000)}` }));
    }
    expect(performance.now() - start).toBeLessThan(5_000);
  });
});

describe("a damaged result", () => {
  it.each([
    ["of version 1", result(1, { lighthouseVersion: "1.6.5" }), "unsupported-version at /lighthouseVersion"],
    ["without categories", result(1, { categories: 3 }), "malformed at /categories"],
    ["with a score above the best", result(91), "malformed at /categories/performance/score"],
    [
      "with an audit's score that is none",
      result(1, { audits: { a: { score: "1" } } }),
      "malformed at /audits/a/score",
    ],
    ["with an audit that is none", result(1, { audits: { a: 1 } }), "malformed at /audits/a"],
    ["in an array with another thing", [result(1), {}], "malformed at /1"],
    ["in a step that has none", { steps: [{ lhr: result(1) }, { name: "buy" }] }, "malformed at /steps/1"],
  ])("%s is refused", (_, document, refusal) => {
    expect(refusalOf(JSON.stringify(document), "report.json")).toBe(refusal);
  });
});
