import type { Decision } from "../../../decision/types.ts";
import { whyExpired } from "../../../decision/waiver-terms.ts";
import { isForEnvironment, type Waiver } from "../../../decision/waivers.ts";
import { escapeTerminal } from "../../../output/escape.ts";
import { count } from "../../../output/summary.ts";
import type { CommandContext } from "../../context.ts";
import { readLastDecisions } from "../../last-decision.ts";
import type { StoreFlags } from "../../store-path.ts";
import { writeOutput } from "../../write-file.ts";
import { openSetting, type Setting, textOf } from "./setting.ts";

export interface PruneFlags extends StoreFlags {
  readonly unused: boolean;
  readonly dryRun: boolean;
}

/** `gate waiver prune`: takes waivers that no longer do anything out of waivers.yaml. */
export async function prune(flags: PruneFlags, context: CommandContext): Promise<void> {
  const setting = await openSetting(flags.config, context);
  const decisions = flags.unused ? await readLastDecisions(flags, context) : new Map<string, Decision>();
  const now = context.clock.now();
  const { waivers, document } = setting.file;
  const reasons = waivers.map((waiver) => whyExpired(waiver, now) ?? whyUnused(waiver, setting, decisions));
  for (const [index, reason] of reasons.entries()) {
    const waiver = waivers[index];
    if (reason !== undefined && waiver !== undefined)
      context.out(`${escapeTerminal(`${waiver.source}: ${waiver.id}: ${reason}`)}\n`);
  }
  // From the end, so that positions stay what they are.
  for (let index = reasons.length - 1; index >= 0; index--)
    if (reasons[index] !== undefined) document.deleteIn(["waivers", index]);
  const pruned = reasons.filter((reason) => reason !== undefined).length;
  if (pruned > 0 && !flags.dryRun) await writeOutput(context.cwd, setting.path, textOf(setting.file));
  const verb = flags.dryRun ? "would be removed" : "removed";
  context.out(`${count(pruned, "waiver")} ${verb}, ${waivers.length - pruned} left\n`);
}

/** Unused is what covered nothing in the last decision of every environment in which it could. */
function whyUnused(
  waiver: Waiver,
  { environments }: Setting,
  decisions: ReadonlyMap<string, Decision>,
): string | undefined {
  const own = Object.values(environments).filter(
    ({ name, gates }) => isForEnvironment(waiver, name) && gates.some(({ gate }) => gate === waiver.gate),
  );
  const unused = own.every(({ name }) => {
    const note = decisions.get(name)?.waivers.unused.find(({ id }) => id === waiver.id);
    return note !== undefined && note.problem === undefined;
  });
  return own.length > 0 && unused ? `covers nothing in ${own.map(({ name }) => name).join(", ")}` : undefined;
}
