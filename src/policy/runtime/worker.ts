/**
 * The evaluating thread: runs compiled policies behind the guards that a gate needs. It answers each request once;
 * whatever is thrown becomes an answer of type `error`. It imports as little of Node as it can: what a thread loads is
 * what a check waits for.
 */
import { parentPort } from "node:worker_threads";
import { messageOf } from "../../util/errors.ts";
import { createHost, type PolicyHost } from "./host.ts";
import { instantiatePolicy, type PolicyInstance } from "./instance.ts";
import type { EvaluateMessage, LoadMessage, Reply, Request } from "./protocol.ts";

const PAGE_BYTES = 65_536;
/** A parsed JSON document needs up to 13.7 times its size in the module's memory (measured). */
const INPUT_EXPANSION = 15;
/** For the module's own tables, the result and the built-ins' arguments. */
const SPARE_PAGES = 32;

interface Loaded {
  readonly message: LoadMessage;
  readonly host: PolicyHost;
  /** Those that have been asked for, by their position: what V8 has compiled of them is kept. */
  readonly modules: Map<number, WebAssembly.Module>;
}

/** One instance at a time: each has its own copy of the input. */
interface Ready {
  readonly index: number;
  readonly policy: PolicyInstance;
  readonly pages: number;
  /** The input that it holds. */
  input: Uint8Array | undefined;
}

let loaded: Loaded | undefined;
let ready: Ready | undefined;
let input = new Uint8Array();

function load(message: LoadMessage): Reply {
  const host = hostFor(message);
  // Compiled policies would only miss one when a rule reaches the call.
  for (const { builtins } of message.policies) for (const name of builtins) host.find(name);
  loaded = { message, host, modules: new Map() };
  ready = undefined;
  return { type: "loaded" };
}

/** A policy that replaces another finds the built-ins of OPA started where that has called one. */
function hostFor({ toolchain }: LoadMessage): PolicyHost {
  return loaded !== undefined && loaded.message.toolchain === toolchain ? loaded.host : createHost(toolchain);
}

function evaluate(message: EvaluateMessage): Reply {
  if (loaded === undefined) throw new Error("no policy is loaded");
  input = message.input ?? input;
  const { policy: index, entrypoint, data, nowMs } = message;
  const { host } = loaded;
  const started = performance.now();
  try {
    const policy = policyWith(loaded, index, input);
    host.begin(nowMs);
    const result = policy.evaluate(entrypoint, data, "json");
    const durationMs = performance.now() - started;
    if (result === "[]") throw new Error(`${entrypoint} is undefined`);
    return { type: "value", json: result, failures: host.failures(), durationMs };
  } catch (error) {
    // The state of the module's memory is not known after an abort.
    ready = undefined;
    throw error;
  }
}

/**
 * An instance that holds the input. Its memory has room for it from the start: growing page by page during a parse takes
 * ten times as long.
 */
function policyWith({ message, host, modules }: Loaded, index: number, wanted: Uint8Array): PolicyInstance {
  const { bytes } = message.policies[index] ?? {};
  if (bytes === undefined) throw new Error(`there is no policy ${index}`);
  const pages = SPARE_PAGES + Math.ceil((2 * bytes.byteLength + INPUT_EXPANSION * wanted.byteLength) / PAGE_BYTES);
  const limit = Math.floor(message.memoryLimitBytes / PAGE_BYTES);
  if (pages > limit) {
    const needed = Math.ceil((pages * PAGE_BYTES) / (1 << 20));
    const allowed = Math.floor(message.memoryLimitBytes / (1 << 20));
    throw new Error(`the evidence is too large: it needs about ${needed} MiB and the limit is ${allowed} MiB`);
  }
  if (ready === undefined || ready.index !== index || ready.pages < pages) {
    ready = undefined;
    const memory = new WebAssembly.Memory({ initial: pages, maximum: limit });
    const module = modules.get(index) ?? new WebAssembly.Module(bytes);
    modules.set(index, module);
    const policy = instantiatePolicy(module, memory, host.find);
    ready = { index, policy, pages, input: undefined };
  }
  if (ready.input !== wanted) {
    ready.policy.setInput(wanted);
    ready.input = wanted;
  }
  return ready.policy;
}

function answer(request: Request): Reply {
  try {
    return request.type === "load" ? load(request) : evaluate(request);
  } catch (error) {
    return { type: "error", message: messageOf(error) };
  }
}

parentPort?.on("message", (request: Request) => parentPort?.postMessage(answer(request)));
