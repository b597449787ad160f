import { randomBytes } from "node:crypto";
import { GateError } from "../../util/errors.ts";
import type { GitCache } from "./cache.ts";
import { complaintOf } from "./run.ts";

/** What one commit changes: the content of files by path, null for what goes. */
type Changes = ReadonlyMap<string, Uint8Array | string | null>;

export interface PlannedCommit {
  readonly message: string;
  readonly changes: Changes;
}

/** Where the first of some commits starts: from nothing, unless one of these is given. */
interface CommitStart {
  readonly parent?: string | undefined;
  /** The files of a tree, without its history. */
  readonly tree?: string | undefined;
}

export interface MadeCommits {
  /** The last of them. */
  readonly commit: string;
  /** What keeps it in the cache. */
  readonly ref: string;
}

/**
 * Makes commits that follow each other, in the cache alone; none of it can be seen elsewhere before it is pushed.
 *
 * @param what is written with them, in words
 * @throws {GateError} `audit-write-failed`
 */
export async function makeCommits(
  cache: GitCache,
  start: CommitStart,
  commits: readonly PlannedCommit[],
  what: string,
  now: Date,
): Promise<MadeCommits> {
  // A ref of its own, for another process may do the same at the same time.
  const ref = `refs/gate/made/${randomBytes(8).toString("hex")}`;
  const stream = importStream(ref, start, commits, Math.floor(now.getTime() / 1000));
  const answer = await cache.local(["fast-import", "--quiet", "--done"], stream);
  const commit = answer.code === 0 ? (await cache.reader.read(ref))?.oid : undefined;
  if (commit !== undefined) return { commit, ref };
  throw new GateError("audit-write-failed", `git could not write ${what}: ${complaintOf(answer)}`, {
    hint: "Check the space and the permissions of the clone's .git folder.",
  });
}

/** What `git fast-import` reads. */
function importStream(
  ref: string,
  { parent, tree }: CommitStart,
  commits: readonly PlannedCommit[],
  seconds: number,
): Buffer {
  const stream: Buffer[] = [];
  const write = (text: string): void => void stream.push(Buffer.from(text, "utf8"));
  const data = (content: Uint8Array | string): void => {
    const bytes = Buffer.from(content);
    write(`data ${bytes.length}\n`);
    stream.push(bytes);
    write("\n");
  };
  for (const [at, { message, changes }] of commits.entries()) {
    write(`commit ${ref}\nmark :${at + 1}\ncommitter gate <gate@localhost> ${seconds} +0000\n`);
    // Where the ref is a branch, no pipeline has to run for it.
    data(`${message}\n\n[skip ci]\n`);
    if (at === 0 && parent !== undefined) write(`from ${parent}\n`);
    if (at === 0 && tree !== undefined) write(`M 040000 ${tree} ""\n`);
    // What goes first: a partial tile can give way to another one in the same folder.
    for (const [path, content] of changes) if (content === null) write(`D ${path}\n`);
    for (const [path, content] of changes) {
      if (content === null) continue;
      write(`M 100644 inline ${path}\n`);
      data(content);
    }
  }
  write("done\n");
  return Buffer.concat(stream);
}
