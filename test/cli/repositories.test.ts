import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import type { Decision, DecisionGate, Violation } from "../../src/decision/types.ts";
import { gate, temporaryFolder, writeFiles } from "../support.ts";

/** Reports that real projects keep, which are not part of this repository. */
const CORPUS = fileURLToPath(new URL("../../../shared/corpus/evidence/", import.meta.url));

interface Repository {
  readonly name: string;
  /** Files of the corpus, with the kind where the content does not say it. */
  readonly files: readonly (string | readonly [path: string, kind: string])[];
  readonly gates: readonly string[];
}

/** What real projects left behind, and the gates that it can be asked about. */
const REPOSITORIES: readonly Repository[] = [
  {
    name: "danger-js",
    files: ["vcs/danger-js__github_pr.json", "vcs/danger-js__reviews.json", "vcs/danger-js__github_commits.json"],
    gates: ["change-review", "mergeable", "commit-messages", "signed-commits", "branch-protection"],
  },
  {
    name: "checkov",
    files: ["vcs/checkov__branch_protection.json", ["sarif/checkov__runner_results_results.sarif", "iac"]],
    gates: ["branch-protection", "change-review", "iac"],
  },
  {
    name: "slsa-verifier",
    files: ["attest/slsa-verifier__binary-linux-amd64-push-v14.intoto.jsonl"],
    gates: ["provenance", "artifact-signature"],
  },
  {
    name: "trivy",
    files: [
      ["vulns/trivy__npm-with-dev.json", "sca"],
      ["vulns/trivy__alpine-39.json", "container"],
      ["iac/trivy__terraform-remote-module.json", "iac"],
      "cyclonedx/trivy__fluentd-multiple-lockfiles.cdx.json",
      "vex/trivy__trivy.openvex.json",
    ],
    gates: ["vulnerabilities", "container-image", "iac", "sbom", "licences", "dependencies"],
  },
  {
    name: "vexctl",
    files: [
      ["sarif/vexctl__nginx-trivy.sarif.json", "container"],
      ["sarif/vexctl__nginx-grype.sarif.json", "container"],
      "vex/vexctl__images.vex.json",
    ],
    gates: ["container-image", "vulnerabilities"],
  },
  {
    name: "report-generator",
    files: [["coverage/ReportGenerator__Cobertura_coverlet.xml", "unit-coverage"]],
    gates: ["unit-coverage", "integration-coverage"],
  },
  {
    name: "test-reporter",
    files: [
      "tests/test-reporter__jest-test-results.xml",
      "tests/test-reporter__pulsar-test-report.xml",
      "tests/test-reporter__dotnet-trx.trx",
    ],
    gates: ["tests", "flaky-tests"],
  },
  { name: "ctrf", files: ["tests/ctrf__comprehensive.json"], gates: ["tests", "flaky-tests"] },
  {
    name: "mutation-testing-elements",
    files: [
      "mutation/mutation-testing-elements__scala-example_mutation-report.json",
      "mutation/mutation-testing-elements__csharp-example_mutation-report.json",
    ],
    gates: ["mutation-score"],
  },
  {
    name: "jenkins-performance-plugin",
    files: ["perf/performance-plugin__filewithtransactions.csv"],
    gates: ["load-test", "performance-regression"],
  },
  {
    name: "cyclonedx-examples",
    files: ["cyclonedx/bom-examples__bom.1.4.xml"],
    gates: ["sbom", "licences", "dependencies"],
  },
  {
    name: "kubernetes",
    files: ["spdx/protobom__kubernetes_kubernetes_d61cbac69aae97db1839bd2e0e86d68f26b353a7.json"],
    gates: ["sbom", "licences", "dependencies"],
  },
  {
    name: "webgoat",
    files: [
      ["dast/saf__webgoat.json", "dast"],
      ["iac/saf__checkov_with_skips.json", "iac"],
    ],
    gates: ["dast", "iac"],
  },
];

/**
 * What is decided about the artifacts of real repositories, with the reasons. Whoever changes a gate or a reader reads here
 * what it means: `npx vitest run test/cli/repositories.test.ts -u` writes the files anew.
 */
describe.skipIf(!existsSync(CORPUS))("the artifacts of a real repository (skipped without the shared corpus)", () => {
  it.each(REPOSITORIES)("$name", async (repository) => {
    const decision = await decide(repository);
    await expect(explained(repository, decision)).toMatchFileSnapshot(`repositories/${repository.name}.txt`);
  });
});

async function decide({ files, gates }: Repository): Promise<Decision> {
  const cwd = temporaryFolder();
  mkdirSync(join(cwd, "artifacts"));
  const evidence = files.map((file) => {
    const [path, kind] = typeof file === "string" ? [file] : file;
    copyFileSync(join(CORPUS, path), join(cwd, "artifacts", basename(path)));
    return { path: `artifacts/${basename(path)}`, ...(kind === undefined ? {} : { kind }) };
  });
  const environments = { development: { mandatory: gates } };
  writeFiles(cwd, { "gate.yaml": stringify({ version: 1, evidence, environments }) });
  const { stdout, stderr } = await gate(["check", "--env", "development", "--no-audit", "--format", "json"], { cwd });
  expect(stdout, stderr).not.toBe("");
  return JSON.parse(stdout) as Decision;
}

/** Violations that are shown of a gate. */
const SHOWN = 6;

function explained({ name }: Repository, { evidence, gates }: Decision): string {
  const read = evidence.map(({ path, kind, format, toolStatus, counts }) => {
    const figures = Object.entries(counts).map(([what, count]) => `${what} ${count}`);
    return `  ${basename(path)}: ${kind} (${format}), ${[toolStatus, ...figures].join(", ")}`;
  });
  return `${[name, "evidence", ...read, ...gates.flatMap(explainedGate)].join("\n")}\n`;
}

function explainedGate({ id, result, applicable, reason, violations }: DecisionGate): readonly string[] {
  const counted = [...Map.groupBy(violations, ({ severity }) => severity)].map(
    ([severity, same]) => `${same.length} ${severity}`,
  );
  const found = violations.length === 0 ? "" : `: ${counted.join(", ")}`;
  const reasons = (reason ?? "").split("; ").filter((one) => one !== "");
  const left = violations.length - SHOWN;
  return [
    `${id}: ${result}, looked at ${applicable}${found}`,
    ...reasons.map((one) => `  because ${one.replaceAll("artifacts/", "")}`),
    ...violations.slice(0, SHOWN).map((violation) => `  - ${violationText(violation, id)}`),
    ...(left > 0 ? [`  and ${left} more`] : []),
  ];
}

/** What names the rule and the place; what others wrote, into a commit or a failed test, is left out. */
function violationText({ severity, rule, message, location, package: component }: Violation, id: string): string {
  const place = [location?.path, location?.line].filter((part) => part !== undefined).join(":");
  const own = id === "tests" ? message.replace(/: .*$/s, "") : message.replace(/ "[^"]*":/, ":");
  const what = rule === undefined ? own : `[${rule}]`;
  return [severity, component ?? "", place, what].filter((part) => part !== "").join(" ");
}
