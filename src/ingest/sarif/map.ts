import { confidenceOf } from "../../evidence/confidence.ts";
import { type FindingIdentity, fingerprintOf, isTelling, withoutPlaces } from "../../evidence/fingerprint.ts";
import { normaliseSeverity, type StatedSeverity } from "../../evidence/severity.ts";
import { isSuppressed } from "../../evidence/summary.ts";
import { categoryOfRule, knownTool } from "../../evidence/tools.ts";
import type { Category, Confidence, Finding, Location, Package, Suppression } from "../../evidence/types.ts";
import type { Limits } from "../../util/limits.ts";
import type { ParseContext } from "../adapter.ts";
import { packageOf } from "../purl.ts";
import { countOf, isObject, type JsonObject, kept, objectOf, objectsOf, stringsOf, textOf } from "../values.ts";
import { keptPackage } from "../vulnerability.ts";
import type { SarifRun } from "./parse.ts";
import { cweOf, type ResultRule } from "./rules.ts";

/** A finding, and how many strings were left out of it because they may hold a secret. */
export interface MappedResult {
  readonly finding: Finding;
  readonly redactions: number;
}

const NO_SUPPRESSIONS: readonly Suppression[] = [];

const NOT_FINDINGS = new Set(["pass", "notapplicable", "informational"]);
const BASELINES = ["new", "unchanged", "updated"] as const;

/** The finding of one result; `undefined` where the result says that something is in order or no longer there. */
export function mapResult(result: JsonObject, run: SarifRun, context: ParseContext): MappedResult | undefined {
  const kind = textOf(result["kind"])?.toLowerCase() ?? "fail";
  if (NOT_FINDINGS.has(kind) || result["baselineState"] === "absent") return undefined;
  const { declared, limits, keepRaw } = context;
  const rule = run.rules(result);
  const cwe = cweOf(result, rule, run.raw);
  const category = declared?.category ?? categoryOf(rule, cwe, run);
  const name = textOf(rule.descriptor["name"]) ?? textOf(objectOf(rule.descriptor["shortDescription"])["text"]);
  const region = regionOf(result);
  const snippet = textOf(objectOf(region["snippet"])["text"]);
  const message = messageOf(result, rule) ?? name ?? rule.id;
  const secret = category === "secret" || knownTool(run.toolName).category === "secret" || rule.tags.includes("secret");
  const suppressions = suppressionsOf(result, limits);
  const location = locationOf(result, region, run, limits);
  const component = componentOf(result, rule, message);
  const baseline = BASELINES.find((state) => state === result["baselineState"]);
  const confidence = statedConfidence(result, rule);
  const tool = kept(run.toolName, limits);
  const ruleId = kept(rule.id, limits);
  const known = { tool, ruleId, path: location?.path };
  const finding: Finding = {
    id: fingerprintOf({ ...known, ...contentOf(result, secret, snippet ?? contextOf(result), message) }),
    category,
    ruleId,
    ...(name === undefined ? {} : { ruleName: kept(name, limits) }),
    message: kept(secret && keepRaw !== true ? (name ?? rule.id) : message, limits),
    ...severityOf(result, rule, kind, secret ? "secret" : category, run.toolName),
    cwe,
    ...(confidence === undefined ? {} : { confidence }),
    ...(location === undefined ? {} : { location }),
    ...(component === undefined ? {} : { component: keptPackage(component, limits) }),
    suppressed: isSuppressed(suppressions),
    suppressions,
    ...(baseline === undefined ? {} : { baseline }),
    tool,
  };
  return { finding, redactions: secret ? 1 + (snippet === undefined ? 0 : 1) : 0 };
}

/**
 * What a result is known by, besides tool and rule: the tool's fingerprint, else its code, both without the path where they
 * say enough, so that they survive a renamed file; else the message.
 */
function contentOf(
  result: JsonObject,
  secret: boolean,
  snippet: string | undefined,
  message: string,
): Partial<FindingIdentity> & Pick<FindingIdentity, "content"> {
  const given = toolFingerprintOf(result);
  if (given !== undefined) return { content: given, path: undefined };
  // A digest of a short secret can be guessed back, so a secret is known by its rule and place alone.
  if (secret) return { content: "" };
  if (snippet === undefined) return { content: withoutPlaces(message) };
  const code = snippet.trim().replaceAll(/\s+/g, " ");
  return isTelling(code) ? { content: code, path: undefined } : { content: code };
}

/** Section 3.29.5: the lines around the region, which some tools give alone. */
function contextOf(result: JsonObject): string | undefined {
  const [location] = objectsOf(result["locations"]);
  const region = objectOf(objectOf(location?.["physicalLocation"])["contextRegion"]);
  return textOf(objectOf(region["snippet"])["text"]);
}

function categoryOf(rule: ResultRule, cwe: readonly string[], run: SarifRun): Category {
  const properties = objectOf(rule.descriptor["properties"]);
  return categoryOfRule(run.toolName, {
    id: rule.id,
    name: textOf(rule.descriptor["name"]) ?? "",
    labels: [...rule.tags, ...stringsOf(properties["category"]), ...stringsOf(properties["categories"])],
    rated: properties["security-severity"] !== undefined || cwe.length > 0,
  });
}

/**
 * What the result says, as Bandit does, comes before what is true of the rule: the `precision` of CodeQL and gosec, and
 * a tag of Semgrep such as `HIGH CONFIDENCE`.
 */
function statedConfidence(result: JsonObject, rule: ResultRule): Confidence | undefined {
  const properties = objectOf(result["properties"]);
  const ruleProperties = objectOf(rule.descriptor["properties"]);
  const tag = rule.tags.find((one) => one.endsWith(" CONFIDENCE"))?.slice(0, -" CONFIDENCE".length);
  const words = [
    properties["issue_confidence"],
    properties["confidence"],
    properties["precision"],
    ruleProperties["precision"],
    ruleProperties["confidence"],
    tag,
  ];
  return words.map(confidenceOf).find((confidence) => confidence !== undefined);
}

/** Section 3.27.10: the default chain of the level. What beats a level is decided by `normaliseSeverity`. */
function severityOf(
  result: JsonObject,
  rule: ResultRule,
  kind: string,
  category: Category,
  toolName: string,
): Pick<Finding, "severity" | "severityRaw"> {
  const properties = objectOf(result["properties"]);
  const ruleProperties = objectOf(rule.descriptor["properties"]);
  const score =
    stated(ruleProperties["security-severity"], "rule.properties.security-severity") ??
    stated(properties["security-severity"], "result.properties.security-severity");
  const synthetic = score !== undefined && knownTool(toolName).syntheticScores.includes(Number(score.value));
  const word =
    stated(properties["severity"], "result.properties.severity") ??
    stated(properties["issue_severity"], "result.properties.issue_severity") ??
    stated(ruleProperties["severity"], "rule.properties.severity") ??
    stated(rule.tags.find(isSeverityTag), "rule.properties.tags") ??
    stated(wordInHelp(rule), "rule.help");
  const level: StatedSeverity = stated(result["level"], "result.level") ??
    (kind === "fail" ? undefined : { value: "none", source: "result.kind" }) ??
    stated(rule.override, "invocation.ruleConfigurationOverrides") ??
    stated(objectOf(rule.descriptor["defaultConfiguration"])["level"], "rule.defaultConfiguration.level") ?? {
      value: "warning",
      source: "SARIF default",
    };
  return normaliseSeverity({
    category,
    level,
    ...(score === undefined ? {} : { securitySeverity: synthetic ? { ...score, source: "synthetic" } : score }),
    ...(word === undefined ? {} : { word }),
  });
}

/** gosec and Trivy tag their rules with the word in capitals; other words, such as STYLE of SpotBugs, are topics. */
function isSeverityTag(tag: string): boolean {
  return /^(?:CRITICAL|HIGH|MEDIUM|LOW|UNKNOWN)$/.test(tag);
}

/** Grype says its word in the help of the rule only. */
function wordInHelp(rule: ResultRule): string | undefined {
  return /^Severity: (\w+)$/m.exec(textOf(objectOf(rule.descriptor["help"])["text"]) ?? "")?.[1];
}

function stated(value: unknown, source: string): StatedSeverity | undefined {
  if (typeof value === "number") return { value, source };
  const text = textOf(value);
  return text === undefined ? undefined : { value: text, source };
}

/** Section 3.11: the text, or the rule's message of that id, with its arguments put in. */
function messageOf(result: JsonObject, rule: ResultRule): string | undefined {
  const message = objectOf(result["message"]);
  const template = objectOf(objectOf(rule.descriptor["messageStrings"])[textOf(message["id"]) ?? ""]);
  const text = textOf(message["text"]) ?? textOf(template["text"]) ?? textOf(message["markdown"]);
  const values = Array.isArray(message["arguments"]) ? message["arguments"] : [];
  return text?.replaceAll(/\{(\d+)\}/g, (placeholder, index) => {
    const value: unknown = values[Number(index)];
    return typeof value === "string" ? value : placeholder;
  });
}

function regionOf(result: JsonObject): JsonObject {
  const [location] = objectsOf(result["locations"]);
  return objectOf(objectOf(location?.["physicalLocation"])["region"]);
}

function locationOf(result: JsonObject, region: JsonObject, run: SarifRun, limits: Limits): Location | undefined {
  const [location] = objectsOf(result["locations"]);
  const target = objectOf(result["analysisTarget"]);
  const artifact = objectOf(objectOf(location?.["physicalLocation"])["artifactLocation"]);
  const path = run.pathOf(artifact) ?? run.pathOf(target);
  if (path === undefined) return undefined;
  const line = positiveOf(region["startLine"]);
  const column = positiveOf(region["startColumn"]);
  const endLine = positiveOf(region["endLine"]);
  return {
    path: kept(path, limits),
    ...(line === undefined ? {} : { line }),
    ...(column === undefined ? {} : { column }),
    ...(endLine === undefined ? {} : { endLine }),
  };
}

function positiveOf(value: unknown): number | undefined {
  const count = countOf(value);
  return count === 0 ? undefined : count;
}

function suppressionsOf(result: JsonObject, limits: Limits): readonly Suppression[] {
  const suppressions = objectsOf(result["suppressions"]);
  if (suppressions.length === 0) return NO_SUPPRESSIONS;
  return suppressions.map((suppression) => suppressionOf(suppression, limits));
}

/** Section 3.35: without a status a suppression is accepted; a status that is not known is not. */
function suppressionOf(suppression: JsonObject, limits: Limits): Suppression {
  const status = textOf(suppression["status"])?.toLowerCase() ?? "accepted";
  const justification = textOf(suppression["justification"]);
  return {
    // A suppression beside the code is the weaker claim, so it is what an unknown kind counts as.
    kind: suppression["kind"] === "external" ? "external" : "in-source",
    status: status === "accepted" ? "accepted" : status === "rejected" ? "rejected" : "under-review",
    ...(justification === undefined ? {} : { justification: kept(justification, limits) }),
  };
}

function componentOf(result: JsonObject, rule: ResultRule, message: string): Package | undefined {
  for (const properties of [objectOf(result["properties"]), objectOf(rule.descriptor["properties"])]) {
    const [purl] = [...stringsOf(properties["purl"]), ...stringsOf(properties["purls"])];
    const name = textOf(purl) ?? textOf(properties["component"]);
    if (name !== undefined) return packageOf(name);
  }
  const name = /^Package: (\S+)/m.exec(message)?.[1];
  const version = /^(?:Installed )?Version: (\S+)/m.exec(message)?.[1];
  return name === undefined ? undefined : { name, ...(version === undefined ? {} : { version }) };
}

/**
 * Sections 3.27.16 and 3.27.17. Of the partial fingerprints only those with a version, which are made for matching,
 * and GitHub's own count: Gitleaks keeps the author of a commit there.
 */
function toolFingerprintOf(result: JsonObject): string | undefined {
  const whole = fingerprintsIn(result["fingerprints"], () => true);
  const partial = fingerprintsIn(result["partialFingerprints"], (name) =>
    /\/v\d+$|^primaryLocationLineHash$/.test(name),
  );
  return whole ?? partial;
}

function fingerprintsIn(value: unknown, isStable: (name: string) => boolean): string | undefined {
  if (!isObject(value)) return undefined;
  const stable = Object.entries(value)
    // Semgrep writes "requires login" where its service would have computed one.
    .filter(([name, print]) => isStable(name) && typeof print === "string" && /^\S+$/.test(print))
    .map(([name, print]) => `${name}=${String(print)}`);
  return stable.length === 0 ? undefined : stable.toSorted().join("\n");
}
