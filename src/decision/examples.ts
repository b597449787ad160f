import type { EvaluationSession } from "../policy/evaluate.ts";
import { type GateExample, parseExamples } from "../policy/examples.ts";
import { defaultParameters, type GateDefinition } from "../policy/gate.ts";
import { EXAMPLE_CONTEXT } from "../policy/input.ts";
import type { PolicyFile } from "../policy/sources.ts";
import type { ExampleAnswer, PolicyTest } from "../policy/testing/model.ts";
import { messageOf } from "../util/errors.ts";
import { assessEvidence } from "./evidence.ts";
import { gateResult } from "./gate-result.ts";

/**
 * Runs the examples of gates as a check would, and lets each gate with a known-bad example prove that it can deny.
 *
 * @param files the `examples.yaml` of the policies
 * @param gates the gates that the session has
 * @param selected whether a test of this name is to run; default: all
 * @throws {GateError} `policy-invalid` where a file of examples is
 */
export async function runExamples(
  files: readonly PolicyFile[],
  gates: readonly GateDefinition[],
  session: EvaluationSession,
  selected: (name: string) => boolean = () => true,
): Promise<readonly PolicyTest[]> {
  const tests: PolicyTest[] = [];
  for (const file of files) {
    const { gate: id, examples } = parseExamples(file);
    const gate = gates.find((candidate) => candidate.id === id);
    for (const example of examples) {
      const known = { name: `examples/${id}/${example.name}`, file: file.path, row: example.row };
      if (!selected(known.name)) continue;
      tests.push(gate === undefined ? unknownGate(known, id) : await runExample(known, gate, example, session));
    }
    const known = { name: `examples/${id}/canary`, file: file.path };
    if (gate !== undefined && selected(known.name)) tests.push(await proveCanary(known, gate.id, session));
  }
  return tests;
}

/** What a gate makes of an example, as a check in which it is mandatory would. */
export async function answerExample(
  gate: GateDefinition,
  example: GateExample,
  session: EvaluationSession,
): Promise<{
  readonly answer: Required<Pick<ExampleAnswer, "violations">> & ExampleAnswer;
  readonly durationMs: number;
}> {
  const parameters = { ...defaultParameters(gate), ...example.parameters };
  const definition = session.gate(gate.id);
  const evaluation = await session.evaluate(definition, example.evidence, parameters, EXAMPLE_CONTEXT, 0);
  const { result, reason, violations } = gateResult({
    definition,
    enforcement: "mandatory",
    parameters: {},
    evidence: example.evidence.map((document) => assessEvidence(document, { artifacts: [], source: "none" })),
    unmatched: [],
    evaluation,
  });
  const answer = {
    result,
    violations: violations.map(({ message }) => message),
    ...(reason === undefined ? {} : { reason }),
  };
  return { answer, durationMs: evaluation.durationMs };
}

/** Whether an answer is what an example expects: of the reason it names a part, and what it does not name is open. */
export function meets(answer: ExampleAnswer, { result, violations, reason }: GateExample["expect"]): boolean {
  if (answer.result !== result) return false;
  if (reason !== undefined && answer.reason?.includes(reason) !== true) return false;
  return violations === undefined || JSON.stringify(violations) === JSON.stringify(answer.violations);
}

interface Known {
  readonly name: string;
  readonly file: string;
  readonly row?: number;
}

async function runExample(
  known: Known,
  gate: GateDefinition,
  example: GateExample,
  session: EvaluationSession,
): Promise<PolicyTest> {
  const { answer, durationMs } = await answerExample(gate, example, session);
  const test = { kind: "example", ...known, durationMs } as const;
  if (meets(answer, example.expect)) return { ...test, status: "passed" };
  return { ...test, status: "failed", expected: example.expect, actual: answer };
}

function unknownGate(known: Known, id: string): PolicyTest {
  return { kind: "example", ...known, status: "error", durationMs: 0, reason: `there is no gate with the id "${id}"` };
}

async function proveCanary(known: Known, id: string, session: EvaluationSession): Promise<PolicyTest> {
  const gate = session.gate(id);
  const test = { kind: "canary", ...known, durationMs: 0 } as const;
  if (gate.canary === null) return { ...test, status: "skipped", reason: "no example is marked `canary: true`" };
  try {
    await session.proveCanary(gate);
    return { ...test, status: "passed" };
  } catch (error) {
    return { ...test, status: "failed", reason: messageOf(error) };
  }
}
