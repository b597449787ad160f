import { X509Certificate } from "node:crypto";
import {
  childrenIn,
  childrenOf,
  contextTag,
  type DerValue,
  oidOf,
  readDer,
  requireTag,
  TAG,
  TokenError,
} from "./der.ts";

/** A certificate, with what node:crypto does not say of one. */
export interface Certificate {
  readonly x509: X509Certificate;
  readonly raw: Buffer;
  /** As they stand in the certificate. */
  readonly issuer: Buffer;
  readonly serial: Buffer;
  readonly subjectKeyId: Buffer | undefined;
  /** Whether it is for time stamps and nothing else, and says that as something that must be understood (RFC 3161 section 2.3). */
  readonly isForTimeStamps: boolean;
}

interface Extension {
  readonly critical: boolean;
  /** The octets, which are DER again. */
  readonly value: Buffer;
}

const EXTENDED_KEY_USAGE = "2.5.29.37";
const SUBJECT_KEY_ID = "2.5.29.14";
const TIME_STAMPING = "1.3.6.1.5.5.7.3.8";
/** More would be no chain. */
const MOST_STEPS = 6;
const PEM = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]{1,100000}-----END CERTIFICATE-----/g;
const MOST_IN_FILE = 100;

/** @throws {TokenError} */
export function readCertificate(raw: Buffer): Certificate {
  // RFC 5280 section 4.1
  const [tbs] = childrenIn(readDer(raw), TAG.sequence);
  const parts = childrenIn(tbs, TAG.sequence);
  const [serial, , issuer, , , , ...others] = parts[0]?.tag === contextTag(0) ? parts.slice(1) : parts;
  const extensions = readExtensions(others.find(({ tag }) => tag === contextTag(3)));
  const keyId = extensions.get(SUBJECT_KEY_ID);
  return {
    x509: openCertificate(raw),
    raw,
    issuer: requireTag(issuer, TAG.sequence).whole,
    serial: requireTag(serial, TAG.integer).whole,
    subjectKeyId: keyId === undefined ? undefined : requireTag(readDer(keyId.value), TAG.octets).content,
    isForTimeStamps: isForTimeStamps(extensions.get(EXTENDED_KEY_USAGE)),
  };
}

/**
 * The certificates of a PEM file.
 *
 * @throws {TokenError} where it holds none, or one that cannot be read
 */
export function readCertificates(text: string): readonly Certificate[] {
  const blocks = text.match(PEM) ?? [];
  if (blocks.length === 0) throw new TokenError("it holds no certificate in PEM");
  if (blocks.length > MOST_IN_FILE) throw new TokenError(`it holds more than ${MOST_IN_FILE} certificates`);
  return blocks.map((block) => readCertificate(openCertificate(block).raw));
}

/**
 * Whether a chain leads from a certificate to one of those that are trusted, each within its validity at that time.
 *
 * @param others that may stand in between; nobody trusts them for being there
 */
export function isTrusted(
  certificate: Certificate,
  others: readonly Certificate[],
  trusted: readonly Certificate[],
  time: Date,
): boolean {
  const isRoot = (one: Certificate): boolean => trusted.some(({ raw }) => raw.equals(one.raw));
  const leads = (one: Certificate, steps: number): boolean => {
    if (!isValidAt(one.x509, time) || steps > MOST_STEPS) return false;
    return isRoot(one) || [...trusted, ...others].some((issuer) => issued(issuer, one) && leads(issuer, steps + 1));
  };
  return leads(certificate, 0);
}

function issued(issuer: Certificate, one: Certificate): boolean {
  if (issuer.raw.equals(one.raw) || !issuer.x509.ca || !one.x509.checkIssued(issuer.x509)) return false;
  return one.x509.verify(issuer.x509.publicKey);
}

function isValidAt({ validFromDate, validToDate }: X509Certificate, time: Date): boolean {
  return validFromDate <= time && time <= validToDate;
}

function openCertificate(given: Buffer | string): X509Certificate {
  try {
    return new X509Certificate(given);
  } catch {
    // OpenSSL's own words are about its source code.
    throw new TokenError("a certificate cannot be read");
  }
}

function readExtensions(given: DerValue | undefined): ReadonlyMap<string, Extension> {
  const extensions = new Map<string, Extension>();
  if (given === undefined) return extensions;
  for (const extension of childrenIn(childrenOf(given)[0], TAG.sequence)) {
    const [id, ...rest] = childrenIn(extension, TAG.sequence);
    const critical = rest.length === 2 && requireTag(rest[0], TAG.boolean).content.equals(Buffer.of(0xff));
    const name = oidOf(id);
    if (extensions.has(name)) throw new TokenError("a certificate has an extension twice");
    extensions.set(name, { critical, value: requireTag(rest.at(-1), TAG.octets).content });
  }
  return extensions;
}

function isForTimeStamps(extension: Extension | undefined): boolean {
  if (extension === undefined || !extension.critical) return false;
  const [purpose, ...others] = childrenIn(readDer(extension.value), TAG.sequence);
  return others.length === 0 && oidOf(purpose) === TIME_STAMPING;
}
