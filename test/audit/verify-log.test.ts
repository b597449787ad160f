import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { describe, expect, test } from "vitest";
import { closedEntry } from "../../src/audit/closed.ts";
import { deletionEntry } from "../../src/audit/deletion.ts";
import { decisionEntry, entryBody, logCreatedEntry } from "../../src/audit/entry.ts";
import { holdEntry } from "../../src/audit/hold.ts";
import { revocationEntry, rotationEntry } from "../../src/audit/keys.ts";
import { appendLeaf, EMPTY_RANGE, fromDigest, leafHash, rootOf, toDigest } from "../../src/audit/log.ts";
import { formatNote, noteKey, signNote } from "../../src/audit/note.ts";
import { obligationEntry, reviewEntry } from "../../src/audit/obligations.ts";
import { commitmentTo } from "../../src/audit/personal.ts";
import { checkpointText } from "../../src/audit/receipt.ts";
import type { PreviousLog } from "../../src/audit/shard.ts";
import type { Blob, Disclosure, NewEntry, TreeHead, Voucher } from "../../src/audit/store.ts";
import type { StoredEntry, StoredLog } from "../../src/audit/stored.ts";
import { type VerifyOptions, verifyLog } from "../../src/audit/verify.ts";
import type { Decision } from "../../src/decision/types.ts";
import { canonicalJson, sha256 } from "../../src/evidence/canonical.ts";
import type { Digest } from "../../src/evidence/types.ts";
import {
  ORIGIN,
  sampleDecision,
  sampleDeletion,
  sampleId,
  sampleSalts,
  sampleTime,
  sealedSample,
  ZERO_DIGEST,
} from "./fixtures.ts";

/**
 * Verification on logs that are in memory alone, in which each thing that it looks at is exchanged by itself: no store would hold
 * them, and a file that does has more wrong with it.
 */

interface Recorded {
  readonly entry: NewEntry;
  readonly blobs?: readonly Blob[];
  readonly disclosures?: readonly Disclosure[];
  readonly origin?: string;
}

interface Changes {
  /** What is stored of an entry, by its place. */
  readonly rows?: Readonly<Record<number, Partial<StoredEntry>>>;
  readonly vouchers?: readonly Voucher[];
  readonly nodes?: (place: string, hash: Uint8Array) => Uint8Array | undefined;
  readonly extraNodes?: number;
  /** Documents that are not there. */
  readonly without?: readonly Digest[];
  /** In place of what is stored under a digest. */
  readonly blobs?: Readonly<Record<Digest, Partial<Blob>>>;
  readonly extraBlobs?: number;
  readonly disclosures?: readonly Disclosure[];
}

const CREATED: Recorded = { entry: logCreatedEntry(sampleId(0), sampleTime(0)) };

function decision(number: number, changes: Partial<Decision> = {}): Recorded {
  return decisionEntry(sampleDecision(number, changes), sampleTime(number));
}

const SOUND: readonly Recorded[] = [CREATED, decision(1), decision(2), decision(3)];

function rowsOf(records: readonly Recorded[], changes: Changes["rows"] = {}): readonly StoredEntry[] {
  return records.map(({ entry, origin = ORIGIN }, index) => {
    const body = entryBody(origin, entry);
    const { id, kind, time } = entry;
    const row = { index, id, kind, recordedMs: Date.parse(time), body, leafHash: leafHash(body) };
    return { ...row, ...changes[index] };
  });
}

function storedLog(records: readonly Recorded[], changes: Changes = {}): StoredLog {
  const rows = rowsOf(records, changes.rows);
  const blobs = new Map<Digest, Blob>();
  for (const { blobs: own = [] } of records) for (const blob of own) blobs.set(blob.digest, blob);
  for (const digest of changes.without ?? []) blobs.delete(digest);
  for (const blob of blobs.values()) blobs.set(blob.digest, { ...blob, ...changes.blobs?.[blob.digest] });
  const disclosures = changes.disclosures ?? records.flatMap((record) => record.disclosures ?? []);
  const nodes = new Map<string, Uint8Array>();
  let range = EMPTY_RANGE;
  for (const { body } of rows) {
    const appended = appendLeaf(range, leafHash(body));
    range = appended.range;
    for (const { level, index, hash } of appended.nodes.slice(1)) nodes.set(`${level}/${index}`, hash);
  }
  return {
    entries: () => rows,
    nodes: {
      at: ({ level, index }) => {
        const place = `${level}/${index}`;
        const hash = nodes.get(place);
        return hash === undefined || changes.nodes === undefined ? hash : changes.nodes(place, hash);
      },
      count: () => nodes.size + (changes.extraNodes ?? 0),
    },
    // As a store in a file does, it refuses what is no digest.
    blob: (digest) => blobs.get(toDigest(fromDigest(digest))),
    blobCount: () => blobs.size + (changes.extraBlobs ?? 0),
    disclosures: (document) => disclosures.filter((disclosure) => disclosure.document === document),
    disclosureCount: () => disclosures.length,
    vouchers: (kind) => (changes.vouchers ?? []).filter((voucher) => voucher.kind === kind),
  };
}

/** What is found, each as `index code: message`. */
async function findings(log: StoredLog, options: VerifyOptions = {}): Promise<readonly string[]> {
  const found: string[] = [];
  await verifyLog(log, options, (code, message, index) => found.push(`${index ?? "-"} ${code}: ${message}`));
  return found;
}

function headOf(records: readonly Recorded[], size: number = records.length): TreeHead {
  const root = rootOf(rowsOf(records.slice(0, size)).map(({ body }) => leafHash(body)));
  return { origin: ORIGIN, size, root: toDigest(root) };
}

const [A, B, C, D] = Array.from({ length: 4 }, () => generateKeyPairSync("ed25519").privateKey) as [
  KeyObject,
  KeyObject,
  KeyObject,
  KeyObject,
];
const KEY_A = noteKey(ORIGIN, "log", A);
const KEY_B = noteKey(ORIGIN, "log", B);

function checkpoint(head: TreeHead, key: KeyObject = A, size: number = head.size): Voucher {
  const text = checkpointText(head);
  const note = formatNote({ text, signatures: [signNote(text, head.origin, key)] });
  return { size, kind: "checkpoint", name: "log", material: Buffer.from(note) };
}

describe("a sound log", () => {
  test("has nothing to be found, and is as long as its entries", async () => {
    const log = storedLog(SOUND);
    expect(await findings(log)).toEqual([]);
    const { origin, range, deleted } = await verifyLog(log, {}, () => undefined);
    expect({ origin, size: range.size, deleted }).toEqual({ origin: ORIGIN, size: 4, deleted: 0 });
  });

  test("needs no kept hashes of subtrees", async () => {
    const { nodes: _, ...log } = storedLog(SOUND);
    expect(await findings(log)).toEqual([]);
  });

  test("is not empty; one without a decision is, and so is one without anything", async () => {
    expect(await findings(storedLog([CREATED]))).toEqual([
      "- empty: the log holds no decision yet: there is nothing to vouch for",
    ]);
    expect(await findings(storedLog([]))).toEqual([
      "- creation-missing: the log holds no entry, not even that of its creation",
    ]);
  });
});

describe("an entry", () => {
  test.each<readonly [what: string, row: Partial<StoredEntry>, finding: string]>([
    ["with another index", { index: 9 }, "9 entry-missing: entry 9 stands where entry 2 belongs"],
    ["under another id", { id: "x" }, '2 column-changed: the id is stored as "x"'],
    ["of another kind", { kind: "review" }, '2 column-changed: the kind is stored as "review"'],
    [
      "of another time",
      { recordedMs: 5 },
      `2 column-changed: the time is stored as 5, the body says ${sampleTime(2).toISOString()}`,
    ],
    [
      "with another hash",
      { leafHash: new Uint8Array(32) },
      "2 leaf-changed: the body does not have the hash that was recorded",
    ],
  ])("%s is found", async (_, row, finding) => {
    expect(await findings(storedLog(SOUND, { rows: { 2: row } }))).toEqual([finding]);
  });

  test("that gate did not write is found, and its columns are not held against it", async () => {
    const body = Buffer.from("{}");
    const rows = { 2: { body, leafHash: leafHash(body) } };
    expect(await findings(storedLog(SOUND, { rows }))).toEqual([
      "2 body-invalid: the body is not what gate writes",
      "- blob-extra: no entry commits to 1 of the stored documents",
    ]);
  });

  test("that gate did not write creates no log", async () => {
    const body = Buffer.from("{}");
    const found = await findings(storedLog(SOUND.slice(0, 1), { rows: { 0: { body, leafHash: leafHash(body) } } }));
    expect(found).toEqual([
      "0 body-invalid: the body is not what gate writes",
      "0 creation-missing: the log does not start with its creation",
      "- empty: the log holds no decision yet: there is nothing to vouch for",
    ]);
  });

  test("of another log is found", async () => {
    const records = [CREATED, decision(1), { ...decision(2), origin: "github.com/acme/other" }];
    expect(await findings(storedLog(records))).toEqual([
      "2 column-changed: the entry belongs to the log github.com/acme/other",
    ]);
  });

  test("that creates the log is the first, and no other", async () => {
    const again = { entry: logCreatedEntry(sampleId(7), sampleTime(7)) };
    expect(await findings(storedLog([CREATED, decision(1), again]))).toEqual([
      "2 body-invalid: only the first entry creates the log",
    ]);
    const found = await findings(storedLog([decision(1), decision(2)]));
    expect(found[0]).toBe("0 creation-missing: the log does not start with its creation");
    expect(found.slice(1)).toEqual([0, 1].map((at) => `${at} column-changed: the entry belongs to the log ${ORIGIN}`));
  });

  test.each<readonly [kind: NewEntry["kind"], id: string]>([
    ["decision", sampleId(4)],
    ["review", sampleId(4)],
    ["obligation", sampleId(4)],
    ["deletion", sampleId(4)],
    ["hold", sampleId(4)],
  ])("of the kind %s names its document", async (kind, id) => {
    const bare: Recorded = { entry: { id, kind, time: sampleTime(4).toISOString(), content: {} } };
    expect(await findings(storedLog([...SOUND, bare]))).toEqual([`4 body-invalid: the ${kind} names no document`]);
  });
});

describe("a hash of a subtree", () => {
  test.each<readonly [what: string, changed: Uint8Array | undefined, finding: string]>([
    ["that is missing", undefined, "- node-changed: the hash of subtree 1 at level 1 is missing"],
    ["that is another", new Uint8Array(32), "- node-changed: the hash of subtree 1 at level 1 is another one"],
  ])("%s is found", async (_, changed, finding) => {
    const nodes = (place: string, hash: Uint8Array): Uint8Array | undefined => (place === "1/1" ? changed : hash);
    expect(await findings(storedLog(SOUND, { nodes }))).toEqual([finding]);
  });

  test("is found where there are too many", async () => {
    expect(await findings(storedLog(SOUND, { extraNodes: 2 }))).toEqual([
      "- node-extra: 2 hashes belong to no subtree of the log",
    ]);
  });
});

describe("a checkpoint that is kept", () => {
  test("of any tree of the log is right", async () => {
    const vouchers = [4, 3, 2, 1].map((size) => checkpoint(headOf(SOUND, size)));
    expect(await findings(storedLog(SOUND, { vouchers }))).toEqual([]);
  });

  test.each<readonly [what: string, voucher: Voucher, finding: string]>([
    [
      "that is none",
      { ...checkpoint(headOf(SOUND)), material: Buffer.from("x") },
      "- checkpoint-changed: what is kept as a checkpoint of 4 entries is none",
    ],
    [
      "under another size",
      checkpoint(headOf(SOUND, 3), A, 4),
      "- checkpoint-changed: what is kept as a checkpoint of 4 entries is none",
    ],
    [
      "with another root",
      checkpoint({ ...headOf(SOUND, 2), root: ZERO_DIGEST }),
      "- checkpoint-changed: the first 2 entries are not the ones of the checkpoint that was kept",
    ],
    [
      "of more entries",
      checkpoint({ ...headOf(SOUND), size: 5 }),
      "- truncated: a checkpoint of 5 entries was kept, the log holds 4",
    ],
    [
      "of another log",
      checkpoint({ ...headOf(SOUND), origin: "github.com/acme/other" }),
      "- checkpoint-changed: a checkpoint of the log github.com/acme/other was kept",
    ],
  ])("%s is found", async (_, voucher, finding) => {
    expect(await findings(storedLog(SOUND, { vouchers: [voucher] }))).toEqual([finding]);
  });

  test("is looked at where it is one of the newest hundred", async () => {
    const newest = Array.from({ length: 99 }, () => checkpoint(headOf(SOUND)));
    const wrong = checkpoint({ ...headOf(SOUND, 2), root: ZERO_DIGEST });
    expect(await findings(storedLog(SOUND, { vouchers: [...newest, wrong] }))).toHaveLength(1);
    expect(await findings(storedLog(SOUND, { vouchers: [...newest, ...newest.slice(0, 1), wrong] }))).toEqual([]);
  });
});

/** What is found of a log for somebody who was given its first key. */
async function underKeyA(records: readonly Recorded[], vouchers: readonly Voucher[]): Promise<readonly string[]> {
  return findings(storedLog(records, { vouchers }), { logKey: KEY_A });
}

describe("the log's key", () => {
  const rotated = [...SOUND, { entry: rotationEntry(ORIGIN, A, B, sampleTime(4)) }];
  const revoked = [...rotated, { entry: revocationEntry(ORIGIN, KEY_A, 3, B, sampleTime(5)) }];

  test("has to have signed the newest checkpoint", async () => {
    expect(await underKeyA(SOUND, [checkpoint(headOf(SOUND)), checkpoint(headOf(SOUND, 2), B)])).toEqual([]);
    expect(await underKeyA(SOUND, [])).toEqual([
      "- checkpoint-missing: no checkpoint is kept that the log's key could have signed",
    ]);
    expect(await underKeyA(SOUND, [checkpoint(headOf(SOUND), B), checkpoint(headOf(SOUND, 2))])).toEqual([
      "- checkpoint-unsigned: the checkpoint of 4 entries is not signed with the log's key",
    ]);
  });

  test("is nobody's matter where none is given", async () => {
    expect(await findings(storedLog(SOUND, { vouchers: [checkpoint(headOf(SOUND), B)] }))).toEqual([]);
  });

  test("that follows another is the one that signs", async () => {
    expect(await underKeyA(rotated, [checkpoint(headOf(rotated), B)])).toEqual([]);
    expect(await underKeyA(rotated, [checkpoint(headOf(rotated), A)])).toEqual([
      "- checkpoint-unsigned: the checkpoint of 5 entries is not signed with the log's key",
    ]);
  });

  test("that is not the log's speaks for nobody", async () => {
    const stranger = [...rotated, { entry: rotationEntry(ORIGIN, C, D, sampleTime(5)) }];
    const vouchers = [checkpoint(headOf(stranger), B)];
    expect(await findings(storedLog(stranger, { vouchers }), { logKey: KEY_A })).toEqual([
      "5 key-unknown: it speaks for a key that was not the log's at that time",
    ]);
  });

  test("that was taken back leads to no other", async () => {
    const vouchers = [checkpoint(headOf(revoked), B)];
    expect(await findings(storedLog(revoked, { vouchers }), { logKey: KEY_B })).toEqual([]);
    expect(await findings(storedLog(revoked, { vouchers }), { logKey: KEY_A })).toEqual([
      "5 key-revoked: it takes back the key that was given, and with it what that key said of the next",
    ]);
  });

  test("that was taken back vouches for no tree that came later", async () => {
    expect(await findings(storedLog(revoked, { vouchers: [checkpoint(headOf(SOUND, 3))] }), { logKey: KEY_B })).toEqual(
      [],
    );
    expect(await findings(storedLog(revoked, { vouchers: [checkpoint(headOf(SOUND, 4))] }), { logKey: KEY_B })).toEqual(
      ["- checkpoint-unsigned: the checkpoint of 4 entries is not signed with the log's key"],
    );
  });

  test("is named only by an entry that it signed", async () => {
    const [{ entry } = CREATED] = rotated.slice(-1);
    const note = String(entry.content["note"]).replace(/— .*\n$/, "");
    const unsigned = [...SOUND, { entry: { ...entry, content: { note } } }];
    expect(await findings(storedLog(unsigned))).toEqual([
      "4 body-invalid: it names a key of the log that did not sign it",
    ]);
  });
});

const HOLD = {
  name: "case-7",
  action: "add",
  reason: "a letter",
  at: sampleTime(8).toISOString(),
  by: "legal",
} as const;
const OBLIGATION = {
  id: sampleId(1),
  environment: "production",
  repository: ORIGIN,
  commit: "c".repeat(40),
  reason: "fire",
  ticket: "OPS-1",
  requestedBy: "ada",
  gates: ["sast"],
  identities: [],
  approvers: [],
  createdAt: sampleTime(1).toISOString(),
  dueAt: sampleTime(99).toISOString(),
} as const;

function next(carried: number): Recorded {
  const previous: PreviousLog = { origin: `${ORIGIN}/2025`, size: 9, root: ZERO_DIGEST, carried };
  return { entry: logCreatedEntry(sampleId(0), sampleTime(0), previous) };
}

describe("the place of an entry", () => {
  const closed: Recorded = { entry: closedEntry(ORIGIN, `${ORIGIN}/2027`, sampleTime(5)) };

  test("is before the end of the log, but for what removes and what holds", async () => {
    const deletion = deletionEntry(sampleDeletion([]));
    expect(await findings(storedLog([...SOUND, closed, holdEntry(HOLD), deletion]))).toEqual([]);
    expect(await findings(storedLog([...SOUND, closed, decision(6)]))).toEqual([
      "5 body-invalid: the decision stands after the entry that closes the log",
    ]);
    expect(await findings(storedLog([...SOUND, closed, holdEntry(HOLD), decision(6)]))).toEqual([
      "6 body-invalid: the decision stands after the entry that closes the log",
    ]);
  });

  test("is behind what was carried over from the log before", async () => {
    expect(await findings(storedLog([next(1), holdEntry(HOLD), decision(1)]))).toEqual([]);
    expect(await findings(storedLog([next(2), holdEntry(HOLD), decision(1), decision(2)]))).toEqual([
      "2 body-invalid: the decision stands where something of the log before belongs",
    ]);
    expect(await findings(storedLog([next(0), decision(1)]))).toEqual([]);
  });

  test("that was carried over is not missing", async () => {
    expect(await findings(storedLog([next(2), holdEntry(HOLD)]))).toEqual([
      "- incomplete: of 2 entries of the log before, 1 are carried over",
    ]);
    expect(await findings(storedLog([next(1), holdEntry(HOLD)]))).toEqual([]);
    expect(await findings(storedLog([next(2)]))).toEqual([
      "- incomplete: of 2 entries of the log before, 0 are carried over",
      "- empty: the log holds no decision yet: there is nothing to vouch for",
    ]);
  });
});

describe("a document", () => {
  const first = digestOf(SOUND[1]);

  test("that is another one is found, by its bytes and by its type", async () => {
    const finding = `1 blob-changed: the document ${first} is not the one that was recorded`;
    for (const change of [{ data: Buffer.from("{}") }, { mediaType: "text/plain" }]) {
      expect(await findings(storedLog(SOUND, { blobs: { [first]: change } }))).toEqual([finding]);
    }
  });

  test("that is gone is found", async () => {
    expect(await findings(storedLog(SOUND, { without: [first] }))).toEqual([
      `1 pruned: the document ${first} is no longer in the store`,
    ]);
  });

  test("that no entry commits to is found", async () => {
    expect(await findings(storedLog(SOUND, { extraBlobs: 2 }))).toEqual([
      "- blob-extra: no entry commits to 2 of the stored documents",
    ]);
  });

  test.each<readonly [what: string, record: Recorded, code: string]>([
    ["a decision", decision(4), "decision"],
    ["a hold", holdEntry(HOLD), "document"],
    ["an obligation", obligationEntry(OBLIGATION, { random: sampleSalts() }), "document"],
    [
      "a review",
      reviewEntry(
        {
          obligation: sampleId(1),
          outcome: "justified",
          findings: "none",
          actions: [],
          reviewer: "bob",
          reviewedAt: sampleTime(9).toISOString(),
        },
        { random: sampleSalts() },
      ),
      "document",
    ],
    ["a deletion", deletionEntry(sampleDeletion([])), "document"],
  ])("of %s says what its entry says", async (_, record, code) => {
    expect(await findings(storedLog([...SOUND, record]))).toEqual([]);
    const { content } = record.entry;
    const changed = { ...record, entry: { ...record.entry, content: { ...content, more: 1 } } };
    expect(await findings(storedLog([...SOUND, changed]))).toEqual([
      `4 ${code}-changed: the leaf does not say what the document says`,
    ]);
  });

  test.each<readonly [what: string, data: string]>([
    ["of another schema", '{"schema":"gate/other/v1"}'],
    ["that is no JSON", "x"],
  ])("%s is none that its entry could have, though it has the hash", async (_, text) => {
    const { entry, blobs } = holdEntry(HOLD);
    const data = Buffer.from(text);
    const blob = { digest: sha256(data), mediaType: blobs[0]?.mediaType ?? "", data };
    const hold = { entry: { ...entry, content: { ...entry.content, document: blob.digest } }, blobs: [blob] };
    expect(await findings(storedLog([...SOUND, hold]))).toEqual([
      "4 document-changed: the leaf does not say what the document says",
    ]);
  });

  test("of no decision says anything of what else is stored", async () => {
    const hold = holdEntry(HOLD);
    const digest = digestOf(hold);
    const blobs = { [digest]: { data: Buffer.from("{}") } };
    expect(await findings(storedLog([...SOUND, hold], { blobs, extraBlobs: 1 }))).toEqual([
      `4 blob-changed: the document ${digest} is not the one that was recorded`,
      "- blob-extra: no entry commits to 1 of the stored documents",
    ]);
  });

  test("of a hold or a deletion is not gone, whatever a deletion says", async () => {
    const hold = holdEntry(HOLD);
    const digest = digestOf(hold);
    const deletion = deletionEntry(sampleDeletion([digest]));
    expect(await findings(storedLog([...SOUND, hold, deletion], { without: [digest] }))).toEqual([
      `4 pruned: the document ${digest} is no longer in the store`,
      `5 deletion-unfounded: the deletion lists ${digest}, which no entry before it commits to`,
    ]);
  });

  test("that a deletion lists may be gone, and may be there again", async () => {
    const log = [...SOUND, deletionEntry(sampleDeletion([first]))];
    expect(await findings(storedLog(log, { without: [first] }))).toEqual([]);
    expect(await findings(storedLog(log))).toEqual([]);
    const { deleted } = await verifyLog(storedLog(log, { without: [first] }), {}, () => undefined);
    expect(deleted).toBe(1);
  });
});

function digestOf(record: Recorded | undefined): Digest {
  const [blob] = record?.blobs ?? [];
  if (blob === undefined) throw new Error("no document");
  return blob.digest;
}

describe("what a decision was made from", () => {
  const data = Buffer.from(canonicalJson({ evidence: 1 }));
  const evidence: Blob = { digest: sha256(data), mediaType: "application/vnd.gate.evidence.v1+json", data };
  const sample = sampleDecision(4);
  const stored = sample.evidence.map((record) => ({ ...record, id: evidence.digest, stored: true as const }));

  function on(number: number, changes: Partial<Decision> = {}): Recorded {
    const record = decision(number, { evidence: stored, ...changes });
    return { ...record, blobs: [...(record.blobs ?? []), evidence] };
  }

  const log = [...SOUND, on(4), on(5)];
  const document = digestOf(log[4]);

  test("is there, once for all who share it", async () => {
    expect(await findings(storedLog(log))).toEqual([]);
  });

  test("is found where it is gone, or another one, by the first that names it", async () => {
    expect(await findings(storedLog(log, { without: [evidence.digest] }))).toEqual([
      `4 pruned: the document ${evidence.digest} is no longer in the store`,
    ]);
    for (const change of [{ data: Buffer.from("{}") }, { mediaType: "text/plain" }]) {
      expect(await findings(storedLog(log, { blobs: { [evidence.digest]: change } }))).toEqual([
        `4 blob-changed: the document ${evidence.digest} is not the one that was recorded`,
      ]);
    }
  });

  test("belongs to its entry also where the document of that is gone, or another one", async () => {
    const alone = log.slice(0, 5);
    expect(await findings(storedLog(alone, { without: [document] }))).toEqual([
      `4 pruned: the document ${document} is no longer in the store`,
    ]);
    expect(await findings(storedLog(alone, { blobs: { [document]: { data: Buffer.from("{}") } } }))).toEqual([
      `4 blob-changed: the document ${document} is not the one that was recorded`,
    ]);
    expect(
      await findings(storedLog(alone, { blobs: { [document]: { data: Buffer.from("{}") } }, extraBlobs: 1 })),
    ).toEqual([
      `4 blob-changed: the document ${document} is not the one that was recorded`,
      "- blob-extra: no entry commits to 1 of the stored documents",
    ]);
    expect(await findings(storedLog(alone, { without: [document], extraBlobs: 1 }))).toEqual([
      `4 pruned: the document ${document} is no longer in the store`,
      "- blob-extra: no entry commits to 1 of the stored documents",
    ]);
  });

  test("may go with the document that names it, in one deletion or in two", async () => {
    const alone = log.slice(0, 5);
    const both = deletionEntry(sampleDeletion([document, evidence.digest].toSorted()));
    expect(await findings(storedLog([...alone, both], { without: [document, evidence.digest] }))).toEqual([]);
    const [one, other] = [document, evidence.digest].map((digest) => deletionEntry(sampleDeletion([digest])));
    if (one === undefined || other === undefined) throw new Error("no deletion");
    expect(await findings(storedLog([...alone, one, other], { without: [document, evidence.digest] }))).toEqual([]);
    expect(await findings(storedLog([...alone, one], { without: [document] }))).toEqual([]);
  });

  test("is not there because an entry names it", async () => {
    const alone = log.slice(0, 5);
    const blobs = { [document]: { data: Buffer.from("{}") } };
    expect(await findings(storedLog(alone, { blobs, without: [evidence.digest], extraBlobs: 1 }))).toEqual([
      `4 blob-changed: the document ${document} is not the one that was recorded`,
      "- blob-extra: no entry commits to 1 of the stored documents",
    ]);
  });

  test("is nothing that is no digest", async () => {
    const { entry } = on(4);
    const content = { ...entry.content, evidence: { count: 1, items: [{ id: "x" }] } };
    expect(await findings(storedLog([...SOUND, { ...on(4), entry: { ...entry, content } }]))).toEqual([
      "4 decision-changed: the leaf does not say what the document says",
      "- blob-extra: no entry commits to 1 of the stored documents",
    ]);
  });

  test("is known to the document alone where the leaf would grow too long", async () => {
    const [gate] = sample.gates;
    if (gate === undefined) throw new Error("no gate");
    const gates = Array.from({ length: 400 }, (_, number) => ({ ...gate, id: `gate-${number}-${"x".repeat(200)}` }));
    const long = [...SOUND, on(4, { gates })];
    const digest = digestOf(long[4]);
    expect(await findings(storedLog(long))).toEqual([]);
    // Nobody can tell then whose the rest is.
    expect(await findings(storedLog(long, { without: [digest], extraBlobs: 1 }))).toEqual([
      `4 pruned: the document ${digest} is no longer in the store`,
    ]);
    expect(
      await findings(storedLog(long, { blobs: { [digest]: { data: Buffer.from("{}") } }, extraBlobs: 1 })),
    ).toEqual([`4 blob-changed: the document ${digest} is not the one that was recorded`]);
  });
});

describe("a name", () => {
  const named = sealedSample(4);
  const log = [...SOUND, named];
  const [disclosure] = named.disclosures;
  if (disclosure === undefined) throw new Error("nobody is named");
  const { commitment, document } = disclosure;
  const missing = "4 disclosure-missing: a name is no longer in the store, and no deletion says so";

  test("is there, and opens its commitment", async () => {
    expect(await findings(storedLog(log))).toEqual([]);
  });

  test.each<readonly [what: string, changes: Partial<Disclosure>]>([
    ["another value", { value: "eve" }],
    ["another salt", { salt: new Uint8Array(32) }],
    ["a salt that is no salt", { salt: new Uint8Array(3) }],
  ])("that is stored with %s is found", async (_, changes) => {
    expect(await findings(storedLog(log, { disclosures: [{ ...disclosure, ...changes }] }))).toEqual([
      `4 disclosure-changed: what is stored for ${commitment} is not what was recorded`,
    ]);
  });

  test("that the document does not commit to is found, and so is one of no document", async () => {
    const salt = new Uint8Array(32);
    const other = { document, commitment: commitmentTo("eve", salt), salt, value: "eve" };
    expect(await findings(storedLog(log, { disclosures: [disclosure, other] }))).toEqual([
      `4 disclosure-changed: what is stored for ${other.commitment} is not what was recorded`,
    ]);
    expect(await findings(storedLog(log, { disclosures: [disclosure, { ...other, document: ZERO_DIGEST }] }))).toEqual([
      "- disclosure-extra: 1 names are stored of no document",
    ]);
  });

  test("is gone only where a deletion lists it", async () => {
    expect(await findings(storedLog(log, { disclosures: [] }))).toEqual([missing]);
    const deletion = deletionEntry(sampleDeletion([], { cause: "erasure", commitments: [commitment] }));
    expect(await findings(storedLog([...log, deletion], { disclosures: [] }))).toEqual([]);
    const { waivers } = sampleDecision(4);
    const unused = [{ id: "w", gate: "sast", reason: "later", owner: "grace" }];
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what else a waiver says does not matter
    const three = sealedSample(4, { waivers: { ...waivers, unused } as unknown as Decision["waivers"] });
    expect(await findings(storedLog([...SOUND, three], { disclosures: [] }))).toEqual([
      "4 disclosure-missing: 3 names are no longer in the store, and no deletion says so",
    ]);
  });

  test("is in documents that name people, and in no others", async () => {
    const hold = holdEntry({ ...HOLD, reason: commitment });
    expect(await findings(storedLog([...SOUND, hold]))).toEqual([]);
    const nobody = digestOf(SOUND[1]);
    expect(await findings(storedLog(SOUND, { disclosures: [{ ...disclosure, document: nobody }] }))).toEqual([
      "- disclosure-extra: 1 names are stored of no document",
    ]);
  });

  test("is of its document also where that is gone, or another one", async () => {
    expect(await findings(storedLog(log, { without: [document] }))).toEqual([
      `4 pruned: the document ${document} is no longer in the store`,
    ]);
    expect(await findings(storedLog(log, { blobs: { [document]: { data: Buffer.from("{}") } } }))).toEqual([
      `4 blob-changed: the document ${document} is not the one that was recorded`,
    ]);
  });
});
