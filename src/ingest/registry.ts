import type { EvidenceAdapter } from "./adapter.ts";
import { autocannon } from "./autocannon/index.ts";
import { bandit } from "./bandit/index.ts";
import { cdeventsDeployment } from "./cdevents-deployment/index.ts";
import { cdeventsIncident } from "./cdevents-incident/index.ts";
import { checkov } from "./checkov/index.ts";
import { cloudtrail } from "./cloudtrail/index.ts";
import { clover } from "./clover/index.ts";
import { cobertura } from "./cobertura/index.ts";
import { configFile } from "./config-file/index.ts";
import { cosignVerify } from "./cosign-verify/index.ts";
import { coveragePy } from "./coverage-py/index.ts";
import { csaf } from "./csaf/index.ts";
import { ctrf } from "./ctrf/index.ts";
import { cyclonedxJson } from "./cyclonedx-json/index.ts";
import { cyclonedxVex } from "./cyclonedx-vex/index.ts";
import { cyclonedxVulnerabilities } from "./cyclonedx-vulnerabilities/index.ts";
import { cyclonedxXml } from "./cyclonedx-xml/index.ts";
import { detectSecrets } from "./detect-secrets/index.ts";
import { dockerfileInventory } from "./dockerfile-inventory/index.ts";
import { document } from "./document/index.ts";
import { gateDocumentation } from "./gate-documentation/index.ts";
import { gateEvidence } from "./gate-evidence/index.ts";
import { gateMaintainability } from "./gate-maintainability/index.ts";
import { gateStatement } from "./gate-statement/index.ts";
import { gatlingAssertions } from "./gatling-assertions/index.ts";
import { gatlingStats } from "./gatling-stats/index.ts";
import { gcbProvenance } from "./gcb-provenance/index.ts";
import { gcpAuditLog } from "./gcp-audit-log/index.ts";
import { gitChange } from "./git-change/index.ts";
import { gitLog } from "./git-log/index.ts";
import { gitLogSignatures } from "./git-log-signatures/index.ts";
import { githubAuditLog } from "./github-audit-log/index.ts";
import { githubChange } from "./github-change/index.ts";
import { githubDeployments } from "./github-deployments/index.ts";
import { githubEnvironments } from "./github-environments/index.ts";
import { githubProtection } from "./github-protection/index.ts";
import { githubWorkflowRun } from "./github-workflow-run/index.ts";
import { gitlab } from "./gitlab/index.ts";
import { gitlabAuditLog } from "./gitlab-audit-log/index.ts";
import { gitlabChange } from "./gitlab-change/index.ts";
import { gitlabDeployments } from "./gitlab-deployments/index.ts";
import { gitlabPipelineJobs } from "./gitlab-pipeline-jobs/index.ts";
import { gitleaks } from "./gitleaks/index.ts";
import { goCover } from "./go-cover/index.ts";
import { goTest } from "./go-test/index.ts";
import { gosec } from "./gosec/index.ts";
import { grype } from "./grype/index.ts";
import { hdf } from "./hdf/index.ts";
import { inToto } from "./in-toto/index.ts";
import { infection } from "./infection/index.ts";
import { istanbulFinal } from "./istanbul-final/index.ts";
import { istanbulSummary } from "./istanbul-summary/index.ts";
import { jacoco } from "./jacoco/index.ts";
import { jestJson } from "./jest-json/index.ts";
import { jmeterCsv } from "./jmeter-csv/index.ts";
import { jmeterXml } from "./jmeter-xml/index.ts";
import { junit } from "./junit/index.ts";
import { k6Json } from "./k6-json/index.ts";
import { k6Summary } from "./k6-summary/index.ts";
import { kics } from "./kics/index.ts";
import { kubernetesAudit } from "./kubernetes-audit/index.ts";
import { lcov } from "./lcov/index.ts";
import { lighthouse } from "./lighthouse/index.ts";
import { lizard } from "./lizard/index.ts";
import { mochaJson } from "./mocha-json/index.ts";
import { npmAudit } from "./npm-audit/index.ts";
import { nunit2 } from "./nunit2/index.ts";
import { nunit3 } from "./nunit3/index.ts";
import { ocsf } from "./ocsf/index.ts";
import { ocsfFindings } from "./ocsf-findings/index.ts";
import { openvex } from "./openvex/index.ts";
import { oscalAr } from "./oscal-ar/index.ts";
import { oscalArXml } from "./oscal-ar-xml/index.ts";
import { osvScanner } from "./osv-scanner/index.ts";
import { pipAudit } from "./pip-audit/index.ts";
import { pit } from "./pit/index.ts";
import { playwrightJson } from "./playwright-json/index.ts";
import { prometheus } from "./prometheus/index.ts";
import { repositoryInventory } from "./repository-inventory/index.ts";
import { sarif } from "./sarif/index.ts";
import { scorecard } from "./scorecard/index.ts";
import { semgrep } from "./semgrep/index.ts";
import { sigstoreBundle } from "./sigstore-bundle/index.ts";
import { snyk } from "./snyk/index.ts";
import { spdxJson } from "./spdx-json/index.ts";
import { spdxJsonLd } from "./spdx-json-ld/index.ts";
import { spdxTagValue } from "./spdx-tag-value/index.ts";
import { stryker } from "./stryker/index.ts";
import { tap } from "./tap/index.ts";
import { trivy } from "./trivy/index.ts";
import { trufflehog } from "./trufflehog/index.ts";
import { trx } from "./trx/index.ts";
import { wrk } from "./wrk/index.ts";
import { xunit } from "./xunit/index.ts";
import { zapJson } from "./zap-json/index.ts";
import { zapXml } from "./zap-xml/index.ts";

/** Every format that can be read. Of two adapters that are equally sure of a file the first one gets it. */
export const ADAPTERS = [
  gateEvidence,
  gateStatement,
  sarif,
  gitlab,
  sigstoreBundle,
  gcbProvenance,
  cosignVerify,
  inToto,
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
  snyk,
  bandit,
  gosec,
  semgrep,
  goTest,
  gitleaks,
  trufflehog,
  detectSecrets,
  stryker,
  pit,
  infection,
  zapJson,
  zapXml,
  checkov,
  kics,
  configFile,
  document,
  cyclonedxXml,
  cyclonedxVex,
  cyclonedxVulnerabilities,
  spdxJsonLd,
  openvex,
  csaf,
  gitChange,
  repositoryInventory,
  dockerfileInventory,
  gitLog,
  gitLogSignatures,
  githubChange,
  githubProtection,
  githubEnvironments,
  gitlabChange,
  githubDeployments,
  gitlabDeployments,
  githubWorkflowRun,
  gitlabPipelineJobs,
  cdeventsDeployment,
  cdeventsIncident,
  githubAuditLog,
  gitlabAuditLog,
  cloudtrail,
  kubernetesAudit,
  gcpAuditLog,
  ocsf,
  ocsfFindings,
  scorecard,
  hdf,
  oscalAr,
  oscalArXml,
  k6Summary,
  k6Json,
  jmeterCsv,
  jmeterXml,
  autocannon,
  wrk,
  gatlingStats,
  gatlingAssertions,
  playwrightJson,
  tap,
  ctrf,
  mochaJson,
  lighthouse,
  prometheus,
  nunit3,
  nunit2,
  xunit,
  gateDocumentation,
  gateMaintainability,
  lizard,
] as const satisfies readonly EvidenceAdapter[];
