import { findingsSummary } from "../../evidence/summary.ts";
import type { Finding, FindingsEvidence } from "../../evidence/types.ts";
import { changedItems, type DocumentEdits, type UnitEdit } from "./edits.ts";

/** Each finding can be mended, which takes it out of the report. */
export function findingsEdits(document: FindingsEvidence): DocumentEdits {
  const { findings, scans } = document.body;
  const units = findings.map((finding, item) => unitOf(finding, item, document.source.path));
  return {
    units,
    counts: [],
    apply(ways) {
      const gone = changedItems(units, ways);
      const left = findings.filter((_, item) => !gone.has(item));
      const removed = findings.filter((_, item) => gone.has(item));
      return {
        ...document,
        summary: findingsSummary(left),
        body: {
          findings: left,
          scans: scans.map((scan) => {
            const own = removed.filter(({ tool, category }) => tool === scan.tool && category === scan.category);
            return { ...scan, results: Math.max(0, scan.results - own.length) };
          }),
        },
      };
    },
  };
}

function unitOf({ message, severity, ruleId, location }: Finding, item: number, evidence: string): UnitEdit {
  const place = location === undefined ? {} : { location };
  return { item, ways: [{ action: "fix-finding", evidence, name: message, severity, rule: ruleId, ...place }] };
}
