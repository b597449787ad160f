import { conclude } from "../../src/decision/conclude.ts";
import type { DecisionInputs } from "../../src/decision/decide.ts";
import type { DecisionGate } from "../../src/decision/types.ts";
import type { EvidenceDocument } from "../../src/evidence/types.ts";
import type { Remedy } from "../../src/explain/model.ts";
import { remedyOf } from "../../src/explain/remedy.ts";
import { type Trial, tryGate } from "../../src/explain/trial.ts";
import { type EvaluationSession, openEvaluation } from "../../src/policy/evaluate.ts";
import { exampleDocument } from "../../src/policy/example-evidence.ts";
import { defaultParameters } from "../../src/policy/gate.ts";
import { loadPolicies } from "../../src/policy/load.ts";
import { createRuntime, type PolicyRuntime } from "../../src/policy/runtime/runtime.ts";
import type { RecordedCase } from "../../src/replay/recorded.ts";
import { sampleEnvironment, sampleInputs } from "../decision/fixture.ts";
import { installation, TEST_CACHE } from "../support.ts";

/** The gates that ship with the product; the caller closes the runtime. */
export async function shippedGates(): Promise<{
  readonly session: EvaluationSession;
  readonly runtime: PolicyRuntime;
}> {
  const services = { installation, variables: {}, cacheFolder: TEST_CACHE };
  const located = await loadPolicies({ builtin: true, folders: [] }, services);
  const runtime = createRuntime({
    worker: installation.policyWorker,
    timeLimitMs: 60_000,
    memoryLimitBytes: 1 << 29,
    toolchain: installation.toolchain.wasm,
  });
  return { session: await openEvaluation(runtime, located), runtime };
}

export type Part = Readonly<Record<string, unknown>>;

/** One gate asked about some evidence, as a decision records it. */
export interface AskedGate {
  readonly recorded: RecordedCase;
  readonly gate: DecisionGate;
  readonly session: EvaluationSession;
}

/** A decision of one mandatory gate. */
export async function askGate(
  id: string,
  evidence: readonly (Part | EvidenceDocument)[],
  session: EvaluationSession,
  parameters: Part = {},
  changes: Partial<DecisionInputs> = {},
): Promise<AskedGate> {
  const documents = evidence.map((part, index) =>
    "id" in part ? (part as EvidenceDocument) : exampleDocument(part, index),
  );
  const values = { ...defaultParameters(session.gate(id)), ...parameters };
  const applied = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value, source: "gate" }]));
  const environment = sampleEnvironment({ gates: [{ gate: id, enforcement: "mandatory", parameters: applied }] });
  const inputs = sampleInputs({ environment, ...changes });
  const decision = await conclude(inputs, documents, session);
  const [gate] = decision.gates;
  if (gate === undefined) throw new Error("the decision has no gate");
  return { recorded: { decision, inputs, documents }, gate, session };
}

/** What would open it. */
export async function remedyFor(asked: AskedGate, maxEvaluations?: number): Promise<Remedy> {
  const { recorded, gate, session } = asked;
  return remedyOf(recorded, gate, await trialOf(asked, recorded.documents), session, maxEvaluations);
}

/** What the gate says of other evidence. */
export async function trialOf(
  { recorded, gate, session }: AskedGate,
  documents: readonly EvidenceDocument[],
): Promise<Trial> {
  const trial = await tryGate(recorded, gate, documents, session);
  if (trial === undefined) throw new Error("the gate is not one of the policies");
  return trial;
}

/** All parts of a list, itself included. */
export function subsetsOf<T>(values: readonly T[]): readonly (readonly T[])[] {
  const [first, ...rest] = values;
  if (first === undefined) return [[]];
  return subsetsOf(rest).flatMap((subset) => [subset, [first, ...subset]]);
}
