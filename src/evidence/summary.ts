import { type Finding, type FindingsEvidence, SEVERITIES } from "./types.ts";

/** The counts of some findings. */
export function findingsSummary(findings: readonly Finding[]): FindingsEvidence["summary"] {
  const open = findings.filter(({ suppressed }) => !suppressed);
  const counts = new Map(SEVERITIES.map((severity) => [severity, 0]));
  for (const { severity } of open) counts.set(severity, (counts.get(severity) ?? 0) + 1);
  const count = (severity: Finding["severity"]) => counts.get(severity) ?? 0;
  return {
    total: findings.length,
    open: open.length,
    suppressed: findings.length - open.length,
    bySeverity: {
      critical: count("critical"),
      high: count("high"),
      medium: count("medium"),
      low: count("low"),
      info: count("info"),
      unknown: count("unknown"),
    },
  };
}

/** Whether the suppressions of a finding take it out of the count: there are some, and all are accepted. */
export function isSuppressed(suppressions: Finding["suppressions"]): boolean {
  return suppressions.length > 0 && suppressions.every(({ status }) => status === "accepted");
}
