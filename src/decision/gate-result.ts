import type { GateEvaluation } from "../policy/evaluate.ts";
import type { EvidenceNeed, GateDefinition } from "../policy/gate.ts";
import { answers } from "../policy/input.ts";
import type { GateStatement } from "../policy/statement.ts";
import type { AssessedEvidence } from "./evidence.ts";
import type { AppliedParameter, DecisionGate, Enforcement, GateResult } from "./types.ts";
import { completeViolations } from "./violations.ts";

export interface GateInputs {
  readonly definition: GateDefinition;
  readonly enforcement: Enforcement;
  readonly parameters: Readonly<Record<string, AppliedParameter>>;
  /** All evidence of the check. */
  readonly evidence: readonly AssessedEvidence[];
  /** What the user declared and was not found, in words. */
  readonly unmatched: readonly { readonly need: EvidenceNeed["kind"] | undefined; readonly description: string }[];
  readonly evaluation: GateEvaluation;
}

/** What to do about a gate that could not be evaluated. */
export const EVIDENCE_REMEDIATION =
  "Run the tool that produces this evidence for this commit, let it finish, and pass its file with `--evidence` or in gate.yaml.";

/**
 * The result of a gate. A gate is open only where it was shown to be: evidence that is missing, damaged, of another
 * commit or of a failed tool, an error of the engine, and a gate that looked at nothing all close it.
 */
export function gateResult(inputs: GateInputs): DecisionGate {
  const { definition, enforcement, parameters, evaluation } = inputs;
  const relevant = inputs.evidence.filter(({ document }) =>
    definition.evidence.some((need) => answers(document, need)),
  );
  const statement = evaluation.status === "stated" ? evaluation.statement : undefined;
  const violations = completeViolations(
    definition.id,
    statement?.violations ?? [],
    relevant.flatMap(({ view }) => view ?? []),
    definition.severity,
  );
  const obstacles = obstaclesOf(inputs, relevant, statement);
  // An answer from evidence that cannot be used must not read like one that can be acted upon.
  const unusable = violations.length === 0 && obstacles.length > (statement?.missing.length ?? 0);
  const answer = unusable ? undefined : statement?.answer;
  const result = resultOf(violations.length, obstacles.length, statement);
  const reason = result === "not-applicable" ? statement?.notApplicable : obstacles.join("; ");
  return {
    id: definition.id,
    title: definition.title,
    enforcement,
    result,
    applicable: statement?.applicable ?? 0,
    durationMs: Math.round(evaluation.durationMs),
    ...(reason === undefined || reason === "" ? {} : { reason }),
    ...(result === "fail" || result === "not-evaluated" ? { remediation: remediationOf(result, definition) } : {}),
    parameters,
    evidence: relevant.map(({ document }) => document.id),
    violations,
    ...(answer === undefined ? {} : { answer }),
    controls: definition.controls,
    ...(definition.conftest === undefined ? {} : { unproven: true }),
    ...(definition.conftest === undefined || definition.conftest.unasked.length === 0
      ? {}
      : { unasked: definition.conftest.unasked }),
  };
}

function resultOf(violations: number, obstacles: number, statement: GateStatement | undefined): GateResult {
  if (violations > 0) return "fail";
  if (obstacles > 0) return "not-evaluated";
  return statement?.notApplicable === undefined ? "pass" : "not-applicable";
}

/** Everything that keeps the gate from being shown open. */
function obstaclesOf(
  inputs: GateInputs,
  relevant: readonly AssessedEvidence[],
  statement: GateStatement | undefined,
): readonly string[] {
  const obstacles: string[] = [];
  if (inputs.evaluation.status === "error")
    obstacles.push(`the gate could not be evaluated: ${inputs.evaluation.message}`);
  for (const need of inputs.definition.evidence) {
    if (need.optional === true) continue;
    if (!relevant.some(({ document }) => answers(document, need))) obstacles.push(missingEvidence(need, inputs));
  }
  for (const { document, use, reasons } of relevant) {
    if (use === "usable") continue;
    const why = reasons.length === 0 ? use : reasons.join(", ");
    obstacles.push(`${document.source.path} cannot be used: ${why}`);
  }
  if (statement === undefined) return obstacles;
  obstacles.push(...statement.missing.toSorted());
  const looked = statement.applicable > 0;
  if (obstacles.length === 0 && !looked && statement.notApplicable === undefined)
    obstacles.push("the gate looked at nothing");
  if (looked && statement.notApplicable !== undefined) {
    obstacles.push(
      `the gate says that it does not apply (${statement.notApplicable}), yet it looked at ${statement.applicable} items`,
    );
  }
  return obstacles;
}

function missingEvidence(need: EvidenceNeed, { evidence, unmatched }: GateInputs): string {
  const what = [need.suite, need.category, need.kind].filter((part) => part !== undefined).join(" ");
  const absent = unmatched.filter((request) => request.need === undefined || request.need === need.kind);
  const looked = [...absent.map(({ description }) => description), ...evidence.flatMap((one) => emptyScan(one, need))];
  return `there is no ${what} evidence${looked.length === 0 ? "" : ` (${looked.join(", ")})`}`;
}

/** A report of no scan at all is of no category either; whoever looks for the scan wants to know of it. */
function emptyScan({ document, reasons }: AssessedEvidence, need: EvidenceNeed): readonly string[] {
  if (need.kind !== "findings" || document.kind !== "findings" || document.body.scans.length > 0) return [];
  return [`${document.source.path} holds no scan${reasons.length === 0 ? "" : `: ${reasons.join(", ")}`}`];
}

function remediationOf(result: GateResult, definition: GateDefinition): string {
  if (result === "fail") return definition.remediation;
  return EVIDENCE_REMEDIATION;
}
