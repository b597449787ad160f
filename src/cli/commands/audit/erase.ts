import { auditReference } from "../../../audit/checkpoint.ts";
import { type ErasurePlan, type ErasureRequest, erase, planErasure } from "../../../audit/erasure.ts";
import { isFile, isServer, type StoreLocation } from "../../../audit/location.ts";
import { mentionFinder } from "../../../audit/mentions.ts";
import { openAuditStore } from "../../../audit/open.ts";
import type { Receipt } from "../../../audit/store.ts";
import { escapeTerminal } from "../../../output/escape.ts";
import { compact } from "../../../util/compact.ts";
import { GateError } from "../../../util/errors.ts";
import type { CommandContext } from "../../context.ts";
import { appendGuarded, guardedPath } from "../../guarded-store.ts";
import { refuseTampered } from "../../sound-store.ts";
import type { StoreFlags } from "../../store-path.ts";
import { roleOf } from "./who.ts";

interface EraseFlags extends StoreFlags {
  readonly person: readonly string[];
  readonly entry?: string;
  readonly basis: string;
  readonly by?: string;
  readonly yes: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
}

interface Erased extends ErasurePlan {
  readonly receipts: readonly Receipt[];
}

/** `gate audit erase`: takes a person's data out of the store, and leaves the log as it is. */
export async function eraseFromLog(flags: EraseFlags, context: CommandContext): Promise<void> {
  const request = requestOf(flags);
  const reason = { basis: flags.basis, at: context.clock.now().toISOString(), by: roleOf(flags.by, context) };
  refuseNames(reason, flags.person);
  const location = await guardedPath(flags, context);
  const { path } = location;
  // What was erased from a log that was tampered with could be what shows it.
  await refuseTampered(path, context);
  if (!flags.yes) {
    const store = await openAuditStore({ path, mode: "read" });
    try {
      report({ ...(await planErasure(store, request)), receipts: [] }, path, flags, context);
    } finally {
      await store.close();
    }
    return;
  }
  await appendGuarded(location, context, async (store) => {
    const erased = await erase(store, request, reason);
    report(erased, path, flags, context);
  });
  await cleanClone(path);
}

function report(erased: Erased, path: StoreLocation, { yes, json }: EraseFlags, context: CommandContext): void {
  context.out(json ? `${JSON.stringify(jsonOf(erased, yes), null, 2)}\n` : textOf(erased, yes));
  for (const line of copiesOf(erased, path)) context.err(`${escapeTerminal(line)}\n`);
}

function requestOf({ person, entry, yes, dryRun }: EraseFlags): ErasureRequest {
  if (yes && dryRun) throw new GateError("usage", "--yes erases and --dry-run does not: pass one of them");
  if (person.length > 0 || entry !== undefined) return { person, ...compact({ entry }) };
  throw new GateError("usage", "nobody is named", { hint: "Pass --person, --entry, or both." });
}

/** @throws {GateError} `usage` where the record of the erasure would name somebody */
function refuseNames({ basis, by }: { readonly basis: string; readonly by: string }, person: readonly string[]): void {
  const mentions = mentionFinder(person);
  for (const [flag, text] of [
    ["--basis", basis],
    ["--by", by],
  ] as const) {
    if (!mentions(text) && !text.includes("@")) continue;
    throw new GateError("usage", `${flag} names somebody, and what is recorded of an erasure is never erased`, {
      hint: "Give a law or the number of a request as the basis, and a role as who erases.",
    });
  }
}

function jsonOf({ entries, disclosures, documents, leaves, policies, receipts }: Erased, erased: boolean): object {
  return {
    erased,
    entries,
    commitments: disclosures.map(({ document, commitment }) => ({ document, commitment })),
    documents,
    leaves,
    policies,
    recorded: receipts.map(({ index }) => index),
  };
}

function textOf(erased: Erased, done: boolean): string {
  const { entries, disclosures, documents, leaves, policies, receipts } = erased;
  const lines: string[] = [];
  if (disclosures.length + documents.length === 0) lines.push("Nothing that can be erased names the person.");
  else {
    const what = [count(disclosures.length, "name or text", "names and texts"), count(documents.length, "document")];
    lines.push(
      `${done ? "Erased" : "Would erase"} ${what.join(" and ")}, of ${count(entries.length, "entry", "entries")}`,
    );
  }
  for (const { index, id, kind, values, heldBy, owed } of entries) {
    const kept = [...heldBy.map((name) => `held by ${name}`), ...(owed ? ["its review is owed"] : [])];
    lines.push(`  entry ${index}  ${kind}  ${id}  ${[count(values, "value"), ...kept].join(", ")}`);
  }
  for (const { digest, mediaType } of documents) lines.push(`  ${digest}  ${mediaType}`);
  if (leaves.length > 0) {
    lines.push(`Cannot be erased, for it is under the root of the log: what the leaf says of ${leaves.join(", ")}`);
  }
  if (policies.length > 0) {
    const words =
      policies.length === 1
        ? "1 compiled policy that has the word"
        : `${policies.length} compiled policies that have the word`;
    lines.push(`Not erased: ${words}; where a person is meant, \`gate audit prune --kind policies\` removes them`);
  }
  for (const receipt of receipts) lines.push(`Recorded: ${auditReference(receipt).checkpoint}`);
  if (!done) lines.push("Nothing was erased: pass --yes.");
  return `${lines.map(escapeTerminal).join("\n")}\n`;
}

function count(number: number, one: string, more = `${one}s`): string {
  return `${number} ${number === 1 ? one : more}`;
}

/** This clone's copy of a ref is made anew: git keeps what no ref names any more. */
async function cleanClone(path: StoreLocation): Promise<void> {
  if (typeof path === "string") return;
  const { dropCache } = await import("../../../audit/git/cache.ts");
  await dropCache(path);
  await (await openAuditStore({ path, mode: "read" })).close();
}

/** Where copies can be that this program cannot reach. */
function copiesOf({ entries, disclosures, documents }: Erased, path: StoreLocation): readonly string[] {
  if (disclosures.length + documents.length === 0) return [];
  const spooled = entries.filter((entry) => entry.spooled).map(({ index }) => index);
  return [
    "Copies may still have it:",
    ...(isFile(path)
      ? ["- backups of the file, those of `gate audit backup` among them, and snapshots of its disk"]
      : []),
    ...(isServer(path)
      ? ["- the server until its VACUUM; its write-ahead log, standbys and backups until they expire"]
      : []),
    ...(typeof path === "string"
      ? []
      : [
          "- the remote until it collects what no ref names; other clones; earlier commits of the log, of the documents",
        ]),
    "- exports with documents, reports, printed decisions, and the output of the jobs that made them",
    ...(spooled.length === 0 ? [] : [`- the spool files that entries ${spooled.join(", ")} came from`]),
  ];
}
