import { describe, expect, it } from "vitest";
import { type Statement, violationsDigest } from "../../src/decision/approvals.ts";
import { BASELINE_SCHEMA, type Baseline, type BaselinedViolation } from "../../src/decision/baseline.ts";
import type { DecisionInputs } from "../../src/decision/decide.ts";
import { CAPS, type Environment, environmentDefaults } from "../../src/decision/environment.ts";
import { type AssessedEvidence, assessEvidence, bySubjectAlone } from "../../src/decision/evidence.ts";
import type { Obligation } from "../../src/decision/obligations.ts";
import type { Decision, DecisionGate, Outcome, Violation } from "../../src/decision/types.ts";
import { fingerprintOfRepeat } from "../../src/decision/violations.ts";
import type { Waiver } from "../../src/decision/waivers.ts";
import { sha256 } from "../../src/evidence/canonical.ts";
import type { EvidenceDocument } from "../../src/evidence/types.ts";
import { exampleDocument } from "../../src/policy/example-evidence.ts";
import {
  COMMIT,
  saidBy,
  sampleDecide,
  sampleEnvironment,
  sampleGate,
  sampleInputs,
  sampleViolation,
  sampleWaiver,
} from "./fixture.ts";
import {
  EARLIER,
  FAILED_ADVISORY,
  LATER,
  PEOPLE,
  REPOSITORY,
  sampleApproval,
  sampleBypass,
  sampleSecond,
} from "./statements.ts";

/** What a case has beside the defaults: production, at the time of the fixture, with the people of the fixture and nothing waived. */
interface Given extends Partial<Omit<DecisionInputs, "environment" | "baseline">> {
  readonly gates?: readonly DecisionGate[];
  readonly evidence?: readonly AssessedEvidence[];
  readonly environment?: Partial<Environment>;
  readonly baseline?: Baseline;
}

/** A name, what is given, the outcome, the exit code, and everything that the decision says of it. */
type Row = readonly [name: string, given: Given, outcome: Outcome, exitCode: 0 | 1 | 3, ...says: string[]];

const SUBJECT = { ...sampleInputs().subject, repository: REPOSITORY };

function judge({ gates, evidence, environment, baseline, ...changes }: Given): Decision {
  const content = baseline === undefined ? null : { path: "baseline.json", content: baseline };
  return sampleDecide(
    { ...(gates === undefined ? {} : { gates }), ...(evidence === undefined ? {} : { evidence }) },
    {
      subject: SUBJECT,
      people: PEOPLE,
      environment: sampleEnvironment({ baseline: baseline === undefined ? "none" : "use", ...environment }),
      baseline: content,
      ...changes,
    },
  );
}

const A = sampleViolation();
const B = sampleViolation({ message: "path traversal" });
const ALIKE: Violation = { ...A, fingerprint: fingerprintOfRepeat(A.fingerprint, 2) };
const LODASH = sampleViolation({
  rule: "CVE-1",
  package: "pkg:npm/lodash@4.17.20",
  location: { path: "web/lock.json" },
});

/** A mandatory gate that found something. */
const sast = (violations: readonly Violation[] = [A], changes: Partial<DecisionGate> = {}): DecisionGate =>
  sampleGate({ id: "sast", result: "fail", violations, ...changes });
const PASS = sampleGate({ id: "tests" });
const UNKNOWN = sampleGate({ id: "tests", result: "not-evaluated", reason: "there is no tests evidence" });
const ADVISORY_UNKNOWN = { ...UNKNOWN, enforcement: "advisory" } as const;
const LINT = FAILED_ADVISORY;
/** It found something, and could not look at everything. */
const PARTLY: DecisionGate = { ...LINT, reason: "a scanner failed" };

const waiver = (changes: Partial<Waiver> = {}): Waiver => sampleWaiver({ gate: "sast", ...changes });
const { fingerprint: _fingerprint, ...OF_NOTHING } = waiver();
const matching = (match: NonNullable<Waiver["match"]>, changes: Partial<Waiver> = {}): Waiver =>
  waiver({ match, ...changes });
const production = environmentDefaults("production");
const waiverRules = (changes: Partial<Environment["waivers"]>): Partial<Environment> => ({
  waivers: { ...production.waivers, ...changes },
});
const approvalRules = (changes: Partial<Environment["approvals"]>): Partial<Environment> => ({
  approvals: { ...production.approvals, ...changes },
});
const bypassRules = (changes: Partial<Environment["bypass"]> = {}): Partial<Environment> => ({
  bypass: { ...production.bypass, permitted: true, ...changes },
});

const UNKNOWN_AUTHOR = "no author of the change is known, so whoever approves could be one";
const HALF = "approved by 1 of 2";

// biome-ignore format: a case is a row
const RESULTS: readonly Row[] = [
  ["a mandatory gate that passes", { gates: [PASS] }, "allow", 0],
  ["an advisory gate that passes", { gates: [sampleGate({ enforcement: "advisory" })] }, "allow", 0],
  ["a mandatory gate that fails", { gates: [sast()] }, "block", 1, "sast: fail"],
  ["an advisory gate that fails", { gates: [LINT] }, "approval-required", 3, "lint: fail"],
  ["a mandatory gate that was not evaluated", { gates: [UNKNOWN] }, "block", 1, "tests: not-evaluated"],
  ["an advisory gate that was not evaluated", { gates: [ADVISORY_UNKNOWN] }, "approval-required", 3, "tests: not-evaluated"],
  ["a mandatory gate that does not apply", { gates: [sampleGate({ result: "not-applicable" })] }, "allow", 0, "gate: not-applicable"],
  ["an advisory gate that does not apply", { gates: [sampleGate({ enforcement: "advisory", result: "not-applicable" })] },
      "allow", 0, "gate: not-applicable"],
  ["one of two mandatory gates fails", { gates: [sast(), PASS] }, "block", 1, "sast: fail"],
  ["a mandatory and an advisory gate fail", { gates: [sast(), LINT] }, "block", 1, "lint: fail", "sast: fail"],
  ["two advisory gates fail", { gates: [LINT, ADVISORY_UNKNOWN] }, "approval-required", 3, "lint: fail", "tests: not-evaluated"],
  ["a closed gate between two open ones", { gates: [PASS, UNKNOWN, sampleGate({ id: "z" })] }, "block", 1, "tests: not-evaluated"],
];

// biome-ignore format: a case is a row
const WAIVERS: readonly Row[] = [
  ["in force covers the one violation", { gates: [sast()], waivers: [waiver()] }, "allow", 0, "sast: waived", "w1: used"],
  ["covers one violation of two", { gates: [sast([A, B])], waivers: [waiver()] }, "block", 1, "sast: fail", "w1: used"],
  ["covers one violation, a second one the other", { gates: [sast([A, B])], waivers: [waiver(), waiver({ id: "w2", fingerprint: B.fingerprint })] },
      "allow", 0, "sast: waived", "w1: used", "w2: used"],
  ["covers an advisory gate", { gates: [LINT], waivers: [waiver({ gate: "lint" })] }, "allow", 0, "lint: waived", "w1: used"],
  ["is for another gate", { gates: [sast(), PASS], waivers: [waiver({ gate: "tests" })] }, "block", 1, "sast: fail", "w1: unused"],
  ["is for a gate that nobody has", { gates: [sast()], waivers: [waiver({ gate: "no" })] },
      "block", 1, "sast: fail", "w1: unused (the environment does not have the gate no)"],
  ["is for another finding", { gates: [sast()], waivers: [waiver({ fingerprint: B.fingerprint })] }, "block", 1, "sast: fail", "w1: unused"],
  ["cannot open what was not evaluated", { gates: [UNKNOWN], waivers: [waiver({ gate: "tests" })] },
      "block", 1, "tests: not-evaluated", "w1: unused (the gate tests was not evaluated in full)"],
  ["cannot make up for evidence that is missing besides", { gates: [sast([A], { reason: "a scanner failed" })], waivers: [waiver()] },
      "block", 1, "sast: not-evaluated", "w1: used"],
  ["is for another environment", { gates: [sast()], waivers: [waiver({ scope: { environments: ["staging"], paths: [] } })] }, "block", 1, "sast: fail"],
  ["is for this environment", { gates: [sast()], waivers: [waiver({ scope: { environments: ["staging", "production"], paths: [] } })] },
      "allow", 0, "sast: waived", "w1: used"],
  ["names a rule and a package", { gates: [sast([LODASH])], waivers: [matching({ rule: "CVE-1", package: "pkg:npm/lodash" })] },
      "allow", 0, "sast: waived", "w1: used"],
  ["names another package", { gates: [sast([LODASH])], waivers: [matching({ package: "pkg:npm/underscore" })] },
      "block", 1, "sast: fail", "w1: unused"],
  ["names a path", { gates: [sast([LODASH])], waivers: [matching({ path: "web/**" })] }, "allow", 0, "sast: waived", "w1: used"],
  ["names a path that the finding does not have", { gates: [sast()], waivers: [matching({ path: "**" })] }, "block", 1, "sast: fail", "w1: unused"],
  ["holds for a range of versions", { gates: [sast([LODASH])], waivers: [matching({ rule: "CVE-1" }, { scope: { environments: [], paths: [], versions: "<4.17.21" } })] },
      "allow", 0, "sast: waived", "w1: used"],
  ["does not hold for another version", { gates: [sast([LODASH])], waivers: [matching({ rule: "CVE-1" }, { scope: { environments: [], paths: [], versions: "<4" } })] },
      "block", 1, "sast: fail", "w1: refused (the version 4.17.20 is not in <4)"],
  ["does not hold for a version that nobody knows", { gates: [sast()], waivers: [waiver({ scope: { environments: [], paths: [], versions: "*" } })] },
      "block", 1, "sast: fail", "w1: refused (it is for the versions *, and the finding's is not known)"],
  ["holds for a range that nobody can read", { gates: [sast([LODASH])], waivers: [matching({ rule: "CVE-1" }, { scope: { environments: [], paths: [], versions: ">" } })] },
      "block", 1, "sast: fail", "w1: refused (the version 4.17.20 is not in >)"],
  ["holds for a range of versions of a package without a URL", { gates: [sast([{ ...LODASH, package: "lodash" }])], waivers: [matching({ rule: "CVE-1" }, { scope: { environments: [], paths: [], versions: "*" } })] },
      "block", 1, "sast: fail", "w1: refused (it is for the versions *, and the finding's is not known)"],
  ["names neither a finding nor what it has to match", { gates: [sast()], waivers: [OF_NOTHING] }, "block", 1, "sast: fail", "w1: unused"],
  ["names a package that the finding does not have", { gates: [sast()], waivers: [matching({ package: "pkg:npm/lodash" })] }, "block", 1, "sast: fail", "w1: unused"],
  ["names a package without a URL", { gates: [sast([{ ...LODASH, package: "lodash" }])], waivers: [matching({ package: "lodash" })] }, "allow", 0, "sast: waived", "w1: used"],
  ["names a path that means nothing", { gates: [sast([LODASH])], waivers: [matching({ path: "../web" })] }, "block", 1, "sast: fail", "w1: unused"],
  ["is for one of two paths", { gates: [sast([LODASH])], waivers: [waiver({ fingerprint: LODASH.fingerprint, scope: { environments: [], paths: ["../api", "web/**"] } })] },
      "allow", 0, "sast: waived", "w1: used"],
  ["is for other paths", { gates: [sast([LODASH])], waivers: [waiver({ fingerprint: LODASH.fingerprint, scope: { environments: [], paths: ["../web", "api/**"] } })] },
      "block", 1, "sast: fail", "w1: unused"],
  ["is for a path, and the finding has none", { gates: [sast()], waivers: [waiver({ scope: { environments: [], paths: ["**"] } })] }, "block", 1, "sast: fail", "w1: unused"],
  ["has no figure, and the finding one", { gates: [sast([{ ...A, measured: { value: 70, limit: 80, better: "higher" } }])], waivers: [waiver()] },
      "block", 1, "sast: fail", "w1: refused (it has no `value`, and the finding has one that can get worse (70))"],
  ["has a figure, and the finding none", { gates: [sast()], waivers: [waiver({ value: 70 })] },
      "block", 1, "sast: fail", "w1: refused (it is for a value of 70, and the finding states none)"],
  ["has only approvers who do not count", { gates: [sast()], waivers: [waiver({ approvedBy: ["author", "mallory"] })] },
      "block", 1, "sast: fail", "w1: refused (approved by 0 of 2: author is the change's author, mallory is not known)"],
  ["is void once the finding is graver", { gates: [sast([{ ...A, severity: "critical" }])], waivers: [waiver()] },
      "block", 1, "sast: fail", "w1: refused (the finding got worse: critical is graver than high)"],
  ["still covers a finding that is less grave", { gates: [sast([{ ...A, severity: "low" }])], waivers: [waiver()] },
      "allow", 0, "sast: waived", "w1: used"],
  ["is void once the figure is worse", { gates: [sast([{ ...A, measured: { value: 69, limit: 80, better: "higher" } }])], waivers: [waiver({ value: 70 })] },
      "block", 1, "sast: fail", "w1: refused (the finding got worse: 69 is less than 70)"],
  ["covers the figure that it was given for", { gates: [sast([{ ...A, measured: { value: 70, limit: 80, better: "higher" } }])], waivers: [waiver({ value: 70 })] },
      "allow", 0, "sast: waived", "w1: used"],
  ["is void once there are more of them", { gates: [sast([LODASH, { ...B, rule: "CVE-1" }])], waivers: [matching({ rule: "CVE-1" })] },
      "block", 1, "sast: fail", "w1: refused (it covers 1, and 2 match)"],
  ["covers as many as it says", { gates: [sast([LODASH, { ...B, rule: "CVE-1" }])], waivers: [matching({ rule: "CVE-1" }, { occurrences: 2 })] },
      "allow", 0, "sast: waived", "w1: used"],
  ["yields to a stricter one", { gates: [sast()], waivers: [waiver(), waiver({ id: "w2", severity: "low" })] },
      "block", 1, "sast: fail", "w1: refused (w2 is for it as well and stricter: the finding got worse: high is graver than low)", "w2: refused (the finding got worse: high is graver than low)"],
  ["yields to a stricter one that has expired", { gates: [sast()], waivers: [waiver(), waiver({ id: "w2", severity: "low", created: "2025-12-01", expires: "2025-12-10" })] },
      "block", 1, "sast: fail", "w2: expired (expired after 2025-12-10; what it was for is still there (1))", "w1: refused (w2 is for it as well and stricter: the finding got worse: high is graver than low)"],
  ["has too few approvers", { gates: [sast()], waivers: [waiver({ approvedBy: ["alice"] })] }, "block", 1, "sast: fail", `w1: refused (${HALF})`],
  ["has one approver where one is enough", { gates: [sast()], waivers: [waiver({ approvedBy: ["alice"] })], environment: waiverRules({ quorum: 1 }) },
      "allow", 0, "sast: waived", "w1: used"],
  ["has one approver twice", { gates: [sast()], waivers: [waiver({ approvedBy: ["alice", "github:alice-gh"] })] },
      "block", 1, "sast: fail", `w1: refused (${HALF})`],
  ["is approved by whoever requested it", { gates: [sast()], waivers: [waiver({ requestedBy: "bob" })] },
      "block", 1, "sast: fail", `w1: refused (${HALF}: bob@example.com has requested it)`],
  ["is approved by the author of the change", { gates: [sast()], waivers: [waiver()], authors: ["Alice B <alice@example.com>"] },
      "block", 1, "sast: fail", `w1: refused (${HALF}: alice@example.com is the change's author)`],
  ["is approved by the author under the name in git alone", { gates: [sast()], waivers: [waiver()], authors: ["Alice <alice@home.example>"] },
      "block", 1, "sast: fail", `w1: refused (${HALF}: alice@example.com is the change's author)`],
  ["is approved by the author under a login alone", { gates: [sast()], waivers: [waiver()], authors: ["alice-gh"] },
      "block", 1, "sast: fail", `w1: refused (${HALF}: alice@example.com is the change's author)`],
  ["is approved by a stranger", { gates: [sast()], waivers: [waiver({ approvedBy: ["alice", "mallory"] })] },
      "block", 1, "sast: fail", `w1: refused (${HALF}: mallory is not known)`],
  ["is approved by names where nobody is listed", { gates: [sast()], waivers: [waiver()], people: [] }, "allow", 0, "sast: waived", "w1: used"],
  ["is approved without the role", { gates: [sast()], waivers: [waiver()], environment: waiverRules({ roles: ["security"] }) },
      "block", 1, "sast: fail", `w1: refused (${HALF}: bob@example.com is not security)`],
  ["is approved by nobody whose change it may not be", { gates: [sast()], waivers: [waiver()], authors: [] },
      "block", 1, "sast: fail", "w1: refused (the change's author is not known, so that nobody can be shown to be somebody else)"],
  ["holds longer than 30 days", { gates: [sast()], waivers: [waiver({ created: "2025-12-20", expires: "2026-01-19" })] },
      "block", 1, "sast: fail", "w1: refused (lifetime of 31 days is longer than 30)"],
  ["holds for exactly 30 days", { gates: [sast()], waivers: [waiver({ created: "2025-12-20", expires: "2026-01-18" })] },
      "allow", 0, "sast: waived", "w1: used"],
  ["holds longer than the environment lets it", { gates: [sast()], waivers: [waiver()], environment: waiverRules({ lifetimeMs: 7 * 86_400_000 }) },
      "block", 1, "sast: fail", "w1: refused (lifetime of 27 days is longer than 7)"],
  ["has an end that is no date", { gates: [sast()], waivers: [waiver({ expires: "2026-02-30" })] },
      "block", 1, "sast: fail", 'w1: expired (expires is no date: "2026-02-30"; what it was for is still there (1))'],
  ["has a beginning that is no date", { gates: [sast()], waivers: [waiver({ created: "soon" })] },
      "block", 1, "sast: fail", 'w1: expired (created is no date: "soon"; what it was for is still there (1))'],
  ["is in its last week", { gates: [sast()], waivers: [waiver({ expires: "2026-01-05" })] }, "allow", 0, "sast: waived", "w1: used", "w1: expiring"],
  ["has nothing left to cover", { gates: [PASS, sampleGate({ id: "sast" })], waivers: [waiver()] }, "allow", 0, "w1: unused"],
];

const baseline = (entries: readonly BaselinedViolation[], gate = "sast"): Baseline => ({
  schema: BASELINE_SCHEMA,
  decision: {
    id: "01900000-0000-7000-8000-00000000000b",
    digest: sha256("decision"),
    log: "acme",
    environment: "production",
  },
  createdAt: "2025-12-01T00:00:00.000Z",
  gates: { [gate]: entries },
});
const known = ({ fingerprint, severity }: Violation): BaselinedViolation => ({ fingerprint, severity });

// biome-ignore format: a case is a row
const BASELINES: readonly Row[] = [
  ["has the one violation", { gates: [sast()], baseline: baseline([known(A)]) }, "allow", 0, "sast: waived", "baseline: covers 1, 0 gone"],
  ["has one violation of two", { gates: [sast([A, B])], baseline: baseline([known(A)]) }, "block", 1, "sast: fail", "baseline: covers 1, 0 gone"],
  ["has what is gone besides", { gates: [sast()], baseline: baseline([known(A), known(B)]) }, "allow", 0, "sast: waived", "baseline: covers 1, 1 gone"],
  ["has it less grave", { gates: [sast([{ ...A, severity: "critical" }])], baseline: baseline([known(A)]) },
      "block", 1, "sast: fail", "baseline: covers 0, 0 gone"],
  ["has it graver", { gates: [sast([{ ...A, severity: "low" }])], baseline: baseline([known(A)]) },
      "allow", 0, "sast: waived", "baseline: covers 1, 0 gone"],
  ["has it for another gate", { gates: [sast()], baseline: baseline([known(A)], "tests") }, "block", 1, "sast: fail", "baseline: covers 0, 0 gone"],
  ["has a better figure", { gates: [sast([{ ...A, measured: { value: 12, limit: 10, better: "lower" } }])], baseline: baseline([{ ...known(A), measured: { value: 11, better: "lower" } }]) },
      "block", 1, "sast: fail", "baseline: covers 0, 0 gone"],
  ["has the same figure", { gates: [sast([{ ...A, measured: { value: 11, limit: 10, better: "lower" } }])], baseline: baseline([{ ...known(A), measured: { value: 11, better: "lower" } }]) },
      "allow", 0, "sast: waived", "baseline: covers 1, 0 gone"],
  ["does not make up for evidence that is missing", { gates: [sast([A], { reason: "a scanner failed" })], baseline: baseline([known(A)]) },
      "block", 1, "sast: not-evaluated", "baseline: covers 1, 0 gone"],
  ["does not open what was not evaluated", { gates: [UNKNOWN], baseline: baseline([known(A)], "tests") },
      "block", 1, "tests: not-evaluated", "baseline: covers 0, 0 gone"],
  ["lets an advisory gate through", { gates: [LINT], baseline: baseline([known(A)], "lint") },
      "allow", 0, "lint: waived", "baseline: covers 1, 0 gone"],
  ["and a waiver cover a violation each", { gates: [sast([A, B])], baseline: baseline([known(A)]), waivers: [waiver({ fingerprint: B.fingerprint })] },
      "allow", 0, "sast: waived", "w1: used", "baseline: covers 1, 0 gone"],
  ["leaves nothing to a waiver of the same finding", { gates: [sast()], baseline: baseline([known(A)]), waivers: [waiver()] },
      "allow", 0, "sast: waived", "w1: unused", "baseline: covers 1, 0 gone"],
  ["is not used where the environment does not say so", { gates: [sast()], baseline: baseline([known(A)]), environment: { baseline: "none" } },
      "block", 1, "sast: fail"],
  ["has the first of two that look alike, and a waiver covers two", { gates: [sast([A, ALIKE])], baseline: baseline([known(A)]), waivers: [waiver({ occurrences: 2 })] },
      "allow", 0, "sast: waived", "w1: used", "baseline: covers 1, 0 gone"],
  ["has neither of two that look alike, and a waiver covers two", { gates: [sast([A, ALIKE])], baseline: baseline([]), waivers: [waiver({ occurrences: 2 })] },
      "allow", 0, "sast: waived", "w1: used", "baseline: covers 0, 0 gone"],
  ["is missing, so that everything is new", { gates: [sast()], environment: { baseline: "use" } }, "block", 1, "sast: fail"],
];

/** What an approval is about, but for the gate. */
const ABOUT = { repository: REPOSITORY, commit: COMMIT, environment: "production" };
const asked = (statement: Statement, changes: Given = {}): Given => ({
  gates: [LINT],
  statements: [statement],
  ...changes,
});
const REFUSED = ["approval-required", 3, "lint: fail"] as const;
const refused = (why: string): string => `alice's approval of lint: no (${why})`;
const TWO = approvalRules({ quorum: 2 });

// biome-ignore format: a case is a row
const APPROVALS: readonly Row[] = [
  ["of the failed advisory gate", asked(sampleApproval()), "allow", 0, "lint: fail, approved", "alice's approval of lint: counts"],
  ["of whatever the gate finds", asked({ ...sampleApproval(), subject: { ...ABOUT, gate: "lint" } }),
      "allow", 0, "lint: fail, approved", "alice's approval of lint: counts"],
  ["of an advisory gate that was not evaluated", { gates: [ADVISORY_UNKNOWN], statements: [sampleApproval({ subject: { gate: "tests", violations: violationsDigest(ADVISORY_UNKNOWN) } })] },
      "allow", 0, "tests: not-evaluated, approved", "alice's approval of tests: counts"],
  ["of one closed advisory gate of two", asked(sampleApproval(), { gates: [LINT, ADVISORY_UNKNOWN] }),
      "approval-required", 3, "lint: fail, approved", "tests: not-evaluated", "alice's approval of lint: counts"],
  ["beside a mandatory gate that fails", asked(sampleApproval(), { gates: [LINT, sast()] }),
      "block", 1, "lint: fail, approved", "sast: fail", "alice's approval of lint: counts"],
  ["of a mandatory gate", { gates: [sast()], statements: [sampleApproval({ subject: { gate: "sast" } })] },
      "block", 1, "sast: fail", "alice's approval of sast: no (sast is mandatory here, and only advisory gates can be approved)"],
  ["of an open gate", { gates: [sampleGate({ id: "lint", enforcement: "advisory" })], statements: [sampleApproval()] },
      "allow", 0, refused("lint is open, so there is nothing to approve")],
  ["of a gate that the environment does not have", asked(sampleApproval({ subject: { gate: "no" } })),
      ...REFUSED, "alice's approval of no: no (this environment has no gate no)"],
  ["of no gate", asked({ ...sampleApproval(), subject: ABOUT }), ...REFUSED, "alice's approval: no (it does not say for which gate it is)"],
  ["of fewer findings", asked(sampleApproval(), { gates: [{ ...LINT, violations: [A, B] }] }),
      ...REFUSED, refused("the findings changed since it was given")],
  ["of a finding that is graver now", asked(sampleApproval(), { gates: [{ ...LINT, violations: [{ ...A, severity: "critical" }] }] }),
      ...REFUSED, refused("the findings changed since it was given")],
  ["of findings, and evidence is missing besides", asked(sampleApproval(), { gates: [{ ...LINT, reason: "a scanner failed" }] }),
      ...REFUSED, refused("the findings changed since it was given")],
  ["of findings that a waiver covers in part", asked(sampleApproval({ subject: { violations: violationsDigest({ ...LINT, violations: [A, B] }) } }), { gates: [{ ...LINT, violations: [A, B] }], waivers: [waiver({ gate: "lint" })] }),
      "allow", 0, "lint: fail, approved", "w1: used", "alice's approval of lint: counts"],
  ["of findings with a reason, all of which a waiver covers", asked(sampleApproval({ subject: { violations: violationsDigest(PARTLY) } }), { gates: [PARTLY], waivers: [waiver({ gate: "lint" })] }),
      "allow", 0, "lint: not-evaluated, approved", "w1: used", "alice's approval of lint: counts"],
  ["of findings with a reason, which no waiver covers any longer", asked(sampleApproval({ subject: { violations: violationsDigest(PARTLY) } }), { gates: [PARTLY] }),
      "allow", 0, "lint: fail, approved", "alice's approval of lint: counts"],
  ["for another commit", asked(sampleApproval({ subject: { commit: "b".repeat(40) } })),
      ...REFUSED, refused("it is for the commit bbbbbbbbbbbb, not for aaaaaaaaaaaa")],
  ["for another environment", asked(sampleApproval({ subject: { environment: "staging" } })), ...REFUSED],
  ["for another repository", asked(sampleApproval({ subject: { repository: "acme/shop" } })), ...REFUSED],
  ["for a repository by its URL", asked(sampleApproval({ subject: { repository: "https://github.com/acme/payments.git" } })),
      "allow", 0, "lint: fail, approved", "alice's approval of lint: counts"],
  ["for no repository", asked({ ...sampleApproval(), subject: { commit: COMMIT, environment: "production", gate: "lint" } }),
      ...REFUSED, refused("it does not say for which repository it is")],
  ["for a repository where none is known", asked(sampleApproval(), { subject: sampleInputs().subject }),
      ...REFUSED, refused("it is for the repository acme/payments, and which one is gated is not known")],
  ["for a component of the repository", asked(sampleApproval({ subject: { component: "web" } })), ...REFUSED, refused("it is for the component web")],
  ["for another component", asked(sampleApproval({ subject: { component: "web" } }), { subject: { ...SUBJECT, component: "api" } }),
      ...REFUSED, refused("it is for the component web, not for api")],
  ["for the whole repository, where a component is gated", asked(sampleApproval(), { subject: { ...SUBJECT, component: "api" } }),
      ...REFUSED, refused("it does not say for which component it is, and api is gated")],
  ["where the commit is not known", asked(sampleApproval(), { subject: { repository: REPOSITORY, artifacts: [], source: "none" } }),
      ...REFUSED, refused("the commit that is gated is not known")],
  ["with a bad signature", asked(sampleApproval({ problem: "its signature does not fit" })), ...REFUSED, refused("its signature does not fit")],
  ["of a stranger", asked(sampleApproval({ signer: "mallory" })),
      ...REFUSED, "mallory's approval of lint: no (mallory is not among the people who can approve)"],
  ["where nobody is listed", asked(sampleApproval(), { people: [] }),
      ...REFUSED, "alice@example.com's approval of lint: no (alice@example.com is not among the people who can approve)"],
  ["of the author of the change", asked(sampleApproval({ signer: "author" })),
      ...REFUSED, "author's approval of lint: no (author is an author of the change)"],
  ["of the author under another name", asked(sampleApproval({ signer: "github:author-gh" })),
      ...REFUSED, "author's approval of lint: no (author is an author of the change)"],
  ["of a second author", asked(sampleApproval(), { authors: ["author@example.com", "Alice <alice@home.example>"] }),
      ...REFUSED, refused("alice is an author of the change")],
  ["where no author is known", asked(sampleApproval(), { authors: [] }), ...REFUSED, refused(UNKNOWN_AUTHOR)],
  ["with the role", asked(sampleApproval(), { environment: approvalRules({ roles: ["security"] }) }),
      "allow", 0, "lint: fail, approved", "alice's approval of lint: counts"],
  ["without the role", asked(sampleApproval(), { environment: approvalRules({ roles: ["release-manager", "lead"] }) }),
      ...REFUSED, refused("alice is no release-manager, no lead")],
  ["by one of two people", asked(sampleApproval(), { environment: TWO }), ...REFUSED, "alice's approval of lint: counts"],
  ["by two of two people", { gates: [LINT], statements: [sampleApproval(), sampleApproval({ signer: "bob" })], environment: TWO },
      "allow", 0, "lint: fail, approved", "bob's approval of lint: counts", "alice's approval of lint: counts"],
  ["twice by one person", { gates: [LINT], statements: [sampleApproval(), sampleApproval({ signer: "github:alice-gh" })], environment: TWO },
      ...REFUSED, "alice's approval of lint: counts", refused("alice has approved it already")],
  ["by nobody, where the quorum is none", { gates: [LINT], environment: approvalRules({ quorum: 0 }) }, ...REFUSED],
  ["that is a review, where only signatures count", asked(sampleApproval({ via: "review" })),
      ...REFUSED, refused("it is a review, and `approvals.from` of this environment takes only signature")],
  ["that is a review, where reviews count", asked(sampleApproval({ via: "review" }), { environment: approvalRules({ from: ["signature", "review"] }) }),
      "allow", 0, "lint: fail, approved", "alice's approval of lint: counts"],
  ["that is a deployment's, where reviews count", asked(sampleApproval({ via: "deployment" }), { environment: approvalRules({ from: ["signature", "review"] }) }),
      ...REFUSED, refused("it is a deployment, and `approvals.from` of this environment takes only signature and review")],
  ["for longer than seven days", asked(sampleApproval({ expiresAt: "2026-01-08T00:00:00Z" })),
      ...REFUSED, refused("it would hold from 2025-12-31T23:00:00.000Z to 2026-01-08T00:00:00Z, which is longer than 7d")],
  ["without a date", asked(sampleApproval({ createdAt: "yesterday" })), ...REFUSED, refused("it does not say when it was made")],
  ["without an end", asked(sampleApproval({ expiresAt: "" })), ...REFUSED, refused("it expired: ")],
];

const emergency = (changes: Given = {}): Given => ({
  gates: [sast()],
  statements: [sampleBypass(), sampleSecond()],
  environment: bypassRules(),
  ...changes,
});
const COUNTS = ["bob's bypass: counts", "alice's bypass-approval: counts"] as const;
const bobs = (why: string): string => `bob's bypass: no (${why})`;
const SECOND_IDLE = "alice's bypass-approval: no (the bypass itself does not count)";
const ALONE = "0 of 1 people besides the one who asks approved it";
const bypass = (...statements: readonly Statement[]): Given => emergency({ statements });
const UNRECORDED = "the decision is not recorded, and so would be no review of the bypass";
const FORBIDDEN = "production permits no emergency bypass";

// biome-ignore format: a case is a row
const BYPASSES: readonly Row[] = [
  ["of the failed gate", emergency(), "allow-bypassed", 0, "sast: fail", ...COUNTS, "bypassed: sast"],
  ["of a gate that was not evaluated", emergency({ gates: [UNKNOWN] }), "allow-bypassed", 0, "tests: not-evaluated", ...COUNTS, "bypassed: tests"],
  ["of every closed gate", emergency({ gates: [sast(), UNKNOWN] }),
      "allow-bypassed", 0, "sast: fail", "tests: not-evaluated", ...COUNTS, "bypassed: sast, tests"],
  ["of gates by their names", bypass(sampleBypass({ gates: ["sast", "other"] }), sampleSecond()),
      "allow-bypassed", 0, "sast: fail", ...COUNTS, "bypassed: sast"],
  ["of one closed gate of two", emergency({ gates: [sast(), UNKNOWN], statements: [sampleBypass({ gates: ["sast"] }), sampleSecond()] }),
      "block", 1, "sast: fail", "tests: not-evaluated", bobs("it does not name tests, so it lets no gate through"), SECOND_IDLE],
  ["where nothing is closed", emergency({ gates: [PASS] }),
      "allow", 0, bobs("no mandatory gate is closed, so there is nothing to bypass"), SECOND_IDLE],
  ["where only an advisory gate is closed", emergency({ gates: [LINT] }),
      "approval-required", 3, "lint: fail", bobs("no mandatory gate is closed, so there is nothing to bypass"), SECOND_IDLE],
  ["where an advisory gate is closed besides", emergency({ gates: [LINT, sast()] }),
      "block", 1, "lint: fail", "sast: fail", bobs("an advisory gate needs an approval, and a bypass is none: lint"), SECOND_IDLE],
  ["where an advisory gate is approved besides", emergency({ gates: [LINT, sast()], statements: [sampleBypass(), sampleSecond(), sampleApproval()] }),
      "allow-bypassed", 0, "lint: fail, approved", "sast: fail", "alice's approval of lint: counts", ...COUNTS, "bypassed: sast"],
  ["where an advisory gate only warns", emergency({ gates: [LINT, sast()], environment: { ...bypassRules(), onAdvisory: "warning" } }),
      "allow-bypassed", 0, "lint: fail", "sast: fail", ...COUNTS, "bypassed: sast"],
  ["that the environment does not permit", emergency({ environment: {} }),
      "block", 1, "sast: fail", bobs(FORBIDDEN), `alice's bypass-approval: no (${FORBIDDEN})`],
  ["of a decision without a record", emergency({ recorded: false }),
      "block", 1, "sast: fail", bobs(UNRECORDED), `alice's bypass-approval: no (${UNRECORDED})`],
  ["that nobody seconds", bypass(sampleBypass()), "block", 1, "sast: fail", bobs(ALONE)],
  ["that whoever asks seconds", bypass(sampleBypass(), sampleSecond({ signer: "gitlab:bob-gl" })),
      "block", 1, "sast: fail", bobs(ALONE), "bob's bypass-approval: no (bob asked for the bypass)"],
  ["that the author seconds", bypass(sampleBypass(), sampleSecond({ signer: "author" })),
      "block", 1, "sast: fail", bobs(ALONE), "author's bypass-approval: no (author is an author of the change)"],
  ["that the author asks for", bypass(sampleBypass({ signer: "author" }), sampleSecond()),
      "allow-bypassed", 0, "sast: fail", "author's bypass: counts", "alice's bypass-approval: counts", "bypassed: sast"],
  ["that a stranger asks for", bypass(sampleBypass({ signer: "mallory" }), sampleSecond()),
      "block", 1, "sast: fail", "mallory's bypass: no (mallory is not among the people who can approve)", SECOND_IDLE],
  ["that a stranger seconds", bypass(sampleBypass(), sampleSecond({ signer: "mallory" })),
      "block", 1, "sast: fail", bobs(ALONE), "mallory's bypass-approval: no (mallory is not among the people who can approve)"],
  ["of which two have to approve and one does", emergency({ environment: bypassRules({ quorum: 2 }) }),
      "block", 1, "sast: fail", "alice's bypass-approval: counts", bobs("1 of 2 people besides the one who asks approved it")],
  ["of which two have to approve and one does so twice", emergency({ environment: bypassRules({ quorum: 2 }), statements: [sampleBypass(), sampleSecond(), sampleSecond({ signer: "github:alice-gh" })] }),
      "block", 1, "sast: fail", "alice's bypass-approval: counts", bobs("1 of 2 people besides the one who asks approved it"), "alice's bypass-approval: no (alice has approved it already)"],
  ["of which two have to approve and do", emergency({ environment: bypassRules({ quorum: 2 }), statements: [sampleBypass(), sampleSecond(), sampleSecond({ signer: "carol" })] }),
      "allow-bypassed", 0, "sast: fail", "bob's bypass: counts", "carol's bypass-approval: counts", "alice's bypass-approval: counts", "bypassed: sast"],
  ["with no quorum still takes a second", emergency({ environment: bypassRules({ quorum: 0 }), statements: [sampleBypass()] }),
      "block", 1, "sast: fail", bobs(ALONE)],
  ["that is asked for without the role", emergency({ environment: bypassRules({ roles: ["security"] }) }),
      "block", 1, "sast: fail", bobs("bob is no security"), SECOND_IDLE],
  ["without a reason", bypass(sampleBypass({ reason: " " }), sampleSecond()), "block", 1, "sast: fail", bobs("it gives no reason"), SECOND_IDLE],
  ["without a ticket", bypass(sampleBypass({ ticket: " " }), sampleSecond()), "block", 1, "sast: fail", bobs("it names no ticket"), SECOND_IDLE],
  ["for another commit", bypass(sampleBypass({ subject: { commit: "b".repeat(40) } }), sampleSecond()),
      "block", 1, "sast: fail", bobs("it is for the commit bbbbbbbbbbbb, not for aaaaaaaaaaaa"), SECOND_IDLE],
  ["seconded for another commit", bypass(sampleBypass(), sampleSecond({ subject: { commit: "b".repeat(40) } })),
      "block", 1, "sast: fail", bobs(ALONE), "alice's bypass-approval: no (it is for the commit bbbbbbbbbbbb, not for aaaaaaaaaaaa)"],
  ["of which only another one is seconded", bypass(sampleBypass(), sampleSecond({ subject: { bypass: sha256("other") } })),
      "block", 1, "sast: fail", bobs(ALONE), "alice's bypass-approval: no (there is no such bypass)"],
  ["with a bad signature", bypass(sampleBypass({ problem: "its signature does not fit" }), sampleSecond()),
      "block", 1, "sast: fail", bobs("its signature does not fit"), SECOND_IDLE],
  ["that no person signed", bypass(sampleBypass({ via: "review" }), sampleSecond()),
      "block", 1, "sast: fail", bobs("only what a person signed can bypass a gate"), SECOND_IDLE],
  ["for longer than four hours", bypass(sampleBypass({ expiresAt: "2026-01-01T03:00:00.001Z" }), sampleSecond()),
      "block", 1, "sast: fail", bobs("it would hold from 2025-12-31T23:00:00.000Z to 2026-01-01T03:00:00.001Z, which is longer than 4h"), SECOND_IDLE],
  ["for exactly four hours", bypass(sampleBypass({ expiresAt: "2026-01-01T03:00:00.000Z" }), sampleSecond()),
      "allow-bypassed", 0, "sast: fail", ...COUNTS, "bypassed: sast"],
  ["for longer than four hours, where gate.yaml says eight", emergency({ environment: bypassRules({ lifetimeMs: 2 * CAPS.bypassMs }), statements: [sampleBypass({ expiresAt: "2026-01-01T05:00:00Z" }), sampleSecond()] }),
      "block", 1, "sast: fail", bobs("it would hold from 2025-12-31T23:00:00.000Z to 2026-01-01T05:00:00Z, which is longer than 4h"), SECOND_IDLE],
  ["while another one is in use", bypass(sampleBypass(), sampleSecond(), sampleBypass({ id: sha256("later"), createdAt: "2025-12-31T23:30:00Z" }), sampleSecond({ id: sha256("l2"), subject: { bypass: sha256("later") } })),
      "allow-bypassed", 0, "sast: fail", "bob's bypass: counts", "alice's bypass-approval: counts", "alice's bypass-approval: counts", bobs("another bypass is in use already"), "bypassed: sast"],
  ["where a waiver covers what it is for", emergency({ waivers: [waiver()] }),
      "allow", 0, "sast: waived", "w1: used", bobs("no mandatory gate is closed, so there is nothing to bypass"), SECOND_IDLE],
  ["where the evidence cannot be trusted", emergency({ environment: { ...bypassRules(), integrity: "bound" }, trust: { config: "it is not merged" } }),
      "block", 1, "sast: fail", ...COUNTS, "integrity: open and not bound: config-untrusted"],
];

const OWED: Obligation = {
  id: "01900000-0000-7000-8000-00000000000c",
  environment: "production",
  gates: ["sast"],
  reason: "the shop is down",
  ticket: "INC-1",
  requestedBy: "bob",
  identities: [],
  approvers: ["alice"],
  createdAt: "2025-12-31T00:00:00.000Z",
  dueAt: LATER,
};
const OVERDUE = { ...OWED, dueAt: EARLIER };
const FIRST = "the gate obligations cannot be bypassed: the reviews of earlier bypasses come first";

// biome-ignore format: a case is a row
const REVIEWS: readonly Row[] = [
  ["and not due closes nothing", { obligations: [OWED] }, "allow", 0],
  ["and overdue closes production", { obligations: [OVERDUE] }, "block", 1, "obligations: not-evaluated"],
  ["and overdue beside one that is not", { obligations: [OWED, OVERDUE] }, "block", 1, "obligations: not-evaluated"],
  ["and overdue closes nothing where no record is required", { obligations: [OVERDUE], environment: { audit: "optional" } }, "allow", 0],
  ["by a day that is no date is overdue", { obligations: [{ ...OWED, dueAt: "some day" }] }, "block", 1, "obligations: not-evaluated"],
  ["and overdue cannot be bypassed", emergency({ obligations: [OVERDUE] }),
      "block", 1, "obligations: not-evaluated", "sast: fail", bobs(FIRST), SECOND_IDLE],
  ["and overdue cannot be approved", { obligations: [OVERDUE], statements: [sampleApproval({ subject: { gate: "obligations" } })] },
      "block", 1, "obligations: not-evaluated", "alice's approval of obligations: no (obligations is mandatory here, and only advisory gates can be approved)"],
  ["and overdue cannot be waived", { obligations: [OVERDUE], waivers: [waiver({ gate: "obligations" })] },
      "block", 1, "obligations: not-evaluated", "w1: unused (the gate obligations was not evaluated in full)"],
];

const report = exampleDocument({ kind: "tests", path: "junit.xml", cases: [{}] }, 0);
const shown = (changes: Partial<EvidenceDocument>): readonly AssessedEvidence[] => [
  assessEvidence({ ...report, ...changes } as EvidenceDocument, bySubjectAlone(SUBJECT)),
];
const BOUND = { subject: { commit: COMMIT }, producedAt: EARLIER } as const;
const requires = (integrity: Environment["integrity"]): { environment: Partial<Environment> } => ({
  environment: { integrity },
});
const bound = (changes: Given): Given => ({ ...requires("bound"), ...changes });
const SIGNED = { policy: true, decision: "SHA256:key" } as const;
const SEALED = { ...BOUND, binding: { signer: "ci" } } as Partial<EvidenceDocument>;
const only = (...codes: readonly string[]): string => `integrity: open and not bound: ${codes.join(", ")}`;

// biome-ignore format: a case is a row
const INTEGRITY: readonly Row[] = [
  ["bound, where that is required", bound({ evidence: shown(BOUND) }), "allow", 0],
  ["bound, where sealed is required", { ...requires("sealed"), evidence: shown(BOUND) }, "block", 1, "integrity: bound and not sealed: unsigned"],
  ["sealed, where that is required", { ...requires("sealed"), evidence: shown(SEALED), signed: SIGNED }, "allow", 0],
  ["with policies that nobody signed", { ...requires("sealed"), evidence: shown(SEALED), signed: { ...SIGNED, policy: false } },
      "block", 1, "integrity: bound and not sealed: unsigned"],
  ["with a decision that nobody signs", { ...requires("sealed"), evidence: shown(SEALED), signed: { ...SIGNED, decision: null } },
      "block", 1, "integrity: bound and not sealed: unsigned"],
  ["of a commit that nobody knows", bound({ subject: { artifacts: [], source: "none" } }), "block", 1, only("subject-unknown")],
  ["of a checkout with changes", bound({ subject: { ...SUBJECT, dirty: true } }), "block", 1, only("worktree-dirty")],
  ["of evidence that states no commit", bound({ evidence: shown({ ...BOUND, subject: {} }) }), "block", 1, only("evidence-unbound")],
  ["of evidence without a date", bound({ evidence: shown({ subject: { commit: COMMIT } }) }), "block", 1, only("evidence-undated")],
  ["of evidence without a date, where anything will do", { ...requires("open"), evidence: shown({}) }, "allow", 0],
  ["of a configuration that is not merged", bound({ trust: { config: "it is not merged" } }), "block", 1, only("config-untrusted")],
  ["of policies that are not merged", bound({ trust: { policy: "they are not merged" } }), "block", 1, only("policy-untrusted")],
  ["of waivers that are not merged", bound({ trust: { waivers: "they are not merged" } }), "block", 1, only("waivers-untrusted")],
  ["of people that are not merged", bound({ trust: { people: "they are not merged" } }), "block", 1, only("trust-untrusted")],
  ["of a baseline that is not merged", bound({ trust: { baseline: "it is not merged" } }), "block", 1, only("baseline-untrusted")],
  ["of a gate that is turned off", bound({ environment: { integrity: "bound", disabled: [{ gate: "sast", source: "gate.yaml:9" }] } }),
      "block", 1, only("gate-disabled")],
  ["of a decision without a record", bound({ recorded: false }), "block", 1, only("no-audit")],
  ["of a pull request that changes the policies that decide", bound({ trust: { changed: ["it changes gate.yaml"] } }), "allow", 0],
  ["too low, where a gate only asks for an approval", bound({ gates: [LINT], recorded: false }), "block", 1, "lint: fail", only("no-audit")],
  ["too low, where the approval is there", bound({ ...asked(sampleApproval()), recorded: false }),
      "block", 1, "lint: fail, approved", "alice's approval of lint: counts", only("no-audit")],
];

// biome-ignore format: a case is a row
const ENVIRONMENTS: readonly Row[] = [
  ["that only warns of advisory gates", { gates: [LINT], environment: { onAdvisory: "warning" } }, "allow", 0, "lint: fail"],
  ["that only warns, of a mandatory gate", { gates: [sast()], environment: { onAdvisory: "warning" } }, "block", 1, "sast: fail"],
  ["of development takes what is not recorded", { recorded: false, environment: environmentDefaults("development") }, "allow", 0],
  ["of development still blocks", { gates: [sast()], environment: environmentDefaults("development") }, "block", 1, "sast: fail"],
  ["of production by default permits no bypass", { gates: [sast()], statements: [sampleBypass(), sampleSecond()], environment: { ...production, integrity: "open" } },
      "block", 1, "sast: fail", bobs(FORBIDDEN), `alice's bypass-approval: no (${FORBIDDEN})`],
  ["of production by default takes two to waive", { gates: [sast()], waivers: [waiver({ approvedBy: ["alice"] })], environment: production },
      "block", 1, "sast: fail", `w1: refused (${HALF})`],
  ["of staging by default takes one to waive", { gates: [sast()], waivers: [waiver({ approvedBy: ["alice"] })], environment: environmentDefaults("staging") },
      "allow", 0, "sast: waived", "w1: used"],
];

/** Something that ends, or begins: what holds up to a moment, and what from then on. */
interface Turn {
  readonly name: string;
  /** The first moment of what comes after. */
  readonly at: string;
  readonly given: Given;
  readonly before: readonly [Outcome, string];
  readonly after: readonly [Outcome, string];
}

const within = (at: string): Partial<Statement> => ({ createdAt: "2025-12-31T23:30:00Z", expiresAt: at });
const TURN = "2026-01-01T02:00:00.000Z";
const OPENED = ["allow", "sast: waived"] as const;
const SHUT = ["block", "sast: fail"] as const;

// biome-ignore format: a case is a row
const TURNS: readonly Turn[] = [
  { name: "a waiver ends after its last day", at: "2026-01-16T00:00:00.000Z", given: { gates: [sast()], waivers: [waiver()] },
      before: OPENED, after: SHUT },
  { name: "a waiver ends at an instant", at: TURN, given: { gates: [sast()], waivers: [waiver({ expires: TURN })] }, before: OPENED, after: SHUT },
  { name: "a waiver ends at an instant of another zone", at: TURN, given: { gates: [sast()], waivers: [waiver({ expires: "2026-01-01T04:30:00+02:30" })] },
      before: OPENED, after: SHUT },
  { name: "a waiver begins with its first day", at: "2026-01-02T00:00:00.000Z", given: { gates: [sast()], waivers: [waiver({ created: "2026-01-02" })] },
      before: ["block", "w1: refused (it begins on 2026-01-02)"], after: OPENED },
  { name: "a waiver comes into its last week", at: "2026-01-09T00:00:00.000Z", given: { gates: [sast()], waivers: [waiver()] },
      before: OPENED, after: ["allow", "w1: expiring"] },
  { name: "an approval ends", at: TURN, given: asked(sampleApproval(within(TURN))),
      before: ["allow", "lint: fail, approved"], after: ["approval-required", refused(`it expired: ${TURN}`)] },
  { name: "an approval ends after a day", at: "2026-01-02T00:00:00.000Z", given: asked(sampleApproval(within("2026-01-01"))),
      before: ["allow", "lint: fail, approved"], after: ["approval-required", refused("it expired: 2026-01-01")] },
  { name: "an approval begins", at: "2026-01-01T00:30:00.000Z", given: asked(sampleApproval({ createdAt: "2026-01-01T00:30:00.000Z" })),
      before: ["approval-required", refused("it is dated 2026-01-01T00:30:00.000Z, which is yet to come")], after: ["allow", "lint: fail, approved"] },
  { name: "a bypass ends", at: TURN, given: bypass(sampleBypass(within(TURN)), sampleSecond(within(LATER.replace("T01", "T03")))),
      before: ["allow-bypassed", "bypassed: sast"], after: ["block", bobs(`it expired: ${TURN}`)] },
  { name: "the second of a bypass ends", at: TURN, given: bypass(sampleBypass(within("2026-01-01T03:00:00Z")), sampleSecond(within(TURN))),
      before: ["allow-bypassed", "bypassed: sast"], after: ["block", bobs(ALONE)] },
  { name: "a bypass begins", at: "2026-01-01T00:30:00.000Z", given: bypass(sampleBypass({ createdAt: "2026-01-01T00:30:00Z" }), sampleSecond()),
      before: ["block", bobs("it is dated 2026-01-01T00:30:00Z, which is yet to come")], after: ["allow-bypassed", "bypassed: sast"] },
  { name: "a review falls due", at: TURN, given: { obligations: [{ ...OWED, dueAt: TURN }] },
      before: ["allow", ""], after: ["block", "obligations: not-evaluated"] },
  { name: "a review falls due after a day", at: "2026-01-03T00:00:00.000Z", given: { obligations: [{ ...OWED, dueAt: "2026-01-02" }] },
      before: ["allow", ""], after: ["block", "obligations: not-evaluated"] },
];

describe.each([
  { theme: "a gate's result", rows: RESULTS },
  { theme: "a waiver", rows: WAIVERS },
  { theme: "the baseline", rows: BASELINES },
  { theme: "an approval", rows: APPROVALS },
  { theme: "a bypass", rows: BYPASSES },
  { theme: "a review that is owed", rows: REVIEWS },
  { theme: "integrity", rows: INTEGRITY },
  { theme: "an environment", rows: ENVIRONMENTS },
])("$theme", ({ rows }) => {
  it.each(rows.map(([name, ...rest]) => ({ name, rest })))("$name", ({ rest }) => {
    const [given, outcome, exitCode, ...says] = rest;
    const decision = judge(given);
    expect([decision.outcome, decision.exitCode, ...saidBy(decision)]).toEqual([outcome, exitCode, ...says]);
  });
});

describe.each(TURNS)("$name", ({ at, given, before, after }) => {
  it.each([
    ["one millisecond before", -1, before],
    ["exactly then", 0, after],
    ["one millisecond after", 1, after],
  ] as const)("%s", (_, shift, [outcome, says]) => {
    const decision = judge({ ...given, evaluatedAt: new Date(Date.parse(at) + shift).toISOString() });
    expect(decision.outcome).toBe(outcome);
    if (says !== "") expect(saidBy(decision)).toContain(says);
  });
});

it.each([
  ["as soon as gate.yaml says", 3_600_000, LATER],
  ["within 72 hours, whatever gate.yaml says", 100 * CAPS.reviewMs, "2026-01-04T00:00:00.000Z"],
])("asks for the review of a bypass %s", (_, reviewMs, due) => {
  expect(judge(emergency({ environment: bypassRules({ reviewMs }) })).bypass?.reviewDue).toBe(due);
});
