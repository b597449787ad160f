import { distinguishFindings } from "../evidence/fingerprint.ts";
import { findingsSummary } from "../evidence/summary.ts";
import {
  type Artifact,
  CATEGORIES,
  type Category,
  type EvidenceStatus,
  type Finding,
  type ParsedEvidence,
  type Tool,
} from "../evidence/types.ts";
import { FormatError, type ParseContext } from "./adapter.ts";
import type { DiagnosticList } from "./diagnostics.ts";
import type { SplitJson } from "./json.ts";
import { isObject, type JsonObject, kept } from "./values.ts";

/** What the report of one scanner says, before it is made a document. */
export interface ScannerReport {
  readonly tool: Tool;
  readonly formatVersion?: string;
  /** What was scanned for, whether or not anything was found; the categories of the findings need not be repeated. */
  readonly scanned: readonly Category[];
  readonly findings: readonly Finding[];
  /** What was scanned, as far as the report tells it from others by digest. */
  readonly artifacts?: readonly Artifact[];
  readonly status: EvidenceStatus;
  readonly reasons: DiagnosticList;
  readonly warnings: DiagnosticList;
  readonly inconsistencies: DiagnosticList;
  /** RFC 3339, UTC. */
  readonly producedAt?: string | undefined;
  /** Strings that were left out because they hold secrets. */
  readonly redactions?: number;
}

/** The findings document of a report, with one scan for each category. A category that the user declared is that of everything. */
export function findingsEvidence(report: ScannerReport, { declared, limits }: ParseContext): ParsedEvidence {
  const category = declared?.category;
  const stated = category === undefined ? report.findings : report.findings.map((one) => ({ ...one, category }));
  const findings = distinguishFindings(stated);
  const scanned = category === undefined ? [...report.scanned, ...findings.map((one) => one.category)] : [category];
  const name = kept(report.tool.name, limits);
  const tool = report.tool.version === undefined ? { name } : { name, version: kept(report.tool.version, limits) };
  const successful = report.status === "complete" ? true : report.status === "failed" ? false : "unknown";
  return {
    kind: "findings",
    ...(report.formatVersion === undefined ? {} : { formatVersion: kept(report.formatVersion, limits) }),
    tools: [tool],
    subject: report.artifacts === undefined || report.artifacts.length === 0 ? {} : { artifacts: report.artifacts },
    ...(report.producedAt === undefined ? {} : { producedAt: report.producedAt }),
    status: report.status,
    statusReasons: report.reasons.list(),
    quality: {
      warnings: report.warnings.list(),
      inconsistencies: report.inconsistencies.list(),
      redactions: report.redactions ?? 0,
    },
    summary: findingsSummary(findings),
    body: {
      scans: CATEGORIES.filter((known) => scanned.includes(known)).map((known) => ({
        tool: name,
        ...(tool.version === undefined ? {} : { version: tool.version }),
        category: known,
        successful,
        results: findings.filter((finding) => finding.category === known).length,
      })),
      findings,
    },
  };
}

/**
 * The objects of an array that may be missing or `null`.
 *
 * @throws {FormatError} `malformed` at the pointer: what cannot be read must not pass for nothing found
 */
export function objectsAt(value: unknown, pointer: string): readonly JsonObject[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new FormatError("malformed", "it is not an array", pointer);
  return value.map((item: unknown, index) => objectAt(item, `${pointer}/${index}`));
}

/**
 * The objects of an array that may be missing or `null`, one at a time, each with its JSON pointer.
 *
 * @param value the array as it is in the document, where it may have been cut
 * @throws {FormatError} as {@link objectsAt}, for an element once it is asked for
 */
export function objectsIn(
  json: SplitJson,
  value: unknown,
  pointer: string,
): Iterable<readonly [object: JsonObject, place: string]> {
  objectsAt(value, pointer);
  return placedObjects(json.elements(pointer), pointer);
}

function* placedObjects(elements: Iterable<unknown>, pointer: string) {
  let index = 0;
  for (const element of elements) {
    const place = `${pointer}/${index++}`;
    yield [objectAt(element, place), place] as const;
  }
}

/** The value as an object, else {@link FormatError} `malformed` at the pointer. */
export function objectAt(value: unknown, pointer: string): JsonObject {
  if (!isObject(value)) throw new FormatError("malformed", "it is not an object", pointer);
  return value;
}

/** The value as a string with something in it, else {@link FormatError} `malformed` at the pointer. */
export function textAt(value: unknown, pointer: string): string {
  if (typeof value !== "string" || value.trim() === "") {
    throw new FormatError("malformed", "it is not a string with something in it", pointer);
  }
  return value;
}
