import { stringify } from "yaml";
import type { ExecutedExample } from "../decision/examples/execute.ts";
import { escapeMarkdown } from "../output/escape.ts";
import type { RelatedResource } from "../policy/gate.ts";
import { codeSpan, fenced, GENERATED } from "./markdown.ts";
import { type GateProfile, needText, type ParameterProfile } from "./profile.ts";

/** The page of a gate, with what came of its examples. Deterministic: the same gate gives the same bytes. */
export function gatePage({ gate, parameters, needs }: GateProfile, executed: readonly ExecutedExample[]): string {
  const blocks = [
    `# ${text(gate.title)}`,
    GENERATED,
    `Gate ${codeSpan(gate.id)}, in ${codeSpan(gate.path)}.`,
    text(gate.description),
    "## Evidence",
    ...(needs.length === 0 ? ["None: it asks only for the time and the subject of the decision."] : []),
    ...needs.map(({ need, formats }) => {
      const fields = need.fields.length === 0 ? "" : ` Of each item it reads ${need.fields.map(codeSpan).join(", ")}.`;
      const titles = formats.map(({ id, title }) => `${text(title)} (${codeSpan(id)})`);
      const from = titles.length === 0 ? "gate's own audit log" : titles.join(", ");
      const verb = need.optional === true ? "Where it is there, it reads" : "It needs";
      return `${verb} **${text(needText(need))}**.${fields} Read from: ${from}.`;
    }),
    "## Parameters",
    parameters.length === 0 ? "None." : parameterTable(parameters),
    ...(gate.controls.length === 0 ? [] : ["## Controls", gate.controls.map(codeSpan).join(", ")]),
    "## How to fix",
    text(gate.remediation),
    "## How to waive",
    `A violation that is accepted for a while, with a ticket and as many approvals as the environment asks for ([waivers](../waivers.md)):`,
    fenced("sh", `gate waiver add FINGERPRINT --gate ${gate.id} --reason WHY --ticket TICKET --owner TEAM\n`),
    ...(gate.resources.length === 0 ? [] : ["## Read more", resourceList(gate.resources)]),
    "## Examples",
    executed.length === 0 ? "None." : "Each was run when this page was written.",
    ...executed.flatMap((one) => exampleBlocks(one, gate.canary?.name)),
  ];
  return `${blocks.join("\n\n")}\n`;
}

/** The page that lists the others. */
export function indexPage(profiles: readonly GateProfile[]): string {
  const rows = profiles.map(({ gate, needs }) => {
    const evidence = needs.map(({ need }) => text(needText(need))).join(", ") || "none";
    return `| [${text(gate.id)}](${gate.id}.md) | ${text(gate.description)} | ${evidence} |`;
  });
  const table = ["| Gate | Opens when | Evidence |", "| --- | --- | --- |", ...rows].join("\n");
  return `${["# Gates", GENERATED, table].join("\n\n")}\n`;
}

function resourceList(resources: readonly RelatedResource[]): string {
  return resources.map(({ ref, description }) => `- ${text(description ?? "")} <${encodeURI(ref)}>`).join("\n");
}

function parameterTable(parameters: readonly ParameterProfile[]): string {
  const rows = parameters.map(({ name, description, type, unit, default: value, stricter }) => {
    const cells = [
      codeSpan(name),
      text(description),
      text(type),
      text(unit ?? ""),
      codeSpan(JSON.stringify(value)),
      text(stricter ?? ""),
    ];
    return `| ${cells.join(" | ")} |`;
  });
  return [
    "| Parameter | Meaning | Type | Unit | Default | Stricter |",
    "| --- | --- | --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}

function exampleBlocks({ example, result }: ExecutedExample, canary: string | undefined): readonly string[] {
  const { name, parameters, subject, written } = example;
  const given = {
    ...(Object.keys(parameters).length === 0 ? {} : { parameters }),
    ...(Object.keys(subject).length === 0 ? {} : { subject }),
    evidence: written,
  };
  const reason = result.reason === undefined ? "" : `: ${text(result.reason)}`;
  const mark = example.canary && name === canary ? " Before each check the gate has to deny this example." : "";
  const violations = result.violations.map(({ severity, message }) => `- ${severity}: ${text(message)}`);
  const answer = result.answer === undefined ? [] : ["Its answer:", fenced("yaml", stringify(result.answer))];
  return [
    `### ${text(name)}`,
    fenced("yaml", stringify(given, { lineWidth: 120 })),
    `**${result.result}**${reason}.${mark}`,
    ...(violations.length === 0 ? [] : [violations.join("\n")]),
    ...answer,
  ];
}

function text(value: string): string {
  return escapeMarkdown(value);
}
