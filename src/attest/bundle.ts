import { type Envelope, envelopeIn } from "../trust/dsse.ts";
import { Refusal } from "../trust/wire.ts";
import { isRecord } from "../util/json.ts";

const BUNDLE_MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json";

/** Whatever says of itself that it is a bundle; the versions that are read are below. */
const BUNDLE = /^application\/vnd\.dev\.sigstore\.bundle\b/;
const READ_TYPES = [
  BUNDLE_MEDIA_TYPE,
  ...["0.1", "0.2", "0.3"].map((version) => `application/vnd.dev.sigstore.bundle+json;version=${version}`),
];

/** What a bundle says its signature can be verified with. */
export type VerificationMaterial = "key" | "certificate";

/** A bundle that was read, and of which nothing was verified. */
export interface Bundle {
  readonly material: VerificationMaterial;
  /** Missing where the bundle signs a file and no statement. */
  readonly envelope?: Envelope;
  /** What is in it that says when the signature was made: entries of transparency logs, time stamps. */
  readonly witnesses: boolean;
}

/** Whether a JSON value says that it is a Sigstore bundle. */
export function isBundle(value: unknown): boolean {
  return isRecord(value) && typeof value["mediaType"] === "string" && BUNDLE.test(value["mediaType"]);
}

/** The JSON value of a bundle around an envelope that one key has signed. */
export function bundleOf(envelope: object, keyId: string): object {
  return {
    mediaType: BUNDLE_MEDIA_TYPE,
    verificationMaterial: { publicKey: { hint: keyId } },
    dsseEnvelope: envelope,
  };
}

/**
 * Reads a bundle (sigstore/protobuf-specs, sigstore_bundle.proto).
 *
 * @throws {Refusal} where it is damaged, of another version, or has members that no bundle has
 */
export function readBundle(value: unknown): Bundle {
  if (!isRecord(value)) throw new Refusal("the file is no Sigstore bundle");
  const { mediaType, verificationMaterial: material, dsseEnvelope, messageSignature } = value;
  requireMembers(value, ["mediaType", "verificationMaterial", "dsseEnvelope", "messageSignature"]);
  if (!READ_TYPES.some((type) => type === mediaType)) {
    throw new Refusal(`bundles of the type ${JSON.stringify(mediaType)} are not read`);
  }
  if (!isRecord(material)) throw new Refusal("the bundle has no verification material");
  if ((dsseEnvelope === undefined) === (messageSignature === undefined)) {
    throw new Refusal("the bundle needs either an envelope or the signature of a file");
  }
  const found = materialOf(material);
  const witnesses = [material["tlogEntries"], material["timestampVerificationData"]].some(isFilled);
  if (dsseEnvelope === undefined) return { material: found, witnesses };
  const envelope = envelopeIn(dsseEnvelope);
  if (envelope.signatures.length !== 1) throw new Refusal("a bundle has exactly one signature");
  requireSameKey(material, dsseEnvelope);
  return { material: found, envelope, witnesses };
}

function materialOf(material: Readonly<Record<string, unknown>>): VerificationMaterial {
  const keys = ["publicKey", "certificate", "x509CertificateChain"];
  requireMembers(material, [...keys, "tlogEntries", "timestampVerificationData"]);
  const given = keys.filter((key) => material[key] !== undefined);
  if (given.length !== 1) throw new Refusal("the bundle needs one key or one certificate");
  return given[0] === "publicKey" ? "key" : "certificate";
}

/** Both are hints, but two that differ were never written by one signer. */
function requireSameKey({ publicKey }: Readonly<Record<string, unknown>>, envelope: unknown): void {
  const hint = isRecord(publicKey) ? publicKey["hint"] : undefined;
  const signatures = isRecord(envelope) ? envelope["signatures"] : undefined;
  const [signature]: readonly unknown[] = Array.isArray(signatures) ? signatures : [];
  const keyId = isRecord(signature) ? signature["keyid"] : undefined;
  if (isNamed(hint) && isNamed(keyId) && hint !== keyId) {
    throw new Refusal("the bundle names one key and its signature another");
  }
}

/** An empty text is what a missing one becomes in protobuf's JSON. */
function isNamed(name: unknown): boolean {
  return name !== undefined && name !== "";
}

function isFilled(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return isRecord(value) && Object.values(value).some(isFilled);
}

function requireMembers(value: Readonly<Record<string, unknown>>, known: readonly string[]): void {
  const other = Object.keys(value).find((name) => !known.includes(name));
  if (other !== undefined) throw new Refusal(`the bundle has a member that no bundle has: ${JSON.stringify(other)}`);
}
