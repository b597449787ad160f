import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { execPath } from "node:process";
import type { Readable, Writable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { messageOf } from "../../util/errors.ts";
import { parseValue, valueText } from "../builtins/value.ts";
import { failureToError, ToolchainError } from "./error.ts";
import {
  createFrameReader,
  frame,
  type RegoToolchain,
  type WireArchive,
  type WireBuild,
  type WireBuildTests,
  type WireBuiltin,
  type WireRequest,
  type WireResponse,
} from "./protocol.ts";

export interface ToolchainClientOptions {
  /** Path of toolchain.wasm. */
  readonly wasm: string;
  /** Path of the child's entry: child.ts, or what it was bundled to. */
  readonly child: string;
  /** For each request, in milliseconds, the start of the child included; default 60000. */
  readonly timeoutMs?: number;
  /**
   * Whether there will be many requests. Only then does V8 optimise the module: that takes longer than one request does,
   * and makes the ones after it faster by a third.
   */
  readonly busy?: boolean;
}

const DEFAULT_TIMEOUT_MS = 60_000;
const UNOPTIMISED = ["--liftoff-only"];
const STDERR_LIMIT = 16_384;

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/** Requests to a module in a child process, and its end. */
export interface ToolchainChannel<Message extends { readonly op: string }> {
  /** Sends one request; rejects with a {@link ToolchainError} where there is no result. */
  readonly request: <T>(message: Message) => Promise<T>;
  /** Ends the process. Requests under way are rejected. */
  readonly close: () => Promise<void>;
}

/** A running child. It handles one request at a time. */
interface Worker {
  /** Sends one request and gives the raw answer; rejects when the process ends before that. */
  ask(op: string, request: Uint8Array): Promise<Uint8Array>;
  /** Ends the process; resolves when it is gone. */
  kill(): Promise<void>;
}

/**
 * A module in a child process, which is started by the first request, kept for the next ones, and replaced after a
 * time-out or a crash. Requests are handled one after the other.
 */
export function openChannel<Message extends { readonly op: string }>(
  options: ToolchainClientOptions,
): ToolchainChannel<Message> {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  let worker: Worker | undefined;
  let queue: Promise<unknown> = Promise.resolve();
  let closed = false;

  function request<T>(message: Message): Promise<T> {
    const answer = queue.then(() => send<T>(message));
    queue = answer.catch(() => undefined);
    return answer;
  }

  async function send<T>(message: Message): Promise<T> {
    if (closed) throw closedError();
    const current = worker ?? startWorker(options);
    worker = current;
    const response = parse<T>(await exchange(current, message));
    if (response.ok) return response.result;
    // What a panic left behind in the module's memory is not to be trusted.
    if (response.error.code === "panic") await discard(current);
    throw failureToError(message.op, response.error);
  }

  async function exchange(current: Worker, message: Message): Promise<Uint8Array> {
    const limit = new AbortController();
    try {
      return await Promise.race([
        current.ask(message.op, new TextEncoder().encode(JSON.stringify(message))),
        timeLimit(message.op, timeoutMs, limit.signal),
      ]);
    } catch (thrown) {
      await discard(current);
      throw closed ? closedError() : thrown;
    } finally {
      limit.abort();
    }
  }

  async function discard(current: Worker): Promise<void> {
    if (worker === current) worker = undefined;
    await current.kill();
  }

  async function close(): Promise<void> {
    closed = true;
    if (worker !== undefined) await discard(worker);
  }

  return { request, close };
}

/** The toolchain in a child process. */
export function createToolchain(options: ToolchainClientOptions): RegoToolchain {
  const { request, close } = openChannel<WireRequest>(options);
  return {
    version: () => request({ op: "version" }),
    capabilities: () => request({ op: "capabilities" }),
    inspect: (modules) => request({ op: "inspect", modules }),
    check: async (check) => {
      await request({ ...check, op: "check" });
    },
    build: async (build) => {
      const { wasm, ...rest } = await request<WireBuild>({ ...build, op: "build" });
      return { ...rest, wasm: decodeBase64(wasm) };
    },
    test: (test) => request({ ...test, op: "test" }),
    buildTests: async (build) => {
      const { wasm, ...rest } = await request<WireBuildTests>({ ...build, op: "buildTests" });
      return { ...rest, wasm: decodeBase64(wasm) };
    },
    format: (modules) => request({ op: "format", modules }),
    builtin: async (name, args) => {
      const { defined, value, error } = await request<WireBuiltin>({ op: "builtin", name, args: args.map(valueText) });
      return { value: defined ? parseValue(value) : undefined, ...(error !== undefined && { error }) };
    },
    mutants: (modules) => request({ op: "mutants", modules }),
    bundle: async (bundle) => decodeBase64((await request<WireArchive>({ ...bundle, op: "bundle" })).archive),
    sign: async ({ archive, key, algorithm, keyId }) => {
      const message = { op: "sign", archive: encodeBase64(archive), key, algorithm, keyId } as const;
      return decodeBase64((await request<WireArchive>(message)).archive);
    },
    verify: ({ archive, key, algorithm }) => request({ op: "verify", archive: encodeBase64(archive), key, algorithm }),
    readBundle: (archive) => request({ op: "readBundle", archive: encodeBase64(archive) }),
    close,
  };
}

async function timeLimit(op: string, timeoutMs: number, signal: AbortSignal): Promise<never> {
  await delay(timeoutMs, undefined, { signal });
  throw new ToolchainError("toolchain-timeout", `the Rego toolchain took more than ${timeoutMs} ms to ${op}`, {
    hint: "Look for a policy or a test that does not end, or raise the time limit.",
  });
}

function startWorker(options: ToolchainClientOptions): Worker {
  const { wasm, child, busy = false } = options;
  const nodeOptions = busy ? [] : UNOPTIMISED;
  // An empty environment: NODE_OPTIONS and the like are for this process, and the child needs none of the rest.
  const process: Child = spawn(execPath, [...nodeOptions, child, wasm], { env: {}, stdio: ["pipe", "pipe", "pipe"] });
  const ended = once(process, "close");
  // A process that could not be started emits an error instead; ask() reports it.
  ended.catch(() => undefined);

  const reader = createFrameReader();
  let waiting: { resolve(answer: Uint8Array): void; reject(reason: unknown): void } | undefined;
  let stderr = "";
  let failure: string | undefined;

  process.stdout.on("data", (chunk: Buffer) => {
    for (const answer of reader.push(chunk)) waiting?.resolve(answer);
  });
  process.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr = (stderr + text).slice(0, STDERR_LIMIT);
  });
  // A write to a process that has just ended fails; its end says why.
  process.stdin.on("error", () => undefined);
  process.on("error", (error) => end(messageOf(error)));
  process.on("close", (code, signal) => end(signal === null ? `exit code ${code}` : `signal ${signal}`));

  function end(reason: string): void {
    const what = summaryOf(stderr);
    failure ??= what === "" ? reason : `${reason}: ${what}`;
    waiting?.reject(failure);
  }

  async function ask(op: string, request: Uint8Array): Promise<Uint8Array> {
    try {
      return await new Promise((resolve, reject) => {
        if (failure !== undefined) return reject(failure);
        waiting = { resolve, reject };
        process.stdin.write(frame(request));
      });
    } catch (reason) {
      const message = `the Rego toolchain ended during ${op} (${messageOf(reason)})`;
      throw new ToolchainError("toolchain-failed", message, { cause: stderr });
    } finally {
      waiting = undefined;
    }
  }

  async function kill(): Promise<void> {
    process.kill("SIGKILL");
    await ended.catch(() => undefined);
  }

  return { ask, kill };
}

/** The line that says what went wrong, without the stack around it: of Node.js, or of Go. */
function summaryOf(stderr: string): string {
  const lines = stderr.trim().split("\n");
  return lines.find((line) => /^(\w*Error|fatal error|panic)\b.*: /.test(line)) ?? lines[0] ?? "";
}

function parse<T>(answer: Uint8Array): WireResponse<T> {
  return JSON.parse(new TextDecoder().decode(answer));
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(text, "base64"));
}

function encodeBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

function closedError(): ToolchainError {
  return new ToolchainError("toolchain-failed", "the Rego toolchain has been closed");
}
