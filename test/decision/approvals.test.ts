import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  applyApprovals,
  type Statement,
  type StatementContext,
  violationsDigest,
} from "../../src/decision/approvals.ts";
import { type ApprovalRules, environmentDefaults } from "../../src/decision/environment.ts";
import { peopleOf } from "../../src/decision/people.ts";
import type { DecisionGate } from "../../src/decision/types.ts";
import { sha256 } from "../../src/evidence/canonical.ts";
import { COMMIT, NOW, sampleDecide, sampleEnvironment, sampleGate, sampleInputs, sampleViolation } from "./fixture.ts";
import { EARLIER, FAILED_ADVISORY, LATER, PEOPLE, REPOSITORY, sampleApproval } from "./statements.ts";

const RULES: ApprovalRules = environmentDefaults("production").approvals;
const OTHER = "b".repeat(40);

function contextWith(changes: Partial<StatementContext> = {}): StatementContext {
  const subject = { ...sampleInputs().subject, repository: REPOSITORY };
  const people = peopleOf(PEOPLE);
  const authors = ["author@example.com"];
  return { environment: "production", people, authors, subject, now: new Date(NOW), recorded: true, ...changes };
}

interface Case {
  readonly name: string;
  readonly statements?: readonly Statement[];
  readonly rules?: Partial<ApprovalRules>;
  readonly context?: Partial<StatementContext>;
  readonly gate?: DecisionGate;
  /** Undefined where the gate is overridden. */
  readonly refused?: string | RegExp;
}

function judge({ statements = [sampleApproval()], rules, context, gate = FAILED_ADVISORY }: Case) {
  return applyApprovals([gate], statements, { ...RULES, ...rules }, contextWith(context));
}

const alice = sampleApproval();
const bob = sampleApproval({ signer: "bob@example.com" });

describe("overrides an advisory gate", () => {
  it.each<Case>([
    { name: "one person, as is asked for" },
    { name: "by name instead of address", statements: [sampleApproval({ signer: "Alice" })] },
    {
      name: "without saying what was found",
      statements: [sampleApproval({ subject: { violations: undefined as never } })],
    },
    {
      name: "one that could not be evaluated",
      gate: sampleGate({ id: "lint", enforcement: "advisory", result: "not-evaluated", reason: "no file" }),
      statements: [sampleApproval({ subject: { violations: undefined as never } })],
    },
    { name: "two where two are asked for", statements: [alice, bob], rules: { quorum: 2 } },
    { name: "somebody of one of the roles", rules: { roles: ["architect", "security"] } },
    { name: "a DSSE envelope", statements: [sampleApproval({ via: "dsse" })] },
    {
      name: "a review where reviews count",
      statements: [sampleApproval({ via: "review" })],
      rules: { from: ["review"] },
    },
    {
      name: "a deployment approval where they count",
      statements: [sampleApproval({ via: "deployment" })],
      rules: { from: ["signature", "deployment"] },
    },
    { name: "made in the very moment", statements: [sampleApproval({ createdAt: NOW })] },
    { name: "until the last millisecond", statements: [sampleApproval({ expiresAt: "2026-01-01T00:00:00.001Z" })] },
    {
      name: "for exactly the longest time",
      statements: [sampleApproval({ createdAt: "2025-12-31T00:00:00Z", expiresAt: "2026-01-07T00:00:00Z" })],
    },
    {
      name: "the repository as a URL",
      statements: [sampleApproval({ subject: { repository: "git@github.com:Acme/Payments.git" } })],
    },
    {
      name: "no repository where none is known",
      statements: [sampleApproval({ subject: { repository: undefined as never } })],
      context: { subject: sampleInputs().subject },
    },
  ])("$name", (given) => {
    const { gates, notes } = judge(given);
    expect(gates[0]?.approvedBy?.length).toBe((given.statements ?? [alice]).length);
    expect(gates[0]?.result).toBe((given.gate ?? FAILED_ADVISORY).result);
    expect(notes.map(({ counts, problem }) => [counts, problem])).toEqual(notes.map(() => [true, undefined]));
  });
});

const about = (subject: Partial<Statement["subject"]>): readonly Statement[] => [sampleApproval({ subject })];

describe("refuses, and says why", () => {
  it.each<Case & { readonly refused: string | RegExp }>([
    {
      name: "another commit",
      statements: about({ commit: OTHER }),
      refused: "it is for the commit bbbbbbbbbbbb, not for aaaaaaaaaaaa",
    },
    {
      name: "an unknown commit",
      context: { subject: { artifacts: [], source: "none", repository: REPOSITORY } },
      refused: "the commit that is gated is not known",
    },
    {
      name: "no repository",
      statements: about({ repository: undefined as never }),
      refused: "it does not say for which repository it is",
    },
    {
      name: "a repository where none is known",
      context: { subject: sampleInputs().subject },
      refused: /which one is gated is not known/,
    },
    {
      name: "no component",
      context: { subject: { ...contextWith().subject, component: "api" } },
      refused: /does not say for which component/,
    },
    {
      name: "another component",
      statements: about({ component: "web" }),
      context: { subject: { ...contextWith().subject, component: "api" } },
      refused: "it is for the component web, not for api",
    },
    {
      name: "a component where the whole is gated",
      statements: about({ component: "web" }),
      refused: "it is for the component web",
    },
    { name: "another gate", statements: about({ gate: "sast" }), refused: "this environment has no gate sast" },
    {
      name: "no gate",
      statements: about({ gate: undefined as never }),
      refused: "it does not say for which gate it is",
    },
    {
      name: "a bad signature",
      statements: [sampleApproval({ problem: "the signature is not that of alice" })],
      refused: "the signature is not that of alice",
    },
    { name: "one that has expired", statements: [sampleApproval({ expiresAt: NOW })], refused: `it expired: ${NOW}` },
    {
      name: "an expiry that is no date",
      statements: [sampleApproval({ expiresAt: "soon" })],
      refused: "it expired: soon",
    },
    {
      name: "one of the future",
      statements: [sampleApproval({ createdAt: "2026-01-01T00:00:00.001Z" })],
      refused: /yet to come/,
    },
    {
      name: "a time that is no date",
      statements: [sampleApproval({ createdAt: "2025-02-30" })],
      refused: "it does not say when it was made",
    },
    {
      name: "one that holds too long",
      statements: [sampleApproval({ createdAt: "2025-12-31T00:00:00Z", expiresAt: "2026-01-07T00:00:00.001Z" })],
      refused: /longer than 7d$/,
    },
    {
      name: "a review where only signatures count",
      statements: [sampleApproval({ via: "review" })],
      refused: /takes only signature/,
    },
    {
      name: "a deployment where only reviews count",
      statements: [sampleApproval({ via: "deployment" })],
      rules: { from: ["review"] },
      refused: /takes only review/,
    },
    {
      name: "a stranger",
      statements: [sampleApproval({ signer: "mallory@example.com" })],
      refused: "mallory@example.com is not among the people who can approve",
    },
    {
      name: "a person without the role",
      statements: [bob],
      rules: { roles: ["security"] },
      refused: "bob is no security",
    },
    {
      name: "the author",
      statements: [sampleApproval({ signer: "author" })],
      refused: "author is an author of the change",
    },
    {
      name: "the author under another identity",
      statements: [sampleApproval({ signer: "github:author-gh" })],
      refused: "author is an author of the change",
    },
    {
      name: "the author as git writes them",
      context: { authors: ["A. Lice <ALICE@example.com>"] },
      refused: "alice is an author of the change",
    },
    {
      name: "an author whom git knows by name only",
      context: { authors: ["Alice <private@example.org>"] },
      refused: "alice is an author of the change",
    },
    {
      name: "an author whom the forge knows by login",
      context: { authors: ["alice-gh"] },
      refused: "alice is an author of the change",
    },
    { name: "anybody where no author is known", context: { authors: [] }, refused: /no author of the change is known/ },
    {
      name: "findings that changed",
      gate: { ...FAILED_ADVISORY, violations: [sampleViolation({ message: "another" })] },
      refused: "the findings changed since it was given",
    },
    {
      name: "a finding that got worse",
      gate: { ...FAILED_ADVISORY, violations: [sampleViolation({ severity: "critical" })] },
      refused: "the findings changed since it was given",
    },
    {
      name: "a mandatory gate",
      gate: { ...FAILED_ADVISORY, enforcement: "mandatory" },
      refused: /only advisory gates can be approved/,
    },
    { name: "an open gate", gate: { ...FAILED_ADVISORY, result: "pass" }, refused: /nothing to approve/ },
  ])("$name", (given) => {
    const { gates, notes } = judge(given);
    expect(gates).toEqual([given.gate ?? FAILED_ADVISORY]);
    const problem: unknown = given.refused instanceof RegExp ? expect.stringMatching(given.refused) : given.refused;
    expect(notes).toEqual([expect.objectContaining({ counts: false, problem })]);
  });
});

it("leaves the gate as it is where the quorum is not reached, and says who counted", () => {
  const { gates, notes } = judge({ name: "", rules: { quorum: 2 } });
  expect(gates).toEqual([FAILED_ADVISORY]);
  expect(notes).toEqual([expect.objectContaining({ approver: "alice", roles: ["security"], counts: true })]);
});

it("takes two approvals of one person for one, under whatever names", () => {
  const again = sampleApproval({ signer: "github:alice-gh" });
  const { gates, notes } = judge({ name: "", statements: [alice, again], rules: { quorum: 2 } });
  expect(gates).toEqual([FAILED_ADVISORY]);
  expect(notes.map(({ problem }) => problem)).toEqual([undefined, "alice has approved it already"]);
});

it.each([0, -1])("asks for one person at least where the quorum is %d", (quorum) => {
  expect(judge({ name: "", statements: [], rules: { quorum } }).gates).toEqual([FAILED_ADVISORY]);
});

it("keeps quiet of other environments and repositories, and lists no more than a hundred, those that count first", () => {
  const elsewhere = [{ environment: "staging" }, { repository: "acme/shop" }].map((subject) =>
    sampleApproval({ subject }),
  );
  expect(judge({ name: "", statements: elsewhere }).notes).toEqual([]);
  const many = Array.from({ length: 150 }, (_, index) =>
    sampleApproval({ id: sha256(`${index}`), createdAt: "2025-12-31T22:00:00Z", subject: { commit: OTHER } }),
  );
  const { notes } = judge({ name: "", statements: [...many, alice] });
  expect(notes).toHaveLength(100);
  expect(notes[0]).toMatchObject({ id: alice.id, counts: true });
});

describe("what is wrong with a gate", () => {
  it("is the same whatever the order, and whatever covers a violation: nothing that expires brings an approval back", () => {
    const [one, two] = [sampleViolation({ message: "one" }), sampleViolation({ message: "two" })];
    const digest = violationsDigest({ ...FAILED_ADVISORY, violations: [one, two] });
    const covered = [
      { ...two, baseline: true as const },
      { ...one, waiver: "w" },
    ];
    expect(violationsDigest({ ...FAILED_ADVISORY, violations: covered })).toBe(digest);
    expect(violationsDigest({ ...FAILED_ADVISORY, violations: [one] })).not.toBe(digest);
  });

  it("is another with another result or reason", () => {
    const unknown = { ...FAILED_ADVISORY, result: "not-evaluated", reason: "no file" } as const;
    const all = [FAILED_ADVISORY, unknown, { ...unknown, reason: "a stale file" }].map(violationsDigest);
    expect(new Set(all).size).toBe(3);
  });
});

it("opens the way only where the mandatory gates are open as well", () => {
  const inputs = { subject: contextWith().subject, people: PEOPLE, statements: [alice] };
  expect(sampleDecide({ gates: [FAILED_ADVISORY] }, inputs)).toMatchObject({ outcome: "allow", exitCode: 0 });
  const mandatory = sampleGate({ id: "sast", result: "fail" });
  expect(sampleDecide({ gates: [FAILED_ADVISORY, mandatory] }, inputs)).toMatchObject({
    outcome: "block",
    exitCode: 1,
  });
  expect(sampleDecide({ gates: [FAILED_ADVISORY] }, { ...inputs, statements: [] }).outcome).toBe("approval-required");
});

const isOpen = (all: readonly Statement[], authors: readonly string[], quorum: number): boolean => {
  const environment = sampleEnvironment({ approvals: { ...RULES, quorum } });
  const { outcome } = sampleDecide(
    { gates: [FAILED_ADVISORY], environment },
    { subject: contextWith().subject, people: PEOPLE, statements: all, authors },
  );
  return outcome === "allow";
};

it("never opens a gate by less: fewer approvals, later, of another commit, environment, gate or author", () => {
  const statements = fc.array(
    fc.record({
      signer: fc.constantFrom("alice", "bob@example.com", "carol", "github:alice-gh", "author", "mallory"),
      commit: fc.constantFrom(COMMIT, COMMIT, COMMIT, OTHER),
      gate: fc.constantFrom("lint", "lint", "sast"),
      expiresAt: fc.constantFrom(LATER, LATER, EARLIER, "never"),
      via: fc.constantFrom("ssh" as const, "dsse" as const, "review" as const),
    }),
    { maxLength: 6 },
  );
  const worsening = fc.constantFrom<(all: readonly Statement[], index: number) => readonly Statement[]>(
    (all, index) => all.filter((_, position) => position !== index),
    (all, index) => all.map((one, position) => (position === index ? { ...one, expiresAt: "2025-12-31" } : one)),
    (all, index) => replaced(all, index, { commit: OTHER }),
    (all, index) => replaced(all, index, { environment: "staging" }),
    (all, index) => replaced(all, index, { gate: "other" }),
    (all, index) => replaced(all, index, { repository: "acme/shop" }),
    (all, index) => all.map((one, position) => (position === index ? { ...one, problem: "forged" } : one)),
  );
  fc.assert(
    fc.property(statements, worsening, fc.nat(5), fc.integer({ min: 1, max: 3 }), (given, worsen, index, quorum) => {
      const all = given.map(({ signer, expiresAt, via, ...subject }, position) =>
        sampleApproval({ id: sha256(`${position}`), signer, expiresAt, via, subject }),
      );
      const authors = ["author@example.com"];
      const before = isOpen(all, authors, quorum);
      expect(Number(isOpen(worsen(all, index), authors, quorum))).toBeLessThanOrEqual(Number(before));
      expect(Number(isOpen(all, [...authors, "alice@example.com"], quorum))).toBeLessThanOrEqual(Number(before));
      expect(isOpen(all, [], quorum)).toBe(false);
      expect(Number(isOpen(all, authors, quorum + 1))).toBeLessThanOrEqual(Number(before));
      expect(isOpen(all.toReversed(), authors, quorum)).toBe(before);
    }),
  );
});

function replaced(
  all: readonly Statement[],
  index: number,
  subject: Partial<Statement["subject"]>,
): readonly Statement[] {
  return all.map((one, position) => (position === index ? { ...one, subject: { ...one.subject, ...subject } } : one));
}
