import { describe, expect, it } from "vitest";
import { COMMIT } from "./attestation-support.ts";
import { fixture, readAs, refusalOf } from "./support.ts";

function scorecard(value: object) {
  return readAs("assessment", text(value), "x.json", "assessment");
}

function text(value: object): string {
  return JSON.stringify({ scorecard: { version: "v5.0.0" }, ...value });
}

describe("Scorecard", () => {
  it("has a control for each check", () => {
    const document = readAs("assessment", fixture("scorecard.json"), "scorecard.json");
    expect(document).toMatchObject({
      status: "unknown",
      producedAt: "2026-03-01T10:00:00.000Z",
      subject: { repository: "https://github.com/example/shop", commit: COMMIT },
      source: { format: "scorecard", tools: [{ name: "Scorecard", version: "v5.3.0" }] },
      summary: { controls: 4, satisfied: 1, notSatisfied: 2, notApplicable: 0, unknown: 1, score: 7.5 },
    });
    expect(document.body.controls[2]).toEqual({
      id: "Pinned-Dependencies",
      title: "Determines what Pinned-Dependencies says.",
      framework: "OpenSSF Scorecard",
      status: "not-satisfied",
      score: 0,
      observations: 2,
      message: "dependency not pinned by hash: café",
    });
  });

  it.each([
    [10, "satisfied", 10],
    [9, "not-satisfied", 9],
    [0, "not-satisfied", 0],
    [-1, "unknown", undefined],
  ])("makes of the score %i that the check is %s", (score, status, kept) => {
    const [control] = scorecard({ checks: [{ name: "a", score }] }).body.controls;
    expect([control?.status, control?.score]).toEqual([status, kept]);
  });

  it.each([11, -2, 9.5, "10", null, undefined])("is refused with the score %j", (score) => {
    const checks = [
      { name: "a", score: 10 },
      { name: "b", score },
    ];
    expect(refusalOf(text({ checks }), "x.json", "assessment")).toBe("malformed at /checks/1/score");
  });

  it("is partial where a check broke, and names it", () => {
    const checks = [
      { name: "a", score: 10 },
      { name: "b", score: -1, reason: "internal error: no permission" },
    ];
    const document = scorecard({ checks, score: 10 });
    expect([document.status, document.statusReasons]).toEqual([
      "partial",
      [{ code: "check-failed", message: "b: internal error: no permission" }],
    ]);
  });

  it.each([
    ["no checks", { checks: [] }, "empty"],
    ["checks that are null", { checks: null }, "empty"],
  ])("with %s is %s", (_, value, status) => {
    const document = readAs(
      "assessment",
      JSON.stringify({ ...value, x: { checks: [] }, scorecard: {} }),
      "x",
      "assessment",
    );
    expect(document.status).toBe(status);
  });

  it("without a result at all has no score", () => {
    expect(scorecard({ checks: [{ name: "a", score: -1 }], score: -1 }).summary).not.toHaveProperty("score");
  });

  it("of a folder has no commit and no repository", () => {
    const document = scorecard({ checks: [{ name: "a", score: 1 }], repo: { name: "file:///src", commit: "unknown" } });
    expect(document.subject).toEqual({});
  });

  it("up to version 4 has the start of its day for a time", () => {
    const { producedAt } = scorecard({ checks: [{ name: "a", score: 1 }], date: "2026-03-01" });
    expect(producedAt).toBe("2026-03-01T00:00:00.000Z");
  });

  it("before version 3 has passes and confidences", () => {
    const Checks = [
      { Name: "a", Details: ["x"], Confidence: 10, Pass: true },
      { Name: "b", Details: null, Confidence: 7, Pass: false },
      { Name: "c", Details: null, Confidence: 0, Pass: true },
    ];
    const old = JSON.stringify({ Repo: "github.com/a/b", Date: "2021-03-01", Checks, Metadata: [] });
    const document = readAs("assessment", old, "x.json");
    expect(document.summary).toEqual({ controls: 3, satisfied: 1, notSatisfied: 1, notApplicable: 0, unknown: 1 });
    expect(document.subject).toEqual({ repository: "https://github.com/a/b" });
    const lost = JSON.stringify({ Checks: [{ Name: "a", Confidence: 10 }] });
    expect(refusalOf(lost, "x.json")).toBe("malformed at /Checks/0/Pass");
  });
});
