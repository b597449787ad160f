import type { Detection, EvidenceAdapter, Head } from "../adapter.ts";
import { readAttestations } from "../bundle.ts";

/** in-toto statements, bare or in DSSE envelopes, as one JSON document or as JSON lines. */
export const inToto = {
  id: "in-toto",
  title: "in-toto attestation",
  kind: "attestation",
  detect,
  parse: readAttestations,
} as const satisfies EvidenceAdapter;

/** The start of a payload, behind which the head may end. */
const PAYLOAD = /^\{\s*"payload"\s*:\s*"([A-Za-z0-9+/_-]+)/;

function detect({ text }: Head): Detection {
  if (/"payloadType"\s*:\s*"application\/vnd\.in-toto/.test(text)) {
    return { confidence: "certain", reason: "it has a payload of in-toto" };
  }
  const [, payload] = PAYLOAD.exec(text) ?? [];
  const start = payload === undefined ? text : Buffer.from(payload, "base64").toString("utf8");
  if (/"_type"\s*:\s*"https:\/\/in-toto\.io\/Statement\//.test(start)) {
    return { confidence: "certain", reason: "it has a Statement of in-toto" };
  }
  if (/^\s*\{/.test(start) && /"predicateType"\s*:\s*"/.test(start)) {
    return { confidence: "likely", reason: "it has a predicateType" };
  }
  if (payload !== undefined) return { confidence: "likely", reason: "it starts with a payload" };
  return { confidence: "no", reason: "it has neither a Statement nor a payload of in-toto" };
}
