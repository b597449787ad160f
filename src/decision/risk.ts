import type { GateDefinition } from "../policy/gate.ts";
import { defaultParameters } from "../policy/gate.ts";
import { isRecord, isStringArray } from "../util/json.ts";
import {
  type ApprovalRules,
  type Environment,
  RISK_LEVELS,
  type RiskLevel,
  type RiskProfile,
  type RiskRules,
} from "./environment.ts";
import type { GateInputs } from "./gate-result.ts";
import type { AppliedParameter, DecisionGate, EnforcedGate, RiskNote } from "./types.ts";

/** What a change that nothing is known of is: whatever keeps the risk from being told must not make it smaller. */
const UNTOLD = "high" satisfies RiskLevel;

/** The gate that says how risky the change is, as the environment enforces it; one that it does not has its own defaults. */
export function riskGate(environment: Environment, rules: RiskRules, definition: GateDefinition): EnforcedGate {
  const enforced = environment.gates.find(({ gate }) => gate === rules.gate);
  return enforced ?? { gate: rules.gate, enforcement: "advisory", parameters: ownParameters(definition) };
}

function ownParameters(definition: GateDefinition): Readonly<Record<string, AppliedParameter>> {
  const defaults = Object.entries(defaultParameters(definition));
  return Object.fromEntries(defaults.map(([name, value]) => [name, { value, source: "gate" }]));
}

/**
 * The level of risk out of what the gate said. Only a gate that lacked nothing, and answered with a level, is believed:
 * anything else is high risk, with the reason as its factor.
 *
 * @param definition of the gate
 * @param unmatched evidence that was declared and is not there; where the gate needs it, it is not known what it would say
 */
export function riskOf(
  result: DecisionGate,
  definition: GateDefinition,
  unmatched: GateInputs["unmatched"],
): Omit<RiskNote, "changes"> {
  const gate = definition.id;
  const { answer = {}, reason } = result;
  const level = RISK_LEVELS.find((known) => known === answer["level"]);
  const absent = unmatched.filter(({ need }) => definition.evidence.some(({ kind }) => kind === need));
  const problems = [
    ...(reason === undefined ? [] : reason.split("; ")),
    ...absent.map(({ description }) => description),
    ...(level === undefined && reason === undefined ? ["the gate says no level of risk"] : []),
  ];
  const looked = result.result === "pass" || result.result === "fail";
  if (level === undefined || problems.length > 0 || !looked) return { gate, level: UNTOLD, factors: problems };
  const { score, recommendation } = answer;
  return {
    gate,
    level,
    factors: factorsOf(answer["factors"]),
    ...(typeof score === "number" && score >= 0 && score <= 1 ? { score } : {}),
    ...(typeof recommendation === "string" ? { recommendation } : {}),
  };
}

/** The factors in words, the weightiest first, without those that add nothing. */
function factorsOf(value: unknown): readonly string[] {
  if (isStringArray(value)) return value;
  const factors = (Array.isArray(value) ? value : []).flatMap((factor: unknown) => {
    if (!isRecord(factor)) return [];
    const { name, because = name, value: risk, weight = 1 } = factor;
    if (typeof because !== "string" || typeof risk !== "number" || typeof weight !== "number") return [];
    return [{ because, share: risk * weight }];
  });
  return factors
    .filter(({ share }) => share > 0)
    .toSorted((a, b) => b.share - a.share || (a.because < b.because ? -1 : 1))
    .map(({ because }) => because);
}

/** The environment under a level of risk. */
export function underRisk(environment: Environment, rules: RiskRules, level: RiskLevel): Environment {
  const { gates, approvals } = rules.profiles[level];
  return { ...environment, gates, approvals };
}

/** What a profile asks for beyond the environment, in words. */
export function changesOf(environment: Environment, profile: RiskProfile): readonly string[] {
  const own = new Map(environment.gates.map((gate) => [gate.gate, gate]));
  return [
    ...profile.gates.flatMap((gate) => gateChanges(gate, own.get(gate.gate))),
    ...approvalChanges(profile.approvals, environment.approvals),
  ];
}

function gateChanges(
  { gate, enforcement, parameters }: EnforcedGate,
  own: EnforcedGate | undefined,
): readonly string[] {
  if (own === undefined) return [`${gate} was added as ${enforcement}`];
  const became = own.enforcement === enforcement ? [] : [`${gate} became ${enforcement}`];
  const changed = Object.entries(parameters).flatMap(([name, { value }]) => {
    const [is, was] = [JSON.stringify(value), JSON.stringify(own.parameters[name]?.value)];
    return is === was ? [] : [`${name} of ${gate} is ${is} instead of ${was ?? "nothing"}`];
  });
  return [...became, ...changed];
}

function approvalChanges(approvals: ApprovalRules, own: ApprovalRules): readonly string[] {
  const { quorum, roles } = approvals;
  const changes: string[] = [];
  if (quorum !== own.quorum) changes.push(quorum === 1 ? "1 approval" : `${quorum} approvals`);
  if (roles.join() !== own.roles.join() && roles.length > 0) changes.push(`approvals by ${roles.join(" or ")}`);
  if (approvals.from.join() !== own.from.join()) changes.push(`approvals by ${approvals.from.join(" or ")} only`);
  if (approvals.lifetimeMs !== own.lifetimeMs)
    changes.push(`approvals of at most ${approvals.lifetimeMs / HOUR_MS} hours`);
  return changes;
}

const HOUR_MS = 3_600_000;
