import { parseValue, type RegoValue } from "../../src/policy/builtins/value.ts";
import { createHost } from "../../src/policy/runtime/host.ts";
import { instantiatePolicy } from "../../src/policy/runtime/instance.ts";
import { installation } from "../support.ts";

const host = createHost(installation.toolchain.wasm);

export interface Asked {
  readonly wasm: Uint8Array<ArrayBuffer>;
  readonly entrypoint: string;
  /** JSON or Rego; default: undefined. */
  readonly input?: string;
  /** Default: empty. */
  readonly data?: object;
}

/** What a rule of a compiled policy is, in the runtime of the gates; undefined where it is undefined. */
export function evaluateRule({ wasm, entrypoint, input, data = {} }: Asked): RegoValue | undefined {
  const memory = new WebAssembly.Memory({ initial: 64, maximum: 4096 });
  const policy = instantiatePolicy(new WebAssembly.Module(wasm), memory, host.find);
  policy.setInput(input === undefined ? undefined : new TextEncoder().encode(input));
  host.begin(0);
  const results = parseValue(policy.evaluate(entrypoint, JSON.stringify(data), "rego"));
  const [binding] = results instanceof Set ? results : [];
  return binding instanceof Map ? [...binding.values()][0] : undefined;
}
