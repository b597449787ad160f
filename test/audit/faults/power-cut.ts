import { createHash } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Operation, Write } from "./recording.ts";

/**
 * What a disk may hold after a power cut: everything that was flushed, and of the rest anything. The method is that of
 * SQLite's own test6.c, with names besides: a new or a deleted name counts as flushed only when its folder is.
 */

/** Bytes that a disk writes as one. */
const SECTOR = 512;

/** What became of one sector, or of one change of a name. */
type Fate = "kept" | "dropped" | "garbage";

type Change = Extract<Operation, { readonly kind: "write" | "truncate" }>;
type Naming = Extract<Operation, { readonly kind: "create" | "mkdir" | "link" | "unlink" }>;

interface File {
  readonly flushed: Buffer;
  readonly pending: readonly Change[];
}

/** The disk after some operations: what is certain, and what is not. */
interface Disk {
  readonly files: Map<number, File>;
  /** Flushed names; a folder has none of a file. */
  readonly names: Map<string, number | "folder">;
  readonly pending: Naming[];
  readonly acknowledged: string[];
}

/** One state that a disk may be found in. */
export interface DiskState {
  /** How many operations came before the power cut. */
  readonly after: number;
  readonly files: ReadonlyMap<string, Buffer>;
  /** What was acknowledged before it. */
  readonly acknowledged: readonly string[];
}

export interface CutOptions {
  /** States for each moment, before equal ones are left out. */
  readonly perMoment: number;
  readonly seed: number;
  /** As if no flush was ever asked for: shows that the method finds what it looks for. */
  readonly ignoreFlushes?: boolean;
}

/** All different states, for a power cut after each operation. */
export function* cutPower(root: string, operations: readonly Operation[], options: CutOptions): Iterable<DiskState> {
  const random = randomFrom(options.seed);
  const disk: Disk = { files: new Map(), names: new Map([[root, "folder"]]), pending: [], acknowledged: [] };
  const seen = new Set<string>();
  for (const [index, operation] of operations.entries()) {
    perform(disk, operation, options.ignoreFlushes === true);
    for (const choose of choices(disk, random, options.perMoment)) {
      const files = filesOf(disk, choose, random);
      const key = keyOf(files, disk.acknowledged.length);
      if (seen.has(key)) continue;
      seen.add(key);
      yield { after: index + 1, files, acknowledged: [...disk.acknowledged] };
    }
  }
}

/** Puts a state into a folder, which stands for the root of the recording. */
export function writeState(root: string, { files }: DiskState, folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const [path, content] of files) {
    const target = join(folder, path.slice(root.length));
    mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
    writeFileSync(target, content, { mode: 0o600 });
  }
}

function perform(disk: Disk, operation: Operation, ignoreFlushes: boolean): void {
  switch (operation.kind) {
    case "write":
    case "truncate": {
      const { flushed, pending } = disk.files.get(operation.file) ?? { flushed: Buffer.alloc(0), pending: [] };
      disk.files.set(operation.file, { flushed, pending: [...pending, operation] });
      return;
    }
    case "sync": {
      const file = disk.files.get(operation.file);
      if (file === undefined || ignoreFlushes) return;
      const flushed = file.pending.reduce((content, change) => changed(content, change, () => "kept"), file.flushed);
      disk.files.set(operation.file, { flushed, pending: [] });
      return;
    }
    case "sync-folder": {
      if (ignoreFlushes) return;
      const inFolder = disk.pending.filter(({ path }) => dirname(path) === operation.path);
      for (const naming of inFolder) {
        disk.pending.splice(disk.pending.indexOf(naming), 1);
        rename(disk.names, naming);
      }
      return;
    }
    case "acknowledge":
      disk.acknowledged.push(operation.text);
      return;
    case "create":
    case "mkdir":
    case "link":
    case "unlink":
      disk.pending.push(operation);
      return;
    default:
      operation satisfies never;
  }
}

function rename(names: Map<string, number | "folder">, naming: Naming): void {
  if (naming.kind === "unlink") names.delete(naming.path);
  else names.set(naming.path, naming.kind === "mkdir" ? "folder" : naming.file);
}

/** Says of each pending change what becomes of it; of a write, by sector. */
type Choice = (change: Change | Naming, sector: number) => Fate;

/** All, none, all but one, only one, half of the last write, and then at random. */
function* choices(disk: Disk, random: () => number, count: number): Iterable<Choice> {
  const pending: readonly (Change | Naming)[] = [
    ...[...disk.files.values()].flatMap((file) => file.pending),
    ...disk.pending,
  ];
  yield () => "dropped";
  if (pending.length === 0) return;
  yield () => "kept";
  const last = pending.findLast((change) => change.kind === "write");
  yield (change, sector) => (change === last && sector % 2 === 1 ? "dropped" : "kept");
  yield (change) => (change === last ? "garbage" : "kept");
  for (let number = 4; number < count; number++) {
    const one = pending[Math.floor(random() * pending.length)];
    const share = random();
    if (number % 4 === 0) yield (change) => (change === one ? "dropped" : "kept");
    else if (number % 4 === 1) yield (change) => (change === one ? "kept" : "dropped");
    else yield () => (random() < share ? "kept" : random() < 0.2 ? "garbage" : "dropped");
  }
}

function filesOf(disk: Disk, choose: Choice, random: () => number): ReadonlyMap<string, Buffer> {
  const names = new Map(disk.names);
  for (const naming of disk.pending) if (choose(naming, 0) === "kept") rename(names, naming);
  const contents = new Map<string, Buffer>();
  for (const [path, file] of names) {
    if (file === "folder" || !isReachable(names, dirname(path))) continue;
    const { flushed, pending } = disk.files.get(file) ?? { flushed: Buffer.alloc(0), pending: [] };
    // A disk writes in any order what nobody asked it to keep apart.
    const order = random() < 0.5 ? pending : shuffled(pending, random);
    contents.set(
      path,
      order.reduce((content, change) => changed(content, change, (sector) => choose(change, sector), random), flushed),
    );
  }
  return contents;
}

function isReachable(names: ReadonlyMap<string, number | "folder">, folder: string): boolean {
  if (names.get(folder) !== "folder") return false;
  const above = dirname(folder);
  // Above the root of the recording nothing was made by the program.
  return ![...names.keys()].some((path) => path === above) || isReachable(names, above);
}

function changed(content: Buffer, change: Change, fate: (sector: number) => Fate, random?: () => number): Buffer {
  if (change.kind === "truncate") return fate(0) === "kept" ? resized(content, change.size) : content;
  return written(content, change, fate, random);
}

function written(
  content: Buffer,
  { offset, data }: Write,
  fate: (sector: number) => Fate,
  random?: () => number,
): Buffer {
  let result: Buffer | undefined;
  for (let start = 0; start < data.length; ) {
    const sector = Math.floor((offset + start) / SECTOR);
    const end = Math.min(data.length, (sector + 1) * SECTOR - offset);
    const becomes = fate(sector);
    if (becomes !== "dropped") {
      result ??= resized(content, Math.max(content.length, 0), true);
      if (result.length < offset + end) result = resized(result, offset + end);
      const piece =
        becomes === "kept"
          ? data.subarray(start, end)
          : Buffer.from(Array.from({ length: end - start }, () => Math.floor((random ?? Math.random)() * 256)));
      piece.copy(result, offset + start);
    }
    start = end;
  }
  return result ?? content;
}

function resized(content: Buffer, size: number, copy = false): Buffer {
  if (!copy && size <= content.length) return content.subarray(0, size);
  const result = Buffer.alloc(size);
  content.copy(result);
  return result;
}

function keyOf(files: ReadonlyMap<string, Buffer>, acknowledged: number): string {
  const hash = createHash("sha256").update(String(acknowledged));
  for (const path of [...files.keys()].toSorted()) {
    const content = files.get(path) ?? Buffer.alloc(0);
    hash.update(`\0${path}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex");
}

function shuffled<T>(values: readonly T[], random: () => number): readonly T[] {
  return values
    .map((value) => ({ value, place: random() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ value }) => value);
}

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}
