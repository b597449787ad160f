import type { PassCount } from "../../evidence/types.ts";
import type { Limits } from "../../util/limits.ts";
import { FormatError } from "../adapter.ts";
import { segmentOf } from "../coverage.ts";
import { createDiagnostics } from "../diagnostics.ts";
import { objectAt, textAt } from "../findings.ts";
import { parseJsonDocument } from "../json.ts";
import type { K6Run } from "../k6.ts";
import { amountOf } from "../latency.ts";
import { claimsMore } from "../test-cases.ts";
import { countOf, instantOf, isObject, type JsonObject, objectOf, textOf } from "../values.ts";
import { type K6Limit, passesAt, readCurrentMetric, readExportedMetric, readSummaryMetric } from "./metric.ts";

/**
 * Reads a summary of k6, of which there are three: what `--summary-export` writes, the data that `handleSummary` is
 * given, and the machine-readable summary 1 (`--new-machine-readable-summary`). Each says differently which thresholds
 * were crossed, and the last one does not say it at all.
 *
 * @throws {FormatError} of every reason
 */
export function readSummary(bytes: Uint8Array, limits: Limits): K6Run {
  const document = parseJsonDocument(bytes, limits);
  if (isObject(document) && isObject(document["results"])) return readCurrent(document, document["results"]);
  if (isObject(document) && isObject(document["metrics"])) return readOlder(document, document["metrics"]);
  throw new FormatError("not-this-format", "there are neither metrics nor results");
}

function readOlder(document: JsonObject, metrics: JsonObject): K6Run {
  const lists = createLists();
  const found = Object.entries(metrics).map(([name, member]) => {
    const pointer = `/metrics/${segmentOf(name)}`;
    const metric = objectAt(member, pointer);
    const read = isObject(metric["values"]) ? readSummaryMetric : readExportedMetric;
    return read(name, metric, pointer);
  });
  const declared = found.find(({ metric }) => metric.name === "checks")?.metric;
  const failed =
    declared?.samples === undefined || declared.value === undefined ? undefined : declared.samples - declared.value;
  return {
    ...lists,
    metrics: found.map(({ metric }) => metric),
    thresholds: found.flatMap(({ metric, limits }) => thresholdsOf(metric.name, limits)),
    ...checksOf(checksIn(document["root_group"], "/root_group"), failed, lists),
    durationMs: amountOf(objectOf(document["state"])["testRunDurationMs"]),
    // What setup() returned: often tokens.
    redactions: document["setup_data"] === undefined || document["setup_data"] === null ? 0 : 1,
  };
}

function readCurrent(document: JsonObject, results: JsonObject): K6Run {
  const formatVersion = textAt(document["version"], "/version");
  if (!formatVersion.startsWith("1.")) {
    throw new FormatError("unsupported-version", `summary version ${formatVersion.slice(0, 32)}`, "/version");
  }
  const lists = createLists();
  const metrics = listAt(results["metrics"], "/results/metrics").map(readCurrentMetric);
  const checks = objectOf(results["checks"]);
  const totals = listAt(checks["metrics"] ?? [], "/results/checks/metrics").map(readCurrentMetric);
  const listed = listAt(checks["results"] ?? [], "/results/checks/results");
  const config = objectOf(document["config"]);
  const metadata = objectOf(document["metadata"]);
  const seconds = amountOf(config["duration"]);
  lists.warnings.add("no-thresholds", "this format of k6 does not say which thresholds were crossed");
  return {
    ...lists,
    metrics,
    thresholds: [],
    ...checksOf(
      listed.length === 0 ? undefined : sumOf(listed.map(([check, pointer]) => passesAt(check, pointer))),
      totals.find(({ name }) => name === "checks_failed")?.value,
      lists,
    ),
    durationMs: seconds === undefined ? undefined : seconds * 1000,
    version: textOf(metadata["k6_version"]),
    formatVersion,
    producedAt: instantOf(metadata["generated_at"]),
    redactions: textOf(config["script"]) === undefined ? 0 : 1,
  };
}

function createLists() {
  return { warnings: createDiagnostics(), inconsistencies: createDiagnostics() };
}

/** The objects of an array, each with its place. */
function listAt(value: unknown, pointer: string): readonly (readonly [item: JsonObject, pointer: string])[] {
  if (!Array.isArray(value)) throw new FormatError("malformed", "it is not an array", pointer);
  return value.map((item: unknown, index) => [objectAt(item, `${pointer}/${index}`), `${pointer}/${index}`] as const);
}

/** The checks of all groups; k6 writes groups and checks as arrays, and in the exported summary as objects. */
function checksIn(group: unknown, pointer: string): PassCount | undefined {
  if (!isObject(group)) return undefined;
  const checks = membersOf(group["checks"], `${pointer}/checks`);
  const groups = membersOf(group["groups"], `${pointer}/groups`);
  return sumOf([
    ...checks.map(([check, place]) => passesAt(check, place)),
    ...groups.map(([inner, place]) => checksIn(inner, place)).filter((inner) => inner !== undefined),
  ]);
}

function membersOf(value: unknown, pointer: string): readonly (readonly [member: JsonObject, pointer: string])[] {
  if (value === undefined || value === null) return [];
  if (!isObject(value)) return listAt(value, pointer);
  return Object.entries(value).map(([name, member]) => {
    const place = `${pointer}/${segmentOf(name)}`;
    return [objectAt(member, place), place] as const;
  });
}

function sumOf(counts: readonly PassCount[]): PassCount {
  return counts.reduce((a, b) => ({ passed: a.passed + b.passed, failed: a.failed + b.failed }), {
    passed: 0,
    failed: 0,
  });
}

/** The checks as they are listed; a summary of which somebody has taken the groups away has their metric still. */
function checksOf(
  listed: PassCount | undefined,
  failed: number | undefined,
  { inconsistencies }: Pick<K6Run, "inconsistencies">,
): Pick<K6Run, "checks" | "lacking"> {
  if (listed === undefined || listed.passed + listed.failed === 0) return {};
  const message = "the metric claims more failed checks than are listed";
  const lacking = claimsMore("failed checks", countOf(failed), listed.failed, inconsistencies);
  return { checks: listed, ...(lacking ? { lacking: { code: "checks-missing", message } } : {}) };
}

function thresholdsOf(metric: string, limits: readonly K6Limit[]): K6Run["thresholds"] {
  return limits.map((limit) => ({ metric, ...limit }));
}
