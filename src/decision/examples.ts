import type { EvaluationSession } from "../policy/evaluate.ts";
import { type GateExample, parseExamples } from "../policy/examples.ts";
import type { GateDefinition } from "../policy/gate.ts";
import type { PolicyFile } from "../policy/sources.ts";
import type { PolicyTest } from "../policy/testing/model.ts";
import { messageOf } from "../util/errors.ts";
import { runExample } from "./example.ts";

/**
 * Runs the examples of gates as a check would, and lets each gate with a known-bad example prove that it can deny.
 *
 * @param files the `examples.yaml` of the policies
 * @param gates the gates that the session has
 * @param selected whether a test of this name is to run
 * @throws {GateError} `policy-invalid` where a file of examples is
 */
export async function runExamples(
  files: readonly PolicyFile[],
  gates: readonly GateDefinition[],
  session: EvaluationSession,
  selected: (name: string) => boolean,
): Promise<readonly PolicyTest[]> {
  const tests: PolicyTest[] = [];
  for (const file of files) {
    const { gate, examples } = parseExamples(file);
    const known = gates.some(({ id }) => id === gate);
    for (const example of examples) {
      const test = {
        kind: "example",
        name: exampleName(gate, example),
        file: file.path,
        row: example.row,
      } as const;
      if (!selected(test.name)) continue;
      tests.push(known ? { ...test, ...(await outcomeOf(gate, example, session)) } : { ...test, ...unknownGate(gate) });
    }
    const canary = { kind: "canary", name: `examples/${gate}/canary`, file: file.path } as const;
    if (known && selected(canary.name)) tests.push({ ...canary, ...(await proveCanary(gate, session)) });
  }
  return tests;
}

/** What the test of an example is called. */
export function exampleName(gate: string, { name }: GateExample): string {
  return `examples/${gate}/${name}`;
}

type Outcome = Omit<PolicyTest, "kind" | "name" | "file" | "row">;

async function outcomeOf(gate: string, example: GateExample, session: EvaluationSession): Promise<Outcome> {
  const { result, problems } = await runExample(session, gate, example);
  const { durationMs, reason, violations } = result;
  if (problems.length === 0) return { status: "passed", durationMs };
  const actual = {
    result: result.result,
    violations: violations.map(({ message }) => message),
    ...(reason === undefined ? {} : { reason }),
  };
  return { status: "failed", durationMs, reason: problems.join("\n"), expected: example.expect, actual };
}

function unknownGate(id: string): Outcome {
  return { status: "error", durationMs: 0, reason: `there is no gate with the id "${id}"` };
}

async function proveCanary(id: string, session: EvaluationSession): Promise<Outcome> {
  const gate = session.gate(id);
  if (gate.canary === null) return { status: "skipped", durationMs: 0, reason: "no example is marked `canary: true`" };
  try {
    await session.proveCanary(gate);
    return { status: "passed", durationMs: 0 };
  } catch (error) {
    return { status: "failed", durationMs: 0, reason: messageOf(error) };
  }
}
