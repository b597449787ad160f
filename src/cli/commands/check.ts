import { DECISION_MEDIA_TYPE } from "../../audit/entry.ts";
import type { CheckOptions } from "../../check/options.ts";
import { runCheck } from "../../check/run.ts";
import type { Decision, IntegrityLevel } from "../../decision/types.ts";
import { canonicalJson } from "../../evidence/canonical.ts";
import { OUTPUTS, type OutputName, SIGNED_OUTPUTS } from "../../output/registry.ts";
import { GateError } from "../../util/errors.ts";
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
  /** A private key in PEM. */
  readonly key?: string;
}

/** The outputs that can be written to files. */
const FILE_OUTPUTS = { ...OUTPUTS, ...SIGNED_OUTPUTS } as const;

/** `gate check`: decide, record, print, and say it in the exit code. */
export async function check(flags: CheckFlags, context: CommandContext): Promise<void> {
  const { env, exitCode, artifact, format, output, timeLimit, key, commit, repository, ref, ...rest } = flags;
  const files = parseOutputFlags(output, FILE_OUTPUTS);
  const signing = key === undefined ? undefined : await openDecisionKey(key, context);
  if (signing === undefined && files.some((file) => file.format === "dsse")) {
    throw new GateError("usage", "--output dsse= signs the decision, and there is no key", { hint: "Pass --key." });
  }
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
    ...(signing === undefined ? {} : { signer: signing.fingerprint }),
  };
  const { decision } = await runCheck(options, context);
  for (const file of files) {
    const text =
      file.format === "dsse"
        ? (signing?.sign(decision) ?? "")
        : OUTPUTS[file.format].format(decision, { color: false });
    await writeOutput(context.cwd, file.path, text);
  }
  context.out(OUTPUTS[format].format(decision, { color: context.color }));
  context.exit(decision.exitCode);
}

/** A key for decisions; it is read before anything is decided, so that no decision waits for a signature in vain. */
interface DecisionKey {
  readonly fingerprint: string;
  sign(decision: Decision): string;
}

/** @throws {GateError} `key-invalid` */
async function openDecisionKey(path: string, context: CommandContext): Promise<DecisionKey> {
  const [{ givenPrivateKey }, { keySigning, signedEnvelope }, { fingerprintOf }] = await Promise.all([
    import("./trust/signer.ts"),
    import("../../trust/signing.ts"),
    import("../../trust/ssh-key.ts"),
  ]);
  const given = givenPrivateKey(path, context);
  return {
    fingerprint: fingerprintOf(keySigning(given).key),
    sign: (decision) => signedEnvelope(given, DECISION_MEDIA_TYPE, Buffer.from(canonicalJson(decision), "utf8")),
  };
}
