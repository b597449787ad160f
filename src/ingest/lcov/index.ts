import type { Counter, CoverageFile, ParsedEvidence } from "../../evidence/types.ts";
import type { Detection, EvidenceAdapter, Head, ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { createDiagnostics } from "../diagnostics.ts";
import { pathInCheckout } from "../paths.ts";
import { kept } from "../values.ts";
import { type FileTrace, hitsIn, readTracefile } from "./parse.ts";

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

function parse(bytes: Content, { declared, limits, root }: ParseContext): ParsedEvidence {
  const warnings = createDiagnostics();
  const inconsistencies = createDiagnostics();
  const traces = [...readTracefile(bytes, limits, warnings, inconsistencies)];
  const total = (part: "lines" | "branches" | "functions") =>
    traces.map(([, trace]) => counterOf(trace[part])).reduce(sumOf, { covered: 0, total: 0 });
  const lines = total("lines");
  const branches = total("branches");
  const functions = total("functions");
  const reasons = createDiagnostics();
  if (lines.total === 0) reasons.add("no-lines", "not one line was measured");
  return {
    kind: "coverage",
    tools: [],
    subject: {},
    // The format cannot say that a run was complete, and cutting it between two records leaves no trace.
    status: lines.total === 0 ? "empty" : "unknown",
    statusReasons: reasons.list(),
    quality: { warnings: warnings.list(), inconsistencies: inconsistencies.list(), redactions: 0 },
    summary: {
      suite: declared?.suite ?? "unit",
      provider: "lcov",
      lines,
      // Without a single record of a kind the tool did not measure it, which is not the same as none covered.
      ...(branches.total === 0 ? {} : { branches }),
      ...(functions.total === 0 ? {} : { functions }),
      files: traces.length,
    },
    body: {
      files: traces.map(([path, trace]) => fileOf(kept(pathInCheckout(path, root), limits), trace)),
    },
  };
}

function fileOf(path: string, { lines, branches }: FileTrace): CoverageFile {
  const file = { path, lines: counterOf(lines) };
  return branches.size === 0 ? file : { ...file, branches: counterOf(branches) };
}

function counterOf(marks: ReadonlyMap<unknown, boolean>): Counter {
  return { covered: hitsIn(marks), total: marks.size };
}

function sumOf(a: Counter, b: Counter): Counter {
  return { covered: a.covered + b.covered, total: a.total + b.total };
}
