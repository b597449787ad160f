import { escapeTerminal } from "../../../output/escape.ts";
import { defaultParameters, type GateDefinition } from "../../../policy/gate.ts";
import { loadPolicies } from "../../../policy/load.ts";
import { isRecord } from "../../../util/json.ts";
import type { CommandContext } from "../../context.ts";
import { configuredPolicies } from "./selection.ts";

/** `gate policy list`: the gates that can be named in gate.yaml. */
export async function list(flags: { readonly config?: string }, context: CommandContext): Promise<void> {
  const { bundle } = await loadPolicies(await configuredPolicies(flags.config, context), context);
  for (const gate of bundle.gates.toSorted((a, b) => (a.id < b.id ? -1 : 1))) context.out(`${gateText(gate)}\n`);
}

function gateText(gate: GateDefinition): string {
  const lines = [`${gate.id}: ${gate.title}`, `  ${gate.description}`];
  const needs = gate.evidence.map(({ kind, category, suite }) => [suite, category, kind].filter(Boolean).join(" "));
  lines.push(`  evidence: ${needs.join(", ") || "none"}`);
  const properties = gate.parameters["properties"];
  for (const [name, value] of Object.entries(defaultParameters(gate))) {
    const schema = isRecord(properties) ? properties[name] : undefined;
    const description = isRecord(schema) ? String(schema["description"]) : "";
    lines.push(`  ${name} (default ${JSON.stringify(value)}): ${description}`);
  }
  return lines.map(escapeTerminal).join("\n");
}
