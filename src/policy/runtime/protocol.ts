import type { BuiltinFailure } from "./instance.ts";

/** What the main thread and the evaluating worker say to each other. */

export interface LoadMessage {
  readonly type: "load";
  /** Compiled modules, and the host functions that each calls. */
  readonly policies: readonly { readonly bytes: Uint8Array<ArrayBuffer>; readonly builtins: readonly string[] }[];
  readonly memoryLimitBytes: number;
  /** Path of toolchain.wasm, whose built-ins stand in for those that are implemented nowhere else. */
  readonly toolchain?: string;
}

export interface EvaluateMessage {
  readonly type: "evaluate";
  /** Which of the loaded policies. */
  readonly policy: number;
  /** Path of the rule with slashes, without `data`. */
  readonly entrypoint: string;
  /** JSON in UTF-8; absent where it is that of the evaluation before. */
  readonly input?: Uint8Array<ArrayBuffer>;
  /** The document below `data`, as JSON. */
  readonly data: string;
  /** The frozen clock, in milliseconds since the epoch. */
  readonly nowMs: number;
}

export type Request = LoadMessage | EvaluateMessage;

/** Of the rule that was asked for, as JSON. */
export interface ValueReply {
  readonly type: "value";
  readonly json: string;
  /** Calls of built-ins that OPA takes for errors: to the policy they were undefined. */
  readonly failures: readonly BuiltinFailure[];
  readonly durationMs: number;
}

export type Reply = { readonly type: "loaded" } | ValueReply | { readonly type: "error"; readonly message: string };
