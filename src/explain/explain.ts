import { standsInTheWay } from "../decision/closed.ts";
import { reaches } from "../decision/integrity.ts";
import { type Decision, type DecisionGate, INTEGRITY_LEVELS, type Violation } from "../decision/types.ts";
import type { PlacedViolation } from "../decision/violations.ts";
import type { EvaluationSession } from "../policy/evaluate.ts";
import type { RecordedCase } from "../replay/recorded.ts";
import { excusesOfGate, excusesOfViolation } from "./excuses.ts";
import {
  type EvidencePlace,
  EXPLANATION_SCHEMA,
  type ExplainedGate,
  type ExplainedIntegrity,
  type ExplainedViolation,
  type Explanation,
  type Remedy,
  type RuleReference,
} from "./model.ts";
import { remedyOf } from "./remedy.ts";
import { type Trial, tryGate } from "./trial.ts";

/** A rule with a session in which its gate has no other. */
export interface AskableRule {
  readonly rule: RuleReference;
  readonly session: EvaluationSession;
}

/** The rules of a gate, or why they are not known. */
export type RulesOfGate = readonly AskableRule[] | { readonly unknown: string };

/** How a decision can be made again. */
export interface Made {
  readonly recorded: RecordedCase;
  readonly session: EvaluationSession;
  /** The gates of the policies; a decision can have one that is none of them, such as that of owed reviews. */
  readonly gates: readonly { readonly id: string }[];
}

/** What is at hand of a decision. */
export interface Material {
  readonly index: number;
  readonly decision: Decision;
  /** What the decision was made from, and the policies that made it; else why one of the two is not at hand. */
  readonly made: Made | { readonly unknown: string };
  rulesOf(gate: DecisionGate): Promise<RulesOfGate>;
  /** Where a violation is in the files; undefined where it names no evidence. */
  placeOf(placed: PlacedViolation): Promise<EvidencePlace | undefined>;
}

/** Which part of a decision is explained. */
export interface ExplainRequest {
  /** Default: every gate that stands in the way, in short. */
  readonly gate?: string;
  /** Only this violation of the gate. */
  readonly fingerprint?: string;
  /** Violations for which the place in the file is looked up; it can take a while. */
  readonly places: number;
}

/** Explains a decision, or one gate or violation of it. */
export async function explain(material: Material, request: ExplainRequest): Promise<Explanation> {
  const { decision, index } = material;
  const { id, outcome, environment, evaluatedAt, subject, gates } = decision;
  const wanted = gates.filter((gate) => (request.gate === undefined ? standsInTheWay(gate) : gate.id === request.gate));
  const explained: ExplainedGate[] = [];
  for (const gate of wanted) explained.push(await explainGate(material, gate, request));
  return {
    schema: EXPLANATION_SCHEMA,
    about: request.gate === undefined ? "decision" : request.fingerprint === undefined ? "gate" : "violation",
    decision: {
      index,
      id,
      outcome,
      environment,
      evaluatedAt,
      ...(subject.commit === undefined ? {} : { commit: subject.commit }),
    },
    integrity: integrityOf(decision),
    gates: explained,
    asked: gates.length,
  };
}

async function explainGate(material: Material, gate: DecisionGate, request: ExplainRequest): Promise<ExplainedGate> {
  const { decision, made } = material;
  const { id, title, enforcement, result, applicable, reason, remediation } = gate;
  const inShort = request.gate === undefined;
  const known = !("unknown" in made) && made.gates.some((one) => one.id === id);
  const trial = known ? await tryGate(made.recorded, gate, made.recorded.documents, made.session) : undefined;
  const violations = gate.violations.filter(({ fingerprint }) => (request.fingerprint ?? fingerprint) === fingerprint);
  const found = inShort || !known || violations.length === 0 ? [] : await material.rulesOf(gate);
  const rules = "unknown" in found || "unknown" in made ? [] : await askRules(made.recorded, gate, found);
  const unknown = "unknown" in found ? found.unknown : "unknown" in made ? made.unknown : undefined;
  return {
    id,
    title,
    enforcement,
    result,
    applicable,
    ...(reason === undefined ? {} : { reason }),
    ...(remediation === undefined ? {} : { remediation }),
    standsInTheWay: standsInTheWay(gate),
    parameters: Object.entries(gate.parameters).map(([name, { value, source }]) => ({ name, value, source })),
    excuses: excusesOfGate(decision, gate),
    violations: await explainViolations(material, gate, violations, {
      trial,
      rules,
      places: inShort ? 0 : request.places,
    }),
    ...(inShort || unknown === undefined ? {} : { rulesUnknown: unknown }),
    remedy: await remedyFor(made, gate, trial),
  };
}

interface AskedRule {
  readonly rule: RuleReference;
  readonly placed: readonly PlacedViolation[];
}

async function askRules(
  recorded: RecordedCase,
  gate: DecisionGate,
  rules: readonly AskableRule[],
): Promise<readonly AskedRule[]> {
  const asked: AskedRule[] = [];
  for (const { rule, session } of rules) {
    const trial = await tryGate(recorded, gate, recorded.documents, session);
    asked.push({ rule, placed: trial?.placed ?? [] });
  }
  return asked;
}

interface Findings {
  readonly trial: Trial | undefined;
  readonly rules: readonly AskedRule[];
  readonly places: number;
}

async function explainViolations(
  material: Material,
  gate: DecisionGate,
  violations: readonly Violation[],
  { trial, rules, places }: Findings,
): Promise<readonly ExplainedViolation[]> {
  const { decision, made } = material;
  const inputs = "unknown" in made ? undefined : made.recorded.inputs;
  const items = new Map(trial?.placed.map((placed) => [placed.violation.fingerprint, placed]));
  const explained: ExplainedViolation[] = [];
  for (const [index, violation] of violations.entries()) {
    const stated = items.get(violation.fingerprint) ?? { violation };
    const place = index < places ? await material.placeOf(stated) : undefined;
    explained.push({
      ...violation,
      rules: rules.filter(({ placed }) => states(placed, violation)).map(({ rule }) => rule),
      ...(place === undefined ? {} : { place }),
      excuses: excusesOfViolation(decision, gate, violation, inputs),
    });
  }
  return explained;
}

/** A second violation of one fingerprint has another one beside the first than alone. */
function states(placed: readonly PlacedViolation[], violation: Violation): boolean {
  if (placed.some((other) => other.violation.fingerprint === violation.fingerprint)) return true;
  const key = keyOf(violation);
  return placed.some((other) => keyOf(other.violation) === key);
}

function keyOf({ severity, message, location, evidence }: Violation): string {
  return JSON.stringify([severity, message, location?.path, location?.line, location?.column, evidence]);
}

async function remedyFor(made: Material["made"], gate: DecisionGate, trial: Trial | undefined): Promise<Remedy> {
  if (!standsInTheWay(gate)) return { kind: "none-needed" };
  if ("unknown" in made) return { kind: "unknown", reason: made.unknown };
  if (trial === undefined) {
    return { kind: "unknown", reason: gate.remediation ?? gate.reason ?? "it is no gate of the policies" };
  }
  return remedyOf(made.recorded, gate, trial, made.session);
}

function integrityOf({ integrity: { level, required, reasons } }: Decision): Explanation["integrity"] {
  const low = reasons.filter(({ caps }) => INTEGRITY_LEVELS.indexOf(caps) < INTEGRITY_LEVELS.indexOf(required));
  const byCode = new Map<string, ExplainedIntegrity>();
  for (const { code, remedy, message } of reaches(level, required) ? [] : low) {
    byCode.set(code, { code, remedy, messages: [...(byCode.get(code)?.messages ?? []), message] });
  }
  return { level, required, reasons: [...byCode.values()] };
}
