import type { ParsedEvidence } from "../../evidence/types.ts";
import type { Detection, EvidenceAdapter, Head, ParseContext } from "../adapter.ts";
import { counterOf, coverageEvidence, type MeasuredFile, type MeasuredReport, unlessEmpty } from "../coverage.ts";
import { createDiagnostics } from "../diagnostics.ts";
import { pathInCheckout } from "../paths.ts";
import { type FileTrace, readTracefile } from "./parse.ts";

/** LCOV tracefiles: lcov, c8, coverlet, coverage.py, node:test, Flutter, tarpaulin. */
export const lcov = {
  id: "lcov",
  title: "LCOV tracefile",
  kind: "coverage",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text, name }: Head): Detection {
  if (/^(?:#.*\r?\n|\s*\r?\n|TN:.*\r?\n)*SF:/.test(text))
    return { confidence: "certain", reason: "it starts with a record" };
  if (text.startsWith("TN:")) return { confidence: "likely", reason: "it starts with a test name" };
  if (/\.(?:lcov|info)$/.test(name) && /^SF:/m.test(text)) return { confidence: "likely", reason: "it has records" };
  return { confidence: "no", reason: "it does not start with TN: or SF:" };
}

function parse(bytes: Uint8Array, { declared, limits, root }: ParseContext): ParsedEvidence {
  const warnings = createDiagnostics();
  const inconsistencies = createDiagnostics();
  const traces = [...readTracefile(bytes, limits, warnings, inconsistencies)];
  const report: MeasuredReport = {
    provider: "lcov",
    files: traces.map(([path, trace]) => measuredFile(pathInCheckout(path, root), trace)),
    warnings: warnings.list(),
    inconsistencies: inconsistencies.list(),
  };
  return coverageEvidence(report, declared, limits);
}

/** Without a single record of a kind the tool did not measure it, which is not the same as none covered. */
function measuredFile(path: string, { lines, branches, functions }: FileTrace): MeasuredFile {
  return {
    path,
    lines: counterOf(lines),
    branches: unlessEmpty(counterOf(branches)),
    functions: unlessEmpty(counterOf(functions)),
  };
}
