import { canonicalDigest } from "./canonical.ts";
import type { DeclaredEvidence } from "./declared.ts";
import {
  type Diagnostic,
  type Digest,
  EVIDENCE_SCHEMA,
  type EvidenceDocument,
  type EvidenceSource,
  type ParsedEvidence,
  type UnreadableEvidence,
} from "./types.ts";

/** The file that a document is made from. */
export interface EvidenceFile {
  /** As {@link EvidenceSource.path}. */
  readonly path: string;
  /** Its size. */
  readonly bytes: number;
  readonly sha256: Digest;
  /** The id of the adapter that read it or was meant to read it. */
  readonly format: string;
}

/** Turns what an adapter made of a file into a document with its source and identity. */
export function completeEvidence(parsed: ParsedEvidence, file: EvidenceFile): EvidenceDocument {
  const { formatVersion, tools, ...rest } = parsed;
  const source: EvidenceSource = {
    ...sourceOf(file),
    ...(formatVersion === undefined ? {} : { formatVersion }),
    tools,
  };
  const document = { schema: EVIDENCE_SCHEMA, ...rest, source } as const;
  return { ...document, id: canonicalDigest(document) };
}

/**
 * The document of a file that could not be read. It is evidence too: it says which gates have to stay closed, and why.
 *
 * @param intended what the file was meant to be
 * @param problem why it is not
 */
export function unreadableEvidence(
  intended: DeclaredEvidence,
  problem: Diagnostic,
  file: EvidenceFile,
): UnreadableEvidence {
  const { kind, category } = intended;
  const document: Omit<UnreadableEvidence, "id"> = {
    schema: EVIDENCE_SCHEMA,
    kind: "unreadable",
    subject: {},
    source: { ...sourceOf(file), tools: [] },
    status: "malformed",
    statusReasons: [problem],
    quality: { warnings: [], inconsistencies: [], redactions: 0 },
    summary: category === undefined ? { intended: kind } : { intended: kind, category },
    body: {},
  };
  return { ...document, id: canonicalDigest(document) };
}

/** The document with the identity that its content gives it. */
export function identified(document: EvidenceDocument): EvidenceDocument {
  const { id: _, ...content } = document;
  return { ...document, id: canonicalDigest(content) };
}

function sourceOf(file: EvidenceFile): Omit<EvidenceSource, "tools"> {
  const { format, path, bytes, sha256 } = file;
  return { format, path, bytes, sha256 };
}
