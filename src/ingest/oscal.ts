import type { ControlStatus, Diagnostic, ParsedEvidence } from "../evidence/types.ts";
import type { Limits } from "../util/limits.ts";
import { FormatError } from "./adapter.ts";
import { assessmentEvidence, type FoundControl } from "./assessment.ts";
import { createDiagnostics, type DiagnosticList } from "./diagnostics.ts";
import { earlierOf, instantOf } from "./values.ts";

/** A finding of a result, from JSON or XML. */
export interface OscalFinding {
  /** A control, or an objective or statement of one. */
  readonly target: string;
  readonly title?: string | undefined;
  readonly state: string;
  readonly reason?: string | undefined;
  /** The identifiers of the observations that it was made from. */
  readonly observations: readonly string[];
  readonly place: string;
}

/** One assessment; a file may hold several, as of a system that is watched month by month. */
export interface OscalResult {
  readonly start?: unknown;
  /** The identifiers of its observations. */
  readonly observations: readonly string[];
  readonly findings: readonly OscalFinding[];
}

/** Assessment results of OSCAL. */
export interface OscalDocument {
  readonly version: string;
  readonly results: readonly OscalResult[];
}

const STATES: ReadonlyMap<string, ControlStatus> = new Map<string, ControlStatus>([
  ["satisfied", "satisfied"],
  ["not-satisfied", "not-satisfied"],
]);

/**
 * The evidence of OSCAL assessment results: a control for each finding of each result.
 *
 * @param damage that was passed over when the document was read
 * @throws {FormatError} `unsupported-version` for anything but OSCAL 1
 */
export function oscalEvidence(
  { version, results }: OscalDocument,
  limits: Limits,
  damage: readonly Diagnostic[] = [],
): ParsedEvidence {
  if (!/^v?1\.\d/.test(version)) {
    throw new FormatError("unsupported-version", `OSCAL ${version.slice(0, 32)}; 1.x is supported`);
  }
  const [warnings, inconsistencies] = [createDiagnostics(), createDiagnostics()];
  for (const { code, message, place } of damage) warnings.add(code, message, place);
  return assessmentEvidence(
    {
      controls: results.flatMap(({ findings, observations }) => {
        const known = new Set(observations);
        return findings.map((finding) => controlOf(finding, known, warnings, inconsistencies));
      }),
      tools: [],
      formatVersion: version,
      producedAt: results.map(({ start }) => instantOf(start)).reduce(earlierOf, undefined),
      reasons: createDiagnostics(),
      warnings,
      inconsistencies,
    },
    limits,
  );
}

function controlOf(
  { target, title, state, reason, observations, place }: OscalFinding,
  known: ReadonlySet<string>,
  warnings: DiagnosticList,
  inconsistencies: DiagnosticList,
): FoundControl {
  const status = STATES.get(state);
  if (status === undefined) warnings.add("state-unknown", `${target} is ${state}, which OSCAL does not define`, place);
  const missing = observations.filter((id) => !known.has(id)).length;
  if (missing > 0) {
    inconsistencies.add(
      "observation-missing",
      `${target} was judged on ${missing} observations that are missing`,
      place,
    );
  }
  return {
    id: target,
    title,
    status: status ?? "unknown",
    observations: observations.length - missing,
    message: reason,
  };
}
