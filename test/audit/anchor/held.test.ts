import { describe, expect, test } from "vitest";
import { type OutsideOptions, outsideTrees } from "../../../src/audit/anchor/held.ts";
import { appendLeaf, type CompactRange, EMPTY_RANGE, leafHash, rootOfRange, toDigest } from "../../../src/audit/log.ts";
import { cosignNote, formatNote, type NoteSignature, noteKey, signNote } from "../../../src/audit/note.ts";
import { checkpointText } from "../../../src/audit/receipt.ts";
import type { TreeHead, Voucher } from "../../../src/audit/store.ts";
import { readCheckpoint } from "../../../src/audit/vouch.ts";
import { ORIGIN, sampleTime, ZERO_DIGEST } from "../fixtures.ts";
import { ed25519 } from "./support.ts";

const ENTRIES = 9;

/** The log of nine entries after each of them, from the empty one on. */
const RANGES: CompactRange[] = [EMPTY_RANGE];
for (let at = 0; at < ENTRIES; at++) RANGES.push(appendLeaf(RANGES[at] ?? EMPTY_RANGE, leafHash(Buffer.of(at))).range);

function headAt(size: number, changes: Partial<TreeHead> = {}): TreeHead {
  const range = RANGES[size];
  return { origin: ORIGIN, size, root: range === undefined ? ZERO_DIGEST : toDigest(rootOfRange(range)), ...changes };
}

interface Held {
  readonly findings: readonly string[];
  readonly vouched: readonly string[];
}

/**
 * What trees that others keep say of the log of nine entries. Each entry was recorded a second after the one before.
 *
 * @param nameless as it is where the first entry is damaged
 */
async function hold(options: OutsideOptions, vouchers: readonly Voucher[] = [], nameless = false): Promise<Held> {
  const origin = nameless ? undefined : ORIGIN;
  const findings: string[] = [];
  const log = { vouchers: (kind: string) => vouchers.filter((voucher) => voucher.kind === kind) };
  const trees = await outsideTrees(log, options, (code, message, index) =>
    findings.push(`${code}: ${message}${index === undefined ? "" : ` (${index})`}`),
  );
  for (const [size, range] of RANGES.entries()) {
    const recorded = size === 0 ? {} : { recordedMs: sampleTime(size - 1).getTime() };
    for (const held of trees) held.verify({ origin, range, ...recorded });
  }
  const range = RANGES[ENTRIES] ?? EMPTY_RANGE;
  return { findings, vouched: trees.flatMap((held) => held.end({ origin, range }) ?? []) };
}

describe("trees that are expected", () => {
  test("are found at their sizes, from the empty one to the last", async () => {
    const expected = RANGES.map((_, size) => headAt(size));
    expect(await hold({ expect: expected })).toEqual({ findings: [], vouched: [] });
    expect(await hold({})).toEqual({ findings: [], vouched: [] });
  });

  test("show what was changed, by the place that they come from", async () => {
    const wrong = headAt(3, { root: ZERO_DIGEST });
    const { findings } = await hold({ expect: [headAt(3), wrong, { ...wrong, source: "folder kept" }] });
    expect(findings).toEqual([
      "root-changed: the first 3 entries are not the ones of the checkpoint",
      "root-changed: the first 3 entries are not the ones of the checkpoint of 3 entries at folder kept",
    ]);
  });

  test("show what was cut off, and another log", async () => {
    const other = headAt(3, { origin: "example.com/other" });
    expect((await hold({ expect: [headAt(10), other] })).findings).toEqual([
      "truncated: the checkpoint is of 10 entries, the log holds 9",
      `other-log: the checkpoint is of the log example.com/other, this is ${ORIGIN}`,
    ]);
    expect((await hold({ expect: [headAt(10), other] }, [], true)).findings).toEqual([]);
  });

  test("come with what was wrong where they were read", async () => {
    const anchorProblems = [{ code: "anchor-empty", message: "folder kept holds none" }] as const;
    expect((await hold({ anchorProblems })).findings).toEqual(["anchor-empty: folder kept holds none"]);
  });
});

describe("how much came after the newest of them", () => {
  const expected = [headAt(2), headAt(5), headAt(3)];

  test("is as many entries as there may be, or one too many", async () => {
    expect((await hold({ expect: expected, anchoredWithin: { entries: 4 } })).findings).toEqual([]);
    expect((await hold({ expect: expected, anchoredWithin: { entries: 3 } })).findings).toEqual([
      "anchor-old: 4 entries came after the newest checkpoint that was kept elsewhere, of 5",
    ]);
    expect((await hold({ anchoredWithin: { entries: 8 } })).findings).toEqual([
      "anchor-old: 9 entries came after the newest checkpoint that was kept elsewhere, of 0",
    ]);
  });

  test("is young enough where the first of it is", async () => {
    const sinceMs = sampleTime(5).getTime();
    const within = "1h";
    expect((await hold({ expect: expected, anchoredWithin: { sinceMs, within } })).findings).toEqual([]);
    expect((await hold({ expect: expected, anchoredWithin: { sinceMs: sinceMs + 1, within } })).findings).toEqual([
      "anchor-old: entry 5 is older than 1h, and in no checkpoint that was kept elsewhere (5)",
    ]);
    const all = { expect: [headAt(9)], anchoredWithin: { sinceMs: sinceMs + 1e9, within } };
    expect((await hold(all)).findings).toEqual([]);
  });
});

/** What is kept of witnesses about a tree. @param size under which it is kept */
function cosignature(head: TreeHead, signatures: readonly NoteSignature[], size = head.size): Voucher {
  const material = Buffer.from(formatNote({ text: checkpointText(head), signatures }), "utf8");
  return { kind: "cosignature", size, name: "witness", material };
}

describe("trees that witnesses have seen", () => {
  const NAMES = ["one.example", "two.example", "three.example"] as const;
  const SEEDS = new Map<string, number>(NAMES.map((name, at) => [name, at + 11]));
  const keys = NAMES.map((name) => noteKey(name, "witness", ed25519(SEEDS.get(name) ?? 0)));

  function seen(name: string, time: number, head: TreeHead): NoteSignature {
    return cosignNote(checkpointText(head), name, ed25519(SEEDS.get(name) ?? 0), time);
  }

  const NO_QUORUM = "witness-missing: no tree of the log was seen by 2 of the 3 witnesses";

  test("vouch for the largest of which enough of them say the same", async () => {
    const vouchers = [
      cosignature(headAt(8), [seen("one.example", 900, headAt(8))]),
      cosignature(headAt(6), [seen("two.example", 600, headAt(6)), seen("one.example", 700, headAt(6))]),
      cosignature(headAt(4), [seen("two.example", 400, headAt(4)), seen("three.example", 400, headAt(4))]),
    ];
    const witnesses = { keys, quorum: 2, checkpoints: [] };
    expect(await hold({ witnesses }, vouchers)).toEqual({
      findings: [],
      vouched: ["The first 6 entries were seen by two.example, one.example, last at 1970-01-01T00:11:40.000Z."],
    });
    expect((await hold({ witnesses }, vouchers.toReversed())).vouched).toEqual([
      "The first 6 entries were seen by two.example, one.example, last at 1970-01-01T00:11:40.000Z.",
    ]);
  });

  test("may be in checkpoints that are kept elsewhere", async () => {
    const head = headAt(7);
    const { material } = cosignature(head, [seen("one.example", 7, head), seen("three.example", 8, head)]);
    const checkpoint = readCheckpoint(material);
    if (checkpoint === undefined) throw new Error("there is no checkpoint");
    const { vouched } = await hold({ witnesses: { keys, quorum: 2, checkpoints: [checkpoint] } });
    expect(vouched).toEqual([
      "The first 7 entries were seen by one.example, three.example, last at 1970-01-01T00:00:08.000Z.",
    ]);
  });

  test("are too few where one says it twice, others say another thing, or what they say is of no time", async () => {
    const head = headAt(6);
    const other = headAt(6, { root: ZERO_DIGEST });
    const witnesses = { keys, quorum: 2, checkpoints: [] };
    const twice = cosignature(head, [seen("one.example", 1, head), seen("one.example", 2, head)]);
    expect(await hold({ witnesses }, [twice, twice])).toEqual({ findings: [NO_QUORUM], vouched: [] });
    const split = [
      cosignature(head, [seen("one.example", 1, head)]),
      cosignature(other, [seen("two.example", 1, other)]),
    ];
    expect((await hold({ witnesses }, split)).findings).toEqual([
      "root-changed: the first 6 entries are not the ones that the witness two.example has seen",
      NO_QUORUM,
    ]);
    // The log's own signature under the name of a witness is no cosignature.
    const log = noteKey("one.example", "log", ed25519(11));
    const own = cosignature(head, [signNote(checkpointText(head), "one.example", ed25519(11))]);
    const quorum = { keys: [log], quorum: 1, checkpoints: [] };
    expect((await hold({ witnesses: quorum }, [own])).findings).toEqual([
      "witness-missing: no tree of the log was seen by 1 of the 1 witnesses",
    ]);
  });

  test("show what was cut off, and another log", async () => {
    const witnesses = { keys, quorum: 1, checkpoints: [] };
    const later = headAt(12);
    const other = headAt(4, { origin: "example.com/other" });
    const vouchers = [
      cosignature(later, [seen("one.example", 1, later)]),
      cosignature(headAt(9), [seen("one.example", 1, headAt(9))]),
      cosignature(other, [seen("two.example", 1, other)]),
    ];
    expect((await hold({ witnesses }, vouchers)).findings).toEqual([
      "truncated: the witness one.example has seen 12 entries, the log holds 9",
      "other-log: the witness two.example has seen the log example.com/other",
    ]);
  });

  test("are none where a signature is not the witness's, the size is another, or there is no note", async () => {
    const witnesses = { keys, quorum: 1, checkpoints: [] };
    const head = headAt(6);
    const good = cosignature(head, [seen("one.example", 1, head)]);
    const forged = cosignature(head, [seen("one.example", 1, headAt(5))]);
    const moved = cosignature(head, [seen("two.example", 1, head)], 7);
    const noise: Voucher = { kind: "cosignature", size: 5, name: "witness", material: Buffer.from("noise") };
    const { findings } = await hold({ witnesses }, [good, forged, moved, noise]);
    expect(findings).toEqual([
      "cosignature-invalid: what is kept as a cosignature of 6 entries is none",
      "cosignature-invalid: what is kept as a cosignature of 7 entries is none",
      "cosignature-invalid: what is kept as a cosignature of 5 entries is none",
    ]);
  });

  test("are looked for in a thousand of the newest vouchers", async () => {
    const witnesses = { keys, quorum: 1, checkpoints: [] };
    const noise: Voucher = { kind: "cosignature", size: 5, name: "witness", material: Buffer.from("noise") };
    const good = cosignature(headAt(6), [seen("one.example", 1, headAt(6))]);
    const before = Array.from({ length: 999 }, () => noise);
    expect((await hold({ witnesses }, [...before, good])).vouched).toHaveLength(1);
    expect((await hold({ witnesses }, [...before, noise, good])).vouched).toHaveLength(0);
  });
});
