import type { KeyObject } from "node:crypto";
import { DECISION_MEDIA_TYPE } from "../../audit/entry.ts";
import { runComponents } from "../../check/components.ts";
import type { CheckOptions, CheckServices } from "../../check/options.ts";
import { runCheck } from "../../check/run.ts";
import { ROLLUP_SCHEMA, type Rollup } from "../../decision/rollup.ts";
import type { Decision, IntegrityLevel } from "../../decision/types.ts";
import { canonicalJson } from "../../evidence/canonical.ts";
import { escapeTerminal } from "../../output/escape.ts";
import { OUTPUTS, type OutputName, SIGNED_OUTPUTS } from "../../output/registry.ts";
import { formatRollup } from "../../output/rollup.ts";
import { compact } from "../../util/compact.ts";
import { GateError } from "../../util/errors.ts";
import type { Attesting } from "../attesting.ts";
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
  /** The log's private key in PEM. */
  readonly logKey?: string;
  readonly conftest: readonly string[];
  readonly conftestData: readonly string[];
  readonly conftestNamespace: readonly string[];
  readonly conftestParser?: string;
  readonly conftestCombine: boolean;
  readonly attest: readonly string[];
  readonly attestKey?: string;
  readonly attestSigner?: string;
  readonly attestPublicKey?: string;
  readonly attestResource?: string;
  readonly attestVerifier?: string;
}

/** The outputs that can be written to files. */
const FILE_OUTPUTS = { ...OUTPUTS, ...SIGNED_OUTPUTS } as const;

interface OutputFile {
  readonly format: keyof typeof FILE_OUTPUTS;
  readonly path: string;
}

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
  refuseSpooledReceipt(
    flags,
    files.some((file) => file.format === "receipt"),
  );
  const logKey = more.logKey === undefined ? undefined : await openPrivateLogKey(more.logKey, audit, context);
  const signing = key === undefined ? undefined : await openDecisionKey(key, context);
  if (signing === undefined && files.some((file) => file.format === "dsse")) {
    throw new GateError("usage", "--output dsse= signs the decision, and there is no key", { hint: "Pass --key." });
  }
  if (logKey === undefined && files.some((file) => file.format === "receipt")) {
    throw new GateError("usage", "--output receipt= needs the log's key", { hint: "Pass --log-key." });
  }
  const spool = spoolOptions(flags, signing);
  const attesting = await openAttestations(flags, context);
  const options: CheckOptions = {
    ...compact({ config, policyRef, store, requireIntegrity, logKey, spool }),
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
  const services: CheckServices = {
    ...context,
    tell: (notice) => context.err(`Note: ${escapeTerminal(notice)}\n`),
  };
  const rollup = await runComponents(
    options,
    { components: component, ...(affected === undefined ? {} : { affected }) },
    services,
  );
  if (rollup !== undefined) {
    const decided = rollup.components.flatMap(({ name, decision }) =>
      decision === undefined ? [] : [[name, decision] as const],
    );
    if (attesting !== undefined && decided.length === 0)
      context.err("No component was decided on, so nothing is attested.\n");
    await attesting?.writeAll(decided);
    return writeRollup(rollup, files, format, signing, context);
  }
  const { decision, receipt = "" } = await runCheck(options, services);
  await attesting?.write(decision);
  const texts: Texts = {
    output: (name) => OUTPUTS[name].format(decision, { color: false }),
    dsse: () => signing?.sign(decision) ?? "",
    receipt: () => receipt,
  };
  await writeFiles(files, texts, context);
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

/** @throws {GateError} `usage` where a decision that is only spooled is to have a place in the log */
function refuseSpooledReceipt({ auditSpool, logKey }: CheckFlags, receipt: boolean): void {
  if (auditSpool === undefined || (logKey === undefined && !receipt)) return;
  const flag = logKey === undefined ? "--output receipt= is of the log" : "--log-key signs the log";
  throw new GateError("usage", `${flag}, and --audit-spool writes none`, {
    hint: "Leave it out here; once the decision was collected, `gate audit prove` prints its receipt.",
  });
}

/** @throws {GateError} `usage` where nothing is to be recorded */
function spoolOptions({ auditSpool, audit }: CheckFlags, signing: DecisionKey | undefined): CheckOptions["spool"] {
  if (auditSpool === undefined) return undefined;
  if (!audit) throw new GateError("usage", "--audit-spool records the decision, and --no-audit does not");
  return { folder: auditSpool, ...compact({ seal: signing?.seal }) };
}

/**
 * Opens what attests before anything is decided.
 *
 * @returns undefined where nothing is to be attested
 * @throws {GateError} `usage`, `key-invalid`
 */
async function openAttestations(flags: CheckFlags, context: CommandContext): Promise<Attesting | undefined> {
  const { attest, attestKey: key, attestSigner: signer, attestPublicKey: publicKey } = flags;
  const given = compact({ key, signer, publicKey, resource: flags.attestResource, verifier: flags.attestVerifier });
  if (attest.length > 0) {
    const attesting = (await import("../attesting.ts")).openAttesting(attest, given, "--attest-", context);
    await attesting.clear();
    return attesting;
  }
  if (Object.keys(given).length === 0) return undefined;
  throw new GateError("usage", "there is nothing to attest", { hint: "Say where to write it: --attest dsse=PATH." });
}

/** Writes the decisions over the parts of a repository; a signed envelope holds all of them. */
async function writeRollup(
  rollup: Rollup,
  files: readonly OutputFile[],
  format: OutputName,
  signing: DecisionKey | undefined,
  context: CommandContext,
): Promise<void> {
  const texts: Texts = {
    output: (name) => formatRollup(rollup, name, { color: false }),
    dsse: () => signing?.sign(rollup) ?? "",
    receipt: () => {
      throw new GateError("usage", "a receipt is of one decision, and these are several", {
        hint: "They are recorded and signed: `gate audit prove` prints the receipt of each.",
      });
    },
  };
  await writeFiles(files, texts, context);
  context.out(formatRollup(rollup, format, { color: context.color }));
  context.exit(rollup.exitCode);
}

/** What each output to a file says. */
interface Texts {
  output(name: OutputName): string;
  dsse(): string;
  receipt(): string;
}

async function writeFiles(files: readonly OutputFile[], texts: Texts, { cwd }: CommandContext): Promise<void> {
  for (const { format, path } of files) {
    const text = format === "dsse" || format === "receipt" ? texts[format]() : texts.output(format);
    await writeOutput(cwd, path, text);
  }
}

/** The log's private key. @throws {GateError} `key-invalid`; `usage` where nothing is to be recorded */
async function openPrivateLogKey(path: string, audit: boolean, context: CommandContext): Promise<KeyObject> {
  if (!audit) throw new GateError("usage", "--log-key signs the log, and --no-audit writes none");
  const [{ givenPrivateKey }, { readPrivateKey }] = await Promise.all([
    import("./trust/signer.ts"),
    import("../../trust/signing.ts"),
  ]);
  return readPrivateKey(givenPrivateKey(path, context));
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
