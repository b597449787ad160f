import { escapeIndented } from "../output/escape.ts";
import { type GateProfile, needText } from "./profile.ts";

/** A gate for a terminal. */
export function profileText({ gate, parameters, needs, examples }: GateProfile): string {
  const lines = [
    `${gate.id}: ${gate.title}`,
    `  ${gate.description}`,
    ...section(
      "Evidence",
      needs.flatMap(({ need, formats }) => [
        needText(need) +
          (need.optional === true ? ", where it is there" : "") +
          (need.fields.length === 0 ? "" : `; it reads ${need.fields.join(", ")}`),
        `  from the formats ${formats.map(({ id }) => id).join(", ")}`,
      ]),
    ),
    ...section(
      "Parameters",
      parameters.flatMap(({ name, description, type, unit, default: value }) => [
        `${name}: ${type}${unit === undefined ? "" : ` (${unit})`}, default ${JSON.stringify(value)}`,
        `  ${description}`,
      ]),
    ),
    ...section("Controls", gate.controls),
    ...section("How to fix", [gate.remediation]),
    ...section(
      "Read more",
      gate.resources.map(({ ref, description }) => (description === undefined ? ref : `${description}: ${ref}`)),
    ),
    ...section(
      "Examples",
      examples.map(({ name, canary, expect }) => {
        const mark = canary && name === gate.canary?.name ? "; the known-bad example, denied before each check" : "";
        return `${expect.result}: ${name}${mark}`;
      }),
    ),
    ...section("Source", [gate.requirement === undefined ? gate.path : `${gate.path} (${gate.requirement})`]),
  ];
  return `${lines.map(escapeIndented).join("\n")}\n`;
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ["", title, ...lines.map((line) => `  ${line}`)];
}
