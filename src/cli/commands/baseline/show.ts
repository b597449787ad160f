import { dirname } from "node:path";
import { baselineText } from "../../../config/baseline.ts";
import { findConfig, loadBaseline, loadConfig } from "../../../config/load.ts";
import { SEVERITIES } from "../../../evidence/types.ts";
import { escapeTerminal } from "../../../output/escape.ts";
import { openCache } from "../../../util/cache.ts";
import type { CommandContext } from "../../context.ts";
import { tableText } from "../../table.ts";

/** `gate baseline show`: where the baseline comes from, and how much of each gate is in it. */
export async function show(
  flags: { readonly config?: string; readonly json: boolean },
  context: CommandContext,
): Promise<void> {
  const file = findConfig(context.cwd, flags.config);
  const { schemas } = context.installation;
  const config = await loadConfig(file, schemas, openCache(context.cacheFolder));
  const baseline = await loadBaseline(dirname(file.path), config, schemas);
  if (flags.json) {
    context.out(baselineText(baseline));
    return;
  }
  const { decision, createdAt, gates } = baseline;
  const commit = decision.commit === undefined ? "" : `, commit ${decision.commit.slice(0, 12)}`;
  context.out(
    `${escapeTerminal(`From the decision ${decision.id} for ${decision.environment}${commit}, ${createdAt}`)}\n`,
  );
  const rows = Object.entries(gates).map(([gate, entries]) => [
    gate,
    String(entries.length),
    SEVERITIES.map((severity) => ({ severity, number: entries.filter((entry) => entry.severity === severity).length }))
      .filter(({ number }) => number > 0)
      .map(({ severity, number }) => `${number} ${severity}`)
      .join(", "),
  ]);
  context.out(rows.length === 0 ? "It is empty.\n" : tableText(rows));
}
