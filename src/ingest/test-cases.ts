import { testsSummary } from "../evidence/summary.ts";
import type {
  Diagnostic,
  EvidenceStatus,
  EvidenceSubject,
  ParsedEvidence,
  TestCase,
  TestNote,
  TestStatus,
  TestSuiteName,
  Tool,
} from "../evidence/types.ts";
import type { ParseContext } from "./adapter.ts";
import type { DiagnosticList } from "./diagnostics.ts";
import { pathInCheckout } from "./paths.ts";
import { countOf, kept, uniqueId } from "./values.ts";

/** A test case as a format has it, with strings of any length and paths as written. */
export interface FoundCase {
  readonly suite: string;
  /** Part of the id, where a suite holds several classes. */
  readonly className?: string | undefined;
  readonly name: string;
  readonly file?: string | undefined;
  readonly status: TestStatus;
  /** As many as there are outcomes, else 1, where the format does not say. */
  readonly attempts?: number | undefined;
  /** Looked at for a case that passed only. */
  readonly flaky?: boolean | undefined;
  readonly note?: TestNote | undefined;
  /** Of each attempt in order. */
  readonly outcomes?: readonly TestStatus[] | undefined;
  readonly message?: string | undefined;
  /** In milliseconds; rounded, and dropped where it is negative or no number. */
  readonly durationMs?: number | undefined;
}

/** The cases of a report in the order of the file, with ids that are told apart. */
export interface CaseList {
  readonly cases: readonly TestCase[];
  add(found: FoundCase): void;
  count(status: TestStatus): number;
}

/** An empty {@link CaseList}. */
export function createCases({ limits, root }: ParseContext): CaseList {
  const cases: TestCase[] = [];
  const seen = new Map<string, number>();
  return {
    cases,
    add(found) {
      const suite = kept(found.suite.trim() || "(no suite)", limits);
      const className = kept(found.className?.trim() ?? "", limits);
      const name = kept(found.name.trim() || "(no name)", limits);
      const { message, durationMs = Number.NaN } = found;
      const path = className === "" || className === suite ? [suite, name] : [suite, className, name];
      cases.push({
        // Parametrised tests without ids share a name.
        id: uniqueId(path.join(" > "), seen),
        suite,
        name,
        ...(found.file?.trim() ? { file: kept(pathInCheckout(found.file, root), limits) } : {}),
        status: found.status,
        ...(found.note === undefined ? {} : { note: found.note }),
        attempts: Math.max(1, found.attempts ?? found.outcomes?.length ?? 1),
        ...(found.outcomes === undefined ? {} : { outcomes: found.outcomes }),
        flaky: found.flaky === true && found.status === "passed",
        ...(message?.trim() ? { message: kept(message.trim(), limits) } : {}),
        ...(durationMs >= 0 && Number.isSafeInteger(Math.round(durationMs))
          ? { durationMs: Math.round(durationMs) }
          : {}),
      });
    },
    count: (status) => cases.filter((found) => found.status === status).length,
  };
}

/** A test file, or a package of one, that could not be loaded or built: none of its tests was run. */
export function loadError(suite: string, message: string | undefined, file?: string): FoundCase {
  return { suite, name: "(load)", file, status: "errored", note: "load-error", message };
}

/** Of more attempts of one test than this, the number alone is kept. */
const MOST_OUTCOMES = 100;

/** The attempts of a test that is run again for no other reason than that it failed. */
export function attemptsOf(
  status: TestStatus,
  failedBefore: number,
): Pick<FoundCase, "attempts" | "flaky" | "outcomes"> {
  if (failedBefore === 0) return {};
  if (failedBefore >= MOST_OUTCOMES) return { attempts: countOf(failedBefore + 1) ?? failedBefore, flaky: true };
  return { outcomes: [...Array<TestStatus>(failedBefore).fill("failed"), status], flaky: true };
}

/** What an adapter of test results has found out, beside its cases. */
export interface TestReport {
  readonly cases: readonly TestCase[];
  readonly suites: number;
  /** Which tests they are, as declared. */
  readonly suite: TestSuiteName | undefined;
  readonly status: EvidenceStatus;
  readonly reasons: DiagnosticList;
  readonly inconsistencies: DiagnosticList;
  readonly warnings?: readonly Diagnostic[];
  readonly tools?: readonly Tool[];
  readonly formatVersion?: string | undefined;
  readonly producedAt?: string | undefined;
  /** What the report says that it is of. */
  readonly subject?: EvidenceSubject;
}

/** The evidence of a test report, counted from its cases. */
export function testsEvidence(report: TestReport): ParsedEvidence {
  const { cases, formatVersion, producedAt } = report;
  return {
    kind: "tests",
    ...(formatVersion === undefined ? {} : { formatVersion }),
    tools: report.tools ?? [],
    subject: report.subject ?? {},
    ...(producedAt === undefined ? {} : { producedAt }),
    status: report.status,
    statusReasons: report.reasons.list(),
    quality: {
      warnings: report.warnings ?? [],
      inconsistencies: report.inconsistencies.list(),
      redactions: 0,
    },
    summary: testsSummary({ suite: report.suite ?? "unit", suites: report.suites }, cases),
    body: { cases },
  };
}

/**
 * Compares a total that a report declares with what was counted, and says whether the report claims more than it has:
 * then cases are missing from it.
 */
export function claimsMore(
  what: string,
  declared: number | undefined,
  counted: number,
  inconsistencies: DiagnosticList,
  place?: string,
): boolean {
  if (declared === undefined || declared === counted) return false;
  inconsistencies.add(`${what}-differ`, `declares ${declared} ${what}, has ${counted}`, place);
  return declared > counted;
}

/** The instant that many milliseconds after 1970, where there is one. */
export function instantOfMilliseconds(value: unknown): string | undefined {
  if (typeof value !== "number" || !(value > 0 && value <= 253_402_300_799_999)) return undefined;
  return new Date(value).toISOString();
}
