import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { env } from "node:process";
import { describe, expect, it } from "vitest";
import { withExitCode } from "../../src/evidence/exit-code.ts";
import type { EvidenceDocument } from "../../src/evidence/types.ts";
import { read } from "../ingest/support.ts";

/** What `node scripts/real-tools.ts FOLDER` left behind; CI sets it. */
const FOLDER = env["GATE_TEST_TOOLS"];
const present = FOLDER !== undefined;

function textOf(name: string): string {
  return readFileSync(join(FOLDER ?? "", name), "utf8");
}

/** The file with the code that its tool ended with, as a pipeline would hand them over. */
function evidenceOf(name: string): EvidenceDocument {
  const document = read(textOf(name), name);
  const code = join(FOLDER ?? "", `${name}.exit`);
  return existsSync(code) ? withExitCode(document, Number(readFileSync(code, "utf8"))) : document;
}

function matches(name: string, pattern: RegExp): number {
  return textOf(name).match(pattern)?.length ?? 0;
}

it.skipIf(present)("is run where GATE_TEST_TOOLS names what scripts/real-tools.ts wrote", () => {
  expect(FOLDER).toBeUndefined();
});

describe.skipIf(!present)("what real tools write about the example", () => {
  it("is read as each tool means it", () => {
    expect(evidenceOf("gitleaks.json")).toMatchObject({ kind: "findings", status: "complete", summary: { total: 0 } });
    expect(evidenceOf("detect-secrets.json")).toMatchObject({ status: "complete", summary: { total: 0 } });
    expect(evidenceOf("npm-audit.json")).toMatchObject({ kind: "findings", status: "failed" });
  });

  it("has the findings of a plain count", () => {
    const sarif: {
      readonly runs: readonly { readonly results: readonly { readonly suppressions?: readonly object[] }[] }[];
    } = JSON.parse(textOf("eslint.sarif"));
    const results = sarif.runs.flatMap((run) => run.results);
    const suppressed = results.filter(({ suppressions = [] }) => suppressions.length > 0).length;
    expect(results.length).toBeGreaterThan(0);
    expect(evidenceOf("eslint.sarif")).toMatchObject({
      status: "complete",
      summary: { total: results.length, suppressed, open: results.length - suppressed },
    });
    const semgrep = JSON.parse(textOf("semgrep.json")).results.length;
    expect(semgrep).toBeGreaterThan(0);
    expect(evidenceOf("semgrep.sarif")).toMatchObject({ status: "complete", summary: { total: semgrep } });
    expect(evidenceOf("semgrep.json")).toMatchObject({ status: "complete", summary: { total: semgrep } });
    const checkov = JSON.parse(textOf("checkov.json")).results.failed_checks.length;
    expect(checkov).toBeGreaterThan(0);
    expect(evidenceOf("checkov.json")).toMatchObject({ status: "complete", summary: { total: checkov } });
  });

  it("is the same test run in three formats", () => {
    const total = matches("vitest.tap", /^(?:not )?ok /gm);
    const skipped = matches("vitest.tap", /^ok .*# SKIP/gm);
    expect(total).toBeGreaterThan(skipped);
    for (const name of ["vitest.tap", "vitest.junit", "vitest.json"]) {
      expect(evidenceOf(name).summary, name).toMatchObject({ total, skipped, passed: total - skipped, failed: 0 });
    }
  });

  it("is the same coverage in five formats", () => {
    const lines = { covered: matches("lcov.info", /^DA:\d+,[1-9]/gm), total: matches("lcov.info", /^DA:/gm) };
    expect(lines.covered).toBeGreaterThan(0);
    const names = ["lcov.info", "coverage-final.json", "coverage-summary.json", "cobertura-coverage.xml", "clover.xml"];
    for (const name of names) expect(evidenceOf(name).summary, name).toMatchObject({ lines });
  });

  it("is the same bill of materials by two tools in three formats", () => {
    const names: ReadonlySet<string> = new Set(
      JSON.parse(textOf("cyclonedx-npm.cdx.json")).components.map(({ purl }: { readonly purl: string }) => purl),
    );
    expect(names.size).toBeGreaterThan(5);
    for (const name of ["cyclonedx-npm.cdx.json", "cyclonedx-npm.cdx.xml", "npm.cdx.json", "npm.spdx.json"]) {
      const document = evidenceOf(name);
      if (document.kind !== "sbom") throw new Error(`${name} is ${document.kind}`);
      const purls = document.body.components.map(({ purl }) => purl?.replace(/\?.*/, ""));
      expect(new Set(purls), name).toEqual(new Set([...names].map((purl) => purl.replace(/\?.*/, ""))));
    }
  });

  it("has the mutants of a plain count", () => {
    const survived = matches("stryker.json", /"status":"Survived"/g);
    const killed = matches("stryker.json", /"status":"Killed"/g);
    expect(killed).toBeGreaterThan(0);
    expect(evidenceOf("stryker.json")).toMatchObject({ kind: "mutation", summary: { killed, survived } });
  });

  it("does not take a load test that reached nothing for a fast one", () => {
    const good = JSON.parse(textOf("autocannon.json"));
    expect(evidenceOf("autocannon.json")).toMatchObject({
      kind: "performance",
      status: "complete",
      summary: { requests: good.requests.total, users: 4 },
    });
    expect(["failed", "empty"]).toContain(evidenceOf("autocannon-refused.json").status);
  });
});
