import { X509Certificate } from "node:crypto";
import type { Signer } from "../evidence/types.ts";
import { FormatError } from "./adapter.ts";

/**
 * The identity provider that Fulcio notes in a certificate, as DER object identifiers: 1.3.6.1.4.1.57264.1.8, whose
 * value is a UTF8String, and the deprecated 1.3.6.1.4.1.57264.1.1, whose value is the bare text.
 */
const ISSUER = Buffer.from("060a2b0601040183bf300108", "hex");
const ISSUER_V1 = Buffer.from("060a2b0601040183bf300101", "hex");

const BOOLEAN = 0x01;
const OCTET_STRING = 0x04;
const UTF8_STRING = 0x0c;

/** A quoted name has its commas and quotes escaped as in JSON (CVE-2021-44532). */
const IDENTITY = /(?:^|, )(?:URI|email):("(?:[^"\\]|\\.)*"|[^,]+)/;

/**
 * Who a certificate says has signed. Nothing is verified: neither who issued the certificate nor whether it was valid.
 *
 * @param certificate DER, or PEM
 * @throws {FormatError} `malformed` at the place where it is no certificate
 */
export function claimedSigner(certificate: Buffer, place: string): Signer {
  const read = certificateAt(certificate, place);
  const [, written] = IDENTITY.exec(read.subjectAltName ?? "") ?? [];
  return {
    issuer: providerOf(read.raw) ?? read.issuer.replaceAll("\n", ", "),
    ...(written === undefined ? {} : { identity: unquoted(written) }),
  };
}

function certificateAt(certificate: Buffer, place: string): X509Certificate {
  try {
    return new X509Certificate(certificate);
  } catch (cause) {
    throw new FormatError("malformed", "it is no X.509 certificate", place, cause);
  }
}

function unquoted(written: string): string {
  if (!written.startsWith('"')) return written;
  try {
    return String(JSON.parse(written));
  } catch {
    return written;
  }
}

function providerOf(der: Buffer): string | undefined {
  const value = extensionOf(der, ISSUER);
  const text = value === undefined ? undefined : contentAt(value, 0, UTF8_STRING);
  return (text ?? extensionOf(der, ISSUER_V1))?.toString("utf8");
}

/** The value of an extension: behind its identifier, and behind the mark of a critical one. */
function extensionOf(der: Buffer, identifier: Buffer): Buffer | undefined {
  const found = der.indexOf(identifier);
  if (found === -1) return undefined;
  const behind = found + identifier.length;
  return contentAt(der, der[behind] === BOOLEAN ? behind + 3 : behind, OCTET_STRING);
}

/** The content of a DER value of that tag and of less than 256 bytes. */
function contentAt(der: Buffer, at: number, tag: number): Buffer | undefined {
  const length = der[at + 1] ?? 0;
  if (der[at] !== tag || length > 0x81) return undefined;
  const [start, size] = length === 0x81 ? [at + 3, der[at + 2] ?? 0] : [at + 2, length];
  return der.subarray(start, start + size);
}
