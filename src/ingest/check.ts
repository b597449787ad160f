import { fingerprintOf } from "../evidence/fingerprint.ts";
import { normaliseSeverity, type StatedSeverity } from "../evidence/severity.ts";
import { isSuppressed } from "../evidence/summary.ts";
import type { Category, Confidence, Finding, Location, Package, Suppression } from "../evidence/types.ts";
import type { ParseContext } from "./adapter.ts";
import { pathInCheckout } from "./paths.ts";
import { kept } from "./values.ts";
import { keptPackage } from "./vulnerability.ts";

/** What a report says of a rule that something does not keep: a configuration, or the licence of a package. */
export interface Check {
  readonly tool: string;
  readonly category: Category;
  readonly rule: string;
  readonly title?: string | undefined;
  readonly message: string;
  /** What tells it apart from other failures of the rule in the same file. */
  readonly content: string;
  readonly component?: Package | undefined;
  readonly cwe?: readonly string[];
  readonly path?: string | undefined;
  /** Where a web scan found it, which takes the place of a path. */
  readonly url?: string | undefined;
  /** Lines and columns are from 1; 0 is none. */
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  readonly endLine?: number | undefined;
  readonly word?: StatedSeverity | undefined;
  readonly confidence?: Confidence | undefined;
  readonly suppressions: readonly Suppression[];
}

/** The finding of a check; known by rule, path and content. */
export function checkFinding(check: Check, { limits, root }: ParseContext): Finding {
  const { category, title, message, content, component, word, confidence, suppressions } = check;
  const tool = kept(check.tool, limits);
  const ruleId = kept(check.rule, limits);
  const path = kept(check.url ?? pathInCheckout(check.path ?? "", root), limits);
  return {
    id: fingerprintOf({ tool, ruleId, path, content }),
    category,
    ruleId,
    ...(title === undefined ? {} : { ruleName: kept(title, limits) }),
    message: kept(message, limits),
    ...normaliseSeverity({ category, ...(word === undefined ? {} : { word }) }),
    cwe: check.cwe ?? [],
    ...(confidence === undefined ? {} : { confidence }),
    ...(path === "" ? {} : { location: { path, ...regionOf(check) } }),
    ...(component === undefined ? {} : { component: keptPackage(component, limits) }),
    suppressed: isSuppressed(suppressions),
    suppressions,
    tool,
  };
}

function regionOf({ line = 0, column = 0, endLine = 0 }: Check): Omit<Location, "path"> {
  return {
    ...(line === 0 ? {} : { line }),
    ...(column === 0 ? {} : { column }),
    ...(endLine === 0 ? {} : { endLine }),
  };
}
