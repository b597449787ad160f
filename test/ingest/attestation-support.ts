import { readAs } from "./support.ts";

export const COMMIT = "4f2d9c0b7a1e3d5c6b8a9f0e1d2c3b4a59687786";
export const OTHER_COMMIT = "0123456789abcdef0123456789abcdef01234567";
export const SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/** A statement about one artifact, with what a test changes. */
export function statement(predicateType: string, predicate: unknown, more: object = {}): object {
  const subject = [{ name: "shop", digest: { sha256: SHA256 } }];
  return { _type: "https://in-toto.io/Statement/v1", subject, predicateType, predicate, ...more };
}

/** A DSSE envelope, with a signature that nothing made. */
export function envelope(payload: object, more: object = {}): object {
  return {
    payloadType: "application/vnd.in-toto+json",
    payload: Buffer.from(JSON.stringify(payload)).toString("base64"),
    signatures: [{ keyid: "key", sig: "MEUCIQ==" }],
    ...more,
  };
}

/** A Sigstore bundle of a key. */
export function bundle(content: object, mediaType = "application/vnd.dev.sigstore.bundle.v0.3+json"): object {
  const tlogEntries = [{ integratedTime: "1772359500" }];
  return { mediaType, verificationMaterial: { publicKey: { hint: "key" }, tlogEntries }, ...content };
}

/** The document of a value, or of several as JSON lines. */
export function attestations(...values: readonly unknown[]) {
  return readAs("attestation", values.map((value) => `${JSON.stringify(value)}\n`).join(""), "x.json", "attestation");
}

/** The only statement of a file. */
export function only(...values: readonly unknown[]) {
  const { body } = attestations(...values);
  const [first, ...others] = body.statements;
  if (first === undefined || others.length > 0)
    throw new Error(`expected one statement, got ${body.statements.length}`);
  return first;
}
