import {
  type ComparedPair,
  compareInOrder,
  compareWithCollections,
  inversionDiagnostics,
  loosenedDiagnostics,
} from "../../../config/lint.ts";
import type { Inversion } from "../../../config/strictness.ts";
import { escapeTerminal } from "../../../output/escape.ts";
import { count } from "../../../output/summary.ts";
import { sortDiagnostics } from "../../../policy/diagnostics.ts";
import { DIAGNOSTIC_OUTPUTS } from "../../../report/diagnostics/registry.ts";
import type { CommandContext } from "../../context.ts";
import { EXIT } from "../../exit-code.ts";
import { openConfig } from "./open.ts";

export interface ConfigLintFlags {
  readonly config?: string;
  readonly format: "human" | "json" | "github";
}

/** `gate config lint`: exit 1 where an environment is looser than the one before it. */
export async function lint(flags: ConfigLintFlags, context: CommandContext): Promise<void> {
  const { config, gates, environments, collected } = await openConfig(flags.config, context);
  const pairs: ComparedPair[] = [];
  const loosened: Inversion[] = [];
  for (const component of [undefined, ...Object.keys(config.components)]) {
    const resolved = await environments(component);
    pairs.push(...compareInOrder(config.order, resolved, gates, component));
    loosened.push(...compareWithCollections(resolved, await collected(component), gates));
  }
  const found = [...inversionDiagnostics(pairs, config.path), ...loosenedDiagnostics(loosened, config.path)];
  const report = { files: 1, diagnostics: sortDiagnostics(found) };
  context.out(DIAGNOSTIC_OUTPUTS[flags.format](report));
  if (flags.format === "human") context.out(`${summary(pairs).map(escapeTerminal).join("\n")}\n`);
  if (found.some(({ level }) => level === "error")) context.exit(EXIT.negative);
}

function summary(pairs: readonly ComparedPair[]): readonly string[] {
  if (pairs.length === 0) return ["there are no two environments to compare; `order` names them"];
  return pairs.map(({ stricter, looser, component, inversions }) => {
    const of = component === undefined ? "" : `${component}: `;
    const errors = inversions.filter(({ kind }) => kind === "looser").length;
    if (errors > 0) return `${of}${stricter} is looser than ${looser} in ${count(errors, "respect")}`;
    const unknown = inversions.length;
    if (unknown > 0)
      return `${of}${stricter} is not shown to be as strict as ${looser}: ${count(unknown, "value")} cannot be compared`;
    return `${of}${stricter} is at least as strict as ${looser}`;
  });
}
