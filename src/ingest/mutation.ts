import { mutatedFiles, mutationSummary } from "../evidence/summary.ts";
import type { Mutant, MutantStatus, ParsedEvidence, Tool } from "../evidence/types.ts";
import type { ParseContext } from "./adapter.ts";
import { createDiagnostics, type DiagnosticList } from "./diagnostics.ts";
import { kept, uniqueId } from "./values.ts";

/** A mutant as a format has it, with strings of any length. */
export interface FoundMutant {
  /** The tool's own where there is one; made unique. */
  readonly id: string;
  /** As it is to be kept. */
  readonly file: string;
  /** From 1; 0 is none. */
  readonly line?: number | undefined;
  readonly mutator: string;
  readonly description?: string | undefined;
  readonly status: MutantStatus;
}

/** What an adapter of mutation reports has found. */
export interface MutationReport {
  readonly mutants: readonly FoundMutant[];
  /** Files that the report names, with mutants or without; those of the mutants need not be repeated. */
  readonly files?: readonly string[];
  readonly tools?: readonly Tool[];
  readonly formatVersion?: string | undefined;
  readonly producedAt?: string | undefined;
  /** Why the report is not whole; nothing where it is. */
  readonly reasons?: DiagnosticList;
  readonly warnings?: DiagnosticList;
  readonly inconsistencies?: DiagnosticList;
}

/** The evidence of a mutation report, counted from its mutants. No format has room to say that a run was complete. */
export function mutationEvidence(report: MutationReport, { limits }: ParseContext): ParsedEvidence {
  const { formatVersion, producedAt, reasons = createDiagnostics() } = report;
  const seen = new Map<string, number>();
  const mutants = report.mutants.map(({ id, file, line = 0, mutator, description, status }): Mutant => {
    return {
      id: uniqueId(kept(id, limits), seen),
      file: kept(file, limits),
      ...(line === 0 ? {} : { line }),
      mutator: kept(mutator, limits),
      ...(description === undefined ? {} : { description: kept(description, limits) }),
      status,
    };
  });
  const files = mutatedFiles(
    (report.files ?? []).map((file) => kept(file, limits)),
    mutants,
  );
  const summary = mutationSummary(mutants, files.length);
  if (summary.pending > 0) reasons.add("mutants-pending", `mutants that were not run: ${summary.pending}`);
  const partial = reasons.list().length > 0;
  if (!partial && summary.valid === 0) reasons.add("no-mutants", "there is no mutant that tests could have noticed");
  return {
    kind: "mutation",
    ...(formatVersion === undefined ? {} : { formatVersion: kept(formatVersion, limits) }),
    tools: report.tools ?? [],
    subject: {},
    ...(producedAt === undefined ? {} : { producedAt }),
    status: partial ? "partial" : summary.valid === 0 ? "empty" : "unknown",
    statusReasons: reasons.list(),
    quality: {
      warnings: report.warnings?.list() ?? [],
      inconsistencies: report.inconsistencies?.list() ?? [],
      redactions: 0,
    },
    summary,
    body: { files, mutants },
  };
}
