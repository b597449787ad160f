import type { ParsedEvidence } from "../../evidence/types.ts";
import type { Detection, EvidenceAdapter, Head, ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { counterOf, coverageEvidence, type MeasuredFile, unlessEmpty } from "../coverage.ts";
import { createDiagnostics } from "../diagnostics.ts";
import { pathInCheckout } from "../paths.ts";
import { readTracefile } from "./parse.ts";

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
  const traces = readTracefile(bytes, limits, warnings, inconsistencies);
  const files = [...traces].map(([path, { lines, branches, functions }]): MeasuredFile => {
    return {
      path: pathInCheckout(path, root),
      ...lines.measured(),
      // Without a single record of a kind the tool did not measure it, which is not the same as none covered.
      branches: unlessEmpty(counterOf(branches)),
      functions: unlessEmpty(counterOf(functions)),
    };
  });
  return coverageEvidence(
    { provider: "lcov", files, warnings: warnings.list(), inconsistencies: inconsistencies.list() },
    declared,
    limits,
  );
}
