import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { buildReport } from "../../src/report/build.ts";
import type { ControlStatus, Report } from "../../src/report/model.ts";
import type { RecordedDecision } from "../../src/report/population.ts";
import { capped, type ItemResult, statusOfItems, worst } from "../../src/report/status.ts";
import { gate, recorded, request } from "./fixture.ts";

describe("the status of a gate's results", () => {
  const cases: readonly (readonly [readonly ItemResult[], ControlStatus])[] = [
    [[], "no-evidence"],
    [["open"], "satisfied"],
    [["open", "waived"], "satisfied-with-exceptions"],
    [["open", "not-applicable"], "satisfied"],
    [["not-applicable", "not-applicable"], "no-evidence"],
    [["open", "open", "open", "missing"], "no-evidence"],
    [["waived", "missing"], "no-evidence"],
    [["open", "missing", "contradicted"], "not-satisfied"],
  ];
  test.each(cases)("%j is %s", (items, status) => {
    expect(statusOfItems(items)).toBe(status);
  });

  test("the worst of nothing is no evidence", () => {
    expect(worst([])).toBe("no-evidence");
  });

  test.each([
    ["full", [], "satisfied", "satisfied"],
    ["full", ["sca"], "satisfied", "partially-satisfied"],
    ["partial", [], "satisfied", "partially-satisfied"],
    ["partial", [], "satisfied-with-exceptions", "partially-satisfied"],
    ["partial", [], "no-evidence", "no-evidence"],
    ["partial", ["sca"], "not-satisfied", "not-satisfied"],
  ] as const)("%s with %j planned makes %s %s", (automation, planned, status, expected) => {
    expect(capped(status, automation, planned)).toBe(expected);
  });
});

const RANK: Readonly<Record<ControlStatus, number>> = {
  error: 0,
  "not-satisfied": 1,
  "no-evidence": 2,
  "partially-satisfied": 3,
  "satisfied-with-exceptions": 4,
  satisfied: 5,
  "not-applicable": 6,
  "not-assessed": 6,
};

const result = fc.constantFrom("pass", "fail", "waived", "not-applicable", "not-evaluated", "absent" as const);
const weak = { blocking_severity: { value: ["critical"], source: "gate.yaml:1" } };

/** What a decision is made of, apart from its place in the log. */
const shape = fc.record({
  sast: result,
  tests: result,
  weak: fc.boolean(),
  integrity: fc.constantFrom("open", "bound", "sealed" as const),
});
type Shape = typeof shape extends fc.Arbitrary<infer T> ? T : never;

function record(index: number, { sast, tests, weak: isWeak, integrity }: Shape): RecordedDecision {
  const gates = [
    ...(sast === "absent" ? [] : [gate("sast", sast, isWeak ? { parameters: weak } : {})]),
    ...(tests === "absent" ? [] : [gate("tests", tests)]),
  ];
  return recorded(index, gates, { integrity: { level: integrity, required: "bound", reasons: [] } });
}

function reportOn(shapes: readonly Shape[]): Report {
  return buildReport(request(shapes.map((item, index) => record(index, item))));
}

const GOOD: Shape = { sast: "pass", tests: "pass", weak: false, integrity: "bound" };

describe("over any population", () => {
  const shapes = fc.array(shape, { maxLength: 8 });
  const bad = fc.constantFrom<Partial<Shape>>(
    { sast: "fail" },
    { tests: "fail" },
    { sast: "not-evaluated" },
    { tests: "not-evaluated" },
    { sast: "absent" },
    { tests: "absent" },
    { weak: true },
    { integrity: "open" },
  );

  test("a decision that fails, lacks something or was set too weakly never improves what it concerns", () => {
    fc.assert(
      fc.property(shapes, bad, (population, change) => {
        const before = reportOn(population);
        const after = reportOn([...population, { ...GOOD, ...change }]);
        const added = after.deviations.filter(({ decision }) => decision.index === population.length);
        const concerned = new Set(added.flatMap(({ controls }) => controls));
        expect(concerned.size).toBeGreaterThan(0);
        for (const control of after.controls.filter(({ id }) => concerned.has(id))) {
          const earlier = before.controls.find(({ id }) => id === control.id);
          expect(RANK[control.status]).toBeLessThanOrEqual(RANK[earlier?.status ?? "error"]);
          expect(RANK[control.status]).toBeLessThanOrEqual(RANK["no-evidence"]);
        }
      }),
    );
  });

  test("a decision that passes never hides a deviation, nor mends a status that a deviation spoiled", () => {
    fc.assert(
      fc.property(shapes, (population) => {
        const before = reportOn(population);
        const after = reportOn([...population, GOOD]);
        expect(after.deviations).toEqual(before.deviations);
        for (const control of before.controls.filter(({ deviations }) => deviations.length > 0)) {
          const later = after.controls.find(({ id }) => id === control.id);
          const { contradicted, missing } = control.population;
          const possible =
            contradicted + missing > 0
              ? [control.status]
              : ["satisfied-with-exceptions", "partially-satisfied", "no-evidence"];
          expect(possible).toContain(later?.status);
          expect(later?.deviations).toEqual(control.deviations);
        }
      }),
    );
  });

  test("the order in which records are given does not matter", () => {
    fc.assert(
      fc.property(shapes, (population) => {
        const records = population.map((item, index) => record(index, item));
        expect(buildReport(request(records.toReversed()))).toEqual(buildReport(request(records)));
      }),
    );
  });

  test("every decision of a control is counted once", () => {
    fc.assert(
      fc.property(shapes, (population) => {
        for (const { gates, population: items } of reportOn(population).controls) {
          const { decisions, held, contradicted, missing, notApplicable } = items;
          expect(held + contradicted + missing + notApplicable).toBe(decisions);
          expect(decisions).toBe(gates.length === 0 ? 0 : population.length);
        }
      }),
    );
  });
});
