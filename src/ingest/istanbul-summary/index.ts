import type { Counter, CoverageFile, ParsedEvidence } from "../../evidence/types.ts";
import type { Detection, EvidenceAdapter, Head, ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { createDiagnostics, type DiagnosticList } from "../diagnostics.ts";
import { pathInCheckout } from "../paths.ts";
import { kept } from "../values.ts";
import { type Counters, METRICS, type Metric, type RawSummary, readSummary } from "./parse.ts";

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
  const total = recount(raw, inconsistencies);
  const reasons = createDiagnostics();
  if (total.lines.total === 0) reasons.add("no-lines", "not one line was measured");
  return {
    kind: "coverage",
    tools: [],
    subject: {},
    status: total.lines.total === 0 ? "empty" : "unknown",
    statusReasons: reasons.list(),
    quality: { warnings: [], inconsistencies: inconsistencies.list(), redactions: 0 },
    summary: { suite: declared?.suite ?? "unit", provider: PROVIDER, ...total, files: raw.files.length },
    body: {
      files: raw.files.map(([path, counters]) => fileOf(kept(pathInCheckout(path, root), limits), counters)),
    },
  };
}

function fileOf(path: string, { lines, branches }: Counters): CoverageFile {
  return branches === undefined ? { path, lines } : { path, lines, branches };
}

/** The sum over the files; a report of the total alone is taken at its word. */
function recount({ total, files }: RawSummary, inconsistencies: DiagnosticList): Counters {
  if (files.length === 0) return total;
  const sums: Partial<Record<Metric, Counter>> = {};
  for (const metric of METRICS) {
    const declared = total[metric];
    if (declared === undefined) continue;
    const counters = files.map(([, file]) => file[metric]).filter((counter) => counter !== undefined);
    const sum = counters.length < files.length ? declared : sumOf(counters);
    sums[metric] = sum;
    if (sum.covered === declared.covered && sum.total === declared.total) continue;
    const figures = `${declared.covered}/${declared.total}, but its files add up to ${sum.covered}/${sum.total}`;
    inconsistencies.add(`${metric}-differ`, `the total of ${metric} is ${figures}`, `/total/${metric}`);
  }
  return { ...sums, lines: sums.lines ?? total.lines };
}

function sumOf(counters: readonly Counter[]): Counter {
  return counters.reduce((a, b) => ({ covered: a.covered + b.covered, total: a.total + b.total }), {
    covered: 0,
    total: 0,
  });
}
