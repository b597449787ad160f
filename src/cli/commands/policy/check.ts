import { count } from "../../../output/summary.ts";
import { checkPolicies } from "../../../policy/check.ts";
import { sortDiagnostics } from "../../../policy/diagnostics.ts";
import { bundleInputs, openToolchain } from "../../../policy/load.ts";
import { DIAGNOSTIC_OUTPUTS, type DiagnosticFormat } from "../../../report/diagnostics/registry.ts";
import type { CommandContext } from "../../context.ts";
import { EXIT } from "../../exit-code.ts";
import { selectedPolicies } from "./selection.ts";

export interface PolicyCheckFlags {
  readonly format: "human" | "json" | "github";
  readonly builtin: boolean;
}

/** `gate policy check`: exit 1 where a check with these policies could not begin. */
export async function check(
  folders: readonly string[],
  flags: PolicyCheckFlags,
  context: CommandContext,
): Promise<void> {
  const selected = await selectedPolicies(folders, context);
  const inputs = await bundleInputs({ ...selected, builtin: selected.builtin || flags.builtin }, context);
  const toolchain = await openToolchain(context);
  try {
    const { gates, modules, issues } = await checkPolicies(inputs, toolchain);
    const diagnostics = sortDiagnostics(
      issues.map((issue) => ({ ...issue, rule: "policy-invalid", category: "check", level: "error" })),
    );
    if (flags.format === "human" && diagnostics.length === 0) {
      context.out(`ok: ${count(gates, "gate")}, ${count(modules, "module")}\n`);
      return;
    }
    const format: DiagnosticFormat = DIAGNOSTIC_OUTPUTS[flags.format];
    context.out(format({ files: modules, diagnostics }, context.installation.version));
    if (diagnostics.length > 0) context.exit(EXIT.negative);
  } finally {
    await toolchain.close();
  }
}
