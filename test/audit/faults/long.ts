/** The long form of the fault tests: `npm run test:faults`. Prints a table for docs/audit.md; exit 1 where anything is lost. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "../fixtures.ts";
import { type CutReport, examine, lookAtLog, lookAtPlain, record } from "./cut-report.ts";
import { FAULTS, injectFaults, SCENARIOS } from "./injection.ts";
import { bundle, whyNoStrace } from "./strace.ts";

const missing = whyNoStrace();
if (missing !== undefined) throw new Error(missing);

const [writer, plainWriter] = await Promise.all([bundle("writer.ts"), bundle("faults/plain-writer.ts")]);
using directory = temporaryDirectory(existsSync("/dev/shm") ? "/dev/shm" : undefined);
let failures = 0;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

say("| calls that fail | faults | damaged or lost | recorded, though the caller was not told |");
say("| --- | --- | --- | --- |");
for (const [key, scenario] of Object.entries(SCENARIOS)) {
  for (const fault of FAULTS) {
    const results = await injectFaults(writer, scenario, [fault], join(directory.path, key));
    const wrong = results.filter((result) => result.wrong.length > 0);
    const anyway = results.filter(({ recordedAnyway }) => recordedAnyway);
    failures += wrong.length;
    say(`| ${scenario.name}, \`${fault}\` | ${results.length} | ${wrong.length} | ${anyway.length} |`);
    for (const { call, at, wrong: what } of wrong) say(`${call} ${at}: ${what.join("; ")}`);
  }
}

say("\n| power cuts | states | damaged | losing acknowledged entries | most lost |");
say("| --- | --- | --- | --- | --- |");

function sayCut(name: string, { states, corrupt, losing, mostLost, examples }: CutReport): void {
  say(`| ${name} | ${states} | ${corrupt} | ${losing} | ${mostLost} |`);
  for (const example of examples) process.stderr.write(`${example}\n`);
}

const folder = join(directory.path, "cut");
for (const seed of [1, 2, 3]) {
  const recording = await record(join(folder, `gate-${seed}`), "log/audit.db", (path) => [writer, path, "1", "12"]);
  const report = await examine(recording, join(folder, "state"), { perMoment: 60, seed }, lookAtLog);
  failures += report.corrupt + report.losing;
  sayCut(`the log, seed ${seed}`, report);
}
for (const [mode, synchronous] of [
  ["delete", "extra"],
  ["delete", "full"],
  ["delete", "normal"],
  ["wal", "full"],
  ["wal", "normal"],
  ["wal", "off"],
] as const) {
  const name = `${mode}-${synchronous}`;
  const recording = await record(join(folder, name), "plain.db", (path) => [
    plainWriter,
    path,
    mode,
    synchronous,
    "12",
  ]);
  const report = await examine(recording, join(folder, "state"), { perMoment: 20, seed: 1 }, lookAtPlain);
  if (name === "wal-normal" && report.losing === 0) failures += 1;
  sayCut(`control: a plain database, ${mode.toUpperCase()}, synchronous=${synchronous.toUpperCase()}`, report);
}
process.exitCode = failures === 0 ? 0 : 1;
