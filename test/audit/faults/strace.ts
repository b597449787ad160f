import { execFile, spawnSync } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { ROOT } from "../../support.ts";

/** Why programs cannot be run under strace here; undefined where they can. */
export function whyNoStrace(): string | undefined {
  const { error, status, stderr } = spawnSync("strace", ["-o", "/dev/null", "true"], { encoding: "utf8" });
  if (error !== undefined) return "strace is not installed; run scripts/audit-test-tools.sh";
  return status === 0 ? undefined : `strace cannot trace here: ${stderr.trim()}`;
}

/** Programs of the tests as one JavaScript file each: they start in a tenth of a second, and are started hundreds of times. */
export async function bundle(program: string): Promise<string> {
  const outfile = join(ROOT, "node_modules/.cache/gate-faults", program.replace(/\.ts$/, ".mjs"));
  await build({
    entryPoints: [join(import.meta.dirname, "..", program)],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node22",
    external: ["better-sqlite3"],
    logLevel: "error",
  });
  return outfile;
}

export interface Traced {
  /** What strace wrote: a line for each call. */
  readonly trace: string;
  /** What the program printed. */
  readonly output: string;
}

/**
 * Runs a program of the tests under strace; only its main thread, which is the one that SQLite works in.
 *
 * @param folder where trace and output are left
 */
export async function underStrace(
  folder: string,
  options: readonly string[],
  command: readonly string[],
): Promise<Traced> {
  const [trace, printed] = [join(folder, "trace"), join(folder, "output")];
  // A file, so that what was printed is in the trace at its time, and what a killed program printed is not lost.
  const output = openSync(printed, "w");
  const args = ["-o", trace, ...options, "sh", "-c", 'exec "$@" > "$0"', printed, process.execPath, ...command];
  try {
    await new Promise<void>((resolve) => {
      execFile("strace", args, () => resolve());
    });
  } finally {
    closeSync(output);
  }
  return { trace: readFileSync(trace, "utf8"), output: readFileSync(printed, "utf8") };
}
