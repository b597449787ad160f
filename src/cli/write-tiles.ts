import { randomUUID } from "node:crypto";
import { lstat, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { treeOfCheckpoint } from "../audit/export/checkpoint.ts";
import type { TileFile } from "../audit/export/tiles.ts";
import { MAX_NOTE_BYTES } from "../audit/note.ts";
import type { TreeHead } from "../audit/store.ts";
import { syncDirectory } from "../util/durable.ts";
import { GateError, messageOf, systemCodeOf } from "../util/errors.ts";

/** Two line breaks stand in front of the signatures of a note. */
const UNSIGNED = /\n\n$/;

/**
 * Writes the files of a log below a folder, so that whoever reads it at any moment, or after any interruption, finds only
 * whole files, and a checkpoint only when all that it speaks of is there. What is there already stays as it is.
 *
 * @param files given the tree of the checkpoint that is there already
 * @returns whether the checkpoint has no signature
 * @throws {GateError} `output-failed`, also where the folder holds another log; what the files throw as it is
 */
export async function writeTiles(
  cwd: string,
  path: string,
  files: (earlier: TreeHead | undefined) => AsyncIterable<TileFile>,
): Promise<{ readonly unsigned: boolean }> {
  const folder = resolve(cwd, path);
  const folders = new Set<string>();
  let unsigned = false;
  for await (const file of files(await treeOf(folder))) {
    const target = join(folder, ...file.path.split("/"));
    try {
      await mkdir(dirname(target), { recursive: true });
      for (let above = dirname(target); above.length >= folder.length; above = dirname(above)) folders.add(above);
      if (!file.final) {
        // The tiles before the checkpoint, names and all.
        for (const written of folders) syncDirectory(written);
        unsigned = UNSIGNED.test(Buffer.from(file.data).toString("utf8"));
      }
      await writeTile(folder, target, file);
      if (!file.final) syncDirectory(folder);
    } catch (cause) {
      if (cause instanceof GateError) throw cause;
      throw new GateError("output-failed", `${target} cannot be written: ${messageOf(cause)}`, { cause });
    }
  }
  return { unsigned };
}

async function writeTile(folder: string, target: string, { data, final }: TileFile): Promise<void> {
  if (final && (await isThere(target, data))) return;
  const temporary = join(folder, `.gate-export-${randomUUID()}.tmp`);
  try {
    const file = await open(temporary, "wx");
    try {
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** A tile never changes, so one with other bytes is of another log, and so is the folder. */
async function isThere(target: string, data: Uint8Array): Promise<boolean> {
  try {
    const there = await readFile(target);
    if (there.equals(data)) return true;
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") return false;
    throw error;
  }
  throw new GateError("output-failed", `${target} is there already, with other content`, {
    hint: "Export into a folder of its own for each log; if it is this log's, find out which of the two was changed.",
  });
}

/** The tree of the checkpoint in a folder; undefined where there is none. */
async function treeOf(folder: string): Promise<TreeHead | undefined> {
  const file = join(folder, "checkpoint");
  const stats = await lstat(file).catch(() => undefined);
  if (stats === undefined) return undefined;
  const tree =
    stats.isFile() && stats.size <= MAX_NOTE_BYTES ? treeOfCheckpoint(await readFile(file, "utf8")) : undefined;
  if (tree !== undefined) return tree;
  throw new GateError("output-failed", `${file} is there already, and is no checkpoint`, {
    hint: "Name a folder that is empty or not there yet.",
  });
}
