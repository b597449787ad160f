import type { Digest } from "../../evidence/types.ts";
import {
  DECISION_MEDIA_TYPE,
  DELETION_MEDIA_TYPE,
  HOLD_MEDIA_TYPE,
  OBLIGATION_MEDIA_TYPE,
  REVIEW_MEDIA_TYPE,
} from "../entry.ts";
import {
  type BlobReference,
  EVIDENCE_MEDIA_TYPE,
  INPUTS_MEDIA_TYPE,
  MODULE_MEDIA_TYPE,
  POLICY_MEDIA_TYPE,
} from "../evidence.ts";

/** What members of a pack are called that there is one of. */
export const MEMBERS = {
  readme: "readme.txt",
  verifier: "verify.html",
  overview: "overview.html",
  checkpoint: "checkpoint",
  manifest: "manifest.json",
} as const;

/** Where documents are, by their media type; a document is called by its SHA-256. */
const PLACES: ReadonlyMap<string, readonly [folder: string, extension: string]> = new Map([
  [DECISION_MEDIA_TYPE, ["decisions", "json"]],
  [OBLIGATION_MEDIA_TYPE, ["obligations", "json"]],
  [REVIEW_MEDIA_TYPE, ["reviews", "json"]],
  [DELETION_MEDIA_TYPE, ["deletions", "json"]],
  [HOLD_MEDIA_TYPE, ["holds", "json"]],
  [EVIDENCE_MEDIA_TYPE, ["evidence", "json"]],
  [INPUTS_MEDIA_TYPE, ["inputs", "json"]],
  [POLICY_MEDIA_TYPE, ["policies", "json"]],
  [MODULE_MEDIA_TYPE, ["policies", "wasm"]],
]);

const DOCUMENT = /^([a-z]+)\/([0-9a-f]{64})\.([a-z]+)$/;
const ENTRY = /^entries\/([0-9]{8,16})\.json$/;
const ATTESTATION = /^attestations\/[1-9][0-9]{0,3}\.json$/;
const INDEX_DIGITS = 8;

/** The member that holds a document. */
export function documentName({ digest, mediaType }: BlobReference): string {
  const [folder, extension] = PLACES.get(mediaType) ?? ["documents", "bin"];
  return `${folder}/${digest.slice("sha256:".length)}.${extension}`;
}

/** The document that a member is to hold by its name; undefined for any other member. */
export function documentOf(name: string): BlobReference | undefined {
  const [, folder, hex = "", extension] = DOCUMENT.exec(name) ?? [];
  for (const [mediaType, place] of PLACES) {
    const digest: Digest = `sha256:${hex}`;
    if (place[0] === folder && place[1] === extension) return { digest, mediaType };
  }
  return undefined;
}

/** The leaf of an entry: its exact bytes. */
export function entryName(index: number): string {
  return `entries/${padded(index)}.json`;
}

/** The index of the entry whose leaf a member is; undefined for any other member. */
export function entryIndexOf(name: string): number | undefined {
  const digits = ENTRY.exec(name)?.[1];
  const index = Number(digits);
  return digits !== undefined && padded(index) === digits ? index : undefined;
}

/** The receipt of an entry. */
export function receiptName(index: number): string {
  return `entries/${padded(index)}.tlog-proof`;
}

/** The page about a decision. */
export function reportName(index: number): string {
  return `reports/${padded(index)}.html`;
}

/** An attestation that goes with the pack. @param number from 1 */
export function attestationName(number: number): string {
  return `attestations/${number}.json`;
}

/** Whether a member is an attestation by its name. */
export function isAttestationName(name: string): boolean {
  return ATTESTATION.test(name);
}

function padded(index: number): string {
  return String(index).padStart(INDEX_DIGITS, "0");
}
