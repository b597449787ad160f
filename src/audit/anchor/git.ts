import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../../util/clock.ts";
import { type GitCache, openCache, SEEN_REF } from "../git/cache.ts";
import { makeCommits } from "../git/commits.ts";
import { type GitLocation, gitLocationText } from "../git/location.ts";
import { type LogReader, logReader, treeOf } from "../git/read.ts";
import { complaintOf, type GitAnswer } from "../git/run.ts";
import type { Checkpoint } from "../vouch.ts";
import {
  type Anchor,
  type Anchored,
  type AnchoredLog,
  type AnchorSource,
  anchorFailed,
  contradiction,
  type FoundNote,
  MOST_NOTES,
} from "./anchor.ts";
import { noteFile, putOn, type Shelf, shelfFolder, sizeOfFile } from "./shelf.ts";

/** How often to try where others push at the same time. */
const ATTEMPTS = 30;
/** How often where nobody else is in the way. */
const FAILURES = 3;
const PAUSE_MS = 400;

export interface GitAnchorParts {
  readonly clock: Clock;
  readonly random: (bytes: number) => Uint8Array;
}

/** What a ref has of a log at the moment. */
interface Fetched {
  /** Undefined where there is no such ref. */
  readonly commit: string | undefined;
  /** Names of objects by size. */
  readonly notes: ReadonlyMap<number, string>;
}

/** A ref of a remote whose commits add a note each, `<SHA-256 of the origin>/<size>.checkpoint`. */
export function gitAnchor(location: GitLocation, { clock, random }: GitAnchorParts): Anchor & AnchorSource {
  const name = gitLocationText(location);
  return {
    name,
    async publish(checkpoint, log) {
      return withCache(location, async (cache, reader) => {
        let failures = 0;
        let before: string | undefined;
        for (let attempt = 1; ; attempt++) {
          const fetched = await fetchNotes(cache, reader, checkpoint.head.origin, name);
          if (attempt > 1 && fetched.commit !== before) failures = 0;
          before = fetched.commit;
          const answer = await pushOnce(cache, reader, fetched, checkpoint, log, name, clock);
          if (!isRefused(answer)) return answer;
          if (++failures >= FAILURES || attempt >= ATTEMPTS) throw refused(name, answer);
          await sleep(PAUSE_MS * attempt * ((random(1)[0] ?? 0) / 256));
        }
      });
    },
    async read(origin) {
      return withCache(location, async (cache, reader) => {
        const { notes } = await fetchNotes(cache, reader, origin, name);
        if (notes.size > MOST_NOTES) throw anchorFailed(name, `holds more than ${MOST_NOTES} checkpoints of this log`);
        await reader.prefetch(notes.values());
        const found: FoundNote[] = [];
        for (const [size, oid] of notes) found.push({ place: noteFile(size), size, note: await reader.content(oid) });
        return found;
      });
    },
  };
}

async function withCache<T>(
  location: GitLocation,
  use: (cache: GitCache, reader: LogReader) => Promise<T>,
): Promise<T> {
  const cache = await openCache(location);
  try {
    return await use(cache, logReader(cache));
  } finally {
    cache.close();
  }
}

/** @throws {GateError} `audit-unreadable`; `audit-corrupt` where what this clone has seen there is there no more */
async function fetchNotes(cache: GitCache, reader: LogReader, origin: string, name: string): Promise<Fetched> {
  const commit = await cache.fetchTip();
  const seen = (await cache.reader.read(SEEN_REF))?.oid;
  const notes = await notesOf(cache, reader, commit, origin);
  for (const [size, oid] of await notesOf(cache, reader, seen, origin)) {
    if (notes.get(size) === oid) continue;
    throw contradiction(name, `no longer holds the checkpoint of ${size} entries that this clone has seen there`);
  }
  // Where another process of this clone is faster, what it has seen is kept.
  if (commit !== undefined && commit !== seen) await cache.local(["update-ref", SEEN_REF, commit, seen ?? ""]);
  return { commit, notes };
}

async function notesOf(
  cache: GitCache,
  reader: LogReader,
  commit: string | undefined,
  origin: string,
): Promise<ReadonlyMap<number, string>> {
  const notes = new Map<number, string>();
  if (commit === undefined) return notes;
  for (const [file, { oid }] of (await reader.list(await treeOf(cache, commit), shelfFolder(origin))) ?? []) {
    const size = sizeOfFile(file);
    if (size !== undefined) notes.set(size, oid);
  }
  return notes;
}

/** @returns what git said where the remote did not take it */
async function pushOnce(
  cache: GitCache,
  reader: LogReader,
  { commit, notes }: Fetched,
  checkpoint: Checkpoint,
  log: AnchoredLog,
  name: string,
  clock: Clock,
): Promise<Anchored | GitAnswer> {
  const { origin } = checkpoint.head;
  let answer: GitAnswer | undefined;
  const shelf: Shelf = {
    sizes: [...notes.keys()],
    async read(size) {
      return reader.content(notes.get(size) ?? "");
    },
    async add(size, note) {
      const changes = new Map([[`${shelfFolder(origin)}/${noteFile(size)}`, note]]);
      const made = await makeCommits(
        cache,
        { parent: commit },
        [{ message: `${origin} ${size}`, changes }],
        "the checkpoint",
        clock.now(),
      );
      answer = await cache.push(made.commit, commit);
      const isTaken = answer.code === 0;
      const seen = isTaken ? `update ${SEEN_REF} ${made.commit}\n` : "";
      await cache.local(["update-ref", "--stdin"], `${seen}delete ${made.ref}\n`);
      return isTaken;
    },
  };
  const anchored = await putOn(shelf, checkpoint, log, name);
  if (anchored !== undefined) return anchored;
  if (answer === undefined) throw anchorFailed(name, "was not pushed to");
  return answer;
}

function isRefused(answer: Anchored | GitAnswer): answer is GitAnswer {
  return "stderr" in answer;
}

function refused(name: string, answer: GitAnswer): Error {
  const reason = /\t(\[[^\n]*)/.exec(answer.stdout.toString("utf8"))?.[1];
  const said = complaintOf(answer);
  return anchorFailed(
    name,
    `did not take the checkpoint: ${reason === undefined ? said : `${reason.slice(0, 200)}; ${said}`}`,
    "Check that this machine may push to that ref.",
  );
}
