import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { createParsers, type FileParsers } from "../../util/parsers.ts";
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

/**
 * @param toolchain path of toolchain.wasm; where it does not exist, only the built-ins in TypeScript can be called. The
 *   parsers of Conftest are beside it
 */
export function createHost(toolchain: string | undefined): PolicyHost {
  const bridge = toolchain === undefined || !existsSync(toolchain) ? undefined : createBridge(toolchain);
  let parsers: FileParsers | undefined;
  let now = 0;
  let failed: BuiltinFailure[] = [];

  function fastFunction(name: keyof typeof FAST_BUILTINS): HostFunction {
    const builtin: Builtin = FAST_BUILTINS[name];
    return (args) => {
      const value = builtin(...args.map(parseValue));
      return value === undefined ? ask(name, args) : { value: valueText(value) };
    };
  }

  /** Conftest's `parse_config`. */
  function parseConfig(args: readonly string[]): ReturnType<HostFunction> {
    const [parser, text] = args.map(parseValue);
    if (typeof parser !== "string" || typeof text !== "string") return fail("parse_config", "an argument is no text");
    parsers ??= createParsers(join(dirname(toolchain ?? ""), "parsers.wasm"));
    const parsed = parsers({ by: { parser }, content: new TextEncoder().encode(text) });
    if (parsed.status === "parsed") return { value: JSON.stringify(parsed.value) };
    const why = parsed.status === "malformed" ? parsed.message : `there is no parser "${parser}"`;
    return fail("parse_config", why);
  }

  function fail(name: string, message: string): ReturnType<HostFunction> {
    if (failed.length < MAX_FAILURES) failed.push({ name, message });
    return { failure: message };
  }

  function ask(name: string, args: readonly string[]): ReturnType<HostFunction> {
    const answer = bridge?.call(name, args) ?? { failure: "the arguments are not valid" };
    return "failure" in answer ? fail(name, answer.failure) : answer;
  }

  return {
    find(name) {
      if (name === "time.now_ns") return () => ({ value: valueText(nowNs(now)) });
      if (isFast(name)) return fastFunction(name);
      if (name === "parse_config") return parseConfig;
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
