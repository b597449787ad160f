import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { locateInstallation } from "../../src/installation.ts";
import {
  compareValues,
  isArray,
  isObject,
  isSet,
  parseValue,
  type RegoValue,
  sorted,
  valueText,
} from "../../src/policy/builtins/value.ts";
import { alternativeTo, gateCapabilities } from "../../src/policy/capabilities.ts";
import { createHost } from "../../src/policy/runtime/host.ts";
import { instantiatePolicy } from "../../src/policy/runtime/instance.ts";
import { ToolchainError } from "../../src/policy/toolchain/error.ts";
import type { BuiltPolicy, Capabilities, RegoToolchain } from "../../src/policy/toolchain/protocol.ts";

/** One of OPA's compliance cases: toolchain/conformance/main.go. */
export interface ConformanceCase {
  readonly note: string;
  readonly modules: readonly string[];
  readonly query: string;
  readonly data: unknown;
  readonly input?: string;
  readonly defined?: boolean;
  /** The bindings of the query's variables. */
  readonly result: readonly RegoValue[] | undefined;
  readonly wantsError: boolean;
  readonly strict: boolean;
  readonly sorted: boolean;
}

/**
 * What came of a case. `refused` calls a built-in that gates may not, and `strict` expects an error of a built-in that
 * compiled policies implement themselves, which is undefined there as it is in OPA by default: neither can be compared.
 */
export interface Outcome {
  readonly verdict: "passed" | "refused" | "strict" | "failed";
  readonly why: string;
  /** The functions of the host that it calls. */
  readonly builtins: readonly string[];
}

/**
 * All cases of the OPA that the toolchain is built from.
 *
 * @param root folder of this repository
 */
export function readCases(root: string): readonly ConformanceCase[] {
  const output = execFileSync("go", ["run", "./conformance"], {
    cwd: join(root, "toolchain"),
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  return output
    .trimEnd()
    .split("\n")
    .map((line) => ({ ...(JSON.parse(line) as ConformanceCase), result: expectedResult(line) }));
}

/** JSON.parse would round the numbers that are expected. */
function expectedResult(line: string): readonly RegoValue[] | undefined {
  const subject = parseValue(line);
  const result = isObject(subject) ? [...subject].find(([key]) => key === "result")?.[1] : undefined;
  return result !== undefined && isArray(result) ? result : undefined;
}

const ENTRYPOINT = "conformance_query/result";
const MEMORY_PAGES = { initial: 64, maximum: 4096 } as const;
/** Any time will do; the cases compare what it gives with itself. */
const NOW_MS = Date.UTC(2026, 0, 1);
const host = createHost(locateInstallation(join(import.meta.dirname, "../../src")).toolchain.wasm);

/** Compiles a case as gates are compiled, and runs it as they run. */
export async function runCase(subject: ConformanceCase, toolchain: RegoToolchain, opa: Capabilities): Promise<Outcome> {
  const modules = [...subject.modules, subject.query].map((source, index) => ({ path: `${index}.rego`, source }));
  let built: BuiltPolicy;
  try {
    built = await toolchain.build({ modules, entrypoints: [ENTRYPOINT], capabilities: gateCapabilities(opa) });
  } catch (error) {
    if (!(error instanceof ToolchainError)) throw error;
    return { ...notBuilt(subject, error), builtins: [] };
  }
  return { ...evaluate(subject, built), builtins: built.builtins };
}

type Judged = Pick<Outcome, "verdict" | "why">;

function notBuilt({ wantsError }: ConformanceCase, error: ToolchainError): Judged {
  const refused = error.regoIssues.find(({ code }) => code === "unsupported_builtin");
  if (refused !== undefined && error.regoIssues.every(({ code }) => code === "unsupported_builtin")) {
    return { verdict: "refused", why: refused.message };
  }
  return wantsError ? { verdict: "passed", why: "" } : { verdict: "failed", why: `not built: ${error.message}` };
}

function evaluate(subject: ConformanceCase, built: BuiltPolicy): Judged {
  const refused = built.builtins.find((name) => alternativeTo(name) !== undefined);
  if (refused !== undefined) return { verdict: "refused", why: refused };
  let text: string;
  try {
    const memory = new WebAssembly.Memory(MEMORY_PAGES);
    const policy = instantiatePolicy(new WebAssembly.Module(built.wasm), memory, host.find);
    policy.setInput(subject.input === undefined ? undefined : new TextEncoder().encode(subject.input));
    host.begin(NOW_MS);
    text = policy.evaluate(ENTRYPOINT, JSON.stringify(subject.data), "rego");
  } catch (error) {
    return subject.wantsError ? { verdict: "passed", why: "" } : { verdict: "failed", why: `error: ${String(error)}` };
  }
  if (subject.wantsError) return judgeError(subject, text);
  return judgeResult(subject, bindingsOf(text), text);
}

function judgeError({ strict }: ConformanceCase, text: string): Judged {
  const [failure] = host.failures();
  if (strict && failure !== undefined) return { verdict: "passed", why: "" };
  return { verdict: strict ? "strict" : "failed", why: `no error but ${text}` };
}

function judgeResult(subject: ConformanceCase, actual: readonly RegoValue[], text: string): Judged {
  if (subject.result === undefined) {
    const defined = actual.length > 0;
    if (defined === (subject.defined ?? false)) return { verdict: "passed", why: "" };
    return { verdict: "failed", why: `it is ${defined ? "" : "un"}defined` };
  }
  const inOrder = (value: RegoValue): RegoValue => (subject.sorted ? withSortedArrays(value) : value);
  const expected = distinct(subject.result.map(inOrder));
  const found = distinct(actual.map((binding) => inOrder(withoutSets(binding))));
  if (compareValues(expected, found) === 0) return { verdict: "passed", why: "" };
  return { verdict: "failed", why: `${text.slice(0, 300)} instead of ${valueText(subject.result).slice(0, 300)}` };
}

/** The members of the set that is the result. */
function bindingsOf(text: string): readonly RegoValue[] {
  const results = parseValue(text);
  if (!isSet(results)) throw new Error(`no set of results: ${text}`);
  const [result] = results;
  const value = result !== undefined && isObject(result) ? [...result.values()][0] : undefined;
  return value !== undefined && isSet(value) ? [...value] : [];
}

/** As `ast.JSON` gives values to OPA's own runner of these cases: sets are arrays in order, and keys are strings. */
function withoutSets(value: RegoValue): RegoValue {
  if (isSet(value)) return sorted(value).map(withoutSets);
  if (isArray(value)) return value.map(withoutSets);
  if (isObject(value)) {
    return new Map(Array.from(value, ([key, member]) => [keyText(key), withoutSets(member)] as const));
  }
  return value;
}

function keyText(key: RegoValue): string {
  return typeof key === "string" ? key : valueText(withoutSets(key));
}

function withSortedArrays(value: RegoValue): RegoValue {
  if (isObject(value)) {
    return new Map([...value].map(([key, member]) => [key, isArray(member) ? sorted(member) : member]));
  }
  return value;
}

/** The query is a set of bindings here, so that those that are equal are one. */
function distinct(bindings: readonly RegoValue[]): readonly RegoValue[] {
  const inOrder = sorted(bindings);
  return inOrder.filter((binding, index) => index === 0 || compareValues(binding, inOrder[index - 1] ?? null) !== 0);
}
