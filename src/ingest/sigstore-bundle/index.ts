import type { Detection, EvidenceAdapter, Head } from "../adapter.ts";
import { readAttestations } from "../bundle.ts";

/** Sigstore bundles 0.1 to 0.3: one, JSON lines of them, or the lists that npm and GitHub give. */
export const sigstoreBundle = {
  id: "sigstore-bundle",
  title: "Sigstore bundle",
  kind: "attestation",
  detect,
  parse: readAttestations,
} as const satisfies EvidenceAdapter;

function detect({ text }: Head): Detection {
  if (/"mediaType"\s*:\s*"application\/vnd\.dev\.sigstore\.bundle/.test(text)) {
    return { confidence: "certain", reason: "it has the media type of a Sigstore bundle" };
  }
  if (/"(?:dsseEnvelope|verificationMaterial|messageSignature)"\s*:\s*\{/.test(text)) {
    return { confidence: "certain", reason: "it has a part of a Sigstore bundle" };
  }
  if (/^\{\s*"attestations"\s*:\s*\[/.test(text))
    return { confidence: "likely", reason: "it has a list of attestations" };
  return { confidence: "no", reason: "it has no part of a Sigstore bundle" };
}
