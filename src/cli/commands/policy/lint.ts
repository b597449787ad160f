import { lintPolicies } from "../../../policy/lint/lint.ts";
import { DIAGNOSTIC_OUTPUTS, type DiagnosticOutput } from "../../../report/diagnostics/registry.ts";
import type { CommandContext } from "../../context.ts";
import { EXIT } from "../../exit-code.ts";
import { writtenPolicies } from "./selection.ts";

export interface PolicyLintFlags {
  readonly format: DiagnosticOutput;
  readonly warningsAsErrors: boolean;
}

/** `gate policy lint`: exit 1 where a rule of the level error is broken. */
export async function lint(folders: readonly string[], flags: PolicyLintFlags, context: CommandContext): Promise<void> {
  const found = await lintPolicies(await writtenPolicies(folders, context), context);
  const diagnostics = flags.warningsAsErrors
    ? found.diagnostics.map((diagnostic) => ({ ...diagnostic, level: "error" as const }))
    : found.diagnostics;
  context.out(DIAGNOSTIC_OUTPUTS[flags.format]({ ...found, diagnostics }, context.installation.version));
  if (diagnostics.some(({ level }) => level === "error")) context.exit(EXIT.negative);
}
