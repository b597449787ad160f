import { count } from "../../../output/summary.ts";
import { buildPackage } from "../../../policy/package/build.ts";
import { GateError } from "../../../util/errors.ts";
import type { CommandContext } from "../../context.ts";
import { writePackage } from "./package-file.ts";
import { configuredPolicies, selectedPolicies } from "./selection.ts";

export interface PolicyBuildFlags {
  readonly output: string;
  readonly revision: string;
  readonly tests: boolean;
  readonly builtin: boolean;
}

/** `gate policy build`: a package of policy folders. */
export async function build(
  folders: readonly string[],
  flags: PolicyBuildFlags,
  context: CommandContext,
): Promise<void> {
  const selection =
    folders.length === 0
      ? await configuredPolicies(undefined, context)
      : { ...(await selectedPolicies(folders, context)), builtin: flags.builtin };
  if (selection.folders.length === 0) {
    throw new GateError("usage", "there is no policy folder to make a package of", {
      hint: "Name one, or set `policy.paths` in gate.yaml.",
    });
  }
  const { revision, tests } = flags;
  const built = await buildPackage(selection, { revision, tests }, context);
  await writePackage(flags.output, built.archive, context);
  context.err(`${count(built.gates.length, "gate")}, ${count(built.files, "file")}: ${built.gates.join(", ")}\n`);
}
