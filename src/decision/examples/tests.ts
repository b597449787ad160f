import type { EvaluationSession } from "../../policy/evaluate.ts";
import { type GateExample, parseExamples } from "../../policy/examples.ts";
import type { PolicyFile } from "../../policy/sources.ts";
import type { PolicyTest } from "../../policy/testing/model.ts";
import { messageOf } from "../../util/errors.ts";
import { runExample } from "./execute.ts";

/**
 * Runs the examples of gates as a check would, and lets each gate with a known-bad example prove that it can deny.
 *
 * @param files the `examples.yaml` of gates that the session has
 * @param selected whether a test of this name is to run
 */
export async function runExamples(
  files: readonly PolicyFile[],
  session: EvaluationSession,
  selected: (name: string) => boolean,
): Promise<readonly PolicyTest[]> {
  const tests: PolicyTest[] = [];
  for (const file of files) {
    const { gate, examples } = parseExamples(file);
    for (const example of examples) {
      const name = exampleName(gate, example);
      if (!selected(name)) continue;
      const known = { kind: "example", name, file: file.path, row: example.row } as const;
      tests.push({ ...known, ...(await outcomeOf(gate, example, session)) });
    }
    const name = `examples/${gate}/canary`;
    if (!selected(name) || tests.some((test) => test.name === name)) continue;
    tests.push({ kind: "canary", name, file: file.path, ...(await proveCanary(gate, session)) });
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
