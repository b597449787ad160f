import { mkdir, open, rename, rm, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { escapeTerminal } from "../output/escape.ts";
import { GateError, messageOf, systemCodeOf } from "../util/errors.ts";
import type { CommandContext } from "./context.ts";

/**
 * Writes an output whole or not at all.
 *
 * @throws {GateError} `output-failed`
 */
export async function writeOutput(cwd: string, path: string, content: string | Uint8Array): Promise<void> {
  const target = resolve(cwd, path);
  const temporary = `${target}.${process.pid}.tmp`;
  try {
    await mkdir(dirname(target), { recursive: true });
    await writeFile(temporary, content);
    await rename(temporary, target);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new GateError("output-failed", `${path} cannot be written: ${messageOf(cause)}`, { cause });
  }
}

/**
 * Removes an output of an earlier run, where there is one.
 *
 * @throws {GateError} `output-failed`
 */
export async function removeOutput(cwd: string, path: string): Promise<void> {
  try {
    await rm(resolve(cwd, path), { force: true });
  } catch (cause) {
    throw new GateError("output-failed", `${path} cannot be replaced: ${messageOf(cause)}`, { cause });
  }
}

/**
 * Writes an output piece by piece, whole or not at all: under its name it is there when it is complete and on disk.
 *
 * @throws {GateError} `output-failed`; what the pieces throw as it is
 */
export async function writeStream(
  cwd: string,
  path: string,
  pieces: AsyncIterable<string | Uint8Array>,
): Promise<void> {
  const target = resolve(cwd, path);
  const temporary = `${target}.${process.pid}.tmp`;
  try {
    await mkdir(dirname(target), { recursive: true });
    const file = await open(temporary, "wx");
    try {
      for await (const piece of pieces) await file.writeFile(piece);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    if (systemCodeOf(cause) === undefined || cause instanceof GateError) throw cause;
    throw new GateError("output-failed", `${path} cannot be written: ${messageOf(cause)}`, { cause });
  }
}

/** Prints lines that can hold text of anybody. */
export function printLines(context: CommandContext, ...lines: readonly string[]): void {
  for (const line of lines) context.out(`${escapeTerminal(line)}\n`);
}

/** Prints an output, or writes it where a path is given. @throws {GateError} `output-failed` */
export async function printOrWrite(content: string, path: string | undefined, context: CommandContext): Promise<void> {
  if (path === undefined) context.out(content);
  else await writeOutput(context.cwd, path, content);
}

/**
 * Writes a private key: for its owner only, and never over a file that is there.
 *
 * @throws {GateError} `output-failed`
 */
export async function writeSecret(cwd: string, path: string, content: string): Promise<void> {
  const target = resolve(cwd, path);
  try {
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, content, { mode: 0o600, flag: "wx" });
  } catch (cause) {
    const why = systemCodeOf(cause) === "EEXIST" ? "exists already" : `cannot be written: ${messageOf(cause)}`;
    throw new GateError("output-failed", `${path} ${why}`, { cause });
  }
}

/**
 * Reads `format=path` flags.
 *
 * @param formats a table whose keys are the formats
 * @param option for messages
 * @throws {GateError} `usage` where the format is unknown or the path is missing
 */
export function parseOutputFlags<T extends string>(
  flags: readonly string[],
  formats: Readonly<Record<T, unknown>>,
  option = "--output",
): readonly { readonly format: T; readonly path: string }[] {
  const isFormat = (name: string): name is T => Object.hasOwn(formats, name);
  return flags.map((flag) => {
    const separator = flag.indexOf("=");
    const format = flag.slice(0, separator);
    const path = flag.slice(separator + 1);
    if (separator > 0 && isFormat(format) && path !== "") return { format, path };
    throw new GateError("usage", `${option} must be FORMAT=PATH, not "${flag}"`, {
      hint: `Formats: ${Object.keys(formats).join(", ")}.`,
    });
  });
}
