import type { Statement, StatementSubject } from "../decision/approvals.ts";
import { canonicalJson } from "../evidence/canonical.ts";

export const STATEMENT_SCHEMA = "gate/signed-statement/v1";

/** The type of payload of a statement in a DSSE envelope. */
export const STATEMENT_PAYLOAD_TYPE = "application/vnd.gate.signed-statement.v1+json";

/** What a person signs. Its RFC 8785 bytes are what the signature is over. */
export interface StatementDocument {
  readonly schema: typeof STATEMENT_SCHEMA;
  readonly kind: Statement["kind"] | "review";
  readonly subject: StatementSubject;
  readonly gates: readonly string[];
  readonly reason: string;
  readonly ticket?: string;
  /** A name of the person, as `trust.yaml` has it. */
  readonly signer: string;
  /** RFC 3339, UTC. */
  readonly createdAt: string;
  readonly expiresAt: string;
}

/** The bytes that are signed. */
export function statementBytes(document: StatementDocument): Buffer {
  return Buffer.from(canonicalJson(document), "utf8");
}
