import { auditReference } from "../../../audit/checkpoint.ts";
import { type ActiveHold, activeHolds, type Hold, type HoldScope, holdEntry } from "../../../audit/hold.ts";
import type { AuditStore } from "../../../audit/store.ts";
import { escapeTerminal } from "../../../output/escape.ts";
import { compact } from "../../../util/compact.ts";
import { GateError } from "../../../util/errors.ts";
import type { CommandContext } from "../../context.ts";
import { parseDay } from "../../day.ts";
import { appendTo } from "../../guarded-store.ts";
import { readFrom } from "../../read-store.ts";
import type { StoreFlags } from "../../store-path.ts";
import { tableText } from "../../table.ts";
import { roleOf } from "./who.ts";

const DAY_MS = 86_400_000;

interface AddHoldFlags extends StoreFlags {
  readonly reason?: string;
  readonly since?: string;
  readonly until?: string;
  readonly repository?: string;
  readonly entry: readonly string[];
  readonly by?: string;
}

/** `gate audit hold add`: keeps documents beyond their time. */
export async function addHold(name: string, flags: AddHoldFlags, context: CommandContext): Promise<void> {
  const by = roleOf(flags.by, context);
  await appendTo(flags, context, async (store) => {
    if ((await activeHolds(store)).some((hold) => hold.name === name)) {
      throw new GateError("usage", `the hold ${name} is in force already`, { hint: "Choose another name." });
    }
    const scope = await scopeOf(flags, store);
    const at = context.clock.now().toISOString();
    const hold: Hold = { name, action: "add", reason: flags.reason ?? "", at, by, ...scope };
    await record(store, hold, `Held by ${name}: ${scopeText(scope)}.`, context);
  });
}

/** `gate audit hold release`: ends a hold. */
export async function releaseHold(
  name: string,
  flags: StoreFlags & { readonly reason: string; readonly by?: string },
  context: CommandContext,
): Promise<void> {
  const by = roleOf(flags.by, context);
  await appendTo(flags, context, async (store) => {
    if (!(await activeHolds(store)).some((hold) => hold.name === name)) {
      throw new GateError("usage", `there is no hold ${name} in force`, { hint: "Run `gate audit hold list`." });
    }
    const at = context.clock.now().toISOString();
    const hold: Hold = { name, action: "release", reason: flags.reason, at, by };
    await record(store, hold, `Released the hold ${name}.`, context);
  });
}

/** `gate audit hold list`: the holds that are in force. */
export async function listHolds(
  flags: StoreFlags & { readonly json: boolean },
  context: CommandContext,
): Promise<void> {
  await readFrom(flags, context, async (store) => {
    const holds = await activeHolds(store);
    context.out(flags.json ? `${JSON.stringify(holds, null, 2)}\n` : textOf(holds));
  });
}

function textOf(holds: readonly ActiveHold[]): string {
  if (holds.length === 0) return "No hold is in force.\n";
  const rows = holds.map((hold) => [hold.name, hold.at, hold.by, scopeText(hold), hold.reason]);
  return tableText([["hold", "since", "by", "keeps", "reason"], ...rows]);
}

/** @throws {GateError} `usage` for a day or an entry that there is not */
async function scopeOf(flags: AddHoldFlags, store: AuditStore): Promise<HoldScope> {
  const { since, until, repository } = flags;
  const start = since === undefined ? undefined : parseDay(since, "--since");
  const end = until === undefined ? undefined : parseDay(until, "--until") + DAY_MS;
  if (start !== undefined && end !== undefined && start >= end)
    throw new GateError("usage", "--since is after --until");
  const entries: string[] = [];
  for (const reference of flags.entry) {
    const entry = await store.find(reference);
    if (entry === undefined) throw new GateError("usage", `the log has no entry "${reference}"`);
    entries.push(entry.id);
  }
  return compact({
    since: start === undefined ? undefined : new Date(start).toISOString(),
    until: end === undefined ? undefined : new Date(end).toISOString(),
    repository,
    entries: entries.length === 0 ? undefined : entries,
  });
}

function scopeText({ since, until, repository, entries }: HoldScope): string {
  const parts = [
    ...(since === undefined ? [] : [`from ${since}`]),
    ...(until === undefined ? [] : [`before ${until}`]),
    ...(repository === undefined ? [] : [`about ${repository}`]),
    ...(entries === undefined ? [] : [`of ${entries.join(", ")}`]),
  ];
  return parts.length === 0 ? "everything" : parts.join(", ");
}

async function record(store: AuditStore, hold: Hold, done: string, context: CommandContext): Promise<void> {
  const { entry, blobs } = holdEntry(hold);
  const { checkpoint } = auditReference(await store.append(entry, blobs));
  context.out(`${escapeTerminal(done)}\nRecorded: ${escapeTerminal(checkpoint)}\n`);
}
