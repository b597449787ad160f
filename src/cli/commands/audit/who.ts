import { readGitEmail } from "../../../ci/git.ts";
import { GateError } from "../../../util/errors.ts";
import type { CommandContext } from "../../context.ts";

/**
 * Who does what the log is to say.
 *
 * @param given with `--by`
 * @throws {GateError} `usage` where nobody is known
 */
export async function whoActs(given: string | undefined, { cwd, variables }: CommandContext): Promise<string> {
  const who = given ?? (await readGitEmail(cwd, variables));
  if (who !== undefined) return who;
  throw new GateError("usage", "it is not known who does this", { hint: "Pass --by, or set user.email of git." });
}
