import { createHash, type Hash } from "node:crypto";
import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readSync } from "node:fs";
import { join, sep } from "node:path";
import { readGitState, runGit } from "../ci/git.ts";
import { detectCi, type Environment } from "../ci/provider.ts";
import type { Diagnostic } from "../evidence/types.ts";
import { GateError, systemCodeOf } from "../util/errors.ts";

/** One entry of a checkout. */
export interface Entry {
  /** From the root, with `/` as separator. Bytes that are no UTF-8 are replacement characters. */
  readonly path: string;
  /** As the file system has it. */
  readonly name: Buffer;
  readonly type: "file" | "link" | "submodule";
}

/** A checkout, and what of it is looked at. */
export interface Checkout {
  /** Absolute. */
  readonly root: string;
  /** As the CI service names it. */
  readonly repository?: string;
  /** The commit that is checked out; missing without git, and where a tracked file differs from it. */
  readonly commit?: string;
  /** Every entry, in the order of the paths. */
  readonly entries: readonly Entry[];
  /** Whether a path is one that is looked at. */
  readonly isWanted: (path: string) => boolean;
  /** What narrows it, from the root; empty where nothing does. */
  readonly paths: readonly string[];
  /** Why some of it may be missing. */
  readonly reasons: readonly Diagnostic[];
  readonly warnings: readonly Diagnostic[];
}

/** The content of one file, as far as it is kept. */
export interface FileContent {
  readonly bytes: number;
  /** `sha256:` and hexadecimal digits. */
  readonly digest: `sha256:${string}`;
  /** Whether there is a NUL in its first 8000 bytes, which is how git tells. */
  readonly binary: boolean;
  /** Of a text. */
  readonly lines?: number;
  /** The whole text; missing for a binary file and for one that is larger than was asked for. */
  readonly text?: string;
}

/** Entries of one checkout; beyond, the rest is left out and the inventory is partial. */
const MOST_ENTRIES = 500_000;

/** Folders that are not looked into where there is no git to say what belongs to the checkout. */
const IGNORED = new Set([".git", ".hg", ".svn", "node_modules", ".venv", "__pycache__"]);

/**
 * Lists what git tracks below a folder, or without git everything below it but for the folders of tools.
 *
 * @param root the folder, absolute
 * @param paths folders and files to keep to, relative to the root; none for everything
 * @throws {GateError} `usage` where a path is not in the checkout, `evidence-unreadable` where a folder cannot be read
 */
export async function openCheckout(
  root: string,
  paths: readonly string[],
  isGit: boolean,
  variables: Environment,
): Promise<Checkout> {
  const all = isGit ? await trackedEntries(root, variables) : entriesBelow(root);
  const sorted = all.toSorted((a, b) => Buffer.compare(a.name, b.name));
  const entries = sorted.slice(0, MOST_ENTRIES);
  const reasons: Diagnostic[] = [];
  if (sorted.length > MOST_ENTRIES) {
    reasons.push({ code: "too-many-files", message: `${sorted.length} files, and at most ${MOST_ENTRIES} are listed` });
  }
  const wanted = paths.map(normalised);
  const isWanted = (path: string): boolean =>
    wanted.length === 0 || wanted.some((one) => one === "" || path === one || path.startsWith(`${one}/`));
  for (const [index, one] of wanted.entries()) {
    if (one !== "" && !entries.some(({ path }) => path === one || path.startsWith(`${one}/`))) {
      throw new GateError("usage", `there is no file at ${JSON.stringify(paths[index])}`, {
        hint: "--path names a folder or a file of the checkout, from its root.",
      });
    }
  }
  const repository = detectCi(variables)?.repository;
  return {
    root,
    ...(repository === undefined ? {} : { repository }),
    ...(await stateOf(root, isGit, variables)),
    entries,
    isWanted,
    paths: wanted.includes("") ? [] : wanted.toSorted(),
    reasons,
  };
}

/** Evidence about a commit must not be made of files that differ from it. */
async function stateOf(
  root: string,
  isGit: boolean,
  variables: Environment,
): Promise<Pick<Checkout, "commit" | "warnings">> {
  if (!isGit) {
    return {
      warnings: [
        { code: "no-git", message: "there is no git checkout, so every file counts as part of the repository" },
      ],
    };
  }
  const state = await readGitState(root, variables);
  if (state === undefined) return { warnings: [{ code: "no-commit", message: "nothing is committed yet" }] };
  const { changed, commit } = state;
  if (changed.length === 0) return { commit, warnings: [] };
  const message = `files that differ from the commit, so this is about no commit: ${changed.length}`;
  return { warnings: [{ code: "work-tree-changed", message, place: changed[0] ?? "" }] };
}

function normalised(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split(/[/\\]/)) {
    if (segment === "" || segment === ".") continue;
    if (segment === "..") segments.pop();
    else segments.push(segment);
  }
  return segments.join("/");
}

const MODES: Readonly<Record<string, Entry["type"]>> = { "120000": "link", "160000": "submodule" };

/** Reads `git ls-files --stage -z`: mode, id and stage, a tab, the path, NUL. A conflict has several stages. */
async function trackedEntries(root: string, variables: Environment): Promise<readonly Entry[]> {
  const output = await runGit(root, variables, ["ls-files", "--stage", "-z"]);
  const entries = new Map<string, Entry>();
  for (let start = 0; start < output.length; ) {
    const end = output.indexOf(0, start);
    const tab = output.indexOf(0x09, start);
    if (end === -1 || tab === -1 || tab > end) throw new GateError("internal", "git listed files in an unknown form");
    const mode = output.toString("latin1", start, start + 6);
    const name = Buffer.from(output.subarray(tab + 1, end));
    entries.set(name.toString("latin1"), { path: name.toString("utf8"), name, type: MODES[mode] ?? "file" });
    start = end + 1;
  }
  return [...entries.values()];
}

function entriesBelow(root: string): readonly Entry[] {
  const entries: Entry[] = [];
  const open = [""];
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    for (const found of foldersOf(root, folder)) {
      const path = folder === "" ? found.name : `${folder}/${found.name}`;
      if (found.isDirectory()) {
        if (!IGNORED.has(found.name)) open.push(path);
      } else if (found.isFile()) entries.push({ path, name: Buffer.from(path), type: "file" });
      else if (found.isSymbolicLink()) entries.push({ path, name: Buffer.from(path), type: "link" });
    }
    if (entries.length > MOST_ENTRIES) break;
  }
  return entries;
}

function foldersOf(root: string, folder: string) {
  try {
    return readdirSync(join(root, folder), { withFileTypes: true });
  } catch (cause) {
    throw new GateError("evidence-unreadable", `cannot read ${folder || root}: ${systemCodeOf(cause) ?? "unknown"}`, {
      cause,
    });
  }
}

const CHUNK = 1 << 16;
/** As git does. */
const BINARY_HEAD = 8_000;

/** Reads files of one checkout without ever following a symbolic link, neither of the file nor of a folder above it. */
export interface CheckoutReader {
  /**
   * Reads a file in pieces. Undefined where there is no file of that name, as in a sparse checkout.
   *
   * @param most bytes of a text that is kept
   * @throws {GateError} `evidence-unreadable`
   */
  read(entry: Entry, most: number): FileContent | undefined;
}

/** @param root the folder of the checkout, absolute */
export function createReader(root: string): CheckoutReader {
  const folders = new Map<string, boolean>();
  const pathOf = (name: Buffer): Buffer => Buffer.concat([Buffer.from(`${root}${sep}`), name]);

  /** Whether a folder and all above it are folders and no links. */
  function isReal(folder: Buffer): boolean {
    if (folder.length === 0) return true;
    const key = folder.toString("latin1");
    const known = folders.get(key);
    if (known !== undefined) return known;
    const real = isReal(parentOf(folder)) && isFolder(pathOf(folder));
    folders.set(key, real);
    return real;
  }

  return {
    read(entry, most) {
      if (!isReal(parentOf(entry.name))) return undefined;
      const file = openFile(pathOf(entry.name), entry.path);
      if (file === undefined) return undefined;
      try {
        return fstatSync(file).isFile() ? contentOf(file, most) : undefined;
      } finally {
        closeSync(file);
      }
    },
  };
}

/** Without `O_NONBLOCK` a named pipe would wait for a writer for ever. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const ABSENT = new Set(["ENOENT", "ENOTDIR", "ELOOP", "EISDIR", "ENXIO"]);

function openFile(path: Buffer, shown: string): number | undefined {
  try {
    return openSync(path, FLAGS);
  } catch (cause) {
    const code = systemCodeOf(cause) ?? "unknown error";
    if (ABSENT.has(code)) return undefined;
    throw new GateError("evidence-unreadable", `cannot read ${JSON.stringify(shown)}: ${code}`, { cause });
  }
}

function isFolder(path: Buffer): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function parentOf(name: Buffer): Buffer {
  return name.subarray(0, Math.max(0, name.lastIndexOf(0x2f)));
}

function contentOf(file: number, most: number): FileContent {
  const hash = createHash("sha256");
  const kept: Buffer[] = [];
  let bytes = 0;
  let breaks = 0;
  let last = 0x0a;
  let binary = false;
  for (;;) {
    const chunk = Buffer.allocUnsafe(CHUNK);
    const read = readSync(file, chunk, 0, CHUNK, null);
    if (read === 0) break;
    const piece = chunk.subarray(0, read);
    hash.update(piece);
    if (bytes < BINARY_HEAD) binary ||= piece.subarray(0, BINARY_HEAD - bytes).includes(0);
    if (bytes + read <= most) kept.push(piece);
    breaks += breaksIn(piece);
    last = piece[read - 1] ?? last;
    bytes += read;
  }
  const digest = digestOf(hash);
  if (binary) return { bytes, digest, binary };
  const lines = breaks + (last === 0x0a ? 0 : 1);
  if (bytes > most) return { bytes, digest, binary, lines };
  return { bytes, digest, binary, lines, text: textOf(Buffer.concat(kept)) };
}

function digestOf(hash: Hash): `sha256:${string}` {
  return `sha256:${hash.digest("hex")}`;
}

/** Line ends of any kind become one, and a byte order mark is none of the text. */
function textOf(bytes: Buffer): string {
  return bytes
    .toString("utf8")
    .replace(/^\ufeff/, "")
    .replaceAll(/\r\n?/g, "\n");
}

function breaksIn(piece: Buffer): number {
  let count = 0;
  for (let at = piece.indexOf(0x0a); at !== -1; at = piece.indexOf(0x0a, at + 1)) count++;
  return count;
}
