import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { BINDING_SUFFIX } from "../evidence/binding.ts";
import { SIGNATURE_SUFFIX } from "../evidence/stated.ts";
import { GateError, systemCodeOf } from "../util/errors.ts";
import type { Limits } from "../util/limits.ts";
import { type Content, openStoredContent } from "./content.ts";

const MAGIC = /[*?[\]{}()!]/;

/**
 * The files that a pattern names, relative to `cwd` and with `/` as separator, in no particular order: a file, all files
 * below a directory, or the matches of a glob. None where there is no such file.
 *
 * A path that exists is taken as it is, so that the brackets in `coverage [1].json` need no escaping. A symbolic link is
 * followed where it is named itself; one that a directory or a glob leads to is an error, for it may lead anywhere.
 *
 * @throws {GateError} `evidence-unreadable`
 */
export async function findFiles(pattern: string, cwd: string): Promise<readonly string[]> {
  const path = resolve(cwd, pattern);
  // A round through the thread pool takes longer than most of these calls.
  const found = readable(pattern, () => statSync(path));
  if (found?.isDirectory()) return filesBelow(pattern, path, cwd);
  if (found !== undefined) return [reported(path, cwd)];
  if (!MAGIC.test(pattern)) return [];
  // Most calls name their files, and should not pay for loading the matcher.
  const { glob } = await import("tinyglobby");
  // It is told to follow links, for otherwise it would leave them out without a word.
  const matches = await glob(pattern, { cwd, absolute: true, expandDirectories: false });
  const base = realpathSync(cwd);
  for (const match of matches) {
    const file = reported(match, cwd);
    if (readable(file, () => realpathSync(match)) !== resolve(base, file)) throw linked(file);
  }
  return matches.map((match) => reported(match, cwd)).filter(isEvidence);
}

/** Larger files stay on the disk and are read in pieces. */
const STORED_BYTES = 64 << 20;

/**
 * The content of a file, which is read whole unless it is large.
 *
 * @param path of {@link findFiles}
 * @throws {GateError} `evidence-unreadable` or `evidence-too-large`
 */
export function readEvidenceFile(path: string, cwd: string, limits: Limits): Content {
  const absolute = resolve(cwd, path);
  const found = readable(path, () => statSync(absolute));
  if (found !== undefined && found.size > limits.fileBytes) throw tooLarge(path, limits);
  if (found !== undefined && found.isFile() && found.size > STORED_BYTES) {
    const stored = readable(path, () => openStoredContent(absolute));
    if (stored !== undefined) return stored;
  }
  const usable = found?.isFile() === true || found?.isFIFO() === true;
  const bytes = usable ? readable(path, () => readFileSync(absolute)) : undefined;
  if (bytes === undefined) {
    throw new GateError("evidence-unreadable", `${path} is not a file, or is no longer there`, {
      hint: "Make sure that the tool has finished writing before the gate runs.",
    });
  }
  return bytes;
}

/** The binding that stands beside an evidence file, if there is one. */
export function readBinding(path: string, cwd: string): Uint8Array | undefined {
  const file = `${path}${BINDING_SUFFIX}`;
  return readable(file, () => readFileSync(resolve(cwd, file)));
}

/** The most that a signature with the largest key takes, many times over. */
const MAX_SIGNATURE_BYTES = 65_536;

/**
 * The signature that stands beside a statement, if there is one. What is too large to be one is as good as an empty one.
 *
 * @throws {GateError} `evidence-unreadable`
 */
export function readSignature(path: string, cwd: string): Uint8Array | undefined {
  const file = `${path}${SIGNATURE_SUFFIX}`;
  const absolute = resolve(cwd, file);
  const found = readable(file, () => statSync(absolute));
  if (found === undefined) return undefined;
  if (!found.isFile() || found.size > MAX_SIGNATURE_BYTES) return new Uint8Array();
  return readable(file, () => readFileSync(absolute));
}

/** Bindings and signatures stand beside evidence and are none themselves. */
function isEvidence(path: string): boolean {
  return !path.endsWith(BINDING_SUFFIX) && !path.endsWith(SIGNATURE_SUFFIX);
}

/** The error of a file beyond `limits.fileBytes`. */
export function tooLarge(path: string, limits: Limits): GateError {
  return new GateError("evidence-too-large", `${path} is larger than ${limits.fileBytes} bytes`, {
    hint: "Leave code flows and snippets out of the report, or raise limits.fileBytes in gate.yaml.",
  });
}

function filesBelow(pattern: string, path: string, cwd: string): readonly string[] {
  const entries = readable(pattern, () => readdirSync(path, { recursive: true, withFileTypes: true })) ?? [];
  const files = entries.filter((entry) => entry.isFile() || entry.isSymbolicLink());
  const paths = files.map((entry) => {
    const file = reported(join(entry.parentPath, entry.name), cwd);
    if (entry.isSymbolicLink()) throw linked(file);
    return file;
  });
  return paths.filter(isEvidence);
}

/** The outcome of a call to the file system; `undefined` where there is nothing of that name. */
function readable<T>(path: string, call: () => T): T | undefined {
  try {
    return call();
  } catch (cause) {
    if (cause instanceof GateError) throw cause;
    const code = systemCodeOf(cause);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new GateError("evidence-unreadable", `cannot read ${path}: ${code ?? "unknown error"}`, {
      hint: "Check the permissions of the file and of the directories above it.",
      cause,
    });
  }
}

function linked(path: string): GateError {
  return new GateError("evidence-unreadable", `${path} is a symbolic link that was not named itself`, {
    hint: `Name it with --evidence ${path}, or remove it.`,
  });
}

function reported(path: string, cwd: string): string {
  return relative(cwd, path).split(sep).join("/");
}
