import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { DeclaredEvidenceName } from "../../src/evidence/declared.ts";
import type { EvidenceDocument, EvidenceKind } from "../../src/evidence/types.ts";
import type { EvidenceAdapter } from "../../src/ingest/adapter.ts";
import { ADAPTERS, ingestBytes } from "../../src/ingest/index.ts";
import { GateError } from "../../src/util/errors.ts";
import { DEFAULT_LIMITS, type Limits } from "../../src/util/limits.ts";

const adapters: readonly EvidenceAdapter[] = ADAPTERS;
for (const adapter of adapters) await adapter.prepare?.();

const FIXTURES = new URL("../fixtures/ingest/", import.meta.url);

/** The fixtures, and what each of them is. */
export const FIXTURE_NAMES = [
  "scan.sarif",
  "tests.xml",
  "coverage-summary.json",
  "trace.info",
  "bom.json",
  "vitest.json",
  "shop.spdx.json",
  "cobertura.xml",
  "jacoco.xml",
  "cover.out",
  "coverage-final.json",
  "coverage-py.json",
  "clover.xml",
  "trivy.json",
  "shop.spdx",
  "grype.json",
  "npm-audit.json",
  "run.trx",
  "osv-scanner.json",
  "pip-audit.json",
  "go-test.ndjson",
  "gitleaks.json",
  "trufflehog.json",
  "detect-secrets.json",
  "stryker.json",
  "mutations.xml",
  "infection.json",
  "zap.json",
  "zap.xml",
  "checkov.json",
  "kics.json",
  "evidence.json",
  "statement.json",
  "bom.xml",
  "shop.spdx3.json",
  "shop.openvex.json",
  "shop.csaf.json",
  "shop.vex.cdx.json",
  "shop.vex.cdx.xml",
  "found.cdx.json",
  "found.cdx.xml",
  "git-change.json",
  "repository.json",
  "dockerfiles.json",
  "git-log.txt",
  "git-show-signature.txt",
  "github-pull-request.json",
  "github-protection.json",
  "github-environments.json",
  "gitlab-merge-request.json",
  "gitlab-changes.json",
  "github-deployment.json",
  "gitlab-deployments.json",
  "github-jobs.json",
  "gitlab-jobs.json",
  "cdevents-service.json",
  "cdevents-incident.json",
  "github-audit.json",
  "gitlab-audit.ndjson",
  "cloudtrail.json",
  "kubernetes-audit.json",
  "gcp-audit.json",
  "ocsf.json",
  "prowler.ocsf.json",
  "gl-sast-report.json",
  "snyk.json",
  "bandit.json",
  "gosec.json",
  "semgrep.json",
  "provenance.intoto.jsonl",
  "vsa.json",
  "bundle.sigstore.json",
  "cosign-verify.json",
  "gcb-provenance.json",
  "scorecard.json",
  "inspec.json",
  "oscal-ar.json",
  "oscal-ar.xml",
  "k6-summary.json",
  "k6-current.json",
  "k6.ndjson",
  "jmeter.csv",
  "jmeter.jtl",
  "autocannon.json",
  "wrk.txt",
  "gatling-stats.json",
  "gatling-assertions.json",
  "playwright.json",
  "run.tap",
  "ctrf.json",
  "mocha.json",
  "lighthouse.json",
  "prometheus.json",
  "nunit3.xml",
  "nunit2.xml",
  "xunit.xml",
  "documentation.json",
  "maintainability.json",
  "lizard.csv",
] as const;

/** The bytes of a fixture. */
export function fixture(name: (typeof FIXTURE_NAMES)[number]): Buffer {
  return readFileSync(fileURLToPath(new URL(name, FIXTURES)));
}

/** Reads text or bytes as evidence, with the default limits. */
export function read(
  content: string | Uint8Array,
  name: string,
  declared?: DeclaredEvidenceName,
  limits: Limits = DEFAULT_LIMITS,
): EvidenceDocument {
  return ingestBytes(typeof content === "string" ? Buffer.from(content) : content, name, declared, { limits });
}

/** As {@link read}, for a document that has to be of one kind. */
export function readAs<K extends EvidenceKind>(
  kind: K,
  content: string | Uint8Array,
  name: string,
  declared?: DeclaredEvidenceName,
): Extract<EvidenceDocument, { kind: K }> {
  const document = read(content, name, declared);
  if (!isOfKind(document, kind)) {
    throw new Error(`expected ${kind}, got ${document.kind}: ${JSON.stringify(document.statusReasons)}`);
  }
  return document;
}

function isOfKind<K extends EvidenceKind>(
  document: EvidenceDocument,
  kind: K,
): document is Extract<EvidenceDocument, { kind: K }> {
  return document.kind === kind;
}

/** The {@link GateError} that a call throws. */
export function errorOf(call: () => unknown): GateError {
  try {
    call();
  } catch (error) {
    if (error instanceof GateError) return error;
    throw error;
  }
  throw new Error("expected a GateError");
}

/** What a damaged file is refused with: a code and a place, or the code of the error. */
export function refusalOf(content: string | Uint8Array, name: string, declared?: DeclaredEvidenceName): string {
  const document = read(content, name, declared);
  if (document.kind !== "unreadable") throw new Error(`expected a refusal, got ${document.kind} ${document.status}`);
  const [reason] = document.statusReasons;
  return reason?.place === undefined ? `${reason?.code}` : `${reason.code} at ${reason.place}`;
}
