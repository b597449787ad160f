import { absencesIn } from "../audit/deletion.ts";
import { openDecision, readDecisionLeaf } from "../audit/entry.ts";
import { policyReferences, readEvidence, readInputs, readPart } from "../audit/evidence.ts";
import type { AuditStore, Entry } from "../audit/store.ts";
import type { DecisionInputs } from "../decision/decide.ts";
import type { Decision } from "../decision/types.ts";
import type { Digest, EvidenceDocument } from "../evidence/types.ts";
import type { LocatedBundle } from "../policy/bundle.ts";
import { policiesOfParts } from "../policy/stored.ts";
import { GateError } from "../util/errors.ts";

/** A decision with everything that it was made from but the policies. */
export interface RecordedCase {
  readonly decision: Decision;
  readonly inputs: DecisionInputs;
  /** In the order of the decision. */
  readonly documents: readonly EvidenceDocument[];
}

/** What the store still has of a decision. */
export type Recorded =
  | ({ readonly status: "whole" } & RecordedCase)
  | {
      readonly status: "incomplete";
      /** Missing where its document is gone, too. */
      readonly decision?: Decision;
      readonly missing: string;
      /** By its own record: nothing was to be stored. */
      readonly unstored?: true;
    };

/** The part of a store that is read here. */
export type BlobReader = Pick<AuditStore, "blob" | "disclosures" | "entries">;

/**
 * Reads a decision and what it was made from, each by its digest.
 *
 * @throws {GateError} `audit-corrupt` where something is not what was recorded; `audit-unreadable` where it is in a form that
 *   this version does not read
 */
export async function readRecorded(entry: Entry, store: BlobReader): Promise<Recorded> {
  const { decision: digest } = readDecisionLeaf(entry);
  const gone = async (what: string, missing: Digest): Promise<string> =>
    `${what} ${await absencesIn(store).of(missing, entry.index)}`;
  const recorded = await openDecision(entry, store);
  if (recorded === undefined) return { status: "incomplete", missing: await gone("its document", digest) };
  const { decision, erased } = recorded;
  const incomplete = (missing: string) => ({ status: "incomplete", decision, missing }) as const;
  if (decision.inputs === null) return { ...incomplete(whyUnstored(decision)), unstored: true };
  if (erased > 0) return incomplete("personal data of it was erased");
  const inputs = await store.blob(decision.inputs);
  if (inputs === undefined) return incomplete(await gone("the record of its inputs", decision.inputs));
  const documents: EvidenceDocument[] = [];
  for (const record of decision.evidence) {
    const stored = await store.blob(record.id);
    if (stored === undefined) return incomplete(await gone(`its evidence ${record.path}`, record.id));
    documents.push(readEvidence(record, stored));
  }
  return { status: "whole", decision, inputs: readInputs(decision, inputs), documents };
}

/** Why a recorded decision cannot be made again from the record alone. */
function whyUnstored({ integrity }: Decision): string {
  return integrity.reasons.some(({ code }) => code === "raw-evidence")
    ? "its evidence is not stored, for it was made with --keep-raw"
    : "its evidence is not stored (see audit.evidenceBytes of gate.yaml)";
}

/**
 * The compiled policies that made a decision, from the store.
 *
 * @returns undefined where they are not stored, or in a form that this version does not read
 * @throws {GateError} `audit-corrupt` where they are not the ones that were recorded
 */
export async function readPolicies({ policy }: Decision, store: BlobReader): Promise<LocatedBundle | undefined> {
  const parts: Uint8Array[] = [];
  for (const reference of policyReferences(policy)) {
    const blob = await store.blob(reference.digest);
    if (blob === undefined) return undefined;
    parts.push(readPart(reference, blob));
  }
  const located = policiesOfParts(parts);
  if (located === undefined) return undefined;
  if (located.bundle.digest === policy.digest && located.bundle.wasm === policy.wasm) return located;
  throw new GateError("audit-corrupt", "the stored policies are not the ones that the decision names", {
    hint: "Run `gate audit verify`.",
  });
}
