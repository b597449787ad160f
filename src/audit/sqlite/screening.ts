import { statSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { Worker } from "node:worker_threads";
import type { FirstLook, FoundDocuments } from "../stored.ts";
import type { StoreDatabase } from "./open.ts";
import { blobRowFinder, blobRows, type RowSet } from "./rows.ts";
import { createScreen, type ScreenedRows, STRETCH } from "./screen.ts";

/** A larger file is looked at by threads: below, starting them takes longer than they save. */
const MIN_BYTES_FOR_THREADS = 64 << 20;
/** More would need more memory than what they save in time is worth. */
const THREADS = 2;
/** So many stretches may have been looked at before anybody takes them: as many as fit into some 10 MB. */
const MAX_AHEAD = 64;
/** V8 would take several times as much for the short-lived texts of a thread, and be no faster. */
const YOUNG_MEGABYTES = 1;

/** A first look that is under way. */
export interface Screening {
  /** Of the log in a database, which has a read transaction that was open when this was started. */
  firstLook(database: StoreDatabase): Pick<FirstLook, "stretches" | "found">;
  /** Whoever started it has to end it. */
  end(): Promise<void>;
}

/**
 * Starts a first look at a file. While threads are at it, the caller can do other things; a small file is looked at when somebody
 * asks. Where a thread fails, it ends early.
 *
 * @param worker the file of the thread; undefined for none
 */
export function startScreening(file: string, worker: string | undefined): Screening {
  const threads =
    worker === undefined || statSync(file).size < MIN_BYTES_FOR_THREADS ? undefined : lookAhead(file, worker);
  return {
    firstLook(database) {
      const rows = blobRows(database);
      const screenHere = threads === undefined ? createScreen(database, blobRows(database)) : undefined;
      return {
        async *stretches() {
          for (let start = 0; ; start += STRETCH) {
            const screened = screenHere?.(start) ?? (await threads?.screen(start));
            if (screened === undefined) return;
            for (const row of screened.rows) rows.add(row);
            const isLast = screened.sound.length < STRETCH;
            yield screened;
            release(screened);
            if (isLast) return;
          }
        },
        found: foundIn(database, rows),
      };
    },
    end: async () => threads?.end(),
  };
}

/** Gives back at once what a collection would find long after: outside of the heap nothing presses for one. */
function release({ sound, leafHashes, recordedMs, rows }: ScreenedRows): void {
  for (const { buffer } of [sound, leafHashes, recordedMs, rows]) if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}

interface Threads {
  /** Asked for in order; undefined where a thread failed. */
  screen(start: number): Promise<ScreenedRows | undefined>;
  end(): Promise<void>;
}

/** Threads take stretches in turn. What they are to look at next they know ahead, for the caller may not answer for a while. */
function lookAhead(file: string, worker: string): Threads {
  // What a long pass leaves behind would let the caller's memory for new objects grow to 134 MB (measured), and be no faster.
  setFlagsFromString("--semi-space-growth-factor=1");
  // The processors are busy: threads that help each other to collect a megabyte wait for one another longer than it takes.
  setFlagsFromString("--no-parallel-scavenge");
  const awaited = new Map<number, PromiseWithResolvers<ScreenedRows | undefined>>();
  let hasFailed = false;
  const fail = (): void => {
    hasFailed = true;
    for (const { resolve } of awaited.values()) resolve(undefined);
  };
  const threads = Array.from({ length: THREADS }, () => {
    const resourceLimits = { maxYoungGenerationSizeMb: YOUNG_MEGABYTES };
    const thread = new Worker(worker, { workerData: file, env: {}, resourceLimits });
    thread.on("message", (screened: ScreenedRows) => awaited.get(screened.start)?.resolve(screened));
    thread.on("error", fail);
    thread.on("exit", fail);
    return thread;
  });
  const order = (stretch: number): void => {
    awaited.set(stretch * STRETCH, Promise.withResolvers());
    threads[stretch % THREADS]?.postMessage(stretch * STRETCH);
  };
  for (let stretch = 0; stretch < MAX_AHEAD; stretch++) order(stretch);
  return {
    async screen(start) {
      if (hasFailed) return undefined;
      const screened = await awaited.get(start)?.promise;
      awaited.delete(start);
      order(start / STRETCH + MAX_AHEAD);
      return screened;
    },
    async end() {
      await Promise.all(threads.map((thread) => thread.terminate()));
    },
  };
}

function foundIn(database: StoreDatabase, rows: RowSet): FoundDocuments {
  const rowOf = blobRowFinder(database);
  return {
    has(digest) {
      const row = rowOf(digest);
      return row !== undefined && rows.has(row);
    },
    add(digest) {
      const row = rowOf(digest);
      if (row !== undefined) rows.add(row);
    },
    get size() {
      return rows.size;
    },
  };
}
