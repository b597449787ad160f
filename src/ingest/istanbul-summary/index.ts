import type { Counter, ParsedEvidence } from "../../evidence/types.ts";
import type { Detection, EvidenceAdapter, Head, ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import {
  COVERAGE_METRICS,
  type CoverageMetric,
  compareTotal,
  coverageEvidence,
  type MeasuredFile,
  sumOf,
} from "../coverage.ts";
import { createDiagnostics, type DiagnosticList } from "../diagnostics.ts";
import { pathInCheckout } from "../paths.ts";
import { type Counters, readSummary } from "./parse.ts";

/** The file does not say whether V8 or Istanbul measured it, and a guess from its figures would change with them. */
const PROVIDER = "istanbul-summary";

/** The `coverage-summary.json` of Istanbul's `json-summary` reporter: jest, nyc, c8, vitest, Karma. */
export const istanbulSummary = {
  id: "istanbul-summary",
  title: "Istanbul coverage summary",
  kind: "coverage",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text, name }: Head): Detection {
  if (!text.startsWith("{")) return { confidence: "no", reason: "it does not start with a JSON object" };
  if (/^\{\s*"total"\s*:\s*\{\s*"(?:lines|branches|functions|statements)"/.test(text)) {
    return { confidence: "certain", reason: "it starts with total counters" };
  }
  if (/"(?:lines|statements)"\s*:\s*\{[^{}]*"(?:covered|pct)"\s*:/.test(text) || name === "coverage-summary.json") {
    return { confidence: "likely", reason: "it has counters of lines or the name of a coverage summary" };
  }
  return { confidence: "no", reason: "it has no counters of lines" };
}

function parse(bytes: Content, { declared, limits, root }: ParseContext): ParsedEvidence {
  const raw = readSummary(bytes, limits);
  const inconsistencies = createDiagnostics();
  const files = raw.files.map(([path, counters]): MeasuredFile => ({ path: pathInCheckout(path, root), ...counters }));
  const totals = totalsOf(raw.total, files, inconsistencies);
  return coverageEvidence(
    { provider: PROVIDER, files, totals, warnings: [], inconsistencies: inconsistencies.list() },
    declared,
    limits,
  );
}

/** The totals that stand where the files do not add up to one: a report of the total alone, and metrics that not all files have. */
function totalsOf(total: Counters, files: readonly MeasuredFile[], inconsistencies: DiagnosticList): Partial<Counters> {
  if (files.length === 0) return total;
  const standing: Partial<Record<CoverageMetric, Counter>> = {};
  for (const metric of COVERAGE_METRICS) {
    const declared = total[metric];
    if (declared === undefined) continue;
    if (files.some((file) => file[metric] === undefined)) standing[metric] = declared;
    else
      compareTotal(metric, declared, [sumOf(files.map((file) => file[metric]))], `/total/${metric}`, inconsistencies);
  }
  return standing;
}
