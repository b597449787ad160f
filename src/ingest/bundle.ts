import type { ParsedEvidence, Signer } from "../evidence/types.ts";
import { FormatError, type ParseContext } from "./adapter.ts";
import {
  type AttestationReader,
  addStatement,
  attestationEvidence,
  below,
  createReader,
  type EnvelopeClaims,
  placed,
  readStatement,
} from "./attestation.ts";
import type { Content } from "./content.ts";
import { bytesAt, loggedAtOf, readEnvelope } from "./envelope.ts";
import { objectAt, textAt } from "./findings.ts";
import { documentsIn } from "./json-lines.ts";
import { claimedSigner } from "./signer.ts";
import { earlierOf, isObject, type JsonObject, objectOf, objectsOf, textOf } from "./values.ts";

const BUNDLE = /^application\/vnd\.dev\.sigstore\.bundle(?:\+json;version=([\d.]+)|\.v([\d.]+)\+json)$/;
const BUNDLE_VERSIONS = new Set(["0.1", "0.2", "0.3"]);

/** `HashAlgorithm` of sigstore_common.proto. */
const HASHES = new Map([
  ["SHA2_256", "sha256"],
  ["SHA2_384", "sha384"],
  ["SHA2_512", "sha512"],
  ["SHA3_256", "sha3-256"],
  ["SHA3_384", "sha3-384"],
]);

/**
 * Reads every statement of a file of JSON or JSON lines: bare ones, and those in DSSE envelopes, in Sigstore bundles and
 * in lists of bundles.
 *
 * @throws {FormatError} of every reason
 */
export function readAttestations(bytes: Content, context: ParseContext): ParsedEvidence {
  const reader = createReader(context);
  for (const [value, place] of documentsIn(bytes, context.limits)) readAttestation(value, place, reader);
  return attestationEvidence(reader);
}

/** Reads what has statements in it, whichever way they are packed. */
function readAttestation(value: unknown, place: string, reader: AttestationReader): void {
  const list = isObject(value) ? value["attestations"] : value;
  if (Array.isArray(list)) {
    readList(list, isObject(value) ? below(place, "/attestations") : place, reader);
  } else if (!isObject(value)) throw notThisFormat(place);
  else if ("mediaType" in value) readBundle(value, place, reader);
  else if ("payload" in value && "payloadType" in value) readEnvelope(value, place, {}, reader);
  else if ("_type" in value) readStatement(value, place, { signatures: 0 }, reader);
  else throw notThisFormat(place);
}

/** Behind the first line a file is known to be one of attestations, so what is none is damage. */
function notThisFormat(place: string): FormatError {
  const reason = /^line (?!1$)/.test(place) ? "malformed" : "not-this-format";
  return new FormatError(reason, "it is no statement, envelope or bundle", placed(place));
}

/** The bundles in a list as npm and the API of GitHub give them, or as `gh attestation verify` does, one level deeper. */
function readList(items: readonly unknown[], place: string, reader: AttestationReader): void {
  for (const [index, value] of items.entries()) {
    const item = objectOf(value);
    const at = below(place, `/${index}${"attestation" in item ? "/attestation" : ""}`);
    const entry = "attestation" in item ? objectOf(item["attestation"]) : item;
    if (!("bundle" in entry)) throw notThisFormat(at);
    const before = reader.statements.length;
    readBundle(objectAt(entry["bundle"], below(at, "/bundle")), below(at, "/bundle"), reader);
    const [listed, stated] = [textOf(entry["predicateType"]), reader.statements[before]?.predicateType];
    if (listed === undefined || listed === stated) continue;
    const message = `it is listed as ${listed}, and states ${stated === "" ? "nothing" : stated}`;
    reader.inconsistencies.add("predicate-type-differs", message, below(at, "/predicateType"));
  }
}

/**
 * Reads a Sigstore bundle, version 0.1 to 0.3. One with a message signature has no statement: it says that somebody
 * signed what has that digest.
 *
 * @throws {FormatError} of every reason
 */
function readBundle(bundle: JsonObject, place: string, reader: AttestationReader): void {
  const type = textAt(bundle["mediaType"], below(place, "/mediaType"));
  const [matched, early, later] = BUNDLE.exec(type) ?? [];
  if (matched === undefined) {
    throw new FormatError("not-this-format", "it is no Sigstore bundle", below(place, "/mediaType"));
  }
  const version = early ?? later ?? "";
  if (!BUNDLE_VERSIONS.has(version)) {
    const message = `Sigstore bundle ${version.slice(0, 32)}; 0.1 to 0.3 are supported`;
    throw new FormatError("unsupported-version", message, below(place, "/mediaType"));
  }
  const material = objectAt(bundle["verificationMaterial"], below(place, "/verificationMaterial"));
  const around = {
    signer: signerOfBundle(material, below(place, "/verificationMaterial")),
    loggedAt: objectsOf(material["tlogEntries"]).map(loggedAtOf).reduce(earlierOf, undefined),
  };
  const { dsseEnvelope, messageSignature } = bundle;
  if (messageSignature === undefined || dsseEnvelope !== undefined) {
    readEnvelope(objectAt(dsseEnvelope, below(place, "/dsseEnvelope")), below(place, "/dsseEnvelope"), around, reader);
  } else {
    const at = below(place, "/messageSignature");
    readMessageSignature(objectAt(messageSignature, at), at, around, reader);
  }
}

function readMessageSignature(
  message: JsonObject,
  place: string,
  around: Omit<EnvelopeClaims, "signatures">,
  reader: AttestationReader,
): void {
  const digest = objectOf(message["messageDigest"]);
  const algorithm = HASHES.get(textOf(digest["algorithm"]) ?? "");
  const digests =
    algorithm === undefined
      ? []
      : [`${algorithm}:${bytesAt(digest["digest"], below(place, "/messageDigest/digest")).toString("hex")}`];
  const signatures = textOf(message["signature"]) === undefined ? 0 : 1;
  const stated = { statementType: "", predicateType: "", subjects: [{ digests }] };
  addStatement(stated, undefined, place, { ...around, signatures }, reader);
}

function signerOfBundle(material: JsonObject, place: string): Signer | undefined {
  const chain = objectsOf(objectOf(material["x509CertificateChain"])["certificates"]);
  const at = below(
    place,
    chain.length === 0 ? "/certificate/rawBytes" : "/x509CertificateChain/certificates/0/rawBytes",
  );
  const certificate = chain[0] ?? material["certificate"];
  if (isObject(certificate)) return claimedSigner(bytesAt(certificate["rawBytes"], at), at);
  const keyId = textOf(objectOf(material["publicKey"])["hint"]);
  return keyId === undefined ? undefined : { keyId };
}
