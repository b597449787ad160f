import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { escapeTerminal } from "../../../output/escape.ts";
import { type PolicySelection, readSelectedSources } from "../../../policy/load.ts";
import type { PolicySources } from "../../../policy/sources.ts";
import { affectedSources, changedFiles } from "../../../policy/testing/affected.ts";
import type { PolicyTest } from "../../../policy/testing/model.ts";
import { countsLine, problemLines } from "../../../report/policy-test/human.ts";
import type { CommandContext } from "../../context.ts";
import { reportError } from "../../report-error.ts";
import { watchFolders } from "../../watch-folders.ts";
import type { PolicyTestFlags } from "./test.ts";
import { openTestBench, type TestBench } from "./test-bench.ts";

/** What is known after a run. */
interface State {
  readonly sources: PolicySources | undefined;
  /** The last result of each test. */
  readonly tests: readonly PolicyTest[];
}

/** Runs everything, and after each change what it concerns, until the process is interrupted. */
export async function watch(
  selection: PolicySelection,
  flags: PolicyTestFlags,
  context: CommandContext,
): Promise<void> {
  const signal = context.interruption();
  const builtin = selection.builtin ? [context.installation.policies] : [];
  const folders = watchFolders([...builtin, ...selection.folders.map(({ path }) => path)], signal);
  // Half-written policies are not worth keeping.
  const scratch = await mkdtemp(join(tmpdir(), "gate-watch-"));
  const bench = await openTestBench(context, scratch);
  try {
    let state: State = { sources: undefined, tests: [] };
    do {
      state = await Promise.race([
        runChanged(state, bench, selection, flags, context, signal),
        stateAfter(signal, state),
      ]);
    } while (await folders.changed());
  } finally {
    folders.close();
    await bench.close();
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The state before where nothing changed, or where what there is now cannot be run; a later change runs it then. */
async function runChanged(
  before: State,
  bench: TestBench,
  selection: PolicySelection,
  { engine, run }: PolicyTestFlags,
  context: CommandContext,
  signal: AbortSignal,
): Promise<State> {
  const started = performance.now();
  try {
    const sources = await readSelectedSources(selection, context.installation);
    const changed = changedFiles(before.sources, sources);
    if (changed.size === 0) return before;
    const affected = before.sources === undefined ? sources : affectedSources(sources, changed);
    const shown = new Set<string>();
    // What the first engine found is not said again where the second agrees.
    const print = (tests: readonly PolicyTest[], line: string): void => {
      const news = tests.filter(({ name, disagreement }) => disagreement !== undefined || !shown.has(name));
      for (const { name } of tests) shown.add(name);
      const lines = [...problemLines(news), `${line} (${Math.round(performance.now() - started)} ms)`];
      context.out(`${lines.map(escapeTerminal).join("\n")}\n`);
    };
    const why = before.sources === undefined ? "" : `${[...changed].join(", ")}: `;
    const interpreted = (tests: readonly PolicyTest[]): void => {
      if (tests.length > 0) print(tests, `${why}${countsLine({ tests, engine: "opa" })}`);
    };
    const { tests: ran } = await bench.run(affected, { engine, run, coverage: false, interpreted });
    const tests = merge(before.tests, ran, affected, sources);
    print(ran, countsLine({ tests, engine }));
    return { sources, tests };
  } catch (error) {
    // What the end of the watch ended is no news.
    if (!signal.aborted) reportError(error, { ...context, exit: () => undefined }, false);
    return before;
  }
}

/** The tests of files that ran are replaced, those of files that are gone are left out. */
function merge(
  before: readonly PolicyTest[],
  ran: readonly PolicyTest[],
  affected: PolicySources,
  sources: PolicySources,
): readonly PolicyTest[] {
  const again = new Set([...affected.tests, ...affected.examples].map(({ path }) => path));
  const there = new Set([...sources.modules, ...sources.tests, ...sources.examples].map(({ path }) => path));
  return [...before.filter(({ file }) => there.has(file) && !again.has(file)), ...ran];
}

/** Resolves when the signal ends the watch. */
async function stateAfter(signal: AbortSignal, state: State): Promise<State> {
  if (!signal.aborted) await once(signal, "abort");
  return state;
}
