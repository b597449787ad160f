import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { describe, expect, test } from "vitest";
import { type EntryBody, entryBody, readEntryBody } from "../../src/audit/entry.ts";
import {
  type KeyEvent,
  keyChain,
  keyEventsIn,
  namedKey,
  type PlacedKeyEvent,
  readKeyEvent,
  requireKeyInForce,
  revocationEntry,
  rotationEntry,
} from "../../src/audit/keys.ts";
import { leafHash, toDigest } from "../../src/audit/log.ts";
import { cosignNote, formatNote, formatVerifierKey, type NoteKey, noteKey, signNote } from "../../src/audit/note.ts";
import type { AuditStore, NewEntry } from "../../src/audit/store.ts";
import { ORIGIN, sampleTime } from "./fixtures.ts";

const [A, B, C, D] = Array.from({ length: 4 }, () => generateKeyPairSync("ed25519").privateKey) as [
  KeyObject,
  KeyObject,
  KeyObject,
  KeyObject,
];
const TIME = sampleTime(1);

function publicOf(key: KeyObject): NoteKey {
  return noteKey(ORIGIN, "log", key);
}

function asItIs(note: string): string {
  return note;
}

function read(
  { content, ...entry }: NewEntry,
  change: (note: string) => string = (note) => note,
): KeyEvent | undefined {
  const changed = { ...entry, content: { ...content, note: change(String(content["note"])) } };
  const body = readEntryBody(entryBody(ORIGIN, changed));
  return body === undefined ? undefined : readKeyEvent(body);
}

function eventOf(entry: NewEntry): KeyEvent {
  const event = read(entry);
  if (event === undefined) throw new Error("no event");
  return event;
}

const A_TO_B = rotationEntry(ORIGIN, A, B, TIME);

describe("an entry about the log's key", () => {
  test("is read where its keys signed it", () => {
    expect(read(A_TO_B)).toMatchObject({ type: "rotated" });
    expect(read(revocationEntry(ORIGIN, publicOf(A), 7, B, TIME))).toMatchObject({ type: "revoked", since: 7 });
  });

  test.each<readonly [what: string, entry: NewEntry, change: (note: string) => string]>([
    [
      "with another key in its text",
      A_TO_B,
      (note) => note.replace(formatVerifierKey(publicOf(B)), formatVerifierKey(publicOf(C))),
    ],
    ["without the signature of the old key", A_TO_B, (note) => note.replace(/^— .*\n/m, "")],
    ["without the signature of the new key", A_TO_B, (note) => note.replace(/— .*\n$/, "")],
    ["of another log", A_TO_B, (note) => note.replaceAll(ORIGIN, "github.com/acme/other")],
    ["in another format", A_TO_B, (note) => note.replace("gate-key/v1", "gate-key/v2")],
    ["with a line more", A_TO_B, (note) => note.replace("\n\n", "\nmore\n\n")],
    ["with a signature more that is written otherwise", A_TO_B, (note) => `${note}\n`],
    ["from a key to itself", rotationEntry(ORIGIN, A, A, TIME), asItIs],
    ["by a key about itself", revocationEntry(ORIGIN, publicOf(A), 7, A, TIME), asItIs],
    ["with another size", revocationEntry(ORIGIN, publicOf(A), 7, B, TIME), (note) => note.replace("\n7\n", "\n8\n")],
    ["with no size", revocationEntry(ORIGIN, publicOf(A), Number.NaN, B, TIME), asItIs],
    ["that is no note", A_TO_B, () => "rotated"],
  ])("is none %s", (_, entry, change) => {
    expect(read(entry, change)).toBeUndefined();
  });
});

/** A note about keys with these lines, signed by whoever is to sign it. */
function noteOf(lines: readonly string[], signers: readonly KeyObject[]): string {
  const text = `${lines.join("\n")}\n`;
  return formatNote({ text, signatures: signers.map((key) => signNote(text, ORIGIN, key)) });
}

function bodyOf(content: EntryBody["content"], changes: Partial<EntryBody> = {}): EntryBody {
  const time = TIME.toISOString();
  return { log: ORIGIN, id: A_TO_B.id, kind: "key", time, content, ...changes };
}

describe("a note about the log's key that its keys did sign", () => {
  const [a, b, c] = [A, B, C].map((key) => formatVerifierKey(publicOf(key))) as [string, string, string];
  const head = ["gate-key/v1", ORIGIN];
  const foreign = formatVerifierKey(noteKey("github.com/acme/other", "log", B));
  const witness = noteKey(ORIGIN, "witness", B);

  test("is read as what it says", () => {
    expect(readKeyEvent(bodyOf({ note: noteOf([...head, "rotated", a, b], [A, B]) }))).toMatchObject({
      type: "rotated",
    });
    for (const size of [0, 4, 42, 4_200_000]) {
      const note = noteOf([...head, "revoked", a, String(size), b], [B]);
      expect(readKeyEvent(bodyOf({ note }))).toMatchObject({ type: "revoked", since: size });
    }
    expect(A_TO_B).toMatchObject({ kind: "key", time: TIME.toISOString() });
    expect(A_TO_B.id).toBe(rotationEntry(ORIGIN, A, B, sampleTime(2)).id);
    expect(A_TO_B.id).not.toBe(rotationEntry(ORIGIN, A, C, TIME).id);
  });

  test.each<readonly [what: string, lines: readonly string[], signers: readonly KeyObject[]]>([
    ["in another format", ["gate-key/v2", ORIGIN, "rotated", a, b], [A, B]],
    ["about another log", ["gate-key/v1", "github.com/acme/other", "rotated", a, b], [A, B]],
    ["of another type", [...head, "renewed", a, b], [A, B]],
    ["of a rotation with three lines", [...head, "rotated", a, b, c], [A, B, C]],
    ["of a rotation with one", [...head, "rotated", a], [A]],
    ["of a revocation with four", [...head, "revoked", a, "7", b, c], [B]],
    ["of a revocation with two", [...head, "revoked", a, b], [A, B]],
    ["under the name of the other type", [...head, "revoked", a, "7", b].with(2, "rotated"), [A, B]],
    ["with a size that begins with a zero", [...head, "revoked", a, "07", b], [B]],
    ["with a size and more", [...head, "revoked", a, "7x", b], [B]],
    ["with more and a size", [...head, "revoked", a, "x7", b], [B]],
    ["that names a key of another log", [...head, "rotated", a, foreign], [A, B]],
    ["that names a key that is none", [...head, "rotated", a, "b"], [A, B]],
    ["that only a stranger signed", [...head, "revoked", a, "7", b], [C]],
    ["that only the revoked key signed", [...head, "revoked", a, "7", b], [A]],
  ])("is none %s", (_, lines, signers) => {
    expect(readKeyEvent(bodyOf({ note: noteOf(lines, signers) }))).toBeUndefined();
  });

  test("is none that names a key of another log, which signed under that name", () => {
    const text = `${[...head, "rotated", a, foreign].join("\n")}\n`;
    const signatures = [signNote(text, ORIGIN, A), signNote(text, "github.com/acme/other", B)];
    expect(readKeyEvent(bodyOf({ note: formatNote({ text, signatures }) }))).toBeUndefined();
  });

  test("is none that names a witness's key, which signed as witnesses do", () => {
    const text = `${[...head, "rotated", a, formatVerifierKey(witness)].join("\n")}\n`;
    const signatures = [signNote(text, ORIGIN, A), cosignNote(text, ORIGIN, B, 7)];
    expect(readKeyEvent(bodyOf({ note: formatNote({ text, signatures }) }))).toBeUndefined();
  });

  test("is none in an entry of another kind or with something beside it", () => {
    const { note } = A_TO_B.content;
    expect(readKeyEvent(bodyOf({ note }))).toBeDefined();
    expect(readKeyEvent(bodyOf({ note }, { kind: "closed" }))).toBeUndefined();
    expect(readKeyEvent(bodyOf({ note, more: 1 }))).toBeUndefined();
    expect(readKeyEvent(bodyOf({}))).toBeUndefined();
    expect(readKeyEvent(bodyOf({ note: 7 }))).toBeUndefined();
  });
});

/** As much of a store as says what a log has of keys. */
function storeOf(...entries: readonly (NewEntry | "noise")[]): Pick<AuditStore, "entries"> {
  return {
    async *entries(filter) {
      expect(filter).toEqual({ kind: "key" });
      for (const [index, entry] of entries.entries()) {
        const body = entry === "noise" ? Buffer.from(entry) : entryBody(ORIGIN, entry);
        yield { index, id: A_TO_B.id, kind: "key", body, leafHash: toDigest(leafHash(body)) };
      }
    },
  };
}

describe("the key that a log names", () => {
  const forged = { ...A_TO_B, content: { note: "forged" } };

  test("is that of the last rotation", async () => {
    const revoked = revocationEntry(ORIGIN, publicOf(A), 7, C, TIME);
    expect(await namedKey(storeOf())).toBeUndefined();
    expect(await namedKey(storeOf(revoked))).toBeUndefined();
    expect(nameOf(await namedKey(storeOf(A_TO_B, rotationEntry(ORIGIN, B, C, TIME), revoked)))).toBe("C");
  });

  test("is none to go by where an entry was not signed by its keys", async () => {
    await expect(namedKey(storeOf(A_TO_B, forged))).rejects.toMatchObject({
      code: "audit-corrupt",
      message: "entry 1 of the audit log names a key that did not sign it",
      hint: "Run `gate audit verify`.",
    });
    await expect(namedKey(storeOf("noise"))).rejects.toMatchObject({ code: "audit-corrupt" });
    const events = await keyEventsIn(storeOf(A_TO_B, forged, rotationEntry(ORIGIN, B, C, TIME)));
    expect(events.map(({ index }) => index)).toEqual([0, 2]);
    expect(events[0]?.event).toMatchObject({ type: "rotated" });
  });

  test("is the only one to sign with", async () => {
    await requireKeyInForce(storeOf(), ORIGIN, A);
    await requireKeyInForce(storeOf(A_TO_B), ORIGIN, B);
    await expect(requireKeyInForce(storeOf(A_TO_B), ORIGIN, A)).rejects.toMatchObject({
      code: "key-invalid",
      message: `the audit log ${ORIGIN} has another key by now: ${formatVerifierKey(publicOf(B))}`,
      hint: "Sign with the key that `gate key rotate` brought in.",
    });
  });
});

const NAMES = new Map([A, B, C, D].map((key, index) => [formatVerifierKey(publicOf(key)), "ABCD"[index]]));

function nameOf(key: NoteKey | undefined): string {
  return key === undefined ? "-" : (NAMES.get(formatVerifierKey(key)) ?? "?");
}

function keysOf(given: KeyObject, events: Parameters<typeof keyChain>[1]): string {
  const { keyOf } = keyChain(publicOf(given), events);
  return Array.from({ length: 12 }, (_, size) => nameOf(keyOf(size))).join("");
}

describe("the keys of a log", () => {
  const b = { index: 4, event: eventOf(A_TO_B) };
  const c = { index: 9, event: eventOf(rotationEntry(ORIGIN, B, C, TIME)) };
  const stranger = { index: 6, event: eventOf(rotationEntry(ORIGIN, D, C, TIME)) };

  test("are one where none gave way", () => {
    expect(keysOf(A, [])).toBe("AAAAAAAAAAAA");
  });

  test.each([A, B, C])("are the same for whoever was given any of them", (given) => {
    expect(keysOf(given, [b, c])).toBe("AAAAABBBBBCC");
  });

  test("are not those of a stranger, who is found", () => {
    const chain = keyChain(publicOf(A), [b, stranger, c]);
    expect(chain.strangers).toEqual([6]);
    expect(keysOf(A, [b, stranger, c])).toBe("AAAAABBBBBCC");
    expect(keyChain(publicOf(D), [b, c]).strangers).toEqual([4, 9]);
  });

  test("are not believed beyond where they were revoked", () => {
    const revoked = { index: 10, event: eventOf(revocationEntry(ORIGIN, publicOf(B), 7, C, TIME)) };
    for (const given of [A, C]) expect(keysOf(given, [b, c, revoked])).toBe("AAAAABBB--CC");
    expect(keyChain(publicOf(C), [b, c, revoked]).broken).toBeUndefined();
    expect(keyChain(publicOf(B), [b, c, revoked]).broken).toEqual(revoked);
  });

  test("lead on where the key was good until it gave way", () => {
    const revoked = { index: 10, event: eventOf(revocationEntry(ORIGIN, publicOf(B), 10, C, TIME)) };
    expect(keyChain(publicOf(B), [b, c, revoked]).broken).toBeUndefined();
    expect(keysOf(B, [b, c, revoked])).toBe("AAAAABBBBBCC");
  });

  test("are revoked by nobody else", () => {
    const revoked = { index: 10, event: eventOf(revocationEntry(ORIGIN, publicOf(B), 7, D, TIME)) };
    expect(keysOf(A, [b, c, revoked])).toBe("AAAAABBBBBCC");
    expect(keyChain(publicOf(A), [b, c, revoked]).strangers).toEqual([10]);
  });

  test("were revoked also before the given one came, by the one in force then", () => {
    const [byB, byD] = [B, D].map((by) => ({
      index: 6,
      event: eventOf(revocationEntry(ORIGIN, publicOf(A), 2, by, TIME)),
    })) as [PlacedKeyEvent, PlacedKeyEvent];
    for (const given of [A, B, C]) expect(keysOf(given, [b, byB, c])).toBe("AAA--BBBBBCC");
    expect(keysOf(C, [b, byD, c])).toBe("AAAAABBBBBCC");
  });

  test("are not revoked by one that gave way, who is found", () => {
    const late = { index: 7, event: eventOf(revocationEntry(ORIGIN, publicOf(B), 6, A, TIME)) };
    const chain = keyChain(publicOf(B), [b, late]);
    expect(chain.strangers).toEqual([7]);
    expect(keysOf(B, [b, late])).toBe("AAAAABBBBBBB");
  });

  test("have no strangers among them, and nothing broken", () => {
    const chain = keyChain(publicOf(B), [b, c]);
    expect(chain.strangers).toEqual([]);
    expect(chain).not.toHaveProperty("broken");
  });

  test("are revoked from the smallest of the sizes on", () => {
    const revoke = (index: number, since: number): PlacedKeyEvent => ({
      index,
      event: eventOf(revocationEntry(ORIGIN, publicOf(A), since, B, TIME)),
    });
    expect(keysOf(A, [b, revoke(6, 1), revoke(7, 3)])).toBe("AA---BBBBBBB");
  });
});
