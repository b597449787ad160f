import type { EvidenceAdapter } from "./adapter.ts";
import { autocannon } from "./autocannon/index.ts";
import { clover } from "./clover/index.ts";
import { cobertura } from "./cobertura/index.ts";
import { coveragePy } from "./coverage-py/index.ts";
import { cyclonedxJson } from "./cyclonedx-json/index.ts";
import { detectSecrets } from "./detect-secrets/index.ts";
import { gatlingAssertions } from "./gatling-assertions/index.ts";
import { gatlingStats } from "./gatling-stats/index.ts";
import { gitleaks } from "./gitleaks/index.ts";
import { goCover } from "./go-cover/index.ts";
import { goTest } from "./go-test/index.ts";
import { grype } from "./grype/index.ts";
import { istanbulFinal } from "./istanbul-final/index.ts";
import { istanbulSummary } from "./istanbul-summary/index.ts";
import { jacoco } from "./jacoco/index.ts";
import { jestJson } from "./jest-json/index.ts";
import { jmeterCsv } from "./jmeter-csv/index.ts";
import { jmeterXml } from "./jmeter-xml/index.ts";
import { junit } from "./junit/index.ts";
import { k6Json } from "./k6-json/index.ts";
import { k6Summary } from "./k6-summary/index.ts";
import { lcov } from "./lcov/index.ts";
import { lighthouse } from "./lighthouse/index.ts";
import { npmAudit } from "./npm-audit/index.ts";
import { osvScanner } from "./osv-scanner/index.ts";
import { pipAudit } from "./pip-audit/index.ts";
import { prometheus } from "./prometheus/index.ts";
import { sarif } from "./sarif/index.ts";
import { spdxJson } from "./spdx-json/index.ts";
import { spdxTagValue } from "./spdx-tag-value/index.ts";
import { trivy } from "./trivy/index.ts";
import { trufflehog } from "./trufflehog/index.ts";
import { trx } from "./trx/index.ts";
import { wrk } from "./wrk/index.ts";

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
  k6Summary,
  k6Json,
  jmeterCsv,
  jmeterXml,
  autocannon,
  wrk,
  gatlingStats,
  gatlingAssertions,
  lighthouse,
  prometheus,
] as const satisfies readonly EvidenceAdapter[];
