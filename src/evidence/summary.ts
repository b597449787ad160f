import {
  type Component,
  type Finding,
  type FindingsEvidence,
  MUTANT_STATUSES,
  type Mutant,
  type MutantStatus,
  type MutatedFile,
  type MutationEvidence,
  type SbomEvidence,
  SEVERITIES,
  type TestCase,
  type TestNote,
  type TestStatus,
  type TestsEvidence,
} from "./types.ts";

/** The counts of some findings. */
export function findingsSummary(findings: readonly Finding[]): FindingsEvidence["summary"] {
  const open = findings.filter(({ suppressed }) => !suppressed);
  const counts = new Map(SEVERITIES.map((severity) => [severity, 0]));
  for (const { severity } of open) counts.set(severity, (counts.get(severity) ?? 0) + 1);
  const count = (severity: Finding["severity"]) => counts.get(severity) ?? 0;
  return {
    total: findings.length,
    open: open.length,
    suppressed: findings.length - open.length,
    bySeverity: {
      critical: count("critical"),
      high: count("high"),
      medium: count("medium"),
      low: count("low"),
      info: count("info"),
      unknown: count("unknown"),
    },
  };
}

/** Whether the suppressions of a finding take it out of the count: there are some, and all are accepted. */
export function isSuppressed(suppressions: Finding["suppressions"]): boolean {
  return suppressions.length > 0 && suppressions.every(({ status }) => status === "accepted");
}

/** The counts of some test cases; how long they took is missing where none of them says it. */
export function testsSummary(
  { suite, suites }: Pick<TestsEvidence["summary"], "suite" | "suites">,
  cases: readonly TestCase[],
): TestsEvidence["summary"] {
  const having = (status: TestStatus) => cases.filter((found) => found.status === status).length;
  const noted = (wanted: TestNote) => cases.filter(({ note }) => note === wanted).length;
  const durations = cases.map(({ durationMs }) => durationMs).filter((duration) => duration !== undefined);
  return {
    suite,
    total: cases.length,
    suites,
    passed: having("passed"),
    failed: having("failed"),
    errored: having("errored"),
    skipped: having("skipped"),
    flaky: cases.filter(({ flaky }) => flaky).length,
    retried: cases.filter(({ attempts }) => attempts > 1).length,
    todo: noted("todo"),
    expectedFailures: noted("expected-failure"),
    unexpectedPasses: noted("unexpected-pass"),
    notRun: noted("not-run"),
    loadErrors: noted("load-error"),
    ...(durations.length === 0 ? {} : { durationMs: durations.reduce((sum, duration) => sum + duration, 0) }),
  };
}

/** What the summary of a bill of materials says of its components. */
export function componentCounts(
  components: readonly Component[],
): Pick<
  SbomEvidence["summary"],
  "components" | "withHash" | "withLicence" | "withPurl" | "withSupplier" | "withVersion"
> {
  return {
    components: components.length,
    withPurl: components.filter(({ purl }) => purl !== undefined).length,
    withVersion: components.filter(({ version }) => version !== undefined).length,
    withLicence: components.filter(({ licences }) => licences.length > 0).length,
    withHash: components.filter(({ hashes }) => hashes > 0).length,
    withSupplier: components.filter(({ supplier }) => supplier !== undefined).length,
  };
}

/** The counts of some mutants. @param files how many source files the report names */
export function mutationSummary(mutants: readonly Mutant[], files: number): MutationEvidence["summary"] {
  const counts = new Map(MUTANT_STATUSES.map((status) => [status, 0]));
  for (const { status } of mutants) counts.set(status, (counts.get(status) ?? 0) + 1);
  const count = (status: MutantStatus) => counts.get(status) ?? 0;
  const detected = count("killed") + count("timeout");
  const covered = detected + count("survived");
  return {
    total: mutants.length,
    detected,
    valid: covered + count("no-coverage"),
    covered,
    killed: count("killed"),
    timeout: count("timeout"),
    survived: count("survived"),
    noCoverage: count("no-coverage"),
    compileError: count("compile-error"),
    runtimeError: count("runtime-error"),
    ignored: count("ignored"),
    pending: count("pending"),
    files,
  };
}

const DETECTED: ReadonlySet<MutantStatus> = new Set(["killed", "timeout"]);
const VALID: ReadonlySet<MutantStatus> = new Set([...DETECTED, "survived", "no-coverage"]);

/** The source files of a mutation report. @param named those that it names; those of the mutants are added */
export function mutatedFiles(named: readonly string[], mutants: readonly Mutant[]): readonly MutatedFile[] {
  const files = new Map(named.map((path) => [path, { detected: 0, valid: 0 }]));
  for (const { file, status } of mutants) {
    const counts = files.get(file) ?? { detected: 0, valid: 0 };
    files.set(file, counts);
    if (DETECTED.has(status)) counts.detected++;
    if (VALID.has(status)) counts.valid++;
  }
  return [...files].map(([path, counts]) => ({ path, ...counts }));
}
