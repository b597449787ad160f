import type { ParsedEvidence } from "../../evidence/types.ts";
import { type Detection, type EvidenceAdapter, FormatError, type Head, type ParseContext } from "../adapter.ts";
import {
  type AttestationReader,
  addStatement,
  attestationEvidence,
  below,
  createReader,
  placed,
} from "../attestation.ts";
import type { Content } from "../content.ts";
import { loggedAtOf } from "../envelope.ts";
import { objectAt, textAt } from "../findings.ts";
import { documentsIn } from "../json-lines.ts";
import { objectOf, textOf } from "../values.ts";

/** What `cosign verify` prints: the simple signing payloads of the signatures on an image, a list for each image. */
export const cosignVerify = {
  id: "cosign-verify",
  title: "cosign verify",
  kind: "attestation",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text }: Head): Detection {
  if (!text.startsWith("[")) return { confidence: "no", reason: "it does not start with a list" };
  if (/"docker-manifest-digest"\s*:/.test(text)) {
    return { confidence: "certain", reason: "it has signatures of an image" };
  }
  if (/^\[\s*\{\s*"(?:critical|optional)"\s*:/.test(text)) {
    return { confidence: "likely", reason: "it has a list of payloads" };
  }
  return { confidence: "no", reason: "it has no signatures of an image" };
}

function parse(bytes: Content, context: ParseContext): ParsedEvidence {
  const reader = createReader(context);
  for (const [list, place] of documentsIn(bytes, context.limits)) {
    if (!Array.isArray(list)) throw new FormatError("not-this-format", "it is not a list", placed(place));
    for (const [index, item] of list.entries()) readPayload(item, below(place, `/${index}`), reader);
  }
  return attestationEvidence(reader);
}

/** https://github.com/containers/image/blob/main/docs/containers-signature.5.md; annotations of the user are left out. */
function readPayload(value: unknown, place: string, reader: AttestationReader): void {
  const payload = objectAt(value, place);
  const critical = objectAt(payload["critical"], below(place, "/critical"));
  const at = below(place, "/critical/image/docker-manifest-digest");
  const digest = textAt(objectOf(critical["image"])["docker-manifest-digest"], at).toLowerCase();
  const name = textOf(objectOf(critical["identity"])["docker-reference"]);
  const optional = objectOf(payload["optional"]);
  const [issuer, identity] = [textOf(optional["Issuer"]), textOf(optional["Subject"])];
  const claims = {
    signatures: 1,
    signer:
      issuer === undefined && identity === undefined
        ? undefined
        : { ...(issuer === undefined ? {} : { issuer }), ...(identity === undefined ? {} : { identity }) },
    loggedAt: loggedAtOf(objectOf(objectOf(optional["Bundle"])["Payload"])),
  };
  const stated = {
    statementType: "",
    predicateType: textAt(critical["type"], below(place, "/critical/type")),
    subjects: [{ ...(name === undefined ? {} : { name }), digests: [digest] }],
  };
  addStatement(stated, undefined, place, claims, reader);
}
