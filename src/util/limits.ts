/**
 * Caps on what a file from outside may cost. A file beyond one of them is refused with the name of the cap:
 * it is never read in part, because half a scan looks like a clean scan.
 */
export interface Limits {
  /** Bytes of one evidence file. */
  readonly fileBytes: number;
  /** Elements (XML), values (JSON) or records (text) of one evidence file. */
  readonly elements: number;
  /** Nesting depth of JSON and XML. */
  readonly depth: number;
  /** UTF-16 code units of one string that is kept; longer ones are cut, with a mark. */
  readonly stringLength: number;
  /** Evidence files of one check. */
  readonly files: number;
}

export const DEFAULT_LIMITS = {
  fileBytes: 1 << 30,
  elements: 20_000_000,
  depth: 200,
  stringLength: 4_000,
  files: 1_000,
} as const satisfies Limits;
