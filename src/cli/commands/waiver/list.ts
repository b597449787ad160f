import type { Decision, WaiverReport } from "../../../decision/types.ts";
import { whyExpired } from "../../../decision/waiver-terms.ts";
import { isForEnvironment, type Waiver } from "../../../decision/waivers.ts";
import type { CommandContext } from "../../context.ts";
import { readLastDecisions } from "../../last-decision.ts";
import type { StoreFlags } from "../../store-path.ts";
import { tableText } from "../../table.ts";
import { environmentOf, openSetting } from "./setting.ts";

/** `gate waiver list`: every waiver, whether it counts, and what it covered in the last decision. */
export async function list(flags: StoreFlags & { readonly env?: string }, context: CommandContext): Promise<void> {
  const setting = await openSetting(flags.config, context);
  if (flags.env !== undefined) environmentOf(flags.env, setting);
  const decisions = await readLastDecisions(flags, context);
  const now = context.clock.now();
  const names = flags.env === undefined ? Object.keys(setting.environments) : [flags.env];
  const rows = setting.file.waivers.flatMap((waiver) => {
    const own = names.filter((name) => isForEnvironment(waiver, name));
    return own.map((name) => rowOf(waiver, name, decisions.get(name), now));
  });
  if (rows.length === 0)
    context.err(
      `${setting.config.waivers.path} has no waivers${flags.env === undefined ? "" : ` for ${flags.env}`}.\n`,
    );
  else context.out(tableText([["id", "gate", "environment", "state", "expires", "covers"], ...rows]));
}

function rowOf(waiver: Waiver, environment: string, decision: Decision | undefined, now: Date): readonly string[] {
  const note = decision === undefined ? undefined : noteOf(waiver, decision.waivers);
  const state = whyExpired(waiver, now) === undefined ? (note?.state ?? "not decided on yet") : "expired";
  return [waiver.id, waiver.gate, environment, state, waiver.expires, note === undefined ? "" : String(note.covers)];
}

const STATES = ["expired", "refused", "used", "unused"] as const satisfies readonly (keyof WaiverReport)[];

/** What the last decision says of a waiver; one with a problem and a use is refused. */
function noteOf({ id }: Waiver, report: WaiverReport): { readonly state: string; readonly covers: number } | undefined {
  for (const state of STATES) {
    const note = report[state].find((one) => one.id === id);
    if (note !== undefined) return { state, covers: note.covers };
  }
  return undefined;
}
