import { createPrivateKey, generateKeyPairSync, type KeyObject, verify } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { leafHash, rootOf, toDigest } from "../../src/audit/log.ts";
import {
  cosignNote,
  formatNote,
  formatVerifierKey,
  isSignedBy,
  NoteError,
  type NoteSignature,
  noteKey,
  readNote,
  readSignatures,
  readVerifierKey,
  type SignedNote,
  signersOfNote,
  signNote,
} from "../../src/audit/note.ts";
import { readCheckpointText } from "../../src/audit/receipt.ts";
import { ROOT } from "../support.ts";
import { noteProblemOf } from "./fixtures.ts";

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

/** A line of a signature by nobody, of so many bytes besides the key's id. */
function signatureLine(bytes: number): string {
  return `\u2014 n ${Buffer.alloc(4 + bytes).toString("base64")}\n`;
}

describe("what is wrong with a note", () => {
  const NO_NOTE = "it is not a text, an empty line and signatures";
  const NO_SIGNATURE = "a line after its empty one is no signature";

  test.each([
    ["more than 64 KiB", `${"x".repeat(65_537 - signed().length)}${signed()}`, "it is of more than 65536 bytes"],
    ["more than 64 KiB of fewer characters", `${"é".repeat(33_000)}${signed()}`, "it is of more than 65536 bytes"],
    ["a tab", signed().replace(LOG, `${LOG}\t`), "it holds characters that no note has"],
    ["a delete", signed().replace(LOG, `${LOG}\u007f`), "it holds characters that no note has"],
    ["what was no UTF-8", signed().replace(LOG, `${LOG}\ufffd`), "it holds characters that no note has"],
    ["no empty line", signed().replace("\n\n", "\n"), NO_NOTE],
    ["no end of its last line", signed().slice(0, -1), NO_NOTE],
    ["something before a dash", signed().replace("\u2014", "x\u2014"), NO_SIGNATURE],
    ["something behind a signature", signed().replace(/\n$/, " x\n"), NO_SIGNATURE],
    ["a key's id and nothing signed", `${TEXT}\n${signatureLine(0)}`, NO_SIGNATURE],
    ["65 signatures", `${TEXT}\n${signatureLine(64).repeat(65)}`, "it has more than 64 signatures"],
  ])("%s", (_, note, problem) => {
    expect(noteProblemOf(() => readNote(note))).toBe(problem);
  });

  test("is nothing where it is as large as it may be", () => {
    const note = `${"x".repeat(65_536 - Buffer.byteLength(signed()))}${signed()}`;
    expect(Buffer.byteLength(note)).toBe(65_536);
    expect(readNote(note).signatures).toHaveLength(1);
    expect(readNote(`${TEXT}\n${signatureLine(1).repeat(64)}`).signatures).toHaveLength(64);
    expect(readNote(`\n${signed().slice(TEXT.length)}`).text).toBe("\n");
  });

  test("is that lines of signatures have no end", () => {
    expect(noteProblemOf(() => readSignatures(signatureLine(64).trimEnd()))).toBe("its last line has no end");
    expect(readSignatures(signatureLine(64))).toHaveLength(1);
  });
});

describe("who signed a note", () => {
  const key = noteKey(LOG, "log", KEY);
  const witness = noteKey("witness.example", "witness", OTHER);
  const sign = (...signatures: readonly NoteSignature[]): SignedNote =>
    readNote(formatNote({ text: TEXT, signatures }));

  test("is a key with the name and the id of the signature, and no other", () => {
    const note = readNote(signed());
    expect(signersOfNote(note, [{ ...key, name: "other" }])).toEqual([]);
    expect(signersOfNote(note, [{ ...key, keyId: key.keyId + 1 }])).toEqual([]);
    expect([isSignedBy(note, key), isSignedBy(note, { ...key, name: "other" })]).toEqual([true, false]);
    expect(key.key.type).toBe("public");
  });

  test("is nobody where the signature is by that key over another text", () => {
    const note = { ...readNote(signed()), text: `${TEXT}more\n` };
    expect(noteProblemOf(() => signersOfNote(note, [key]))).toBe(
      `its signature by ${LOG} is not by that key over this text`,
    );
    expect(isSignedBy(note, key)).toBe(false);
  });

  test("is a witness at the time that it says first", () => {
    const seen = (time: number): NoteSignature => cosignNote(TEXT, witness.name, OTHER, time);
    expect(signersOfNote(sign(seen(7), seen(8)), [witness])).toEqual([{ key: witness, time: 7 }]);
    const { signature } = seen(7);
    const text = Buffer.from(`cosignature/v1\ntime 7\n${TEXT}`, "utf8");
    expect(verify(null, text, witness.key, signature.subarray(8))).toBe(true);
    const last = Number.MAX_SAFE_INTEGER;
    expect(signersOfNote(sign(seen(last)), [witness])).toEqual([{ key: witness, time: last }]);
  });

  test.each([
    ["at a time that no number is exact for", cosignNote(TEXT, "witness.example", OTHER, 2 ** 53)],
    [
      "with less than a time",
      {
        name: "witness.example",
        keyId: noteKey("witness.example", "witness", OTHER).keyId,
        signature: Buffer.alloc(7),
      },
    ],
    [
      "with a time and nothing signed",
      {
        name: "witness.example",
        keyId: noteKey("witness.example", "witness", OTHER).keyId,
        signature: Buffer.alloc(8),
      },
    ],
  ])("is no witness %s", (_, signature) => {
    expect(() => signersOfNote(sign(signature), [witness])).toThrow(NoteError);
  });
});

describe("what is wrong with a verifier key", () => {
  const good = formatVerifierKey(noteKey(LOG, "log", KEY));
  const [, id = "", encoded = ""] = good.split("+");
  const raw = Buffer.from(good.slice(good.indexOf("+", LOG.length + 1) + 1), "base64");
  const NO_KEY = "a verifier key is written as <name>+<id>+<key>";
  const OTHER_KEY = "it is no Ed25519 key of a log or a witness";

  test.each([
    ["nothing there", "", NO_KEY],
    ["a plus sign before it", `+${good}`, NO_KEY],
    ["something behind it", `${good}!`, NO_KEY],
    ["a space in its name", good.replace(LOG, "a b"), NO_KEY],
    ["no base64", `${LOG}+${id}+A`, NO_KEY],
    ["another type", `${LOG}+${id}+${Buffer.concat([Buffer.of(2), raw.subarray(1)]).toString("base64")}`, OTHER_KEY],
    ["31 bytes", `${LOG}+${id}+${raw.subarray(0, 32).toString("base64")}`, OTHER_KEY],
    ["33 bytes", `${LOG}+${id}+${Buffer.concat([raw, Buffer.of(0)]).toString("base64")}`, OTHER_KEY],
    ["another id", good.replace(`+${id}+`, "+00000000+"), `its id is ${id} and not 00000000`],
  ])("%s", (_, text, problem) => {
    expect(encoded).not.toBe("");
    expect(noteProblemOf(() => readVerifierKey(text))).toBe(problem);
  });

  test("is nothing where there is white space around it, or its id begins with a zero", () => {
    expect(formatVerifierKey(readVerifierKey(` ${good}\n`))).toBe(good);
    const small = Array.from({ length: 200 }, (_, seed) => noteKey(LOG, "log", ed25519(seed))).find(
      ({ keyId }) => keyId < 2 ** 28,
    );
    if (small === undefined) throw new Error("no id begins with a zero");
    expect(readVerifierKey(formatVerifierKey(small)).keyId).toBe(small.keyId);
  });
});

/** The log of 15 entries that Tessera tests itself with: 16 checkpoints, each of the first so many entries. */
const VECTORS = join(ROOT, "../shared/corpus/vectors/tlog-tiles/testdata/log");
const TESSERA = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";

/** The entries of its only bundle, each behind its length of 16 bits. */
function vectorEntries(): readonly Buffer[] {
  const folder = join(VECTORS, "tile/entries/000.p");
  const [largest = ""] = readdirSync(folder).toSorted((a, b) => Number(b) - Number(a));
  const bytes = readFileSync(join(folder, largest));
  const found: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 2 + bytes.readUInt16BE(at);
    found.push(bytes.subarray(at + 2, end));
    at = end;
  }
  return found;
}

describe.skipIf(!existsSync(VECTORS))("the checkpoints of another log (needs ../shared/corpus)", () => {
  test("are signed by its key, and of the root of its entries", () => {
    const key = readVerifierKey(TESSERA);
    const all = vectorEntries();
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
