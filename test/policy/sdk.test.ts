import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  fromJson,
  isArray,
  isNumber,
  isObject,
  isSet,
  type RegoValue,
  sorted,
  valueText,
} from "../../src/policy/builtins/value.ts";
import { parseExamples } from "../../src/policy/examples.ts";
import { defaultParameters } from "../../src/policy/gate.ts";
import { EXAMPLE_CONTEXT, gateInput } from "../../src/policy/input.ts";
import { loadPolicies } from "../../src/policy/load.ts";
import { readPolicySources } from "../../src/policy/sources.ts";
import { messageOf } from "../../src/util/errors.ts";
import { installation, TEST_CACHE } from "../support.ts";
import { evaluateRule } from "./evaluating.ts";

/** The runtime of the gates, held against the official SDK (docs/decisions/0004-policy-runtime.md). */

interface Sdk {
  loadPolicySync(module: WebAssembly.Module, memory: WebAssembly.MemoryDescriptor): SdkPolicy;
}

interface SdkPolicy {
  setData(data: object): void;
  evaluate(input: object, entrypoint: string): readonly { readonly result: unknown }[];
}

// Its types do not have the default export that it has.
const { default: sdk } = (await import("@open-policy-agent/opa-wasm")) as unknown as { readonly default: Sdk };
const { bundle, wasmSources } = await loadPolicies(
  { builtin: true, folders: [] },
  { installation, variables: {}, cacheFolder: TEST_CACHE },
);
const wasm = new Uint8Array(readFileSync(String(wasmSources[0])));
const sources = await readPolicySources([{ path: installation.policies, label: "policies" }]);
const examples = sources.examples.map(parseExamples);

describe.each(examples)("$gate", ({ gate: id, examples: cases }) => {
  const gate = bundle.gates.find((candidate) => candidate.id === id);

  it.each(cases)("$name", ({ evidence, parameters }) => {
    if (gate === undefined) throw new Error(`there is no gate ${id}`);
    const input = gateInput(gate, evidence, EXAMPLE_CONTEXT);
    const data = { params: { [id]: { ...defaultParameters(gate), ...parameters } } };
    const policy = sdk.loadPolicySync(new WebAssembly.Module(wasm), { initial: 64 });
    policy.setData(data);
    const expected = answerOf(policy, input, gate.entrypoint);
    if (expected === undefined) return;
    const actual = evaluateRule({ wasm, entrypoint: gate.entrypoint, input: JSON.stringify(input), data });
    expect(valueText(inOrder(withDoubles(actual ?? null)))).toBe(valueText(inOrder(fromJson(expected.result))));
  });
});

/** What the SDK says; undefined where the gate calls a built-in that it does not have. */
function answerOf(policy: SdkPolicy, input: object, entrypoint: string): { readonly result: unknown } | undefined {
  try {
    return policy.evaluate(input, entrypoint)[0] ?? { result: undefined };
  } catch (error) {
    if (/^not implemented: built-in function \d+: /.test(messageOf(error))) return undefined;
    throw error;
  }
}

/** The SDK reads numbers as JavaScript does; the runtime keeps every digit that OPA gives. */
function withDoubles(value: RegoValue): RegoValue {
  if (isNumber(value)) return fromJson(Number(valueText(value)));
  if (isSet(value)) return new Set([...value].map(withDoubles));
  if (isArray(value)) return value.map(withDoubles);
  if (!isObject(value)) return value;
  return new Map(Array.from(value, ([key, member]) => [withDoubles(key), withDoubles(member)]));
}

/** The SDK gives sets as arrays in no order. */
function inOrder(value: RegoValue): RegoValue {
  if (value instanceof Set || Array.isArray(value)) return sorted([...value].map(inOrder));
  if (value instanceof Map) return new Map(sorted(value.keys()).map((key) => [key, inOrder(value.get(key) ?? null)]));
  return value;
}
