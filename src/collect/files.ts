import { runGit } from "../ci/git.ts";
import type { Environment } from "../ci/provider.ts";
import { GateError } from "../util/errors.ts";

/** What a tracked path is; nothing is ever read through a link. */
export type TrackedType = "file" | "executable" | "link" | "submodule";

/** A path of a commit. Bytes of it that are no UTF-8 are replacement characters. */
export interface TrackedFile {
  readonly path: string;
  readonly type: TrackedType;
  /** The id of its content in git. Of two files with one id the content is the same. */
  readonly object: string;
  /** Of its content; 0 for a submodule. */
  readonly bytes: number;
}

/** Everything that is tracked in one commit. */
export interface TrackedFiles {
  /** Full id. */
  readonly commit: string;
  /** In the order of their paths. */
  readonly files: readonly TrackedFile[];
}

const TYPES: ReadonlyMap<string, TrackedType> = new Map([
  ["100644", "file"],
  ["100664", "file"],
  ["100755", "executable"],
  ["120000", "link"],
  ["160000", "submodule"],
]);

const ENTRY = /^(\d{6}) \w+ ([0-9a-f]{40,64}) +(\d+|-)\t/;

/** More than the largest repositories have; a list of them takes some hundred megabytes. */
const MOST_FILES = 1_000_000;

/**
 * Lists what the commit that is checked out tracks. It is asked of git's own storage and not of the folder: what is found is
 * about that commit, whatever lies in the folder beside it, and no link leads out of it.
 *
 * @param root a folder of the checkout
 * @throws {GateError} `usage` where there is no commit yet, `evidence-too-large` beyond a million files,
 *   `evidence-unreadable` where git fails
 */
export async function trackedFiles(root: string, variables: Environment): Promise<TrackedFiles> {
  const commit = await headOf(root, variables);
  const output = await runGit(root, variables, ["ls-tree", "-r", "-z", "-l", "--full-tree", commit]);
  const records = output.toString("utf8").split("\0").slice(0, -1);
  if (records.length > MOST_FILES) {
    throw new GateError("evidence-too-large", `the commit tracks ${records.length} files, more than ${MOST_FILES}`);
  }
  return { commit, files: records.map(fileOf) };
}

async function headOf(root: string, variables: Environment): Promise<string> {
  try {
    return (await runGit(root, variables, ["rev-parse", "--verify", "--quiet", "HEAD^{commit}"])).toString().trim();
  } catch (cause) {
    throw new GateError("usage", "nothing is committed yet", { hint: "What is committed is looked at.", cause });
  }
}

function fileOf(record: string): TrackedFile {
  const [head = "", mode = "", object = "", bytes = ""] = ENTRY.exec(record) ?? [];
  const type = TYPES.get(mode);
  if (type === undefined) throw new GateError("internal", "git gave its list of files in a form that is not known");
  return { path: record.slice(head.length), type, object, bytes: bytes === "-" ? 0 : Number(bytes) };
}

/** Bytes that one call of git is asked for. */
const BATCH_BYTES = 64 << 20;

/**
 * Reads the contents of files from git's storage, without filters and conversions, some at a time.
 *
 * @param files of {@link trackedFiles}; what is no longer needed is not held
 * @throws {GateError} `evidence-unreadable` where git has not the content, as in a partial clone without a connection
 */
export async function* readTracked(
  root: string,
  variables: Environment,
  files: readonly TrackedFile[],
): AsyncGenerator<readonly [file: TrackedFile, content: Buffer], void, undefined> {
  for (const batch of batchesOf(files)) {
    const input = batch.map(({ object }) => `${object}\n`).join("");
    const output = await runGit(root, variables, ["cat-file", "--batch=%(objectname) %(objectsize)"], input);
    let at = 0;
    for (const file of batch) {
      const head = `${file.object} ${file.bytes}\n`;
      const start = at + head.length;
      if (output.toString("latin1", at, start) !== head) {
        throw new GateError("evidence-unreadable", `git has not the content of ${JSON.stringify(file.path)}`, {
          hint: "Fetch it; a partial clone leaves contents out.",
        });
      }
      at = start + file.bytes + 1;
      yield [file, output.subarray(start, start + file.bytes)];
    }
  }
}

function* batchesOf(files: readonly TrackedFile[]): Generator<readonly TrackedFile[], void, undefined> {
  let batch: TrackedFile[] = [];
  let bytes = 0;
  for (const file of files) {
    if (batch.length > 0 && bytes + file.bytes > BATCH_BYTES) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push(file);
    bytes += file.bytes;
  }
  if (batch.length > 0) yield batch;
}
