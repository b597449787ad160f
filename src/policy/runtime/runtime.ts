import { readFileSync } from "node:fs";
import { sha256 } from "../../evidence/canonical.ts";
import { GateError, messageOf } from "../../util/errors.ts";
import type { BuiltinFailure } from "./instance.ts";
import type { LoadMessage, ValueReply } from "./protocol.ts";
import { type Answer, startThread, type Thread, takeThread } from "./thread.ts";

export interface RuntimeOptions {
  /** Path of `worker.ts`, or of what it was bundled to. */
  readonly worker: string;
  /** For one evaluation, milliseconds. */
  readonly timeLimitMs: number;
  /** Of the module's memory, bytes; at most 4 GiB, which is what its addresses reach. */
  readonly memoryLimitBytes: number;
  /** Path of toolchain.wasm, for the built-ins that only OPA implements. */
  readonly toolchain?: string;
}

export const DEFAULT_TIME_LIMIT_MS = 10_000;
export const DEFAULT_MEMORY_LIMIT_BYTES = 1 << 30;

export interface CompiledPolicy {
  /** The compiled module, or the path of its file. */
  readonly wasm: string | Uint8Array<ArrayBuffer>;
  readonly digest: string;
  /** The host functions that it calls. */
  readonly builtins: readonly string[];
}

export interface Evaluation {
  /** Which of the loaded policies is asked. Those of evaluations in a row are best the same. */
  readonly policy: number;
  readonly entrypoint: string;
  /** JSON in UTF-8. Evaluations in a row that pass the same array share what is parsed of it. */
  readonly input: Uint8Array<ArrayBuffer>;
  readonly data: object;
  readonly nowMs: number;
}

/** What came of an evaluation. Nothing is thrown for a policy's fault: an error closes one gate and no other. */
export type EvaluationResult =
  | {
      readonly status: "value";
      readonly value: unknown;
      /** Calls of built-ins that are errors in OPA: to the policy they were undefined, so that a rule may not have fired. */
      readonly failures: readonly BuiltinFailure[];
      readonly durationMs: number;
    }
  | {
      readonly status: "error";
      readonly message: string;
      readonly durationMs: number;
      /** Whether there was no answer within the time limit. */
      readonly timedOut: boolean;
    };

/** Evaluates compiled policies, one after the other, in a worker that is killed and replaced when it does not answer. */
export interface PolicyRuntime {
  /**
   * Must be called before the first evaluation; a later call replaces what was loaded.
   *
   * @throws {GateError} `policy-engine` where a policy cannot be loaded
   */
  load(policies: readonly CompiledPolicy[]): Promise<void>;
  evaluate(evaluation: Evaluation): Promise<EvaluationResult>;
  close(): Promise<void>;
}

/** Starts the worker at once, so that it boots while evidence is read. */
export function createRuntime(options: RuntimeOptions): PolicyRuntime {
  let thread: Thread | undefined = takeThread(options.worker);
  let loading: LoadMessage | undefined;
  let queue: Promise<unknown> = Promise.resolve();
  /** The input that a worker was given last. */
  const holding = new WeakMap<Thread, Uint8Array>();

  async function loadedThread(): Promise<Thread> {
    if (loading === undefined) throw new GateError("policy-engine", "no policy is loaded");
    if (thread === undefined) {
      thread = startThread(options.worker);
      await loadInto(thread, loading);
    }
    return thread;
  }

  async function loadInto(target: Thread, message: LoadMessage): Promise<void> {
    const reply = await target.ask(message, options.timeLimitMs);
    if (reply.type !== "loaded") throw notLoaded(describe(reply));
  }

  async function evaluateNow(evaluation: Evaluation): Promise<EvaluationResult> {
    const started = performance.now();
    const target = await loadedThread();
    const { policy, entrypoint, input, nowMs } = evaluation;
    const data = JSON.stringify(evaluation.data);
    const known = holding.get(target) === input;
    holding.set(target, input);
    const message = { type: "evaluate", policy, entrypoint, data, nowMs, ...(known ? {} : { input }) } as const;
    const reply = await target.ask(message, options.timeLimitMs);
    if (reply.type === "value") return valueOf(reply);
    if (reply.type === "lost") {
      thread = undefined;
      await target.terminate();
    }
    const timedOut = reply.type === "lost" && reply.timedOut;
    return { status: "error", message: describe(reply), durationMs: performance.now() - started, timedOut };
  }

  return {
    async load(compiled) {
      loading = loadMessage(compiled, options);
      if (thread !== undefined) await loadInto(thread, loading);
    },
    evaluate(evaluation) {
      const result = queue.then(() => evaluateNow(evaluation));
      queue = result.catch(() => undefined);
      return result;
    },
    async close() {
      await thread?.terminate();
      thread = undefined;
    },
  };
}

function loadMessage(
  compiled: readonly CompiledPolicy[],
  { memoryLimitBytes, toolchain }: RuntimeOptions,
): LoadMessage {
  const policies = compiled.map(readModule);
  return { type: "load", policies, memoryLimitBytes, ...(toolchain === undefined ? {} : { toolchain }) };
}

function readModule({ wasm, digest, builtins }: CompiledPolicy): LoadMessage["policies"][number] {
  try {
    const bytes = typeof wasm === "string" ? readFileSync(wasm) : wasm;
    const actual = sha256(bytes);
    if (actual !== digest) throw new Error(`the module has the digest ${actual}, not ${digest}`);
    return { bytes, builtins };
  } catch (error) {
    throw notLoaded(messageOf(error));
  }
}

function notLoaded(reason: string): GateError {
  return new GateError("policy-engine", `the compiled policy cannot be loaded: ${reason}`, {
    hint: "Delete the cache folder (GATE_CACHE_DIR, by default ~/.cache/gate) and run again.",
  });
}

function describe(answer: Answer): string {
  return answer.type === "error" || answer.type === "lost" ? answer.message : `unexpected answer "${answer.type}"`;
}

/** The one binding of the result. */
function valueOf({ json, failures, durationMs }: ValueReply): EvaluationResult {
  const [binding]: readonly { readonly result: unknown }[] = JSON.parse(json);
  return { status: "value", value: binding?.result, failures, durationMs };
}
