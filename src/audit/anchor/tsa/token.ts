import { createHash, verify } from "node:crypto";
import { type Certificate, isTrusted, readCertificate } from "./certificate.ts";
import {
  childrenIn,
  childrenOf,
  contextTag,
  type DerValue,
  oidOf,
  readDer,
  requireTag,
  smallInteger,
  TAG,
  TokenError,
  writeDer,
  writeOid,
} from "./der.ts";

/** A time stamp (RFC 3161): somebody says that something with this hash was there at that time. */
export interface TimeStamp {
  readonly time: Date;
  /** SHA-256 of what was stamped. */
  readonly imprint: Buffer;
  /** What the request had, as it stands in DER; undefined where the token has none. */
  readonly nonce: Buffer | undefined;
  /** Whose key signed it; that it is anybody's who is trusted is still to be looked at. */
  readonly signer: Certificate;
  /** Others that came with it. */
  readonly certificates: readonly Certificate[];
}

/** A token with its certificates is a few kilobytes. */
export const MAX_TOKEN_BYTES = 65_536;

const OID = {
  signedData: "1.2.840.113549.1.7.2",
  tstInfo: "1.2.840.113549.1.9.16.1.4",
  contentType: "1.2.840.113549.1.9.3",
  messageDigest: "1.2.840.113549.1.9.4",
  signingCertificate: "1.2.840.113549.1.9.16.2.12",
  signingCertificateV2: "1.2.840.113549.1.9.16.2.47",
  sha256: "2.16.840.1.101.3.4.2.1",
} as const;

/** Those that time stamps are signed with; SHA-1 and MD5 are none of them. */
const HASHES: ReadonlyMap<string, string> = new Map([
  [OID.sha256, "sha256"],
  ["2.16.840.1.101.3.4.2.2", "sha384"],
  ["2.16.840.1.101.3.4.2.3", "sha512"],
]);

/** The type of key and the hash of each way to sign; without one it is that of the digest. */
const SIGNATURES: ReadonlyMap<string, { readonly key: string; readonly hash?: string }> = new Map([
  ["1.2.840.113549.1.1.1", { key: "rsa" }],
  ["1.2.840.113549.1.1.11", { key: "rsa", hash: "sha256" }],
  ["1.2.840.113549.1.1.12", { key: "rsa", hash: "sha384" }],
  ["1.2.840.113549.1.1.13", { key: "rsa", hash: "sha512" }],
  ["1.2.840.10045.4.3.2", { key: "ec", hash: "sha256" }],
  ["1.2.840.10045.4.3.3", { key: "ec", hash: "sha384" }],
  ["1.2.840.10045.4.3.4", { key: "ec", hash: "sha512" }],
]);

const GENERALIZED_TIME = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\.\d{0,8}[1-9])?Z$/;
const MOST_CERTIFICATES = 16;
const MAX_SAID = 200;

/** A request for a time stamp over a SHA-256, with the certificates that verify it. @param nonce of 8 bytes */
export function timeStampRequest(imprint: Uint8Array, nonce: Buffer): Buffer {
  return writeDer(
    TAG.sequence,
    writeDer(TAG.integer, Buffer.of(1)),
    writeDer(
      TAG.sequence,
      writeDer(TAG.sequence, writeOid(OID.sha256), writeDer(TAG.null)),
      writeDer(TAG.octets, imprint),
    ),
    nonceValue(nonce),
    writeDer(TAG.boolean, Buffer.of(0xff)),
  );
}

/** A nonce as requests and tokens have it: positive, and of the same length whatever is drawn. */
export function nonceValue(random: Buffer): Buffer {
  const content = Buffer.from(random);
  content[0] = ((content[0] ?? 0) & 0x3f) | 0x40;
  return writeDer(TAG.integer, content);
}

/**
 * The token in an authority's response.
 *
 * @throws {TokenError} where it was refused, or is none
 */
export function tokenOfResponse(response: Buffer): Buffer {
  const [info, token] = childrenIn(readDer(response), TAG.sequence);
  const [status, said] = childrenIn(info, TAG.sequence);
  // 0 is granted, 1 granted with modifications, which are looked at like everything else.
  if (smallInteger(status) > 1) {
    const text =
      said?.tag === TAG.sequence ? childrenOf(said)[0]?.content.toString("utf8").slice(0, MAX_SAID) : undefined;
    throw new TokenError(`it was refused${text === undefined ? "" : `: ${text}`}`);
  }
  return requireTag(token, TAG.sequence).whole;
}

/**
 * Reads a token, and verifies its signature with the certificate that is in it.
 *
 * @throws {TokenError}
 */
export function readToken(token: Buffer): TimeStamp {
  if (token.length > MAX_TOKEN_BYTES) throw new TokenError(`it is of more than ${MAX_TOKEN_BYTES} bytes`);
  // ContentInfo and SignedData, RFC 5652 sections 3 and 5.1
  const [type, wrapped] = childrenIn(readDer(token), TAG.sequence);
  if (oidOf(type) !== OID.signedData) throw new TokenError("it is not signed data");
  const [data] = childrenIn(wrapped, contextTag(0));
  const [, , encapsulated, ...rest] = childrenIn(data, TAG.sequence);
  const [contentType, octets] = childrenIn(encapsulated, TAG.sequence);
  if (oidOf(contentType) !== OID.tstInfo) throw new TokenError("what is signed is no time stamp");
  const info = requireTag(childrenIn(octets, contextTag(0))[0], TAG.octets).content;
  const certificates = certificatesIn(rest.find(({ tag }) => tag === contextTag(0)));
  const [signerInfo, ...others] = childrenIn(rest.at(-1), TAG.set);
  if (others.length > 0) throw new TokenError("more than one has signed it");
  const signer = verifySigner(requireTag(signerInfo, TAG.sequence), info, certificates);
  return { ...readInfo(info), signer, certificates };
}

/** Whether a time stamp is by an authority that is trusted, at a time when its certificates were valid. */
export function isTrustedStamp(
  { signer, certificates, time }: TimeStamp,
  authorities: readonly Certificate[],
): boolean {
  return signer.isForTimeStamps && isTrusted(signer, certificates, authorities, time);
}

/** RFC 3161 section 2.4.2 */
function readInfo(bytes: Buffer): Pick<TimeStamp, "time" | "imprint" | "nonce"> {
  const [version, , messageImprint, , genTime, ...rest] = childrenIn(readDer(bytes), TAG.sequence);
  if (smallInteger(version) !== 1) throw new TokenError("it is of another version");
  const [algorithm, hash] = childrenIn(messageImprint, TAG.sequence);
  const imprint = requireTag(hash, TAG.octets).content;
  if (oidOf(childrenIn(algorithm, TAG.sequence)[0]) !== OID.sha256 || imprint.length !== 32) {
    throw new TokenError("it is not of a SHA-256");
  }
  return {
    time: timeOf(requireTag(genTime, TAG.time).content.toString("latin1")),
    imprint,
    nonce: rest.find(({ tag }) => tag === TAG.integer)?.whole,
  };
}

function timeOf(text: string): Date {
  const [, year, month, day, hours, minutes, seconds, fraction = ""] = GENERALIZED_TIME.exec(text) ?? [];
  const written = `${year}-${month}-${day}T${hours}:${minutes}:${seconds}`;
  const time = new Date(`${written}${fraction.slice(0, 4)}Z`);
  // Of 31 February a date would be made that nobody wrote.
  if (Number.isNaN(time.getTime()) || !time.toISOString().startsWith(written)) throw new TokenError("its time is none");
  return time;
}

function certificatesIn(given: DerValue | undefined): readonly Certificate[] {
  if (given === undefined) throw new TokenError("it has no certificate in it");
  const values = childrenOf(given);
  if (values.length > MOST_CERTIFICATES) throw new TokenError(`it has more than ${MOST_CERTIFICATES} certificates`);
  // Other forms of certificates are never those of a time stamp's signer.
  return values.filter(({ tag }) => tag === TAG.sequence).map(({ whole }) => readCertificate(whole));
}

/** RFC 5652 section 5.3 */
function verifySigner(signerInfo: DerValue, info: Buffer, certificates: readonly Certificate[]): Certificate {
  const [, sid, digestAlgorithm, signedAttributes, signatureAlgorithm, signature] = childrenOf(signerInfo);
  const hash = HASHES.get(oidOf(childrenIn(digestAlgorithm, TAG.sequence)[0]));
  const method = SIGNATURES.get(oidOf(childrenIn(signatureAlgorithm, TAG.sequence)[0]));
  if (hash === undefined || method === undefined) throw new TokenError("it is signed in a way that is not supported");
  const attributes = readAttributes(requireTag(signedAttributes, contextTag(0)));
  const signer = certificates.find((certificate) => isNamed(certificate, sid));
  if (signer === undefined) throw new TokenError("the certificate of its signer is not in it");
  if (oidOf(attributes.get(OID.contentType)) !== OID.tstInfo) throw new TokenError("it is signed as something else");
  const digest = requireTag(attributes.get(OID.messageDigest), TAG.octets).content;
  if (!digest.equals(createHash(hash).update(info).digest())) throw new TokenError("it was changed");
  requireSigningCertificate(attributes, signer);
  // What is signed are the attributes as a set, and in a token they stand under another tag.
  const signed = writeDer(TAG.set, requireTag(signedAttributes, contextTag(0)).content);
  const { publicKey } = signer.x509;
  const isSigned =
    publicKey.asymmetricKeyType === method.key &&
    verify(method.hash ?? hash, signed, publicKey, requireTag(signature, TAG.octets).content);
  if (!isSigned) throw new TokenError("its signature is not by the key of its certificate");
  return signer;
}

function readAttributes(set: DerValue): ReadonlyMap<string, DerValue> {
  const attributes = new Map<string, DerValue>();
  for (const attribute of childrenOf(set)) {
    const [type, values] = childrenIn(attribute, TAG.sequence);
    const [value, ...others] = childrenIn(values, TAG.set);
    const name = oidOf(type);
    if (value === undefined || others.length > 0 || attributes.has(name)) {
      throw new TokenError("an attribute that is signed has not one value");
    }
    attributes.set(name, value);
  }
  return attributes;
}

/** By issuer and serial number, or by the id of its key. */
function isNamed({ issuer, serial, subjectKeyId }: Certificate, sid: DerValue | undefined): boolean {
  if (sid?.tag === contextTag(0, false)) return subjectKeyId?.equals(sid.content) ?? false;
  const [name, number] = childrenIn(sid, TAG.sequence);
  return name !== undefined && number !== undefined && issuer.equals(name.whole) && serial.equals(number.whole);
}

/** The signer says which certificate is his, so that nobody puts another one of the same key in its place (RFC 5035, RFC 2634). */
function requireSigningCertificate(attributes: ReadonlyMap<string, DerValue>, signer: Certificate): void {
  const newer = attributes.get(OID.signingCertificateV2);
  const given = newer ?? attributes.get(OID.signingCertificate);
  if (given === undefined) throw new TokenError("it does not say with which certificate it was signed");
  const [first] = childrenIn(childrenIn(given, TAG.sequence)[0], TAG.sequence);
  const parts = childrenIn(first, TAG.sequence);
  const algorithm = parts[0]?.tag === TAG.sequence ? HASHES.get(oidOf(childrenOf(parts[0])[0])) : "sha256";
  const hash = newer === undefined ? "sha1" : algorithm;
  if (hash === undefined) throw new TokenError("it names its certificate in a way that is not supported");
  const named = requireTag(
    parts.find(({ tag }) => tag === TAG.octets),
    TAG.octets,
  ).content;
  if (!named.equals(createHash(hash).update(signer.raw).digest())) {
    throw new TokenError("it was signed with another certificate than the one that is in it");
  }
}
