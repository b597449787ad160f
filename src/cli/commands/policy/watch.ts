import type { PolicySelection } from "../../../policy/load.ts";
import type { CommandContext } from "../../context.ts";
import type { PolicyTestFlags } from "./test.ts";
export async function watch(
  selection: PolicySelection,
  flags: PolicyTestFlags,
  context: CommandContext,
): Promise<void> {
  context.out(`${selection.builtin} ${flags.watch}\n`);
  await Promise.resolve();
}
