import { readFileSync } from "node:fs";
import { sha256 } from "../../evidence/canonical.ts";
import { GateError, messageOf } from "../../util/errors.ts";
import type { LoadMessage } from "./protocol.ts";
import { type Answer, startThread, type Thread, takeThread } from "./thread.ts";

export interface RuntimeOptions {
  /** Path of `worker.ts`, or of what it was bundled to. */
  readonly worker: string;
  /** For one evaluation, milliseconds. */
  readonly timeLimitMs: number;
  /** Of the module's memory, bytes. At most 2 GiB: the SDK takes addresses for signed numbers. */
  readonly memoryLimitBytes: number;
}

export const DEFAULT_TIME_LIMIT_MS = 10_000;
export const DEFAULT_MEMORY_LIMIT_BYTES = 1 << 30;

export interface CompiledPolicy {
  readonly wasm: string;
  readonly digest: string;
  readonly builtins: readonly string[];
}

export interface Evaluation {
  readonly entrypoint: string;
  /** An object; it is copied to the worker as JSON. */
  readonly input: object;
  readonly data: object;
  readonly nowMs: number;
}

/** What came of an evaluation. Nothing is thrown for a policy's fault: an error closes one gate and no other. */
export type EvaluationResult =
  | { readonly status: "value"; readonly value: unknown; readonly durationMs: number }
  | { readonly status: "error"; readonly message: string; readonly durationMs: number };

/** Evaluates compiled policies, one after the other, in a worker that is killed and replaced when it does not answer. */
export interface PolicyRuntime {
  /**
   * Must be called once before the first evaluation.
   *
   * @throws {GateError} `policy-engine` where the policy cannot be loaded
   */
  load(policy: CompiledPolicy): Promise<void>;
  evaluate(evaluation: Evaluation): Promise<EvaluationResult>;
  close(): Promise<void>;
}

/** Starts the worker at once, so that it boots while evidence is read. */
export function createRuntime(options: RuntimeOptions): PolicyRuntime {
  let thread: Thread | undefined = takeThread(options.worker);
  let policy: LoadMessage | undefined;
  let queue: Promise<unknown> = Promise.resolve();

  async function loadedThread(): Promise<Thread> {
    if (policy === undefined) throw new GateError("policy-engine", "no policy is loaded");
    if (thread === undefined) {
      thread = startThread(options.worker);
      await loadInto(thread, policy);
    }
    return thread;
  }

  async function loadInto(target: Thread, message: LoadMessage): Promise<void> {
    const reply = await target.ask(message, [], options.timeLimitMs);
    if (reply.type !== "loaded") throw notLoaded(describe(reply));
  }

  async function evaluateNow(evaluation: Evaluation): Promise<EvaluationResult> {
    const started = performance.now();
    const target = await loadedThread();
    const input = exactBuffer(JSON.stringify(evaluation.input));
    const { entrypoint, data, nowMs } = evaluation;
    const reply = await target.ask({ type: "evaluate", entrypoint, input, data, nowMs }, [input], options.timeLimitMs);
    if (reply.type === "value") return { status: "value", value: reply.value, durationMs: reply.durationMs };
    if (reply.type === "lost") {
      thread = undefined;
      await target.terminate();
    }
    return { status: "error", message: describe(reply), durationMs: performance.now() - started };
  }

  return {
    async load(compiled) {
      policy = readModule(compiled, options.memoryLimitBytes);
      if (thread !== undefined) await loadInto(thread, policy);
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

function readModule(compiled: CompiledPolicy, memoryLimitBytes: number): LoadMessage {
  const { wasm, digest, builtins } = compiled;
  try {
    const bytes = readFileSync(wasm);
    const actual = sha256(bytes);
    if (actual !== digest) throw new Error(`${wasm} has the digest ${actual}, not ${digest}`);
    return { type: "load", bytes, builtins, memoryLimitBytes };
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

/** The SDK takes any view that is not exactly an ArrayBuffer for an object to be serialised. */
function exactBuffer(text: string): ArrayBuffer {
  const bytes = new TextEncoder().encode(text);
  return bytes.byteLength === bytes.buffer.byteLength ? bytes.buffer : bytes.slice().buffer;
}
