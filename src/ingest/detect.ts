import type { DeclaredEvidence } from "../evidence/declared.ts";
import type { ReadableKind } from "../evidence/types.ts";
import type { Confidence, EvidenceAdapter, Head } from "./adapter.ts";
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

/** What the user says of a file, as far as it narrows the formats. */
export interface FormatWish {
  readonly declared?: DeclaredEvidence;
  /** The only reader that may take it. */
  readonly adapter?: EvidenceAdapter;
}

/**
 * Tells the format of a file by its first bytes; the name is a hint at most. Never throws.
 *
 * @param name the path or the last segment of it
 */
export function detectFormat(content: Content, name: string, { declared }: FormatWish = {}): FormatDetection {
  const head = headOf(content, name);
  const attempts = ADAPTERS.map((adapter) => attemptOf(adapter, head, declared));
  const found =
    attempts.find(({ confidence }) => confidence === "certain") ??
    attempts.find(({ confidence }) => confidence === "likely");
  return { found, attempts };
}

/**
 * The readers that may take a file, one after the other until one has done so: all that are certain, or else all that are
 * likely, for where somebody is certain there is nothing to guess. What the user declares rules out formats of another
 * kind; a format that is named is the only one.
 */
export function* candidatesFor(content: Content, name: string, wish: FormatWish): Generator<Attempt, void, undefined> {
  const { declared, adapter: only } = wish;
  const head = headOf(content, name);
  if (only !== undefined) {
    yield attemptOf(only, head, declared);
    return;
  }
  const likely: Attempt[] = [];
  let isCertain = false;
  for (const adapter of ADAPTERS) {
    if (!isOfKind(adapter.kind, declared)) continue;
    const attempt = attemptOf(adapter, head, declared);
    // Of `any` is a file whose head does not show its kind; its reader compares.
    if (!isOfKind(attempt.kind ?? "any", declared)) continue;
    if (attempt.confidence === "likely") likely.push(attempt);
    if (attempt.confidence !== "certain") continue;
    isCertain = true;
    yield attempt;
  }
  if (!isCertain) yield* likely;
}

/** Loads what the readers need that may take a file. */
export async function prepareReaders(
  content: Content,
  name: string,
  { declared, adapter: only }: FormatWish,
): Promise<void> {
  const head = headOf(content, name);
  const adapters: readonly EvidenceAdapter[] = ADAPTERS;
  for (const adapter of adapters) {
    if (adapter.prepare === undefined || (only !== undefined && only !== adapter)) continue;
    if (only === adapter || adapter.detect(head, declared).confidence !== "no") await adapter.prepare();
  }
}

function isOfKind(kind: ReadableKind | "any", declared: DeclaredEvidence | undefined): boolean {
  return declared === undefined || kind === "any" || kind === declared.kind;
}

function attemptOf(adapter: EvidenceAdapter, head: Head, declared: DeclaredEvidence | undefined): Attempt {
  const { confidence, reason, kind } = adapter.detect(head, declared);
  return { adapter, confidence, reason, kind: adapter.kind === "any" ? kind : adapter.kind };
}
