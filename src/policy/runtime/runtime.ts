import { Worker } from "node:worker_threads";
import { GateError, messageOf } from "../../util/errors.ts";
import type { LoadMessage, Reply, Request } from "./protocol.ts";

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
  let thread: Thread | undefined = startThread(options.worker);
  let policy: CompiledPolicy | undefined;
  let queue: Promise<unknown> = Promise.resolve();

  async function loadedThread(): Promise<Thread> {
    if (policy === undefined) throw new GateError("policy-engine", "no policy is loaded");
    if (thread === undefined) {
      thread = startThread(options.worker);
      await loadInto(thread, policy);
    }
    return thread;
  }

  async function loadInto(target: Thread, compiled: CompiledPolicy): Promise<void> {
    const message: LoadMessage = { type: "load", ...compiled, memoryLimitBytes: options.memoryLimitBytes };
    const reply = await target.ask(message, [], options.timeLimitMs);
    if (reply.type === "loaded") return;
    throw new GateError("policy-engine", `the compiled policy cannot be loaded: ${describe(reply)}`, {
      hint: "Delete the cache with `gate policy cache --clear` and run again.",
    });
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
      policy = compiled;
      if (thread !== undefined) await loadInto(thread, compiled);
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

/** An answer of the worker, or why there is none. */
type Answer = Reply | { readonly type: "lost"; readonly message: string };

interface Thread {
  ask(request: Request, transfer: readonly ArrayBuffer[], timeLimitMs: number): Promise<Answer>;
  terminate(): Promise<void>;
}

function startThread(path: string): Thread {
  const worker = new Worker(path, { stdin: false, stdout: false, stderr: false, env: {} });
  worker.unref();
  let ended: string | undefined;
  let settle: ((answer: Answer) => void) | undefined;
  const finish = (answer: Answer): void => {
    settle?.(answer);
    settle = undefined;
  };
  const lose = (message: string): void => {
    ended ??= message;
    finish({ type: "lost", message: ended });
  };
  worker.on("message", (reply: Reply) => finish(reply));
  worker.on("error", (error) => lose(`the evaluation ended the worker: ${messageOf(error)}`));
  worker.on("exit", () => lose("the worker ended without an answer"));
  return {
    async ask(request, transfer, timeLimitMs) {
      if (ended !== undefined) return { type: "lost", message: ended };
      const { promise, resolve } = Promise.withResolvers<Answer>();
      settle = resolve;
      const timer = setTimeout(() => lose(`no result within ${timeLimitMs} ms`), timeLimitMs);
      worker.postMessage(request, [...transfer]);
      const answer = await promise;
      clearTimeout(timer);
      return answer;
    },
    async terminate() {
      ended ??= "the worker was ended";
      await worker.terminate();
    },
  };
}

function describe(answer: Answer): string {
  return answer.type === "error" || answer.type === "lost" ? answer.message : `unexpected answer "${answer.type}"`;
}

/** The SDK takes any view that is not exactly an ArrayBuffer for an object to be serialised. */
function exactBuffer(text: string): ArrayBuffer {
  const bytes = new TextEncoder().encode(text);
  return bytes.byteLength === bytes.buffer.byteLength ? bytes.buffer : bytes.slice().buffer;
}
