import type { Signer } from "../evidence/types.ts";
import { decodeBase64 } from "../util/base64.ts";
import { FormatError } from "./adapter.ts";
import { type AttestationReader, below, type EnvelopeClaims, readStatement } from "./attestation.ts";
import { instantIn } from "./coverage.ts";
import { objectsAt, textAt } from "./findings.ts";
import { parseJsonDocument } from "./json.ts";
import { claimedSigner } from "./signer.ts";
import { isObject, type JsonObject, textOf } from "./values.ts";

const PAYLOAD_TYPE = /^application\/vnd\.in-toto(?:\.[\w.-]+)?\+json$/;

/**
 * Reads a DSSE envelope with an in-toto payload.
 *
 * @param around what is known of the signer from around the envelope
 * @throws {FormatError} of every reason
 */
export function readEnvelope(
  envelope: JsonObject,
  place: string,
  around: Omit<EnvelopeClaims, "signatures">,
  reader: AttestationReader,
): void {
  const type = textAt(envelope["payloadType"], below(place, "/payloadType"));
  if (!PAYLOAD_TYPE.test(type)) {
    const message = `its payload is ${type.slice(0, 100)}, and no in-toto statement`;
    throw new FormatError("not-this-format", message, below(place, "/payloadType"));
  }
  const signatures = objectsAt(envelope["signatures"], below(place, "/signatures"));
  const signed = signatures.filter(({ sig }) => textOf(sig) !== undefined);
  const claims = {
    signatures: signed.length,
    signer: around.signer ?? signerOf(signed, below(place, "/signatures")),
    loggedAt: around.loggedAt,
  };
  const at = below(place, "/payload");
  readStatement(payloadOf(envelope["payload"], at, reader), at, claims, reader);
}

function payloadOf(payload: unknown, place: string, { context }: AttestationReader): JsonObject {
  const bytes = bytesAt(payload, place);
  try {
    const value = parseJsonDocument(bytes, context.limits);
    if (isObject(value)) return value;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new FormatError(error.reason, `the payload is damaged: ${error.message}`, place, error);
  }
  throw new FormatError("malformed", "the payload is no object", place);
}

/**
 * The bytes of a base64 string. DSSE allows both alphabets, with or without padding.
 *
 * @throws {FormatError} `malformed` at the place
 */
export function bytesAt(value: unknown, place: string): Buffer {
  const bytes = decodeBase64(textAt(value, place).replaceAll(/\s/g, ""));
  if (bytes === undefined) throw new FormatError("malformed", "it is not base64", place);
  return bytes;
}

/** Of the first signature that says who made it: a certificate that some tools put beside it, or the id of a key. */
function signerOf(signatures: readonly JsonObject[], place: string): Signer | undefined {
  for (const [index, { cert, keyid }] of signatures.entries()) {
    const certificate = textOf(cert);
    if (certificate !== undefined) return claimedSigner(Buffer.from(certificate), below(place, `/${index}/cert`));
    const keyId = textOf(keyid);
    if (keyId !== undefined) return { keyId };
  }
  return undefined;
}

/** When the transparency log took an entry in, in seconds as a string or a number; 0 where the log gives no time. */
export function loggedAtOf({ integratedTime }: JsonObject): string | undefined {
  return instantIn(typeof integratedTime === "number" ? String(integratedTime) : textOf(integratedTime));
}
