import type { EnvironmentConfig } from "../config/types.ts";
import { proveMandatory } from "../decision/evaluate.ts";
import { OBLIGATIONS_GATE } from "../decision/obligations.ts";
import type { Decision, DecisionGate, EnforcedGate } from "../decision/types.ts";
import type { BundledGate } from "../policy/bundle.ts";
import type { EvaluationSession } from "../policy/evaluate.ts";
import type { RecordedCase } from "../replay/recorded.ts";
import { differences, effectOf, gateChanges } from "./compare.ts";
import { type AddedGateUnder, enforcedAsRecorded, type GateCatalogue, gateCatalogue } from "./gates.ts";
import type { DecisionImpact } from "./model.ts";
import { replay } from "./replay.ts";

/** Compiled policies that can be asked. */
export interface OpenPolicies {
  readonly gates: readonly BundledGate[];
  readonly session: EvaluationSession;
}

/** What gate.yaml says today, for gates that no recorded decision could have. */
export interface CurrentEnvironments {
  readonly file: string;
  readonly environments: Readonly<Record<string, EnvironmentConfig>>;
}

/** A decision as it stands in the log. */
export interface LoggedDecision {
  readonly index: number;
  readonly decision: Decision;
}

/** An impact with what the summary counts of it. */
export interface Assessment {
  readonly impact: DecisionImpact;
  /** Gates that the decision's own policies do not have, with what they say. */
  readonly added: readonly { readonly gate: DecisionGate; readonly enforced: boolean }[];
}

/** Asks other policies about recorded decisions, one after the other. */
export interface Assessor {
  /**
   * @param own the policies that made the decision, where they are at hand
   * @throws {GateError} `policy-engine` or `policy-invalid` where a mandatory gate cannot deny its known-bad example
   */
  assess(place: LoggedDecision, made: Omit<RecordedCase, "decision">, own?: OpenPolicies): Promise<Assessment>;
}

/** The impact of policies on decisions of environments that may be configured otherwise today. */
export function createAssessor(next: OpenPolicies, current: CurrentEnvironments | undefined): Assessor {
  const catalogue = gateCatalogue(next.gates);
  const proven = new Set<string>();

  async function prove(gates: readonly EnforcedGate[]): Promise<void> {
    const unproven = gates.filter(({ gate, enforcement }) => enforcement === "mandatory" && !proven.has(gate));
    await proveMandatory(next.session, unproven);
    for (const { gate } of unproven) proven.add(gate);
  }

  return {
    async assess(place, made, own) {
      const { decision } = place;
      const { kept, problems } = catalogue.under(decision);
      if (problems.length > 0) return unknown(place, problems);
      if (kept.length === 0) return unknown(place, ["the policies have none of its gates"]);
      const recorded: RecordedCase = { decision, ...made };
      const reproduction = await reproduce(recorded, own);
      if (reproduction.reproduced === false) {
        return { impact: { ...factsOf(place), effect: "not-reproducible", ...reproduction, gates: [] }, added: [] };
      }
      const added = addedGates(decision, own, next, catalogue, current);
      const gates = [...kept, ...added.filter(({ enforced }) => enforced).map(({ gate }) => gate)];
      await prove(gates);
      const after = await replay(recorded, gates, next.session);
      const asked =
        added.length === 0
          ? undefined
          : await replay(
              recorded,
              added.map(({ gate }) => gate),
              next.session,
            );
      return {
        impact: {
          ...factsOf(place),
          after: after.outcome,
          effect: effectOf(decision.outcome, after.outcome),
          ...reproduction,
          gates: gateChanges(decision, after),
        },
        added: (asked?.gates ?? []).filter(isOfPolicy).map((gate) => {
          return { gate, enforced: added.some((one) => one.enforced && one.gate.gate === gate.id) };
        }),
      };
    },
  };
}

/** A decision of which nobody can say what becomes of it. */
export function unknown(place: LoggedDecision, reasons: readonly string[]): Assessment {
  return { impact: { ...factsOf(place), effect: "cannot-be-re-evaluated", reasons, gates: [] }, added: [] };
}

function factsOf({ index, decision }: LoggedDecision) {
  const { id, evaluatedAt, environment, subject, outcome } = decision;
  return {
    index,
    id,
    evaluatedAt,
    environment,
    ...(subject.repository === undefined ? {} : { repository: subject.repository }),
    ...(subject.commit === undefined ? {} : { commit: subject.commit }),
    before: outcome,
  };
}

async function reproduce(
  recorded: RecordedCase,
  own: OpenPolicies | undefined,
): Promise<Pick<DecisionImpact, "reproduced" | "reasons">> {
  if (own === undefined) return { reasons: [] };
  const again = await replay(recorded, recorded.decision.gates.filter(isOfPolicy).map(enforcedAsRecorded), own.session);
  const reasons = differences(recorded.decision, again);
  return { reproduced: reasons.length === 0, reasons };
}

/** The gate of what is owed comes out of the recorded inputs, and out of no policy. */
function isOfPolicy({ id }: DecisionGate): boolean {
  return id !== OBLIGATIONS_GATE;
}

/** What the policies have and those of the decision do not. */
function addedGates(
  decision: Decision,
  own: OpenPolicies | undefined,
  next: OpenPolicies,
  catalogue: GateCatalogue,
  current: CurrentEnvironments | undefined,
): readonly AddedGateUnder[] {
  const known = new Set([...decision.gates, ...(own?.gates ?? [])].map(({ id }) => id));
  const added = next.gates
    .filter(({ id }) => !known.has(id))
    .map((gate) => catalogue.added(gate, current?.environments[decision.environment], current?.file ?? ""));
  // Without the decision's own policies it is not known whether a gate is new or was not asked for.
  return added.filter(({ enforced }) => enforced || own !== undefined);
}
