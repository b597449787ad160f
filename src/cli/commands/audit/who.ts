import { detectCi } from "../../../ci/provider.ts";
import { GateError } from "../../../util/errors.ts";
import type { CommandContext } from "../../context.ts";

/**
 * Who does what the log is to say for ever, in words that name nobody: what is recorded of holds and deletions is never erased.
 *
 * @param given with `--by`
 * @throws {GateError} `usage` for an address
 */
export function roleOf(given: string | undefined, { variables }: CommandContext): string {
  if (given?.includes("@") === true) {
    throw new GateError("usage", "--by names somebody, and what is recorded of this is never erased", {
      hint: "Give a role, such as the legal department.",
    });
  }
  const run = detectCi(variables)?.run;
  return given ?? (run === undefined ? "the operator of the log" : `${run.provider} run ${run.id}`);
}
