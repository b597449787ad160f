import { describe, expect, it } from "vitest";
import type { AssessedEvidence } from "../../src/decision/evidence.ts";
import { assessIntegrity, type IntegrityInputs } from "../../src/decision/integrity.ts";
import type { IntegrityCode } from "../../src/decision/types.ts";
import { sha256 } from "../../src/evidence/canonical.ts";
import { exampleDocument } from "../../src/policy/example-evidence.ts";
import { NO_WAIVERS, NOW, sampleGate, sampleInputs, sampleViolation } from "./fixture.ts";

const INPUTS: IntegrityInputs = {
  required: "bound",
  subject: sampleInputs().subject,
  evidence: [],
  trust: {},
  signed: { policy: true, decision: null },
  recorded: true,
  disabled: [],
  gates: [],
  baseline: null,
  waivers: NO_WAIVERS,
  bypass: null,
  onAdvisory: "approval",
};

const CLOSED = sampleGate({ id: "lint", enforcement: "advisory", result: "fail" });
const OVERRIDDEN = { ...CLOSED, approvedBy: [sha256("approval")] };
const WAIVER = { id: "w1", gate: "sast", reason: "r", ticket: "T", owner: "o", expires: NOW, covers: 1, source: "w:1" };

function statement(verified: string): AssessedEvidence {
  const plain = exampleDocument({ kind: "statement", path: "dpia.yaml", summary: { verified } }, 0);
  const document = { ...plain, producedAt: NOW };
  return { document, view: document, use: "usable", reasons: [], bound: false };
}

function misused(how: "replayed" | "committed"): AssessedEvidence {
  const document = exampleDocument({ kind: "tests", path: "junit.xml", cases: [{}] }, 0);
  return { document, view: document, use: "unbound", reasons: [], bound: false, misused: how };
}

describe("lists", () => {
  it.each<{
    readonly name: string;
    readonly changes: Partial<IntegrityInputs>;
    readonly code: IntegrityCode;
    readonly level: "open" | "bound";
    readonly says: string;
  }>([
    {
      name: "a gate that is turned off",
      changes: { disabled: [{ gate: "sast", source: "gate.yaml:9" }] },
      code: "gate-disabled",
      level: "open",
      says: "the gate sast is turned off (gate.yaml:9)",
    },
    {
      name: "waivers of anywhere",
      changes: { trust: { waivers: "the waivers are local" } },
      code: "waivers-untrusted",
      level: "open",
      says: "the waivers are local",
    },
    {
      name: "people of anywhere",
      changes: { trust: { people: "the list is local" } },
      code: "trust-untrusted",
      level: "open",
      says: "the list is local",
    },
    {
      name: "a baseline of anywhere",
      changes: { trust: { baseline: "it is local" } },
      code: "baseline-untrusted",
      level: "open",
      says: "it is local",
    },
    {
      name: "a change of what decides",
      changes: { trust: { changed: ["the pull request changes the waivers"] } },
      code: "control-files-changed",
      level: "bound",
      says: "the pull request changes the waivers",
    },
    {
      name: "evidence of another commit",
      changes: { evidence: [misused("replayed")] },
      code: "evidence-replayed",
      level: "bound",
      says: "junit.xml was evidence for another commit before",
    },
    {
      name: "evidence that the change brings",
      changes: { evidence: [misused("committed")] },
      code: "evidence-committed",
      level: "bound",
      says: "junit.xml is brought by the change that is decided on",
    },
    {
      name: "an advisory gate that only warns",
      changes: { gates: [CLOSED], onAdvisory: "warning" },
      code: "advisory-warning",
      level: "bound",
      says: "the advisory gate lint is closed, and the environment only warns about it",
    },
    {
      name: "a baseline",
      changes: { baseline: { decision: "d", path: "baseline.json", covers: 2, gone: 0 } },
      code: "baseline-in-use",
      level: "bound",
      says: "the baseline baseline.json lets 2 violations through",
    },
    {
      name: "a waiver",
      changes: { waivers: { ...NO_WAIVERS, used: [WAIVER] } },
      code: "waivers-in-use",
      level: "bound",
      says: "1 waiver lets violations through: w1",
    },
    {
      name: "an approval",
      changes: { gates: [OVERRIDDEN] },
      code: "approvals-in-use",
      level: "bound",
      says: "lint is closed and was overridden by approval",
    },
    {
      name: "a bypass",
      changes: {
        bypass: {
          id: sha256("b"),
          reason: "r",
          ticket: "INC-1",
          requestedBy: "bob",
          approvers: ["alice"],
          expires: NOW,
          gates: ["sast", "tests"],
          reviewDue: NOW,
        },
      },
      code: "bypass-in-use",
      level: "bound",
      says: "an emergency bypass (INC-1) is for closed gates: sast, tests",
    },
  ])("$name: $code, $level", ({ changes, code, level, says }) => {
    const integrity = assessIntegrity({ ...INPUTS, ...changes });
    expect(integrity.level).toBe(level);
    expect(integrity.reasons.map((reason) => reason.code)).toEqual([code, "unsigned"]);
    expect(integrity.reasons[0]).toMatchObject({ message: says, remedy: expect.stringMatching(/\.$/) });
  });
});

describe("does not list", () => {
  it.each<{ readonly name: string; readonly changes: Partial<IntegrityInputs> }>([
    { name: "what is in order", changes: {} },
    { name: "an advisory gate that asks for approval", changes: { gates: [CLOSED] } },
    { name: "a closed mandatory gate", changes: { gates: [sampleGate({ result: "fail" })], onAdvisory: "warning" } },
    {
      name: "waivers that cover nothing",
      changes: { waivers: { ...NO_WAIVERS, unused: [WAIVER], refused: [WAIVER] } },
    },
  ])("$name", ({ changes }) => {
    expect(assessIntegrity({ ...INPUTS, ...changes }).reasons.map(({ code }) => code)).toEqual(["unsigned"]);
  });
});

function suppressed(kind: "in-source" | "vex" | "config", count: number): AssessedEvidence {
  const finding = { suppressed: true, suppressions: [{ kind, status: "accepted" }] };
  const findings = [...Array.from({ length: count }, () => finding), { suppressed: false }];
  const document = exampleDocument({ kind: "findings", path: `${kind}.sarif`, scans: [{}], findings }, 0);
  return { document, view: document, use: "failed", reasons: [], bound: true };
}

function said(changes: Partial<IntegrityInputs>): readonly (readonly string[])[] {
  const { reasons } = assessIntegrity({ ...INPUTS, signed: { policy: true, decision: "SHA256:key" }, ...changes });
  return reasons.map(({ code, message, remedy, caps }) => [code, message, remedy, caps]);
}

describe("says in words", () => {
  const tests = exampleDocument({ kind: "tests", path: "junit.xml", cases: [{}] }, 0);
  const raw = { ...tests, producedAt: NOW, quality: { ...tests.quality, raw: true } };
  const REVIEW = "Review them; a gate's parameter `suppressions` can refuse them.";
  const BIND = "Run `gate evidence bind FILE...` in the job that makes the evidence, right after the tool.";

  it.each<[string, Partial<IntegrityInputs>, readonly (readonly string[])[]]>([
    ["nothing where all is well", {}, []],
    [
      "that the commit is not known",
      { subject: { artifacts: [], source: "none" } },
      [
        [
          "subject-unknown",
          "the commit that is being gated is not known",
          "Run in a git checkout or pass --commit.",
          "open",
        ],
      ],
    ],
    [
      "that the checkout has changes",
      { subject: { ...sampleInputs().subject, dirty: true } },
      [
        [
          "worktree-dirty",
          "the checkout has changes that are not in the commit",
          "Commit or discard the changes in the checkout.",
          "open",
        ],
      ],
    ],
    [
      "what evidence lacks",
      { evidence: [{ document: tests, view: tests, use: "usable", reasons: [], bound: false }] },
      [
        ["evidence-unbound", "junit.xml does not say for which commit it was made", BIND, "open"],
        ["evidence-undated", "junit.xml does not say when it was made", BIND, "open"],
        [
          "unsigned",
          "not signed: evidence",
          "Use `gate evidence bind --key` in the job that makes the evidence.",
          "bound",
        ],
      ],
    ],
    ["nothing of a statement whose signature was verified", { evidence: [statement("verified")] }, []],
    [
      "what a statement lacks that nobody signed",
      { evidence: [statement("unchecked")] },
      [
        ["evidence-unbound", "dpia.yaml does not say for which commit it was made", BIND, "open"],
        [
          "unsigned",
          "not signed: evidence",
          "Use `gate evidence bind --key` in the job that makes the evidence.",
          "bound",
        ],
      ],
    ],
    [
      "nothing of what cannot be used",
      { evidence: [{ document: tests, view: tests, use: "stale", reasons: [], bound: false }] },
      [],
    ],
    [
      "that evidence was read raw",
      { evidence: [{ document: raw, view: raw, use: "failed", reasons: [], bound: true }] },
      [["raw-evidence", "junit.xml was read with what would otherwise be redacted", "Leave out --keep-raw.", "sealed"]],
    ],
    [
      "where to get trust from",
      { trust: { config: "c", policy: "p", waivers: "w", people: "t", baseline: "b", changed: ["x", "y"] } },
      [
        ["config-untrusted", "c", "Merge the configuration into the default branch first.", "open"],
        ["policy-untrusted", "p", "Merge the policies into the default branch first.", "open"],
        ["waivers-untrusted", "w", "Merge the waivers into the default branch first.", "open"],
        ["trust-untrusted", "t", "Merge the list of people into the default branch first.", "open"],
        ["baseline-untrusted", "b", "Merge the baseline into the default branch first.", "open"],
        ["control-files-changed", "x", "Review what it would change; it decides once it is merged.", "sealed"],
        ["control-files-changed", "y", "Review what it would change; it decides once it is merged.", "sealed"],
      ],
    ],
    [
      "that there is no record",
      { recorded: false },
      [["no-audit", "the decision is not recorded", "Leave out --no-audit.", "open"]],
    ],
    [
      "how many findings the source suppresses",
      { evidence: [suppressed("in-source", 1), suppressed("in-source", 1)] },
      [["in-source-suppressions", "2 findings are suppressed by comments in the source", REVIEW, "sealed"]],
    ],
    [
      "that VEX suppresses one",
      { evidence: [suppressed("vex", 1)] },
      [["vex-suppressions", "1 finding is suppressed by VEX statements", REVIEW, "sealed"]],
    ],
    ["nothing of VEX that does not apply", { evidence: [{ ...suppressed("vex", 1), view: undefined }] }, []],
    ["nothing of what a tool was configured to leave out", { evidence: [suppressed("config", 1)] }, []],
    [
      "what is let through, one of each",
      { baseline: { decision: "d", path: "b.json", covers: 1, gone: 0 }, gates: [OVERRIDDEN] },
      [
        [
          "baseline-in-use",
          "the baseline b.json lets 1 violation through",
          "Mend what it holds, and make it again: it can only shrink.",
          "sealed",
        ],
        [
          "approvals-in-use",
          "lint is closed and was overridden by approval",
          "Mend what the approval lets through.",
          "sealed",
        ],
      ],
    ],
    [
      "what is let through, several of each",
      {
        waivers: { ...NO_WAIVERS, used: [WAIVER, { ...WAIVER, id: "w2" }] },
        gates: [OVERRIDDEN, { ...OVERRIDDEN, id: "style" }],
      },
      [
        [
          "waivers-in-use",
          "2 waivers let violations through: w1, w2",
          "Mend what they cover before they expire.",
          "sealed",
        ],
        [
          "approvals-in-use",
          "lint, style are closed and were overridden by approval",
          "Mend what the approval lets through.",
          "sealed",
        ],
      ],
    ],
    [
      "that gates have no example that they deny",
      { gates: [sampleGate(), ...["conftest-b", "conftest-a"].map((id) => sampleGate({ id, unproven: true }))] },
      [
        [
          "gates-unproven",
          "no known-bad example shows that these gates can deny: conftest-b, conftest-a",
          "Write gates with examples of what you rely on (docs/writing-gates.md).",
          "bound",
        ],
      ],
    ],
    [
      "that nobody asks some rules",
      { gates: [sampleGate({ unasked: ["b", "a"] }), sampleGate({ id: "other", unasked: ["a"] })] },
      [
        [
          "rules-unasked",
          "the policy has rules that nobody asks, in a, b",
          "Name them with --conftest-namespace, or take them out of the policy.",
          "sealed",
        ],
      ],
    ],
    [
      "that the policy lets something through itself",
      {
        gates: [
          sampleGate({
            result: "waived",
            violations: [
              sampleViolation({ exception: "exception" }),
              ...["b", "c"].map((message) => sampleViolation({ message, waiver: "w1" })),
            ],
          }),
        ],
      },
      [
        [
          "policy-exceptions",
          "exceptions of the policy let 1 violation through",
          "Review the rules `exception` of the policy: nobody has to approve them, and they do not expire.",
          "sealed",
        ],
      ],
    ],
    [
      "nothing of an advisory gate that asks for approval, where others are overridden",
      { onAdvisory: "warning", gates: [sampleGate({ id: "open", enforcement: "advisory" })] },
      [],
    ],
    [
      "what is not signed",
      { signed: { policy: false, decision: null } },
      [
        [
          "unsigned",
          "not signed: policies, decision",
          "Use a package of `gate policy sign` for the team's policies, `gate check --key`.",
          "bound",
        ],
      ],
    ],
  ])("%s", (_, changes, reasons) => {
    expect(said(changes)).toEqual(reasons);
  });

  it("nothing of what gate takes out of its own log, nor of what somebody signed", () => {
    const history = exampleDocument({ kind: "history", decisions: [] }, 1);
    const signed = { ...tests, producedAt: NOW, binding: { dated: false, signer: "ci" } };
    const evidence = [{ ...history, producedAt: NOW }, signed].map(
      (document): AssessedEvidence => ({ document, view: document, use: "usable", reasons: [], bound: true }),
    );
    expect(said({ evidence })).toEqual([]);
  });
});
