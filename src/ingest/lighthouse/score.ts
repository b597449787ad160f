import { FormatError } from "../adapter.ts";
import { type JsonObject, textOf } from "../values.ts";
import type { FoundAudit, FoundRun, WebCategory } from "../web-quality.ts";

/** A category with its score, of which nothing is known yet. */
export interface Category {
  readonly id: string;
  readonly score: unknown;
  readonly place: string;
}

/** The categories of the model by their ids; others, such as `pwa`, come and go with the versions. */
const CATEGORIES = new Map<string, WebCategory>([
  ["performance", "performance"],
  ["accessibility", "accessibility"],
  ["best-practices", "bestPractices"],
  ["seo", "seo"],
]);

/**
 * The scores of the categories.
 *
 * @param most the best score
 * @param whole whether every category should have one: it has none where an audit that counts failed
 */
export function scoresOf(
  categories: readonly Category[],
  most: number,
  whole: boolean,
): Pick<FoundRun, "scores" | "unscored"> {
  const scores: { [K in WebCategory]?: number } = {};
  const unscored: string[] = [];
  for (const { id, score: value, place } of categories) {
    const name = CATEGORIES.get(id);
    if (name === undefined) continue;
    const score = scoreAt(value, most, place);
    if (score !== undefined) scores[name] = score;
    else if (whole) unscored.push(id);
  }
  return { scores, unscored };
}

/** An audit. Version 2 has the title as description, the value as `rawValue`, and `true` and `false` as scores. */
export function auditOf(id: string, audit: JsonObject, most: number, place: string): FoundAudit {
  const failed = audit["scoreDisplayMode"] === "error" || audit["error"] === true;
  const value = audit["numericValue"] ?? audit["rawValue"];
  const score = typeof audit["score"] === "boolean" ? Number(audit["score"]) * most : audit["score"];
  return {
    id,
    title: textOf(audit["title"]) ?? (most === 1 ? undefined : textOf(audit["description"])),
    score: failed ? undefined : scoreAt(score, most, `${place}/score`),
    value: !failed && typeof value === "number" && Number.isFinite(value) ? value : undefined,
    unit: textOf(audit["numericUnit"]),
    error: failed ? (textOf(audit["errorMessage"]) ?? textOf(audit["debugString"]) ?? "it failed") : undefined,
  };
}

function scoreAt(value: unknown, most: number, place: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "number" && value >= 0 && value <= most) return value / most;
  throw new FormatError("malformed", `the score is none from 0 to ${most}`, place);
}
