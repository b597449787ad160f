import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A process that is measured from its start to its end. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A run that ends in another way has not done the work, and its time would say nothing. */
  readonly exitCode: number;
  /** Throws where the output shows that the work was not done. */
  readonly verify?: (stdout: string) => void;
}

export interface Sample {
  readonly milliseconds: number;
  /** Peak resident memory of the process, or of a child that it waited for if that had more; undefined without GNU time. */
  readonly peakBytes: number | undefined;
}

const TIME = "/usr/bin/time";
const MAX_OUTPUT_BYTES = 256 << 20;

/** Whether peak memory can be measured here. */
export const measuresMemory = spawnSync(TIME, ["-q", "-f", "%M", "-o", "/dev/null", "true"]).status === 0;

/**
 * Runs a command once. The time covers the start of the process too, which is what a CI step waits for.
 *
 * Memory is what the kernel counts (`ru_maxrss` of wait4), through GNU time: it works for programs that are not Node as
 * well, polling `/proc` would miss a short peak, and a process that Node starts itself is charged with the memory of
 * this one until its exec. It adds about a millisecond to each time, the baseline's included.
 *
 * @throws where the command ends in another way than it should
 */
export function measure(command: Command): Sample {
  const folder = mkdtempSync(join(tmpdir(), "gate-bench-time-"));
  const report = join(folder, "peak");
  const [file, args] = measuresMemory
    ? [TIME, ["-q", "-f", "%M", "-o", report, command.file, ...command.args]]
    : [command.file, command.args];
  try {
    const started = process.hrtime.bigint();
    const result = spawnSync(file, args, {
      cwd: command.cwd,
      env: command.env,
      encoding: "utf8",
      maxBuffer: MAX_OUTPUT_BYTES,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const milliseconds = Number(process.hrtime.bigint() - started) / 1e6;
    if (result.error !== undefined) throw result.error;
    if (result.status !== command.exitCode) {
      const line = [command.file, ...command.args].join(" ");
      throw new Error(`${line} ended with ${result.status}, not ${command.exitCode}:\n${result.stderr}`);
    }
    command.verify?.(result.stdout);
    const peakBytes = measuresMemory ? Number(readFileSync(report, "utf8")) * 1024 : undefined;
    return { milliseconds, peakBytes };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The middle value; of an even number of values the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  return (lower + upper) / 2;
}
