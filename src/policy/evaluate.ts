import type { EvidenceDocument } from "../evidence/types.ts";
import { GateError, messageOf } from "../util/errors.ts";
import type { BundledGate, LocatedBundle } from "./bundle.ts";
import { defaultParameters, type GateDefinition } from "./gate.ts";
import { EXAMPLE_CONTEXT, type GateContext, gateInput } from "./input.ts";
import type { BuiltinFailure } from "./runtime/instance.ts";
import type { EvaluationResult, PolicyRuntime } from "./runtime/runtime.ts";
import { type GateStatement, parseStatement } from "./statement.ts";

/** Either what a gate stated, or why it stated nothing. */
export type GateEvaluation =
  | { readonly status: "stated"; readonly statement: GateStatement; readonly durationMs: number }
  | { readonly status: "error"; readonly message: string; readonly durationMs: number };

/** Compiled policies, ready to be asked. */
export interface EvaluationSession {
  /** @throws {GateError} `internal` where the bundle has no such gate */
  gate(id: string): BundledGate;
  /**
   * Lets a gate show on its known-bad example that it can still deny: a rule that never fires looks like a clean scan.
   *
   * @throws {GateError} `policy-engine` where it does not deny, `policy-invalid` where it has no example
   */
  proveCanary(gate: BundledGate): Promise<void>;
  /** Never throws for a policy's fault. */
  evaluate(
    gate: BundledGate,
    documents: readonly EvidenceDocument[],
    parameters: Readonly<Record<string, unknown>>,
    context: GateContext,
    nowMs: number,
  ): Promise<GateEvaluation>;
}

/** Reads what a gate's entry point gave. */
export function evaluationOf(gate: GateDefinition, result: EvaluationResult): GateEvaluation {
  const { durationMs } = result;
  if (result.status === "error") return { status: "error", message: result.message, durationMs };
  const [failure] = result.failures;
  if (failure !== undefined && gate.builtinErrors === "close") {
    return { status: "error", message: failureMessage(failure, result.failures.length), durationMs };
  }
  try {
    return { status: "stated", statement: parseStatement(result.value), durationMs };
  } catch (error) {
    return { status: "error", message: messageOf(error), durationMs };
  }
}

/** Loads a bundle into a runtime. */
export async function openEvaluation(runtime: PolicyRuntime, located: LocatedBundle): Promise<EvaluationSession> {
  const { bundle, wasmSources } = located;
  await runtime.load(bundle.modules.map((module, index) => ({ ...module, wasm: wasmSources[index] ?? "" })));
  /** Gates with the same needs see the same input; the runtime parses it once for those that are asked in a row. */
  let last:
    | {
        readonly documents: readonly EvidenceDocument[];
        readonly about: string;
        readonly input: Uint8Array<ArrayBuffer>;
      }
    | undefined;
  const gates = new Map(bundle.gates.map((gate) => [gate.id, gate]));

  async function ask(
    gate: BundledGate,
    input: Uint8Array<ArrayBuffer>,
    parameters: Readonly<Record<string, unknown>>,
    nowMs: number,
  ): Promise<GateEvaluation> {
    // What a policy of Conftest finds below data is no business of other gates.
    const others = gate.conftest === undefined ? {} : bundle.conftestData;
    const data = { ...others, params: { [gate.id]: parameters } };
    return evaluationOf(
      gate,
      await runtime.evaluate({ policy: gate.module, entrypoint: gate.entrypoint, input, data, nowMs }),
    );
  }

  return {
    gate(id) {
      const gate = gates.get(id);
      if (gate === undefined) throw new GateError("internal", `the bundle has no gate "${id}"`);
      return gate;
    },
    async proveCanary(gate) {
      const { canary } = gate;
      if (canary === null) {
        throw new GateError(
          "policy-invalid",
          `the gate "${gate.id}" has no known-bad example, so it cannot be mandatory`,
          {
            hint: `Mark a failing case with \`canary: true\` in an examples.yaml beside ${gate.path}.`,
          },
        );
      }
      const parameters = { ...defaultParameters(gate), ...canary.parameters };
      const nowMs = Date.parse(EXAMPLE_CONTEXT.time);
      const evaluation = await ask(gate, toJson(canary.input), parameters, nowMs);
      if (evaluation.status === "stated" && evaluation.statement.violations.length > 0) return;
      const why = evaluation.status === "error" ? evaluation.message : "it found nothing wrong with it";
      throw new GateError(
        "policy-engine",
        `the gate "${gate.id}" does not deny its known-bad example "${canary.name}": ${why}`,
        {
          hint: `Run \`gate policy test\` and mend ${gate.path}.`,
        },
      );
    },
    evaluate(gate, documents, parameters, context, nowMs) {
      const question = { documents, about: JSON.stringify([gate.evidence, context]) };
      if (last?.documents !== documents || last.about !== question.about) {
        last = { ...question, input: toJson(gateInput(gate, documents, context)) };
      }
      return ask(gate, last.input, parameters, nowMs);
    },
  };
}

/** An input as the runtime takes it. */
export function toJson(value: object): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value));
}

/** A rule that needs the value of a call that failed does not fire, which looks like a clean scan. */
function failureMessage({ name, message }: BuiltinFailure, count: number): string {
  const more = count > 1 ? ` (and ${count - 1} more)` : "";
  return `the built-in function ${name} failed, so a rule may not have fired: ${message}${more}`;
}
