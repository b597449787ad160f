import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { leafHash, rootOf, toDigest } from "../../src/audit/log.ts";
import {
  cosignNote,
  formatNote,
  formatVerifierKey,
  NoteError,
  noteKey,
  readNote,
  readVerifierKey,
  signersOfNote,
  signNote,
} from "../../src/audit/note.ts";
import { checkpointText, readCheckpointText } from "../../src/audit/receipt.ts";
import { ROOT } from "../support.ts";

const KEY = ed25519(1);
const OTHER = ed25519(2);
const LOG = "github.com/acme/payments";
const TEXT = `${LOG}\n5\n${Buffer.alloc(32).toString("base64")}\n`;

/** A private key out of a number: RFC 8410 is a fixed head and 32 bytes. */
function ed25519(seed: number): KeyObject {
  const head = Buffer.from("302e020100300506032b657004220420", "hex");
  return createPrivateKey({ key: Buffer.concat([head, Buffer.alloc(32, seed)]), format: "der", type: "pkcs8" });
}

function signed(text = TEXT): string {
  return formatNote({ text, signatures: [signNote(text, LOG, KEY)] });
}

describe("a note", () => {
  test("is what was signed, by whom it was signed", () => {
    const note = readNote(signed());
    const key = noteKey(LOG, "log", KEY);
    expect(note.text).toBe(TEXT);
    expect(signersOfNote(note, [noteKey(LOG, "log", OTHER), key])).toEqual([{ key }]);
    expect(formatNote(note)).toBe(signed());
  });

  test("leaves signatures aside that nobody asks for", () => {
    const signatures = [signNote(TEXT, "other", OTHER), signNote(TEXT, LOG, KEY), signNote(TEXT, LOG, KEY)];
    const note = readNote(formatNote({ text: TEXT, signatures }));
    expect(signersOfNote(note, [noteKey(LOG, "log", KEY)])).toHaveLength(1);
    expect(signersOfNote(note, [])).toEqual([]);
  });

  test("says when a witness saw it", () => {
    const signatures = [signNote(TEXT, LOG, KEY), cosignNote(TEXT, "witness.example", OTHER, 1_700_000_000)];
    const keys = [noteKey(LOG, "log", KEY), noteKey("witness.example", "witness", OTHER)];
    expect(signersOfNote(readNote(formatNote({ text: TEXT, signatures })), keys)).toEqual([
      { key: keys[0] },
      { key: keys[1], time: 1_700_000_000 },
    ]);
  });

  test("of one log is no cosignature of a witness with the same key", () => {
    const note = readNote(signed());
    expect(signersOfNote(note, [noteKey(LOG, "witness", KEY)])).toEqual([]);
  });

  test("is bad where one byte of its text is another", () => {
    const key = noteKey(LOG, "log", KEY);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: TEXT.length - 2 }), fc.constantFrom("x", "7", " "), (at, character) => {
        fc.pre(TEXT[at] !== character && TEXT[at] !== "\n");
        const text = `${TEXT.slice(0, at)}${character}${TEXT.slice(at + 1)}`;
        const note = readNote(signed().replace(TEXT, text));
        expect(() => signersOfNote(note, [key])).toThrow(NoteError);
      }),
    );
  });

  test.each([
    ["", "nothing"],
    [TEXT, "no signature"],
    [`${TEXT}\n`, "an empty line and no signature"],
    [signed().slice(0, -1), "no line end"],
    [signed().replace("\u2014", "-"), "a hyphen for the dash"],
    [signed().replace("\u2014 ", "\u2014  "), "two spaces"],
    [signed().replace(LOG, `${LOG}\u0000`), "a NUL"],
    [signed().replace(LOG, `${LOG}\r`), "a carriage return"],
    [`${signed()}\u2014 name AAAA\n`, "a signature that is only half an id"],
    [`${signed()}\u2014 a+b ${Buffer.alloc(68).toString("base64")}\n`, "a plus sign in a name"],
    [signed().replace(/=\n$/, "\n"), "base64 without its padding"],
    [`${"x".repeat(70_000)}\n${signed()}`, "far too much"],
    [`${signed()}${`\u2014 n ${Buffer.alloc(68).toString("base64")}\n`.repeat(64)}`, "65 signatures"],
  ])("is refused where it is damaged (%#: %s)", (text) => {
    expect(() => readNote(text)).toThrow(NoteError);
  });
});

describe("a verifier key", () => {
  test("is read as it was written", () => {
    for (const type of ["log", "witness"] as const) {
      const key = noteKey(LOG, type, KEY);
      expect(formatVerifierKey(readVerifierKey(formatVerifierKey(key)))).toBe(formatVerifierKey(key));
    }
  });

  test.each([
    "",
    LOG,
    `${LOG}+00000000+${"A".repeat(44)}`,
    formatVerifierKey(noteKey(LOG, "log", KEY)).replace(LOG, "github.com/acme/other"),
    formatVerifierKey(noteKey(LOG, "log", KEY)).replace(/\+A/, "+B"),
    formatVerifierKey(noteKey(LOG, "log", KEY)).slice(0, -4),
  ])("is refused where it is another one: %s", (text) => {
    expect(() => readVerifierKey(text)).toThrow(NoteError);
  });

  test("of a key without a seed is of that key", () => {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    expect(formatVerifierKey(noteKey(LOG, "log", privateKey))).toBe(formatVerifierKey(noteKey(LOG, "log", publicKey)));
  });
});

describe("a checkpoint", () => {
  test("is read as it was written", () => {
    const head = { origin: LOG, size: 42, root: toDigest(leafHash(Buffer.from("a"))) };
    expect(readCheckpointText(checkpointText(head))).toEqual(head);
    expect(readCheckpointText(`${checkpointText(head)}an extension\n`)).toEqual(head);
  });

  test.each([
    "",
    `${LOG}\n`,
    `${LOG}\n01\n${Buffer.alloc(32).toString("base64")}\n`,
    `${LOG}\n-1\n${Buffer.alloc(32).toString("base64")}\n`,
    `${LOG}\n1\n${Buffer.alloc(31).toString("base64")}\n`,
    `a b\n1\n${Buffer.alloc(32).toString("base64")}\n`,
    `${LOG}\n9007199254740993\n${Buffer.alloc(32).toString("base64")}\n`,
  ])("is refused where it is none: %j", (text) => {
    expect(() => readCheckpointText(text)).toThrow(NoteError);
  });
});

/** The log of 15 entries that Tessera tests itself with: 16 checkpoints, each of the first so many entries. */
const VECTORS = join(ROOT, "../shared/corpus/vectors/tlog-tiles/testdata/log");
const TESSERA = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";

describe.skipIf(!existsSync(VECTORS))("the checkpoints of another log (needs ../shared/corpus)", () => {
  const bundle = (): Buffer => {
    const folder = join(VECTORS, "tile/entries/000.p");
    const [largest = ""] = readdirSync(folder).toSorted((a, b) => Number(b) - Number(a));
    return readFileSync(join(folder, largest));
  };

  /** Entries behind their lengths, of 16 bits each. */
  const entries = (): readonly Buffer[] => {
    const bytes = bundle();
    const found: Buffer[] = [];
    for (let at = 0; at < bytes.length; ) {
      const end = at + 2 + bytes.readUInt16BE(at);
      found.push(bytes.subarray(at + 2, end));
      at = end;
    }
    return found;
  };

  test("are signed by its key, and of the root of its entries", () => {
    const key = readVerifierKey(TESSERA);
    const all = entries();
    const checkpoints = readdirSync(VECTORS).filter((name) => name.startsWith("checkpoint."));
    expect(checkpoints).toHaveLength(16);
    for (const name of checkpoints) {
      const note = readNote(readFileSync(join(VECTORS, name), "utf8"));
      expect(signersOfNote(note, [key])).toHaveLength(1);
      const { size, root } = readCheckpointText(note.text);
      expect(root).toBe(toDigest(rootOf(all.slice(0, size).map((entry) => leafHash(entry)))));
    }
  });
});
