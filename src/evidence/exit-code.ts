import { identified } from "./document.ts";
import type { EvidenceDocument } from "./types.ts";

/**
 * The codes by which tools say that they ran to the end and found something, where it is not 1. Sources: the tools' own
 * documentation; evidence.md sections 0 and 8.
 */
const FOUND_CODES: Readonly<Record<string, readonly number[]>> = {
  "k6-summary": [99],
  "k6-json": [99],
  trufflehog: [183],
};

/**
 * Takes in the code with which the tool ended, which many formats have no room for. With 0 the tool ran to the end. A
 * code that says that something was found is believed where the file shows something; where the file shows nothing, the
 * two contradict each other. Any other code is a failure of the tool, whatever the file says.
 */
export function withExitCode(document: EvidenceDocument, exitCode: number): EvidenceDocument {
  if (document.kind === "unreadable") return identified({ ...document, exitCode });
  const found = (FOUND_CODES[document.source.format] ?? [1]).includes(exitCode);
  if (exitCode === 0 || (found && showsTrouble(document))) {
    const status = document.status === "unknown" ? "complete" : document.status;
    return identified({ ...document, exitCode, status });
  }
  const message = found
    ? `the tool ended with code ${exitCode}, which says that it found something, and the file shows nothing`
    : `the tool ended with code ${exitCode}, which says that it failed`;
  const reason = { code: "exit-code", message };
  return identified({ ...document, exitCode, status: "failed", statusReasons: [reason, ...document.statusReasons] });
}

/** Whether a document shows anything that a tool would end with another code than 0 for. */
function showsTrouble(document: EvidenceDocument): boolean {
  if (document.kind === "findings") return document.summary.total > 0;
  if (document.kind === "tests") return document.summary.failed + document.summary.errored > 0;
  if (document.kind === "assessment") return document.summary.notSatisfied > 0;
  if (document.kind === "web-quality") return document.summary.failedRuns > 0;
  if (document.kind === "performance") {
    return document.summary.thresholdsMissed > 0 || (document.summary.failures ?? 0) > 0;
  }
  // These tools end with 1 below a threshold of their own, which their files do not carry.
  return document.kind === "coverage" || document.kind === "mutation";
}
