import type { Decision } from "../decision/types.ts";
import { envelopeOf, preAuthenticationEncoding } from "../trust/dsse.ts";
import { bundleOf } from "./bundle.ts";
import type { AttestationSigner } from "./signer.ts";
import { STATEMENT_PAYLOAD_TYPE, type SummaryOptions, statementBytes, summaryStatement } from "./statement.ts";

/** What an attestation is written as. */
export const ATTESTATION_FORMATS = {
  dsse: { description: "DSSE envelope" },
  bundle: { description: "Sigstore bundle" },
  statement: { description: "in-toto statement that nobody signs" },
} as const;

export type AttestationFormat = keyof typeof ATTESTATION_FORMATS;

/** An attestation in every format that can be had, each a line of JSON. */
export type Attestation = Readonly<Record<"statement", string> & Partial<Record<AttestationFormat, string>>>;

/**
 * Attests a decision, with one signature for all formats.
 *
 * @param signer undefined: only the statement can be had
 * @throws {GateError} `attestation-failed`
 */
export async function attest(
  decision: Decision,
  options: SummaryOptions,
  signer: AttestationSigner | undefined,
): Promise<Attestation> {
  const payload = statementBytes(summaryStatement(decision, options));
  const statement = `${payload.toString("utf8")}\n`;
  if (signer === undefined) return { statement };
  const signature = await signer.sign(preAuthenticationEncoding(STATEMENT_PAYLOAD_TYPE, payload));
  const { id } = signer.key;
  const envelope = envelopeOf(STATEMENT_PAYLOAD_TYPE, payload, [{ keyid: id, signature }]);
  return { statement, dsse: line(envelope), bundle: line(bundleOf(envelope, id)) };
}

function line(value: object): string {
  return `${JSON.stringify(value)}\n`;
}
