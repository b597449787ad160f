import type { Deployment, ParsedEvidence } from "../evidence/types.ts";
import type { Limits } from "../util/limits.ts";
import { createDiagnostics, type DiagnosticList } from "./diagnostics.ts";
import { kept } from "./values.ts";

/** What a file says of deployments, before it is made a document. */
export interface DeploymentReport {
  readonly tool: string;
  readonly formatVersion?: string | undefined;
  readonly deployments: readonly Deployment[];
  /** Why it may not be all there is. */
  readonly reasons?: DiagnosticList;
  readonly warnings?: DiagnosticList;
  readonly redactions?: number;
}

/** The evidence of deployments. No format says that it lists them all, so the best status is `unknown`. */
export function deploymentEvidence(report: DeploymentReport, limits: Limits): ParsedEvidence {
  const { tool, formatVersion, deployments, reasons = createDiagnostics(), redactions = 0 } = report;
  if (deployments.length === 0) reasons.add("no-deployments", "there is no deployment in the file");
  const countOf = (outcome: Deployment["outcome"]) => deployments.filter((one) => one.outcome === outcome).length;
  const list = reasons.list();
  return {
    kind: "deployment",
    ...(formatVersion === undefined ? {} : { formatVersion: kept(formatVersion, limits) }),
    tools: [{ name: tool }],
    subject: {},
    status: deployments.length === 0 ? "empty" : list.length > 0 ? "partial" : "unknown",
    statusReasons: list,
    quality: { warnings: report.warnings?.list() ?? [], inconsistencies: [], redactions },
    summary: {
      deployments: deployments.length,
      success: countOf("success"),
      failure: countOf("failure"),
      rollbacks: deployments.filter(({ rollback }) => rollback).length,
    },
    body: { deployments: deployments.map((one) => withKeptApprovals(withKeptText(one, limits), limits)) },
  };
}

function withKeptApprovals(deployment: Deployment, limits: Limits): Deployment {
  const { approvals } = deployment;
  if (approvals === undefined) return deployment;
  return { ...deployment, approvals: approvals.map((approval) => withKeptText(approval, limits)) };
}

/** The object with every string in it as it may be kept; its members are known to be texts, numbers and flags. */
export function withKeptText<T extends object>(object: T, limits: Limits): T {
  const copy = { ...object };
  for (const [name, value] of Object.entries(object)) {
    if (typeof value === "string") Reflect.set(copy, name, kept(value, limits));
  }
  return copy;
}
