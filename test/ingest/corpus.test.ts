import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { detectFormat } from "../../src/ingest/index.ts";
import { GateError } from "../../src/util/errors.ts";
import { schemaErrorsOf } from "../evidence/schema-support.ts";
import { RECOUNTS } from "./recounts/index.ts";
import { read, readAs } from "./support.ts";

/** Reports from the wild, which are not part of this repository. */
const CORPUS = fileURLToPath(new URL("../../../shared/corpus/evidence/", import.meta.url));
const DEMO = fileURLToPath(new URL("../../examples/service/artifacts/", import.meta.url));
const present = existsSync(CORPUS);

function filesBelow(root: string): readonly string[] {
  if (!existsSync(root)) return [];
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`.replaceAll("//", "/"));
}

const FILES = [...filesBelow(CORPUS), ...filesBelow(DEMO)].filter((path) => {
  return detectFormat(readFileSync(path), path).found?.confidence === "certain";
});

/** The files of the corpus that are refused, and why. */
const REFUSED = new Map([
  ["chainloop__report-control-chars.sarif", "malformed"],
  ["codeql-action__invalid-sarif.sarif", "malformed"],
  ["sarif-sdk__MixedMode_x86_VS2013_MissingPdb.dll.sarif", "malformed"],
  // JSON by hand, with quotes inside of quotes.
  ["gen__git-log-naive-broken.jsonl", "not-this-format"],
  // A collection of test cases of another project: events of three clouds, most of them without a time.
  ["gen__kubernetes__Amazon.EKS.Audit.jsonl", "malformed"],
  ["spec__pipelinerun_finished.json", "not-this-format"],
]);

function textOf(path: string): string {
  return readFileSync(path, "utf8").replace(/^\ufeff/, "");
}

it.skipIf(!present)(`the corpus is at ${CORPUS}`, () => expect(FILES.length).toBeGreaterThan(0));

describe.skipIf(FILES.length === 0).each(FILES.map((path) => [basename(path), path] as const))("%s", (name, path) => {
  const document = read(readFileSync(path), name);

  it("is read or refused, as is known", () => {
    const reason = document.kind === "unreadable" ? document.statusReasons[0]?.code : undefined;
    expect(reason).toBe(REFUSED.get(name));
  });

  it("validates against the schema of its kind", () => expect(schemaErrorsOf(document)).toEqual([]));

  it.skipIf(document.kind === "unreadable")("has the totals of a naive count", () => {
    const recount = RECOUNTS.get(document.source.format);
    if (recount === undefined) throw new Error(`nobody recounts ${document.source.format}`);
    expect(document.summary).toMatchObject(recount(path));
  });

  it.skipIf(document.kind !== "findings")("has findings that are told apart", () => {
    const { body } = readAs("findings", readFileSync(path), name);
    expect(new Set(body.findings.map(({ id }) => id)).size).toBe(body.findings.length);
  });
});

function statusOf(file: string): string {
  return read(readFileSync(`${CORPUS}${file}`), file).status;
}

function errorOfReading(path: string): string | undefined {
  try {
    read(readFileSync(path), path);
    return undefined;
  } catch (error) {
    return error instanceof GateError ? error.code : String(error);
  }
}

/** The status and the findings of a bill of materials that is declared as a scan, and how many components it calls affected. */
function affectedIn(file: string) {
  const path = `${CORPUS}cyclonedx/${file}`;
  const affected = JSON.parse(textOf(path)).vulnerabilities.map(
    ({ affects }: { affects: unknown[] }) => affects.length,
  );
  const { status, summary } = readAs("findings", readFileSync(path), path, "container");
  return [status, summary.total, affected.reduce((sum: number, one: number) => sum + one, 0)];
}

/** How many products and packages each statement is about. */
function partsIn(file: string) {
  const { body } = readAs("vex", readFileSync(`${CORPUS}vex/${file}`), file);
  return body.statements.map(({ products, subcomponents }) => [products.length, subcomponents.length]);
}

describe.skipIf(!present)("the corpus", () => {
  it("is there in full", () => {
    const formats = FILES.map((path) => detectFormat(readFileSync(path), path).found?.adapter.id);
    expect(new Set(formats).size).toBeGreaterThanOrEqual(5);
    expect(FILES.length).toBeGreaterThan(70);
  });

  it("holds nothing that ends in any other error than that nobody knows the format", () => {
    const errors = filesBelow(CORPUS).map((path) => [path, errorOfReading(path)] as const);
    expect(errors.filter(([, code]) => code !== undefined && code !== "evidence-unrecognised")).toEqual([]);
  });

  it("gives one evidence for one bill of materials in JSON and in XML", () => {
    const [json, xml] = ["json", "xml"].map((extension) => {
      const path = `${CORPUS}cyclonedx/gen__cyclonedx-npm.cdx.${extension}`;
      return readAs("sbom", readFileSync(path), path);
    });
    expect([xml?.summary, xml?.body, xml?.source.tools]).toEqual([json?.summary, json?.body, json?.source.tools]);
    expect(json?.body.components).toHaveLength(52);
  });

  it("has the vulnerabilities of bills of materials that are declared as a scan", () => {
    expect(affectedIn("django-DefectDojo__issue_9277.json")).toEqual(["unknown", 14, 14]);
    expect(affectedIn("specification__valid-vulnerability-1.6.json")).toEqual(["unknown", 1, 1]);
    expect(affectedIn("trivy__fluentd-multiple-lockfiles.cdx.json")).toEqual(["empty", 0, 0]);
  });

  it("has every product and package of its VEX documents", () => {
    expect(partsIn("osv-schema__rhsa-2024_4420.json")).toEqual([
      [1, 805],
      [1, 133],
    ]);
    expect(partsIn("csaf__cisco-sa-20180328-smi2.json")).toEqual([[259, 0]]);
  });

  it("has statuses that are known where tools failed", () => {
    expect(statusOf("sarif/django-DefectDojo__spotbugs.sarif")).toBe("partial");
    expect(statusOf("sarif/gen__eslint.sarif")).toBe("partial");
    expect(statusOf("sarif/sarif-tutorials__Notifications.sarif")).toBe("failed");
    expect(statusOf("sarif/sarif-tutorials__Catastrophic configuration error.sarif")).toBe("failed");
    expect(statusOf("sarif/django-DefectDojo__no_runs.sarif")).toBe("empty");
    expect(statusOf("mutation/mutation-testing-elements__csharp-example_mutation-report.json")).toBe("partial");
    expect(statusOf("perf/gen__k6-2.2-summary-export-norequests.json")).toBe("empty");
    expect(statusOf("perf/gen__k6-2.2-summary-export-vacuous-groupname-exception.json")).toBe("empty");
    expect(statusOf("perf/gen__autocannon-connrefused.json")).toBe("failed");
    expect(statusOf("perf/performance-plugin__filewithtransactions.csv")).toBe("partial");
    expect(statusOf("cyclonedx/specification__valid-attestation-1.6.json")).toBe("empty");
    expect(statusOf("dast/django-DefectDojo__juicy2.xml")).toBe("partial");
    expect(statusOf("dast/django-DefectDojo__zap_2.16.1_with_req_resp.xml")).toBe("unknown");
    expect(statusOf("iac/django-DefectDojo__checkov2-report-0-vuln.json")).toBe("empty");
    expect(statusOf("iac/saf__checkov_with_skips.json")).toBe("partial");
    expect(statusOf("iac/django-DefectDojo__kics_many_findings.json")).toBe("partial");
    expect(statusOf("perf/gen__prom-empty.json")).toBe("empty");
    expect(statusOf("perf/gen__prom-nan.json")).toBe("empty");
    expect(statusOf("perf/gen__prom-parse-error.json")).toBe("failed");
  });
});
