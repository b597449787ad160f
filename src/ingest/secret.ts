import { fingerprintOf } from "../evidence/fingerprint.ts";
import { type NormalisedSeverity, normaliseSeverity, type StatedSeverity } from "../evidence/severity.ts";
import { isSuppressed } from "../evidence/summary.ts";
import type { Finding, Suppression } from "../evidence/types.ts";
import type { ParseContext } from "./adapter.ts";
import { pathInCheckout } from "./paths.ts";
import { countOf, kept, textOf } from "./values.ts";

/** What a report says of a secret, without the secret. */
export interface Secret {
  readonly tool: string;
  readonly rule: string;
  readonly title?: string | undefined;
  readonly message: string;
  /** The text that was found, which is kept only where the user asks for it. */
  readonly raw?: string | undefined;
  readonly path?: string | undefined;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  readonly endLine?: number | undefined;
  /** The commit of the history that it was found in. */
  readonly commit?: string | undefined;
  readonly word?: StatedSeverity | undefined;
  /** Whether the tool proved that it is live. */
  readonly verified?: boolean | undefined;
  /** Why it is critical whatever else is said of it (evidence.md section 14, 5), as the report says it. */
  readonly critical?: StatedSeverity | undefined;
  readonly suppressions?: readonly Suppression[];
}

/**
 * The finding of a secret. It is known by rule, path and commit: the secret could be guessed back out of a digest, and
 * lines move.
 */
export function secretFinding(secret: Secret, { limits, root, keepRaw }: ParseContext): Finding {
  const { title, suppressions = [], commit, raw } = secret;
  const message = commit === undefined ? secret.message : `${secret.message} (commit ${commit})`;
  const tool = kept(secret.tool, limits);
  const ruleId = kept(secret.rule, limits);
  const path = secret.path === undefined ? undefined : kept(pathInCheckout(secret.path, root), limits);
  const place = { line: positive(secret.line), column: positive(secret.column), endLine: positive(secret.endLine) };
  return {
    id: fingerprintOf({ tool, ruleId, path, content: commit ?? "" }),
    category: "secret",
    ruleId,
    ...(title === undefined ? {} : { ruleName: kept(title, limits) }),
    message: kept(keepRaw === true && raw !== undefined ? `${message}: ${raw}` : message, limits),
    ...severityOf(secret),
    cwe: [],
    ...(secret.verified === undefined ? {} : { verified: secret.verified }),
    ...(path === undefined || path === ""
      ? {}
      : {
          location: {
            path,
            ...(place.line === undefined ? {} : { line: place.line }),
            ...(place.column === undefined ? {} : { column: place.column }),
            ...(place.endLine === undefined ? {} : { endLine: place.endLine }),
          },
        }),
    suppressed: isSuppressed(suppressions),
    suppressions,
    tool,
  };
}

function severityOf({ critical, word }: Secret): NormalisedSeverity {
  if (critical === undefined) return normaliseSeverity({ category: "secret", ...(word === undefined ? {} : { word }) });
  return {
    severity: "critical",
    severityRaw: { value: String(critical.value), scale: "default", source: critical.source },
  };
}

/** How many of the values are strings that may hold a secret; `REDACTED` is what Gitleaks leaves of one. */
export function redactionsIn(values: readonly unknown[]): number {
  return values.filter((value) => textOf(value) !== undefined && value !== "REDACTED").length;
}

function positive(value: number | undefined): number | undefined {
  return countOf(value) === 0 ? undefined : countOf(value);
}
