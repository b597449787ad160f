import type { ParsedEvidence } from "../../evidence/types.ts";
import type { Detection, EvidenceAdapter, Head, ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { deploymentEvidence } from "../deployment.ts";
import { createDiagnostics } from "../diagnostics.ts";
import { readDeployments } from "./parse.ts";

/** GitHub deployments: the API's lists of deployments and of the statuses of one, and the payloads of its webhooks. */
export const githubDeployments = {
  id: "github-deployments",
  title: "GitHub deployments JSON",
  kind: "deployment",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text }: Head): Detection {
  if (!/^[{[]/.test(text)) return { confidence: "no", reason: "it does not start with JSON" };
  if (/"deployment_status"\s*:\s*\{/.test(text) || /"deployment"\s*:\s*\{/.test(text)) {
    if (/\/deployments\/\d+"/.test(text))
      return { confidence: "certain", reason: "it has payloads on deployments of GitHub" };
  }
  if (/"url"\s*:\s*"[^"]+\/deployments\/\d+"/.test(text) && /"(?:statuses_url|sha)"\s*:/.test(text))
    return { confidence: "certain", reason: "it has deployments of GitHub" };
  if (/"deployment_url"\s*:\s*"[^"]+\/deployments\/\d+"/.test(text) && /"state"\s*:/.test(text))
    return { confidence: "certain", reason: "it has statuses of a deployment of GitHub" };
  return { confidence: "no", reason: "it has no deployments of GitHub" };
}

function parse(bytes: Content, { limits }: ParseContext): ParsedEvidence {
  const reasons = createDiagnostics();
  const { deployments, redactions } = readDeployments(bytes, limits, reasons);
  return deploymentEvidence({ tool: "GitHub", deployments, reasons, redactions }, limits);
}
