import { type Category, type RawSeverity, SEVERITIES, type Severity } from "./types.ts";

/** A number or word that a file states, with the place it was stated at. */
export interface StatedSeverity {
  readonly value: string | number;
  /** Such as `rule.properties.security-severity`. */
  readonly source: string;
}

/** Everything that a file says about how bad one finding is. */
export interface StatedSeverities {
  readonly category: Category;
  /** A CVSS base score. */
  readonly cvss?: StatedSeverity;
  /** The `security-severity` property of a SARIF rule or result. */
  readonly securitySeverity?: StatedSeverity;
  /** A word of the tool's own scale. */
  readonly word?: StatedSeverity;
  /** A SARIF level that the file states. */
  readonly level?: StatedSeverity;
}

export interface NormalisedSeverity {
  readonly severity: Severity;
  readonly severityRaw: RawSeverity;
}

const WORDS = new Map<string, Severity>([
  ...["critical", "very-high", "blocker"].map((word) => [word, "critical"] as const),
  ...["high", "important", "error", "major"].map((word) => [word, "high"] as const),
  ...["medium", "moderate", "warning"].map((word) => [word, "medium"] as const),
  ...["low", "minor", "negligible"].map((word) => [word, "low"] as const),
  ...["info", "informational", "note", "none", "style", "trace"].map((word) => [word, "info"] as const),
  ...["unknown", "undefined", "unassigned", ""].map((word) => [word, "unknown"] as const),
]);

const LEVELS = new Map<string, Severity>([
  ["error", "high"],
  ["warning", "medium"],
  ["note", "low"],
  ["none", "info"],
]);

/**
 * One severity out of everything a file states, by a fixed order: a CVSS score, then `security-severity`, then the
 * tool's own word (which also stands in for a score of exactly zero), then a default of the category, then the SARIF level. A level never moves a known score, and
 * exploitability never moves a severity. Design: evidence.md section 14.
 */
export function normaliseSeverity(stated: StatedSeverities): NormalisedSeverity {
  for (const scale of ["cvss", "security-severity"] as const) {
    const score = scale === "cvss" ? stated.cvss : stated.securitySeverity;
    const severity = score === undefined ? undefined : severityOfScore(score.value);
    if (score === undefined || severity === undefined) continue;
    // Trivy and Grype write 0.0 where nobody has computed a score, which is the opposite of harmless.
    if (severity === "info" && severityOfWord(stated.word?.value) !== undefined) break;
    return raw(severity, scale, score);
  }
  const worded = severityOfWord(stated.word?.value);
  if (worded !== undefined && stated.word !== undefined) return raw(worded, "word", stated.word);
  // A leaked secret is no less leaked for the level at which a generic exporter reports it.
  if (stated.category === "secret") return raw("high", "default", { value: "", source: "category secret" });
  if (stated.level === undefined) return raw("unknown", "default", { value: "", source: "none" });
  return raw(severityOfLevel(String(stated.level.value)), "sarif-level", stated.level);
}

/** The CVSS qualitative bands (CVSS v3.1 section 5); `undefined` for what is no score from 0 to 10. */
export function severityOfScore(value: string | number): Severity | undefined {
  const score = typeof value === "string" && value.trim() === "" ? Number.NaN : Number(value);
  if (!(score >= 0 && score <= 10)) return undefined;
  if (score >= 9) return "critical";
  if (score >= 7) return "high";
  if (score >= 4) return "medium";
  return score > 0 ? "low" : "info";
}

/** What a tool's word means, in any case; `undefined` for a word that is not known. */
export function severityOfWord(value: string | number | undefined): Severity | undefined {
  if (typeof value !== "string") return undefined;
  return WORDS.get(
    value
      .trim()
      .toLowerCase()
      .replaceAll(/[\s_]+/g, "-"),
  );
}

/** SARIF 2.1.0 section 3.27.10, in any case. A word that is no level is read as a severity before it is given up. */
function severityOfLevel(level: string): Severity {
  return LEVELS.get(level.trim().toLowerCase()) ?? severityOfWord(level) ?? "unknown";
}

function raw(severity: Severity, scale: RawSeverity["scale"], stated: StatedSeverity): NormalisedSeverity {
  return { severity, severityRaw: { value: String(stated.value), scale, source: stated.source } };
}

/** The order of severities, the gravest first. An unknown one may be grave: it stands before `medium`. */
export function severityRank(severity: Severity): number {
  return severity === "unknown" ? 1.5 : SEVERITIES.indexOf(severity);
}
