import { isServer, printableLocation, readLocation, type StoreLocation } from "../../audit/location.ts";
import { createAuditStore } from "../../audit/open.ts";
import { escapeTerminal } from "../../output/escape.ts";
import { GateError } from "../../util/errors.ts";
import type { CommandContext } from "../context.ts";
import { defaultOrigin, namedLocation, type StoreFlags } from "../store-path.ts";

interface InitFlags extends StoreFlags {
  readonly origin?: string;
  readonly writer: readonly string[];
  readonly reader: readonly string[];
  readonly pruner: readonly string[];
}

/** `gate audit init`: creates what is not there yet, and says what there is. */
export async function init(flags: InitFlags, context: CommandContext): Promise<void> {
  const { clock, random, variables } = context;
  const { folder, text } = await namedLocation(flags, context);
  const origin = flags.origin ?? defaultOrigin(folder, context);
  const path = readLocation(text, { folder, variables, origin });
  refuseTwoNames(path, flags.origin);
  const { writer: writers, reader: readers, pruner: pruners } = flags;
  const log = await createAuditStore({ path, origin, clock, random, writers, readers, pruners });
  const verb = log.created ? "Created" : "There is already";
  context.out(`${verb} the audit log ${escapeTerminal(log.origin)}: ${escapeTerminal(printableLocation(path))}\n`);
  for (const role of writers) context.out(`${escapeTerminal(role)} may append and read.\n`);
  for (const role of readers) context.out(`${escapeTerminal(role)} may read.\n`);
  for (const role of pruners) context.out(`${escapeTerminal(role)} may append, read and remove documents.\n`);
}

function refuseTwoNames(location: StoreLocation, origin: string | undefined): void {
  if (origin === undefined || !isServer(location) || !URL.canParse(location)) return;
  const log = new URL(location).searchParams.get("log");
  if (log === null || log === origin) return;
  throw new GateError("usage", `--origin says ${origin}, and the URL says log=${log}`, { hint: "Give the name once." });
}
