import type { Decision, DecisionEvidence } from "../decision/types.ts";
import { canonicalBytes, isDigest, sha256 } from "../evidence/canonical.ts";
import type { Digest, EvidenceDocument } from "../evidence/types.ts";
import { GateError } from "../util/errors.ts";
import { isRecord } from "../util/json.ts";
import type { Blob } from "./store.ts";

/** Media type of an evidence document without its id: the very bytes of which the id is the digest. */
const EVIDENCE_MEDIA_TYPE = "application/vnd.gate.evidence.v1+json";

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

/** The evidence that a decision says is stored with it. */
export function evidenceReferences({ evidence }: Pick<Decision, "evidence">): readonly BlobReference[] {
  const ids = new Set(evidence.filter(({ id, stored }) => stored === true && isDigest(id)).map(({ id }) => id));
  return [...ids].map((digest) => ({ digest, mediaType: EVIDENCE_MEDIA_TYPE }));
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
