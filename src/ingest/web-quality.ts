import type { EvidenceStatus, ParsedEvidence, Tool, WebAudit } from "../evidence/types.ts";
import { compact } from "../util/compact.ts";
import type { Limits } from "../util/limits.ts";
import { createDiagnostics, type DiagnosticList } from "./diagnostics.ts";
import { earlierOf, kept } from "./values.ts";

export const WEB_CATEGORIES = ["performance", "accessibility", "bestPractices", "seo"] as const;
export type WebCategory = (typeof WEB_CATEGORIES)[number];
/** From 0 to 1. */
export type WebScores = { readonly [K in WebCategory]?: number };

/** An audit as a format has it, with strings of any length. */
export interface FoundAudit {
  readonly id: string;
  readonly title: string | undefined;
  readonly score: number | undefined;
  readonly value: number | undefined;
  readonly unit: string | undefined;
  /** Why it failed. */
  readonly error: string | undefined;
}

/** A run over a page as a format has it. */
export interface FoundRun {
  /** The URL as it is; users, passwords and the values of what looks like a secret are left out of what is kept. */
  readonly page: string;
  readonly at: string | undefined;
  readonly formFactor: string | undefined;
  /** How the page was used; runs in different modes are not compared. */
  readonly mode: string;
  readonly scores: WebScores;
  /** Categories, in the tool's words, that should have a score and have none. */
  readonly unscored: readonly string[];
  readonly audits: readonly FoundAudit[];
  /** Why the run failed. */
  readonly error: string | undefined;
  readonly warnings: readonly string[];
  readonly place: string;
  /** Strings that were left out because they may hold secrets. */
  readonly redactions: number;
}

/** The runs that measured one thing: a page, in one form, loaded or used in one way. */
type RunGroup = readonly [FoundRun, ...FoundRun[]];

/** The evidence of some runs: of several over a page the median counts, and of several pages the lowest. */
export function webQualityEvidence(runs: readonly FoundRun[], tools: readonly Tool[], limits: Limits): ParsedEvidence {
  const reasons = createDiagnostics();
  const warnings = createDiagnostics();
  for (const run of runs) {
    for (const message of run.warnings) warnings.add("run-warning", message, run.place);
    for (const { id, error } of run.audits) {
      if (error !== undefined) warnings.add("audit-error", `${id}: ${error}`, run.place);
    }
  }
  const groups = groupsOf(runs);
  const failedRuns = runs.filter(({ error }) => error !== undefined).length;
  return {
    kind: "web-quality",
    tools,
    subject: {},
    ...compact({ producedAt: runs.map(({ at }) => at).reduce(earlierOf, undefined) }),
    status: statusOf(runs, failedRuns, reasons),
    statusReasons: reasons.list(),
    quality: {
      warnings: warnings.list(),
      inconsistencies: [],
      redactions: runs.reduce((sum, { page, redactions }) => sum + redactions + (pageOf(page) === page ? 0 : 1), 0),
    },
    summary: { pages: new Set(runs.map(({ page }) => page)).size, runs: runs.length, failedRuns, ...lowestOf(groups) },
    body: {
      runs: runs.map(({ page, at, formFactor, scores, error }) => ({
        page: kept(pageOf(page), limits),
        ...compact({ at }),
        ...(formFactor === undefined ? {} : { formFactor: kept(formFactor, limits) }),
        ...scores,
        ...(error === undefined ? {} : { error: kept(error, limits) }),
      })),
      audits: groups.flatMap((group) => auditsOf(group, limits)),
    },
  };
}

function statusOf(runs: readonly FoundRun[], failedRuns: number, reasons: DiagnosticList): EvidenceStatus {
  for (const { error, unscored, warnings, place } of runs) {
    if (error !== undefined) reasons.add("run-failed", error, place);
    for (const category of error === undefined ? unscored : []) {
      reasons.add("category-not-scored", `${category} has no score: an audit that counts for it failed`, place);
    }
    const incomplete = warnings.find((text) => /\bincomplete\b/i.test(text));
    if (incomplete !== undefined) reasons.add("run-incomplete", incomplete, place);
  }
  if (runs.length > 0 && failedRuns === runs.length) return "failed";
  if (reasons.list().length > 0) return "partial";
  if (runs.some(measures)) return "complete";
  reasons.add("nothing-measured", runs.length === 0 ? "there is no run" : "no category and no audit has a score");
  return "empty";
}

function measures({ scores, audits }: FoundRun): boolean {
  return (
    Object.keys(scores).length > 0 || audits.some(({ score, value }) => score !== undefined || value !== undefined)
  );
}

/** The runs that did not fail, by what they measured. */
function groupsOf(runs: readonly FoundRun[]): readonly RunGroup[] {
  const usable = runs.filter(({ error }) => error === undefined);
  const groups = Map.groupBy(usable, ({ page, formFactor, mode }) => JSON.stringify([page, formFactor, mode]));
  return [...groups.values()].flatMap(([first, ...others]): readonly RunGroup[] => {
    return first === undefined ? [] : [[first, ...others]];
  });
}

/** Of each category the lowest of the medians. */
function lowestOf(groups: readonly RunGroup[]): WebScores {
  const lowest = WEB_CATEGORIES.map((name) => {
    const medians = groups.map((group) => medianOf(group, name)).filter((score) => score !== undefined);
    return [name, medians.length === 0 ? undefined : Math.min(...medians)] as const;
  });
  return compact(Object.fromEntries(lowest));
}

/** Of an even number of runs the lower one in the middle, so that it is a score of a run. */
function medianOf(group: RunGroup, name: WebCategory): number | undefined {
  const scores = group.map((run) => run.scores[name]).filter((score) => score !== undefined);
  return scores.toSorted((a, b) => a - b)[Math.floor((scores.length - 1) / 2)];
}

/** The audits of the run whose performance is the median; of a group without, those of the first. */
function auditsOf(group: RunGroup, limits: Limits): readonly WebAudit[] {
  const median = medianOf(group, "performance");
  const run = group.find(({ scores }) => scores.performance === median) ?? group[0];
  const page = kept(pageOf(run.page), limits);
  return run.audits.map(({ id, title, score, value, unit }) => ({
    page,
    id: kept(id, limits),
    ...(title === undefined ? {} : { title: kept(title, limits) }),
    ...compact({ score, value }),
    ...(unit === undefined || value === undefined ? {} : { unit: kept(unit, limits) }),
  }));
}

const USER = /^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i;
const PARAMETER = /([?&;#][^?&;#=]+=)[^&;#]+/g;
const SECRET = /auth|key|passw|secret|session|sig|token/i;

/** The URL of a page without user, password and the values of parameters that are named like secrets. */
function pageOf(url: string): string {
  return url
    .replace(USER, "$1")
    .replaceAll(PARAMETER, (whole, name: string) => (SECRET.test(name) ? `${name}…` : whole));
}
