import { SaxesParser } from "saxes";
import { describe, expect, it } from "vitest";
import type { Decision, DecisionGate, GateAnswer, RiskNote } from "../../src/decision/types.ts";
import {
  escapeHtml,
  escapeMarkdown,
  escapeTerminal,
  escapeWorkflowData,
  escapeWorkflowProperty,
} from "../../src/output/escape.ts";
import { OUTPUTS } from "../../src/output/registry.ts";
import { sampleGate } from "../decision/fixture.ts";
import { blockedDecision, excusedDecision } from "./decision.ts";

const HOSTILE = [
  "\u001B]8;;http://evil\u0007click\u001B]8;;\u0007",
  "\u001B[2J\u001B[1;31mgone",
  "::error file=a::b\n::set-env name=X::1",
  "##vso[task.complete result=Succeeded]",
  "</failure><script>alert(1)</script>\"'&",
  "]]>",
  "\u202Eevil\u2066",
  "line\r\nbreak",
  "\u0000\uFFFE\uD800",
  "%0A::warning::x",
];

describe.each(Object.keys(OUTPUTS) as (keyof typeof OUTPUTS)[])("%s", (name) => {
  it.each(HOSTILE)("keeps %j harmless", (text) => {
    const output =
      OUTPUTS[name].format(blockedDecision(text), { color: false }) +
      (name === "json" ? "" : OUTPUTS[name].format(excusedDecision(text), { color: false }));
    // Line feed is the only control that this program writes itself.
    if (name !== "json")
      expect(output).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/u);
    expect(output.isWellFormed()).toBe(true);
    const workflowCommands = output.split("\n").filter((line) => /^\s*(::|##vso)/.test(line));
    if (name === "github")
      expect(workflowCommands.every((line) => /^::(error|warning|notice) title=gate/.test(line))).toBe(true);
    else expect(workflowCommands).toEqual([]);
  });

  it("gives the same text again", () => {
    const decision = blockedDecision("x");
    expect(OUTPUTS[name].format(decision, { color: false })).toBe(OUTPUTS[name].format(decision, { color: false }));
  });
});

const canary = (answer: GateAnswer, result: DecisionGate["result"] = "pass"): Decision => {
  const decision = blockedDecision("it is wrong");
  const gate = { ...sampleGate({ id: "canary", title: "Canary", result }), answer };
  return { ...decision, gates: [gate], risk: null };
};
const human = (decision: Decision): string => OUTPUTS.human.format(decision, { color: false });
const github = (decision: Decision): string => OUTPUTS.github.format(decision);

describe("what a gate answers", () => {
  it.each<readonly [string, GateAnswer, DecisionGate["result"], string, string]>([
    [
      "roll back",
      { verdict: "roll-back", phase: 5, triggers: ["error rate 3.2 % > 1 %", "alerts that fire: 9 > 5"] },
      "fail",
      "Canary: ROLL BACK (error rate 3.2 % > 1 %, alerts that fire: 9 > 5)",
      "error",
    ],
    [
      "hold",
      { verdict: "hold", triggers: ["there is no list of alerts"] },
      "not-evaluated",
      "Canary: HOLD (there is no list of alerts)",
      "error",
    ],
    [
      "promote",
      { verdict: "promote", phase: 5, next_phase: 25, triggers: [] },
      "pass",
      "Canary: PROMOTE (from 5 % to 25 %)",
      "notice",
    ],
    [
      "the last phase",
      { verdict: "promote", phase: 100, triggers: [] },
      "pass",
      "Canary: PROMOTE (at 100 %)",
      "notice",
    ],
    ["anything else", { level: "low", score: 0.1, factors: [] }, "pass", "Canary: level low, score 0.1", "notice"],
  ])("is one line: %s", (_, answer, result, line, command) => {
    const decision = canary(answer, result);
    expect(human(decision)).toContain(`    ${line}\n`);
    expect(github(decision)).toContain(`::${command} title=gate canary::${line.replaceAll("%", "%25")}\n`);
  });

  it("is said of the risk with its weightiest factors, and with what it changed", () => {
    const risk: RiskNote = {
      gate: "change-risk",
      level: "high",
      score: 0.62,
      recommendation: "cautious",
      factors: ["kind of change: migration", "420 lines in 12 files", "outside of working hours", "areas touched: 3"],
      changes: ["load-test became mandatory", "2 approvals"],
    };
    const lines = [
      "Risk: high (score 0.62, cautious): kind of change: migration; 420 lines in 12 files; outside of working hours",
      "high risk: load-test became mandatory, 2 approvals",
    ];
    const decision = { ...blockedDecision("it is wrong"), risk };
    expect(human(decision)).toContain(`\n${lines.join("\n")}\n`);
    expect(github(decision)).toContain(`::warning title=gate change-risk::${lines.join("%0A")}\n`);
    const low = { ...decision, risk: { gate: "change-risk", level: "low", factors: [], changes: [] } as const };
    expect(human(low)).toContain("\nRisk: low\n");
    expect(github(low)).toContain("::notice title=gate change-risk::Risk: low\n");
  });
});

it("writes XML that a strict parser reads, with the counts of its content", () => {
  for (const text of HOSTILE) {
    const parser = new SaxesParser();
    const elements: string[] = [];
    let declared: string | undefined;
    parser.on("opentag", ({ name, attributes }) => {
      elements.push(name);
      if (name === "testsuite") declared = `${attributes["tests"]} ${attributes["failures"]} ${attributes["errors"]}`;
    });
    parser.on("error", (error) => {
      throw error;
    });
    parser.write(OUTPUTS.junit.format(blockedDecision(text))).close();
    const count = (name: string): number => elements.filter((element) => element === name).length;
    expect(declared).toBe(`${count("testcase")} ${count("failure")} ${count("error")}`);
  }
});

describe.each(["human", "github", "junit"] as const)("what is let through in %s", (name) => {
  const output = OUTPUTS[name].format(excusedDecision("it is wrong"), { color: false });

  it.each([
    ["a waived violation, marked", /it is wrong.*\(waived by w-used\)/],
    ["one of the baseline, marked", /it is wrong.*\(in the baseline\)/],
    [
      "a waiver that is used",
      /used: w-used \(sast, waivers\.yaml:3\), 1 violation until 2026-01-15; SEC-1, payments: it is wrong/,
    ],
    ["one that is refused, and why", /refused: w-refused \(sast, waivers\.yaml:3\): approved by 1 of 2/],
    ["one that has expired", /expired: w-expired \(sast, waivers\.yaml:3\): expired after 2025-12-31/],
    ["one that soon will", /expiring: w-expiring \(sast, waivers\.yaml:3\), on 2026-01-15/],
    ["one that covers nothing", /unused: w-unused \(sast, waivers\.yaml:3\)/],
    ["the baseline", /Baseline: 1 violation let through by baseline\.json, of the decision d1; 2 of it gone/],
  ])("has %s", (_, expected) => {
    expect(output.replaceAll("&#39;", "'")).toMatch(expected);
  });

  it("has no failure for it", () => {
    expect(output).not.toMatch(/<failure|^::error|^x /m);
  });
});

it("reads back as the decision", () => {
  const decision = blockedDecision("x");
  expect(JSON.parse(OUTPUTS.json.format(decision))).toEqual(decision);
});

it("starts with the outcome and ends with what to do", () => {
  const lines = OUTPUTS.human.format(blockedDecision("it is wrong"), { color: false }).trimEnd().split("\n");
  expect(lines[0]).toBe("BLOCKED for production: 2 of 3 gates closed");
  expect(lines.at(-3)).toMatch(/^ {2}\d+\. /);
  expect(lines.at(-1)).toMatch(/^`gate explain sast` /);
  expect(lines.join("\n")).toContain("src/a.ts:3  it is wrong  [r1]");
});

it("uses colours only where they were asked for", () => {
  expect(OUTPUTS.human.format(blockedDecision("x"), { color: false })).not.toContain("\u001B");
  expect(OUTPUTS.human.format(blockedDecision("x"), { color: true })).toContain("\u001B[31m");
});

it.each([
  ["terminal", escapeTerminal("a\u001B[31mb\nc"), "a\uFFFD[31mb c"],
  ["html", escapeHtml("<a href='x'>&"), "&lt;a href=&#39;x&#39;&gt;&amp;"],
  ["markdown", escapeMarkdown("| @team [x](http://y) #1"), "\\| @&#8203;team \\[x\\]\\(http&#58;//y\\) #&#8203;1"],
  ["workflow data", escapeWorkflowData("100%\n::x"), "100%25%0A::x"],
  ["workflow property", escapeWorkflowProperty("a:b,c"), "a%3Ab%2Cc"],
])("escapes for %s", (_, actual, expected) => {
  expect(actual).toBe(expected);
});
