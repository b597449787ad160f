import { describe, expect, test } from "vitest";
import { entryBody } from "../../src/audit/entry.ts";
import { rotationEntry } from "../../src/audit/keys.ts";
import { inclusionProof, leafHash, nodeHash, rootOf, toDigest } from "../../src/audit/log.ts";
import {
  cosignNote,
  formatNote,
  formatVerifierKey,
  isSignedBy,
  type NoteSignature,
  noteKey,
  signNote,
} from "../../src/audit/note.ts";
import { checkpointText, formatReceipt, readReceipt } from "../../src/audit/receipt.ts";
import type { AuditStore, Entry, TreeHead, Voucher } from "../../src/audit/store.ts";
import {
  type Checkpoint,
  coveringCheckpoint,
  keptCheckpoint,
  readCheckpoint,
  receiptFor,
  signCheckpoint,
  withCosignatures,
} from "../../src/audit/vouch.ts";
import { ed25519 } from "./anchor/support.ts";
import { ORIGIN, sampleEntry, sampleTime, ZERO_DIGEST } from "./fixtures.ts";

const [A, B] = [ed25519(1), ed25519(2)];

function headOf(size: number, changes: Partial<TreeHead> = {}): TreeHead {
  return { origin: ORIGIN, size, root: ZERO_DIGEST, ...changes };
}

function voucher(head: TreeHead, signatures: readonly NoteSignature[], changes: Partial<Voucher> = {}): Voucher {
  const material = Buffer.from(formatNote({ text: checkpointText(head), signatures }), "utf8");
  return { kind: "checkpoint", size: head.size, name: "key", material, ...changes };
}

function cosignature(head: TreeHead, ...signatures: readonly NoteSignature[]): Voucher {
  return voucher(head, signatures, { kind: "cosignature" });
}

function signed(head: TreeHead, key = A): NoteSignature {
  return signNote(checkpointText(head), head.origin, key);
}

function checkpointOf(head: TreeHead, ...signatures: readonly NoteSignature[]): Checkpoint {
  return { head, note: { text: checkpointText(head), signatures } };
}

/** As much of a store as keeps vouchers. */
function storeOf(...vouchers: readonly Voucher[]): AuditStore {
  const store: Pick<AuditStore, "head" | "vouchers"> = {
    head: async (size) => headOf(size ?? 1),
    async *vouchers(kind) {
      yield* vouchers.filter((kept) => kept.kind === kind).toSorted((a, b) => b.size - a.size);
    },
  };
  return store as AuditStore;
}

/** A store that keeps what it is given, with entries about keys. */
function keeper(kept: Voucher[], ...bodies: readonly Uint8Array[]): Pick<AuditStore, "entries" | "keep"> {
  return {
    keep: async (given) => void kept.push(given),
    async *entries() {
      for (const [index, body] of bodies.entries()) {
        const entry: Entry = { index, id: "", kind: "key", body, leafHash: toDigest(leafHash(body)) };
        yield entry;
      }
    },
  };
}

describe("a checkpoint that is signed", () => {
  test("is kept under the key of the log", async () => {
    const kept: Voucher[] = [];
    const { head, note } = await signCheckpoint(keeper(kept), headOf(4), A);
    expect(head).toEqual(headOf(4));
    expect(isSignedBy(note, noteKey(ORIGIN, "log", A))).toBe(true);
    expect(kept).toMatchObject([{ size: 4, kind: "checkpoint", name: formatVerifierKey(noteKey(ORIGIN, "log", A)) }]);
    expect(readCheckpoint(kept[0]?.material ?? Buffer.alloc(0))).toEqual({ head, note });
  });

  test("is signed by the key before it as well, the older first", async () => {
    const kept: Voucher[] = [];
    const { note } = await signCheckpoint(keeper(kept), headOf(4), B, A);
    expect(note.signatures).toEqual([signed(headOf(4), A), signed(headOf(4), B)]);
    expect(kept[0]?.name).toBe(formatVerifierKey(noteKey(ORIGIN, "log", B)));
  });

  test("is signed by no key that gave way to another", async () => {
    const kept: Voucher[] = [];
    const rotation = entryBody(ORIGIN, rotationEntry(ORIGIN, A, B, sampleTime(1)));
    await expect(signCheckpoint(keeper(kept, rotation), headOf(4), A)).rejects.toMatchObject({ code: "key-invalid" });
    expect(kept).toEqual([]);
    await signCheckpoint(keeper(kept, rotation), headOf(4), B);
    expect(kept).toHaveLength(1);
  });
});

describe("the checkpoint of an entry", () => {
  test("is the newest that is kept, where that has it", async () => {
    const store = storeOf(voucher(headOf(4), [signed(headOf(4))]), voucher(headOf(7), [signed(headOf(7))]));
    expect((await keptCheckpoint(store, 6))?.head).toEqual(headOf(7));
    expect((await keptCheckpoint(store, 0))?.head).toEqual(headOf(7));
    expect(await keptCheckpoint(store, 7)).toBeUndefined();
    expect(await keptCheckpoint(storeOf(), 0)).toBeUndefined();
  });

  test("is none of another log, and no noise", async () => {
    const other = headOf(9, { origin: "example.com/other" });
    const noise: Voucher = { kind: "checkpoint", size: 8, name: "key", material: Buffer.from("noise") };
    const store = storeOf(voucher(other, [signed(other)]), noise, voucher(headOf(7), [signed(headOf(7))]));
    expect((await keptCheckpoint(store, 6))?.head).toEqual(headOf(7));
  });
});

describe("the checkpoint of a tree", () => {
  const other = headOf(7, { root: toDigest(leafHash(Buffer.of(1))) });
  const store = storeOf(
    voucher(headOf(9), [signed(headOf(9))]),
    voucher(other, [signed(other)], { name: "other" }),
    voucher(headOf(7), [signed(headOf(7), B)], { name: "b" }),
    voucher(headOf(7), [signed(headOf(7), A)], { name: "a" }),
    voucher(headOf(4), [signed(headOf(4))]),
  );

  test("is of that very tree, and of the key where one is asked for", async () => {
    expect((await coveringCheckpoint(store, headOf(7)))?.note.signatures).toEqual([signed(headOf(7), B)]);
    expect((await coveringCheckpoint(store, headOf(7), A))?.note.signatures).toEqual([signed(headOf(7), A)]);
    expect((await coveringCheckpoint(store, other))?.head).toEqual(other);
    expect((await coveringCheckpoint(store, headOf(9), A))?.head).toEqual(headOf(9));
  });

  test("is none where no key or another one signed, or only other trees are kept", async () => {
    expect(await coveringCheckpoint(store, headOf(9), B)).toBeUndefined();
    expect(await coveringCheckpoint(store, headOf(8))).toBeUndefined();
    expect(await coveringCheckpoint(store, headOf(3))).toBeUndefined();
    const moved = storeOf(voucher(headOf(7), [signed(headOf(7))], { size: 8 }));
    expect(await coveringCheckpoint(moved, headOf(7))).toBeUndefined();
  });

  test("is known by the whole signature", async () => {
    const [mine] = [signed(headOf(7), A)];
    const forged = [
      { ...mine, name: "other" },
      { ...mine, keyId: mine.keyId + 1 },
      { ...mine, signature: Buffer.from(mine.signature).fill(0, 63) },
    ];
    for (const signature of forged) {
      expect(await coveringCheckpoint(storeOf(voucher(headOf(7), [signature])), headOf(7), A)).toBeUndefined();
    }
  });
});

describe("cosignatures that are kept of a checkpoint", () => {
  const head = headOf(7);
  const seen = (name: string, time: number, of = head): NoteSignature =>
    cosignNote(checkpointText(of), name, ed25519(9), time);

  test("go with it, each once, and those of other trees do not", async () => {
    const other = headOf(7, { root: toDigest(leafHash(Buffer.of(1))) });
    const store = storeOf(
      cosignature(headOf(9), seen("nine", 1, headOf(9))),
      cosignature(head, signed(head), seen("one", 1)),
      cosignature(other, seen("other", 1, other)),
      { ...cosignature(headOf(8), seen("eight", 1, headOf(8))), size: 7 },
      cosignature(head, signed(head), seen("one", 1), seen("two", 2)),
      cosignature(headOf(4), seen("four", 1, headOf(4))),
    );
    const { head: of, note } = await withCosignatures(store, checkpointOf(head, signed(head)));
    expect(of).toEqual(head);
    expect(note.text).toBe(checkpointText(head));
    expect(note.signatures).toEqual([signed(head), seen("one", 1), seen("two", 2)]);
  });

  test("are at most as many as a note may have", async () => {
    const many = Array.from({ length: 64 }, (_, at) => seen(`witness-${at}`, 1));
    const { note } = await withCosignatures(storeOf(cosignature(head, ...many)), checkpointOf(head, signed(head)));
    expect(note.signatures).toHaveLength(64);
    expect(note.signatures.at(0)).toEqual(signed(head));
    expect(readCheckpoint(Buffer.from(formatNote(note)))?.note.signatures).toHaveLength(64);
  });
});

describe("what a store keeps as a checkpoint", () => {
  test("is none where it is no note, or the note is no checkpoint", () => {
    expect(readCheckpoint(Buffer.from("noise"))).toBeUndefined();
    const text = "not a checkpoint\n";
    const note = formatNote({ text, signatures: [signNote(text, ORIGIN, A)] });
    expect(readCheckpoint(Buffer.from(note))).toBeUndefined();
  });
});

test("a receipt has the proof of its entry under the checkpoint", async () => {
  const bodies = [1, 2, 3].map((number) => entryBody(ORIGIN, sampleEntry(number).entry));
  const leaves = bodies.map((body) => leafHash(body));
  const [first = Buffer.alloc(0), second = Buffer.alloc(0)] = leaves;
  const node: AuditStore["node"] = async ({ level, index }) =>
    level === 0 ? (leaves[index] ?? Buffer.alloc(0)) : nodeHash(first, second);
  const head = headOf(3, { root: toDigest(rootOf(leaves)) });
  const receipt = await receiptFor(
    { node },
    { index: 1, body: bodies[1] ?? Buffer.alloc(0) },
    checkpointOf(head, signed(head)),
  );
  expect(receipt.proof).toEqual(await inclusionProof(1, 3, node));
  expect(readReceipt(formatReceipt(receipt))).toMatchObject({ index: 1, head });
});
