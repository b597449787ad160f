import { readFileSync } from "node:fs";
import { Ajv, type AnySchema } from "ajv";
import { describe, expect, test } from "vitest";
import type { Decision } from "../../src/decision/types.ts";
import { sha256 } from "../../src/evidence/canonical.ts";
import { buildReport, type ReportRequest } from "../../src/report/build.ts";
import type { Guardrail } from "../../src/report/frameworks.ts";
import {
  CONTROL_STATUSES,
  type ControlReport,
  DEVIATION_KINDS,
  type DeviationKind,
  type Report,
} from "../../src/report/model.ts";
import { holdsFor, type RecordedDecision } from "../../src/report/population.ts";
import { gate, recorded, request, sampleRequest, violation } from "./fixture.ts";

function controlOf(report: Report, id: string): ControlReport {
  const found = report.controls.find((control) => control.id === id);
  if (found === undefined) throw new Error(`no control ${id}`);
  return found;
}

function kindsOf(report: Report): readonly DeviationKind[] {
  return report.deviations.map(({ kind }) => kind);
}

const good = (index: number, more: Partial<Decision> = {}): RecordedDecision =>
  recorded(index, [gate("sast"), gate("tests")], more);

describe("what a decision makes of the control `full`, which the gate `sast` decides", () => {
  const cases = [
    ["a pass", good(1), "satisfied", []],
    ["a failure that blocked", recorded(1, [gate("sast", "fail"), gate("tests")]), "not-satisfied", ["failed"]],
    [
      "a failure of an advisory gate that waits for approval",
      recorded(1, [gate("sast", "fail", { enforcement: "advisory" }), gate("tests")]),
      "not-satisfied",
      ["failed"],
    ],
    [
      "an advisory failure that was allowed",
      recorded(1, [gate("sast", "fail", { enforcement: "advisory" }), gate("tests")], {
        outcome: "allow",
      }),
      "not-satisfied",
      ["overridden"],
    ],
    [
      "a mandatory failure that was allowed",
      recorded(1, [gate("sast", "fail"), gate("tests")], { outcome: "allow" }),
      "not-satisfied",
      ["overridden"],
    ],
    [
      "a bypass",
      recorded(1, [gate("sast", "not-evaluated"), gate("tests")], { outcome: "allow-bypassed" }),
      "not-satisfied",
      ["bypassed"],
    ],
    ["a bypass of nothing that is recorded", good(1, { outcome: "allow-bypassed" }), "not-satisfied", ["bypassed"]],
    ["missing evidence", recorded(1, [gate("sast", "not-evaluated"), gate("tests")]), "no-evidence", ["not-evaluated"]],
    ["a gate that was no part of it", recorded(1, [gate("tests")]), "no-evidence", ["absent"]],
    ["a waiver", recorded(1, [gate("sast", "waived"), gate("tests")]), "satisfied-with-exceptions", ["waived"]],
    [
      "a waiver that the violations do not name",
      recorded(1, [gate("sast", "waived", { violations: [violation("x")] }), gate("tests")]),
      "no-evidence",
      ["unexplained"],
    ],
    [
      "a pass over nothing",
      recorded(1, [gate("sast", "pass", { applicable: 0 }), gate("tests")]),
      "no-evidence",
      ["unexplained"],
    ],
    [
      "a pass with a violation",
      recorded(1, [gate("sast", "pass", { violations: [violation("x")] }), gate("tests")]),
      "no-evidence",
      ["unexplained"],
    ],
    ["a block without a cause", good(1, { outcome: "block" }), "no-evidence", ["unexplained"]],
    [
      "too little integrity",
      good(1, { outcome: "block", integrity: { level: "open", required: "bound", reasons: [] } }),
      "no-evidence",
      ["below-integrity"],
    ],
    ["a gate that does not apply", recorded(1, [gate("sast", "not-applicable"), gate("tests")]), "no-evidence", []],
    [
      "the same gate twice, once failed",
      recorded(1, [gate("sast"), gate("sast", "fail"), gate("tests")]),
      "not-satisfied",
      ["failed"],
    ],
  ] as const;

  test.each(cases)("%s", (_, record, status, kinds) => {
    const report = buildReport(request([record]));
    expect(kindsOf(report)).toEqual(kinds);
    expect(controlOf(report, "full").status).toBe(status);
    expect(schemaErrors(report)).toBeNull();
  });
});

describe("a report", () => {
  test("marks a control that had nothing to operate on", () => {
    const report = buildReport(request([recorded(1, [gate("sast", "not-applicable"), gate("tests")])]));
    expect(controlOf(report, "full")).toMatchObject({ status: "no-evidence", noOccurrence: true });
    expect(controlOf(report, "two").noOccurrence).toBe(false);
    expect(controlOf(buildReport(request([])), "full")).toMatchObject({ status: "no-evidence", noOccurrence: false });
  });

  test("gives a partial control at best the partial status, and no status of its own to what it cannot test", () => {
    const report = buildReport(request([good(1)]));
    const statuses = Object.fromEntries(report.controls.map(({ id, status }) => [id, status]));
    expect(statuses).toEqual({
      full: "satisfied",
      partial: "partially-satisfied",
      two: "satisfied",
      guarded: "satisfied",
      planned: "not-assessed",
      manual: "not-assessed",
    });
    expect(controlOf(report, "planned").reasons).toEqual(["The gates that it needs do not exist yet: sca."]);
  });

  test("does not count a gate that ran with a weaker setting, and only where a control asks for the setting", () => {
    const weak = { blocking_severity: { value: ["critical"], source: "gate.yaml:31" } };
    const report = buildReport(
      request([good(1), recorded(2, [gate("sast", "pass", { parameters: weak }), gate("tests")])]),
    );
    const guarded = controlOf(report, "guarded");
    expect(guarded.status).toBe("not-satisfied");
    expect(guarded.population).toMatchObject({ decisions: 2, held: 1, contradicted: 1 });
    expect(guarded.guardrails).toMatchObject([{ held: 1, breached: 1, applied: ['["critical"]'] }]);
    expect(guarded.gates).toMatchObject([{ passed: 2, notCounted: 1 }]);
    expect(report.deviations[0]?.detail).toContain("not counted");
    expect(controlOf(report, "full").status).toBe("satisfied");
  });

  test("says of a tampered log that nothing can be said", () => {
    const report = buildReport(
      request([good(1)], { verification: { verdict: "tampered", detail: "Entry 1 was changed." } }),
    );
    expect(new Set(report.controls.map(({ status }) => status))).toEqual(new Set(["error"]));
  });

  test("counts nothing as satisfied where the log was not verified", () => {
    const report = buildReport(
      request([good(1)], { verification: { verdict: "unknown", detail: "The log is locked." } }),
    );
    expect(new Set(report.controls.map(({ status }) => status))).toEqual(new Set(["no-evidence", "not-assessed"]));
  });

  test("is about the window, the environment and the repository asked for, and says what it left out", () => {
    const records = [
      good(1),
      good(2, { environment: "staging" }),
      good(3, { subject: { repository: "acme/other", artifacts: [], source: "ci" } }),
      good(4, { subject: { artifacts: [], source: "none" } }),
      { ...good(5), time: "2026-10-01T00:00:00Z" },
      { ...good(6), time: "2026-07-01T00:00:00Z" },
    ];
    const { population, evidence } = buildReport(
      request(records, {
        query: {
          window: { from: "2026-07-01T00:00:00Z", to: "2026-10-01T00:00:00Z" },
          environment: "production",
          repository: "acme/payments-api",
        },
      }),
    );
    expect(evidence.decisions.map(({ index }) => index)).toEqual([1, 6]);
    expect(population).toMatchObject({
      count: 2,
      firstIndex: 1,
      lastIndex: 6,
      excluded: { outsideWindow: 1, otherEnvironment: 1, otherRepository: 1, unknownRepository: 1 },
    });
    expect(population.query).toContain("environment is production and repository is acme/payments-api");
  });

  test("counts a decision whose document is gone as missing evidence", () => {
    const lost = {
      index: 7,
      leafHash: sha256("lost"),
      time: "2026-08-01T00:00:00Z",
      id: "lost",
      environment: "production",
      outcome: "allow",
    } as const;
    const report = buildReport(request([good(1), good(8)], { unread: [lost] }));
    expect(controlOf(report, "full")).toMatchObject({
      status: "no-evidence",
      population: { decisions: 3, held: 2, missing: 1 },
    });
    expect(report.population).toMatchObject({ count: 3, unread: 1 });
    expect(kindsOf(report)).toEqual(["unread"]);
    expect(schemaErrors(report)).toBeNull();
  });

  test("lists a file of evidence once, whatever the number of decisions that used it", () => {
    const { evidence } = buildReport(sampleRequest());
    const sbom = evidence.files.filter(({ kind }) => kind === "sbom");
    expect(sbom.map(({ decisions }) => decisions)).toEqual([
      [2, 3, 4],
      [6, 7, 8, 9],
      [10, 11, 12, 13],
    ]);
  });

  test("of the sample satisfies the published schema", () => {
    expect(schemaErrors(buildReport(sampleRequest()))).toBeNull();
  });
});

describe("records that cannot be of one log", () => {
  const cases: readonly (readonly [string, Partial<ReportRequest>, string])[] = [
    ["an index twice", { decisions: [good(1), { ...good(2), index: 1 }] }, "index 1"],
    ["an id twice", { decisions: [good(1), { ...good(1), index: 2 }] }, "the id"],
    ["an index beyond the head", { decisions: [good(1_000)] }, "not in a log"],
    ["a time that is none", { decisions: [{ ...good(1), time: "yesterday" }] }, "no valid time"],
    ["a time without a zone", { decisions: [{ ...good(1), time: "2026-08-01T00:00:00" }] }, "no valid time"],
    [
      "a window that ends before it starts",
      { query: { window: { from: "2026-02-01T00:00:00Z", to: "2026-01-01T00:00:00Z" } } },
      "ends before",
    ],
    ["a window that is none", { query: { window: { from: "2026", to: "2026-01-01T00:00:00Z" } } }, "no valid time"],
  ];
  test.each(cases)("%s", (_, change, message) => {
    expect(() => buildReport(request([good(1)], change))).toThrow(
      expect.objectContaining({ code: "report-invalid", message: expect.stringContaining(message) }),
    );
  });
});

describe("a guardrail", () => {
  const cases = [
    ["lte", 30, 30, true],
    ["lte", 30, 31, false],
    ["lte", 30, "1", false],
    ["gte", 100, 100, true],
    ["gte", 100, 99.9, false],
    ["eq", "block", "block", true],
    ["eq", true, "true", false],
    ["eq", "block", undefined, false],
    ["in", ["justified", "refuse"], "refuse", true],
    ["in", ["justified", "refuse"], "accept", false],
    ["in", ["justified", "refuse"], ["refuse"], false],
    ["superset", ["critical", "high"], ["high", "medium", "critical"], true],
    ["superset", ["critical", "high"], ["critical"], false],
    ["superset", ["critical", "high"], "critical, high", false],
    ["subset", ["a", "b"], ["a"], true],
    ["subset", ["a", "b"], ["a", "c"], false],
  ] as const;
  test.each(cases)("%s %j holds for %j: %s", (op, value, applied, holds) => {
    const guardrail: Guardrail = { gate: "sast", key: "setting", op, value, why: "w" };
    const parameters = applied === undefined ? {} : { setting: { value: applied, source: "gate" } };
    expect(holdsFor(guardrail, gate("sast", "pass", { parameters }))).toBe(holds);
  });

  test("is not fooled by a setting with the name of a built-in property", () => {
    const guardrail: Guardrail = { gate: "sast", key: "constructor", op: "eq", value: "x", why: "w" };
    expect(holdsFor(guardrail, gate("sast"))).toBe(false);
  });
});

const schema: AnySchema = JSON.parse(readFileSync("schemas/report.v1.schema.json", "utf8"));
const validate = new Ajv({ strict: true, allowUnionTypes: true, allErrors: true }).compile(schema);

function schemaErrors(report: Report): unknown {
  return validate(JSON.parse(JSON.stringify(report))) === true ? null : validate.errors;
}

test("docs/reports.md explains every status and every kind of deviation", () => {
  const page = readFileSync("docs/reports.md", "utf8");
  const explained = new Set([...page.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, word]) => word));
  expect(explained).toEqual(new Set([...CONTROL_STATUSES, ...DEVIATION_KINDS]));
});
