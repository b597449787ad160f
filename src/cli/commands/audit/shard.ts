import type { KeyObject } from "node:crypto";
import { checkpointLine } from "../../../audit/checkpoint.ts";
import type { SealedRecord } from "../../../audit/document.ts";
import { isServer, printableLocation, readLocation, type StoreLocation } from "../../../audit/location.ts";
import { formatNote } from "../../../audit/note.ts";
import { createAuditStore, openAuditStore, openExistingStore } from "../../../audit/open.ts";
import { closeLog, closingOf, handedOn, type PreviousLog, previousLog } from "../../../audit/shard.ts";
import type { AuditStore, TreeHead } from "../../../audit/store.ts";
import { signCheckpoint } from "../../../audit/vouch.ts";
import { escapeTerminal } from "../../../output/escape.ts";
import { readPrivateKey } from "../../../trust/signing.ts";
import { compact } from "../../../util/compact.ts";
import { GateError } from "../../../util/errors.ts";
import type { CommandContext } from "../../context.ts";
import { appendGuarded, guardedPath } from "../../guarded-store.ts";
import { refuseTampered } from "../../sound-store.ts";
import { namedLocation, type StoreFlags } from "../../store-path.ts";
import { givenPrivateKey } from "../trust/signer.ts";

interface ShardFlags extends StoreFlags {
  readonly next: string;
  readonly origin?: string;
  /** The log's private key in PEM. */
  readonly key?: string;
  readonly writer: readonly string[];
  readonly reader: readonly string[];
  readonly pruner: readonly string[];
}

/**
 * `gate audit shard`: closes the log and begins the next one. Each step is one that can be done again, so a second run
 * finishes what a killed one began; until then neither log takes a decision.
 */
export async function shard(flags: ShardFlags, context: CommandContext): Promise<void> {
  const location = await guardedPath(flags, context);
  const { path } = location;
  const key = flags.key === undefined ? undefined : readPrivateKey(givenPrivateKey(flags.key, context));
  await refuseTampered(path, context);
  await appendGuarded(location, context, async (store) => {
    const { origin: before } = await store.head();
    const now = context.clock.now();
    const origin = flags.origin ?? (await closingOf(store))?.next ?? nextOrigin(before, now);
    const { folder, text } = await namedLocation(flags, context);
    const next = placeOf(flags.next, origin, folder, context);
    await refuseOtherLog(next.path, origin, before);
    const head = await closeLog(store, origin, now);
    const handed = await handedOn(store, head.size);
    await begin(next.path, origin, await previousFor(store, head, handed, key), flags, context);
    await carryOver(next.path, handed);
    context.out(doneText({ head, handed, next, origin, previous: placeOf(text, before, folder, context) }));
  });
}

/**
 * The name of the log of a year.
 *
 * @example nextOrigin("acme/gate/2026", new Date("2027-01-04")) // "acme/gate/2027"
 * @throws {GateError} `usage` where the log of this year is the one that is to be closed
 */
function nextOrigin(origin: string, now: Date): string {
  const next = `${origin.replace(/\/\d{4}$/, "")}/${now.getUTCFullYear()}`;
  if (next !== origin) return next;
  throw new GateError("usage", `${origin} is the log of this year`, { hint: "Name the next one with --origin." });
}

/** As gate.yaml has it, and what a text names: from the folder that the location of the closed log starts from. */
interface Place {
  readonly text: string;
  readonly path: StoreLocation;
}

function placeOf(text: string, origin: string, folder: string, { variables }: CommandContext): Place {
  const path = readLocation(text, { folder, variables, origin });
  // Where a database's URL names no log, it is the one of the repository's name.
  return { path, text: isServer(path) ? printableLocation(path) : text };
}

/** Before anything is closed. @throws {GateError} `usage` where the place is taken by a log that does not go on from this one */
async function refuseOtherLog(path: StoreLocation, origin: string, before: string): Promise<void> {
  const store = await openExistingStore({ path, mode: "read" });
  if (store === undefined) return;
  try {
    const there = await store.head();
    if (there.origin === origin && (await previousLog(store))?.origin === before) return;
    throw new GateError("usage", `there is another log at ${printableLocation(path)}: ${there.origin}`, {
      hint: "Name a place where no log is yet with --next.",
    });
  } finally {
    await store.close();
  }
}

async function previousFor(
  store: AuditStore,
  head: TreeHead,
  handed: readonly SealedRecord[],
  key: KeyObject | undefined,
): Promise<PreviousLog> {
  const note = key === undefined ? undefined : formatNote((await signCheckpoint(store, head, key)).note);
  return { ...head, carried: handed.length, ...compact({ note }) };
}

async function begin(
  path: StoreLocation,
  origin: string,
  previous: PreviousLog,
  flags: ShardFlags,
  { clock, random }: CommandContext,
): Promise<void> {
  const { writer: writers, reader: readers, pruner: pruners } = flags;
  await createAuditStore({ path, origin, previous, clock, random, writers, readers, pruners });
}

/** In their order: what a killed run has carried over is there already, and is left. */
async function carryOver(path: StoreLocation, handed: readonly SealedRecord[]): Promise<void> {
  const store = await openAuditStore({ path, mode: "append", create: false });
  try {
    for (const { entry, blobs, disclosures } of handed) await store.append(entry, blobs, disclosures);
  } finally {
    await store.close();
  }
}

interface Done {
  readonly head: TreeHead;
  readonly handed: readonly SealedRecord[];
  readonly previous: Place;
  readonly next: Place;
  readonly origin: string;
}

function doneText({ head, handed, previous, next, origin }: Done): string {
  const owed = handed.filter(({ entry }) => entry.kind === "obligation").length;
  const lines = [
    `Closed ${head.origin}; ${origin} goes on.`,
    `Last checkpoint: ${checkpointLine(head)}`,
    `Carried over: ${count(owed, "review")} owed, ${count(handed.length - owed, "hold")}.`,
    "Put this into gate.yaml; until then no decision is recorded:",
    "",
    "audit:",
    `  store: ${next.text}`,
    `  previous: ${previous.text}`,
    "",
  ];
  return lines.map(escapeTerminal).join("\n");
}

function count(number: number, what: string): string {
  return number === 1 ? `1 ${what}` : `${number} ${what}s`;
}
