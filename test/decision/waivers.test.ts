import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isClosed } from "../../src/decision/decide.ts";
import type { WaiverRules } from "../../src/decision/environment.ts";
import { type Person, peopleOf } from "../../src/decision/people.ts";
import type { DecisionGate, Violation, WaiverReport } from "../../src/decision/types.ts";
import { applyWaivers, type Waiver, type WaiverContext } from "../../src/decision/waivers.ts";
import { canonicalDigest, sha256 } from "../../src/evidence/canonical.ts";
import {
  NOW,
  sampleDecide,
  sampleEnvironment,
  sampleGate,
  sampleInputs,
  sampleViolation,
  sampleWaiver,
  uncovered,
} from "./fixture.ts";
import { runs } from "./runs.ts";

const DAY_MS = 86_400_000;
const { waivers: RULES } = sampleEnvironment();

function context(changes: Partial<WaiverContext> = {}): WaiverContext {
  return {
    environment: "production",
    rules: RULES,
    people: peopleOf([]),
    authors: ["author@example.com"],
    subject: sampleInputs().subject,
    now: new Date(NOW),
    ...changes,
  };
}

function failing(violations: readonly Violation[] = [sampleViolation()], changes: Partial<DecisionGate> = {}) {
  return sampleGate({ result: "fail", violations, remediation: "Mend it.", ...changes });
}

const PEOPLE: readonly Person[] = [
  { name: "alice", roles: ["security"], identities: ["alice@example.com", "github:al"] },
  { name: "bob", roles: ["developer"], identities: ["bob@example.com"] },
  { name: "carol", roles: ["security", "lead"], identities: ["carol@example.com"] },
];

const lodash = (version: string): Violation =>
  sampleViolation({ package: `pkg:npm/lodash@${version}`, rule: "CVE-1", location: { path: "web/package.json" } });

interface Case {
  readonly name: string;
  readonly waivers?: readonly Waiver[];
  readonly violations?: readonly Violation[];
  readonly gate?: Partial<DecisionGate>;
  readonly context?: Partial<WaiverContext>;
  readonly result: DecisionGate["result"];
  /** Ids by list of the report; lists that are left out are empty. */
  readonly report?: Partial<Record<keyof WaiverReport, readonly string[]>>;
  /** Of the first waiver that has one. */
  readonly problem?: string;
  /** Whether no waiver has one. */
  readonly none?: true;
}

const USED = { used: ["w1"] };
const REFUSED = { refused: ["w1"] };
const UNUSED = { unused: ["w1"] };
const EXPIRED = { expired: ["w1"] };

const one = (changes: Partial<Waiver>): readonly Waiver[] => [sampleWaiver(changes)];
const matching = (match: Waiver["match"], changes: Partial<Waiver> = {}): readonly Waiver[] =>
  one({ ...changes, ...(match === undefined ? {} : { match }) });
const rules = (changes: Partial<WaiverRules>): Partial<WaiverContext> => ({ rules: { ...RULES, ...changes } });
const measured = (value: number, better: "higher" | "lower" = "higher"): readonly Violation[] => [
  sampleViolation({ measured: { value, limit: 80, better } }),
];

const CASES: readonly Case[] = [
  { name: "nothing waived", waivers: [], result: "fail" },
  { name: "a waiver in force", result: "waived", report: USED },
  {
    name: "its last day",
    context: { now: new Date("2026-01-15T23:59:59.999Z") },
    result: "waived",
    report: { ...USED, expiring: ["w1"] },
  },
  {
    name: "the day after",
    context: { now: new Date("2026-01-16T00:00:00Z") },
    result: "fail",
    report: EXPIRED,
    problem: "expired after 2026-01-15; what it was for is still there (1)",
  },
  { name: "its first moment", context: { now: new Date("2025-12-20T00:00:00Z") }, result: "waived", report: USED },
  {
    name: "the moment before",
    context: { now: new Date("2025-12-19T23:59:59.999Z") },
    result: "fail",
    report: REFUSED,
    problem: "it begins on 2025-12-20",
  },
  { name: "an instant that has come", waivers: one({ expires: NOW }), result: "fail", report: EXPIRED },
  {
    name: "a malformed end",
    waivers: one({ expires: "soon" }),
    result: "fail",
    report: EXPIRED,
    problem: 'expires is no date: "soon"; what it was for is still there (1)',
  },
  { name: "a day that does not exist", waivers: one({ expires: "2026-02-30" }), result: "fail", report: EXPIRED },
  {
    name: "a malformed beginning",
    waivers: one({ created: "20.12.2025" }),
    result: "fail",
    report: EXPIRED,
    problem: 'created is no date: "20.12.2025"; what it was for is still there (1)',
  },
  {
    name: "thirty days, both counted",
    waivers: one({ created: "2025-12-20", expires: "2026-01-18" }),
    result: "waived",
    report: USED,
  },
  {
    name: "thirty-one",
    waivers: one({ created: "2025-12-20", expires: "2026-01-19" }),
    result: "fail",
    report: REFUSED,
    problem: "lifetime of 31 days is longer than 30",
  },
  {
    name: "longer than the environment allows",
    context: rules({ lifetimeMs: 7 * DAY_MS }),
    result: "fail",
    report: REFUSED,
    problem: "lifetime of 27 days is longer than 7",
  },
  {
    name: "longer than anybody may allow",
    waivers: one({ expires: "2026-02-02" }),
    context: rules({ lifetimeMs: 90 * DAY_MS }),
    result: "fail",
    report: REFUSED,
    problem: "lifetime of 45 days is longer than 30",
  },
  {
    name: "about to expire",
    context: rules({ warnMs: 15 * DAY_MS }),
    result: "waived",
    report: { ...USED, expiring: ["w1"] },
  },
  { name: "a millisecond more than that", context: rules({ warnMs: 15 * DAY_MS - 1 }), result: "waived", report: USED },

  {
    name: "one approval of two",
    waivers: one({ approvedBy: ["alice@example.com"] }),
    result: "fail",
    report: REFUSED,
    problem: "approved by 1 of 2",
  },
  {
    name: "one approval of one",
    waivers: one({ approvedBy: ["alice@example.com"] }),
    context: rules({ quorum: 1 }),
    result: "waived",
    report: USED,
  },
  {
    name: "no approval",
    waivers: one({ approvedBy: [] }),
    context: rules({ quorum: 1 }),
    result: "fail",
    report: REFUSED,
    problem: "approved by 0 of 1",
  },
  {
    name: "one person twice",
    waivers: one({ approvedBy: ["alice@example.com", "Alice <ALICE@example.com>"] }),
    result: "fail",
    report: REFUSED,
    problem: "approved by 1 of 2",
  },
  {
    name: "one listed person under two names",
    waivers: one({ approvedBy: ["alice@example.com", "github:al"] }),
    context: { people: peopleOf(PEOPLE) },
    result: "fail",
    report: REFUSED,
  },
  {
    name: "approved by the requester",
    waivers: one({ requestedBy: "Bob <bob@example.com>" }),
    result: "fail",
    report: REFUSED,
    problem: "approved by 1 of 2: bob@example.com has requested it",
  },
  {
    name: "approved by the author",
    context: { authors: ["x@example.com", "Alice <alice@example.com>"] },
    result: "fail",
    report: REFUSED,
    problem: "approved by 1 of 2: alice@example.com is the change's author",
  },
  {
    name: "approved by the author of the pull request",
    context: { subject: { ...sampleInputs().subject, change: { id: "7", author: "bob@example.com" } } },
    result: "fail",
    report: REFUSED,
  },
  {
    name: "approved by the author under another name",
    context: { people: peopleOf(PEOPLE), authors: ["github:al"] },
    result: "fail",
    report: REFUSED,
  },
  {
    name: "an author whom nobody knows",
    context: { authors: [] },
    result: "fail",
    report: REFUSED,
    problem: "the change's author is not known, so that nobody can be shown to be somebody else",
  },
  {
    name: "a stranger beside known people",
    waivers: one({ approvedBy: ["alice@example.com", "eve@example.com"] }),
    context: { people: peopleOf(PEOPLE) },
    result: "fail",
    report: REFUSED,
    problem: "approved by 1 of 2: eve@example.com is not known",
  },
  { name: "known people", context: { people: peopleOf(PEOPLE) }, result: "waived", report: USED },
  {
    name: "without the role",
    context: { ...rules({ roles: ["security", "lead"] }), people: peopleOf(PEOPLE) },
    result: "fail",
    report: REFUSED,
    problem: "approved by 1 of 2: bob@example.com is not security or lead",
  },
  {
    name: "with the role",
    waivers: one({ approvedBy: ["alice", "carol"] }),
    context: { ...rules({ roles: ["security"] }), people: peopleOf(PEOPLE) },
    result: "waived",
    report: USED,
  },
  { name: "a role that nobody can have", context: rules({ roles: ["security"] }), result: "fail", report: REFUSED },

  {
    name: "another gate",
    waivers: one({ gate: "other" }),
    result: "fail",
    report: UNUSED,
    problem: "the environment does not have the gate other",
  },
  { name: "another environment", waivers: one({ scope: { environments: ["staging"], paths: [] } }), result: "fail" },
  {
    name: "this environment",
    waivers: one({ scope: { environments: ["staging", "production"], paths: [] } }),
    result: "waived",
    report: USED,
  },
  { name: "another fingerprint", waivers: one({ fingerprint: sha256("other") }), result: "fail", report: UNUSED },
  {
    name: "a path of the scope",
    waivers: one({ scope: { environments: [], paths: ["web/**"] } }),
    violations: [lodash("4.17.20")],
    result: "waived",
    report: USED,
  },
  {
    name: "a path outside of it",
    waivers: one({ scope: { environments: [], paths: ["api/**"] } }),
    violations: [lodash("4.17.20")],
    result: "fail",
    report: UNUSED,
  },
  {
    name: "no path, where the scope has some",
    waivers: one({ scope: { environments: [], paths: ["**"] } }),
    result: "fail",
    report: UNUSED,
  },

  {
    name: "a rule",
    waivers: matching({ rule: "CVE-1" }),
    violations: [lodash("4.17.20")],
    result: "waived",
    report: USED,
  },
  {
    name: "another rule",
    waivers: matching({ rule: "CVE-10" }),
    violations: [lodash("4.17.20")],
    result: "fail",
    report: UNUSED,
  },
  {
    name: "a package",
    waivers: matching({ package: "pkg:npm/Lodash" }),
    violations: [lodash("4.17.20")],
    result: "waived",
    report: USED,
  },
  {
    name: "a package with a scope",
    waivers: matching({ package: "pkg:npm/%40acme/a" }),
    violations: [sampleViolation({ package: "pkg:npm/@acme/a@1.0.0" })],
    result: "waived",
    report: USED,
  },
  {
    name: "a package whose name goes on",
    waivers: matching({ package: "pkg:npm/lodash" }),
    violations: [sampleViolation({ package: "pkg:npm/lodash.merge@1.0.0" })],
    result: "fail",
    report: UNUSED,
  },
  {
    name: "a path",
    waivers: matching({ path: "*/package.json" }),
    violations: [lodash("4.17.20")],
    result: "waived",
    report: USED,
  },
  {
    name: "every member has to match",
    waivers: matching({ rule: "CVE-1", path: "api/**" }),
    violations: [lodash("4.17.20")],
    result: "fail",
    report: UNUSED,
  },

  {
    name: "a graver finding",
    waivers: one({ severity: "medium" }),
    result: "fail",
    report: REFUSED,
    problem: "the finding got worse: high is graver than medium",
  },
  { name: "a less grave one", waivers: one({ severity: "critical" }), result: "waived", report: USED },
  {
    name: "a finding whose severity is no longer known",
    waivers: one({ severity: "medium" }),
    violations: [sampleViolation({ severity: "unknown" })],
    result: "fail",
    report: REFUSED,
  },
  {
    name: "a version of the range",
    waivers: one({ scope: { environments: [], paths: [], versions: ">=4 <4.17.21" } }),
    violations: [lodash("4.17.20")],
    result: "waived",
    report: USED,
  },
  {
    name: "another version",
    waivers: one({ scope: { environments: [], paths: [], versions: ">=4 <4.17.21" } }),
    violations: [lodash("4.17.21")],
    result: "fail",
    report: REFUSED,
    problem: "the version 4.17.21 is not in >=4 <4.17.21",
  },
  {
    name: "a version that cannot be compared",
    waivers: one({ scope: { environments: [], paths: [], versions: ">=4" } }),
    violations: [lodash("latest")],
    result: "fail",
    report: REFUSED,
  },
  {
    name: "no version",
    waivers: one({ scope: { environments: [], paths: [], versions: ">=4" } }),
    result: "fail",
    report: REFUSED,
    problem: "it is for the versions >=4, and the finding's is not known",
  },
  {
    name: "as many as it covers",
    waivers: matching({ rule: "r" }, { occurrences: 2 }),
    violations: ["a", "b"].map((message) => sampleViolation({ message, rule: "r" })),
    result: "waived",
    report: USED,
  },
  {
    name: "one more voids all",
    waivers: matching({ rule: "r" }, { occurrences: 2 }),
    violations: ["a", "b", "c"].map((message) => sampleViolation({ message, rule: "r" })),
    result: "fail",
    report: REFUSED,
    problem: "it covers 2, and 3 match",
  },
  {
    name: "a second one that cannot be told from the first",
    violations: [
      sampleViolation(),
      sampleViolation({ fingerprint: canonicalDigest([sampleViolation().fingerprint, 2]) }),
    ],
    result: "fail",
    report: REFUSED,
    problem: "it covers 1, and 2 match",
  },
  {
    name: "a second one that was counted",
    waivers: one({ occurrences: 2 }),
    violations: [
      sampleViolation(),
      sampleViolation({ fingerprint: canonicalDigest([sampleViolation().fingerprint, 2]) }),
    ],
    result: "waived",
    report: USED,
  },
  {
    name: "a figure that is no worse",
    waivers: one({ value: 70 }),
    violations: measured(70),
    result: "waived",
    report: USED,
  },
  {
    name: "a figure that got worse",
    waivers: one({ value: 70 }),
    violations: measured(69.9),
    result: "fail",
    report: REFUSED,
    problem: "the finding got worse: 69.9 is less than 70",
  },
  {
    name: "a figure that should be low and is higher",
    waivers: one({ value: 70 }),
    violations: measured(70.1, "lower"),
    result: "fail",
    report: REFUSED,
    problem: "the finding got worse: 70.1 is more than 70",
  },
  { name: "a figure of which the waiver says nothing", violations: measured(70), result: "fail", report: REFUSED },
  { name: "a figure that is no longer stated", waivers: one({ value: 70 }), result: "fail", report: REFUSED },

  {
    name: "two that agree",
    waivers: [sampleWaiver(), sampleWaiver({ id: "w2" })],
    result: "waived",
    report: { used: ["w1", "w2"] },
  },
  {
    name: "two that disagree",
    waivers: [sampleWaiver(), sampleWaiver({ id: "w2", severity: "medium" })],
    result: "fail",
    report: { refused: ["w1", "w2"] },
    problem: "w2 is for it as well and stricter: the finding got worse: high is graver than medium",
  },
  {
    name: "a stricter one that has expired",
    waivers: [sampleWaiver(), sampleWaiver({ id: "w2", severity: "medium", expires: "2025-12-31" })],
    result: "fail",
    report: { refused: ["w1"], expired: ["w2"] },
  },
  {
    name: "a stricter one that nobody approved",
    waivers: [sampleWaiver(), sampleWaiver({ id: "w2", severity: "low", approvedBy: [] })],
    result: "fail",
    report: { refused: ["w1", "w2"] },
  },
  {
    name: "a stricter one for another environment",
    waivers: [
      sampleWaiver(),
      sampleWaiver({ id: "w2", severity: "low", scope: { environments: ["staging"], paths: [] } }),
    ],
    result: "waived",
    report: USED,
  },
  {
    name: "a second one that has expired and accepts it",
    waivers: [sampleWaiver({ expires: "2025-12-31" }), sampleWaiver({ id: "w2" })],
    result: "waived",
    report: { used: ["w2"], expired: ["w1"] },
  },

  {
    name: "one violation of two",
    violations: [sampleViolation(), sampleViolation({ message: "another" })],
    result: "fail",
    report: USED,
  },
  {
    name: "the other one is in the baseline",
    violations: [sampleViolation(), sampleViolation({ message: "another", baseline: true })],
    result: "waived",
    report: USED,
  },
  {
    name: "what is in the baseline needs no waiver",
    violations: [sampleViolation({ baseline: true }), sampleViolation({ message: "another" })],
    result: "fail",
    report: UNUSED,
  },
  {
    name: "something that could not be evaluated besides",
    gate: { reason: "scan.sarif cannot be used" },
    result: "not-evaluated",
    report: USED,
  },
  {
    name: "the author of the change among those who approved it",
    context: { subject: { ...sampleInputs().subject, change: { id: "7", author: "alice@example.com" } } },
    result: "fail",
    report: { refused: ["w1"] },
  },
  {
    name: "an author of the change who did not approve it",
    context: { subject: { ...sampleInputs().subject, change: { id: "7", author: "dave@example.com" } } },
    result: "waived",
    report: USED,
  },
  { name: "a gate that passes", gate: { result: "pass", violations: [] }, result: "pass", report: UNUSED },
  {
    name: "a gate that does not apply",
    gate: { result: "not-applicable", violations: [], reason: "no code" },
    result: "not-applicable",
    report: UNUSED,
    none: true,
  },
  {
    name: "a gate that fails for something else, and was not evaluated in full",
    violations: [sampleViolation({ message: "another" })],
    gate: { reason: "scan.sarif cannot be used" },
    result: "fail",
    report: UNUSED,
    problem: "the gate gate was not evaluated in full",
  },
  {
    name: "a gate that was not evaluated",
    gate: { result: "not-evaluated", violations: [], reason: "there is no findings evidence" },
    result: "not-evaluated",
    report: UNUSED,
    problem: "the gate gate was not evaluated in full",
  },
];

describe.each(CASES)("$name", ({ waivers, violations, gate, context: changes, result, report, problem, none }) => {
  const applied = () => applyWaivers([failing(violations, gate)], waivers ?? [sampleWaiver()], context(changes));

  it(`is ${result}`, () => expect(applied().gates[0]?.result).toBe(result));

  it("is reported", () => {
    const { report: reported } = applied();
    const ids = Object.fromEntries(
      Object.entries({ ...reported }).map(([list, notes]) => [list, notes.map(({ id }) => id)]),
    );
    expect(ids).toEqual({ used: [], unused: [], expired: [], expiring: [], refused: [], ...report });
    const problems = Object.values({ ...reported }).flatMap((notes) => notes.flatMap((note) => note.problem ?? []));
    if (problem !== undefined) expect(problems[0]).toBe(problem);
    if (none) expect(problems).toEqual([]);
  });
});

it("keeps what is covered, marks it, and says no more what to do", () => {
  const violation = sampleViolation({ rule: "r" });
  const [gate] = applyWaivers([failing([violation])], [sampleWaiver()], context()).gates;
  expect(gate?.violations).toEqual([{ ...violation, waiver: "w1" }]);
  expect(gate?.remediation).toBeUndefined();
});

it("names the one of several that ends first", () => {
  const waivers = [sampleWaiver(), sampleWaiver({ id: "w2", expires: "2026-01-10" })];
  expect(applyWaivers([failing()], waivers, context()).gates[0]?.violations[0]?.waiver).toBe("w2");
});

it("names the first by id of several that end together, in any order", () => {
  const waivers = ["w2", "w1", "w3"].map((id) => sampleWaiver({ id }));
  for (const order of [waivers, waivers.toReversed()]) {
    expect(applyWaivers([failing()], order, context()).gates[0]?.violations[0]?.waiver).toBe("w1");
  }
});

it("says what is still there when it has expired, and nothing where it is gone", () => {
  const expired = sampleWaiver({ expires: "2025-12-31" });
  const saidOf = (gate: DecisionGate) => applyWaivers([gate], [expired], context()).report.expired[0]?.problem;
  expect(saidOf(failing())).toMatch(/; what it was for is still there \(1\)$/);
  expect(saidOf(sampleGate())).not.toMatch(/;|Stryker/);
});

it("gives the first reasons why it does not cover several findings, and how many more there are", () => {
  const packages = Array.from({ length: 9 }, (_, index) => lodash(`4.17.${index}`));
  const graver = packages.map(
    (violation): Violation => ({ ...violation, severity: "critical", message: violation.package ?? "" }),
  );
  const waiver = sampleWaiver({ match: { rule: "CVE-1" }, severity: "high", occurrences: 9 });
  const { refused } = applyWaivers([failing(graver)], [waiver], context()).report;
  expect(refused).toHaveLength(1);
  expect(refused[0]?.problem).toBe("the finding got worse: critical is graver than high");
  const strict = ["a", "b", "c", "d", "e"].map((id) =>
    sampleWaiver({ id, match: { rule: "CVE-1" }, severity: "low", occurrences: 9 }),
  );
  const listed = applyWaivers([failing(packages)], strict, context()).report.refused[0]?.problem;
  expect(listed?.split("; ")).toEqual([
    "the finding got worse: high is graver than low",
    "b is for it as well and stricter: the finding got worse: high is graver than low",
    "c is for it as well and stricter: the finding got worse: high is graver than low",
    "and 2 more",
  ]);
});

it("lets a release through, and not past another gate", () => {
  const gates = [failing()];
  const waived = { waivers: [sampleWaiver()] };
  expect(sampleDecide({ gates }, waived)).toMatchObject({ outcome: "allow", exitCode: 0 });
  expect(sampleDecide({ gates: [...gates, failing([], { id: "other" })] }, waived).outcome).toBe("block");
});

/** Mostly what a waiver in force has, so that many gates are open and can close. */
function mostly<T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> {
  return fc.oneof({ weight: 3, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...others) });
}

const severity = mostly<Violation["severity"]>("high", "critical", "medium", "low", "unknown");
const approvers = mostly(
  ["alice@example.com", "bob@example.com"],
  [],
  ["alice@example.com", "Alice <alice@example.com>"],
  ["author@example.com", "alice@example.com", "carol@example.com"],
  ["rita@example.com", "bob@example.com"],
);
const messages = ["a", "b", "c"] as const;
const anyViolation = fc.record({
  message: fc.constantFrom(...messages),
  severity,
  rule: fc.constantFrom("r", "s"),
  location: fc.constantFrom({ path: "a/x" }, { path: "b/x" }),
  package: fc.constantFrom("pkg:npm/a@1.0.0", "pkg:npm/a@2.0.0"),
});
const anyWaiver = fc
  .record({
    id: fc.constantFrom("w1", "w2", "w3", "w4"),
    by: fc.constantFrom("fingerprint", "rule", "path", "package" as const),
    message: fc.constantFrom(...messages),
    severity,
    occurrences: fc.integer({ min: 1, max: 4 }),
    approvedBy: approvers,
    created: mostly("2025-12-20", "2025-12-10", "2026-01-02", "never"),
    expires: mostly("2026-01-15", "2026-01-01", "2025-12-31", "2026-02-20", "never"),
    versions: mostly<string | undefined>(undefined, "<2"),
    environments: mostly<readonly string[]>([], ["production"], ["staging"]),
  })
  .map(({ by, message, versions, environments, ...rest }) => {
    const scope = { environments, paths: [], ...(versions === undefined ? {} : { versions }) };
    const matches = { rule: { rule: "r" }, path: { path: "a/**" }, package: { package: "pkg:npm/a" } };
    return by === "fingerprint"
      ? sampleWaiver({ ...rest, scope, fingerprint: sha256(message) })
      : sampleWaiver({ ...rest, scope, match: matches[by] });
  });
const situation = fc.record({
  waivers: fc.uniqueArray(anyWaiver, { maxLength: 4, selector: ({ id }) => id }),
  violations: fc
    .uniqueArray(anyViolation, { minLength: 1, maxLength: 2, selector: ({ message }) => message })
    .map((all) => all.map((changes) => sampleViolation(changes))),
});

/** Whether the gate of a situation lets a release through. */
function opens(
  waivers: readonly Waiver[],
  violations: readonly Violation[],
  changes: Partial<WaiverContext> = {},
): boolean {
  const [gate] = applyWaivers([failing(violations)], waivers, context(changes)).gates;
  return gate !== undefined && !isClosed(gate);
}

describe("whatever the waivers are", () => {
  it("opens some gates", () => {
    const opened = fc
      .sample(situation, { numRuns: 2_000, seed: 1 })
      .filter(({ waivers, violations }) => opens(waivers, violations));
    expect(opened.length).toBeGreaterThan(100);
  });

  it("never opens a gate when one loses an approval", () => {
    fc.assert(
      fc.property(situation, fc.nat(), fc.nat(), ({ waivers, violations }, which, approval) => {
        fc.pre(waivers.length > 0 && !opens(waivers, violations));
        const fewer = waivers.map((waiver, index) =>
          index === which % waivers.length
            ? {
                ...waiver,
                approvedBy: waiver.approvedBy.toSpliced(approval % Math.max(1, waiver.approvedBy.length), 1),
              }
            : waiver,
        );
        expect(opens(fewer, violations)).toBe(false);
      }),
      { numRuns: runs(3_000) },
    );
  });

  it("never opens a gate when one has expired", () => {
    fc.assert(
      fc.property(
        situation,
        fc.nat(),
        fc.constantFrom("2025-12-25", "soon"),
        ({ waivers, violations }, which, expires) => {
          fc.pre(waivers.length > 0 && !opens(waivers, violations));
          const ended = waivers.map((waiver, index) =>
            index === which % waivers.length ? { ...waiver, expires } : waiver,
          );
          expect(opens(ended, violations)).toBe(false);
        },
      ),
      { numRuns: runs(3_000) },
    );
  });

  it("never opens a gate as time goes by, once all have begun", () => {
    fc.assert(
      fc.property(situation, fc.integer({ min: 0, max: 90 }), ({ waivers, violations }, later) => {
        const begun = waivers.filter(({ created }) => created <= "2026-01-01");
        fc.pre(!opens(begun, violations));
        expect(opens(begun, violations, { now: new Date(Date.parse(NOW) + later * DAY_MS) })).toBe(false);
      }),
      { numRuns: runs(3_000) },
    );
  });

  it("never opens a gate for one more author, violation, or stricter waiver", () => {
    fc.assert(
      fc.property(situation, anyViolation, anyWaiver, ({ waivers, violations }, worse, stricter) => {
        fc.pre(!opens(waivers, violations));
        expect(opens(waivers, violations, { authors: ["author@example.com", "bob@example.com"] })).toBe(false);
        expect(opens(waivers, violations, { authors: [] })).toBe(false);
        expect(opens(waivers, [...violations, sampleViolation({ ...worse, message: "more" })])).toBe(false);
        expect(opens([...waivers, { ...stricter, id: "w9", approvedBy: [] }], violations)).toBe(false);
      }),
      { numRuns: runs(2_000) },
    );
  });

  it("does not depend on their order, nor on that of the violations", () => {
    fc.assert(
      fc.property(situation, ({ waivers, violations }) => {
        expect(opens(waivers.toReversed(), violations.toReversed())).toBe(opens(waivers, violations));
      }),
    );
  });

  it("covers only what one of them is for, and lists everything", () => {
    fc.assert(
      fc.property(situation, ({ waivers, violations }) => {
        const [gate] = applyWaivers([failing(violations)], waivers, context()).gates;
        expect(gate?.violations.map(uncovered)).toEqual(violations);
        for (const { waiver } of gate?.violations ?? []) {
          if (waiver !== undefined) expect(waivers.map(({ id }) => id)).toContain(waiver);
        }
      }),
    );
  });
});
