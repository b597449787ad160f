import { escapeTerminal } from "../../../output/escape.ts";
import { findUnformatted, type UnformattedFile } from "../../../policy/format.ts";
import { openToolchain } from "../../../policy/load.ts";
import { unifiedDiff } from "../../../util/line-diff.ts";
import type { CommandContext } from "../../context.ts";
import { EXIT } from "../../exit-code.ts";
import { writeOutput } from "../../write-file.ts";
import { writtenPolicies } from "./selection.ts";

export interface PolicyFmtFlags {
  readonly check: boolean;
  readonly diff: boolean;
}

/** `gate policy fmt`: formats in place; with `--check` or `--diff` nothing is written. */
export async function fmt(folders: readonly string[], flags: PolicyFmtFlags, context: CommandContext): Promise<void> {
  const selection = await writtenPolicies(folders, context);
  const toolchain = await openToolchain(context);
  try {
    const unformatted = await findUnformatted(selection.folders, toolchain);
    for (const file of unformatted) {
      if (!flags.check && !flags.diff) await writeOutput(context.cwd, file.location, file.after);
      context.out(flags.diff ? diffText(file) : `${escapeTerminal(file.path)}\n`);
    }
    if (flags.check && unformatted.length > 0) context.exit(EXIT.negative);
  } finally {
    await toolchain.close();
  }
}

function diffText({ path, before, after }: UnformattedFile): string {
  const lines = unifiedDiff(before, after).trimEnd().split("\n");
  return `--- ${escapeTerminal(path)}\n+++ ${escapeTerminal(path)}\n${lines.map(diffLine).join("\n")}\n`;
}

/** Tabs stay what they are: in Rego they are the indentation, which is what a diff of its format is about. */
function diffLine(line: string): string {
  return line.split("\t").map(escapeTerminal).join("\t");
}
