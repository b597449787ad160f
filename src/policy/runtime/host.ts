import { existsSync } from "node:fs";
import { type Builtin, FAST_BUILTINS, nowNs } from "../builtins/index.ts";
import { parseValue, valueText } from "../builtins/value.ts";
import { alternativeTo } from "../capabilities.ts";
import { createBridge } from "./bridge.ts";
import type { BuiltinFailure, HostFunction } from "./instance.ts";

/** The functions that compiled policies call on this program, and what their calls of one evaluation have in common. */
export interface PolicyHost {
  /** @throws {Error} where there is no such function */
  readonly find: (name: string) => HostFunction;
  /** Begins an evaluation with its frozen clock. */
  begin(nowMs: number): void;
  /** The calls since then that failed, each kind once. */
  failures(): readonly BuiltinFailure[];
}

const MAX_FAILURES = 20;

/** @param toolchain path of toolchain.wasm; where it does not exist, only the built-ins in TypeScript can be called */
export function createHost(toolchain: string | undefined): PolicyHost {
  const bridge = toolchain === undefined || !existsSync(toolchain) ? undefined : createBridge(toolchain);
  let now = 0;
  let failed: BuiltinFailure[] = [];

  function fastFunction(name: keyof typeof FAST_BUILTINS): HostFunction {
    const builtin: Builtin = FAST_BUILTINS[name];
    return (args) => {
      const value = builtin(...args.map(parseValue));
      return value === undefined ? ask(name, args) : { value: valueText(value) };
    };
  }

  function ask(name: string, args: readonly string[]): ReturnType<HostFunction> {
    const answer = bridge?.call(name, args) ?? { failure: "the arguments are not valid" };
    if ("failure" in answer && failed.length < MAX_FAILURES) failed.push({ name, message: answer.failure });
    return answer;
  }

  return {
    find(name) {
      if (name === "time.now_ns") return () => ({ value: valueText(nowNs(now)) });
      if (isFast(name)) return fastFunction(name);
      if (alternativeTo(name) !== undefined || bridge === undefined) {
        throw new Error(`the policy calls ${name}, which this runtime does not have`);
      }
      return (args) => ask(name, args);
    },
    begin(nowMs) {
      now = nowMs;
      failed = [];
      bridge?.begin(nowMs);
    },
    failures: () => failed,
  };
}

function isFast(name: string): name is keyof typeof FAST_BUILTINS {
  return Object.hasOwn(FAST_BUILTINS, name);
}
