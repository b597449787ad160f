import { identified } from "./document.ts";
import type { EvidenceDocument } from "./types.ts";

/** The signature of a statement stands beside it: `access-review.yaml` and `access-review.yaml.sig`, as ssh-keygen names it. */
export const SIGNATURE_SUFFIX = ".sig";

/** What a signature beside a statement is worth. */
export type SignatureCheck =
  | { readonly verified: "verified"; readonly signer: string; readonly roles: readonly string[] }
  | { readonly verified: "failed"; readonly problem: string };

/** A statement as it was read. */
export type StatementEvidence = Extract<EvidenceDocument, { readonly kind: "statement" }>;

/** Adds to a statement what its signature is worth; one that is worth nothing is noted with the reason. */
export function withSignature(document: StatementEvidence, check: SignatureCheck): EvidenceDocument {
  const { summary, quality } = document;
  if (check.verified === "verified") {
    const { signer, roles } = check;
    return identified({ ...document, summary: { ...summary, verified: "verified", signer, signerRoles: roles } });
  }
  const warning = { code: "signature-failed", message: `its signature does not count: ${check.problem}` };
  return identified({
    ...document,
    summary: { ...summary, verified: "failed" },
    quality: { ...quality, warnings: [...quality.warnings, warning] },
  });
}

/**
 * Whether it is the word of somebody whose signature was verified. It is no report of a run: it may have been written for no
 * commit, be used for many, and lie in the repository.
 */
export function isSignedWord(document: EvidenceDocument): boolean {
  return document.kind === "statement" && document.summary.verified === "verified";
}
