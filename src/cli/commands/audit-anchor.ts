import type { KeyObject } from "node:crypto";
import { dirname } from "node:path";
import type { Anchor, Anchored } from "../../audit/anchor/anchor.ts";
import type { AnchorLocation } from "../../audit/anchor/location.ts";
import { openAnchor, readAnchorLocation } from "../../audit/anchor/open.ts";
import type { AuditStore } from "../../audit/store.ts";
import { type Checkpoint, coveringCheckpoint, signCheckpoint, withCosignatures } from "../../audit/vouch.ts";
import { findConfig, loadConfig } from "../../config/load.ts";
import { escapeTerminal } from "../../output/escape.ts";
import { readPrivateKey } from "../../trust/signing.ts";
import { openCache } from "../../util/cache.ts";
import { GateError } from "../../util/errors.ts";
import type { CommandContext } from "../context.ts";
import { EXIT } from "../exit-code.ts";
import { appendTo } from "../guarded-store.ts";
import type { StoreFlags } from "../store-path.ts";
import { givenPrivateKey } from "./trust/signer.ts";

interface AnchorFlags extends StoreFlags {
  readonly to: readonly string[];
  /** The log's private key in PEM. */
  readonly key?: string;
  readonly json: boolean;
}

/** What became of one place. */
type Outcome = { readonly name: string } & (Anchored | { readonly status: "failed"; readonly error: GateError });

/** `gate audit anchor`: exit 0 where every place has the checkpoint, 2 where one has not. */
export async function anchor(flags: AnchorFlags, context: CommandContext): Promise<void> {
  const { clock, random } = context;
  const locations = (await anchorLocations(flags, context)).toSorted(vouchersFirst);
  // All of them before the first is done: what is written wrongly is no failure of a place.
  const places = await Promise.all(
    locations.map(async (location) => ({ location, place: await openAnchor(location, { clock, random }) })),
  );
  const key = flags.key === undefined ? undefined : readPrivateKey(givenPrivateKey(flags.key, context));
  await appendTo(flags, context, async (store) => {
    let checkpoint = await newestCheckpoint(store, key);
    let failed = false;
    for (const { location: where, place } of places) {
      const outcome = await publish(place, checkpoint, store);
      failed ||= outcome.status === "failed";
      context.out(flags.json ? jsonLine(outcome) : textLine(outcome));
      // What follows gets the checkpoint with what witnesses said of it.
      if (where.kind === "witness") checkpoint = await withCosignatures(store, checkpoint);
    }
    context.exit(failed ? EXIT.noAnswer : EXIT.ok);
  });
}

/** The checkpoint of the newest tree: the one that is kept, else one that is signed now. */
async function newestCheckpoint(store: AuditStore, key: KeyObject | undefined): Promise<Checkpoint> {
  const head = await store.head();
  const kept = await coveringCheckpoint(store, head, key);
  if (kept !== undefined) return withCosignatures(store, kept);
  if (key !== undefined) return signCheckpoint(store, head, key);
  throw new GateError("usage", `no checkpoint is kept of all ${head.size} entries`, {
    hint: "Pass the log's key with --key FILE, so that one is signed.",
  });
}

/** Witnesses and time stamps go first, so that the notes that others keep have them. */
function vouchersFirst(a: AnchorLocation, b: AnchorLocation): number {
  return rankOf(a) - rankOf(b);
}

function rankOf({ kind }: AnchorLocation): number {
  return kind === "witness" || kind === "tsa" ? 0 : 1;
}

async function publish(place: Anchor, checkpoint: Checkpoint, store: AuditStore): Promise<Outcome> {
  const { name } = place;
  try {
    const anchored = await place.publish(checkpoint, store);
    if (anchored.voucher !== undefined) await store.keep(anchored.voucher);
    return { name, ...anchored };
  } catch (error) {
    if (!(error instanceof GateError)) throw error;
    return { name, status: "failed", error };
  }
}

const WORDS = {
  added: "anchored",
  present: "already anchored",
  covered: "already anchored by another job",
} as const satisfies Record<Anchored["status"], string>;

function textLine(outcome: Outcome): string {
  const name = escapeTerminal(outcome.name);
  if (outcome.status !== "failed") return `${name}: ${outcome.size} entries ${WORDS[outcome.status]}\n`;
  const { code, message, hint } = outcome.error;
  const lines = [`${name}: FAILED [${code}] ${escapeTerminal(message)}`];
  if (hint !== undefined) lines.push(`  ${escapeTerminal(hint)}`);
  return `${lines.join("\n")}\n`;
}

function jsonLine(outcome: Outcome): string {
  const { name, status } = outcome;
  if (outcome.status !== "failed") return `${JSON.stringify({ anchor: name, status, size: outcome.size })}\n`;
  const { code, message } = outcome.error;
  return `${JSON.stringify({ anchor: name, status, code, message })}\n`;
}

/**
 * Where to: the flags, which start from here, or what the configuration says, which starts from its folder.
 *
 * @throws {GateError} `usage`
 */
async function anchorLocations(flags: AnchorFlags, context: CommandContext): Promise<readonly AnchorLocation[]> {
  const { cwd, variables } = context;
  if (flags.to.length > 0) return flags.to.map((text) => readAnchorLocation(text, { folder: cwd, variables }));
  const file = findConfig(cwd, flags.config);
  const config = await loadConfig(file, context.installation.schemas, openCache(context.cacheFolder));
  if (config.auditAnchors.length === 0) {
    throw new GateError("usage", "there is no place to anchor the log at", {
      hint: "Pass --to, such as file:../checkpoints, or set audit.anchors in gate.yaml.",
    });
  }
  return config.auditAnchors.map((text) => readAnchorLocation(text, { folder: dirname(file.path), variables }));
}
