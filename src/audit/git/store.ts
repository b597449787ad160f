import { setTimeout as sleep } from "node:timers/promises";
import type { Digest } from "../../evidence/types.ts";
import type { Clock } from "../../util/clock.ts";
import { GateError, messageOf } from "../../util/errors.ts";
import { refuseUnappended } from "../committed.ts";
import { leafHash, type NodeId, toDigest } from "../log.ts";
import { ambiguous, parseReference } from "../reference.ts";
import type {
  AuditStore,
  Blob,
  Disclosure,
  Entry,
  EntryFilter,
  NewEntry,
  Receipt,
  TreeHead,
  Voucher,
  VoucherKind,
} from "../store.ts";
import { TILE_WIDTH } from "../tiles.ts";
import { type GitCache, SEEN_REF } from "./cache.ts";
import { makeCommits } from "./commits.ts";
import { idFolder, voucherName } from "./layout.ts";
import { type GitLocation, gitLocationText } from "./location.ts";
import {
  adoptPersonal,
  documentOfPath,
  fetchPersonal,
  type LoadedPersonal,
  listPersonal,
  makePersonal,
  readPersonal,
} from "./personal.ts";
import { bodyAt, entryOf, headAt, isContinued, type LoadedLog, type LogReader, nodeAt } from "./read.ts";
import { complaintOf, type GitAnswer } from "./run.ts";
import { creation, indexOf, type Plan, planEntry, planOn, planRemoval, planVoucher } from "./write.ts";

/**
 * How long to go on where others append at the same time, in milliseconds, and how often to try at least, for a machine or
 * a remote that is slow. Beyond both the decision is not recorded.
 */
const BUSY_MS = 120_000;
const LEAST_ATTEMPTS = 100;
/** The longest pause after each attempt, in times of how long the attempt took. */
const PAUSES = [2, 8, 6, 4, 3, 2, 1] as const;
const SHORTEST_PAUSE = 0.5;
const LONGEST_PAUSE_MS = 10_000;
/** How often to try where nobody else was in the way: a remote can be out of reach for a moment. */
const ATTEMPTS = 3;
/** Entries that are pushed together. */
const MOST_PER_PUSH = 64;
/** Bundles that are fetched together. */
const BUNDLES_PER_FETCH = 64;

export interface GitStoreParts {
  readonly location: GitLocation;
  readonly cache: GitCache;
  readonly reader: LogReader;
  readonly log: LoadedLog;
  readonly clock: Clock;
  readonly random: (bytes: number) => Uint8Array;
}

interface Pending {
  /** Plans what was asked for, and gives its answer once the plan is pushed. */
  plan(plan: Plan): Promise<() => void>;
  reject(error: unknown): void;
}

/**
 * The log on a ref of a remote repository. What is appended is acknowledged when the remote has taken it: a commit that
 * follows the one that the ref named, pushed on the condition that the ref still names that.
 *
 * Reading is of the log as this clone knows it: as it was at the remote when the store was opened, and since then as far
 * as something was appended through this clone.
 */
export class GitAuditStore implements AuditStore {
  readonly #parts: GitStoreParts;
  #log: LoadedLog;
  readonly #waiting: Pending[] = [];
  #working: Promise<void> | undefined;
  /** Fetched when it is first asked for, by a check that names nobody never. */
  #personal: Promise<LoadedPersonal> | undefined;

  /** Takes over an open cache and closes it in the end. */
  constructor(parts: GitStoreParts) {
    this.#parts = parts;
    this.#log = parts.log;
  }

  async append(entry: NewEntry, blobs: readonly Blob[], disclosures: readonly Disclosure[] = []): Promise<Receipt> {
    refuseUnappended(entry);
    return this.#write(async (plan) => planEntry(plan, entry, blobs, disclosures));
  }

  async remove(entry: NewEntry, blobs: readonly Blob[], size: number): Promise<Receipt | undefined> {
    return this.#write(async (plan) => planRemoval(plan, entry, blobs, size));
  }

  async head(size?: number): Promise<TreeHead> {
    const log = await this.#current();
    if (size !== undefined && size > log.head.size) throw new GateError("internal", `the log has no ${size} entries`);
    return headAt(this.#parts.reader, log, size ?? log.head.size);
  }

  async node(place: NodeId): Promise<Uint8Array> {
    return nodeAt(this.#parts.reader, await this.#current(), place);
  }

  async *entries(filter: EntryFilter = {}): AsyncIterable<Entry> {
    const log = await this.#current();
    const numbers = Array.from({ length: log.bundles.length + 1 }, (_, number) => number);
    const newestFirst = filter.last !== undefined;
    if (newestFirst) numbers.reverse();
    let left = filter.last ?? Number.POSITIVE_INFINITY;
    for (const [at, number] of numbers.entries()) {
      if (left <= 0) return;
      if (at % BUNDLES_PER_FETCH === (newestFirst ? 1 : 0))
        await this.#prefetch(log, numbers.slice(at, at + BUNDLES_PER_FETCH));
      const bodies = number < log.bundles.length ? await this.#parts.reader.bundle(log, number) : log.tail;
      const entries = bodies.map((body, offset) => toEntry(body, number * TILE_WIDTH + offset));
      for (const entry of newestFirst ? entries.toReversed() : entries) {
        if (left <= 0) return;
        if (filter.kind !== undefined && entry.kind !== filter.kind) continue;
        yield entry;
        left -= 1;
      }
    }
  }

  async find(reference: string): Promise<Entry | undefined> {
    const named = parseReference(reference);
    if (named === undefined) return undefined;
    const log = await this.#current();
    if ("index" in named) return named.index < log.head.size ? this.#entry(log, named.index) : undefined;
    const id = "id" in named ? named.id : await this.#idWith(log, named.prefix);
    const index = id === undefined ? undefined : await indexOf(this.#parts.reader, log, id);
    return index === undefined ? undefined : this.#entry(log, index);
  }

  async blob(digest: Digest): Promise<Blob | undefined> {
    const log = await this.#current();
    const found = await this.#blobFile(log, digest);
    if (found === undefined) return undefined;
    return { digest, mediaType: found.mediaType, data: await this.#parts.reader.content(found.oid) };
  }

  async *disclosures(document?: Digest): AsyncIterable<Disclosure> {
    const { reader } = this.#parts;
    const personal = await this.#currentPersonal();
    const documents =
      document === undefined
        ? [...(await listPersonal(reader, personal)).keys()].flatMap((path) => documentOfPath(path) ?? [])
        : [document];
    for (const one of documents) yield* await readPersonal(reader, personal, one);
  }

  async has(digest: Digest): Promise<boolean> {
    return (await this.#blobFile(await this.#current(), digest)) !== undefined;
  }

  async keep(voucher: Voucher): Promise<void> {
    return this.#write(async (plan) => planVoucher(plan, voucher));
  }

  async *vouchers(kind: VoucherKind): AsyncIterable<Voucher> {
    const { reader } = this.#parts;
    const log = await this.#current();
    const files = [...(await reader.walk(log.tree, `voucher/${kind}`))].flatMap(([path, { oid }]) => {
      const [size = "", file = ""] = path.split("/");
      const name = voucherName(file);
      return name === undefined ? [] : [{ size: Number(size), name, oid }];
    });
    await reader.prefetch(files.map(({ oid }) => oid));
    files.sort(largestFirst);
    for (const { size, name, oid } of files) yield { size, kind, name, material: await reader.content(oid) };
  }

  async close(): Promise<void> {
    await this.#working;
    this.#parts.cache.close();
  }

  /** The log as this clone knows it now; another process may have appended to it. */
  async #current(): Promise<LoadedLog> {
    const { cache, reader } = this.#parts;
    const seen = (await cache.reader.read(SEEN_REF))?.oid;
    if (seen === undefined || seen === this.#log.commit) return this.#log;
    const log = await reader.load(seen);
    if (log.head.size >= this.#log.head.size) this.#log = log;
    return this.#log;
  }

  async #currentPersonal(): Promise<LoadedPersonal> {
    this.#personal ??= fetchPersonal(this.#parts.cache);
    return this.#personal;
  }

  async #prefetch(log: LoadedLog, numbers: readonly number[]): Promise<void> {
    await this.#parts.reader.prefetchBundles(
      log,
      numbers.filter((number) => number < log.bundles.length),
    );
  }

  async #entry(log: LoadedLog, index: number): Promise<Entry> {
    return toEntry(await bodyAt(this.#parts.reader, log, index), index);
  }

  async #idWith(log: LoadedLog, prefix: string): Promise<string | undefined> {
    const { reader } = this.#parts;
    const found: string[] = [];
    for (const folder of (await reader.list(log.tree, "id"))?.keys() ?? []) {
      if (!folder.startsWith(idFolder(prefix)) && !prefix.startsWith(folder)) continue;
      const ids = (await reader.list(log.tree, `id/${folder}`))?.keys() ?? [];
      found.push(...[...ids].filter((id) => id.startsWith(prefix)));
    }
    const [first, second] = found;
    if (first !== undefined && second !== undefined) throw ambiguous(prefix, first);
    return first;
  }

  async #blobFile(log: LoadedLog, digest: Digest): Promise<{ mediaType: string; oid: string } | undefined> {
    const { reader } = this.#parts;
    const hex = digest.slice("sha256:".length);
    for (const [type] of (await reader.list(log.tree, "blob")) ?? []) {
      for (const [subtype] of (await reader.list(log.tree, `blob/${type}`)) ?? []) {
        const folder = await reader.list(log.tree, `blob/${type}/${subtype}/${hex.slice(0, 2)}`);
        const oid = folder?.get(hex)?.oid;
        if (oid !== undefined) return { mediaType: `${type}/${subtype}`, oid };
      }
    }
    return undefined;
  }

  /** Adds to what is to be pushed; what waits at the same time is pushed together. */
  async #write<T>(plan: (plan: Plan) => Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#waiting.push({
      async plan(on) {
        const answer = await plan(on);
        return () => resolve(answer);
      },
      reject,
    });
    this.#working ??= this.#work();
    return promise;
  }

  async #work(): Promise<void> {
    // What is asked for in the same turn is pushed together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, MOST_PER_PUSH);
      try {
        await this.#pushAll(batch);
      } catch (error) {
        for (const pending of batch) pending.reject(asWriteError(error));
      }
    }
    this.#working = undefined;
  }

  /** Plans on the newest log that is known and pushes; where others were faster, takes theirs and begins again. */
  async #pushAll(batch: readonly Pending[]): Promise<void> {
    const { location, random } = this.#parts;
    const deadline = performance.now() + BUSY_MS;
    let failures = 0;
    await this.#current();
    for (let attempt = 1; ; attempt++) {
      const started = performance.now();
      const answer = await this.#pushOnce(batch);
      if (answer === undefined) return;
      // Before the remote is asked again: what it says must not be old by the time of the push.
      await sleep(pauseAfter(attempt, performance.now() - started, random));
      if (await this.#isOvertaken()) failures = 0;
      else if (isRefusal(answer) || ++failures === ATTEMPTS) throw refused(location, answer);
      if (performance.now() > deadline && attempt >= LEAST_ATTEMPTS) throw tooBusy(location, attempt, answer);
    }
  }

  /** @returns what git said where the remote did not take it */
  async #pushOnce(batch: readonly Pending[]): Promise<GitAnswer | undefined> {
    const { cache, reader, clock } = this.#parts;
    const log = this.#log;
    const plan = planOn(reader, log, async () => this.#currentPersonal());
    const done: (() => void)[] = [];
    for (const pending of batch) {
      try {
        done.push(await pending.plan(plan));
      } catch (error) {
        pending.reject(error);
      }
    }
    if (plan.commits.length > 0) {
      const made = await makeCommits(cache, { parent: log.commit }, plan.commits, "the entry", clock.now());
      const before = plan.personal.size === 0 ? undefined : await this.#currentPersonal();
      const personal = before === undefined ? undefined : await makePersonal(cache, before, plan.personal, clock.now());
      const move = personal === undefined ? undefined : { commit: personal.commit, old: before?.commit };
      const answer = await cache.push(made.commit, log.commit, move);
      if (answer.code !== 0) {
        await forget(cache, made.ref);
        if (personal !== undefined) await forget(cache, personal.ref);
        return answer;
      }
      this.#log = await this.#adopt(made, plan);
      if (personal !== undefined) {
        const adopted = await adoptPersonal(cache, personal);
        this.#personal = Promise.resolve(adopted);
      }
    }
    for (const answer of done) answer();
    return undefined;
  }

  async #adopt(
    { commit, ref }: { readonly commit: string; readonly ref: string },
    { growing }: Plan,
  ): Promise<LoadedLog> {
    const { cache, reader } = this.#parts;
    const moves = `update ${SEEN_REF} ${commit} ${this.#log.commit}\ndelete ${ref}\n`;
    if ((await cache.local(["update-ref", "--stdin"], moves)).code !== 0) {
      await remember(cache, reader, commit, growing.head);
      await forget(cache, ref);
    }
    const tree = (await cache.reader.read(commit))?.data.toString("latin1").slice("tree ".length).split("\n")[0] ?? "";
    const { head, bundles, tail } = growing;
    return { commit, tree, head, bundles, tail };
  }

  /** Whether somebody else has appended since. */
  async #isOvertaken(): Promise<boolean> {
    const before = this.#log.commit;
    const { location, cache, reader } = this.#parts;
    this.#log = await fetchLog(location, cache, reader, this.#log.head);
    const known = this.#personal === undefined ? undefined : await this.#personal.catch(() => undefined);
    this.#personal = undefined;
    if (this.#log.commit !== before || known === undefined) return this.#log.commit !== before;
    return (await this.#currentPersonal()).commit !== known.commit;
  }
}

/**
 * The log as it is at the remote now.
 *
 * @param seen the newest tree of it that is known here
 * @throws {GateError} `audit-not-found`, `audit-unreadable`; `audit-corrupt` where it is not the log that was seen
 */
export async function fetchLog(
  location: GitLocation,
  cache: GitCache,
  reader: LogReader,
  seen: TreeHead | undefined,
): Promise<LoadedLog> {
  const commit = await cache.fetchTip();
  if (commit === undefined) {
    if (seen !== undefined) throw rewritten(location, cache, seen);
    throw new GateError("audit-not-found", `there is no audit log at ${gitLocationText(location)}`, {
      hint: "Record a decision with `gate check`, or name the log with `--store`.",
    });
  }
  const log = await reader.load(commit);
  if (seen !== undefined && !(await isContinued(reader, log, seen))) throw rewritten(location, cache, seen);
  await remember(cache, reader, commit, log.head);
  return log;
}

/** Lets a commit go that was pushed, or refused. */
async function forget(cache: GitCache, ref: string): Promise<void> {
  await cache.local(["update-ref", "-d", ref]);
}

/** The newest tree of the log that this clone has seen. */
export async function seenHead(cache: GitCache, reader: LogReader): Promise<TreeHead | undefined> {
  const seen = (await cache.reader.read(SEEN_REF))?.oid;
  return seen === undefined ? undefined : (await reader.load(seen)).head;
}

/** The order of vouchers: that of the largest tree first. */
export function largestFirst(a: Pick<Voucher, "size" | "name">, b: Pick<Voucher, "size" | "name">): number {
  return b.size - a.size || (a.name < b.name ? -1 : 1);
}

/**
 * Keeps the newest tip that this clone has seen; another process may have seen a newer one.
 */
export async function remember(cache: GitCache, reader: LogReader, commit: string, head: TreeHead): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const seen = (await cache.reader.read(SEEN_REF))?.oid;
    if (seen === commit) return;
    if (seen !== undefined && (await reader.load(seen)).head.size > head.size) return;
    const { code } = await cache.local(["update-ref", SEEN_REF, commit, seen ?? ""]);
    if (code === 0) return;
  }
}

/**
 * Makes a new log at the remote. Where somebody else made one at the same time, that is the log.
 *
 * @throws {GateError} `audit-write-failed`
 */
export async function createLog(
  { location, cache, reader, clock }: Omit<GitStoreParts, "log">,
  origin: string,
  entry: NewEntry,
): Promise<LoadedLog> {
  const made = await makeCommits(cache, {}, [creation(origin, entry)], "the entry", clock.now());
  const answer = await cache.push(made.commit, undefined);
  await forget(cache, made.ref);
  try {
    return await fetchLog(location, cache, reader, undefined);
  } catch (error) {
    if (answer.code === 0 || !(error instanceof GateError) || error.code !== "audit-not-found") throw error;
    throw refused(location, answer);
  }
}

function toEntry(body: Uint8Array, index: number): Entry {
  const { id, kind } = entryOf(body, index);
  return { index, id, kind, body, leafHash: toDigest(leafHash(body)) };
}

/**
 * Milliseconds to wait after an attempt: at random, and measured by how long an attempt takes here. The second pause
 * spreads many who are in each other's way; from then on whoever has waited longer waits less, so that nobody starves.
 */
function pauseAfter(attempt: number, took: number, random: (bytes: number) => Uint8Array): number {
  const [high = 0, low = 0] = random(2);
  const longest = Math.min(took * (PAUSES[attempt - 1] ?? SHORTEST_PAUSE), LONGEST_PAUSE_MS);
  return (longest * (high * 256 + low)) / 65_536;
}

/** Whether the remote itself said no, for a reason that trying again does not change. */
function isRefusal({ stdout, stderr }: GitAnswer): boolean {
  const text = stdout.toString("utf8");
  if (/\[remote rejected\]/.test(text)) return !/cannot lock ref|failed to update ref|incorrect old value/.test(text);
  return /permission denied|authentication failed|could not read username|access denied|\b40[13]\b/i.test(stderr);
}

function refused(location: GitLocation, answer: GitAnswer): GateError {
  const reason = /\t(\[[^\n]*)/.exec(answer.stdout.toString("utf8"))?.[1];
  const said = complaintOf(answer);
  return new GateError(
    "audit-write-failed",
    `${gitLocationText(location)} did not take the entry: ${reason === undefined ? said : `${reason.slice(0, 200)}; ${said}`}`,
    { hint: "Check that this machine may push to that ref, or spool with `gate check --audit-spool`." },
  );
}

function tooBusy(location: GitLocation, attempts: number, answer: GitAnswer): GateError {
  return new GateError(
    "audit-write-failed",
    `others were faster to append to ${gitLocationText(location)}, ${attempts} times: ${complaintOf(answer)}`,
    { hint: "Run it again." },
  );
}

function rewritten(location: GitLocation, cache: GitCache, seen: TreeHead): GateError {
  return new GateError(
    "audit-corrupt",
    `${gitLocationText(location)} was rewritten: it no longer starts with the ${seen.size} entries that this clone has seen`,
    { hint: `Find out who pushed to it. To go on with what is there now, remove ${cache.folder}.` },
  );
}

function asWriteError(error: unknown): GateError {
  if (error instanceof GateError && error.code !== "audit-unreadable") return error;
  return new GateError("audit-write-failed", messageOf(error), { cause: error });
}
