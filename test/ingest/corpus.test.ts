import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { EvidenceDocument } from "../../src/evidence/types.ts";
import { detectFormat } from "../../src/ingest/index.ts";
import { GateError } from "../../src/util/errors.ts";
import { schemaErrorsOf } from "../evidence/schema-support.ts";
import { NAIVE_COVERAGE } from "./naive-coverage.ts";
import { PERFORMANCE_COUNTS } from "./performance-counts.ts";
import { REPORT_COUNTS } from "./report-counts.ts";
import { SCANNER_COUNTS } from "./scanner-counts.ts";
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
  ["bom-examples__Case-1_vex.json", "not-this-format"],
  ["bom-examples__VEX_vex.json", "not-this-format"],
  ["sbom-tool__spdx_3.0_manifest.spdx.json", "unsupported-version"],
]);

function textOf(path: string): string {
  return readFileSync(path, "utf8").replace(/^\ufeff/, "");
}

/** Counts a SARIF log as simply as can be; severities are left to the tests of their rules. */
function countSarif(path: string) {
  const { runs } = JSON.parse(textOf(path));
  let total = 0;
  let suppressed = 0;
  for (const run of runs) {
    for (const result of run.results ?? []) {
      if (["pass", "notApplicable", "informational"].includes(result.kind) || result.baselineState === "absent")
        continue;
      total++;
      const list = result.suppressions ?? [];
      if (list.length > 0 && list.every((one: { status?: string }) => (one.status ?? "accepted") === "accepted"))
        suppressed++;
    }
  }
  return { total, open: total - suppressed, suppressed };
}

/** Counts a JUnit report with regular expressions, which is enough for reports that are well formed. */
function countJunit(path: string) {
  const text = textOf(path)
    .replaceAll(/<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>/g, "")
    .replaceAll(/<(system-out|system-err)\b[^>]*>[\s\S]*?<\/\1>/g, "");
  const cases = text.match(/<testcase\b(?:"[^"]*"|'[^']*'|[^"'>])*?(?:\/>|>[\s\S]*?<\/testcase>)/g) ?? [];
  const failed = cases.filter((one) => /<(failure|rerunFailure|rerunError)\b/.test(one));
  const errored = cases.filter((one) => !failed.includes(one) && /<error\b/.test(one));
  const skipped = cases.filter((one) => !failed.includes(one) && !errored.includes(one) && /<skipped\b/.test(one));
  return { total: cases.length, failed: failed.length, errored: errored.length, skipped: skipped.length };
}

function countLcov(path: string) {
  const lines = new Map<string, boolean>();
  let file = "";
  for (const line of textOf(path).split(/\r?\n/)) {
    if (line.startsWith("SF:")) file = line;
    const match = /^DA:(\d+),(\d+)/.exec(line);
    if (match === null) continue;
    const key = `${file} ${match[1]}`;
    lines.set(key, lines.get(key) === true || Number(match[2]) > 0);
  }
  return { total: lines.size, covered: [...lines.values()].filter(Boolean).length };
}

function countIstanbul(path: string) {
  const { total } = JSON.parse(textOf(path));
  return { total: total.lines.total, covered: total.lines.covered };
}

interface Nested {
  readonly purl?: string;
  readonly hashes?: readonly unknown[];
  readonly components?: readonly Nested[];
}

function countComponents(path: string) {
  const flat = (list: readonly Nested[] = []): readonly Nested[] =>
    list.flatMap((one) => [one, ...flat(one.components)]);
  const all = flat(JSON.parse(textOf(path)).components);
  const withHash = all.filter(({ hashes = [] }) => hashes.length > 0).length;
  return { components: all.length, withPurl: all.filter(({ purl }) => purl !== undefined).length, withHash };
}

function expectedOf(document: EvidenceDocument, path: string): object {
  const report = REPORT_COUNTS.get(document.source.format) ?? PERFORMANCE_COUNTS.get(document.source.format);
  if (report !== undefined) return report(path);
  const coverage = NAIVE_COVERAGE[document.source.format];
  if (coverage !== undefined) return coverage(textOf(path));
  switch (document.source.format) {
    case "sarif":
      return countSarif(path);
    case "junit":
      return countJunit(path);
    case "lcov":
      return { lines: countLcov(path) };
    case "istanbul-summary":
      return { lines: countIstanbul(path) };
    case "cyclonedx-json":
      return countComponents(path);
    default:
      return SCANNER_COUNTS.get(document.source.format)?.(textOf(path)) ?? {};
  }
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
    expect(document.summary).toMatchObject(expectedOf(document, path));
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

  it("has statuses that are known where tools failed", () => {
    expect(statusOf("sarif/django-DefectDojo__spotbugs.sarif")).toBe("partial");
    expect(statusOf("sarif/gen__eslint.sarif")).toBe("partial");
    expect(statusOf("sarif/sarif-tutorials__Notifications.sarif")).toBe("failed");
    expect(statusOf("sarif/sarif-tutorials__Catastrophic configuration error.sarif")).toBe("failed");
    expect(statusOf("sarif/django-DefectDojo__no_runs.sarif")).toBe("empty");
    expect(statusOf("perf/gen__k6-2.2-summary-export-norequests.json")).toBe("empty");
    expect(statusOf("perf/gen__k6-2.2-summary-export-vacuous-groupname-exception.json")).toBe("empty");
    expect(statusOf("perf/gen__autocannon-connrefused.json")).toBe("failed");
    expect(statusOf("perf/performance-plugin__filewithtransactions.csv")).toBe("partial");
    expect(statusOf("perf/gen__prom-empty.json")).toBe("empty");
    expect(statusOf("perf/gen__prom-nan.json")).toBe("empty");
    expect(statusOf("perf/gen__prom-parse-error.json")).toBe("failed");
    expect(statusOf("cyclonedx/specification__valid-attestation-1.6.json")).toBe("empty");
  });
});
