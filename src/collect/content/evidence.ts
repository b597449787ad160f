import { hash } from "node:crypto";
import { completeEvidence } from "../../evidence/document.ts";
import { fingerprintOf } from "../../evidence/fingerprint.ts";
import type { EvidenceDocument, Finding, Suppression } from "../../evidence/types.ts";
import { createDiagnostics } from "../../ingest/diagnostics.ts";
import { findingsEvidence } from "../../ingest/findings.ts";
import { kept } from "../../ingest/values.ts";
import type { PathMatcher } from "../../util/glob.ts";
import { DEFAULT_LIMITS } from "../../util/limits.ts";
import type { TextFile } from "./files.ts";
import { CONTENT_RULES, type ContentMatch, type ContentRule } from "./rules.ts";
import { scanText } from "./scan.ts";

/** Findings that are known and accepted, by who runs the collector and nobody else. */
export interface ContentSuppression {
  /** As it was written, for the record. */
  readonly pattern: string;
  /** Missing for every rule. */
  readonly rule?: ContentRule | undefined;
  readonly matches: PathMatcher;
}

export interface ContentWish {
  readonly suppressions: readonly ContentSuppression[];
  /** Of this program. */
  readonly version: string;
  /** What the user named, for the source of the evidence. */
  readonly named: string;
}

const TOOL = "gate content";

/**
 * The evidence of what was found in some texts: `findings` of the category `content`. It is `partial` where a text was not
 * looked at whole, and `complete` otherwise, with findings or without. What is suppressed stays in it, marked.
 */
export function contentEvidence(files: readonly TextFile[], wish: ContentWish): EvidenceDocument {
  const reasons = createDiagnostics();
  const warnings = createDiagnostics();
  const findings: Finding[] = [];
  for (const { path, type, text, missed } of files) {
    if (text === undefined) {
      reasons.add("not-scanned", `${path} was not looked at: ${missed ?? "it is no text"}`, path);
      continue;
    }
    const scanned = scanText(text, type, path);
    const positionOf = createPositions(text);
    for (const match of scanned.matches) findings.push(findingOf(match, path, positionOf, wish));
    for (const what of scanned.missed) reasons.add("not-scanned-whole", `${path}: ${what}`, path);
    for (const note of scanned.notes) warnings.add("not-parsed", `${path}: ${note}`, path);
  }
  const status = reasons.list().length > 0 ? "partial" : files.length === 0 ? "empty" : "complete";
  const report = {
    tool: { name: TOOL, version: wish.version },
    scanned: ["content"] as const,
    findings,
    status,
    reasons,
    warnings,
  } as const;
  const parsed = findingsEvidence({ ...report, inconsistencies: createDiagnostics() }, { limits: DEFAULT_LIMITS });
  return completeEvidence(parsed, {
    format: "content",
    path: wish.named,
    bytes: files.reduce((sum, { bytes }) => sum + bytes.length, 0),
    sha256: `sha256:${hash("sha256", files.map(({ path, bytes }) => `${hash("sha256", bytes)} ${path}\n`).join(""))}`,
  });
}

type PositionOf = (offset: number) => { readonly line: number; readonly column: number };

function findingOf(match: ContentMatch, path: string, positionOf: PositionOf, wish: ContentWish): Finding {
  const { rule, offset, severity, confidence, message, content } = match;
  const suppressions = wish.suppressions.flatMap((one): readonly Suppression[] => {
    if ((one.rule !== undefined && one.rule !== rule) || !one.matches(path)) return [];
    return [{ kind: "external", status: "accepted", justification: `--suppress ${one.pattern}` }];
  });
  return {
    id: fingerprintOf({ tool: TOOL, ruleId: rule, path, content: content.toWellFormed() }),
    category: "content",
    ruleId: rule,
    ruleName: CONTENT_RULES[rule].title,
    message: kept(message, DEFAULT_LIMITS),
    severity,
    severityRaw: { value: severity, scale: "word", source: "rule" },
    cwe: CONTENT_RULES[rule].cwe,
    confidence,
    location: { path, ...positionOf(offset) },
    suppressed: suppressions.length > 0,
    suppressions,
    tool: TOOL,
  };
}

/** Lines and columns from 1, of offsets that never go back. */
function createPositions(text: string): PositionOf {
  let [line, start, next] = [1, 0, text.indexOf("\n")];
  return (offset) => {
    while (next !== -1 && next < offset) {
      line++;
      start = next + 1;
      next = text.indexOf("\n", start);
    }
    return { line, column: offset - start + 1 };
  };
}
