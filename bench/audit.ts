/**
 * Measures the verification of a long audit log, beside a verifier in Python that shares nothing with gate, on the same file:
 * `npm run bench:audit`.
 *
 *     --entries N   entries of the log, default 100,000
 *     --runs N      counted runs of each, default 3
 *     --folder DIR  where the log is written, and looked for; default: the project's cache
 *
 * What is measured, and how to read it, is in docs/benchmarks.md. Nothing here passes or fails.
 */
import { generateKeyPairSync } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { env, execPath } from "node:process";
import { setImmediate } from "node:timers/promises";
import { parseArgs } from "node:util";
import { entryBody, logCreatedEntry } from "../src/audit/entry.ts";
import { inclusionProof } from "../src/audit/log.ts";
import { openAuditStore } from "../src/audit/open.ts";
import { openForAppend } from "../src/audit/sqlite/open.ts";
import { appendEntry } from "../src/audit/sqlite/store.ts";
import { ORIGIN, sampleId, sampleTime, sealedSample } from "../test/audit/fixtures.ts";
import { type Command, measure, median, type Sample } from "./measure.ts";
import { type Column, formatMegabytes, formatTable, formatTime } from "./table.ts";

const GATE = join(import.meta.dirname, "../bin/gate.js");
const CACHE = join(import.meta.dirname, "../node_modules/.cache/gate-bench");
/** Entries of one transaction: a test appends one in each, and would wait for the disk for hours. */
const BATCH = 2000;
const PROOFS = 1000;

interface Row {
  readonly program: string;
  readonly samples: readonly Sample[];
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      entries: { type: "string", default: "100000" },
      runs: { type: "string", default: "3" },
      folder: { type: "string", default: CACHE },
    },
  });
  mkdirSync(CACHE, { recursive: true });
  const entries = Number(values.entries);
  const log = await logOf(entries, resolve(values.folder));
  const gate = [GATE, "audit", "verify", "--store", log];
  const proof = [GATE, "audit", "prove", sampleId(Math.floor(entries / 2)), "--store", log, "--key", keyFile()];
  const rows = [
    { program: "gate audit verify", command: commandOf(execPath, gate, `GOOD: ${entries} entries`) },
    {
      program: "python3 bench/verify.py",
      command: commandOf("python3", [join(import.meta.dirname, "verify.py"), log], `${entries} `),
    },
    { program: "gate audit prove", command: commandOf(execPath, proof, "") },
    { program: "gate --version", command: commandOf(execPath, [GATE, "--version"], "") },
  ].map(({ program, command }) => {
    process.stderr.write(`${program} ...\n`);
    // The first run fills the caches of the program and the system, and is not counted.
    const samples = Array.from({ length: Number(values.runs) + 1 }, () => measure(command)).slice(1);
    return { program, samples };
  });
  const proofs = await proofTimes(log, entries);
  process.stdout.write(`
${entries} entries, ${formatMegabytes(statSync(log).size)} MB

${formatTable(COLUMNS, rows)}
${PROOFS} proofs of inclusion in one process: median ${formatTime(median(proofs))}, slowest ${formatTime(Math.max(...proofs))}
`);
}

/** Milliseconds that proofs of entries all over the log take, the first included. */
async function proofTimes(log: string, entries: number): Promise<readonly number[]> {
  const store = await openAuditStore({ path: log, mode: "read" });
  const times: number[] = [];
  for (let number = 0; number < PROOFS; number++) {
    const index = Math.floor((number * entries) / PROOFS);
    const started = performance.now();
    await inclusionProof(index, entries, (place) => store.node(place));
    times.push(performance.now() - started);
  }
  await store.close();
  return times;
}

const COLUMNS: readonly Column<Row>[] = [
  { title: "program", align: "left", text: ({ program }) => program },
  {
    title: "median",
    align: "right",
    text: ({ samples }) => formatTime(median(samples.map(({ milliseconds }) => milliseconds))),
  },
  {
    title: "peak MB",
    align: "right",
    text: ({ samples }) => formatMegabytes(Math.max(...samples.map(({ peakBytes = 0 }) => peakBytes))),
  },
];

function commandOf(file: string, args: readonly string[], start: string): Command {
  const verify = (stdout: string): void => {
    if (!stdout.startsWith(start)) throw new Error(`${file} says something else: ${stdout}`);
  };
  return { file, args, cwd: CACHE, env, exitCode: 0, verify };
}

/** A key for checkpoints. */
function keyFile(): string {
  const file = join(CACHE, "log.key");
  const pem = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" });
  writeFileSync(file, pem, { mode: 0o600 });
  return file;
}

/** A log of decisions that each name somebody, with their documents; written once. */
async function logOf(entries: number, folder: string): Promise<string> {
  const path = join(folder, `audit-${entries}.db`);
  if (existsSync(path)) return path;
  process.stderr.write(`writing ${path} ...\n`);
  mkdirSync(folder, { recursive: true });
  const draft = `${path}.draft`;
  rmSync(draft, { force: true });
  const created = logCreatedEntry(sampleId(0), sampleTime(0));
  const database = openForAppend(draft, (empty) => {
    appendEntry(empty, ORIGIN, created, entryBody(ORIGIN, created), []);
  });
  for (let number = 1; number < entries; ) {
    database.exec("BEGIN");
    for (const end = Math.min(entries, number + BATCH); number < end; number++) {
      const { entry, blobs, disclosures } = sealedSample(number);
      appendEntry(database, ORIGIN, entry, entryBody(ORIGIN, entry), blobs, disclosures);
    }
    database.exec("COMMIT");
    // What was written can be collected only where the loop gives way.
    await setImmediate();
  }
  database.close();
  renameSync(draft, path);
  return path;
}

await main();
