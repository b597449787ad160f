import type { Finding, Suppression } from "../../evidence/types.ts";
import type { ParseContext } from "../adapter.ts";
import { checkFinding } from "../check.ts";
import { textAt } from "../findings.ts";
import { type JsonObject, kept, objectOf, objectsOf, stringsOf, textOf } from "../values.ts";
import { cvssVersionOf, cweIn, type Score, suppressedBy, vulnerabilityFinding } from "../vulnerability.ts";
import type { SnykProject } from "./parse.ts";

const VENDOR = "Snyk";

/** An issue in one version of one package, and what leads there. */
interface Issue {
  readonly raw: JsonObject;
  readonly place: string;
  readonly name: string;
  readonly version: string | undefined;
  /** Whether a path has nothing between the project and the package; `undefined` where no path is known. */
  direct: boolean | undefined;
  readonly suppressions: readonly Suppression[];
}

/**
 * The findings of a project. Snyk repeats an issue for every path to the package; a finding is an issue in a version of a
 * package. One that is ignored on some paths only is not ignored.
 */
export function mapProject(project: SnykProject, context: ParseContext): readonly Finding[] {
  const { pointer, vulnerabilities, ignored, patched } = project;
  const issues = new Map<string, Issue>();
  const add = (items: readonly JsonObject[], place: string, suppress?: (raw: JsonObject) => readonly Suppression[]) => {
    for (const [index, raw] of items.entries()) {
      const suppressions = suppress?.(raw) ?? [];
      for (const issue of issuesOf(raw, `${pointer}/${place}/${index}`, suppressions)) merge(issues, issue);
    }
  };
  add(vulnerabilities, "vulnerabilities");
  add(ignored, "filtered/ignore", (raw) => ignoredBy(raw, context));
  add(patched, "filtered/patch", () => suppressedBy("patched by Snyk", context));
  return [...issues.values()].map((issue) => findingOf(issue, project, context));
}

function merge(issues: Map<string, Issue>, issue: Issue): void {
  const key = JSON.stringify([issue.raw["id"], issue.name, issue.version]);
  const before = issues.get(key);
  if (before === undefined) issues.set(key, issue);
  else if (issue.direct === true) before.direct = true;
}

/** With `--group-issues` one entry stands for all paths, and so for all packages at their ends. */
function issuesOf(raw: JsonObject, place: string, suppressions: readonly Suppression[]): readonly Issue[] {
  const from: readonly unknown[] = Array.isArray(raw["from"]) ? raw["from"] : [];
  const grouped = from.filter((path) => Array.isArray(path));
  const common = { raw, place, suppressions };
  if (grouped.length === 0) {
    const name = textOf(raw["name"]) ?? textAt(raw["packageName"], `${place}/packageName`);
    return [{ ...common, name, version: textOf(raw["version"]), direct: isDirect(from) }];
  }
  return grouped.map((path) => {
    const end = textAt(path.at(-1), `${place}/from`);
    const [, name = end, version] = /^(.+)@([^@]*)$/.exec(end) ?? [];
    return { ...common, name, version: textOf(version), direct: isDirect(path) };
  });
}

/** A path starts at the project. */
function isDirect(path: readonly unknown[]): boolean | undefined {
  return path.length < 2 ? undefined : path.length === 2;
}

function ignoredBy(raw: JsonObject, { limits }: ParseContext): readonly Suppression[] {
  const why = objectsOf(objectOf(raw["filtered"])["ignored"]).map(({ reason }) => textOf(reason));
  const justification = why.find((reason) => reason !== undefined);
  const base = { kind: "external", status: "accepted" } as const;
  return [justification === undefined ? base : { ...base, justification: kept(justification, limits) }];
}

function findingOf(issue: Issue, project: SnykProject, context: ParseContext): Finding {
  return issue.raw["type"] === "license" ? licenceOf(issue, project, context) : packageOf(issue, project, context);
}

function packageOf(issue: Issue, project: SnykProject, context: ParseContext): Finding {
  const { raw, place, name, version, direct, suppressions } = issue;
  const identifiers = objectOf(raw["identifiers"]);
  const scores = scoresOf(raw);
  return vulnerabilityFinding(
    {
      tool: VENDOR,
      category: project.category,
      id: textAt(raw["id"], `${place}/id`),
      aliases: [...stringsOf(identifiers["CVE"]), ...stringsOf(identifiers["GHSA"])],
      title: textOf(raw["title"]),
      packageName: name,
      version,
      fixed: stringsOf(raw["fixedIn"]),
      fixState: Array.isArray(raw["fixedIn"]) && raw["fixedIn"].length === 0 ? "not-fixed" : undefined,
      path: pathOf(project),
      scores: scores.filter(({ provider }) => provider === VENDOR),
      relatedScores: scores.filter(({ provider }) => provider !== VENDOR),
      word: wordOf(raw),
      vendor: VENDOR,
      cwe: cweIn(stringsOf(identifiers["CWE"])),
      epss: epssOf(raw),
      exploited: isExploited(raw) ? true : undefined,
      direct: project.category === "container" ? undefined : direct,
      suppressions,
    },
    context,
  );
}

function licenceOf(issue: Issue, project: SnykProject, context: ParseContext): Finding {
  const { raw, place, name, version, direct, suppressions } = issue;
  const rule = textOf(raw["license"]) ?? textAt(raw["id"], `${place}/id`);
  return checkFinding(
    {
      tool: VENDOR,
      category: "licence",
      rule,
      title: textOf(raw["title"]),
      message: `licence ${rule} of ${name}${version === undefined ? "" : ` ${version}`}`,
      content: `${name}@${version ?? ""}`,
      component: {
        name,
        ...(version === undefined ? {} : { version }),
        ...(direct === undefined ? {} : { direct }),
      },
      path: pathOf(project),
      word: wordOf(raw),
      suppressions,
    },
    context,
  );
}

/** The manifest, below the folder in `path`, which is one of the machine. */
function pathOf({ raw }: SnykProject): string | undefined {
  return textOf(raw["displayTargetFile"]) ?? textOf(raw["targetFile"]);
}

/** Before `critical` was a word of its own, it was one beside it. */
function wordOf(raw: JsonObject) {
  const name = textOf(raw["severityWithCritical"]) === undefined ? "severity" : "severityWithCritical";
  const value = textOf(raw[name]);
  return value === undefined ? undefined : { value, source: name };
}

/** Newer reports list the scores of all who gave one; older ones have that of Snyk, and beside it those of others. */
function scoresOf(raw: JsonObject): readonly Score[] {
  const listed = objectsOf(raw["cvssSources"]).flatMap(({ baseScore, vector, cvssVersion, assigner }) => {
    const provider = /^snyk$/i.test(textOf(assigner) ?? "") ? VENDOR : (textOf(assigner)?.toLowerCase() ?? "other");
    return scoreOf(baseScore, textOf(vector), { stated: textOf(cvssVersion), provider, source: "cvssSources" });
  });
  const details = objectsOf(raw["cvssDetails"]).flatMap(({ cvssV3BaseScore, cvssV3Vector, assigner }) => {
    const provider = textOf(assigner)?.toLowerCase() ?? "other";
    return scoreOf(cvssV3BaseScore, textOf(cvssV3Vector), { stated: "3", provider, source: "cvssDetails" });
  });
  const own = scoreOf(raw["cvssScore"], textOf(raw["CVSSv3"]), { stated: "3", provider: VENDOR, source: "cvssScore" });
  return [...listed, ...(listed.some(({ provider }) => provider === VENDOR) ? [] : own), ...details];
}

function scoreOf(
  value: unknown,
  vector: string | undefined,
  about: { readonly stated: string | undefined; readonly provider: string; readonly source: string },
): readonly Score[] {
  if (typeof value !== "number" || value <= 0) return [];
  const { stated, provider, source } = about;
  return [{ version: cvssVersionOf(vector) ?? stated, value, vector, provider, source }];
}

/** `probability` is a number in a string. */
function epssOf(raw: JsonObject): number | undefined {
  const value = Number.parseFloat(String(objectOf(raw["epssDetails"])["probability"]));
  return value >= 0 && value <= 1 ? value : undefined;
}

/** That an exploit exists, even a mature one, is not that somebody uses it; the list of CISA, or an attack, is. */
function isExploited(raw: JsonObject): boolean {
  const details = objectOf(raw["exploitDetails"]);
  const levels = objectsOf(details["maturityLevels"]).map(({ level }) => textOf(level));
  const words = [...levels, textOf(raw["exploit"])];
  return stringsOf(details["sources"]).includes("CISA") || words.some((word) => /^attacked$/i.test(word ?? ""));
}
