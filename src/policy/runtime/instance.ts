/** Why a host function gave no value. */
export interface BuiltinFailure {
  readonly name: string;
  readonly message: string;
}

/** What a host function answers: a value as {@link valueText} writes it, or that it is undefined, and why. */
export type HostAnswer = { readonly value: string } | { readonly failure: string };

/** Answers for a built-in that the compiled policy does not implement itself. Arguments are as `opa_value_dump` writes them. */
export type HostFunction = (args: readonly string[]) => HostAnswer;

/** A compiled policy in its own memory. After anything that throws it must not be used again. */
export interface PolicyInstance {
  /**
   * Reads the input of the evaluations to come. It is parsed once, however many rules are asked about it.
   *
   * @param input JSON or Rego in UTF-8; without it, `input` is undefined
   * @throws {Error} where it is not valid
   */
  setInput(input: Uint8Array | undefined): void;
  /**
   * Evaluates a rule.
   *
   * @param entrypoint path of the rule with slashes, without `data`
   * @param data the document below `data`, as JSON
   * @param form of the result: `json` has arrays for sets, in no order; `rego` is read by `parseValue`
   * @returns the text of a set of `{"result": value}`: one, or none where the rule is undefined
   * @throws {Error} where the rules conflict, or the memory is not enough
   */
  evaluate(entrypoint: string, data: string, form: "json" | "rego"): string;
}

interface PolicyExports {
  readonly opa_malloc: (size: number) => number;
  readonly opa_free: (at: number) => void;
  readonly opa_heap_ptr_get: () => number;
  readonly opa_heap_ptr_set: (at: number) => void;
  readonly opa_json_dump: (value: number) => number;
  readonly opa_value_dump: (value: number) => number;
  readonly opa_value_parse: (at: number, length: number) => number;
  readonly opa_eval_ctx_new: () => number;
  readonly opa_eval_ctx_set_input: (context: number, value: number) => void;
  readonly opa_eval_ctx_set_data: (context: number, value: number) => void;
  readonly opa_eval_ctx_set_entrypoint: (context: number, id: number) => void;
  readonly opa_eval_ctx_get_result: (context: number) => number;
  readonly eval: (context: number) => number;
  readonly builtins: () => number;
  readonly entrypoints: () => number;
}

/** The version of the ABI that is spoken here, and the least minor version: https://www.openpolicyagent.org/docs/wasm */
const ABI = { version: 1, minor: 2 } as const;
/** What the ABI says for "undefined". */
const UNDEFINED = 0;

/**
 * Makes a compiled policy ready.
 *
 * @param memory must hold what is to be read from the start: a policy that grows it does so page by page, which takes ten
 *   times as long
 * @param hostFunction finds the function of a name; a throw of it, or of what it finds, ends the evaluation
 */
export function instantiatePolicy(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  hostFunction: (name: string) => HostFunction,
): PolicyInstance {
  let functions: ReadonlyMap<number, HostFunction> = new Map();
  const call = (id: number, _context: number, ...args: readonly number[]): number => {
    const found = functions.get(id);
    if (found === undefined) throw new Error(`the policy calls a function ${id} that it does not declare`);
    const answer = found(args.map((at) => takeText(policy.opa_value_dump(at))));
    return "value" in answer ? parse(new TextEncoder().encode(answer.value)) : UNDEFINED;
  };
  const { exports } = new WebAssembly.Instance(module, {
    env: {
      memory,
      opa_abort: (at: number) => {
        throw new Error(textAt(at));
      },
      opa_println: () => undefined,
      opa_builtin0: call,
      opa_builtin1: call,
      opa_builtin2: call,
      opa_builtin3: call,
      opa_builtin4: call,
    },
  });
  const policy = checkedExports(exports);
  const entrypoints = numbersByName(takeText(policy.opa_json_dump(policy.entrypoints())));
  const builtins = numbersByName(takeText(policy.opa_json_dump(policy.builtins())));
  functions = new Map([...builtins].map(([name, id]) => [id, hostFunction(name)]));
  const base = policy.opa_heap_ptr_get();
  let input = UNDEFINED;
  let afterInput = base;

  // Addresses are unsigned, but arrive as signed numbers.
  function textAt(at: number): string {
    const bytes = new Uint8Array(memory.buffer);
    const from = at >>> 0;
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
      bytes.subarray(from, bytes.indexOf(0, from)),
    );
  }

  function takeText(at: number): string {
    const text = textAt(at);
    policy.opa_free(at);
    return text;
  }

  function parse(bytes: Uint8Array): number {
    const at = policy.opa_malloc(bytes.length);
    new Uint8Array(memory.buffer, at >>> 0, bytes.length).set(bytes);
    const value = policy.opa_value_parse(at, bytes.length);
    policy.opa_free(at);
    // The parser aborts for what is no value; this is for the day on which it does not.
    if (value === UNDEFINED) throw new Error("the policy's runtime cannot read a value that it was given");
    return value;
  }

  return {
    setInput(bytes) {
      policy.opa_heap_ptr_set(base);
      input = bytes === undefined ? UNDEFINED : parse(bytes);
      afterInput = policy.opa_heap_ptr_get();
    },
    evaluate(entrypoint, data, form) {
      const id = entrypoints.get(entrypoint);
      if (id === undefined) throw new Error(`the policy has no entry point ${entrypoint}`);
      // What earlier evaluations left behind is gone; the input stays.
      policy.opa_heap_ptr_set(afterInput);
      const context = policy.opa_eval_ctx_new();
      policy.opa_eval_ctx_set_input(context, input);
      policy.opa_eval_ctx_set_data(context, parse(new TextEncoder().encode(data)));
      policy.opa_eval_ctx_set_entrypoint(context, id);
      if (policy.eval(context) !== 0) throw new Error("the evaluation failed");
      const result = policy.opa_eval_ctx_get_result(context);
      return textAt(form === "json" ? policy.opa_json_dump(result) : policy.opa_value_dump(result));
    },
  };
}

function checkedExports(exports: WebAssembly.Exports): PolicyExports {
  const version = globalValue(exports["opa_wasm_abi_version"]);
  const minor = globalValue(exports["opa_wasm_abi_minor_version"]);
  if (version !== ABI.version || minor === undefined || minor < ABI.minor) {
    throw new Error(
      `the policy speaks version ${version}.${minor} of OPA's WebAssembly ABI, not ${ABI.version}.${ABI.minor}`,
    );
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the ABI of this version has all of them
  return exports as unknown as PolicyExports;
}

function globalValue(exported: WebAssembly.ExportValue | undefined): number | undefined {
  return exported instanceof WebAssembly.Global ? Number(exported.value) : undefined;
}

function numbersByName(json: string): ReadonlyMap<string, number> {
  const numbers: Readonly<Record<string, number>> = JSON.parse(json);
  return new Map(Object.entries(numbers));
}
