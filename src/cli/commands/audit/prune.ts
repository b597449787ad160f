import { auditReference } from "../../../audit/checkpoint.ts";
import { isFile, isServer, type StoreLocation } from "../../../audit/location.ts";
import { openAuditStore } from "../../../audit/open.ts";
import type { Cutoffs } from "../../../audit/retention/plan.ts";
import { countKinds, findPrunable, type Prunable, type Pruned, prune } from "../../../audit/retention/prune.ts";
import { findConfig, loadConfig } from "../../../config/load.ts";
import { RETAINED_KINDS, type RetainedKind, type Retention } from "../../../config/retention.ts";
import { escapeTerminal } from "../../../output/escape.ts";
import { openCache } from "../../../util/cache.ts";
import { GateError } from "../../../util/errors.ts";
import { startOfPeriod } from "../../../util/period.ts";
import type { CommandContext } from "../../context.ts";
import { parseDay } from "../../day.ts";
import { appendGuarded, guardedPath } from "../../guarded-store.ts";
import { refuseTampered } from "../../sound-store.ts";
import type { StoreFlags } from "../../store-path.ts";
import { roleOf } from "./who.ts";

interface PruneFlags extends StoreFlags {
  readonly yes: boolean;
  readonly dryRun: boolean;
  readonly kind: readonly RetainedKind[];
  readonly before?: string;
  readonly overrideRetention: boolean;
  readonly by?: string;
  readonly json: boolean;
}

/** `gate audit prune`: removes documents that are past their time. */
export async function pruneLog(flags: PruneFlags, context: CommandContext): Promise<void> {
  if (flags.yes && flags.dryRun) throw new GateError("usage", "--yes removes and --dry-run does not: pass one of them");
  const { clock } = context;
  const location = await guardedPath(flags, context);
  const { path } = location;
  const { cutoffs, basis } = cutoffsOf(flags, await retentionOf(flags, context), clock.now());
  const by = flags.yes ? roleOf(flags.by, context) : "";
  // What was removed from a log that was tampered with could be what shows it.
  await refuseTampered(path, context);
  if (!flags.yes) {
    await plan(path, cutoffs, flags, context);
    return;
  }
  await appendGuarded(location, context, async (store) => {
    const pruned = await prune(store, cutoffs, { basis, at: clock.now().toISOString(), by });
    report(pruned, flags, context);
    if (pruned.receipts.length > 0) context.err(remainsText(path));
  });
}

async function plan(path: StoreLocation, cutoffs: Cutoffs, flags: PruneFlags, context: CommandContext): Promise<void> {
  const store = await openAuditStore({ path, mode: "read" });
  try {
    report({ ...(await findPrunable(store, cutoffs)), receipts: [] }, flags, context);
  } finally {
    await store.close();
  }
}

async function retentionOf(flags: StoreFlags, context: CommandContext): Promise<Retention> {
  const file = findConfig(context.cwd, flags.config);
  const config = await loadConfig(file, context.installation.schemas, openCache(context.cacheFolder));
  return config.auditRetention;
}

/** What is past its time, and in words why. @throws {GateError} `usage` for what is younger than the retention allows */
function cutoffsOf(
  { kind, before, overrideRetention }: PruneFlags,
  retention: Retention,
  now: Date,
): { readonly cutoffs: Cutoffs; readonly basis: string } {
  const chosen = kind.length === 0 ? RETAINED_KINDS : RETAINED_KINDS.filter((one) => kind.includes(one));
  const periods = chosen.map((one) => `${one} ${retention[one]}`).join(", ");
  const allowed = new Map(chosen.map((one) => [one, startOfPeriod(retention[one], now)] as const));
  if (before === undefined) {
    if (overrideRetention) throw new GateError("usage", "--override-retention goes with --before");
    return { cutoffs: Object.fromEntries(allowed), basis: `audit.retention: ${periods}` };
  }
  const day = new Date(parseDay(before, "--before"));
  if (day.getTime() > now.getTime()) throw new GateError("usage", `--before ${before} is in the future`);
  const first = chosen.find((one) => day.getTime() > (allowed.get(one)?.getTime() ?? 0));
  if (first !== undefined && !overrideRetention) {
    const limit = allowed.get(first)?.toISOString().slice(0, 10) ?? "";
    throw new GateError(
      "usage",
      `audit.retention keeps ${first} for ${retention[first]}: nothing after ${limit} may go`,
      {
        hint: "Pass an earlier day with --before, or --override-retention, which the log then says.",
      },
    );
  }
  const basis = `before ${before}${first === undefined ? " within" : ", against"} audit.retention: ${periods}`;
  return { cutoffs: Object.fromEntries(chosen.map((one) => [one, day])), basis };
}

function report(found: Pruned, { yes, json }: PruneFlags, context: CommandContext): void {
  context.out(json ? `${JSON.stringify(jsonOf(found, yes), null, 2)}\n` : textOf(found, yes));
}

function jsonOf({ documents, held, receipts }: Pruned, removed: boolean): object {
  return {
    removed,
    documents: documents.map(({ digest, kind, bytes, index, time }) => ({ digest, kind, bytes, index, time })),
    bytes: bytesOf(documents),
    held: Object.fromEntries(held),
    entries: receipts.map(({ index }) => index),
  };
}

function textOf({ documents, held, receipts }: Pruned, removed: boolean): string {
  const lines = [...heldLines(held)];
  const counts = RETAINED_KINDS.flatMap((kind) => {
    const count = countKinds(documents)[kind];
    return count === undefined ? [] : [`${kind} ${count}`];
  });
  const [first] = documents;
  if (first === undefined) return [...lines, "Nothing is past its time.", ""].join("\n");
  const ordered = documents.toSorted((a, b) => a.index - b.index);
  const [oldest = first, newest = first] = [ordered[0], ordered.at(-1)];
  lines.push(
    `${removed ? "Removed" : "Would remove"} ${documents.length === 1 ? "1 document" : `${documents.length} documents`}, ${bytesOf(documents)} bytes: ${counts.join(", ")}`,
    `Oldest: entry ${oldest.index} of ${oldest.time}; newest: entry ${newest.index} of ${newest.time}`,
  );
  for (const receipt of receipts) lines.push(`Recorded: ${auditReference(receipt).checkpoint}`);
  if (!removed) lines.push("Nothing was removed: pass --yes.");
  return `${lines.map(escapeTerminal).join("\n")}\n`;
}

function heldLines(held: Prunable["held"]): readonly string[] {
  return [...held].map(
    ([name, count]) => `Held back by ${name}: ${count === 1 ? "1 document" : `${count} documents`} past their time`,
  );
}

function bytesOf(documents: Prunable["documents"]): number {
  return documents.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** What is not for gate to give back, and where the documents still are. */
function remainsText(path: StoreLocation): string {
  if (isFile(path)) {
    return "The next entries take the space; a smaller file is what `gate audit backup` writes. Older copies still have the documents.\n";
  }
  return isServer(path)
    ? "The server gives the space back with its own VACUUM; its log and its backups have the documents until they expire.\n"
    : "Earlier commits of the ref still have the documents: only a new log is without them, see `gate audit shard`.\n";
}
