import { originOf } from "../audit/checkpoint.ts";
import { recordedForm } from "../audit/personal.ts";
import { type AuditReference, type Decision, INTEGRITY_LEVELS } from "../decision/types.ts";
import { canonicalDigest, canonicalJson } from "../evidence/canonical.ts";
import type { Digest } from "../evidence/types.ts";
import { GateError } from "../util/errors.ts";

/** The type of payload of an in-toto statement in a DSSE envelope (in-toto attestation framework, envelope). */
export const STATEMENT_PAYLOAD_TYPE = "application/vnd.in-toto+json";

/** in-toto Statement, version 1. */
export const STATEMENT_TYPE = "https://in-toto.io/Statement/v1";

/** SLSA Verification Summary Attestation, version 1.x. */
export const VSA_TYPE = "https://slsa.dev/verification_summary/v1";

/** Who verified, where nobody says it more closely. */
export const DEFAULT_VERIFIER = "https://gate-engine.github.io/gate";

/** The extension of the predicate that names the decision. */
export const DECISION_EXTENSION = "https://gate-engine.github.io/attestation/decision/v1";

/** How a level begins that names the environment which the decision lets the subject into. */
export const ENVIRONMENT_LEVEL = "GATE_ENVIRONMENT_";

/** How a level begins that names an integrity level. */
const INTEGRITY_LEVEL = "GATE_INTEGRITY_";

/** Algorithms and values, such as `{"sha256": "9f86d0…"}`. */
export type DigestSet = Readonly<Record<string, string>>;

/** in-toto ResourceDescriptor, as far as it is used here. */
export interface ResourceDescriptor {
  readonly name?: string;
  readonly uri?: string;
  readonly digest?: DigestSet;
}

/** What gate says of its decision beyond what the format has a place for. Nobody is named in it. */
export interface DecisionClaim {
  readonly id: string;
  /** Of the document that the audit log commits to. */
  readonly digest: DigestSet;
  readonly outcome: Decision["outcome"];
  readonly environment: string;
  readonly integrity: Decision["integrity"]["level"];
  readonly component?: string;
  readonly change?: { readonly id: string; readonly base?: string };
  /** Of the configuration; the digest of the predicate's `policy` is that of the policies. */
  readonly config: ResourceDescriptor;
  /** Null for a decision that was not recorded, or that waits in a spool for its place. */
  readonly log: Omit<AuditReference, "salts"> | null;
}

/** The predicate, as gate writes it. */
export interface VerificationSummary {
  readonly verifier: { readonly id: string; readonly version: Readonly<Record<string, string>> };
  readonly timeVerified: string;
  readonly resourceUri: string;
  readonly policy: ResourceDescriptor;
  readonly inputAttestations: readonly ResourceDescriptor[];
  readonly verificationResult: "PASSED" | "FAILED";
  readonly verifiedLevels: readonly string[];
  readonly [DECISION_EXTENSION]: DecisionClaim;
}

/** An in-toto statement with a verification summary. */
export interface SummaryStatement {
  readonly _type: typeof STATEMENT_TYPE;
  readonly subject: readonly ResourceDescriptor[];
  readonly predicateType: typeof VSA_TYPE;
  readonly predicate: VerificationSummary;
}

/** What a decision cannot say of itself. */
export interface SummaryOptions {
  /** Default: the repository of the decision. */
  readonly resourceUri?: string;
  /** Default: {@link DEFAULT_VERIFIER}. */
  readonly verifier?: string;
}

/**
 * What a decision says, as a verification summary (https://slsa.dev/spec/v1.2/verification_summary). Its bytes depend on
 * the decision and the options alone.
 *
 * It claims no SLSA level: gate holds evidence against rules, and does not watch a build or a source repository.
 *
 * @throws {GateError} `attestation-failed` where nothing with a digest was decided on, or nobody knows what it is called
 */
export function summaryStatement(decision: Decision, options: SummaryOptions = {}): SummaryStatement {
  const { engine, policy, evaluatedAt } = decision;
  const result = resultOf(decision);
  return {
    _type: STATEMENT_TYPE,
    subject: subjectsOf(decision),
    predicateType: VSA_TYPE,
    predicate: {
      verifier: {
        id: options.verifier ?? DEFAULT_VERIFIER,
        version: { gate: engine.version, toolchain: policy.toolchain },
      },
      timeVerified: evaluatedAt,
      resourceUri: options.resourceUri ?? resourceOf(decision),
      policy: policyOf(decision),
      inputAttestations: inputsOf(decision),
      verificationResult: result,
      verifiedLevels: result === "PASSED" ? levelsOf(decision) : ["FAILED"],
      [DECISION_EXTENSION]: claimOf(decision),
    },
  };
}

/** The bytes of a statement that are signed: its RFC 8785 form. */
export function statementBytes(statement: SummaryStatement): Buffer {
  return Buffer.from(canonicalJson(statement), "utf8");
}

/**
 * The format knows nothing between PASSED and FAILED, so whatever is not plainly allowed has failed: a consumer of a
 * bypass has to ask gate.
 */
function resultOf({ outcome, exitCode, bypass }: Decision): VerificationSummary["verificationResult"] {
  return outcome === "allow" && exitCode === 0 && bypass === null ? "PASSED" : "FAILED";
}

/** The integrity levels up to the one that was reached: whoever asks for less finds it as well. */
function levelsOf({ environment, integrity }: Decision): readonly string[] {
  const reached = INTEGRITY_LEVELS.slice(1, INTEGRITY_LEVELS.indexOf(integrity.level) + 1);
  return [`${ENVIRONMENT_LEVEL}${environment}`, ...reached.map((level) => INTEGRITY_LEVEL + level.toUpperCase())];
}

function subjectsOf(decision: Decision): readonly ResourceDescriptor[] {
  const { artifacts, commit, dirty } = decision.subject;
  const uri = repositoryUri(decision);
  const source = uri === undefined ? {} : { name: uri };
  const subjects = [
    ...artifacts.map(({ name, digest }) => ({ ...(name === "" ? {} : { name }), digest: digestSet(digest) })),
    // No commit holds what was checked in a work tree with changes.
    ...(commit === undefined || dirty === true ? [] : [{ ...source, digest: { gitCommit: commit } }]),
  ];
  if (subjects.length > 0) return subjects;
  const why = commit === undefined ? "it names no commit and no artifact" : "the work tree had changes";
  throw new GateError("attestation-failed", `there is nothing that the decision could be attested of: ${why}`, {
    hint: "Name what is gated with --artifact NAME@sha256:DIGEST, or check a clean checkout of a commit.",
  });
}

function resourceOf(decision: Decision): string {
  const uri = repositoryUri(decision);
  const { component } = decision.subject;
  if (uri !== undefined) return component === undefined ? uri : `${uri}#component=${encodeURIComponent(component)}`;
  throw new GateError("attestation-failed", "nobody knows the address of what the decision is about", {
    hint: "Say it, such as pkg:oci/app or git+https://host/owner/name, in the option for the resource.",
  });
}

/** Such as `git+https://github.com/acme/payments`; CI services give the name and the host at different places. */
function repositoryUri({ subject: { repository, run } }: Decision): string | undefined {
  if (repository === undefined) return undefined;
  const name = originOf(repository);
  const host = /^[^/]*[.:][^/]*(?=\/)/.test(name) ? "" : hostOf(run?.url, name);
  return host === undefined ? undefined : `git+https://${host}${name}`;
}

/** The host of a run whose address goes on with the repository's name, with a slash behind. */
function hostOf(url: string | undefined, repository: string): string | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  const { host, pathname } = new URL(url);
  return pathname.startsWith(`/${repository}/`) ? `${host}/` : undefined;
}

function policyOf(decision: Decision): ResourceDescriptor {
  const { policy, config } = decision;
  const repository = repositoryUri(decision);
  const hex = hexOf(policy.digest);
  const path = config.path.split("/").map(encodeURIComponent).join("/");
  // RFC 6920: a name that is nothing but the digest.
  const named = `ni:///sha-256;${Buffer.from(hex, "hex").toString("base64url")}`;
  return {
    name: policy.source,
    uri: repository === undefined ? named : `${repository}#${path}`,
    digest: { sha256: hex },
  };
}

/**
 * All evidence, whether it could be used or not, and every approval that counted: of a list with gaps nobody could tell
 * what the decision rests on.
 */
function inputsOf({ evidence, approvals }: Decision): readonly ResourceDescriptor[] {
  const inputs = new Map<string, ResourceDescriptor>();
  for (const { path, sha256 } of evidence) {
    inputs.set(JSON.stringify([path, sha256]), { name: path, digest: digestSet(sha256) });
  }
  for (const { id, kind, counts } of approvals) {
    if (counts) inputs.set(id, { name: kind, digest: digestSet(id) });
  }
  return [...inputs.values()];
}

function claimOf(decision: Decision): DecisionClaim {
  const { id, outcome, environment, integrity, subject, config, audit } = decision;
  const { component, change } = subject;
  return {
    id,
    digest: digestSet(canonicalDigest(recordedForm(decision))),
    outcome,
    environment,
    integrity: integrity.level,
    ...(component === undefined ? {} : { component }),
    ...(change === undefined
      ? {}
      : { change: { id: change.id, ...(change.base === undefined ? {} : { base: change.base }) } }),
    config: { name: config.path, digest: digestSet(config.digest) },
    log: audit === null || "spooled" in audit ? null : placeOf(audit),
  };
}

/** Without the salts: whoever has one could try names. */
function placeOf({ log, index, leafHash, checkpoint }: AuditReference): DecisionClaim["log"] {
  return { log, index, leafHash, checkpoint };
}

/** @param digest the algorithm and the value, such as `sha512:…` */
function digestSet(digest: string): DigestSet {
  const at = digest.indexOf(":");
  return { [digest.slice(0, at)]: digest.slice(at + 1) };
}

function hexOf(digest: Digest): string {
  return digest.slice("sha256:".length);
}
