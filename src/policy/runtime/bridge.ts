import { readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { type Handler, instantiate } from "../../util/reactor.ts";
import type { WireBuiltin, WireBuiltinRequest, WireResponse } from "../toolchain/protocol.ts";
import type { HostAnswer } from "./instance.ts";

/** OPA's own built-ins, for the ones that neither compiled policies nor this program implement. */
export interface BuiltinBridge {
  /**
   * @param args as compiled policies write values
   * @throws {Error} where OPA ends an evaluation instead of leaving a value undefined
   */
  call(name: string, args: readonly string[]): HostAnswer;
  /** Begins another evaluation, with its own clock. Within one, OPA answers some calls from a cache. */
  begin(nowMs: number): void;
}

/**
 * The toolchain's module in this thread; it is loaded by the first call.
 *
 * @param wasm path of toolchain.wasm
 */
export function createBridge(wasm: string): BuiltinBridge {
  let handler: Handler | undefined;
  let evaluation = 0;
  let time = 0n;

  function load(): Handler {
    // Go's functions are so large that optimising them takes longer than all calls of a check.
    setFlagsFromString("--liftoff-only");
    return instantiate(new WebAssembly.Module(readFileSync(wasm)), {
      write: () => undefined,
      // What asks for the time, such as the verification of a certificate, gets that of the decision.
      realtime: () => time,
      monotonic: () => BigInt(Math.round(performance.now() * 1e6)),
    });
  }

  return {
    begin(nowMs) {
      evaluation += 1;
      time = BigInt(nowMs) * 1_000_000n;
    },
    call(name, args) {
      handler ??= load();
      const request: WireBuiltinRequest = { op: "builtin", name, args, evaluation, timeNs: String(time) };
      const answer = handler(new TextEncoder().encode(JSON.stringify(request)));
      const response: WireResponse<WireBuiltin> = JSON.parse(new TextDecoder().decode(answer));
      if (!response.ok) throw new Error(`${name}: ${response.error.message}`);
      const { defined, value, error } = response.result;
      return defined ? { value } : { failure: error ?? "it has no value" };
    },
  };
}
