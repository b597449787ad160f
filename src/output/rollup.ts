import type { Rollup } from "../decision/rollup.ts";
import type { Decision } from "../decision/types.ts";
import { escapeTerminal, escapeWorkflowData } from "./escape.ts";
import { junitDocument, junitSuite } from "./junit.ts";
import { OUTPUTS, type OutputContext, type OutputName } from "./registry.ts";
import { count, OUTCOME_WORDS } from "./summary.ts";

/** The decisions over the parts of a repository, in any of the outputs. */
export function formatRollup(rollup: Rollup, name: OutputName, context: OutputContext): string {
  switch (name) {
    case "json":
      return `${JSON.stringify(rollup, null, 2)}\n`;
    case "junit":
      return junitDocument(decisionsOf(rollup).map(junitSuite));
    case "github":
      return [...decisionsOf(rollup).map((decision) => OUTPUTS.github.format(decision)), githubLine(rollup)].join("");
    case "human":
      return humanText(rollup, context);
    default:
      return name satisfies never;
  }
}

function decisionsOf({ components }: Rollup): readonly Decision[] {
  return components.flatMap(({ decision }) => decision ?? []);
}

/** `BLOCKED for production: 1 of 3 components, 2 decided on`. */
function headline({ environment, outcome, components }: Rollup): string {
  const decided = components.flatMap(({ decision }) => decision ?? []);
  const closed = decided.filter(({ exitCode }) => exitCode !== 0).length;
  const parts = `${count(components.length, "component")}, ${decided.length} decided on, ${closed} not let through`;
  return `${OUTCOME_WORDS[outcome]} for ${environment}: ${parts}`;
}

function githubLine(rollup: Rollup): string {
  const command = rollup.exitCode === 0 ? "notice" : "error";
  return `::${command} title=gate::${escapeWorkflowData(headline(rollup))}\n`;
}

function humanText(rollup: Rollup, context: OutputContext): string {
  const sections = rollup.components.flatMap(({ name, decision }) =>
    decision === undefined ? [] : [`== ${escapeTerminal(name)}\n\n${OUTPUTS.human.format(decision, context)}\n`],
  );
  const width = Math.max(...rollup.components.map(({ name }) => name.length));
  const lines = rollup.components.map(({ name, because, decision }) => {
    const what = decision === undefined ? "not looked at" : OUTCOME_WORDS[decision.outcome].toLowerCase();
    return `  ${escapeTerminal(`${name.padEnd(width)}  ${what}: ${because}`)}\n`;
  });
  return `${sections.join("")}${escapeTerminal(headline(rollup))}\n${lines.join("")}`;
}
