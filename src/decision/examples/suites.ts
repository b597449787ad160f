import { entryModule, entrypointOf } from "../../policy/bundle.ts";
import { evaluationOf, toJson } from "../../policy/evaluate.ts";
import { type GateExample, parseExamples } from "../../policy/examples.ts";
import { defaultParameters, type GateDefinition } from "../../policy/gate.ts";
import { EXAMPLE_CONTEXT, exampleContext, gateInput } from "../../policy/input.ts";
import type { TestCase, TestSuite } from "../../policy/mutation/suite.ts";
import type { Reach } from "../../policy/reach.ts";
import type { PolicyFile } from "../../policy/sources.ts";
import type { InspectedModule } from "../../policy/toolchain/protocol.ts";
import { assessEvidence, bySubjectAlone } from "../evidence.ts";
import { gateResult } from "../gate-result.ts";
import { exampleSubject, problemsOf } from "./execute.ts";
import { exampleName } from "./tests.ts";

/**
 * The examples of gates as tests.
 *
 * @param selected whether a test of this name is to run; the names are as in `examples/sast/an open finding`
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
  const subject = exampleSubject(example);
  const evidence = example.evidence.map((document) => assessEvidence(document, bySubjectAlone(subject)));
  const documents = evidence.flatMap(({ view }) => view ?? []);
  return {
    name: exampleName(gate.id, example),
    file,
    row: example.row,
    input: toJson(gateInput(gate, documents, exampleContext(example))),
    data: { params: { [gate.id]: parameters } },
    nowMs: Date.parse(EXAMPLE_CONTEXT.time),
    passes(answer) {
      const evaluation = evaluationOf(gate, answer);
      const inputs = { definition: gate, enforcement: "mandatory", parameters: {}, evidence, unmatched: [] } as const;
      return problemsOf(example, gateResult({ ...inputs, evaluation })).length === 0;
    },
  };
}
