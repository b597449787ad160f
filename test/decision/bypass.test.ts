import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Statement } from "../../src/decision/approvals.ts";
import type { DecisionInputs, GateResults } from "../../src/decision/decide.ts";
import { type BypassRules, environmentDefaults } from "../../src/decision/environment.ts";
import type { Obligation } from "../../src/decision/obligations.ts";
import { sha256 } from "../../src/evidence/canonical.ts";
import { NOW, sampleDecide, sampleEnvironment, sampleGate, sampleInputs } from "./fixture.ts";
import { FAILED_ADVISORY, PEOPLE, REPOSITORY, sampleApproval, sampleBypass, sampleSecond } from "./statements.ts";

const RULES: BypassRules = { ...environmentDefaults("production").bypass, permitted: true };
const OTHER = "b".repeat(40);
const SAST = sampleGate({ id: "sast", result: "fail" });
const TESTS = sampleGate({ id: "tests", result: "not-evaluated", reason: "no file" });
const OVERDUE: Obligation = {
  id: "01900000-0000-7000-8000-000000000001",
  environment: "production",
  gates: ["sast"],
  reason: "the shop was down",
  ticket: "INC-0",
  requestedBy: "bob",
  identities: [],
  approvers: ["alice"],
  createdAt: "2025-12-01T00:00:00.000Z",
  dueAt: "2025-12-04T00:00:00.000Z",
};

interface Case {
  readonly name: string;
  readonly statements?: readonly Statement[];
  readonly rules?: Partial<BypassRules>;
  readonly gates?: GateResults["gates"];
  readonly inputs?: Partial<DecisionInputs>;
  readonly onAdvisory?: "approval" | "warning";
}

function judge({ statements = [sampleBypass(), sampleSecond()], rules, gates = [SAST], inputs, onAdvisory }: Case) {
  const environment = sampleEnvironment({
    bypass: { ...RULES, ...rules },
    ...(onAdvisory === undefined ? {} : { onAdvisory }),
  });
  const subject = { ...sampleInputs().subject, repository: REPOSITORY };
  return sampleDecide({ gates, environment }, { subject, people: PEOPLE, statements, environment, ...inputs });
}

describe("lets closed gates through", () => {
  it.each<Case & { readonly covers?: readonly string[] }>([
    { name: "one that names none, so all" },
    {
      name: "one that names every closed gate",
      statements: [sampleBypass({ gates: ["tests", "sast"] }), sampleSecond()],
      gates: [SAST, TESTS],
      covers: ["sast", "tests"],
    },
    {
      name: "one that the author of the change asks for",
      statements: [sampleBypass({ signer: "author" }), sampleSecond()],
    },
    {
      name: "without an advisory gate that only warns",
      statements: [sampleBypass({ gates: ["sast"] }), sampleSecond()],
      gates: [FAILED_ADVISORY, SAST],
      onAdvisory: "warning",
    },
    {
      name: "without an advisory gate that is approved",
      statements: [sampleBypass({ gates: ["sast"] }), sampleSecond(), sampleApproval()],
      gates: [FAILED_ADVISORY, SAST],
    },
    {
      name: "for exactly four hours",
      statements: [
        sampleBypass({ createdAt: "2025-12-31T21:00:00Z", expiresAt: "2026-01-01T01:00:00Z" }),
        sampleSecond(),
      ],
    },
    {
      name: "with two approvals where two are asked for",
      rules: { quorum: 2 },
      statements: [sampleBypass(), sampleSecond(), sampleSecond({ signer: "carol" })],
    },
  ])("$name", (given) => {
    const decision = judge(given);
    expect(decision).toMatchObject({ outcome: "allow-bypassed", exitCode: 0 });
    expect(decision.bypass).toMatchObject({
      ticket: "INC-1",
      reason: "the shop is down",
      gates: given.covers ?? ["sast"],
      reviewDue: "2026-01-04T00:00:00.000Z",
    });
    expect(decision.gates.filter(({ id }) => id === "sast")).toEqual([SAST]);
    expect(decision.integrity.reasons.map(({ code }) => code)).toContain("bypass-in-use");
  });

  it("names who asked and who approved, by their names", () => {
    expect(judge({ name: "" }).bypass).toMatchObject({ requestedBy: "bob", approvers: ["alice"] });
  });

  it("leaves no more than 72 hours for the review", () => {
    expect(judge({ name: "", rules: { reviewMs: 3_600_000 } }).bypass?.reviewDue).toBe("2026-01-01T01:00:00.000Z");
    expect(judge({ name: "", rules: { reviewMs: 9e9 } }).bypass?.reviewDue).toBe("2026-01-04T00:00:00.000Z");
  });
});

const requested = (changes: Parameters<typeof sampleBypass>[0]): readonly Statement[] => [
  sampleBypass(changes),
  sampleSecond(),
];

const seconded = (changes: Parameters<typeof sampleSecond>[0]): readonly Statement[] => [
  sampleBypass(),
  sampleSecond(changes),
];

describe("lets nothing through, and says why", () => {
  it.each<Case & { readonly problem: RegExp }>([
    {
      name: "an environment that permits none",
      rules: { permitted: false },
      problem: /^production permits no emergency bypass$/,
    },
    { name: "a decision that is not recorded", inputs: { recorded: false }, problem: /not recorded/ },
    { name: "no reason", statements: requested({ reason: " " }), problem: /^it gives no reason$/ },
    { name: "no ticket", statements: requested({ ticket: "" }), problem: /^it names no ticket$/ },
    {
      name: "another commit",
      statements: requested({ subject: { commit: OTHER } }),
      problem: /is for the commit bbbbbbbbbbbb/,
    },
    {
      name: "no repository",
      statements: requested({ subject: { repository: undefined as never } }),
      problem: /for which repository/,
    },
    { name: "one that expired", statements: requested({ expiresAt: NOW }), problem: /^it expired/ },
    { name: "one of the future", statements: requested({ createdAt: "2026-01-01T00:30:00Z" }), problem: /yet to come/ },
    {
      name: "more than four hours, whatever gate.yaml says",
      rules: { lifetimeMs: 9e9 },
      statements: requested({ createdAt: "2025-12-31T20:59:59Z" }),
      problem: /longer than 4h$/,
    },
    { name: "more than the environment gives", rules: { lifetimeMs: 3_600_000 }, problem: /longer than 1h$/ },
    {
      name: "a bad signature",
      statements: requested({ problem: "the signature is wrong" }),
      problem: /^the signature is wrong$/,
    },
    {
      name: "a review instead of a signature",
      statements: requested({ via: "review" }),
      problem: /what a person signed/,
    },
    { name: "a stranger who asks", statements: requested({ signer: "mallory" }), problem: /^mallory is not among/ },
    { name: "somebody without the role who asks", rules: { roles: ["security"] }, problem: /^bob is no security$/ },
    { name: "no approval", statements: [sampleBypass()], problem: /^0 of 1 people/ },
    {
      name: "an approval of another bypass",
      statements: seconded({ subject: { bypass: sha256("other") } }),
      problem: /no such bypass|0 of 1/,
    },
    {
      name: "the approval of whoever asked",
      statements: seconded({ signer: "gitlab:bob-gl" }),
      problem: /asked for the bypass|0 of 1/,
    },
    {
      name: "the approval of the author",
      statements: seconded({ signer: "author" }),
      problem: /author is an author|0 of 1/,
    },
    {
      name: "an approval where no author is known",
      inputs: { authors: [] },
      problem: /no author of the change|0 of 1/,
    },
    { name: "an approval that expired", statements: seconded({ expiresAt: NOW }), problem: /expired|0 of 1/ },
    {
      name: "an approval for another commit",
      statements: seconded({ subject: { commit: OTHER } }),
      problem: /commit bbbbbbbbbbbb|0 of 1/,
    },
    {
      name: "two approvals of one person",
      rules: { quorum: 2 },
      statements: [...seconded({}), sampleSecond({ signer: "github:alice-gh" })],
      problem: /already|1 of 2/,
    },
    {
      name: "a gate that it does not name",
      statements: requested({ gates: ["sast"] }),
      gates: [SAST, TESTS],
      problem: /^it does not name tests/,
    },
    {
      name: "an advisory gate that nobody approved",
      statements: requested({ gates: ["sast"] }),
      gates: [SAST, FAILED_ADVISORY],
      problem: /an advisory gate needs an approval, and a bypass is none: lint/,
    },
    { name: "a review that is overdue", inputs: { obligations: [OVERDUE] }, problem: /obligations cannot be bypassed/ },
  ])("$name", (given) => {
    const decision = judge(given);
    expect(decision).toMatchObject({ outcome: "block", exitCode: 1, bypass: null });
    const refused = decision.approvals.filter(({ counts }) => !counts);
    expect(refused.length).toBeGreaterThan(0);
    for (const { problem } of refused)
      expect(problem).toMatch(new RegExp(`${given.problem.source}|the bypass itself does not count`));
  });

  it("does not need a bypass where only advisory gates are closed", () => {
    const decision = judge({ name: "", gates: [FAILED_ADVISORY] });
    expect(decision).toMatchObject({ outcome: "approval-required", bypass: null });
    expect(decision.approvals[0]?.problem).toMatch(/no mandatory gate is closed/);
  });

  it("does not make up for integrity", () => {
    const environment = sampleEnvironment({ bypass: RULES, integrity: "bound" });
    const inputs = {
      environment,
      people: PEOPLE,
      subject: { ...sampleInputs().subject, repository: REPOSITORY },
      statements: [sampleBypass(), sampleSecond()],
    };
    const results = { gates: [SAST], environment };
    expect(sampleDecide(results, inputs).outcome).toBe("allow-bypassed");
    const untrusted = { ...inputs, trust: { config: "it is not committed" } };
    expect(sampleDecide(results, untrusted)).toMatchObject({ outcome: "block", bypass: null });
  });
});

it("uses one bypass where there are two, whatever their order", () => {
  const later = sampleBypass({ id: sha256("later"), createdAt: "2025-12-31T23:30:00Z", signer: "carol" });
  const statements = [
    sampleBypass(),
    sampleSecond(),
    later,
    sampleSecond({ id: sha256("s"), subject: { bypass: later.id } }),
  ];
  for (const all of [statements, statements.toReversed()]) {
    const { bypass, approvals } = judge({ name: "", statements: all });
    expect(bypass?.requestedBy).toBe("bob");
    expect(approvals.find(({ id }) => id === later.id)?.problem).toBe("another bypass is in use already");
  }
});

it("keeps quiet of other environments", () => {
  const elsewhere = sampleBypass({ subject: { environment: "staging" } });
  expect(judge({ name: "", statements: [elsewhere] }).approvals).toEqual([]);
});

it("never lets more through by less", () => {
  const signers = fc.constantFrom("alice", "bob", "carol", "author", "mallory");
  const bypass = fc.record({
    signer: signers,
    gates: fc.constantFrom<readonly string[]>([], ["sast"], ["sast", "tests"]),
  });
  const seconds = fc.array(fc.record({ signer: signers, expiresAt: fc.constantFrom("2026-01-01T01:00:00Z", NOW) }), {
    maxLength: 4,
  });
  const closed = fc.constantFrom([SAST], [SAST, TESTS]);
  fc.assert(
    fc.property(
      bypass,
      seconds,
      closed,
      fc.integer({ min: 1, max: 2 }),
      fc.nat(4),
      (asked, approvals, gates, quorum, index) => {
        const request = sampleBypass(asked);
        const rest = approvals.map((changes, position) => sampleSecond({ ...changes, id: sha256(`${position}`) }));
        const all = [request, ...rest];
        const isOpen = (given: Partial<Case>): boolean =>
          judge({ name: "", statements: all, gates, ...given, rules: { quorum, ...given.rules } }).exitCode === 0;
        const before = isOpen({});
        const worse = [
          isOpen({ statements: all.filter((_, position) => position !== index) }),
          isOpen({ statements: all.map((one, position) => (position === index ? { ...one, expiresAt: "" } : one)) }),
          isOpen({
            statements: all.map((one, position) =>
              position === index ? { ...one, subject: { ...one.subject, commit: OTHER } } : one,
            ),
          }),
          isOpen({ gates: [...gates, sampleGate({ id: "zap", result: "fail" })] }) && asked.gates.length > 0,
          isOpen({ rules: { quorum: quorum + 1 } }),
          isOpen({ inputs: { authors: ["author", "alice"] } }),
          isOpen({ inputs: { obligations: [OVERDUE] } }),
        ];
        if (!before) expect(worse).toEqual(worse.map(() => false));
        expect(worse.at(-1)).toBe(false);
        expect(isOpen({ statements: all.toReversed() })).toBe(before);
        if (before)
          expect(judge({ name: "", statements: all, gates, rules: { quorum } }).outcome).toBe("allow-bypassed");
      },
    ),
  );
});
