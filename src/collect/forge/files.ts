import type { ParsedEvidence } from "../../evidence/types.ts";
import { type EvidenceAdapter, FormatError } from "../../ingest/adapter.ts";
import { GateError } from "../../util/errors.ts";
import { DEFAULT_LIMITS } from "../../util/limits.ts";

/** What becomes one evidence file. */
export interface CollectedAnswers {
  /** The name of the file, without a folder. */
  readonly name: string;
  /** Answers of the API, in a form that the reader takes. */
  readonly value: unknown;
  /** The adapter that it is written for. */
  readonly reader: EvidenceAdapter;
}

/** An evidence file that was not written yet, and what its reader says of it. */
export interface CollectedFile {
  readonly name: string;
  readonly text: string;
  /** The id of its format. */
  readonly format: string;
  readonly evidence: ParsedEvidence;
}

/**
 * The text of a file, which its reader has read: what it refuses is no evidence, and is better found out here than in
 * the gate.
 *
 * @throws {GateError} `forge-failed` where the answers are not what the forge documents
 */
export function collectedFile({ name, value, reader }: CollectedAnswers): CollectedFile {
  const text = `${JSON.stringify(value, null, 2)}\n`;
  try {
    const evidence = reader.parse(Buffer.from(text), { limits: DEFAULT_LIMITS });
    return { name, text, format: reader.id, evidence };
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    const at = cause.place === undefined ? "" : ` at ${cause.place}`;
    throw new GateError("forge-failed", `the answers for ${name} cannot be read${at}: ${cause.message}`, { cause });
  }
}
