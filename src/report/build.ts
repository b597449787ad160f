import type { TreeHead } from "../audit/store.ts";
import { controlsOf, type Framework, type FrameworkControl, type PlacedControl } from "./frameworks.ts";
import {
  CONTROL_STATUSES,
  type ControlGateTally,
  type ControlReport,
  type ControlStatus,
  DEVIATION_KINDS,
  type Deviation,
  type GuardrailResult,
  type IndexedDecision,
  type IndexedFile,
  type LogVerification,
  REPORT_SCHEMA,
  type Report,
} from "./model.ts";
import {
  appliedSetting,
  describePopulation,
  digestOfRecords,
  findDeviations,
  holdsFor,
  type PopulationQuery,
  type RecordedDecision,
  type Selection,
  selectDecisions,
  type UnreadDecision,
} from "./population.ts";
import { type AssessedStatus, capped, DEVIATION_EFFECTS, type ItemResult, statusOfItems, worst } from "./status.ts";
import { tally } from "./tally.ts";

/** Everything that a report is made of. The same request gives the same report, on every machine. */
export interface ReportRequest {
  readonly framework: Framework;
  /** Every decision of the log, in any order; the query picks from them. */
  readonly decisions: readonly RecordedDecision[];
  /** The decisions of the log whose document is not there any more. */
  readonly unread: readonly UnreadDecision[];
  /** The tree that the decisions were read from. */
  readonly head: TreeHead;
  readonly verification: LogVerification;
  readonly query: PopulationQuery;
  /** RFC 3339, UTC. */
  readonly generatedAt: string;
  /** Version of this program. */
  readonly engineVersion: string;
}

/**
 * Reads a framework's report out of recorded decisions.
 *
 * @throws {GateError} `report-invalid` where the window is none or the records cannot be of one log
 */
export function buildReport(request: ReportRequest): Report {
  const { framework, head, verification, query } = request;
  const selection = selectDecisions(request.decisions, request.unread, head, query);
  const { decisions } = selection;
  const placed = controlsOf(framework);
  const deviations = findDeviations(
    selection,
    placed.map(({ control }) => control),
  );
  const controls = placed.map((place) => reportControl(place, selection, deviations, verification));
  const uncovered = deviations.filter(({ kind }) => DEVIATION_EFFECTS[kind] !== "covered");
  const repositories = new Set(decisions.flatMap(({ decision }) => decision.subject.repository ?? []));
  return {
    schema: REPORT_SCHEMA,
    framework: describeFramework(framework),
    subject: {
      ...(query.repository === undefined ? {} : { repository: query.repository }),
      repositories: [...repositories].toSorted(),
    },
    window: query.window,
    ...(query.environment === undefined ? {} : { environment: query.environment }),
    generatedAt: request.generatedAt,
    engine: { name: "gate", version: request.engineVersion },
    log: { ...head, verification },
    summary: {
      controls: controls.length,
      testable: controls.filter(({ gates }) => gates.length > 0).length,
      statuses: tally(CONTROL_STATUSES, controls, ({ status }) => status),
      deviations: tally(DEVIATION_KINDS, deviations, ({ kind }) => kind),
      stopped: uncovered.filter(({ stopped }) => stopped).length,
      letThrough: uncovered.filter(({ stopped }) => !stopped).length,
    },
    population: describePopulation(selection, query),
    controls,
    deviations,
    evidence: { decisions: decisions.map(indexDecision), files: indexFiles(decisions) },
    limits: LIMITS,
  };
}

const LIMITS = [
  "It is no audit opinion. It states what recorded decisions show of narrow claims; whether a control of the framework is met is for the reader to conclude.",
  "Its population is the decisions that were recorded. A change that was released without a check is not in it, and nothing here has been reconciled with deployments, releases or the history of the repository.",
  "What the tools reported is taken as they wrote it. That a scanner found nothing does not show that its rules were adequate, or that it looked everywhere.",
  "A closed gate is listed as a deviation even where it did its work and stopped the change, and a later pass does not remove it.",
  "A waiver is listed as an exception because it was valid when the decision was made; whether its reason was sound is not examined. Overrides and bypasses never count as exceptions, because the record does not hold their approval or review.",
  "The verification of the log covers the log that was presented. That it was not replaced as a whole shows only against a checkpoint that was kept elsewhere.",
  "Statements by people (attestations, reviews, training) are not read. What is listed under 'Left for people' is open until somebody shows it by other means.",
  "No control is marked as not applicable, because that takes a signed reason and none is recorded.",
] as const;

function describeFramework(framework: Framework): Report["framework"] {
  const { id, title, version, publisher, source, notice, digest } = framework;
  const groups = framework.groups.map((group) => ({
    id: group.id,
    title: group.title,
    sections: group.sections.map((section) => ({ id: section.id, title: section.title })),
  }));
  return { id, title, version, publisher, source, notice, digest, groups };
}

/** How one decision counts for a control, gate by gate, in the order of the control's gates. */
type ControlItem = readonly ItemResult[];

function reportControl(
  { group, section, control }: PlacedControl,
  { decisions, unread }: Selection,
  deviations: readonly Deviation[],
  verification: LogVerification,
): ControlReport {
  const own = deviations.filter(({ controls }) => controls.includes(control.id));
  const ofDecision = Map.groupBy(own, ({ decision }) => decision.index);
  const items = [
    ...decisions.map((record) =>
      control.gates.map((gate) => itemResult(gate, record, ofDecision.get(record.index) ?? [])),
    ),
    ...unread.map(() => control.gates.map((): ItemResult => "missing")),
  ];
  const population = control.gates.length === 0 ? NOTHING : countItems(items);
  const noOccurrence = population.decisions > 0 && population.notApplicable === population.decisions;
  const status = statusOfControl(control, items, verification);
  const idle = control.gates.filter((_, position) => items.every((item) => item[position] === "not-applicable"));
  const ran = decisions.filter(({ decision }) => decision.gates.some(({ id }) => control.gates.includes(id)));
  const evidence = ran.map(({ index, leafHash }) => ({ index, leafHash }));
  return {
    id: control.id,
    group: group.id,
    section: section.id,
    task: control.task,
    automation: control.automation,
    claim: control.claim,
    status,
    noOccurrence,
    reasons: reasonsFor(status, control, population, noOccurrence ? [] : idle, own, verification),
    population,
    gates: control.gates.map((gate) => tallyGate(gate, decisions, ofDecision)),
    planned: control.planned,
    evidenceKinds: control.evidence,
    guardrails: control.guardrails.map((guardrail) => reportGuardrail(guardrail, decisions)),
    deviations: own.map(({ number }) => number),
    evidence,
    evidenceDigest: digestOfRecords(evidence),
    residual: control.residual,
  };
}

function itemResult(gate: string, { decision }: RecordedDecision, deviations: readonly Deviation[]): ItemResult {
  const own = deviations.filter((deviation) => deviation.gate === undefined || deviation.gate === gate);
  const effects = new Set(own.map(({ kind }) => DEVIATION_EFFECTS[kind]));
  if (effects.has("contradicts")) return "contradicted";
  if (effects.has("missing")) return "missing";
  if (effects.has("covered")) return "waived";
  const results = decision.gates.filter(({ id }) => id === gate).map(({ result }) => result);
  return results.every((result) => result === "not-applicable") ? "not-applicable" : "open";
}

const NOTHING = { decisions: 0, held: 0, waived: 0, notApplicable: 0, contradicted: 0, missing: 0 } as const;

function countItems(items: readonly ControlItem[]): ControlReport["population"] {
  const results = items.map(combine);
  const count = (wanted: ItemResult): number => results.filter((result) => result === wanted).length;
  return {
    decisions: items.length,
    held: count("open") + count("waived"),
    waived: count("waived"),
    notApplicable: count("not-applicable"),
    contradicted: count("contradicted"),
    missing: count("missing"),
  };
}

/** How a decision counts for a control as a whole: by the worst of its gates. */
function combine(results: readonly ItemResult[]): ItemResult {
  for (const result of ["contradicted", "missing", "waived", "open"] as const) {
    if (results.includes(result)) return result;
  }
  return "not-applicable";
}

function statusOfControl(
  control: FrameworkControl,
  items: readonly ControlItem[],
  { verdict }: LogVerification,
): ControlStatus {
  if (verdict === "tampered") return "error";
  if (control.gates.length === 0) return "not-assessed";
  if (verdict === "unknown") return "no-evidence";
  const ofGates = control.gates.map((_, position): AssessedStatus => {
    const column = items.flatMap((results) => results[position] ?? []);
    return statusOfItems(column);
  });
  return capped(worst(ofGates), control.automation, control.planned);
}

function reasonsFor(
  status: ControlStatus,
  control: FrameworkControl,
  population: ControlReport["population"],
  idle: readonly string[],
  deviations: readonly Deviation[],
  { verdict }: LogVerification,
): readonly string[] {
  if (status === "error") return ["The log is not what was written, so nothing can be said."];
  const planned = control.planned.join(", ");
  if (status === "not-assessed") {
    if (control.automation === "none") return ["No evidence that this program reads bears on it."];
    if (control.automation === "manual")
      return ["Only a statement by people can show it, and such statements are not read yet."];
    return [`The gates that it needs do not exist yet: ${planned}.`];
  }
  const reasons: string[] = [];
  if (verdict === "unknown") reasons.push("The log was not verified, so its records prove nothing.");
  reasons.push(...findingsOf(population, deviations));
  if (population.decisions > 0 && idle.length > 0)
    reasons.push(`Never had anything to apply to, so nothing is shown of it: ${idle.join(", ")}.`);
  if (status === "partially-satisfied")
    reasons.push("The control asks for more than the claim; see what is left for people.");
  if (control.planned.length > 0) reasons.push(`It also needs gates that do not exist yet: ${planned}.`);
  return reasons;
}

function findingsOf(population: ControlReport["population"], deviations: readonly Deviation[]): readonly string[] {
  const { decisions, held, waived, notApplicable, contradicted, missing } = population;
  if (decisions === 0)
    return ["No decision of the query is in the log; that does not show that there was nothing to check."];
  const found = [
    `The claim held in ${held} of ${decisions} decisions${waived > 0 ? `, in ${waived} of them by waivers` : ""}.`,
  ];
  if (contradicted > 0) found.push(`${contradicted} of ${decisions} do not bear it out.`);
  if (missing > 0)
    found.push(`In ${missing} of ${decisions} evidence is missing, and passing evidence does not make up for it.`);
  if (notApplicable > 0) found.push(`In ${notApplicable} of ${decisions} there was nothing that it applies to.`);
  const uncounted = new Set(
    deviations.filter(({ kind }) => kind === "guardrail").map(({ decision }) => decision.index),
  );
  if (uncounted.size > 0)
    found.push(
      `In ${uncounted.size} of ${decisions} a gate ran with a weaker setting than the control needs, so its result is not counted.`,
    );
  return found;
}

function tallyGate(
  gate: string,
  decisions: readonly RecordedDecision[],
  deviations: ReadonlyMap<number, readonly Deviation[]>,
): ControlGateTally {
  const runs = decisions.flatMap(({ decision }) => decision.gates.filter(({ id }) => id === gate));
  const count = (wanted: string): number => runs.filter(({ result }) => result === wanted).length;
  const present = decisions.filter(({ decision }) => decision.gates.some(({ id }) => id === gate));
  const notCounted = present.filter(({ index }) =>
    (deviations.get(index) ?? []).some(
      (deviation) =>
        deviation.kind === "below-integrity" ||
        (deviation.gate === gate && (deviation.kind === "guardrail" || deviation.kind === "unexplained")),
    ),
  );
  return {
    gate,
    passed: count("pass"),
    waived: count("waived"),
    failed: count("fail"),
    notEvaluated: count("not-evaluated"),
    notApplicable: count("not-applicable"),
    absent: decisions.length - present.length,
    notCounted: notCounted.length,
  };
}

function reportGuardrail(
  guardrail: FrameworkControl["guardrails"][number],
  decisions: readonly RecordedDecision[],
): GuardrailResult {
  const runs = decisions.flatMap(({ decision }) => decision.gates.filter(({ id }) => id === guardrail.gate));
  const breached = runs.filter((run) => !holdsFor(guardrail, run));
  const applied = new Set(breached.map((run) => appliedSetting(guardrail, run)));
  return {
    ...guardrail,
    held: runs.length - breached.length,
    breached: breached.length,
    applied: [...applied].toSorted(),
  };
}

function indexDecision({ index, leafHash, time, decision }: RecordedDecision): IndexedDecision {
  const { id, environment, outcome, subject, integrity, policy, config } = decision;
  return {
    index,
    leafHash,
    id,
    time,
    environment,
    outcome,
    integrity: integrity.level,
    requiredIntegrity: integrity.required,
    ...(subject.repository === undefined ? {} : { repository: subject.repository }),
    ...(subject.commit === undefined ? {} : { commit: subject.commit }),
    policy: policy.digest,
    config: config.digest,
  };
}

/** One row for one content in one role; the same bytes may be usable for one decision and stale for another. */
function indexFiles(decisions: readonly RecordedDecision[]): readonly IndexedFile[] {
  const files = new Map<string, IndexedFile & { readonly decisions: number[] }>();
  for (const { index, decision } of decisions) {
    for (const document of decision.evidence) {
      const { sha256, kind, format, tool, path, bytes, status } = document;
      const key = JSON.stringify([sha256, kind, format, status]);
      const file = files.get(key) ?? { sha256, kind, format, tool: nameOf(tool), path, bytes, status, decisions: [] };
      if (file.decisions.at(-1) !== index) file.decisions.push(index);
      files.set(key, file);
    }
  }
  return [...files.values()];
}

function nameOf({ name, version }: { readonly name: string; readonly version?: string }): string {
  return version === undefined ? name : `${name} ${version}`;
}
