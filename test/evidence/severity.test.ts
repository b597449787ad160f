import { describe, expect, it } from "vitest";
import {
  normaliseSeverity,
  type StatedSeverities,
  severityOfScore,
  severityOfWord,
} from "../../src/evidence/severity.ts";

describe.each([
  [10, "critical"],
  [9, "critical"],
  ["9.0", "critical"],
  [8.9, "high"],
  [7, "high"],
  [6.9, "medium"],
  [4, "medium"],
  [3.9, "low"],
  [0.1, "low"],
  [0, "info"],
  ["0.0", "info"],
  [10.1, undefined],
  [-1, undefined],
  ["", undefined],
  [" ", undefined],
  ["high", undefined],
  [Number.NaN, undefined],
  [Number.POSITIVE_INFINITY, undefined],
] as const)("a score of %j", (score, severity) => {
  it(`is ${severity}`, () => expect(severityOfScore(score)).toBe(severity));
});

describe.each([
  ["CRITICAL", "critical"],
  ["very high", "critical"],
  ["blocker", "critical"],
  ["Important", "high"],
  ["error", "high"],
  ["moderate", "medium"],
  ["WARNING", "medium"],
  ["negligible", "low"],
  ["informational", "info"],
  ["style", "info"],
  ["UNKNOWN", "unknown"],
  ["", "unknown"],
  ["constructor", undefined],
  ["pink", undefined],
])("the word %j", (word, severity) => {
  it(`is ${severity}`, () => expect(severityOfWord(word)).toBe(severity));
});

const level = { value: "note", source: "level" };
const word = { value: "high", source: "word" };
const score = { value: "9.8", source: "score" };

describe.each<readonly [string, Omit<StatedSeverities, "category">, string, string]>([
  ["CVSS first", { cvss: { value: 5, source: "cvss" }, securitySeverity: score, word, level }, "medium", "cvss"],
  ["then security-severity", { securitySeverity: score, word, level }, "critical", "score"],
  ["then the word", { word, level }, "high", "word"],
  ["then the level", { level }, "low", "level"],
  ["nothing", {}, "unknown", "none"],
  ["a score out of range", { securitySeverity: { value: 11, source: "score" }, level }, "low", "level"],
  ["a word that nobody knows", { word: { value: "pink", source: "word" }, level }, "low", "level"],
  ["a word for an unrated score of zero", { securitySeverity: { value: 0, source: "score" }, word }, "high", "word"],
  ["a zero without a word", { securitySeverity: { value: 0, source: "score" }, level }, "info", "score"],
  ["a level that is a severity", { level: { value: "Critical", source: "level" } }, "critical", "level"],
  ["a level that is nothing", { level: { value: "pink", source: "level" } }, "unknown", "level"],
])("the order of sources: %s", (_, stated, severity, source) => {
  it(`gives ${severity}`, () => {
    const normalised = normaliseSeverity({ category: "sast", ...stated });
    expect([normalised.severity, normalised.severityRaw.source]).toEqual([severity, source]);
  });
});

function severityOfSecret(stated: Omit<StatedSeverities, "category">): string {
  return normaliseSeverity({ category: "secret", ...stated }).severity;
}

describe("a secret", () => {
  it("is high whatever the level, but not against a score or a word", () => {
    expect([severityOfSecret({ level }), severityOfSecret({}), severityOfSecret({ securitySeverity: score })]).toEqual([
      "high",
      "high",
      "critical",
    ]);
    expect(severityOfSecret({ word: { value: "low", source: "word" } })).toBe("low");
  });
});
