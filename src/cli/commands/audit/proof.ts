import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { checkpointLine } from "../../../audit/checkpoint.ts";
import { readEntryBody } from "../../../audit/entry.ts";
import { formatNote, NoteError, signersOfNote } from "../../../audit/note.ts";
import { digestOfPrinted } from "../../../audit/personal.ts";
import { type EntryReceipt, formatReceipt, readReceipt } from "../../../audit/receipt.ts";
import type { AuditStore, TreeHead } from "../../../audit/store.ts";
import { type Checkpoint, keptCheckpoint, receiptFor, signCheckpoint, withCosignatures } from "../../../audit/vouch.ts";
import { sha256 } from "../../../evidence/canonical.ts";
import { escapeTerminal } from "../../../output/escape.ts";
import { readPrivateKey } from "../../../trust/signing.ts";
import { GateError, messageOf } from "../../../util/errors.ts";
import type { CommandContext } from "../../context.ts";
import { decisionEntryOf } from "../../decision-entry.ts";
import { EXIT } from "../../exit-code.ts";
import { appendTo } from "../../guarded-store.ts";
import { openLogKey, requireCheckpoint } from "../../log-flags.ts";
import { readFrom } from "../../read-store.ts";
import type { StoreFlags } from "../../store-path.ts";
import { printOrWrite } from "../../write-file.ts";
import { givenPrivateKey } from "../trust/signer.ts";
import type { GivenFile } from "../verify.ts";

export interface SignFlags extends StoreFlags {
  /** The log's private key in PEM. */
  readonly key?: string;
  readonly output?: string;
}

/** `gate audit checkpoint`: the log's newest tree, signed and kept. */
export async function checkpoint(flags: SignFlags, context: CommandContext): Promise<void> {
  const { key } = flags;
  if (key === undefined) throw new GateError("usage", "there is no key to sign with", { hint: "Pass --key FILE." });
  // A log that was put back is not vouched for.
  await appendTo(flags, context, async (store) => {
    const { note } = await withCosignatures(store, await signNow(store, key, context));
    await printOrWrite(formatNote(note), flags.output, context);
  });
}

/** `gate audit prove`: the receipt of one decision, which proves itself without the log. */
export async function prove(reference: string, flags: SignFlags, context: CommandContext): Promise<void> {
  const { key } = flags;
  const write = async (store: AuditStore): Promise<void> => {
    const entry = await decisionEntryOf(reference, store);
    const signed = key === undefined ? await keptCheckpoint(store, entry.index) : await signNow(store, key, context);
    if (signed === undefined) {
      throw new GateError("usage", `no checkpoint is kept that has entry ${entry.index}`, {
        hint: "Sign one with `gate audit checkpoint --key FILE`, or pass --key FILE here.",
      });
    }
    const vouched = await withCosignatures(store, signed);
    await printOrWrite(formatReceipt(await receiptFor(store, entry, vouched)), flags.output, context);
  };
  await (key === undefined ? readFrom(flags, context, write) : appendTo(flags, context, write));
}

export interface VerifyReceiptFlags {
  readonly logKey?: string;
  /** A checkpoint that was kept elsewhere. */
  readonly checkpoint?: string;
  /** The document of the decision, to be held against the receipt. */
  readonly decision?: string;
}

/**
 * Says whether a receipt proves what it says: exit 0 where it does, 1 where it does not, 2 where it cannot be told who
 * signed it.
 */
export function verifyReceipt({ path, bytes }: GivenFile, flags: VerifyReceiptFlags, context: CommandContext): void {
  const key = flags.logKey === undefined ? undefined : openLogKey(flags.logKey, context);
  const expect = flags.checkpoint === undefined ? undefined : requireCheckpoint(flags.checkpoint);
  const document = flags.decision === undefined ? undefined : readDocument(flags.decision, context);
  let receipt: EntryReceipt;
  try {
    receipt = readReceipt(Buffer.from(bytes).toString("utf8"));
    if (key !== undefined && signersOfNote(receipt.note, [key]).length === 0) {
      throw new NoteError(`nobody signed it with the key ${key.name}`);
    }
    requireTree(receipt.head, expect);
    requireDocument(receipt, document);
  } catch (error) {
    if (!(error instanceof NoteError)) throw error;
    context.out(`NOT PROVEN: ${escapeTerminal(path)}: ${escapeTerminal(error.message)}\n`);
    context.exit(EXIT.negative);
    return;
  }
  context.out(receiptText(receipt));
  if (key !== undefined || expect !== undefined) return;
  context.out("CANNOT TELL who signed it: pass the log's key with --log-key, or a checkpoint with --checkpoint.\n");
  context.exit(EXIT.noAnswer);
}

function receiptText({ index, body, head }: EntryReceipt): string {
  const read = readEntryBody(body);
  const content = read?.content ?? {};
  const outcome = content["outcome"];
  const environment = content["environment"];
  const what = typeof outcome === "string" ? `${outcome} for ${String(environment)}, ` : "";
  return [
    `PROVEN: entry ${index} is in the log (${what}${read?.kind ?? "entry"} ${read?.id ?? ""} of ${read?.time ?? ""})`,
    `Checkpoint: ${checkpointLine(head)}`,
    "",
  ]
    .map(escapeTerminal)
    .join("\n");
}

/**
 * @throws {NoteError} where the tree is not the one that was kept
 * @throws {GateError} `usage` where the two cannot be compared
 */
function requireTree(head: TreeHead, expect: TreeHead | undefined): void {
  if (expect === undefined) return;
  if (expect.origin !== head.origin) throw new NoteError(`it is of the log ${head.origin}, not of ${expect.origin}`);
  if (expect.size !== head.size) {
    throw new GateError("usage", `the receipt is of ${head.size} entries, the checkpoint of ${expect.size}`, {
      hint: "Make another receipt with `gate audit prove`, or hold the log itself against the checkpoint.",
    });
  }
  if (expect.root !== head.root) throw new NoteError("its tree is not the one of the checkpoint");
}

function requireDocument({ body }: EntryReceipt, document: Uint8Array | undefined): void {
  if (document === undefined) return;
  const recorded = readEntryBody(body)?.content["decision"];
  if (recorded === sha256(document) || recorded === digestOfPrinted(jsonIn(document))) return;
  throw new NoteError("its entry is not of this decision");
}

/** As `gate check` prints a decision, in place of the bytes that were recorded. */
function jsonIn(document: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(document));
  } catch {
    return undefined;
  }
}

function readDocument(path: string, context: CommandContext): Uint8Array {
  try {
    return readFileSync(resolve(context.cwd, path));
  } catch (cause) {
    throw new GateError("usage", `${path} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

/** Signs the newest tree. */
async function signNow(store: AuditStore, key: string, context: CommandContext): Promise<Checkpoint> {
  return signCheckpoint(store, await store.head(), readPrivateKey(givenPrivateKey(key, context)));
}
