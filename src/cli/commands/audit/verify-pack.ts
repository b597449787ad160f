import { readFileSync } from "node:fs";
import { inflateRawSync } from "node:zlib";
import { checkpointLine } from "../../../audit/checkpoint.ts";
import { leafHash, toDigest } from "../../../audit/log.ts";
import { entryName } from "../../../audit/pack/names.ts";
import { type OpenPack, openPack, type PackPlatform, type PackReport, verifyPack } from "../../../audit/pack/verify.ts";
import type { Entry } from "../../../audit/store.ts";
import { worseOf } from "../../../audit/stored.ts";
import { sha256 } from "../../../evidence/canonical.ts";
import { escapeTerminal } from "../../../output/escape.ts";
import { count } from "../../../output/summary.ts";
import type { BlobReader } from "../../../replay/recorded.ts";
import { PACK_PAGES } from "../../../report/render/pack.ts";
import { compact } from "../../../util/compact.ts";
import { isRecord } from "../../../util/json.ts";
import type { CommandContext } from "../../context.ts";
import { openLogKey, requireCheckpoint } from "../../log-flags.ts";
import { VERDICT_EXIT, VERDICT_WORDS } from "../../verdict.ts";
import { type DecisionsReport, decisionsLine, verifyDecisions } from "../../verify-decisions.ts";
import type { GivenFile } from "../verify.ts";

export interface VerifyPackFlags {
  readonly logKey?: string;
  readonly checkpoint?: string;
  readonly decisions?: boolean;
  readonly json?: boolean;
}

const PLATFORM: PackPlatform = {
  async inflate(data, size) {
    try {
      const unpacked: unknown = inflateRawSync(data, { maxOutputLength: Math.max(size, 1), info: true });
      return whole(unpacked, data.length);
    } catch {
      // It is no deflate, is cut, or more comes out than the member states.
      return undefined;
    }
  },
};

/** What came out, if all that went in was used: zlib passes over what follows the end. */
function whole(unpacked: unknown, used: number): Uint8Array | undefined {
  if (!isRecord(unpacked) || !isRecord(unpacked["engine"]) || unpacked["engine"]["bytesWritten"] !== used) {
    return undefined;
  }
  return unpacked["buffer"] instanceof Uint8Array ? unpacked["buffer"] : undefined;
}

/** Says whether a pack proves what it holds: exit 0 where it does, 1 where something was changed, 2 where it cannot be told. */
export async function verifyPackFile(
  { bytes }: GivenFile,
  flags: VerifyPackFlags,
  context: CommandContext,
): Promise<void> {
  const { installation } = context;
  const report = await verifyPack(bytes, PLATFORM, {
    ...compact({
      logKey: flags.logKey === undefined ? undefined : openLogKey(flags.logKey, context),
      expect: flags.checkpoint === undefined ? undefined : requireCheckpoint(flags.checkpoint),
    }),
    pages: PACK_PAGES,
    engine: installation.version,
    verifier: sha256(readFileSync(installation.verifierPage)),
  });
  // What a tampered pack holds is not run: its policies are programs.
  const isRun = flags.decisions === true && report.verdict !== "tampered";
  const decisions = isRun ? await verifyPacked(openPack(bytes, PLATFORM), report, context) : undefined;
  const verdict = decisions === undefined ? report.verdict : worseOf(report.verdict, decisions.verdict);
  const findings = [...report.findings, ...(decisions?.findings ?? [])];
  if (flags.json === true) {
    const { findings: _, ...counts } = decisions ?? { findings: [] };
    const replayed = decisions === undefined ? {} : { replayed: counts };
    context.out(`${JSON.stringify({ ...report, verdict, findings, ...replayed }, null, 2)}\n`);
  } else {
    context.out(packText({ ...report, verdict, findings }, decisions));
    if (flags.decisions === true && !isRun) context.out("The decisions were not made again.\n");
  }
  context.exit(VERDICT_EXIT[verdict]);
}

function verifyPacked(pack: OpenPack, report: PackReport, context: CommandContext): Promise<DecisionsReport> {
  // A pack has documents as the log has them, and neither what was disclosed of them nor why one is gone.
  const store: BlobReader = { blob: (digest) => pack.blob(digest), disclosures: nothing, entries: nothing };
  return verifyDecisions(packedEntries(pack, report), store, context);
}

// oxlint-disable-next-line require-yield -- there is none
async function* nothing(): AsyncGenerator<never> {}

async function* packedEntries(pack: OpenPack, { decisions }: PackReport): AsyncIterable<Entry> {
  for (const { index, id } of decisions) {
    const body = await pack.read(entryName(index));
    if (body !== undefined) yield { index, id, kind: "decision", body, leafHash: toDigest(leafHash(body)) };
  }
}

function packText(report: PackReport, replayed: DecisionsReport | undefined): string {
  const { verdict, entries, decisions, complete, findings, unchecked, tree, engine } = report;
  const lines = [
    `${VERDICT_WORDS[verdict]}: ${entries === 1 ? "1 entry" : `${entries} entries`}, ${count(decisions.length, "decision")} verified`,
  ];
  for (const { code, message, index } of findings) {
    lines.push(`  ${code}${index === undefined ? "" : ` (entry ${index})`}: ${escapeTerminal(message)}`);
  }
  if (complete !== null) {
    const of = tree === null ? "" : ` of a log of ${tree.size}`;
    lines.push(`Complete: every entry from ${complete.first} to ${complete.last}${of}.`);
  }
  if (replayed !== undefined) lines.push(`${decisionsLine(replayed)}.`);
  for (const note of unchecked) lines.push(escapeTerminal(note));
  if (tree !== null) lines.push(`Checkpoint: ${escapeTerminal(checkpointLine(tree))}`);
  if (engine !== "") lines.push(escapeTerminal(`Written by gate ${engine}.`));
  return `${lines.join("\n")}\n`;
}
