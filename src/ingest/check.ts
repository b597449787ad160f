import { fingerprintOf } from "../evidence/fingerprint.ts";
import { normaliseSeverity, type StatedSeverity } from "../evidence/severity.ts";
import { isSuppressed } from "../evidence/summary.ts";
import type { Category, Finding, Package, Suppression } from "../evidence/types.ts";
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
  /** From 1; 0 is none. */
  readonly line?: number | undefined;
  readonly endLine?: number | undefined;
  readonly word?: StatedSeverity | undefined;
  readonly suppressions: readonly Suppression[];
}

/** The finding of a check; known by rule, path and content. */
export function checkFinding(check: Check, { limits, root }: ParseContext): Finding {
  const { category, title, message, content, component, line = 0, endLine = 0, word, suppressions } = check;
  const tool = kept(check.tool, limits);
  const ruleId = kept(check.rule, limits);
  const path = check.path === undefined ? "" : kept(pathInCheckout(check.path, root), limits);
  const lines = { ...(line === 0 ? {} : { line }), ...(endLine === 0 ? {} : { endLine }) };
  return {
    id: fingerprintOf({ tool, ruleId, path, content }),
    category,
    ruleId,
    ...(title === undefined ? {} : { ruleName: kept(title, limits) }),
    message: kept(message, limits),
    ...normaliseSeverity({ category, ...(word === undefined ? {} : { word }) }),
    cwe: check.cwe ?? [],
    ...(path === "" ? {} : { location: { path, ...lines } }),
    ...(component === undefined ? {} : { component: keptPackage(component, limits) }),
    suppressed: isSuppressed(suppressions),
    suppressions,
    tool,
  };
}
