import { randomUUID } from "node:crypto";
import { closeSync, constants, fstatSync, linkSync, openSync, readdirSync, readSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeDirectory, syncDirectory, writeNewFile } from "../../util/durable.ts";
import { type GateError, messageOf, systemCodeOf } from "../../util/errors.ts";
import { MAX_NOTE_BYTES } from "../note.ts";
import type { Checkpoint } from "../vouch.ts";
import {
  type Anchor,
  type Anchored,
  type AnchoredLog,
  type AnchorSource,
  anchorFailed,
  type FoundNote,
  MOST_NOTES,
} from "./anchor.ts";
import { noteFile, putOn, type Shelf, shelfFolder, sizeOfFile } from "./shelf.ts";

/** How often to look again where others put notes into the same folder. */
const ATTEMPTS = 5;

/**
 * A folder that keeps each checkpoint as a note of its own, `<SHA-256 of the origin>/<size>.checkpoint`.
 *
 * @param folder absolute
 */
export function fileAnchor(folder: string, name = `file:${folder}`): Anchor & AnchorSource {
  return {
    name,
    async publish(checkpoint, log) {
      return publishTo(folder, name, checkpoint, log);
    },
    async read(origin) {
      return readShelf(join(folder, shelfFolder(origin)), name);
    },
  };
}

async function publishTo(folder: string, name: string, checkpoint: Checkpoint, log: AnchoredLog): Promise<Anchored> {
  const own = join(folder, shelfFolder(checkpoint.head.origin));
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const anchored = await putOn(shelfIn(own, name), checkpoint, log, name);
    if (anchored !== undefined) return anchored;
  }
  throw anchorFailed(name, "is written by others all the time", "Run it again.");
}

function shelfIn(folder: string, name: string): Shelf {
  return {
    sizes: sizesIn(folder, name),
    async read(size) {
      try {
        return readSmall(join(folder, noteFile(size)), MAX_NOTE_BYTES);
      } catch (cause) {
        throw unreadable(name, cause);
      }
    },
    async add(size, note) {
      return addFile(join(folder, noteFile(size)), note, name);
    },
  };
}

function sizesIn(folder: string, name: string): readonly number[] {
  try {
    return readdirSync(folder).flatMap((file) => sizeOfFile(file) ?? []);
  } catch (cause) {
    if (systemCodeOf(cause) === "ENOENT") return [];
    throw unreadable(name, cause);
  }
}

/**
 * Writes a file that nobody reads before it is whole and on disk, and never over another one.
 *
 * @returns false where there is one already
 * @throws {GateError} `anchor-failed`
 */
export function addFile(path: string, content: string, name: string): boolean {
  const folder = dirname(path);
  const temporary = join(folder, `.gate-anchor-${randomUUID()}.tmp`);
  try {
    makeDirectory(folder);
    writeNewFile(temporary, content, 0o644);
    linkSync(temporary, path);
    syncDirectory(folder);
    return true;
  } catch (cause) {
    if (systemCodeOf(cause) === "EEXIST") return false;
    throw anchorFailed(name, `cannot be written: ${messageOf(cause)}`, "Check that it may be written.", cause);
  } finally {
    removeQuietly(temporary);
  }
}

/** A folder that can only be added to keeps it; readers pass over it. */
function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // The note itself is there.
  }
}

function readShelf(folder: string, name: string): readonly FoundNote[] {
  requireFolder(dirname(folder), name);
  const sizes = sizesIn(folder, name);
  if (sizes.length > MOST_NOTES) throw anchorFailed(name, `holds more than ${MOST_NOTES} checkpoints of this log`);
  return sizes.map((size) => {
    const place = noteFile(size);
    try {
      return { place, size, note: readSmall(join(folder, place), MAX_NOTE_BYTES) };
    } catch (error) {
      return { place, problem: messageOf(error) };
    }
  });
}

/** @throws {GateError} `anchor-failed` where there is no such folder */
export function requireFolder(folder: string, name: string): void {
  try {
    if (statSync(folder).isDirectory()) return;
  } catch (cause) {
    throw unreadable(name, cause);
  }
  throw anchorFailed(name, "is no folder");
}

/**
 * The content of a regular file of no more than so many bytes; no link is followed and no pipe is waited for.
 *
 * @throws what node:fs throws, or an error for a file of another kind or size
 */
export function readSmall(path: string, most: number): Uint8Array {
  const handle = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    if (!fstatSync(handle).isFile()) throw new Error("it is no regular file");
    // One byte more than there may be: what the file system says of its size can be old.
    const buffer = Buffer.alloc(most + 1);
    let length = 0;
    for (let read = 1; read > 0 && length <= most; length += read) {
      read = readSync(handle, buffer, length, buffer.length - length, null);
    }
    if (length > most) throw new Error(`it is of more than ${most} bytes`);
    return Uint8Array.from(buffer.subarray(0, length));
  } finally {
    closeSync(handle);
  }
}

function unreadable(name: string, cause: unknown): GateError {
  return anchorFailed(name, `cannot be read: ${messageOf(cause)}`, undefined, cause);
}
