import type { StatedSeverity } from "../../evidence/severity.ts";
import type { Category, Finding, Suppression } from "../../evidence/types.ts";
import type { ParseContext } from "../adapter.ts";
import { checkFinding } from "../check.ts";
import { textAt } from "../findings.ts";
import { normalisePath, relativeTo } from "../paths.ts";
import { redactionsIn, secretFinding } from "../secret.ts";
import { countOf, type JsonObject, kept, objectOf, stringsOf, textOf } from "../values.ts";
import { cvssVersionOf, type Score, suppressedBy, vulnerabilityFinding } from "../vulnerability.ts";

const TOOL = "Checkov";

/** What Checkov writes for a comment that gives no reason. */
const NO_COMMENT = "No comment provided";

/** Reasons that Checkov itself gives for what a baseline, an option or the platform took out. */
const OUTSIDE_SOURCE = /^(?:baseline-skipped|Filtered by (?:severity|package '.*')|\S+ is skipped)$/;

/** What the checks of a type are about; nearly all types are formats of infrastructure code. */
export function categoryOfCheckType(type: string): Category {
  switch (type) {
    case "secrets":
      return "secret";
    case "sca_package":
      return "sca";
    case "sca_image":
      return "container";
    default:
      return /^sast(?:_|$)/.test(type) ? "sast" : "iac";
  }
}

/** A check that failed or was skipped. */
export interface RawCheck {
  readonly raw: JsonObject;
  readonly category: Category;
  readonly skipped?: boolean;
  readonly place: string;
}

/** The finding of a check. Code, tags and the values of variables are left out. */
export function checkOf({ raw, category, skipped = false, place }: RawCheck, context: ParseContext): Finding {
  const rule = textAt(raw["check_id"], `${place}/check_id`);
  const title = textOf(raw["check_name"]);
  const details = objectOf(raw["vulnerability_details"]);
  const range: readonly unknown[] = Array.isArray(raw["file_line_range"]) ? raw["file_line_range"] : [];
  const common = {
    tool: TOOL,
    rule,
    title,
    path: pathOf(raw, context),
    line: countOf(range[0]),
    endLine: countOf(range[1]),
    word: wordOf(raw),
    suppressions: skipped ? suppressionsOf(raw, context) : [],
  };
  const live = /^valid$/i.test(textOf(raw["validation_status"]) ?? "");
  if (category === "secret") {
    const critical: StatedSeverity | undefined = live ? { value: "Valid", source: "validation_status" } : undefined;
    return secretFinding({ ...common, message: title ?? rule, critical }, context);
  }
  const id = textOf(details["id"]);
  const packageName = textOf(details["package_name"]);
  if (id !== undefined && packageName !== undefined) {
    return vulnerabilityFinding(
      { ...common, category, id, title: undefined, packageName, ...packageOf(details) },
      context,
    );
  }
  // The resource of a check in YAML ends in its lines.
  const resource = (textOf(raw["resource"]) ?? "").replace(/\[\d+:\d+\]$/, "");
  const guideline = textOf(raw["guideline"]);
  const about = resource === "" ? (title ?? rule) : `${title ?? rule} (${resource})`;
  return checkFinding(
    {
      ...common,
      category: textOf(details["license"]) === undefined ? category : "licence",
      message: guideline === undefined ? about : `${about}, see ${guideline}`,
      content: resource,
      ...(packageName === undefined ? {} : { component: { name: packageName } }),
    },
    context,
  );
}

/** Of secrets the resource is a digest of the secret, which could be guessed from it. */
export function redactionsOf(category: Category, { resource, code_block: code }: JsonObject): number {
  if (category !== "secret") return 0;
  const lines = Array.isArray(code) ? code.flatMap((line: unknown) => stringsOf(line)) : [];
  return redactionsIn([resource, ...lines]);
}

/**
 * Checkov writes three paths: from the folder that it scanned and from the one that it was run in, both with a slash in
 * front, and the absolute one.
 */
function pathOf(raw: JsonObject, { root }: ParseContext): string | undefined {
  const absolute = textOf(raw["file_abs_path"]);
  const known = absolute === undefined || root === undefined ? undefined : relativeTo(root, normalisePath(absolute));
  return known ?? (textOf(raw["repo_file_path"]) ?? textOf(raw["file_path"]))?.replace(/^[\\/]+/, "");
}

function wordOf(raw: JsonObject): StatedSeverity | undefined {
  const value = textOf(raw["severity"]);
  return value === undefined ? undefined : { value, source: "severity" };
}

function suppressionsOf(raw: JsonObject, context: ParseContext): readonly Suppression[] {
  const comment = textOf(objectOf(raw["check_result"])["suppress_comment"])?.trim();
  if (comment !== undefined && OUTSIDE_SOURCE.test(comment)) return suppressedBy(comment, context);
  const justification =
    comment === undefined || comment === NO_COMMENT ? {} : { justification: kept(comment, context.limits) };
  return [{ kind: "in-source", status: "accepted", ...justification }];
}

function packageOf(details: JsonObject) {
  const fixed = stringsOf([details["fix_version"], details["lowest_fixed_version"]]);
  return {
    version: textOf(details["package_version"]),
    fixed: [...new Set(fixed)].filter((version) => version.trim() !== "" && version !== "N/A"),
    scores: scoresOf(details),
    cwe: [],
  };
}

function scoresOf({ cvss, vector }: JsonObject): readonly Score[] {
  if (typeof cvss !== "number" || !(cvss > 0 && cvss <= 10)) return [];
  const stated = textOf(vector);
  const version = cvssVersionOf(stated) ?? "3";
  return [{ version, value: cvss, vector: stated, provider: "prisma-cloud", source: "vulnerability_details.cvss" }];
}
