import { escapeMarkdown, escapeTerminal } from "../output/escape.ts";
import { count } from "../output/summary.ts";
import type { CollectedGate, Collection } from "../policy/collections.ts";
import { codeSpan, GENERATED } from "./markdown.ts";

/** Collections for a terminal, with their gates and the parameters that differ from the defaults. */
export function collectionsText(collections: readonly Collection[]): string {
  const lines = collections.flatMap(({ id, title, description, resource, gates }) => [
    `${id}: ${title}`,
    `  ${description}`,
    ...(resource === undefined ? [] : [`  ${resource}`]),
    ...gates.map(({ gate, enforcement, parameters }) => {
      const given = Object.entries(parameters).map(([name, { value }]) => `${name}=${JSON.stringify(value)}`);
      return `  ${[enforcement, gate, ...given].join(" ")}`;
    }),
  ]);
  return lines.map((line) => `${escapeTerminal(line)}\n`).join("");
}

/** The page of all collections. Deterministic: the same collections give the same bytes. */
export function collectionsPage(collections: readonly Collection[]): string {
  const sections = collections.map((collection) => {
    const { id, title, description, resource, gates } = collection;
    const read = resource === undefined ? "" : ` It follows <${encodeURI(resource)}>.`;
    return [
      `## ${escapeMarkdown(title)}`,
      `${codeSpan(id)}, ${count(gates.length, "gate")}. ${escapeMarkdown(description)}${read}`,
      ["| Gate | | Parameters that differ from its defaults |", "| --- | --- | --- |", ...gates.map(row)].join("\n"),
    ].join("\n\n");
  });
  return `${["# Collections", GENERATED, INTRODUCTION, ...sections].join("\n\n")}\n`;
}

const INTRODUCTION = [
  "A collection is a list of gates with parameters. An environment takes one with `collections: [baseline]` in `gate.yaml`",
  "([configuration](../configuration.md)); what stands there besides wins.",
].join("\n");

function row({ gate, enforcement, parameters }: CollectedGate): string {
  const given = Object.entries(parameters).map(([name, { value }]) => codeSpan(`${name}: ${JSON.stringify(value)}`));
  return `| [${escapeMarkdown(gate)}](${gate}.md) | ${enforcement} | ${given.join(", ")} |`;
}
