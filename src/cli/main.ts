import "./start.ts";

import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { locateInstallation, userCacheFolder, userStateFolder } from "../installation.ts";
import { systemClock } from "../util/clock.ts";
import type { CommandContext } from "./context.ts";
import { runProgram } from "./program.ts";

/** The one place that touches the process. */
const { argv, env, stdout, stderr } = process;

// A reader that goes away (`gate ... | head`) is no error of ours.
let readerIsGone = false;
stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  readerIsGone = true;
});

const installation = locateInstallation(import.meta.dirname);

const context: CommandContext = {
  cwd: process.cwd(),
  variables: env,
  clock: systemClock,
  random: randomBytes,
  installation,
  cacheFolder: env["GATE_NO_CACHE"] === undefined ? userCacheFolder(env, installation) : undefined,
  stateFolder: userStateFolder(env),
  color: stdout.isTTY && stdout.hasColors(env) && env["NO_COLOR"] === undefined && env["CI"] === undefined,
  stdin: async () => {
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
    return Buffer.concat(chunks);
  },
  interruption: () => {
    const controller = new AbortController();
    for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => controller.abort());
    return controller.signal;
  },
  out: (text) => stdout.write(text),
  taken: async () => {
    if (!readerIsGone && stdout.writableNeedDrain) {
      // Node's stream of standard output is never destroyed; what cannot be written any more is an error.
      await once(stdout, "drain").catch(() => undefined);
    }
    return !readerIsGone;
  },
  err: (text) => stderr.write(text),
  exit: (code) => {
    process.exitCode = code;
  },
};

// It never rejects.
void runProgram(argv.slice(2), context);
