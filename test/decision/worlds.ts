import fc from "fast-check";
import { type Statement, violationsDigest } from "../../src/decision/approvals.ts";
import { BASELINE_SCHEMA, type BaselinedViolation } from "../../src/decision/baseline.ts";
import { type DecisionInputs, decide } from "../../src/decision/decide.ts";
import type { Environment } from "../../src/decision/environment.ts";
import { type AssessedEvidence, assessEvidence, bySubjectAlone } from "../../src/decision/evidence.ts";
import type { Obligation } from "../../src/decision/obligations.ts";
import type { Decision, DecisionGate, Violation } from "../../src/decision/types.ts";
import { fingerprintOfRepeat } from "../../src/decision/violations.ts";
import type { Waiver } from "../../src/decision/waivers.ts";
import { sha256 } from "../../src/evidence/canonical.ts";
import type { ChangeEvidence, EvidenceDocument, Severity } from "../../src/evidence/types.ts";
import { exampleDocument } from "../../src/policy/example-evidence.ts";
import { COMMIT, NOW, sampleEnvironment, sampleGate, sampleInputs, sampleViolation, sampleWaiver } from "./fixture.ts";
import { EARLIER, LATER, PEOPLE, REPOSITORY, sampleApproval, sampleBypass, sampleSecond } from "./statements.ts";

/** Everything that one decision is made from; the environment and the baseline are those of the inputs. */
export interface World {
  readonly inputs: DecisionInputs;
  readonly gates: readonly DecisionGate[];
  readonly evidence: readonly AssessedEvidence[];
}

export function decideIn({ inputs, gates, evidence }: World): Decision {
  return decide(inputs, { gates, evidence, environment: inputs.environment, risk: null });
}

const SUBJECT = { ...sampleInputs().subject, repository: REPOSITORY };
const GATES = ["a", "b", "c"] as const;
const SEVERITIES: readonly Severity[] = ["critical", "high", "unknown", "medium", "low"];
/** Which of the pool, mostly the first two. */
const INDICES = fc.constantFrom(0, 0, 0, 0, 1, 1, 2, 3, 4);

/** The same people under several names, the author among them, and somebody whom nobody knows. */
export const NAMES = [
  ...PEOPLE.flatMap(({ name, identities }) => [name, ...identities]),
  "Alice <alice@example.com>",
  "mallory",
] as const;

/** Before, at and after the clock by a millisecond and more, as days and instants, and what is no date. */
const ENDS = [LATER, "2026-01-15", "2026-01-01T00:00:00.001Z", NOW, "2025-12-31", EARLIER, "2026-02-30", ""] as const;

/** Nothing of a world begins while its clock moves on: what begins may well open a gate. */
const BEGINNINGS = [EARLIER, "2025-12-20", NOW, "2025-11-01", "2027-01-01", "soon"] as const;

/** Mostly what is good, so that outcomes of every kind come about. */
function mostly<T>(good: T, ...others: readonly T[]): fc.Arbitrary<T> {
  return fc.oneof(
    { weight: 30, arbitrary: fc.constant(good) },
    { weight: 2, arbitrary: fc.constantFrom(good, ...others) },
  );
}

const FIRST = sampleViolation({ message: "first" });
const POOL: readonly Violation[] = [
  FIRST,
  // It cannot be told from the first but by its order.
  { ...FIRST, fingerprint: fingerprintOfRepeat(FIRST.fingerprint, 2) },
  sampleViolation({ message: "rule", rule: "CVE-1", location: { path: "web/a.ts" } }),
  sampleViolation({ message: "package", rule: "CVE-1", package: "pkg:npm/lodash@4.17.20", location: { path: "lock" } }),
  sampleViolation({ message: "figure", measured: { value: 70, limit: 80, better: "higher" } }),
];

/** The violations of the pool that a gate can have besides: the second of two alike only with the first. */
export function missingFrom({ violations }: DecisionGate): readonly Violation[] {
  const present = new Set(violations.map(({ fingerprint }) => fingerprint));
  const missing = POOL.filter(({ fingerprint }) => !present.has(fingerprint));
  return missing.filter(({ fingerprint }) => fingerprint !== POOL[1]?.fingerprint || present.has(FIRST.fingerprint));
}

const violations = fc
  .array(fc.record({ index: INDICES, severity: mostly<Severity>("high", ...SEVERITIES) }), { maxLength: 3 })
  .map((chosen) =>
    POOL.flatMap((violation, index): readonly Violation[] => {
      const found = chosen.find((one) => one.index === index);
      const isAlone = index === 1 && !chosen.some((one) => one.index === 0);
      return found === undefined || isAlone ? [] : [{ ...violation, severity: found.severity }];
    }),
  );

function gate(id: string, failing: number): fc.Arbitrary<DecisionGate> {
  return fc
    .record({
      enforcement: fc.constantFrom("mandatory", "mandatory", "advisory"),
      violations: fc.oneof({ weight: failing, arbitrary: violations }, { weight: 2, arbitrary: fc.constant([]) }),
      reason: mostly<string | undefined>(undefined, "a scanner failed"),
      applies: mostly(true, false),
    })
    .map(({ enforcement, violations: found, reason, applies }) => {
      const closed = reason === undefined ? "pass" : "not-evaluated";
      const result = found.length > 0 ? "fail" : closed;
      return sampleGate({
        id,
        enforcement,
        violations: found,
        ...(reason === undefined ? {} : { reason }),
        ...(result === "pass" && !applies ? { result: "not-applicable", reason: "no code" } : { result }),
      });
    });
}

const chosenPerson = fc.constantFrom(...NAMES);

const waiver: fc.Arbitrary<Omit<Waiver, "id">> = fc
  .record({
    gate: fc.constantFrom("a", "a", "a", ...GATES),
    about: fc.constantFrom<Pick<Waiver, "fingerprint" | "match" | "value">>(
      { fingerprint: FIRST.fingerprint },
      { fingerprint: FIRST.fingerprint },
      { fingerprint: FIRST.fingerprint },

      ...POOL.map(({ fingerprint, measured }) => ({ fingerprint, ...(measured === undefined ? {} : { value: 70 }) })),
      { fingerprint: FIRST.fingerprint, value: 70 },
      { match: { rule: "CVE-1" } },
      { match: { path: "web/**" } },
      { match: { package: "pkg:npm/lodash" } },
    ),
    severity: mostly<Severity>("high", ...SEVERITIES),

    occurrences: fc.integer({ min: 1, max: 3 }),
    requestedBy: mostly("carol", ...NAMES),
    approvedBy: fc.oneof(
      { weight: 3, arbitrary: fc.constant(["alice@example.com", "bob"]) },
      { weight: 2, arbitrary: fc.array(chosenPerson, { maxLength: 4 }) },
    ),
    created: mostly("2025-12-20", ...BEGINNINGS),
    expires: fc.oneof(fc.constant("2026-01-05"), mostly("2026-01-15", ...ENDS)),
    environments: mostly<readonly string[]>([], ["production"], ["staging"]),
    paths: mostly<readonly string[]>([], ["web/**"]),
    versions: mostly<string | undefined>(undefined, "<4.17.21", "*"),
  })
  .map(({ about, environments, paths, versions, ...rest }) => {
    const { fingerprint: _own, ...base } = sampleWaiver();
    const scope = { environments, paths, ...(versions === undefined ? {} : { versions }) };
    return { ...base, ...rest, ...about, scope };
  });

/** What is said of a statement before its gates are known. */
interface Draft {
  readonly kind: Statement["kind"];
  readonly gate: string;
  readonly bound: boolean;
  readonly request: number;
  readonly named: readonly string[];
  readonly changes: Partial<Pick<Statement, "signer" | "via" | "createdAt" | "expiresAt" | "problem">>;
  readonly about: Partial<Statement["subject"]>;
}

const draft: fc.Arbitrary<Draft> = fc.record({
  kind: fc.constantFrom("approval", "approval", "bypass", "bypass-approval", "bypass-approval"),
  gate: fc.constantFrom("a", "a", ...GATES),
  bound: fc.boolean(),
  request: mostly(0, 1),
  named: mostly<readonly string[]>([], ["a"], ["a", "b", "c"]),
  changes: fc
    .record({
      signer: fc.oneof(
        { weight: 2, arbitrary: fc.constantFrom("alice", "bob", "carol") },
        { weight: 1, arbitrary: chosenPerson },
      ),
      via: mostly<Statement["via"]>("ssh", "dsse", "review"),
      createdAt: mostly(EARLIER, ...BEGINNINGS),
      expiresAt: mostly(LATER, ...ENDS),
      problem: mostly<string | undefined>(undefined, "its signature does not fit"),
    })
    .map(({ problem, ...rest }) => ({ ...rest, ...(problem === undefined ? {} : { problem }) })),
  about: mostly<Draft["about"]>({}, { commit: "b".repeat(40) }, { environment: "staging" }, { component: "web" }),
});

/** A bypass that somebody seconds. */
const emergency = fc
  .tuple(draft, draft, fc.array(draft, { maxLength: 2 }))
  .map(([request, second, more]): Draft[] => [
    { ...request, kind: "bypass", request: 0 },
    { ...second, kind: "bypass-approval", request: 0 },
    ...more,
  ]);

function statementOf(
  { kind, gate: id, bound, request, named, changes, about }: Draft,
  index: number,
  gates: readonly DecisionGate[],
) {
  const unique = { ...changes, id: sha256(`statement ${index}`) };
  const bypass = sha256(`bypass ${request}`);
  if (kind === "bypass") return sampleBypass({ ...changes, id: bypass, gates: named, subject: about });
  if (kind === "bypass-approval") return sampleSecond({ ...unique, subject: { ...about, bypass } });
  const found = gates.find((one) => one.id === id);
  const { violations: _bound, ...subject } = sampleApproval().subject;
  const digest = bound && found !== undefined ? { violations: violationsDigest(found) } : {};
  return { ...sampleApproval(unique), subject: { ...subject, ...about, gate: id, ...digest } };
}

/** An id is of the bytes, so that two bypasses cannot share one. */
function isFirst({ kind, request }: Draft, position: number, all: readonly Draft[]): boolean {
  return kind !== "bypass" || all.findIndex((one) => one.kind === "bypass" && one.request === request) === position;
}

const entries: fc.Arbitrary<readonly BaselinedViolation[]> = fc
  .array(fc.record({ index: INDICES, severity: mostly<Severity>("high", ...SEVERITIES) }), { maxLength: 3 })
  .map((chosen) =>
    POOL.flatMap(({ fingerprint, measured }, index) => {
      const found = chosen.find((one) => one.index === index);
      if (found === undefined) return [];
      return [{ fingerprint, severity: found.severity, ...(measured === undefined ? {} : { measured }) }];
    }),
  );

const baseline: fc.Arbitrary<DecisionInputs["baseline"]> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(null) },
  {
    weight: 2,
    arbitrary: fc.record({ a: entries, b: entries, c: entries }).map((gates): DecisionInputs["baseline"] => ({
      path: "baseline.json",
      content: {
        schema: BASELINE_SCHEMA,
        decision: { id: "1", digest: sha256("decision"), log: "acme", environment: "production" },
        createdAt: EARLIER,
        gates,
      },
    })),
  },
);

const report = exampleDocument({ kind: "tests", path: "junit.xml", cases: [{}] }, 0);
const change = exampleDocument({ kind: "change", path: "change.json" }, 1);

/** A document that weakens nothing; of a change it names no author, for that can only take an approval away. */
const document: fc.Arbitrary<EvidenceDocument> = fc.oneof(
  fc.constant({ ...report, subject: { commit: COMMIT }, producedAt: EARLIER }),
  fc
    .record({ user: fc.constantFrom("alice-gh", "author-gh", "mallory"), at: mostly(EARLIER, ...BEGINNINGS) })
    .map(({ user, at }): EvidenceDocument => {
      const made = change as ChangeEvidence;
      return {
        ...made,
        subject: { commit: COMMIT },
        producedAt: EARLIER,
        source: { ...made.source, format: "github-change" },
        body: { ...made.body, reviews: [{ user, state: "approved", commit: COMMIT, at, latest: true, bot: false }] },
      };
    }),
);

const obligation: fc.Arbitrary<Omit<Obligation, "id">> = fc.record({
  environment: fc.constant("production"),
  gates: fc.constant(["a"]),
  reason: fc.constant("the shop is down"),
  ticket: fc.constant("INC-1"),
  requestedBy: fc.constant("bob"),
  identities: fc.constant([]),
  approvers: fc.constant(["alice"]),
  createdAt: fc.constant("2025-12-30T00:00:00Z"),
  dueAt: fc.constantFrom(LATER, ...ENDS),
});

const quorum = { quorum: mostly(1, 2), roles: fc.constantFrom<readonly string[]>([], [], [], ["security"]) };

const environment: fc.Arbitrary<Environment> = fc
  .record({
    integrity: mostly<Environment["integrity"]>("bound", "open", "sealed"),
    audit: mostly<Environment["audit"]>("required", "optional"),
    onAdvisory: fc.constantFrom("approval", "approval", "approval", "warning"),
    waivers: fc.record(quorum),
    approvals: fc.record({
      ...quorum,
      from: mostly<Environment["approvals"]["from"]>(["signature", "review"], ["signature"], ["deployment"]),
    }),
    bypass: fc.record({ ...quorum, permitted: mostly(true, false) }),
    baseline: mostly<Environment["baseline"]>("use", "none"),
  })
  .map(({ waivers, approvals, bypass, ...rest }) => {
    const base = sampleEnvironment(rest);
    return {
      ...base,
      waivers: { ...base.waivers, ...waivers },
      approvals: { ...base.approvals, ...approvals },
      bypass: { ...base.bypass, ...bypass },
    };
  });

/** Any decision whatever. */
export const worlds: fc.Arbitrary<World> = fc
  .record({
    gates: fc.tuple(gate("a", 4), gate("b", 1), fc.option(gate("c", 1), { nil: undefined })),
    waivers: fc.array(waiver, { maxLength: 4 }),
    drafts: fc.oneof({ weight: 3, arbitrary: fc.array(draft, { maxLength: 6 }) }, { weight: 1, arbitrary: emergency }),
    baseline,
    evidence: fc.array(document, { maxLength: 2 }),
    obligations: fc.oneof(
      { weight: 5, arbitrary: fc.constant<Omit<Obligation, "id">[]>([]) },
      { weight: 1, arbitrary: fc.array(obligation, { minLength: 1, maxLength: 2 }) },
    ),
    environment,
    people: fc.oneof({ weight: 5, arbitrary: fc.constant(PEOPLE) }, { weight: 1, arbitrary: fc.subarray([...PEOPLE]) }),
    authors: fc.oneof(
      { weight: 5, arbitrary: fc.constant(["author@example.com"]) },
      { weight: 2, arbitrary: fc.subarray(["Author <author@home.example>", "dave@example.com", "bob@example.com"]) },
    ),
    recorded: mostly(true, false),
    trusted: mostly(true, false),
  })
  .map(({ gates: drawn, waivers, drafts, evidence, obligations, trusted, ...rest }) => {
    const gates = drawn.filter((one) => one !== undefined);
    return {
      gates,
      evidence: evidence.map((one, index) =>
        assessEvidence({ ...one, id: sha256(`document ${index}`) }, bySubjectAlone(SUBJECT)),
      ),
      inputs: sampleInputs({
        ...rest,
        subject: SUBJECT,
        trust: trusted ? {} : { config: "it is not merged" },
        waivers: waivers.map((one, index) => ({ ...one, id: `w${index}` })),
        statements: drafts.filter(isFirst).map((one, index) => statementOf(one, index, gates)),
        obligations: obligations.map((one, index) => ({ ...one, id: `owed ${index}` })),
      }),
    };
  });
