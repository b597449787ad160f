import { describe, expect, test } from "vitest";
import type { AnchorSource, FoundNote } from "../../../src/audit/anchor/anchor.ts";
import { readAnchors } from "../../../src/audit/anchor/read.ts";
import { formatNote, noteKey, signNote } from "../../../src/audit/note.ts";
import { checkpointText } from "../../../src/audit/receipt.ts";
import type { TreeHead } from "../../../src/audit/store.ts";
import { GateError } from "../../../src/util/errors.ts";
import { ORIGIN, ZERO_DIGEST } from "../fixtures.ts";
import { ed25519 } from "./support.ts";

const KEY = noteKey(ORIGIN, "log", ed25519(1));

function headOf(size: number, origin = ORIGIN): TreeHead {
  return { origin, size, root: ZERO_DIGEST };
}

function noteOf(head: TreeHead, seed = 1): Uint8Array {
  const text = checkpointText(head);
  return Buffer.from(formatNote({ text, signatures: [signNote(text, head.origin, ed25519(seed))] }), "utf8");
}

function source(name: string, ...found: readonly FoundNote[]): AnchorSource {
  return { name, read: async () => found };
}

describe("what anchors keep of a log", () => {
  test("is its checkpoints, with the place that each comes from", async () => {
    const asked: string[] = [];
    const first: AnchorSource = {
      name: "folder a",
      async read(origin) {
        asked.push(origin);
        return [
          { place: "4", note: noteOf(headOf(4)), size: 4 },
          { place: "latest", note: noteOf(headOf(7)) },
        ];
      },
    };
    const reading = await readAnchors([first, source("folder b", { place: "5", note: noteOf(headOf(5)) })], KEY);
    expect(asked).toEqual([ORIGIN]);
    expect(reading.trees).toEqual([
      { ...headOf(4), source: "folder a" },
      { ...headOf(7), source: "folder a" },
      { ...headOf(5), source: "folder b" },
    ]);
    expect(reading.checkpoints.map(({ head }) => head)).toEqual([headOf(4), headOf(7), headOf(5)]);
    expect(reading.problems).toEqual([]);
  });

  test("is not relied on where there is none, or it cannot be reached", async () => {
    const unreachable: AnchorSource = {
      name: "bucket",
      read: async () => {
        throw new GateError("anchor-failed", "bucket answers 403");
      },
    };
    const { problems, trees } = await readAnchors(
      [unreachable, source("folder"), source("other", { place: "4", note: noteOf(headOf(4)) })],
      KEY,
    );
    expect(problems).toEqual([
      { code: "anchor-unreadable", message: "bucket answers 403" },
      { code: "anchor-empty", message: `folder holds no checkpoint of the log ${ORIGIN}` },
    ]);
    expect(trees).toHaveLength(1);
  });

  test("is not hidden by a mistake of the program", async () => {
    const broken: AnchorSource = {
      name: "folder",
      read: async () => {
        throw new TypeError("a mistake");
      },
    };
    await expect(readAnchors([broken], KEY)).rejects.toThrow("a mistake");
  });

  test.each<readonly [what: string, found: FoundNote, problem: string]>([
    ["cannot be read", { place: "4", problem: "it is too large" }, "it is too large"],
    ["is no note", { place: "4", note: Buffer.from("noise") }, "it is no checkpoint"],
    ["is of the empty tree", { place: "0", note: noteOf(headOf(0)) }, "it is no checkpoint"],
    [
      "is of another log",
      { place: "4", note: noteOf(headOf(4, "example.com/other")) },
      "it is of the log example.com/other",
    ],
    ["has the name of another size", { place: "4", note: noteOf(headOf(5)), size: 4 }, "it is of 5 entries"],
    ["is signed by another key", { place: "4", note: noteOf(headOf(4), 2) }, "the log's key did not sign it"],
    [
      "has another text than what was signed",
      { place: "4", note: Buffer.from(noteOf(headOf(4)).toString().replace(`${ORIGIN}\n4\n`, `${ORIGIN}\n6\n`)) },
      `its signature by ${ORIGIN} is not by that key over this text`,
    ],
  ])("is not relied on where it %s", async (_, found, problem) => {
    const { trees, checkpoints, problems } = await readAnchors([source("folder", found)], KEY);
    expect({ trees, checkpoints }).toEqual({ trees: [], checkpoints: [] });
    expect(problems).toEqual([{ code: "anchor-invalid", message: `folder: ${found.place}: ${problem}` }]);
  });

  test("is reported up to the tenth of many that are wrong, in each place", async () => {
    const noise = Array.from({ length: 11 }, (_, at) => ({ place: String(at), note: Buffer.from("noise") }));
    const good = { place: "4", note: noteOf(headOf(4)) };
    const { trees, problems } = await readAnchors([source("a", ...noise, good), source("b", ...noise)], KEY);
    expect(problems).toHaveLength(20);
    expect(problems.at(9)?.message).toBe("a: 9: it is no checkpoint");
    expect(trees).toHaveLength(1);
  });

  test("is signed by the key that the log had at that size", async () => {
    const next = noteKey(ORIGIN, "log", ed25519(2));
    const keyOf = (size: number): typeof KEY | undefined => (size > 8 ? undefined : size > 5 ? next : KEY);
    const found = [4, 7, 9].map((size) => ({ place: String(size), note: noteOf(headOf(size), size > 5 ? 2 : 1) }));
    const { trees, problems } = await readAnchors([source("folder", ...found)], KEY, keyOf);
    expect(trees.map(({ size }) => size)).toEqual([4, 7]);
    expect(problems).toEqual([{ code: "anchor-invalid", message: "folder: 9: the log's key did not sign it" }]);
  });
});
