/**
 * Measures the built program: `npm run bench`.
 *
 *     --runs N          runs of each case, instead of each case's own number
 *     --only NAME,...   only these cases, and what they are compared with
 *     --json FILE       write every sample to a file as well
 *
 * What is measured, and how to read it, is in docs/benchmarks.md. Nothing here passes or fails: times depend on the machine.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { arch, cpus, platform, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Case, createCases } from "./cases.ts";
import { type Command, measure, measuresMemory, median, type Sample } from "./measure.ts";
import { installConftest } from "./native.ts";
import { type Column, formatMegabytes, formatRatio, formatTable, formatTime } from "./table.ts";

/** What came of one case. */
interface Result {
  readonly name: string;
  readonly title: string;
  readonly samples: Sample[];
  readonly against?: string;
  /** Time by the time of the run of `against` just before it, pair by pair. */
  readonly ratios: number[];
}

/** A number that the project wants to stay below, made visible and never asserted. */
interface Goal {
  readonly case: string;
  readonly text: string;
  readonly value: (result: Result) => string;
}

const GOALS: readonly Goal[] = [
  {
    case: "warm",
    text: "warm check of the demo, median by that of node -e 0, below 2.5x",
    value: ({ ratios }) => `${formatRatio(median(ratios))}  (pair by pair: ${ratios.map(formatRatio).join(" ")})`,
  },
  {
    case: "results",
    text: "25,000 results, peak memory, below 150 MB",
    value: ({ samples }) => `${formatMegabytes(peakOf(samples))} MB in ${formatTime(medianTime(samples))}`,
  },
  {
    case: "read-100mb",
    text: "100 MB of SARIF, time by that of JSON.parse, below 2x",
    value: ({ ratios }) => formatRatio(median(ratios)),
  },
  {
    case: "read-1gb",
    text: "1 GB of SARIF, peak memory, bounded by the evidence and not by the file",
    value: ({ samples }) => `${formatMegabytes(peakOf(samples))} MB in ${formatTime(medianTime(samples))}`,
  },
];

function main(): void {
  const options = readOptions();
  const conftest = installConftest();
  const folder = mkdtempSync(join(tmpdir(), "gate-bench-"));
  try {
    const cases = createCases(folder, conftest);
    const results = measureAll(selected(cases, options.only), cases, options.runs);
    const notes = [
      conftest.status === "missing" ? conftest.reason : `conftest ${conftest.version}`,
      ...(measuresMemory ? [] : ["Peak memory is left out: it is read by GNU time, and /usr/bin/time is not that."]),
    ];
    process.stdout.write(`\n${machine()}\n\n${formatTable(COLUMNS, results)}\n${goalsText(results)}`);
    for (const note of notes) process.stdout.write(`\n${note}\n`);
    if (options.json !== undefined) {
      writeFileSync(options.json, `${JSON.stringify({ machine: machine(), results, notes }, null, 2)}\n`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Options {
  readonly runs: number | undefined;
  readonly only: readonly string[] | undefined;
  readonly json: string | undefined;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: { runs: { type: "string" }, only: { type: "string" }, json: { type: "string" } },
  });
  const runs = values.runs === undefined ? undefined : Number(values.runs);
  if (runs !== undefined && !(Number.isInteger(runs) && runs > 0)) throw new Error("--runs is not a number above 0");
  return { runs, only: values.only?.split(","), json: values.json };
}

function selected(cases: readonly Case[], only: readonly string[] | undefined): readonly Case[] {
  if (only === undefined) return cases;
  for (const name of only) find(cases, name);
  return cases.filter(({ name }) => only.includes(name));
}

function find(cases: readonly Case[], name: string): Case {
  const found = cases.find((candidate) => candidate.name === name);
  if (found !== undefined) return found;
  throw new Error(`there is no case "${name}"; the cases are ${cases.map((candidate) => candidate.name).join(", ")}`);
}

/** Results in the order of the table. A case that others are compared with has the samples of all those runs. */
function measureAll(wanted: readonly Case[], all: readonly Case[], runs: number | undefined): readonly Result[] {
  const commands = new Map<string, Command>();
  const results = new Map<string, Result>();
  for (const subject of wanted) {
    const reference = subject.against === undefined ? undefined : find(all, subject.against);
    // A case that is the reference of another one that is wanted gets its samples there.
    if (wanted.some(({ against }) => against === subject.name)) continue;
    process.stderr.write(`${subject.title} ...\n`);
    const count = runs ?? subject.runs;
    // The first run fills caches, the program's and the system's, and is not counted.
    for (let round = 0; round <= count; round++) {
      const base = reference === undefined ? undefined : sample(reference);
      const own = sample(subject);
      if (round === 0) continue;
      const result = resultOf(subject);
      result.samples.push(own);
      if (reference === undefined || base === undefined) continue;
      resultOf(reference).samples.push(base);
      result.ratios.push(own.milliseconds / base.milliseconds);
    }
  }
  return all.map(({ name }) => results.get(name)).filter((result) => result !== undefined);

  function sample(subject: Case): Sample {
    const command = commands.get(subject.name) ?? subject.setUp();
    commands.set(subject.name, command);
    subject.beforeEach?.();
    return measure(command);
  }

  function resultOf({ name, title, against }: Case): Result {
    const result = results.get(name) ?? {
      name,
      title,
      samples: [],
      ratios: [],
      ...(against === undefined ? {} : { against }),
    };
    results.set(name, result);
    return result;
  }
}

const COLUMNS: readonly Column<Result>[] = [
  { title: "case", align: "left", text: ({ title }) => title },
  { title: "name", align: "left", text: ({ name }) => name },
  { title: "runs", align: "right", text: ({ samples }) => String(samples.length) },
  { title: "median", align: "right", text: ({ samples }) => formatTime(medianTime(samples)) },
  { title: "min - max", align: "right", text: ({ samples }) => spreadOf(samples) },
  { title: "peak MB", align: "right", text: ({ samples }) => formatMegabytes(peakOf(samples)) },
  { title: "ratio", align: "right", text: ({ ratios }) => (ratios.length === 0 ? "" : formatRatio(median(ratios))) },
  { title: "to", align: "left", text: ({ against }) => against ?? "" },
];

function medianTime(samples: readonly Sample[]): number {
  return median(samples.map(({ milliseconds }) => milliseconds));
}

function spreadOf(samples: readonly Sample[]): string {
  const times = samples.map(({ milliseconds }) => milliseconds);
  return `${formatTime(Math.min(...times))} - ${formatTime(Math.max(...times))}`;
}

/** The highest of all runs: a limit on memory is met by each run or not at all. */
function peakOf(samples: readonly Sample[]): number | undefined {
  const peaks = samples.map(({ peakBytes }) => peakBytes).filter((peak) => peak !== undefined);
  return peaks.length === 0 ? undefined : Math.max(...peaks);
}

function goalsText(results: readonly Result[]): string {
  const lines = GOALS.flatMap(({ case: name, text, value }) => {
    const result = results.find((candidate) => candidate.name === name);
    return result === undefined ? [] : [`Goal: ${text}\n  now: ${value(result)}\n`];
  });
  return lines.join("");
}

function machine(): string {
  const processors = cpus();
  const memory = (totalmem() / 2 ** 30).toFixed(0);
  const model = processors[0]?.model.trim() ?? "unknown processor";
  return `${platform()} ${arch()}, ${processors.length} x ${model}, ${memory} GiB, Node ${process.version}`;
}

main();
