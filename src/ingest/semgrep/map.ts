import { confidenceOf } from "../../evidence/confidence.ts";
import type { Finding, Suppression } from "../../evidence/types.ts";
import type { ParseContext } from "../adapter.ts";
import { type Check, checkFinding } from "../check.ts";
import { flaggedCode } from "../code.ts";
import { textAt } from "../findings.ts";
import { purlOf } from "../purl.ts";
import { countOf, isObject, type JsonObject, objectOf, stringsOf, textOf } from "../values.ts";
import { cweIn, vulnerabilityFinding } from "../vulnerability.ts";

const TOOL = "Semgrep";

/** What stands for the code and the fingerprint where nobody is logged in. */
const PLACEHOLDER = "requires login";

/** Names of rules that look for secrets, whose code and message may hold one. */
const SECRET_RULE = /secret|passw(?:or)?d|credential|(?:api|private|access)[-_]?key|hard-?coded|[-_.]token/i;

const IN_SOURCE: readonly Suppression[] = [{ kind: "in-source", status: "accepted" }];

/** A finding, and how many strings were left out of it because they may hold a secret. */
export interface MappedResult {
  readonly finding: Finding;
  readonly redactions: number;
}

/** The finding of one result; one of Supply Chain is about a package. */
export function mapResult(result: JsonObject, place: string, context: ParseContext): MappedResult {
  const extra = objectOf(result["extra"]);
  const dependency = objectOf(objectOf(objectOf(extra["sca_info"])["dependency_match"])["found_dependency"]);
  if (textOf(dependency["package"]) !== undefined) {
    return { finding: dependencyOf(result, dependency, place, context), redactions: 0 };
  }
  const rule = textAt(result["check_id"], `${place}/check_id`);
  const secret = SECRET_RULE.test(rule) || isValidated(extra);
  const verified = extra["validation_state"] === "CONFIRMED_VALID";
  const found = checkFinding(checkOf(result, rule, { secret, place }), context);
  const finding = isValidated(extra) ? { ...found, verified } : found;
  return { finding, redactions: secret ? codeOf(extra) : 0 };
}

/** Semgrep Secrets says whether it tried what it found. */
function isValidated(extra: JsonObject): boolean {
  return extra["validation_state"] === "CONFIRMED_VALID" || extra["validation_state"] === "CONFIRMED_INVALID";
}

/** How many strings of code there are. */
function codeOf({ lines, message }: JsonObject): number {
  return [lines, message].filter((text) => textOf(text) !== undefined && text !== PLACEHOLDER).length;
}

function checkOf(
  result: JsonObject,
  rule: string,
  { secret, place }: { readonly secret: boolean; readonly place: string },
): Check {
  const extra = objectOf(result["extra"]);
  const metadata = objectOf(extra["metadata"]);
  const [start, end] = [objectOf(result["start"]), objectOf(result["end"])];
  // A message may quote what the pattern matched.
  const message = secret ? rule : (textOf(extra["message"]) ?? rule);
  const code = secret ? undefined : stated(extra["lines"]);
  return {
    tool: TOOL,
    category: "sast",
    rule,
    message,
    content: stated(extra["fingerprint"]) ?? flaggedCode(code) ?? message,
    cwe: cweIn(stringsOf(metadata["cwe"])),
    path: textAt(result["path"], `${place}/path`),
    line: countOf(start["line"]),
    column: countOf(start["col"]),
    endLine: countOf(end["line"]),
    word: wordOf(extra["severity"], "extra.severity"),
    confidence: confidenceOf(metadata["confidence"]),
    suppressions: extra["is_ignored"] === true ? IN_SOURCE : [],
  };
}

function stated(value: unknown): string | undefined {
  return value === PLACEHOLDER ? undefined : textOf(value);
}

function wordOf(value: unknown, source: string): Check["word"] {
  const word = textOf(value);
  return word === undefined ? undefined : { value: word, source };
}

function dependencyOf(result: JsonObject, dependency: JsonObject, place: string, context: ParseContext): Finding {
  const extra = objectOf(result["extra"]);
  const metadata = objectOf(extra["metadata"]);
  const { reachable } = objectOf(extra["sca_info"]);
  const { transitivity } = dependency;
  const name = textAt(dependency["package"], `${place}/extra/sca_info`);
  const version = textOf(dependency["version"]);
  const advisory = textOf(metadata["sca-vuln-database-identifier"]);
  return vulnerabilityFinding(
    {
      tool: TOOL,
      category: "sca",
      id: advisory ?? textAt(result["check_id"], `${place}/check_id`),
      aliases: stringsOf(metadata["ghsa"]),
      packageName: name,
      version,
      fixed: fixesIn(metadata["sca-fix-versions"]),
      purl: purlOf(textOf(dependency["ecosystem"]) ?? "", name, version),
      path: textOf(dependency["lockfile_path"]) ?? textOf(result["path"]),
      word: wordOf(metadata["sca-severity"], "metadata.sca-severity") ?? wordOf(extra["severity"], "extra.severity"),
      cwe: cweIn(stringsOf(metadata["cwe"])),
      reachable: typeof reachable === "boolean" ? reachable : undefined,
      direct: transitivity === "direct" ? true : transitivity === "transitive" ? false : undefined,
      suppressions: extra["is_ignored"] === true ? IN_SOURCE : [],
    },
    context,
  );
}

/** A list of objects, each with the package as the name and the version as the value. */
function fixesIn(value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [];
  return list.filter(isObject).flatMap((one) => Object.values(one).flatMap(stringsOf));
}
