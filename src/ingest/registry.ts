import type { EvidenceAdapter } from "./adapter.ts";
import { clover } from "./clover/index.ts";
import { cobertura } from "./cobertura/index.ts";
import { coveragePy } from "./coverage-py/index.ts";
import { cyclonedxJson } from "./cyclonedx-json/index.ts";
import { detectSecrets } from "./detect-secrets/index.ts";
import { gitleaks } from "./gitleaks/index.ts";
import { goCover } from "./go-cover/index.ts";
import { goTest } from "./go-test/index.ts";
import { grype } from "./grype/index.ts";
import { istanbulFinal } from "./istanbul-final/index.ts";
import { istanbulSummary } from "./istanbul-summary/index.ts";
import { jacoco } from "./jacoco/index.ts";
import { jestJson } from "./jest-json/index.ts";
import { junit } from "./junit/index.ts";
import { lcov } from "./lcov/index.ts";
import { npmAudit } from "./npm-audit/index.ts";
import { osvScanner } from "./osv-scanner/index.ts";
import { pipAudit } from "./pip-audit/index.ts";
import { sarif } from "./sarif/index.ts";
import { spdxJson } from "./spdx-json/index.ts";
import { spdxTagValue } from "./spdx-tag-value/index.ts";
import { tap } from "./tap/index.ts";
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
  tap,
] as const satisfies readonly EvidenceAdapter[];
