import { GateError } from "../../util/errors.ts";
import { cannotRun, type GitCall, start } from "./run.ts";

/** One object of git. Its name is no proof of its content: SHA-1 is broken, and what counts is hashed again. */
interface GitObject {
  readonly oid: string;
  readonly type: string;
  readonly data: Buffer;
}

/** Reads objects through one long-running git. */
export interface ObjectReader {
  /** By name of an object or of a ref; undefined where there is none. */
  read(name: string): Promise<GitObject | undefined>;
  close(): void;
}

/** A file or folder in a tree object. */
export interface TreeEntry {
  /** `100644` is a file, `40000` a folder. */
  readonly mode: string;
  readonly oid: string;
}

/** Nothing of a log is nearly as large. */
const MOST_BYTES = 512 << 20;
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_./-]*$/;
const HEADER = /^([0-9a-f]{40,64}) ([a-z]+) (\d+)$/;

interface Waiting {
  resolve(found: GitObject | undefined): void;
  reject(error: GateError): void;
}

/** Starts `git cat-file --batch`; it fetches nothing that is missing. */
export function openReader(call: Omit<GitCall, "args" | "input">, folder: string): ObjectReader {
  const child = start({ ...call, args: [`--git-dir=${folder}`, "cat-file", "--batch"] });
  const waiting: Waiting[] = [];
  let ended: GateError | undefined;
  let buffered: Buffer[] = [];
  let length = 0;
  /** Bytes that have to be there before looking again makes sense. */
  let wanted = 1;

  const fail = (error: GateError): void => {
    ended ??= error;
    for (const one of waiting.splice(0)) one.reject(ended);
  };
  child.stdout.on("data", (chunk: Buffer) => {
    buffered.push(chunk);
    length += chunk.length;
    while (length >= wanted && length > 0) {
      const [first = chunk, ...others] = buffered;
      const all = others.length === 0 ? first : Buffer.concat(buffered);
      const answer = readAnswer(all);
      buffered = [answer.rest];
      length = answer.rest.length;
      wanted = answer.wanted;
      if (answer.error !== undefined) {
        fail(answer.error);
        child.kill("SIGKILL");
        return;
      }
      if (!answer.complete) break;
      waiting.shift()?.resolve(answer.object);
    }
  });
  child.stderr.resume();
  child.stdin.on("error", () => undefined);
  child.on("error", (cause) => fail(cannotRun(cause)));
  child.on("close", () => fail(new GateError("audit-unreadable", "git ended while the audit log was read")));
  return {
    async read(name) {
      if (ended !== undefined) throw ended;
      if (!NAME.test(name)) throw new GateError("internal", `not a name of an object: ${JSON.stringify(name)}`);
      const { promise, resolve, reject } = Promise.withResolvers<GitObject | undefined>();
      waiting.push({ resolve, reject });
      child.stdin.write(`${name}\n`);
      return promise;
    },
    close() {
      ended ??= new GateError("internal", "the audit log is closed");
      child.stdin.end();
    },
  };
}

interface Answer {
  readonly complete: boolean;
  readonly object?: GitObject;
  readonly rest: Buffer;
  readonly wanted: number;
  readonly error?: GateError;
}

function readAnswer(all: Buffer): Answer {
  const newline = all.indexOf(0x0a);
  if (newline < 0) return { complete: false, rest: all, wanted: all.length + 1 };
  const [, oid, type, size] = HEADER.exec(all.toString("latin1", 0, newline)) ?? [];
  const from = newline + 1;
  if (oid === undefined || type === undefined) return { complete: true, rest: all.subarray(from), wanted: 1 };
  const end = from + Number(size);
  if (Number(size) > MOST_BYTES) {
    const error = new GateError("audit-corrupt", `an object of the audit log takes ${size} bytes`);
    return { complete: false, rest: Buffer.alloc(0), wanted: 1, error };
  }
  if (all.length < end + 1) return { complete: false, rest: all, wanted: end + 1 };
  // A copy: what is kept of it must not keep the rest of the answers.
  const data = Buffer.from(all.subarray(from, end));
  return { complete: true, object: { oid, type, data }, rest: all.subarray(end + 1), wanted: 1 };
}

/**
 * Reads a tree object.
 *
 * @throws {GateError} `audit-corrupt`
 */
export function parseTree(tree: Buffer, hashBytes: number): ReadonlyMap<string, TreeEntry> {
  const entries = new Map<string, TreeEntry>();
  for (let at = 0; at < tree.length; ) {
    const space = tree.indexOf(0x20, at);
    const zero = tree.indexOf(0, space);
    const end = zero + 1 + hashBytes;
    if (space < 0 || zero < 0 || end > tree.length) throw damagedTree();
    const name = tree.toString("utf8", space + 1, zero);
    if (name === "" || name.includes("/") || entries.has(name)) throw damagedTree();
    entries.set(name, { mode: tree.toString("latin1", at, space), oid: tree.toString("hex", zero + 1, end) });
    at = end;
  }
  return entries;
}

function damagedTree(): GateError {
  return new GateError("audit-corrupt", "a folder of the audit log is damaged", {
    hint: "Run `gate audit verify`.",
  });
}
