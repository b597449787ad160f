import { canonicalJson } from "../../evidence/canonical.ts";
import type { EvaluationSession } from "../../policy/evaluate.ts";
import type { GateExample } from "../../policy/examples.ts";
import { defaultParameters } from "../../policy/gate.ts";
import { EXAMPLE_CONTEXT, exampleContext } from "../../policy/input.ts";
import { GateError } from "../../util/errors.ts";
import { evaluateGates } from "../evaluate.ts";
import { assessEvidence, bySubjectAlone } from "../evidence.ts";
import type { AppliedParameter, DecisionGate, Subject } from "../types.ts";

/** What an example is about. */
export function exampleSubject(example: GateExample): Subject {
  return { ...exampleContext(example).subject, source: "none" };
}

/** What an example expects, and what came of it. */
export interface ExecutedExample {
  readonly example: GateExample;
  readonly result: DecisionGate;
  /** In what the result differs from what is expected, in words; empty where the example holds. */
  readonly problems: readonly string[];
}

/** Shows a gate one of its examples, by the code that makes decisions. */
export async function runExample(
  session: EvaluationSession,
  gate: string,
  example: GateExample,
): Promise<ExecutedExample> {
  const values = { ...defaultParameters(session.gate(gate)), ...example.parameters };
  const parameters: Record<string, AppliedParameter> = {};
  for (const [name, value] of Object.entries(values)) {
    parameters[name] = { value, source: Object.hasOwn(example.parameters, name) ? "example" : "gate" };
  }
  const subject = exampleSubject(example);
  const [result] = await evaluateGates(
    {
      environment: EXAMPLE_CONTEXT.environment,
      gates: [{ gate, enforcement: "mandatory", parameters }],
      evidence: example.evidence.map((document) => assessEvidence(document, bySubjectAlone(subject))),
      unmatched: [],
      subject,
      now: new Date(EXAMPLE_CONTEXT.time),
    },
    session,
  );
  if (result === undefined) throw new GateError("internal", `the gate "${gate}" gave no result`);
  return { example, result, problems: problemsOf(example, result) };
}

/** In what a result differs from what an example expects, in words; empty where the example holds. */
export function problemsOf(
  { expect }: GateExample,
  { result, reason, violations, answer = {} }: DecisionGate,
): readonly string[] {
  const problems: string[] = [];
  if (result !== expect.result) {
    problems.push(
      `it is expected to be ${expect.result} and is ${result}${reason === undefined ? "" : ` (${reason})`}`,
    );
  }
  const messages = violations.map(({ message }) => message);
  const expected = expect.violations ?? (expect.result === "fail" ? messages : []);
  if (JSON.stringify(messages) !== JSON.stringify(expected)) {
    problems.push(`its violations are expected to be ${listed(expected)} and are ${listed(messages)}`);
  }
  if (expect.reason !== undefined && reason?.includes(expect.reason) !== true) {
    problems.push(`its reason is expected to contain "${expect.reason}" and is ${reason ?? "none"}`);
  }
  for (const [name, expected] of Object.entries(expect.answer ?? {})) {
    const given = answer[name];
    if (canonicalJson({ given }) === canonicalJson({ given: expected })) continue;
    problems.push(
      `its answer's ${name} is expected to be ${JSON.stringify(expected)} and is ${JSON.stringify(given) ?? "missing"}`,
    );
  }
  return problems;
}

function listed(messages: readonly string[]): string {
  return messages.length === 0 ? "none" : messages.map((message) => `"${message}"`).join(", ");
}
