import type { EvidenceStatus, ParsedEvidence } from "../../evidence/types.ts";
import type { Detection, EvidenceAdapter, Head, ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { createDiagnostics, type DiagnosticList } from "../diagnostics.ts";
import { statedLatency } from "../latency.ts";
import { loadStatus, performanceEvidence } from "../performance.ts";
import { type RawRun, readRun } from "./parse.ts";

/** The report that wrk and wrk2 print. */
export const wrk = {
  id: "wrk",
  title: "wrk report",
  kind: "performance",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text }: Head): Detection {
  if (!/^Running [^\s@]+ test @ /m.test(text)) return { confidence: "no", reason: "no line says that a test runs" };
  if (/^[ \t]*\d+ threads and \d+ connections/m.test(text)) {
    return { confidence: "certain", reason: "it says with how many threads and connections wrk runs" };
  }
  return { confidence: "likely", reason: "a line says that a test runs, as wrk does" };
}

function parse(bytes: Content, { limits }: ParseContext): ParsedEvidence {
  const run = readRun(bytes, limits);
  const { answers, connectErrors, readErrors, writeErrors, timeouts, errorStatuses, mean, max } = run;
  const broken = connectErrors + readErrors + writeErrors;
  // A broken connection gave no answer. An answer that came too late is among the answers, in wrk.
  const requests = answers + broken;
  const failures = Math.min(requests, broken + timeouts + errorStatuses);
  const reasons = createDiagnostics();
  // Without an answer, or too short for its calibration, wrk2 prints zeros, and no mean.
  const measured = mean === undefined || !max ? 0 : (run.recorded ?? Math.max(0, answers - timeouts));
  return performanceEvidence(
    {
      tool: { name: "wrk" },
      requests,
      failures,
      timeouts,
      throughput: run.throughput,
      users: run.connections,
      durationMs: run.durationMs,
      latency: statedLatency(measured, { mean, max, ...run.percentiles }),
      metrics: [],
      thresholds: [],
      status: loadStatus({ requests, failures }, statusOf(run, reasons), reasons),
      reasons,
      warnings: createDiagnostics(),
      inconsistencies: createDiagnostics(),
    },
    limits,
  );
}

/** A run that somebody interrupts prints its report all the same. */
function statusOf({ planned, durationMs }: RawRun, reasons: DiagnosticList): EvidenceStatus {
  if (planned === undefined || durationMs === undefined) return "unknown";
  if (durationMs >= planned.atLeastMs) return "complete";
  reasons.add("interrupted", `it ran for ${durationMs} ms and was meant to run for ${planned.text}`);
  return "partial";
}
