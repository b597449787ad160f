import { existsSync, readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { GateError, messageOf } from "./errors.ts";
import { type Handler, instantiate } from "./reactor.ts";

/** What a parser of Conftest made of a file, or why there is nothing. */
export type ParsedFile =
  | { readonly status: "parsed"; readonly parser: string; readonly value: unknown }
  | { readonly status: "no-parser" }
  | { readonly status: "malformed"; readonly message: string };

/** What is to be parsed: by the parser of a name, or by the one that a file of this name has in Conftest. */
export interface ParseRequest {
  readonly by: { readonly parser: string } | { readonly file: string };
  readonly content: Uint8Array;
}

/** Conftest's own parsers. */
export type FileParsers = (request: ParseRequest) => ParsedFile;

/** An answer of toolchain/parsers/main.go. */
type WireAnswer =
  | { readonly ok: true; readonly result: { readonly parser: string; readonly value: unknown } }
  | { readonly ok: false; readonly error: { readonly code: string; readonly message: string } };

/**
 * Conftest's parsers in this thread; the module is loaded by the first call.
 *
 * @param wasm path of parsers.wasm
 * @throws {GateError} `toolchain-missing` at the first call, where the module was not built
 */
export function createParsers(wasm: string): FileParsers {
  let module: WebAssembly.Module | undefined;
  let handler: Handler | undefined;

  function load(): Handler {
    if (!existsSync(wasm)) {
      throw new GateError("toolchain-missing", "the parsers of Conftest are not part of this installation", {
        hint: "Run `npm run build` with Go installed.",
      });
    }
    // Go's functions are so large that optimising them takes longer than all calls of a check.
    setFlagsFromString("--liftoff-only");
    module ??= new WebAssembly.Module(readFileSync(wasm));
    return instantiate(module, {
      write: () => undefined,
      realtime: () => 0n,
      monotonic: () => BigInt(Math.round(performance.now() * 1e6)),
    });
  }

  return ({ by, content }) => {
    const request = { op: "parse", ...by, content: Buffer.from(content).toString("base64") };
    handler ??= load();
    let answer: WireAnswer;
    try {
      answer = JSON.parse(new TextDecoder().decode(handler(new TextEncoder().encode(JSON.stringify(request)))));
    } catch (error) {
      // What overflows the stack leaves the module's memory in a state that nobody knows.
      handler = undefined;
      return { status: "malformed", message: `the parser gave up: ${messageOf(error)}` };
    }
    if (answer.ok) return { status: "parsed", ...answer.result };
    const { code, message } = answer.error;
    if (code === "no_parser") return { status: "no-parser" };
    if (code === "panic") handler = undefined;
    return { status: "malformed", message: message.split("\n", 1)[0] ?? "" };
  };
}
