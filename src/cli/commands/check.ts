import { DECISION_MEDIA_TYPE } from "../../audit/entry.ts";
import { runComponents } from "../../check/components.ts";
import type { CheckOptions } from "../../check/options.ts";
import { runCheck } from "../../check/run.ts";
import { ROLLUP_SCHEMA, type Rollup } from "../../decision/rollup.ts";
import type { Decision, IntegrityLevel } from "../../decision/types.ts";
import { canonicalJson } from "../../evidence/canonical.ts";
import { OUTPUTS, type OutputName, SIGNED_OUTPUTS } from "../../output/registry.ts";
import { formatRollup } from "../../output/rollup.ts";
import { compact } from "../../util/compact.ts";
import { GateError } from "../../util/errors.ts";
import type { CommandContext } from "../context.ts";
import { parseOutputFlags, writeOutput } from "../write-file.ts";

export interface CheckFlags {
  readonly env: string;
  readonly component: readonly string[];
  readonly affected?: string;
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
  /** Folder for a file in place of the log. */
  readonly auditSpool?: string;
  readonly timeLimit?: number;
  /** A private key in PEM. */
  readonly key?: string;
  readonly conftest: readonly string[];
  readonly conftestData: readonly string[];
  readonly conftestNamespace: readonly string[];
  readonly conftestParser?: string;
  readonly conftestCombine: boolean;
}

/** The outputs that can be written to files. */
const FILE_OUTPUTS = { ...OUTPUTS, ...SIGNED_OUTPUTS } as const;

/**
 * `gate check`: decide, record, print, and say it in the exit code.
 *
 * @param documents for policies of Conftest
 */
export async function check(documents: readonly string[], flags: CheckFlags, context: CommandContext): Promise<void> {
  const asked = conftestOptions(documents, flags);
  const { env, component, affected, exitCode, artifact, format, output, timeLimit, key, ...more } = flags;
  const { evidence, config, policyRef, keepRaw, audit, store, requireIntegrity, commit, repository, ref } = more;
  const files = parseOutputFlags(output, FILE_OUTPUTS);
  const signing = key === undefined ? undefined : await openDecisionKey(key, context);
  if (signing === undefined && files.some((file) => file.format === "dsse")) {
    throw new GateError("usage", "--output dsse= signs the decision, and there is no key", { hint: "Pass --key." });
  }
  if (flags.auditSpool !== undefined && !audit) {
    throw new GateError("usage", "--audit-spool records the decision, and --no-audit does not");
  }
  const spool =
    flags.auditSpool === undefined ? undefined : { folder: flags.auditSpool, ...compact({ seal: signing?.seal }) };
  const options: CheckOptions = {
    ...compact({ config, policyRef, store, requireIntegrity, spool }),
    evidence,
    keepRaw,
    audit,
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
    ...(asked === undefined ? {} : { conftest: asked }),
  };
  const rollup = await runComponents(
    options,
    { components: component, ...(affected === undefined ? {} : { affected }) },
    context,
  );
  if (rollup !== undefined) return writeRollup(rollup, files, format, signing, context);
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

/** @throws {GateError} `usage` for what only means something to policies of Conftest, where there are none */
function conftestOptions(files: readonly string[], flags: CheckFlags): CheckOptions["conftest"] {
  const { conftest, conftestData: data, conftestNamespace: namespaces, conftestCombine: combine } = flags;
  const { conftestParser: parser } = flags;
  if (conftest.length > 0) {
    return { policies: conftest, data, namespaces, combine, files, ...(parser === undefined ? {} : { parser }) };
  }
  const [stray] = [
    ...files,
    ...data,
    ...namespaces,
    ...(parser === undefined ? [] : [parser]),
    ...(combine ? ["--conftest-combine"] : []),
  ];
  if (stray === undefined) return undefined;
  throw new GateError("usage", `${stray} is for policies of Conftest, and there are none`, {
    hint: "Name them with --conftest DIR, or evidence with --evidence FILE.",
  });
}

/** Writes the decisions over the parts of a repository; a signed envelope holds all of them. */
async function writeRollup(
  rollup: Rollup,
  files: readonly { readonly format: keyof typeof FILE_OUTPUTS; readonly path: string }[],
  format: OutputName,
  signing: DecisionKey | undefined,
  context: CommandContext,
): Promise<void> {
  for (const file of files) {
    const text =
      file.format === "dsse" ? (signing?.sign(rollup) ?? "") : formatRollup(rollup, file.format, { color: false });
    await writeOutput(context.cwd, file.path, text);
  }
  context.out(formatRollup(rollup, format, { color: context.color }));
  context.exit(rollup.exitCode);
}

const ROLLUP_MEDIA_TYPE = "application/vnd.gate.rollup.v1+json";

/** A key for decisions; it is read before anything is decided, so that no decision waits for a signature in vain. */
interface DecisionKey {
  readonly fingerprint: string;
  sign(decision: Decision | Rollup): string;
  /** Signs spooled entries. */
  readonly seal: (document: Uint8Array) => string;
}

/** @throws {GateError} `key-invalid` */
async function openDecisionKey(path: string, context: CommandContext): Promise<DecisionKey> {
  const [{ givenPrivateKey }, { keySigning, signedEnvelope }, { fingerprintOf }, { SPOOL_MEDIA_TYPE }] =
    await Promise.all([
      import("./trust/signer.ts"),
      import("../../trust/signing.ts"),
      import("../../trust/ssh-key.ts"),
      import("../../audit/spool.ts"),
    ]);
  const given = givenPrivateKey(path, context);
  return {
    fingerprint: fingerprintOf(keySigning(given).key),
    seal: (document) => signedEnvelope(given, SPOOL_MEDIA_TYPE, document),
    sign(decision) {
      const type = decision.schema === ROLLUP_SCHEMA ? ROLLUP_MEDIA_TYPE : DECISION_MEDIA_TYPE;
      return signedEnvelope(given, type, Buffer.from(canonicalJson(decision), "utf8"));
    },
  };
}
