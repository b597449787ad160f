import type { Issue } from "../util/errors.ts";

/** Something wrong in a policy's sources, found by a rule that has a name. */
export interface Diagnostic extends Issue {
  /** Such as `unused-parameter`; unique within its category. */
  readonly rule: string;
  /** Such as `gate`, or a category of Regal's. */
  readonly category: string;
  readonly level: "error" | "warning";
  /** Where the place ends, where that is known; the column is the one after the last character. */
  readonly endRow?: number;
  readonly endColumn?: number;
  /** Address of the rule's documentation. */
  readonly docs?: string;
}

/** What was found in some files. */
export interface DiagnosticReport {
  /** How many files were looked at. */
  readonly files: number;
  /** By file and place. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Diagnostics by file, place and rule; what has no place comes first. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return diagnostics.toSorted(
    (a, b) =>
      compare(a.file ?? "", b.file ?? "") ||
      (a.row ?? 0) - (b.row ?? 0) ||
      (a.column ?? 0) - (b.column ?? 0) ||
      compare(a.rule, b.rule) ||
      compare(a.message, b.message),
  );
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
