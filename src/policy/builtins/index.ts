import { sprintfBuiltin } from "./sprintf.ts";
import { anyPrefixMatch, anySuffixMatch } from "./strings.ts";

type Builtin = (...args: never[]) => unknown;

/** The functions that a compiled policy may call on its host: `sprintf` under a new name, because the SDK's differs from OPA's. */
export const HOST_BUILTIN_RENAMES = { sprintf: "gate.sprintf" } as const;

/**
 * The host functions by the name under which compiled policies call them.
 *
 * @param nowMs the frozen clock, milliseconds since the epoch
 */
export function hostBuiltins(nowMs: () => number): Readonly<Record<string, Builtin>> {
  return {
    "gate.sprintf": sprintfBuiltin,
    "strings.any_prefix_match": anyPrefixMatch,
    "strings.any_suffix_match": anySuffixMatch,
    // Whole milliseconds have at most 13 significant digits, so the product prints exactly although it exceeds 2^53.
    "time.now_ns": () => nowMs() * 1_000_000,
  };
}
