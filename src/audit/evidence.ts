import { type DecisionInputs, INPUTS_SCHEMA } from "../decision/decide.ts";
import type { Decision, DecisionEvidence } from "../decision/types.ts";
import { canonicalBytes, canonicalJson, isDigest, sha256 } from "../evidence/canonical.ts";
import type { Digest, EvidenceDocument } from "../evidence/types.ts";
import { GateError } from "../util/errors.ts";
import { isRecord } from "../util/json.ts";
import type { AuditStore, Blob } from "./store.ts";

/** Media type of an evidence document without its id: the very bytes of which the id is the digest. */
export const EVIDENCE_MEDIA_TYPE = "application/vnd.gate.evidence.v1+json";

/** Media type of what a decision was made from besides evidence and policies. */
export const INPUTS_MEDIA_TYPE = "application/vnd.gate.inputs.v1+json";

/** Media types of compiled policies: what they are, and their modules. */
export const POLICY_MEDIA_TYPE = "application/vnd.gate.policy.v1+json";
export const MODULE_MEDIA_TYPE = "application/wasm";

/** A blob by what an entry commits to. */
export type BlobReference = Pick<Blob, "digest" | "mediaType">;

/**
 * The documents of a check as blobs, under their ids. All or none: a part of the evidence would decide differently. What
 * was read with `--keep-raw` may hold secrets, and a log is the last place for these.
 *
 * @param maxBytes of all documents of the check together
 * @returns undefined where the evidence is not to be stored
 */
export function evidenceBlobs(documents: readonly EvidenceDocument[], maxBytes: number): readonly Blob[] | undefined {
  const blobs = new Map<Digest, Blob>();
  let left = maxBytes;
  for (const { id: digest, ...content } of documents) {
    if (content.quality.raw === true) return undefined;
    const data = canonicalBytes(content, left);
    if (data === undefined) return undefined;
    left -= data.length;
    blobs.set(digest, { digest, mediaType: EVIDENCE_MEDIA_TYPE, data });
  }
  return [...blobs.values()];
}

/** The inputs of a decision as a blob, under the digest that the decision has for them. */
export function inputsBlob(inputs: DecisionInputs): Blob {
  const data = Buffer.from(canonicalJson(inputs), "utf8");
  return { digest: sha256(data), mediaType: INPUTS_MEDIA_TYPE, data };
}

/**
 * The parts of compiled policies that a store does not have yet, as blobs: their description first, then their modules.
 *
 * @param parts with the bytes of each, by its place among the digests
 */
export async function policyBlobs(
  parts: { readonly digests: readonly Digest[]; read(index: number): Uint8Array },
  store: Pick<AuditStore, "has">,
): Promise<readonly Blob[]> {
  const blobs: Blob[] = [];
  for (const [index, digest] of parts.digests.entries()) {
    if (await store.has(digest)) continue;
    blobs.push({ digest, mediaType: index === 0 ? POLICY_MEDIA_TYPE : MODULE_MEDIA_TYPE, data: parts.read(index) });
  }
  return blobs;
}

/** What a decision says is stored with it: evidence, inputs and policies. Decisions can share these. */
export function storedReferences({ evidence, inputs, policy }: Decision): readonly BlobReference[] {
  const ids = new Set(evidence.filter(({ id, stored }) => stored === true && isDigest(id)).map(({ id }) => id));
  return [
    ...[...ids].map((digest) => ({ digest, mediaType: EVIDENCE_MEDIA_TYPE })),
    ...(inputs === null ? [] : [{ digest: inputs, mediaType: INPUTS_MEDIA_TYPE }]),
    ...policyReferences(policy),
  ];
}

/** What a stored reference of a decision is, as retention tells documents apart. */
export function kindOfReference({ mediaType }: BlobReference): "evidence" | "inputs" | "policies" {
  if (mediaType === EVIDENCE_MEDIA_TYPE) return "evidence";
  return mediaType === INPUTS_MEDIA_TYPE ? "inputs" : "policies";
}

/**
 * The inputs that a decision was made from.
 *
 * @throws {GateError} `audit-corrupt` where the blob is not what the decision names; `audit-unreadable` where another
 *   version of gate wrote it, in a form that this one does not read
 */
export function readInputs({ id, inputs }: Decision, blob: Blob): DecisionInputs {
  if (sha256(blob.data) !== inputs || blob.mediaType !== INPUTS_MEDIA_TYPE) {
    throw new GateError(
      "audit-corrupt",
      `the stored inputs of the decision ${id} are not the ones that were recorded`,
      {
        hint: "Run `gate audit verify`.",
      },
    );
  }
  const content: unknown = JSON.parse(Buffer.from(blob.data).toString("utf8"));
  if (!isRecord(content) || content["schema"] !== INPUTS_SCHEMA) {
    throw new GateError(
      "audit-unreadable",
      `the stored inputs of the decision ${id} are no ${INPUTS_SCHEMA} document`,
      {
        hint: "Use the version of gate that recorded them, or a later one.",
      },
    );
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the digest vouches for what gate itself wrote
  return content as unknown as DecisionInputs;
}

/**
 * The document that a decision was made from.
 *
 * @throws {GateError} `audit-corrupt` where the blob is not that document
 */
export function readEvidence({ id, path }: DecisionEvidence, blob: Blob): EvidenceDocument {
  const content: unknown =
    sha256(blob.data) === id && blob.mediaType === EVIDENCE_MEDIA_TYPE
      ? JSON.parse(Buffer.from(blob.data).toString("utf8"))
      : undefined;
  if (!isRecord(content)) {
    throw new GateError("audit-corrupt", `the stored evidence of ${path} is not the one that was recorded`, {
      hint: "Run `gate audit verify`.",
    });
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the digest vouches for what gate itself wrote
  return { ...content, id } as unknown as EvidenceDocument;
}

/** The bytes of a blob that a decision names. @throws {GateError} `audit-corrupt` where the blob holds other ones */
export function readPart({ digest, mediaType }: BlobReference, blob: Blob): Uint8Array {
  if (sha256(blob.data) === digest && blob.mediaType === mediaType) return blob.data;
  throw new GateError("audit-corrupt", `the stored document ${digest} is not the one that was recorded`, {
    hint: "Run `gate audit verify`.",
  });
}

/** What a decision says is stored of its policies: the description first, then the modules; empty where nothing is. */
export function policyReferences({ stored = [] }: Decision["policy"]): readonly BlobReference[] {
  return stored.map((digest, index) => ({ digest, mediaType: index === 0 ? POLICY_MEDIA_TYPE : MODULE_MEDIA_TYPE }));
}
