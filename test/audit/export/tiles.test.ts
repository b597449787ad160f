import { existsSync, globSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { treeOfCheckpoint } from "../../../src/audit/export/checkpoint.ts";
import type { ExportedEntry } from "../../../src/audit/export/entries.ts";
import type { ExportSource } from "../../../src/audit/export/source.ts";
import { type TileFile, tiles } from "../../../src/audit/export/tiles.ts";
import { leafHash, rootOf, toDigest } from "../../../src/audit/log.ts";
import type { TreeHead } from "../../../src/audit/store.ts";
import { tileNumber } from "../../../src/audit/tiles.ts";
import { writeTiles } from "../../../src/cli/write-tiles.ts";
import { collect, ORIGIN, temporaryDirectory, VECTORS } from "../fixtures.ts";
import { hashOfLeaf, merkleTreeHash } from "./reference.ts";

/** A log of these bodies, whatever they are: tiles know nothing of what is in an entry. */
function sourceOf(bodies: readonly Uint8Array[], origin = ORIGIN, note?: string): ExportSource {
  const head: TreeHead = { origin, size: bodies.length, root: toDigest(rootOf(bodies.map(leafHash))) };
  async function* entries(): AsyncIterable<ExportedEntry> {
    for (const [index, body] of bodies.entries()) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- no more of an entry is looked at
      yield { entry: { index, body } } as ExportedEntry;
    }
  }
  const store = {
    async *vouchers() {
      if (note !== undefined) yield { size: head.size, kind: "checkpoint", name: "log", material: Buffer.from(note) };
    },
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- no more of a store is looked at
  return { store, head, entries: entries(), documents: false } as unknown as ExportSource;
}

function bodiesOf(count: number, mark = ""): readonly Uint8Array[] {
  return Array.from({ length: count }, (_, number) => Buffer.from(`entry ${number}${number % 7 === 3 ? mark : ""}`));
}

function newFolder(): string {
  const directory = temporaryDirectory();
  onTestFinished(() => directory[Symbol.dispose]());
  return join(directory.path, "tiles");
}

function write(folder: string, source: ExportSource): Promise<{ readonly unsigned: boolean }> {
  return writeTiles(folder, ".", (earlier) => tiles(source, earlier));
}

/** Reads a directory as C2SP tlog-tiles describes it, with nothing of gate's but the text of the checkpoint. */
function readTiles(folder: string): {
  readonly size: number;
  readonly root: string;
  readonly bodies: readonly Buffer[];
} {
  const [origin, size = "", root = ""] = readFileSync(join(folder, "checkpoint"), "utf8").split("\n");
  expect(origin).toBe(ORIGIN);
  const bodies: Buffer[] = [];
  for (let bundle = 0; bodies.length < Number(size); bundle++) {
    let data = tileAt(folder, "entries", bundle, Number(size));
    while (data.length > 0) {
      const length = data.readUInt16BE(0);
      bodies.push(data.subarray(2, 2 + length));
      data = data.subarray(2 + length);
    }
  }
  return { size: Number(size), root: Buffer.from(root, "base64").toString("hex"), bodies };
}

function tileAt(folder: string, level: string, index: number, count: number): Buffer {
  const width = Math.min(256, count - index * 256);
  const name = String(index).padStart(3, "0");
  return readFileSync(join(folder, "tile", level, width === 256 ? name : `${name}.p/${width}`));
}

describe("a directory of tiles", () => {
  test.each([1, 2, 255, 256, 257, 511, 512, 600])(
    "of %i entries can be verified from its bytes alone",
    async (count) => {
      const folder = newFolder();
      await write(folder, sourceOf(bodiesOf(count)));
      const { size, root, bodies } = readTiles(folder);
      expect(size).toBe(count);
      expect(bodies).toEqual(bodiesOf(count));
      expect(merkleTreeHash(bodies).toString("hex")).toBe(root);

      const leaves = bodies.map(hashOfLeaf);
      for (let tile = 0; tile * 256 < count; tile++) {
        expect(tileAt(folder, "0", tile, count)).toEqual(Buffer.concat(leaves.slice(tile * 256, (tile + 1) * 256)));
      }
      const above = Array.from({ length: Math.floor(count / 256) }, (_, tile) =>
        merkleTreeHash(bodies.slice(tile * 256, (tile + 1) * 256)),
      );
      if (above.length > 0) expect(tileAt(folder, "1", 0, above.length)).toEqual(Buffer.concat(above));
      expect(existsSync(join(folder, "tile/1"))).toBe(above.length > 0);
    },
  );

  test.each([
    [0, "000"],
    [999, "999"],
    [1000, "x001/000"],
    [1_234_067, "x001/x234/067"],
    [1_000_000, "x001/x000/000"],
  ])("names tile %i %s", (index, name) => {
    expect(tileNumber(index)).toBe(name);
  });

  test("of a million entries has full tiles at the third level", async () => {
    // 65,536 leaves fill a tile of level 1, whose root is the first hash of level 2.
    const files = await collect(tiles(sourceOf(bodiesOf(65_536 + 1))));
    const paths = files.map(({ path }) => path);
    expect(paths).toContain("tile/0/255");
    expect(paths).toContain("tile/1/000");
    expect(paths.filter((path) => path.startsWith("tile/2/"))).toEqual(["tile/2/000.p/1"]);
    expect(paths.slice(-3)).toEqual(["tile/0/256.p/1", "tile/2/000.p/1", "checkpoint"]);
  });
});

// The vectors lie beside the project in the workspace and are not shipped with it.
const TESSERA = join(VECTORS, "tlog-tiles/testdata/log");

test.skipIf(!existsSync(TESSERA)).each(Array.from({ length: 15 }, (_, number) => number + 1))(
  "are byte for byte those that Tessera wrote for the first %i entries of its log",
  async (count) => {
    let bundle = readFileSync(join(TESSERA, `tile/entries/000.p/${count}`));
    const bodies: Buffer[] = [];
    while (bundle.length > 0) {
      const length = bundle.readUInt16BE(0);
      bodies.push(bundle.subarray(2, 2 + length));
      bundle = bundle.subarray(2 + length);
    }
    const note = readFileSync(join(TESSERA, `checkpoint.${count}`), "utf8");
    const origin = treeOfCheckpoint(note)?.origin ?? "";
    const files = await collect(tiles(sourceOf(bodies, origin, note)));
    expect(files.map(({ path }) => path)).toEqual([
      `tile/entries/000.p/${count}`,
      `tile/0/000.p/${count}`,
      "checkpoint",
    ]);
    for (const { path, data } of files) {
      const theirs = path === "checkpoint" ? `checkpoint.${count}` : path;
      expect(Buffer.from(data), path).toEqual(readFileSync(join(TESSERA, theirs)));
    }
  },
);

describe("writing", () => {
  test("says whether the checkpoint is signed", async () => {
    expect(await write(newFolder(), sourceOf(bodiesOf(3)))).toEqual({ unsigned: true });
    const { head } = sourceOf(bodiesOf(3));
    const root = Buffer.from(head.root.slice("sha256:".length), "hex").toString("base64");
    const note = `${ORIGIN}\n3\n${root}\n\n\u2014 log ${Buffer.alloc(68).toString("base64")}\n`;
    const folder = newFolder();
    expect(await write(folder, sourceOf(bodiesOf(3), ORIGIN, note))).toEqual({ unsigned: false });
    expect(readFileSync(join(folder, "checkpoint"), "utf8")).toBe(note);
  });

  test("interrupted after any number of files leaves whole files, no checkpoint, and can be done again", async () => {
    const whole = newFolder();
    await write(whole, sourceOf(bodiesOf(600)));
    const all = filesOf(whole);
    for (let files = 0; files < all.length; files++) {
      const folder = newFolder();
      const interrupted = writeTiles(folder, ".", (earlier) => failing(tiles(sourceOf(bodiesOf(600)), earlier), files));
      await expect(interrupted).rejects.toThrow("interrupted");
      expect(filesOf(folder)).toHaveLength(files);
      for (const file of filesOf(folder)) {
        expect(file).not.toBe("checkpoint");
        expect(readFileSync(join(folder, file)).equals(readFileSync(join(whole, file)))).toBe(true);
      }
      await write(folder, sourceOf(bodiesOf(600)));
      expect(filesOf(folder)).toEqual(all);
    }
  });

  test("of more entries adds to what is there, and keeps it", async () => {
    const folder = newFolder();
    await write(folder, sourceOf(bodiesOf(300)));
    const before = filesOf(folder);
    await write(folder, sourceOf(bodiesOf(600)));
    expect(readTiles(folder)).toMatchObject({ size: 600 });
    expect(filesOf(folder)).toEqual(expect.arrayContaining([...before]));
  });

  test.each([
    ["of a log that was cut", bodiesOf(500), "output-failed"],
    ["of another name", bodiesOf(600), "output-failed", "github.com/acme/other"],
    ["of a log that was rewritten", bodiesOf(600, "!"), "audit-corrupt"],
    ["of a longer log that was rewritten in its last tile", [...bodiesOf(599), ...bodiesOf(40, "!")], "audit-corrupt"],
  ])("%s over an older export is refused, and changes nothing", async (_, bodies, code, origin = ORIGIN) => {
    const folder = newFolder();
    await write(folder, sourceOf(bodiesOf(600)));
    const before = filesOf(folder).map((file) => [file, readFileSync(join(folder, file)).toString("hex")]);
    await expect(write(folder, sourceOf(bodies, origin))).rejects.toThrow(
      expect.objectContaining({ code: expect.stringMatching(`^(?:${code}|output-failed)$`) }),
    );
    expect(filesOf(folder).map((file) => [file, readFileSync(join(folder, file)).toString("hex")])).toEqual(before);
  });

  test("refuses a folder with something else by the name of the checkpoint, and a damaged tile", async () => {
    const folder = newFolder();
    await write(folder, sourceOf(bodiesOf(300)));
    writeFileSync(join(folder, "tile/0/000"), "damaged");
    const refusal = expect.objectContaining({ code: "output-failed" });
    await expect(write(folder, sourceOf(bodiesOf(300)))).rejects.toThrow(refusal);
    writeFileSync(join(folder, "checkpoint"), "something else");
    await expect(write(folder, sourceOf(bodiesOf(300)))).rejects.toThrow(refusal);
  });

  test("refuses a log whose entries do not have its root, or do not follow each other", async () => {
    const wrong = sourceOf(bodiesOf(5));
    const refusal = expect.objectContaining({ code: "audit-corrupt" });
    const root = sourceOf(bodiesOf(5, "!")).head.root;
    await expect(collect(tiles({ ...wrong, head: { ...wrong.head, root } }))).rejects.toThrow(refusal);
    const { head } = sourceOf(bodiesOf(6));
    await expect(collect(tiles({ ...sourceOf(bodiesOf(5)), head }))).rejects.toThrow(refusal);
  });
});

function filesOf(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  return globSync("**/*", { cwd: folder, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => join(file.parentPath, file.name).slice(folder.length + 1))
    .toSorted();
}

async function* failing(files: AsyncIterable<TileFile>, after: number): AsyncIterable<TileFile> {
  let count = 0;
  for await (const file of files) {
    if (count === after) throw new Error("interrupted");
    yield file;
    count += 1;
  }
}
