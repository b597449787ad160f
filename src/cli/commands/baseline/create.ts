import { dirname, resolve } from "node:path";
import { baselineText, parseBaseline } from "../../../config/baseline.ts";
import { findConfig, loadConfig, readIfThere, readSchema } from "../../../config/load.ts";
import { type Baseline, baselineOf, growth, shrink } from "../../../decision/baseline.ts";
import type { Decision } from "../../../decision/types.ts";
import { count } from "../../../output/summary.ts";
import { openCache } from "../../../util/cache.ts";
import { GateError } from "../../../util/errors.ts";
import type { CommandContext } from "../../context.ts";
import { type DecisionFlags, readLastDecision } from "../../last-decision.ts";
import { writeOutput } from "../../write-file.ts";

/**
 * `gate baseline create`: writes what a recorded decision found. Over a baseline that is there it only takes away.
 *
 * @throws {GateError} `usage` where it would grow
 */
export async function create(flags: DecisionFlags & { readonly env?: string }, context: CommandContext): Promise<void> {
  const file = findConfig(context.cwd, flags.config);
  const { schemas } = context.installation;
  const { baseline } = await loadConfig(file, schemas, openCache(context.cacheFolder));
  const path = resolve(dirname(file.path), baseline.path);
  const bytes = readIfThere(path, baseline.path)?.bytes;
  const before = bytes === undefined ? undefined : parseBaseline(bytes, baseline.path, readSchema(schemas, "baseline"));
  const environment = flags.env ?? before?.decision.environment;
  const { decision, digest, log } = await readLastDecision(flags, environment, context);
  const next = baselineOf(decision, { digest, log }, context.clock.now());
  if (before === undefined) {
    await writeOutput(context.cwd, path, baselineText(next));
    context.out(`Wrote ${baseline.path}: ${sizeOf(next)}, from the decision ${decision.id}.\n`);
    for (const gate of unevaluated(decision))
      context.err(`${gate} was not evaluated, so nothing of it is in the baseline.\n`);
    return;
  }
  refuseOther(before, decision, baseline.path);
  refuseGrowth(before, next, baseline.path);
  const after = shrink(before, next, decision);
  await writeOutput(context.cwd, path, baselineText(after));
  const gone = numberOf(before) - numberOf(after);
  context.out(
    `Wrote ${baseline.path}: ${sizeOf(after)}, ${gone} fewer than before, from the decision ${decision.id}.\n`,
  );
}

/** Where less is asked for less is found, and what is not found would be lost. */
function refuseOther({ decision: { environment: own } }: Baseline, { id, environment }: Decision, path: string): void {
  if (own === environment) return;
  throw new GateError("usage", `${path} is of ${own}, and the decision ${id} is for ${environment}`, {
    hint: `Name a decision for ${own}.`,
  });
}

function refuseGrowth(before: Baseline, next: Baseline, path: string): void {
  const grown = growth(before, next);
  if (grown.length === 0) return;
  const gates = [...new Set(grown.map(({ gate }) => gate))].join(", ");
  const verb = grown.length === 1 ? "is" : "are";
  throw new GateError(
    "usage",
    `${path} would grow: ${count(grown.length, "violation")} of ${gates} ${verb} new or worse`,
    {
      hint: "A baseline never grows. Mend them, or let them through for a while with `gate waiver add`.",
    },
  );
}

/** Gates of which the decision cannot say that nothing else is wrong. */
function unevaluated({ gates }: Decision): readonly string[] {
  return gates
    .filter(({ result, reason }) => result === "not-evaluated" || (result === "fail" && reason !== undefined))
    .map(({ id }) => id);
}

function numberOf({ gates }: Baseline): number {
  return Object.values(gates).reduce((sum, entries) => sum + entries.length, 0);
}

function sizeOf(baseline: Baseline): string {
  return `${count(numberOf(baseline), "violation")} of ${count(Object.keys(baseline.gates).length, "gate")}`;
}
