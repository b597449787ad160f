import { readFileSync, statSync } from "node:fs";
import { basename, resolve } from "node:path";
import { originOf } from "../../audit/checkpoint.ts";
import { absencesIn } from "../../audit/deletion.ts";
import { blobReferences, readDecisionDocument, readEntryBody, withoutCollection } from "../../audit/entry.ts";
import { storedReferences } from "../../audit/evidence.ts";
import { gathered } from "../../audit/personal.ts";
import {
  collectEntry,
  MOST_SPOOL_BYTES,
  readSpool,
  SPOOL_MEDIA_TYPE,
  SPOOLED_KINDS,
  type SpooledEntry,
} from "../../audit/spool.ts";
import type { AuditStore, Blob, Entry } from "../../audit/store.ts";
import { writeSpool } from "../../check/spool.ts";
import { escapeTerminal } from "../../output/escape.ts";
import { readEnvelope, signersOf } from "../../trust/dsse.ts";
import { publicKeyOf, signedEnvelope } from "../../trust/signing.ts";
import { fingerprintOf, type SshPublicKey } from "../../trust/ssh-key.ts";
import { Refusal } from "../../trust/wire.ts";
import { GateError, type Issue, messageOf } from "../../util/errors.ts";
import type { CommandContext } from "../context.ts";
import { appendGuarded, guardedPath } from "../guarded-store.ts";
import { readKeyText } from "../key-text.ts";
import { readAt } from "../read-store.ts";
import { refuseTampered } from "../sound-store.ts";
import { type StoreFlags, storePath } from "../store-path.ts";
import { givenPrivateKey } from "./trust/signer.ts";

/** `gate audit spool`: what a log holds, in one file. */
export async function spool(
  folder: string,
  flags: StoreFlags & { readonly last?: number; readonly key?: string },
  context: CommandContext,
): Promise<void> {
  const given = flags.key === undefined ? undefined : givenPrivateKey(flags.key, context);
  const path = await storePath(flags, context);
  await refuseTampered(path, context);
  await readAt(path, async (store) => {
    const entries = await spooledOf(store, flags.last);
    const last = entries.at(-1);
    if (last === undefined) throw new GateError("usage", "the log holds no decision yet");
    const seal =
      given === undefined ? {} : { seal: (document: Uint8Array) => signedEnvelope(given, SPOOL_MEDIA_TYPE, document) };
    const { spooled, signed } = writeSpool({ folder, ...seal }, context.cwd, last.entry.id, entries);
    const kind = signed ? "signed" : "not signed";
    context.out(`${escapeTerminal(`Spooled ${entries.length} of the log's entries in ${spooled} (${kind})`)}\n`);
  });
}

/** The entries in the order of the log, each with the blobs that no earlier one has brought. */
async function spooledOf(store: AuditStore, last: number | undefined): Promise<readonly SpooledEntry[]> {
  const entries: Entry[] = [];
  for await (const entry of store.entries(last === undefined ? {} : { last })) entries.push(entry);
  if (last !== undefined) entries.reverse();
  const brought = new Set<string>();
  const spooled: SpooledEntry[] = [];
  for (const entry of entries) {
    const body = readEntryBody(entry.body);
    if (body === undefined || !SPOOLED_KINDS.some((kind) => kind === body.kind)) continue;
    const { id, kind, time, content } = body;
    const blobs = await blobsOf(store, entry, brought);
    const documents = blobReferences(kind, content).map(({ digest }) => store.disclosures(digest));
    const disclosures = (await Promise.all(documents.map(gathered))).flat();
    spooled.push({ entry: withoutCollection({ id, kind, time, content }), blobs, disclosures });
  }
  return spooled;
}

/** @throws {GateError} `audit-unreadable` where one is gone */
async function blobsOf(store: AuditStore, entry: Entry, brought: Set<string>): Promise<readonly Blob[]> {
  const body = readEntryBody(entry.body);
  const blobs: Blob[] = [];
  const add = async (digest: Blob["digest"]): Promise<Blob> => {
    const blob = await store.blob(digest);
    if (blob === undefined) {
      const why = await absencesIn(store).of(digest, entry.index);
      throw new GateError("audit-unreadable", `the document ${digest} of entry ${entry.index} ${why}`);
    }
    if (!brought.has(digest)) blobs.push(blob);
    brought.add(digest);
    return blob;
  };
  for (const { digest } of body === undefined ? [] : blobReferences(body.kind, body.content)) {
    const decision = readDecisionDocument((await add(digest)).data);
    for (const reference of decision === undefined ? [] : storedReferences(decision)) await add(reference.digest);
  }
  return blobs;
}

export interface CollectFlags extends StoreFlags {
  readonly publicKey: readonly string[];
  readonly allowUnsigned: boolean;
  readonly json: boolean;
}

interface SpoolFile {
  readonly label: string;
  readonly entries: readonly SpooledEntry[];
  /** Fingerprint of the key; null where nobody signed it. */
  readonly signer: string | null;
}

/** `gate audit collect`: every file is looked at before the first entry is appended. */
export async function collectSpooled(
  labels: readonly string[],
  flags: CollectFlags,
  context: CommandContext,
): Promise<void> {
  const keys = flags.publicKey.map((label) => publicKeyOf({ text: readKeyText(label, context.cwd), label }));
  const files = readFiles(labels, keys, flags, context);
  const location = await guardedPath(flags, context);
  const { clock } = context;
  const origin = originOf(repositoryOf(files) ?? basename(context.cwd));
  await appendGuarded(
    location,
    context,
    async (store) => {
      for (const { entries, signer } of files) {
        for (const spooled of entries) {
          const at = clock.now().toISOString();
          const { id, kind, time } = spooled.entry;
          const result = await collectEntry(store, spooled, { at, signer });
          const line = flags.json
            ? JSON.stringify({ id, kind, time, result, signer })
            : `${result.padEnd(8)}  ${kind.padEnd(10)}  ${time}  ${id}`;
          context.out(`${escapeTerminal(line)}\n`);
        }
      }
    },
    origin,
  );
}

/** In the order of their first entries, so that the log has them in the order in which they were made. */
function readFiles(
  labels: readonly string[],
  keys: readonly SshPublicKey[],
  { allowUnsigned }: CollectFlags,
  context: CommandContext,
): readonly SpoolFile[] {
  const files: SpoolFile[] = [];
  const issues: Issue[] = [];
  for (const label of labels) {
    try {
      const file = readFile(label, keys, context);
      if (file.signer === null && !allowUnsigned) throw new Refusal("nobody signed it");
      files.push(file);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      issues.push({ file: label, message: error.message });
    }
  }
  if (issues.length === 0) return files.toSorted((a, b) => (firstTime(a) < firstTime(b) ? -1 : 1));
  throw new GateError("spool-invalid", "nothing was appended, for not every file can be taken", {
    issues,
    hint: "Name the key that signed them with --public-key; --allow-unsigned takes what nobody signed.",
  });
}

/** @throws {Refusal} */
function readFile(label: string, keys: readonly SshPublicKey[], context: CommandContext): SpoolFile {
  const bytes = readBytes(resolve(context.cwd, label));
  const plain = readSpool(bytes);
  if (plain !== undefined) return { label, entries: plain, signer: null };
  const envelope = readEnvelope(bytes.toString("utf8"));
  if (envelope.payloadType !== SPOOL_MEDIA_TYPE) throw new Refusal("it holds no spooled decisions");
  const [signer] = signersOf(envelope, keys);
  if (signer === undefined) throw new Refusal("none of the given keys signed it");
  const entries = readSpool(envelope.payload);
  if (entries === undefined) throw new Refusal("it holds no spooled decisions, or not as gate writes them");
  return { label, entries, signer: fingerprintOf(signer) };
}

/** @throws {Refusal} */
function readBytes(path: string): Buffer {
  try {
    const stats = statSync(path);
    if (!stats.isFile()) throw new Refusal("it is no regular file");
    if (stats.size > MOST_SPOOL_BYTES) throw new Refusal(`it takes more than ${MOST_SPOOL_BYTES} bytes`);
    return readFileSync(path);
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal(`it cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

function firstTime({ entries }: SpoolFile): string {
  return entries[0]?.entry.time ?? "";
}

/** The repository that a decision was about, for the name of a log that is made now. */
function repositoryOf(files: readonly SpoolFile[]): string | undefined {
  for (const { entries } of files) {
    for (const { blobs } of entries) {
      for (const { data } of blobs) {
        const repository = readDecisionDocument(data)?.subject.repository;
        if (repository !== undefined) return repository;
      }
    }
  }
  return undefined;
}
