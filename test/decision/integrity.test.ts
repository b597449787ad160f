import { describe, expect, it } from "vitest";
import type { AssessedEvidence } from "../../src/decision/evidence.ts";
import { assessIntegrity, type IntegrityInputs } from "../../src/decision/integrity.ts";
import type { IntegrityCode } from "../../src/decision/types.ts";
import { sha256 } from "../../src/evidence/canonical.ts";
import { exampleDocument } from "../../src/policy/examples.ts";
import { NO_WAIVERS, NOW, sampleGate, sampleInputs } from "./fixture.ts";

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
