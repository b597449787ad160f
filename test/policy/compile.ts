import { onTestFinished } from "vitest";
import { type LocatedBundle, loadBundle, readEvidenceSchemas } from "../../src/policy/bundle.ts";
import { type EvaluationSession, openEvaluation } from "../../src/policy/evaluate.ts";
import { openToolchain } from "../../src/policy/load.ts";
import { createRuntime } from "../../src/policy/runtime/runtime.ts";
import { readPolicySources } from "../../src/policy/sources.ts";
import { openCache } from "../../src/util/cache.ts";
import { installation, TEST_CACHE, temporaryFolder, writeFiles } from "../support.ts";

/** A gate over test results with the given rules; the least that is valid. */
export function gateSource(id: string, rules: string, custom = ""): string {
  return `# METADATA
# title: ${id}
# description: for a test
# custom:
#   id: ${id}
#   evidence:
#     - kind: tests
#       fields: [status]
#   remediation: mend it
${custom}package gates.${id.replaceAll("-", "_")}

${rules}
`;
}

/** A gate that denies every failed test. */
export const DENY_FAILED = `applicable := count(input.evidence.tests)

deny contains {"evidence": document.id, "item": case.item} if {
	some document in input.evidence.tests
	some case in document.cases
	case.status == "failed"
}`;

export const CANARY = `cases:
  - name: a failed test
    canary: true
    evidence: [{kind: tests, cases: [{status: failed}]}]
    expect: {result: fail}
`;

/** Compiles policy files through the real toolchain. */
export async function compile(files: Readonly<Record<string, string>>): Promise<LocatedBundle> {
  const folder = temporaryFolder();
  writeFiles(folder, files);
  const sources = await readPolicySources([{ path: folder, label: "policies" }]);
  const schemas = await readEvidenceSchemas(installation.schemas);
  const services = { installation, variables: process.env, cacheFolder: undefined };
  return loadBundle({ sources, schemas, toolchainIdentity: "test" }, [openCache(TEST_CACHE)], () =>
    openToolchain(services),
  );
}

/** Compiles policy files and makes them ready to be asked, until the test is over. */
export async function session(
  files: Readonly<Record<string, string>>,
  limits: { readonly timeLimitMs?: number; readonly memoryLimitBytes?: number } = {},
): Promise<EvaluationSession> {
  const bundle = await compile(files);
  const runtime = createRuntime({
    worker: installation.policyWorker,
    timeLimitMs: limits.timeLimitMs ?? 10_000,
    memoryLimitBytes: limits.memoryLimitBytes ?? 1 << 28,
    toolchain: installation.toolchain.wasm,
  });
  onTestFinished(() => runtime.close());
  return openEvaluation(runtime, bundle);
}
