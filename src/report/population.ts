import type { TreeHead } from "../audit/store.ts";
import {
  type Decision,
  type DecisionGate,
  GATE_RESULTS,
  INTEGRITY_LEVELS,
  OUTCOMES,
  type Outcome,
  type Violation,
} from "../decision/types.ts";
import { canonicalDigest, canonicalJson } from "../evidence/canonical.ts";
import type { Digest, Location } from "../evidence/types.ts";
import { GateError } from "../util/errors.ts";
import {
  describeNeed,
  type FrameworkControl,
  type Guardrail,
  type GuardrailOperator,
  type GuardrailValue,
} from "./frameworks.ts";
import {
  type Deviation,
  type DeviationKind,
  type EnvironmentTally,
  EXCERPT_LENGTH,
  type GateTally,
  type PolicyPeriod,
  type Population,
  type ReportWindow,
  type ViolationExcerpt,
} from "./model.ts";
import { grouped, tally } from "./tally.ts";

/** A decision as it stands in the log. */
export interface RecordedDecision {
  readonly index: number;
  readonly leafHash: Digest;
  /** Of the log entry; RFC 3339, UTC. */
  readonly time: string;
  readonly decision: Decision;
}

/** A decision of which only the leaf is left: its document was pruned or cannot be read. It proves nothing. */
export interface UnreadDecision {
  readonly index: number;
  readonly leafHash: Digest;
  readonly time: string;
  readonly id: string;
  readonly environment: string;
  readonly outcome: Outcome;
  /** In words that follow "its document". */
  readonly why?: string;
  readonly repository?: string;
}

/** Which decisions a report is about. */
export interface PopulationQuery {
  readonly window: ReportWindow;
  /** All environments where it is missing. */
  readonly environment?: string;
  /** All repositories where it is missing. */
  readonly repository?: string;
}

/** What a query takes from the log, in the order of the log, and what it leaves out. */
export interface Selection {
  readonly decisions: readonly RecordedDecision[];
  readonly unread: readonly UnreadDecision[];
  readonly excluded: Population["excluded"];
}

/**
 * Takes the decisions of a window, by the time of their log entries.
 *
 * @throws {GateError} `report-invalid` where the window is none, or where the records cannot be of one log: an index
 *   twice or beyond the head, an id twice, a time that is none
 */
export function selectDecisions(
  recorded: readonly RecordedDecision[],
  unread: readonly UnreadDecision[],
  head: TreeHead,
  query: PopulationQuery,
): Selection {
  const from = instantOf(query.window.from, "the window's start");
  const to = instantOf(query.window.to, "the window's end");
  if (from >= to) throw new GateError("report-invalid", "the window ends before it starts", { hint: WINDOW_HINT });
  checkRecords([...recorded.map(leafOf), ...unread], head);

  const excluded = { outsideWindow: 0, otherEnvironment: 0, otherRepository: 0, unknownRepository: 0 };
  const isWanted = ({ index, time, environment, repository }: UnreadDecision): boolean => {
    const instant = instantOf(time, `entry ${index}`);
    if (instant < from || instant >= to) excluded.outsideWindow++;
    else if (query.environment !== undefined && environment !== query.environment) excluded.otherEnvironment++;
    else if (query.repository !== undefined && repository === undefined) excluded.unknownRepository++;
    else if (query.repository !== undefined && repository !== query.repository) excluded.otherRepository++;
    else return true;
    return false;
  };
  return {
    decisions: recorded.filter((record) => isWanted(leafOf(record))).toSorted(byIndex),
    unread: unread.filter(isWanted).toSorted(byIndex),
    excluded,
  };
}

/** What the leaf of a decision says of it. */
function leafOf({ index, leafHash, time, decision }: RecordedDecision): UnreadDecision {
  const { id, environment, outcome, subject } = decision;
  const { repository } = subject;
  return { index, leafHash, time, id, environment, outcome, ...(repository === undefined ? {} : { repository }) };
}

function byIndex(a: { readonly index: number }, b: { readonly index: number }): number {
  return a.index - b.index;
}

const WINDOW_HINT = "Give the window as two RFC 3339 times in UTC, such as 2026-01-01T00:00:00Z.";
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z$/;

function instantOf(time: string, what: string): number {
  const instant = INSTANT.test(time) ? Date.parse(time) : Number.NaN;
  if (!Number.isNaN(instant)) return instant;
  throw new GateError("report-invalid", `${what} has no valid time: '${time}'`, { hint: WINDOW_HINT });
}

function checkRecords(leaves: readonly UnreadDecision[], head: TreeHead): void {
  const indexes = new Set<number>();
  const ids = new Set<string>();
  for (const { index, id } of leaves) {
    if (!Number.isSafeInteger(index) || index < 0 || index >= head.size) {
      throw new GateError("report-invalid", `index ${index} is not in a log of ${head.size} entries`);
    }
    if (indexes.has(index)) throw new GateError("report-invalid", `two records have the index ${index}`);
    if (ids.has(id)) throw new GateError("report-invalid", `two records have the id ${id}`);
    indexes.add(index);
    ids.add(id);
  }
}

/** Describes a selection: its provenance, and how often what came to which result. */
export function describePopulation(selection: Selection, query: PopulationQuery): Population {
  const { decisions, unread, excluded } = selection;
  const records = [...decisions, ...unread].toSorted(byIndex);
  const first = records.at(0);
  const last = records.at(-1);
  return {
    query: describeQuery(query),
    count: records.length,
    unread: unread.length,
    ...(first === undefined ? {} : { firstIndex: first.index }),
    ...(last === undefined ? {} : { lastIndex: last.index }),
    digest: digestOfRecords(records),
    excluded,
    environments: tallyEnvironments(decisions),
    gates: tallyGates(decisions),
    policies: tallyPolicies(decisions),
  };
}

/** The digest that stands for a set of log entries: of the canonical JSON list of `[index, leafHash]`. */
export function digestOfRecords(records: readonly Pick<RecordedDecision, "index" | "leafHash">[]): Digest {
  return canonicalDigest(records.map(({ index, leafHash }) => [index, leafHash]));
}

function describeQuery({ window, environment, repository }: PopulationQuery): string {
  const conditions = [`kind is decision`, `${window.from} <= time < ${window.to}`];
  if (environment !== undefined) conditions.push(`environment is ${environment}`);
  if (repository !== undefined) conditions.push(`repository is ${repository}`);
  return `entries of the log where ${conditions.join(" and ")}`;
}

function tallyEnvironments(decisions: readonly RecordedDecision[]): readonly EnvironmentTally[] {
  return grouped(decisions, ({ decision }) => decision.environment).map(([environment, members]) => ({
    environment,
    decisions: members.length,
    outcomes: tally(OUTCOMES, members, ({ decision }) => decision.outcome),
    integrity: tally(INTEGRITY_LEVELS, members, ({ decision }) => decision.integrity.level),
    belowRequired: members.filter(({ decision }) => isBelowIntegrity(decision)).length,
  }));
}

function tallyGates(decisions: readonly RecordedDecision[]): readonly GateTally[] {
  const gates = decisions.flatMap(({ decision }) => decision.gates);
  return grouped(gates, ({ id }) => id).map(([gate, members]) => ({
    gate,
    results: tally(GATE_RESULTS, members, ({ result }) => result),
    absent: decisions.filter(({ decision }) => decision.gates.every(({ id }) => id !== gate)).length,
    mandatory: members.filter(({ enforcement }) => enforcement === "mandatory").length,
    advisory: members.filter(({ enforcement }) => enforcement === "advisory").length,
  }));
}

function tallyPolicies(decisions: readonly RecordedDecision[]): readonly PolicyPeriod[] {
  const groups = grouped(decisions, ({ decision }) => `${decision.policy.digest} ${decision.config.digest}`);
  const periods = groups.flatMap(([, members]) => {
    const [first] = members;
    const last = members.at(-1);
    if (first === undefined || last === undefined) return [];
    const { policy, config } = first.decision;
    return [
      {
        policy: policy.digest,
        config: config.digest,
        decisions: members.length,
        firstIndex: first.index,
        lastIndex: last.index,
      },
    ];
  });
  return periods.toSorted((a, b) => a.firstIndex - b.firstIndex);
}

/** Whether a decision did not reach the integrity that its environment requires of it. */
function isBelowIntegrity({ integrity }: Decision): boolean {
  return INTEGRITY_LEVELS.indexOf(integrity.level) < INTEGRITY_LEVELS.indexOf(integrity.required);
}

/** Whether a decision let the change through. */
function isAllowed(outcome: Outcome): boolean {
  return outcome === "allow" || outcome === "allow-bypassed";
}

/**
 * Every deviation of the decisions, one by one, in the order of the log. Deviations are never netted off: a later pass
 * does not remove an earlier failure.
 *
 * @param controls the controls of the framework; they say which gates are expected, and how they must have been set
 */
export function findDeviations(
  { decisions, unread }: Selection,
  controls: readonly FrameworkControl[],
): readonly Deviation[] {
  const tested = controls.filter(({ gates }) => gates.length > 0);
  const found = decisions.flatMap((record) => {
    const ofGates = [
      ...record.decision.gates.flatMap((gate) => deviationsOfGate(record, gate, tested)),
      ...absentGates(record, tested),
    ];
    return [...deviationsOfDecision(record, ofGates, tested), ...ofGates];
  });
  const lost = unread.map((leaf) =>
    deviation(leaf, {
      kind: "unread",
      detail: `its document ${leaf.why ?? "is gone or cannot be read"}, so it proves nothing`,
      controls: tested.map(({ id }) => id),
    }),
  );
  const ordered = [...found, ...lost].toSorted((a, b) => byIndex(a.decision, b.decision));
  const numbered: Deviation[] = [];
  for (const item of ordered) numbered.push({ number: numbered.length + 1, ...item });
  return numbered;
}

type Unnumbered = Omit<Deviation, "number">;

interface Finding {
  readonly kind: DeviationKind;
  readonly detail: string;
  readonly controls: readonly string[];
  readonly gate?: DecisionGate;
  readonly gateId?: string;
}

function deviation(record: RecordedDecision | UnreadDecision, finding: Finding): Unnumbered {
  const { index, id, time, environment, outcome } = "decision" in record ? leafOf(record) : record;
  const { gate, gateId = gate?.id } = finding;
  const violations = finding.kind === "guardrail" ? [] : (gate?.violations ?? []);
  return {
    kind: finding.kind,
    decision: { index, id, time, environment, outcome },
    stopped: !isAllowed(outcome),
    ...(gateId === undefined ? {} : { gate: gateId }),
    ...(gate === undefined ? {} : { enforcement: gate.enforcement }),
    detail: finding.detail,
    violations: violations.length,
    excerpt: violations.slice(0, EXCERPT_LENGTH).map(excerptOf),
    controls: finding.controls,
  };
}

function deviationsOfDecision(
  record: RecordedDecision,
  ofGates: readonly Unnumbered[],
  tested: readonly FrameworkControl[],
): readonly Unnumbered[] {
  const { decision } = record;
  const { outcome, integrity } = decision;
  const controls = tested.map(({ id }) => id);
  const found: Unnumbered[] = [];
  if (isBelowIntegrity(decision)) {
    const causes = integrity.reasons.map(({ message }) => message).join("; ");
    const levels = `integrity level '${integrity.level}', '${integrity.required}' required`;
    found.push(
      deviation(record, {
        kind: "below-integrity",
        detail: causes === "" ? levels : `${levels}: ${causes}`,
        controls,
      }),
    );
  }
  const explained = found.length > 0 || ofGates.some(({ kind }) => kind !== "waived" && kind !== "guardrail");
  if (outcome === "allow-bypassed" && ofGates.every(({ kind }) => kind !== "bypassed")) {
    const detail = "an emergency bypass let the change through, and no closed gate is recorded";
    found.push(deviation(record, { kind: "bypassed", detail, controls }));
  } else if (!isAllowed(outcome) && !explained) {
    const detail = `the outcome is '${outcome}', and nothing in the record says why`;
    found.push(deviation(record, { kind: "unexplained", detail, controls }));
  }
  return found;
}

function deviationsOfGate(
  record: RecordedDecision,
  gate: DecisionGate,
  tested: readonly FrameworkControl[],
): readonly Unnumbered[] {
  const controls = tested.filter(({ gates }) => gates.includes(gate.id)).map(({ id }) => id);
  const contradiction = contradictionOf(gate);
  const found: Unnumbered[] = [];
  if (contradiction !== undefined) {
    found.push(deviation(record, { kind: "unexplained", detail: contradiction, controls, gate }));
  } else if (gate.result === "waived") {
    const waivers = [...new Set(gate.violations.flatMap(({ waiver }) => waiver ?? []))];
    found.push(deviation(record, { kind: "waived", detail: `waived by ${waivers.join(", ")}`, controls, gate }));
  } else if (gate.result === "fail" || gate.result === "not-evaluated") {
    found.push(deviation(record, { ...closedGate(record.decision, gate), controls, gate }));
  }
  return [...found, ...guardrailBreaches(record, gate, tested)];
}

/** Why an open gate's record does not bear its result; a pass over nothing is the classic. */
function contradictionOf({ result, applicable, violations }: DecisionGate): string | undefined {
  if (result === "pass" && violations.length > 0) return `recorded as passed, with ${violations.length} violations`;
  if (result === "pass" && applicable === 0) return "recorded as passed, and it applied to nothing";
  if (result !== "waived") return undefined;
  const uncovered = violations.filter(({ waiver }) => waiver === undefined).length;
  if (uncovered > 0) return `recorded as waived, and ${uncovered} violations name no waiver`;
  return violations.length === 0 ? "recorded as waived, and no violation is listed" : undefined;
}

/** How a closed gate counts: what the decision made of it matters more than why it was closed. */
function closedGate({ outcome }: Decision, gate: DecisionGate): Pick<Finding, "kind" | "detail"> {
  const { enforcement, result, violations } = gate;
  const cause =
    result === "fail"
      ? `violations without a waiver: ${violations.filter(({ waiver }) => waiver === undefined).length}`
      : (gate.reason ?? "not evaluated, and the record does not say why");
  if (outcome === "allow-bypassed" && enforcement === "mandatory") {
    return { kind: "bypassed", detail: `an emergency bypass let the change through: ${cause}` };
  }
  if (isAllowed(outcome) && enforcement === "mandatory") {
    return { kind: "overridden", detail: `a mandatory gate is closed, and the outcome is '${outcome}': ${cause}` };
  }
  if (result === "not-evaluated") return { kind: "not-evaluated", detail: cause };
  if (isAllowed(outcome)) return { kind: "overridden", detail: `advisory, and the change was allowed: ${cause}` };
  return { kind: "failed", detail: cause };
}

/** A guardrail may stand in several controls; what it finds is reported once, for all of them. */
function guardrailBreaches(
  record: RecordedDecision,
  gate: DecisionGate,
  tested: readonly FrameworkControl[],
): readonly Unnumbered[] {
  const breaches = new Map<string, { readonly guardrail: Guardrail; readonly controls: string[] }>();
  for (const control of tested) {
    for (const guardrail of control.guardrails) {
      if (guardrail.gate !== gate.id || holdsFor(guardrail, gate)) continue;
      const key = canonicalJson([guardrail.key, guardrail.op, guardrail.value]);
      const breach = breaches.get(key) ?? { guardrail, controls: [] };
      if (!breach.controls.includes(control.id)) breach.controls.push(control.id);
      breaches.set(key, breach);
    }
  }
  return [...breaches.values()].map(({ guardrail, controls }) => {
    const detail = `not counted: ${guardrail.key} is ${appliedSetting(guardrail, gate)}, needed is ${describeNeed(guardrail)}`;
    return deviation(record, { kind: "guardrail", detail, controls, gate });
  });
}

function absentGates(record: RecordedDecision, tested: readonly FrameworkControl[]): readonly Unnumbered[] {
  const present = new Set(record.decision.gates.map(({ id }) => id));
  const expected = [...new Set(tested.flatMap(({ gates }) => gates))].toSorted();
  const absent = expected.filter((gateId) => !present.has(gateId));
  return absent.map((gateId) => {
    const controls = tested.filter(({ gates }) => gates.includes(gateId)).map(({ id }) => id);
    return deviation(record, { kind: "absent", detail: "the gate was no part of this decision", controls, gateId });
  });
}

const MAX_SETTING_LENGTH = 120;

/** The setting that a gate ran with, as JSON; `(not recorded)` where the decision has none. */
export function appliedSetting({ key }: Guardrail, { parameters }: DecisionGate): string {
  const applied = Object.hasOwn(parameters, key) ? parameters[key] : undefined;
  if (applied?.value === undefined) return "(not recorded)";
  const text = canonicalJson(applied.value);
  return text.length > MAX_SETTING_LENGTH ? `${text.slice(0, MAX_SETTING_LENGTH)}…` : text;
}

/** Whether a gate ran with a setting at least as strict as the guardrail asks; one that is not recorded did not. */
export function holdsFor({ key, op, value }: Guardrail, { parameters }: DecisionGate): boolean {
  const applied = Object.hasOwn(parameters, key) ? parameters[key]?.value : undefined;
  return applied !== undefined && COMPARISONS[op](applied, value);
}

const COMPARISONS: Readonly<Record<GuardrailOperator, (applied: unknown, needed: GuardrailValue) => boolean>> = {
  lte: (applied, needed) => typeof applied === "number" && typeof needed === "number" && applied <= needed,
  gte: (applied, needed) => typeof applied === "number" && typeof needed === "number" && applied >= needed,
  eq: (applied, needed) => canonicalJson(applied) === canonicalJson(needed),
  in: (applied, needed) => listOf(needed).includes(applied),
  subset: (applied, needed) => Array.isArray(applied) && applied.every((member) => listOf(needed).includes(member)),
  superset: (applied, needed) => Array.isArray(applied) && listOf(needed).every((member) => applied.includes(member)),
};

function listOf(value: GuardrailValue): readonly unknown[] {
  return typeof value === "object" ? value : [value];
}

function excerptOf(violation: Violation): ViolationExcerpt {
  const { fingerprint, severity, message, rule, location, waiver } = violation;
  return {
    fingerprint,
    severity,
    message,
    ...(rule === undefined ? {} : { rule }),
    ...(location === undefined ? {} : { location: placeOf(location) }),
    ...(violation.package === undefined ? {} : { package: violation.package }),
    ...(waiver === undefined ? {} : { waiver }),
  };
}

function placeOf({ path, line }: Location): string {
  return line === undefined ? path : `${path}:${line}`;
}
