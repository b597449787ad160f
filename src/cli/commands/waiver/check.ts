import { waiverProblems, whyExpired } from "../../../decision/waiver-terms.ts";
import { isForEnvironment, type Waiver } from "../../../decision/waivers.ts";
import { escapeTerminal } from "../../../output/escape.ts";
import { count } from "../../../output/summary.ts";
import type { CommandContext } from "../../context.ts";
import { EXIT } from "../../exit-code.ts";
import { didYouMean, environmentOf, openSetting, type Setting } from "./setting.ts";

/**
 * `gate waiver check`: whether every waiver of the file could count where it is meant to; exit 1 where one could not. Who
 * wrote the change is left to `gate check`.
 */
export async function check(
  flags: { readonly config?: string; readonly env?: string },
  context: CommandContext,
): Promise<void> {
  const setting = await openSetting(flags.config, context);
  const names = flags.env === undefined ? Object.keys(setting.environments) : [environmentOf(flags.env, setting).name];
  const { waivers } = setting.file;
  const now = context.clock.now();
  const meant =
    flags.env === undefined
      ? waivers
      : waivers.filter((waiver) => names.some((name) => isForEnvironment(waiver, name)));
  const problems = meant.flatMap((waiver) =>
    problemsOf(waiver, names, setting, now).map((problem) => `${waiver.source}: ${waiver.id}: ${problem}`),
  );
  for (const problem of problems) context.out(`${escapeTerminal(problem)}\n`);
  context.out(`${count(meant.length, "waiver")}, ${count(problems.length, "problem")}\n`);
  context.exit(problems.length === 0 ? EXIT.ok : EXIT.negative);
}

function problemsOf(waiver: Waiver, names: readonly string[], setting: Setting, now: Date): readonly string[] {
  const { gates, people, environments } = setting;
  const expired = whyExpired(waiver, now);
  const unknown = waiver.scope.environments.filter((name) => !Object.hasOwn(environments, name));
  const problems = [
    ...(gates.includes(waiver.gate)
      ? []
      : [`there is no gate "${waiver.gate}". ${didYouMean(waiver.gate, gates).hint}`]),
    ...unknown.map((name) => `there is no environment "${name}". ${didYouMean(name, Object.keys(environments)).hint}`),
    ...(expired === undefined ? [] : [expired]),
  ];
  const own = names.map((name) => environmentOf(name, setting)).filter(({ name }) => isForEnvironment(waiver, name));
  const enforcing = own.filter(({ gates: enforced }) => enforced.some(({ gate }) => gate === waiver.gate));
  return [
    ...problems,
    ...enforcing.flatMap(({ name, waivers: rules }) =>
      waiverProblems(waiver, { rules, people, authors: undefined, now }).map((problem) => `${name}: ${problem}`),
    ),
  ];
}
