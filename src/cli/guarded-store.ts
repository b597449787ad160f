import { type HeadGuard, openGuard } from "../audit/guard.ts";
import { readLocation, type StoreLocation } from "../audit/location.ts";
import { openAuditStore } from "../audit/open.ts";
import { refuseIncomplete } from "../audit/shard.ts";
import type { AuditStore } from "../audit/store.ts";
import { escapeTerminal } from "../output/escape.ts";
import type { CommandContext } from "./context.ts";
import { defaultOrigin, namedLocation, type StoreFlags } from "./store-path.ts";

/** A log to append to, and what this machine remembers of it. */
export interface GuardedLocation {
  readonly path: StoreLocation;
  /** Undefined where gate.yaml turns it off. */
  readonly guard: HeadGuard | undefined;
}

/** As {@link storePath}, for a log that is appended to. */
export async function guardedPath(flags: StoreFlags, context: CommandContext): Promise<GuardedLocation> {
  const { folder, text, isGuarded } = await namedLocation(flags, context);
  const { variables, stateFolder } = context;
  const path = readLocation(text, { folder, variables, origin: defaultOrigin(folder, context) });
  return { path, guard: isGuarded && stateFolder !== undefined ? openGuard(stateFolder, path) : undefined };
}

/**
 * Opens a log to append to, where it is whole and not one that was put back, and notes its head in the end.
 *
 * @param origin the name of a log that is made where there is none; missing where none is made
 */
export async function appendGuarded(
  { path, guard }: GuardedLocation,
  context: CommandContext,
  append: (store: AuditStore) => Promise<void>,
  origin?: string,
): Promise<void> {
  const tell = (notice: string | undefined): void => {
    if (notice !== undefined) context.err(`Note: ${escapeTerminal(notice)}\n`);
  };
  const { clock, random } = context;
  const made = origin === undefined ? { create: false } : { origin };
  const store = await openAuditStore({ path, mode: "append", clock, random, ...made });
  try {
    tell(await guard?.check(store));
    await refuseIncomplete(store);
    await append(store);
    tell(await guard?.note(store));
  } finally {
    await store.close();
  }
}

/** As {@link appendGuarded}, of the log that the flags mean; none is made. */
export async function appendTo(
  flags: StoreFlags,
  context: CommandContext,
  append: (store: AuditStore) => Promise<void>,
): Promise<void> {
  await appendGuarded(await guardedPath(flags, context), context, append);
}
