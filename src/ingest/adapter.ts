import type { DeclaredEvidence } from "../evidence/declared.ts";
import type { ParsedEvidence, ReadableKind } from "../evidence/types.ts";
import type { Limits } from "../util/limits.ts";
import type { Content } from "./content.ts";

/** The first bytes of a file, decoded, for telling formats apart. */
export interface Head {
  /** At most 8 KiB of text, without a byte order mark and without leading white space. */
  readonly text: string;
  /** The last path segment, lower case; a hint only, content decides. */
  readonly name: string;
}

/** How sure an adapter is that a file is its own: `certain` where a signature of the format is in the head. */
export type Confidence = "certain" | "likely" | "no";

export interface Detection {
  readonly confidence: Confidence;
  /** Why, in a few words, for `gate evidence detect`. */
  readonly reason: string;
  /** What the head says that the document is, from an adapter of any kind; missing where it does not say. */
  readonly kind?: ReadableKind;
}

export interface ParseContext {
  /** What the user declared the file to be; it wins over what the adapter would guess. */
  readonly declared?: DeclaredEvidence;
  readonly limits: Limits;
  /** The last segment of the file's path, for formats that only the name tells apart; missing where it has none. */
  readonly name?: string;
  /** The parser of Conftest that the user names, for the format `config-file`. */
  readonly parser?: string;
  /** Whether text that may hold secrets or personal data is kept. */
  readonly keepRaw?: boolean;
  /** The checkout's folder, absolute and with `/`; file paths below it are kept relative to it. */
  readonly root?: string;
}

/**
 * Reads one format. An adapter is pure: the same bytes and context give the same evidence, it opens nothing and
 * it never reads a clock.
 */
export interface EvidenceAdapter {
  /** Kebab-case, stable: it is recorded in decisions. */
  readonly id: string;
  readonly title: string;
  /** What its documents are; `any` where each file says that of itself. */
  readonly kind: ReadableKind | "any";
  /** Loads what `parse` needs and most runs do not. `parse` is called after it only. */
  prepare?(): Promise<void>;
  /**
   * Reads only the head and never throws.
   *
   * @param declared what the user says that the file is, for formats whose files can look like nothing in particular
   */
  detect(head: Head, declared?: DeclaredEvidence): Detection;
  /**
   * Reads the whole file.
   *
   * @param bytes the file as it is, of any encoding
   * @throws {FormatError} where the file is not of this format, of a version that is not supported, or damaged
   */
  parse(bytes: Content, context: ParseContext): ParsedEvidence;
}

/**
 * The error of a file beyond one of its limits.
 *
 * @param what in words, such as `more than 200 levels`
 */
export function limitExceeded(limit: keyof Limits, what: string, place?: string, cause?: unknown): FormatError {
  return new FormatError("limit-exceeded", `${what}; limits.${limit} in gate.yaml raises the limit`, place, cause);
}

export type FormatErrorReason = "not-this-format" | "unsupported-version" | "malformed" | "limit-exceeded";

/** Why a file could not be read as the format. */
export class FormatError extends Error {
  override readonly name = "FormatError";
  readonly reason: FormatErrorReason;
  /** A JSON pointer, `line 12, column 5` or `byte 1234`. */
  readonly place: string | undefined;

  constructor(reason: FormatErrorReason, message: string, place?: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.reason = reason;
    this.place = place;
  }
}
