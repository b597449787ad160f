import type { Capabilities } from "./toolchain/protocol.ts";

/**
 * The built-ins of OPA 1.22 that compiled policies implement themselves, except those that OPA refuses in Rego v1. A test
 * compares the list with the compiler's own.
 */
export const NATIVE_BUILTINS = [
  "abs",
  "and",
  "array.concat",
  "array.flatten",
  "array.reverse",
  "array.slice",
  "assign",
  "base64.decode",
  "base64.encode",
  "base64.is_valid",
  "base64url.decode",
  "base64url.encode",
  "bits.and",
  "bits.lsh",
  "bits.negate",
  "bits.or",
  "bits.rsh",
  "bits.xor",
  "ceil",
  "concat",
  "contains",
  "count",
  "div",
  "endswith",
  "eq",
  "equal",
  "floor",
  "format_int",
  "glob.match",
  "graph.reachable",
  "gt",
  "gte",
  "indexof",
  "internal.member_2",
  "internal.member_3",
  "internal.template_string",
  "intersection",
  "is_array",
  "is_boolean",
  "is_null",
  "is_number",
  "is_object",
  "is_set",
  "is_string",
  "json.filter",
  "json.is_valid",
  "json.marshal",
  "json.remove",
  "json.unmarshal",
  "lower",
  "lt",
  "lte",
  "max",
  "min",
  "minus",
  "mul",
  "neq",
  "net.cidr_contains",
  "net.cidr_intersects",
  "numbers.range",
  "object.filter",
  "object.get",
  "object.keys",
  "object.remove",
  "object.union",
  "object.union_n",
  "or",
  "plus",
  "product",
  "regex.find_all_string_submatch_n",
  "regex.is_valid",
  "regex.match",
  "rem",
  "replace",
  "round",
  "sort",
  "split",
  "startswith",
  "strings.replace_n",
  "strings.reverse",
  "substring",
  "sum",
  "to_number",
  "trim",
  "trim_left",
  "trim_prefix",
  "trim_right",
  "trim_space",
  "trim_suffix",
  "type_name",
  "union",
  "upper",
  "walk",
] as const;

/**
 * The built-ins that our own host supplies. `sprintf` is renamed when a policy is built, because the SDK has an
 * implementation of that name which is wrong and cannot be replaced.
 */
export const HOST_BUILTINS = [
  "sprintf",
  "strings.any_prefix_match",
  "strings.any_suffix_match",
  "time.now_ns",
] as const;

/** Those that the compiler replaces by their result: `print` by nothing, the others by the METADATA they ask for. */
export const COMPILE_TIME_BUILTINS = ["print", "rego.metadata.chain", "rego.metadata.rule"] as const;

/**
 * What a policy may use: what the compiler resolves, what compiled policies implement themselves and what our host
 * supplies, and no network for the schemas they refer to. Anything else is refused when the policy is built, with its
 * name and place; without this it would load, and fail only when a rule reaches it.
 *
 * @param opa the capabilities of the toolchain itself
 */
export function gateCapabilities(opa: Capabilities): Capabilities {
  const allowed = new Set<string>([...NATIVE_BUILTINS, ...COMPILE_TIME_BUILTINS, ...HOST_BUILTINS]);
  return { ...opa, builtins: opa.builtins.filter(({ name }) => allowed.has(name)), allow_net: [] };
}
