/**
 * The evaluating thread: runs compiled policies through the official SDK, behind the guards that a gate needs. It
 * answers each request once; whatever is thrown becomes an answer of type `error`. It imports as little of Node as it
 * can: what a thread loads is what a check waits for.
 */
import { parentPort } from "node:worker_threads";
import opa, { type LoadedPolicy } from "@open-policy-agent/opa-wasm";
import { messageOf } from "../../util/errors.ts";
import { hostBuiltins } from "../builtins/index.ts";
import type { EvaluateMessage, LoadMessage, Reply, Request } from "./protocol.ts";

const PAGE_BYTES = 65_536;
/** A parsed JSON document needs up to 13.7 times its size in the module's memory (measured). */
const INPUT_EXPANSION = 15;
/** For the module's own tables, the result and the built-ins' arguments. */
const SPARE_PAGES = 32;

let loaded: (LoadMessage & { readonly module: WebAssembly.Module }) | undefined;
let instance: { readonly policy: LoadedPolicy; readonly pages: number } | undefined;
let nowMs = 0;

function load(message: LoadMessage): Reply {
  const known = hostBuiltins(() => nowMs);
  const missing = message.builtins.filter((name) => !Object.hasOwn(known, name));
  // The SDK would only notice when a rule reaches the call.
  if (missing.length > 0) throw new Error(`the policy calls functions that this runtime lacks: ${missing.join(", ")}`);
  loaded = { ...message, module: new WebAssembly.Module(message.bytes) };
  return { type: "loaded" };
}

function evaluate(message: EvaluateMessage): Reply {
  const started = performance.now();
  const policy = policyFor(message.input.byteLength);
  nowMs = message.nowMs;
  try {
    policy.setData(message.data);
    const results = policy.evaluate(message.input, message.entrypoint);
    const first = results[0];
    if (results.length !== 1 || first === undefined) throw new Error(`${message.entrypoint} is undefined`);
    return { type: "value", value: first.result, durationMs: performance.now() - started };
  } catch (error) {
    // The state of the module's memory is not known after an abort.
    instance = undefined;
    throw error;
  }
}

/**
 * An instance whose memory holds the input from the start: growing page by page during a parse takes ten times as long.
 */
function policyFor(inputBytes: number): LoadedPolicy {
  if (loaded === undefined) throw new Error("no policy is loaded");
  const { module, bytes, memoryLimitBytes } = loaded;
  const pages = SPARE_PAGES + Math.ceil((2 * bytes.byteLength + INPUT_EXPANSION * inputBytes) / PAGE_BYTES);
  const limit = Math.floor(memoryLimitBytes / PAGE_BYTES);
  if (pages > limit) {
    const needed = Math.ceil((pages * PAGE_BYTES) / (1 << 20));
    const allowed = Math.floor(memoryLimitBytes / (1 << 20));
    throw new Error(`the evidence is too large: it needs about ${needed} MiB and the limit is ${allowed} MiB`);
  }
  if (instance !== undefined && instance.pages >= pages) return instance.policy;
  const policy = opa.loadPolicySync(
    module,
    { initial: pages, maximum: limit },
    hostBuiltins(() => nowMs),
  );
  instance = { policy, pages };
  return policy;
}

function answer(request: Request): Reply {
  try {
    return request.type === "load" ? load(request) : evaluate(request);
  } catch (error) {
    // The SDK throws strings and plain objects as well.
    return { type: "error", message: messageOf(error) };
  }
}

parentPort?.on("message", (request: Request) => parentPort?.postMessage(answer(request)));
