import { describe, expect, it } from "vitest";
import type { ApprovalNote, Decision } from "../../src/decision/types.ts";
import { sha256 } from "../../src/evidence/canonical.ts";
import { OUTPUTS } from "../../src/output/registry.ts";
import { COMMIT, sampleDecide, sampleEnvironment, sampleGate, sampleInputs } from "../decision/fixture.ts";
import {
  FAILED_ADVISORY,
  PEOPLE,
  REPOSITORY,
  sampleApproval,
  sampleBypass,
  sampleSecond,
} from "../decision/statements.ts";

const SAST = sampleGate({ id: "sast", result: "fail", remediation: "Mend it." });
const { approvals, bypass } = sampleEnvironment();
const ID = sampleInputs().id;

function decideWith(
  gates: Decision["gates"],
  changes: Parameters<typeof sampleDecide>[1] = {},
  more: object = {},
): Decision {
  const environment = sampleEnvironment({ approvals, bypass: { ...bypass, permitted: true }, ...more });
  const subject = { commit: COMMIT, repository: REPOSITORY, artifacts: [], source: "git" } as const;
  return sampleDecide({ gates, environment }, { environment, subject, people: PEOPLE, ...changes });
}

const PASSED = sampleGate({ id: "tests" });
const overridden = decideWith([FAILED_ADVISORY, PASSED], { statements: [sampleApproval()] });
const bypassed = decideWith([SAST, PASSED], { statements: [sampleBypass(), sampleSecond()] });
const waiting = decideWith([FAILED_ADVISORY, PASSED], {
  statements: [sampleApproval({ subject: { commit: "b".repeat(40) } })],
});
const warned = decideWith([FAILED_ADVISORY, PASSED], {}, { onAdvisory: "warning" });

function human(decision: Decision): string {
  return OUTPUTS.human.format(decision, { color: false });
}

describe("the first line says what let closed gates through", () => {
  it.each([
    ["an approval", overridden, "ALLOWED for production: 1 of 2 gates closed, 1 overridden by approval"],
    ["a warning", warned, "ALLOWED for production: 1 of 2 gates closed, 1 only warned about"],
    ["a bypass", bypassed, "ALLOWED BY EMERGENCY BYPASS for production: 1 of 2 gates closed, bypassed for bob (INC-1)"],
    ["nothing", waiting, "APPROVAL REQUIRED for production: 1 of 2 gates closed"],
  ] as const)("%s", (_, decision, line) => {
    expect(human(decision).split("\n")[0]).toBe(line);
    expect(OUTPUTS.github.format(decision)).toContain(line);
  });
});

describe("what to do next", () => {
  it.each([
    ["an approval that is missing", waiting, "`gate approve --env production --gate lint`"],
    ["the gate that was bypassed", bypassed, "sast: Mend it."],
    ["the review of a bypass", bypassed, `gate review ${ID} --outcome justified --findings TEXT`],
  ] as const)("is %s", (_, decision, step) => {
    expect(human(decision).split("What to do next")[1]).toContain(step);
  });

  it("is nothing about what somebody approved", () => {
    expect(human(overridden)).not.toContain("What to do next");
  });
});

it("never shows a bypass as a pass", () => {
  expect(human(bypassed)).toContain(
    "EMERGENCY BYPASS of sast: asked for by bob (INC-1: the shop is down), approved by alice",
  );
  const github = OUTPUTS.github.format(bypassed).trimEnd().split("\n");
  expect(github.at(-1)).toMatch(/^::warning title=gate::ALLOWED BY EMERGENCY BYPASS/);
  expect(github.join("\n")).toContain("::warning title=gate bypass::EMERGENCY BYPASS of sast");
  const junit = OUTPUTS.junit.format(bypassed);
  expect(junit).toMatch(/<testcase name="sast"[^>]*>\s*<failure/);
  expect(junit).toMatch(/<testcase name="bypass"[^>]*>\s*<skipped message="EMERGENCY BYPASS of sast/);
});

it.each(["human", "github", "junit"] as const)("%s lists each approval, with why it does not count", (name) => {
  const output = OUTPUTS[name].format(waiting, { color: false });
  expect(output).toContain("does not count: it is for the commit bbbbbbbbbbbb, not for aaaaaaaaaaaa");
  expect(OUTPUTS[name].format(overridden, { color: false })).toMatch(
    /approval of lint by alice \(ssh, until [^)]+\): a false alarm/,
  );
});

it("lists twenty approvals and says how many there are", () => {
  const note: ApprovalNote = {
    id: sha256("n"),
    kind: "approval",
    approver: "x",
    roles: [],
    via: "ssh",
    reason: "r",
    expires: "",
    counts: false,
    problem: "p",
  };
  const many = { ...waiting, approvals: Array.from({ length: 25 }, () => note) };
  expect(human(many).match(/approval of no gate by x/g)).toHaveLength(20);
  expect(human(many)).toContain("and 5 more; the json output has them all");
});

describe.each(["human", "github", "junit"] as const)("%s keeps harmless", (name) => {
  it.each(["\u001B[2J", "::error::x\n::set-env name=X::1", "</skipped><x>", "\u202Eevil"])("%j", (text) => {
    const bypassNote = bypassed.bypass;
    const hostile: Decision = {
      ...bypassed,
      bypass:
        bypassNote === null
          ? null
          : { ...bypassNote, reason: text, ticket: text, requestedBy: text, approvers: [text] },
      approvals: bypassed.approvals.map((note) => ({
        ...note,
        approver: text,
        reason: text,
        problem: text,
        expires: text,
      })),
    };
    const output = OUTPUTS[name].format(hostile, { color: false });
    expect(output).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u202A-\u202E]/u);
    expect(output.split("\n").filter((line) => /^\s*::(?!(?:error|warning|notice) title=gate)/.test(line))).toEqual([]);
    if (name === "junit") expect(output).not.toContain("<x>");
  });
});
