import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

const WRITER = join(import.meta.dirname, "writer.ts");

/** What `writer.ts` prints for one attempt. */
export interface Attempt {
  readonly number: number;
  readonly index?: number;
  readonly ms?: number;
  readonly code?: string;
  readonly message?: string;
}

export interface Writer {
  readonly process: ChildProcess;
  /** When it has printed its first attempt, or has ended. */
  readonly started: Promise<unknown>;
  /** When it has ended, however it ended. */
  readonly attempts: Promise<readonly Attempt[]>;
}

/** A process of its own that appends `count` sample decisions from number `first` on. */
export function startWriter(
  path: string,
  first: number,
  count: number,
  options: SpawnOptions = {},
  writer: string = WRITER,
): Writer {
  return startCommand(process.execPath, [writer, path, String(first), String(count)], options);
}

/** The same under a shell command that sets limits first. */
export function startLimitedWriter(limit: string, path: string, first: number, count: number): Writer {
  const args = [process.execPath, WRITER, path, String(first), String(count)];
  return startCommand("sh", ["-c", `${limit} && exec "$@"`, "sh", ...args], {});
}

function startCommand(command: string, args: readonly string[], options: SpawnOptions): Writer {
  const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
    output += chunk;
  });
  const ended = once(child, "close");
  const printed = child.stdout === null ? ended : once(child.stdout, "data");
  return {
    process: child,
    started: Promise.race([printed, ended]),
    // A writer that was killed may leave half a line: an attempt that nobody was told of.
    attempts: ended.then(() =>
      output
        .split("\n")
        .slice(0, -1)
        .map((line) => JSON.parse(line)),
    ),
  };
}
