import type { CheckOptions } from "../../check/options.ts";
import { runCheck } from "../../check/run.ts";
import type { IntegrityLevel } from "../../decision/types.ts";
import { OUTPUTS, type OutputName } from "../../output/registry.ts";
import type { CommandContext } from "../context.ts";
import { parseOutputFlags, writeOutput } from "../write-file.ts";

export interface CheckFlags {
  readonly env: string;
  readonly config?: string;
  readonly policyRef?: string;
  readonly evidence: readonly string[];
  readonly exitCode: readonly string[];
  readonly keepRaw: boolean;
  readonly commit?: string;
  readonly repository?: string;
  readonly ref?: string;
  readonly artifact: readonly string[];
  readonly format: OutputName;
  readonly output: readonly string[];
  readonly requireIntegrity?: IntegrityLevel;
  readonly store?: string;
  readonly audit: boolean;
  readonly timeLimit?: number;
}

/** `gate check`: decide, record, print, and say it in the exit code. */
export async function check(flags: CheckFlags, context: CommandContext): Promise<void> {
  const { env, exitCode, artifact, format, output, timeLimit, commit, repository, ref, ...rest } = flags;
  const files = parseOutputFlags(output, OUTPUTS);
  const options: CheckOptions = {
    ...rest,
    environment: env,
    exitCodes: exitCode,
    subject: {
      artifacts: artifact,
      ...(commit === undefined ? {} : { commit }),
      ...(repository === undefined ? {} : { repository }),
      ...(ref === undefined ? {} : { ref }),
    },
    ...(timeLimit === undefined ? {} : { timeLimitMs: timeLimit }),
  };
  const { decision } = await runCheck(options, context);
  for (const file of files) {
    await writeOutput(context.cwd, file.path, OUTPUTS[file.format].format(decision, { color: false }));
  }
  context.out(OUTPUTS[format].format(decision, { color: context.color }));
  context.exit(decision.exitCode);
}
