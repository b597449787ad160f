import type { EvidenceAdapter } from "./adapter.ts";
import { cdeventsDeployment } from "./cdevents-deployment/index.ts";
import { cdeventsIncident } from "./cdevents-incident/index.ts";
import { cloudtrail } from "./cloudtrail/index.ts";
import { clover } from "./clover/index.ts";
import { cobertura } from "./cobertura/index.ts";
import { coveragePy } from "./coverage-py/index.ts";
import { cyclonedxJson } from "./cyclonedx-json/index.ts";
import { detectSecrets } from "./detect-secrets/index.ts";
import { gitChange } from "./git-change/index.ts";
import { gitLog } from "./git-log/index.ts";
import { githubAuditLog } from "./github-audit-log/index.ts";
import { githubChange } from "./github-change/index.ts";
import { githubDeployments } from "./github-deployments/index.ts";
import { githubProtection } from "./github-protection/index.ts";
import { gitlabAuditLog } from "./gitlab-audit-log/index.ts";
import { gitlabChange } from "./gitlab-change/index.ts";
import { gitlabDeployments } from "./gitlab-deployments/index.ts";
import { gitleaks } from "./gitleaks/index.ts";
import { goCover } from "./go-cover/index.ts";
import { goTest } from "./go-test/index.ts";
import { grype } from "./grype/index.ts";
import { istanbulFinal } from "./istanbul-final/index.ts";
import { istanbulSummary } from "./istanbul-summary/index.ts";
import { jacoco } from "./jacoco/index.ts";
import { jestJson } from "./jest-json/index.ts";
import { junit } from "./junit/index.ts";
import { kubernetesAudit } from "./kubernetes-audit/index.ts";
import { lcov } from "./lcov/index.ts";
import { npmAudit } from "./npm-audit/index.ts";
import { ocsf } from "./ocsf/index.ts";
import { ocsfFindings } from "./ocsf-findings/index.ts";
import { osvScanner } from "./osv-scanner/index.ts";
import { pipAudit } from "./pip-audit/index.ts";
import { sarif } from "./sarif/index.ts";
import { spdxJson } from "./spdx-json/index.ts";
import { spdxTagValue } from "./spdx-tag-value/index.ts";
import { trivy } from "./trivy/index.ts";
import { trufflehog } from "./trufflehog/index.ts";
import { trx } from "./trx/index.ts";

/** Every format that can be read. Of two adapters that are equally sure of a file the first one gets it. */
export const ADAPTERS = [
  sarif,
  junit,
  istanbulSummary,
  lcov,
  cyclonedxJson,
  jestJson,
  spdxJson,
  cobertura,
  jacoco,
  goCover,
  istanbulFinal,
  coveragePy,
  clover,
  trivy,
  spdxTagValue,
  grype,
  npmAudit,
  trx,
  osvScanner,
  pipAudit,
  goTest,
  gitleaks,
  trufflehog,
  detectSecrets,
  gitChange,
  gitLog,
  githubChange,
  githubProtection,
  gitlabChange,
  githubDeployments,
  gitlabDeployments,
  cdeventsDeployment,
  cdeventsIncident,
  githubAuditLog,
  gitlabAuditLog,
  cloudtrail,
  kubernetesAudit,
  ocsf,
  ocsfFindings,
] as const satisfies readonly EvidenceAdapter[];
