import { isRecord } from "../util/json.ts";
import { isDigest } from "./canonical.ts";
import { identified } from "./document.ts";
import { withExitCode } from "./exit-code.ts";
import type { Diagnostic, Digest, EvidenceDocument } from "./types.ts";

/** A binding stands beside its file: `junit.xml` and `junit.xml.gate.json`. */
export const BINDING_SUFFIX = ".gate.json";

const BINDING_SCHEMA = "gate/binding/v1";

/**
 * What the job that made an evidence file says about it, where the file's own format has no room for it: the commit and
 * the time. It is bound to the file by digest. It is a claim of whoever could write beside the file, not a proof.
 */
export interface EvidenceBinding {
  readonly schema: typeof BINDING_SCHEMA;
  /** Of the file's bytes. */
  readonly sha256: Digest;
  readonly commit: string;
  readonly repository?: string;
  /** The run of the pipeline, such as `github:1234`. */
  readonly run?: string;
  /** RFC 3339, UTC: when the tool began. */
  readonly startedAt?: string;
  /** RFC 3339, UTC. */
  readonly producedAt: string;
  /** With which code the tool ended. */
  readonly exitCode?: number;
}

/** The type of what is signed where a binding stands in a DSSE envelope. */
export const BINDING_PAYLOAD_TYPE = "application/vnd.gate.binding.v1+json";

/** A binding, and whose signature is on it. */
export interface OpenedBinding {
  readonly bytes: Uint8Array;
  /** Missing where nobody signed it, or nobody whose key is known. */
  readonly signer?: string;
}

/** A binding as it lies there, out of its envelope where it has one; no signature is looked at. */
export function unsignedBinding(bytes: Uint8Array): OpenedBinding {
  const value = parseJson(bytes);
  if (!isRecord(value) || value["payloadType"] !== BINDING_PAYLOAD_TYPE) return { bytes };
  const { payload } = value;
  return { bytes: typeof payload === "string" ? Buffer.from(payload, "base64") : new Uint8Array() };
}

/** Makes the binding of a file. */
export function createBinding(claim: Omit<EvidenceBinding, "schema">): EvidenceBinding {
  return { schema: BINDING_SCHEMA, ...claim };
}

/**
 * Adds what a binding says to its document. A binding that is damaged, or that is of other bytes, makes the document
 * unusable: somebody changed the file after it was bound, or passes one off as another.
 */
export function bindEvidence(document: EvidenceDocument, { bytes, signer }: OpenedBinding): EvidenceDocument {
  const binding = parseBinding(bytes);
  if (binding === undefined) return refused(document, "binding-malformed", "its binding is damaged");
  if (binding.sha256 !== document.source.sha256) {
    return refused(document, "binding-mismatch", "it was changed after it was bound to its commit");
  }
  const { commit } = document.subject;
  if (commit !== undefined && commit !== binding.commit) {
    return refused(
      document,
      "binding-contradicts",
      `it says that it is for the commit ${commit}, and its binding says ${binding.commit}`,
    );
  }
  const bound = identified({
    ...document,
    subject: {
      ...document.subject,
      commit: binding.commit,
      ...(binding.repository === undefined ? {} : { repository: binding.repository }),
      ...(binding.run === undefined ? {} : { run: binding.run }),
    },
    ...(binding.startedAt === undefined ? {} : { startedAt: binding.startedAt }),
    producedAt: document.producedAt ?? binding.producedAt,
    binding: { dated: document.producedAt === undefined, ...(signer === undefined ? {} : { signer }) },
  });
  return binding.exitCode === undefined ? bound : withExitCode(bound, binding.exitCode);
}

/**
 * A document that says for which commit it is because its file is the one that is checked out. What stands beside it or in
 * it goes first.
 */
export function bindToCheckout(document: EvidenceDocument, commit: string, now: Date): EvidenceDocument {
  if (document.subject.commit !== undefined || document.binding !== undefined) return document;
  return identified({
    ...document,
    subject: { ...document.subject, commit },
    producedAt: document.producedAt ?? now.toISOString(),
  });
}

function refused(document: EvidenceDocument, code: string, message: string): EvidenceDocument {
  const reason: Diagnostic = { code, message };
  return identified({ ...document, status: "malformed", statusReasons: [reason, ...document.statusReasons] });
}

const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z$/;

function parseBinding(bytes: Uint8Array): EvidenceBinding | undefined {
  const value = parseJson(bytes);
  if (!isRecord(value) || value["schema"] !== BINDING_SCHEMA) return undefined;
  const { sha256, commit, producedAt, startedAt, repository, run, exitCode } = value;
  if (!isDigest(sha256)) return undefined;
  if (typeof commit !== "string" || !COMMIT.test(commit)) return undefined;
  if (!isTime(producedAt) || (startedAt !== undefined && !isTime(startedAt))) return undefined;
  if (exitCode !== undefined && !isExitCode(exitCode)) return undefined;
  return createBinding({
    sha256,
    commit,
    producedAt,
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(typeof repository === "string" ? { repository } : {}),
    ...(typeof run === "string" ? { run } : {}),
    ...(exitCode === undefined ? {} : { exitCode }),
  });
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

function isTime(value: unknown): value is string {
  return typeof value === "string" && TIME.test(value) && !Number.isNaN(Date.parse(value));
}

function isExitCode(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 255;
}
