import { type ContentSuppression, contentEvidence } from "../../../collect/content/evidence.ts";
import { readTexts, type TextFile, textFile } from "../../../collect/content/files.ts";
import { CONTENT_RULES, type ContentRule, type ContentType } from "../../../collect/content/rules.ts";
import { GateError } from "../../../util/errors.ts";
import { compileGlob } from "../../../util/glob.ts";
import type { CommandContext } from "../../context.ts";
import { printOrWrite } from "../../write-file.ts";

export interface CollectContentFlags {
  readonly stdin: boolean;
  readonly as: ContentType;
  readonly suppress: readonly string[];
  readonly output?: string;
}

/** `gate evidence collect content`: what is wrong with texts that were supplied, as findings. */
export async function collectContent(
  paths: readonly string[],
  flags: CollectContentFlags,
  context: CommandContext,
): Promise<void> {
  if (paths.length === 0 && !flags.stdin) {
    throw new GateError("usage", "no text is named", { hint: "Name files and folders, or pass --stdin." });
  }
  const suppressions = flags.suppress.map(suppressionOf);
  const files: TextFile[] = [...readTexts(paths, context.cwd)];
  if (flags.stdin) files.push(textFile("-", flags.as, await context.stdin()));
  if (files.length === 0) {
    throw new GateError("evidence-not-found", `there is no text in ${paths.join(", ")}`, {
      hint: "Below a folder only files with the name of a text are read; name others themselves.",
    });
  }
  const named = [...paths, ...(flags.stdin ? ["-"] : [])].join(" ").replaceAll("\\", "/");
  const { version } = context.installation;
  const text = `${JSON.stringify(contentEvidence(files, { suppressions, version, named }), null, 2)}\n`;
  await printOrWrite(text, flags.output, context);
}

function suppressionOf(flag: string): ContentSuppression {
  const [, name, glob = ""] = /^(?:([a-z-]+)=)?(.*)$/s.exec(flag) ?? [];
  if (name !== undefined && !isRule(name)) {
    throw new GateError("usage", `--suppress ${flag} names no rule`, {
      hint: `The rules are ${Object.keys(CONTENT_RULES).join(", ")}.`,
    });
  }
  const matches = compileGlob(glob);
  if (matches !== undefined) return { pattern: flag, rule: name, matches };
  throw new GateError("usage", `--suppress ${flag} has no pattern that means something`, {
    hint: "Write it such as docs/** or csv-formula=test/**.",
  });
}

function isRule(name: string): name is ContentRule {
  return Object.hasOwn(CONTENT_RULES, name);
}
