import { Worker } from "node:worker_threads";
import { messageOf } from "../../util/errors.ts";
import type { Reply, Request } from "./protocol.ts";

/** An answer of the worker, or why there is none. */
export type Answer = Reply | { readonly type: "lost"; readonly message: string; readonly timedOut: boolean };

/** A worker that answers one request at a time. */
export interface Thread {
  /** Never rejects: a worker that is gone, or too slow, is an answer too. */
  ask(request: Request, timeLimitMs: number): Promise<Answer>;
  terminate(): Promise<void>;
}

/** Starts a worker; it does not keep the process alive. */
export function startThread(path: string): Thread {
  const worker = new Worker(path, { stdin: false, stdout: false, stderr: false, env: {} });
  let ended: { readonly message: string; readonly timedOut: boolean } | undefined;
  let settle: ((answer: Answer) => void) | undefined;
  const finish = (answer: Answer): void => {
    settle?.(answer);
    settle = undefined;
  };
  const lose = (message: string, timedOut = false): void => {
    ended ??= { message, timedOut };
    finish({ type: "lost", ...ended });
  };
  worker.on("message", (reply: Reply) => finish(reply));
  worker.on("error", (error) => lose(`the evaluation ended the worker: ${messageOf(error)}`));
  worker.on("exit", () => lose("the worker ended without an answer"));
  // After the listeners, for adding one takes it back. While an answer is awaited, its timer keeps the process alive.
  worker.unref();
  return {
    async ask(request, timeLimitMs) {
      if (ended !== undefined) return { type: "lost", ...ended };
      const { promise, resolve } = Promise.withResolvers<Answer>();
      settle = resolve;
      const timer = setTimeout(() => lose(`no result within ${timeLimitMs} ms`, true), timeLimitMs);
      worker.postMessage(request);
      const answer = await promise;
      clearTimeout(timer);
      return answer;
    },
    async terminate() {
      ended ??= { message: "the worker was ended", timedOut: false };
      await worker.terminate();
    },
  };
}

let started: { readonly path: string; readonly thread: Thread } | undefined;

/** Starts a worker before anybody asks for it, so that it boots while the program is still loading. */
export function prestartThread(path: string): void {
  started = { path, thread: startThread(path) };
}

/** The worker that was started ahead, if there is one, else a new one. */
export function takeThread(path: string): Thread {
  const ready = started;
  started = undefined;
  return ready?.path === path ? ready.thread : startThread(path);
}
