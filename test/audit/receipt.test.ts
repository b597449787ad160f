import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { entryBody } from "../../src/audit/entry.ts";
import { inclusionProof, leafHash, nodeHash, rootOf, toDigest } from "../../src/audit/log.ts";
import { noteKey, signersOfNote, signNote } from "../../src/audit/note.ts";
import { checkpointText, formatReceipt, isReceipt, readCheckpointText, readReceipt } from "../../src/audit/receipt.ts";
import { noteProblemOf, ORIGIN, sampleEntry, ZERO_DIGEST } from "./fixtures.ts";

const { privateKey: KEY } = generateKeyPairSync("ed25519");

const BODIES = [1, 2, 3, 4, 5].map((number) => entryBody(ORIGIN, sampleEntry(number).entry));
const LEAVES = BODIES.map((body) => leafHash(body));

/** The hash of a complete subtree of the log of the five entries. */
function subtree(level: number, index: number): Uint8Array {
  if (level === 0) return LEAVES[index] ?? new Uint8Array();
  return nodeHash(subtree(level - 1, 2 * index), subtree(level - 1, 2 * index + 1));
}

interface Changes {
  readonly index?: number;
  readonly origin?: string;
  readonly body?: Uint8Array;
  readonly proof?: readonly Uint8Array[];
}

/** The receipt of the third of the five entries, or something near it. */
async function receiptText({ index = 2, origin = ORIGIN, body, proof }: Changes = {}): Promise<string> {
  const text = checkpointText({ origin, size: LEAVES.length, root: toDigest(rootOf(LEAVES)) });
  return formatReceipt({
    index,
    body: body ?? BODIES[index] ?? new Uint8Array(),
    proof: proof ?? (await inclusionProof(index, LEAVES.length, async ({ level, index: at }) => subtree(level, at))),
    note: { text, signatures: [signNote(text, origin, KEY)] },
  });
}

describe("a receipt", () => {
  test.each([0, 1, 2, 3, 4])("proves entry %i without the log, and says who signed", async (index) => {
    const receipt = readReceipt(await receiptText({ index }));
    expect(receipt.index).toBe(index);
    expect(Buffer.from(receipt.body)).toEqual(BODIES[index]);
    expect(receipt.head).toEqual({ origin: ORIGIN, size: 5, root: toDigest(rootOf(LEAVES)) });
    const key = noteKey(ORIGIN, "log", KEY);
    expect(signersOfNote(receipt.note, [key])).toEqual([{ key }]);
  });

  test("is known by its first line, and by that alone", async () => {
    const text = await receiptText();
    expect(isReceipt(text)).toBe(true);
    expect(text.startsWith("c2sp.org/tlog-proof@v1\nextra ")).toBe(true);
    expect(isReceipt(text.replace("@v1\n", "@v1"))).toBe(false);
    expect(isReceipt(`\n${text}`)).toBe(false);
    expect(isReceipt(`${text}c2sp.org/tlog-proof@v1\n`.slice(1))).toBe(false);
  });

  const NOT_AN_ENTRY = "it is not an entry, its index and hashes";
  const NOT_IN_TREE = "its entry is not in the tree of its checkpoint";

  test.each<readonly [what: string, change: (text: string) => string, problem: string]>([
    ["another first line", (text) => text.replace("@v1", "@v2"), "it does not begin with c2sp.org/tlog-proof@v1"],
    ["nothing", () => "", "it does not begin with c2sp.org/tlog-proof@v1"],
    ["one line", () => "c2sp.org/tlog-proof@v1", "it does not begin with c2sp.org/tlog-proof@v1"],
    ["its first line alone", () => "c2sp.org/tlog-proof@v1\n\n", NOT_AN_ENTRY],
    ["too much", (text) => text + "x".repeat(262_145 - text.length), "it is of more than 262144 bytes"],
    [
      "just as much as there may be",
      (text) => text + "x".repeat(262_144 - text.length),
      "it is of more than 65536 bytes",
    ],
    ["no entry", (text) => text.replace(/^extra .*$/m, ""), NOT_AN_ENTRY],
    ["an entry under another name", (text) => text.replace("\nextra ", "\nother "), NOT_AN_ENTRY],
    ["an entry that is no base64", (text) => text.replace("\nextra ", "\nextra !"), NOT_AN_ENTRY],
    ["no index", (text) => text.replace("\nindex 2\n", "\n"), NOT_AN_ENTRY],
    ["an index with a zero before it", (text) => text.replace("index 2", "index 02"), NOT_AN_ENTRY],
    ["an index below 0", (text) => text.replace("index 2", "index -2"), NOT_AN_ENTRY],
    ["something before its index", (text) => text.replace("index 2", " index 2"), NOT_AN_ENTRY],
    ["something behind its index", (text) => text.replace("index 2", "index 2 "), NOT_AN_ENTRY],
    ["an index that no number is exact for", (text) => text.replace("index 2", "index 9007199254740993"), NOT_AN_ENTRY],
    ["an index of more digits than that", (text) => text.replace("index 2", "index 20000000000000000"), NOT_AN_ENTRY],
    ["an index beyond the tree", (text) => text.replace("index 2", "index 42"), NOT_IN_TREE],
    ["another index", (text) => text.replace("index 2", "index 3"), NOT_IN_TREE],
    ["a hash that is no base64", (text) => text.replace("index 2\n", "index 2\n!\n"), NOT_AN_ENTRY],
    [
      "a hash of 31 bytes",
      (text) => text.replace("index 2\n", `index 2\n${Buffer.alloc(31).toString("base64")}\n`),
      NOT_AN_ENTRY,
    ],
    [
      "one hash too many",
      (text) => text.replace("index 2\n", `index 2\n${Buffer.alloc(32).toString("base64")}\n`),
      NOT_IN_TREE,
    ],
    ["one hash too few", (text) => text.replace(/index 2\n.*\n/, "index 2\n"), NOT_IN_TREE],
    [
      "another entry",
      (text) => text.replace(/^extra .*$/m, `extra ${Buffer.from(BODIES[3] ?? "").toString("base64")}`),
      NOT_IN_TREE,
    ],
    [
      "another root",
      (text) => text.replace(/(payments\n5\n).*\n/, `$1${Buffer.alloc(32).toString("base64")}\n`),
      NOT_IN_TREE,
    ],
    ["another size", (text) => text.replace("payments\n5\n", "payments\n3\n"), NOT_IN_TREE],
    [
      "no checkpoint",
      (text) => text.slice(0, text.indexOf("\n\n") + 2),
      "it is not a text, an empty line and signatures",
    ],
  ])("is refused with %s", async (_, change, problem) => {
    expect(noteProblemOf(() => readReceipt(change(""))) === "none").toBe(false);
    const text = await receiptText();
    expect(change(text)).not.toBe(text);
    expect(noteProblemOf(() => readReceipt(change(text)))).toBe(problem);
  });

  test("is refused where its entry says that it is of another log", async () => {
    const text = await receiptText({ origin: "example.com/other" });
    expect(noteProblemOf(() => readReceipt(text))).toBe("its entry is of another log than its checkpoint");
  });

  test("is refused where what is in the tree is no entry", async () => {
    const body = Buffer.from("{}");
    const head = checkpointText({ origin: ORIGIN, size: 1, root: toDigest(leafHash(body)) });
    const note = { text: head, signatures: [signNote(head, ORIGIN, KEY)] };
    const text = formatReceipt({ index: 0, body, proof: [], note });
    expect(noteProblemOf(() => readReceipt(text))).toBe("its entry is of another log than its checkpoint");
  });
});

describe("the text of a checkpoint", () => {
  const head = { origin: ORIGIN, size: 42, root: ZERO_DIGEST };
  const zeros = Buffer.alloc(32).toString("base64");

  test("is three lines, and whatever signers add", () => {
    expect(checkpointText(head)).toBe(`${ORIGIN}\n42\n${zeros}\n`);
    expect(readCheckpointText(checkpointText(head))).toEqual(head);
    expect(readCheckpointText(`${checkpointText(head)}more\n`)).toEqual(head);
    expect(readCheckpointText(checkpointText({ ...head, size: 0 }))).toMatchObject({ size: 0 });
    expect(readCheckpointText(checkpointText({ ...head, size: 9_007_199_254_740_991 }))).toMatchObject({
      size: 9_007_199_254_740_991,
    });
  });

  test.each([
    "",
    ORIGIN,
    `${ORIGIN}\n42`,
    `${ORIGIN}\n42\n`,
    `${ORIGIN}\n\n${zeros}`,
    `${ORIGIN}\n042\n${zeros}`,
    `${ORIGIN}\n-42\n${zeros}`,
    `${ORIGIN}\n42x\n${zeros}`,
    `${ORIGIN}\nx42\n${zeros}`,
    `${ORIGIN}\n9007199254740992\n${zeros}`,
    `${ORIGIN}\n42\n${zeros}x`,
    `${ORIGIN}\n42\n!`,
    `${ORIGIN}\n42\n${Buffer.alloc(31).toString("base64")}`,
    `${ORIGIN}\n42\n${Buffer.alloc(33).toString("base64")}`,
    `\n42\n${zeros}`,
    `a b\n42\n${zeros}`,
  ])("is not %j", (text) => {
    expect(noteProblemOf(() => readCheckpointText(text))).toBe(
      "it is no checkpoint: a name, a number of entries and a root",
    );
  });
});
