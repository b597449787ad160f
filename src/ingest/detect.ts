import type { DeclaredEvidence } from "../evidence/declared.ts";
import type { ReadableKind } from "../evidence/types.ts";
import type { Confidence, EvidenceAdapter } from "./adapter.ts";
import type { Content } from "./content.ts";
import { ADAPTERS } from "./registry.ts";
import { headOf } from "./text.ts";

/** What one adapter says to a file. */
export interface Attempt {
  readonly adapter: EvidenceAdapter;
  readonly confidence: Confidence;
  readonly reason: string;
  /** What the document would be; missing where neither the adapter nor the head says. */
  readonly kind: ReadableKind | undefined;
}

/** The adapter that a file is for, if any, and what all of them said. */
export interface FormatDetection {
  readonly found: Attempt | undefined;
  /** In the order of the registry. */
  readonly attempts: readonly Attempt[];
}

/**
 * Tells the format of a file by its first bytes; the name is a hint at most. Never throws.
 *
 * @param name the path or the last segment of it
 * @param declared what the user says that the file is
 */
export function detectFormat(bytes: Content, name: string, declared?: DeclaredEvidence): FormatDetection {
  const head = headOf(bytes, name);
  const attempts = ADAPTERS.map((adapter: EvidenceAdapter) => {
    const { confidence, reason, kind } = adapter.detect(head, declared);
    return { adapter, confidence, reason, kind: adapter.kind === "any" ? kind : adapter.kind };
  });
  const found =
    attempts.find(({ confidence }) => confidence === "certain") ??
    attempts.find(({ confidence }) => confidence === "likely");
  return { found, attempts };
}
