import { entryModule, entrypointOf } from "../policy/bundle.ts";
import { evaluationOf, toJson } from "../policy/evaluate.ts";
import { type GateExample, parseExamples } from "../policy/examples.ts";
import { defaultParameters, type GateDefinition } from "../policy/gate.ts";
import { EXAMPLE_CONTEXT, gateInput } from "../policy/input.ts";
import type { Reach, TestCase, TestSuite } from "../policy/mutation/suite.ts";
import type { EvaluationResult } from "../policy/runtime/runtime.ts";
import type { PolicyFile } from "../policy/sources.ts";
import type { InspectedModule } from "../policy/toolchain/protocol.ts";
import { assessEvidence } from "./evidence.ts";
import { gateResult } from "./gate-result.ts";

/**
 * The examples of gates as tests.
 *
 * @param selected whether a test of this name is to run; the names are as in `unit-coverage: lines below the threshold`
 */
export function exampleSuites(
  files: readonly PolicyFile[],
  gates: readonly GateDefinition[],
  inspected: readonly InspectedModule[],
  reach: Reach,
  selected: (name: string) => boolean,
): readonly TestSuite[] {
  return files.flatMap((file) => {
    const { gate: id, examples } = parseExamples(file);
    const gate = gates.find((candidate) => candidate.id === id);
    if (gate === undefined) return [];
    const cases = examples.map((example) => exampleTest(file.path, gate, example)).filter(({ name }) => selected(name));
    const modules = [...reach([gate.path]), entryModule(gate, inspected)];
    return cases.length === 0 ? [] : [{ file: file.path, modules, cases, build: buildOf(gate) }];
  });
}

function buildOf(gate: GateDefinition): TestSuite["build"] {
  const entrypoint = entrypointOf(gate);
  return async (toolchain, modules, capabilities) => ({
    ...(await toolchain.build({ modules, entrypoints: [entrypoint], capabilities })),
    entrypointOf: () => entrypoint,
  });
}

function exampleTest(file: string, gate: GateDefinition, example: GateExample): TestCase {
  const parameters = { ...defaultParameters(gate), ...example.parameters };
  return {
    name: `${gate.id}: ${example.name}`,
    file,
    input: toJson(gateInput(gate, example.evidence, EXAMPLE_CONTEXT)),
    data: { params: { [gate.id]: parameters } },
    nowMs: 0,
    passes: (answer) => isExpected(gate, example, answer),
  };
}

/** Whether a gate's answer to an example makes the decision that the example expects. */
function isExpected(definition: GateDefinition, example: GateExample, answer: EvaluationResult): boolean {
  const { result, reason, violations } = gateResult({
    definition,
    enforcement: "mandatory",
    parameters: {},
    evidence: example.evidence.map((document) => assessEvidence(document, { artifacts: [], source: "none" })),
    unmatched: [],
    evaluation: evaluationOf(definition, answer),
  });
  const { expect } = example;
  if (result !== expect.result) return false;
  if (expect.reason !== undefined && reason?.includes(expect.reason) !== true) return false;
  const messages = violations.map(({ message }) => message);
  const expected = expect.violations ?? [];
  return messages.length === expected.length && messages.every((message, index) => message === expected[index]);
}
