import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { describe, expect, test } from "vitest";
import { entryBody, readEntryBody } from "../../src/audit/entry.ts";
import { type KeyEvent, keyChain, readKeyEvent, revocationEntry, rotationEntry } from "../../src/audit/keys.ts";
import { formatVerifierKey, type NoteKey, noteKey } from "../../src/audit/note.ts";
import type { NewEntry } from "../../src/audit/store.ts";
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
});
