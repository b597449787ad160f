/** What the main thread and the evaluating worker say to each other. */

export interface LoadMessage {
  readonly type: "load";
  /** The compiled policy. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The host functions that it calls. */
  readonly builtins: readonly string[];
  readonly memoryLimitBytes: number;
}

export interface EvaluateMessage {
  readonly type: "evaluate";
  /** Path of the rule with slashes, without `data`. */
  readonly entrypoint: string;
  /** UTF-8 JSON, made by this program: the SDK takes text that is no JSON for an undefined input. */
  readonly input: ArrayBuffer;
  /** The document below `data`. */
  readonly data: object;
  /** The frozen clock, in milliseconds since the epoch. */
  readonly nowMs: number;
}

export type Request = LoadMessage | EvaluateMessage;

export type Reply =
  | { readonly type: "loaded" }
  | { readonly type: "value"; readonly value: unknown; readonly durationMs: number }
  | { readonly type: "error"; readonly message: string };
