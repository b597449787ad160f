import { CLOCK_SKEW_MS } from "../decision/evidence.ts";
import { type Envelope, isSigned } from "../trust/dsse.ts";
import { isRecord, isStringArray } from "../util/json.ts";
import type { AttestationKey } from "./keys.ts";
import {
  DECISION_EXTENSION,
  type DigestSet,
  ENVIRONMENT_LEVEL,
  STATEMENT_PAYLOAD_TYPE,
  STATEMENT_TYPE,
  VSA_TYPE,
} from "./statement.ts";

/** `good` is everything that was asked; `unknown` is that something has not been asked, or cannot be. */
export type AttestationVerdict = "good" | "bad" | "unknown";

export const ATTESTATION_FINDINGS = [
  "malformed",
  "not-signed",
  "no-key",
  "keyless",
  "not-an-attestation",
  "signature",
  "payload-type",
  "predicate-type",
  "contradiction",
  "result",
  "subject",
  "verifier",
  "resource",
  "level",
  "policy",
  "time",
  "nothing-to-hold-against",
] as const;

/** What is wrong with an attestation, or not known of it. */
export interface AttestationFinding {
  readonly code: (typeof ATTESTATION_FINDINGS)[number];
  readonly message: string;
  readonly verdict: Exclude<AttestationVerdict, "good">;
}

/** What a verification summary says, once a key has vouched for it. */
export interface SummaryClaims {
  readonly result: string;
  readonly verifier: string;
  readonly resourceUri: string;
  readonly levels: readonly string[];
  readonly subjects: readonly DigestSet[];
  /** Hexadecimal SHA-256. */
  readonly policy?: string;
  /** RFC 3339. */
  readonly timeVerified?: string;
  /** The id of the decision, where gate wrote it. */
  readonly decision?: string;
}

/** What an attestation was found to be. */
export interface AttestationReport {
  readonly verdict: AttestationVerdict;
  /** Of the key that has signed it. */
  readonly key?: string;
  readonly claims?: SummaryClaims;
  readonly findings: readonly AttestationFinding[];
}

/** What an attestation is held against. */
export interface Expectations {
  /** Each a list of digests such as `sha256:…`, of which one has to be a subject's: one thing can have several. */
  readonly subjects: readonly (readonly string[])[];
  readonly verifier: string;
  readonly resourceUri?: string;
  readonly environment?: string;
  /** All of them. */
  readonly levels: readonly string[];
  /** `sha256:…`. */
  readonly policy?: string;
  readonly maxAgeMs?: number;
  readonly now: Date;
}

/**
 * Verifies an envelope with a verification summary: first the signature, then the very bytes that it is over, read once.
 *
 * Members that the format does not know are passed over, as it demands. What it knows has to be what it says.
 *
 * @param keys any of which may have signed
 */
export function verifyAttestation(
  envelope: Envelope,
  keys: readonly AttestationKey[],
  expected: Expectations,
): AttestationReport {
  if (keys.length === 0) return reportOf([unknown("no-key", "no key was given that could have signed it")]);
  const key = keys.find((candidate) => isSigned(envelope, (data, signature) => candidate.verify(data, signature)));
  if (key === undefined) return reportOf([bad("signature", "none of the keys given has signed it")]);
  if (envelope.payloadType !== STATEMENT_PAYLOAD_TYPE) {
    return {
      ...reportOf([bad("payload-type", `it is signed, and no in-toto statement: ${envelope.payloadType}`)]),
      key: key.id,
    };
  }
  const read = readSummary(envelope.payload);
  if (!("claims" in read)) return { ...reportOf([read]), key: key.id };
  const { claims } = read;
  return { ...reportOf(findingsOf(claims, read.contradictions, expected)), key: key.id, claims };
}

/** A report of nothing but findings. */
export function reportOf(findings: readonly AttestationFinding[]): AttestationReport {
  if (findings.some(({ verdict }) => verdict === "bad")) return { verdict: "bad", findings };
  return { verdict: findings.length === 0 ? "good" : "unknown", findings };
}

/** A finding that nobody can tell whether it is good. */
export function unknown(code: AttestationFinding["code"], message: string): AttestationFinding {
  return { code, message, verdict: "unknown" };
}

/** A finding that something is wrong. */
export function bad(code: AttestationFinding["code"], message: string): AttestationFinding {
  return { code, message, verdict: "bad" };
}

interface ReadSummary {
  readonly claims: SummaryClaims;
  /** Where the statement says two things that exclude each other. */
  readonly contradictions: readonly AttestationFinding[];
}

function readSummary(payload: Uint8Array): ReadSummary | AttestationFinding {
  const statement = parse(payload);
  if (!isRecord(statement) || statement["_type"] !== STATEMENT_TYPE) {
    return bad("predicate-type", `what is signed is not of the type ${STATEMENT_TYPE}`);
  }
  const { subject, predicateType, predicate } = statement;
  if (predicateType !== VSA_TYPE) {
    return bad("predicate-type", `it is no verification summary but ${JSON.stringify(predicateType)}`);
  }
  const subjects = Array.isArray(subject) ? subject.map(digestsOf) : [];
  const claims = isRecord(predicate) ? claimsOf(predicate, subjects) : undefined;
  if (claims === undefined || !isRecord(predicate)) {
    return bad("malformed", "a member that every verification summary has is missing, or is of another type");
  }
  return { claims, contradictions: contradictionsOf(claims, predicate[DECISION_EXTENSION]) };
}

function parse(payload: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(payload));
  } catch {
    return undefined;
  }
}

function claimsOf(
  predicate: Readonly<Record<string, unknown>>,
  subjects: readonly (DigestSet | undefined)[],
): SummaryClaims | undefined {
  const { verifier, resourceUri, policy, timeVerified, verificationResult, verifiedLevels } = predicate;
  const id = isRecord(verifier) ? verifier["id"] : undefined;
  if (typeof id !== "string" || typeof resourceUri !== "string" || typeof verificationResult !== "string")
    return undefined;
  if (!isStringArray(verifiedLevels) || !isRecord(policy) || typeof policy["uri"] !== "string") return undefined;
  if (timeVerified !== undefined && (typeof timeVerified !== "string" || Number.isNaN(Date.parse(timeVerified)))) {
    return undefined;
  }
  const known = subjects.filter((subject) => subject !== undefined);
  if (known.length < subjects.length) return undefined;
  const policyDigest = digestsOf(policy)?.["sha256"];
  const decision = predicate[DECISION_EXTENSION];
  const decisionId = isRecord(decision) ? decision["id"] : undefined;
  return {
    result: verificationResult,
    verifier: id,
    resourceUri,
    levels: verifiedLevels,
    subjects: known,
    ...(policyDigest === undefined ? {} : { policy: policyDigest }),
    ...(timeVerified === undefined ? {} : { timeVerified }),
    ...(typeof decisionId === "string" ? { decision: decisionId } : {}),
  };
}

/** The digests of a resource; undefined where they are none. A subject may go without, and is then nobody's. */
function digestsOf(resource: unknown): DigestSet | undefined {
  if (!isRecord(resource)) return undefined;
  const { digest = {} } = resource;
  if (!isRecord(digest)) return undefined;
  const entries = Object.entries(digest).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return entries.length === Object.keys(digest).length ? Object.fromEntries(entries) : undefined;
}

/** A signer that says PASSED of a decision which did not allow, or of levels that failed, is not to be believed at all. */
function contradictionsOf({ result, levels }: SummaryClaims, decision: unknown): readonly AttestationFinding[] {
  if (result !== "PASSED") return [];
  const failed = levels.includes("FAILED") ? [bad("contradiction", "it has PASSED at the level FAILED")] : [];
  if (decision === undefined) return failed;
  const outcome = isRecord(decision) ? decision["outcome"] : undefined;
  if (outcome === "allow") return failed;
  return [...failed, bad("contradiction", `it has PASSED, and the decision is ${JSON.stringify(outcome)}`)];
}

function findingsOf(
  claims: SummaryClaims,
  contradictions: readonly AttestationFinding[],
  expected: Expectations,
): readonly AttestationFinding[] {
  const { result, verifier, levels, policy } = claims;
  const missing = expected.levels.filter((level) => !levels.includes(level));
  const wanted = expected.policy;
  return [
    ...contradictions,
    ...(result === "PASSED" ? [] : [bad("result", `the result is ${JSON.stringify(result)}, not PASSED`)]),
    ...subjectFindings(claims, expected),
    ...(verifier === expected.verifier
      ? []
      : [bad("verifier", `the verifier is ${verifier}, not ${expected.verifier}`)]),
    ...resourceFindings(claims, expected),
    ...environmentFindings(claims, expected),
    ...missing.map((level) => bad("level", `it does not have the level ${level}`)),
    ...(wanted === undefined || `sha256:${policy}` === wanted
      ? []
      : [bad("policy", `the policy has the digest ${policy === undefined ? "of nothing" : `sha256:${policy}`}`)]),
    ...timeFindings(claims, expected),
  ];
}

function subjectFindings({ subjects }: SummaryClaims, expected: Expectations): readonly AttestationFinding[] {
  if (expected.subjects.length === 0) {
    return [unknown("nothing-to-hold-against", "of what it should be was not said: --artifact, --digest or --commit")];
  }
  const attested = new Set(
    subjects.flatMap((digests) => Object.entries(digests).map(([algorithm, value]) => `${algorithm}:${value}`)),
  );
  const others = expected.subjects.filter((digests) => !digests.some((digest) => attested.has(digest)));
  return others.map(([digest = "nothing"]) => bad("subject", `${digest} is none of its subjects`));
}

function resourceFindings({ resourceUri }: SummaryClaims, expected: Expectations): readonly AttestationFinding[] {
  if (resourceUri === expected.resourceUri) return [];
  const shown = `it is about ${resourceUri}`;
  return expected.resourceUri === undefined
    ? [unknown("nothing-to-hold-against", `${shown}, and whether it should be was not said: --resource-uri`)]
    : [bad("resource", `${shown}, not ${expected.resourceUri}`)];
}

/** What was let into one environment is let into no other, so somebody has to say which one is meant. */
function environmentFindings({ levels }: SummaryClaims, expected: Expectations): readonly AttestationFinding[] {
  const { environment } = expected;
  if (environment !== undefined) {
    return levels.includes(ENVIRONMENT_LEVEL + environment)
      ? []
      : [bad("level", `it lets nothing into the environment ${environment}`)];
  }
  const named = levels.filter((level) => level.startsWith(ENVIRONMENT_LEVEL));
  if (named.every((level) => expected.levels.includes(level))) return [];
  return [
    unknown("nothing-to-hold-against", `it is for ${named.join(", ")}, and for which it should be was not said: --env`),
  ];
}

function timeFindings({ timeVerified }: SummaryClaims, { maxAgeMs, now }: Expectations): readonly AttestationFinding[] {
  if (timeVerified === undefined) {
    return maxAgeMs === undefined ? [] : [bad("time", "it does not say when it was verified")];
  }
  const age = now.getTime() - Date.parse(timeVerified);
  if (age < -CLOCK_SKEW_MS) return [bad("time", `it was verified at ${timeVerified}, which is yet to come`)];
  return maxAgeMs === undefined || age <= maxAgeMs
    ? []
    : [bad("time", `it was verified at ${timeVerified}, too long ago`)];
}
