import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  applyBaseline,
  BASELINE_SCHEMA,
  type Baseline,
  type BaselinedViolation,
  baselineOf,
  growth,
  shrink,
} from "../../src/decision/baseline.ts";
import { isClosed } from "../../src/decision/decide.ts";
import type { Decision, DecisionGate, Violation } from "../../src/decision/types.ts";
import { sha256 } from "../../src/evidence/canonical.ts";
import { NOW, sampleDecide, sampleEnvironment, sampleGate, sampleViolation, uncovered } from "./fixture.ts";
import { runs } from "./runs.ts";

const SOURCE = { digest: sha256("decision"), log: "example" } as const;

function failing(violations: readonly Violation[], changes: Partial<DecisionGate> = {}): DecisionGate {
  return sampleGate({ result: "fail", violations, remediation: "Mend it.", ...changes });
}

function decided(...gates: readonly DecisionGate[]): Decision {
  return sampleDecide({ gates });
}

function baselineFor(...gates: readonly DecisionGate[]): Baseline {
  return baselineOf(decided(...gates), SOURCE, new Date(NOW));
}

function holding(entries: Readonly<Record<string, readonly BaselinedViolation[]>>): Baseline {
  return { ...baselineFor(), gates: entries };
}

const [a, b, c] = ["a", "b", "c"].map((message) => sampleViolation({ message })) as [Violation, Violation, Violation];
const figure = (value: number, better: "higher" | "lower" = "higher"): Violation =>
  sampleViolation({ measured: { value, limit: 80, better } });

describe.each([
  { name: "nothing new", before: [a], now: [a], result: "waived", covers: 1, gone: 0 },
  { name: "something new", before: [a], now: [a, b], result: "fail", covers: 1, gone: 0 },
  { name: "something gone", before: [a, b], now: [a], result: "waived", covers: 1, gone: 1 },
  { name: "a graver finding", before: [a], now: [{ ...a, severity: "critical" }], result: "fail", covers: 0, gone: 0 },
  { name: "a less grave one", before: [a], now: [{ ...a, severity: "low" }], result: "waived", covers: 1, gone: 0 },
  {
    name: "one of unknown severity",
    before: [{ ...a, severity: "medium" }],
    now: [{ ...a, severity: "unknown" }],
    result: "fail",
    covers: 0,
    gone: 0,
  },
  { name: "the same figure", before: [figure(70)], now: [figure(70)], result: "waived", covers: 1, gone: 0 },
  { name: "a better figure", before: [figure(70)], now: [figure(75)], result: "waived", covers: 1, gone: 0 },
  { name: "a worse figure", before: [figure(70)], now: [figure(69.99)], result: "fail", covers: 0, gone: 0 },
  {
    name: "a worse one where less is better",
    before: [figure(70, "lower")],
    now: [figure(71, "lower")],
    result: "fail",
    covers: 0,
    gone: 0,
  },
  {
    name: "a figure that was not recorded",
    before: [sampleViolation()],
    now: [figure(70)],
    result: "fail",
    covers: 0,
    gone: 0,
  },
  {
    name: "a figure that is no longer stated",
    before: [figure(70)],
    now: [sampleViolation()],
    result: "fail",
    covers: 0,
    gone: 0,
  },
  {
    name: "the same violation of another gate",
    before: [a],
    now: [a],
    gate: { id: "other" },
    result: "fail",
    covers: 0,
    gone: 0,
  },
  {
    name: "something that could not be evaluated besides",
    before: [a, b],
    now: [a],
    gate: { reason: "scan.sarif cannot be used" },
    result: "not-evaluated",
    covers: 1,
    gone: 0,
  },
  {
    name: "a gate that was not evaluated",
    before: [a],
    now: [],
    gate: { result: "not-evaluated", reason: "no evidence" },
    result: "not-evaluated",
    covers: 0,
    gone: 0,
  },
  {
    name: "a gate that passes now",
    before: [a],
    now: [],
    gate: { result: "pass" },
    result: "pass",
    covers: 0,
    gone: 1,
  },
] as const)(
  "$name",
  ({
    before,
    now,
    gate = {},
    result,
    covers,
    gone,
  }: {
    readonly before: readonly Violation[];
    readonly now: readonly Violation[];
    readonly gate?: Partial<DecisionGate>;
    readonly result: string;
    readonly covers: number;
    readonly gone: number;
  }) => {
    const applied = () => applyBaseline([failing(now, gate)], baselineFor(failing(before)), "baseline.json");

    it(`is ${result}`, () => expect(applied().gates[0]?.result).toBe(result));

    it("is counted", () => {
      expect(applied().note).toEqual({ decision: decided().id, path: "baseline.json", covers, gone });
    });

    it("stays listed, and is marked", () => {
      const [listed] = applied().gates;
      expect(listed?.violations.map(uncovered)).toEqual(now);
      expect(listed?.violations.filter(({ baseline }) => baseline)).toHaveLength(covers);
    });
  },
);

it("lets a release through that has nothing new, and says so in the decision", () => {
  const inputs = { baseline: { path: "baseline.json", content: baselineFor(failing([a])) } };
  const environment = { environment: sampleEnvironment({ baseline: "use" }) };
  expect(sampleDecide({ gates: [failing([a])] }, { ...inputs, ...environment })).toMatchObject({
    outcome: "allow",
    baseline: { covers: 1 },
  });
  expect(sampleDecide({ gates: [failing([a, b])] }, { ...inputs, ...environment }).outcome).toBe("block");
});

describe("made from a decision", () => {
  it("has what its gates found, in the order of the fingerprints", () => {
    const made = baselineFor(failing([a, figure(70), b]), sampleGate({ id: "passes" }));
    expect(Object.keys(made.gates)).toEqual(["gate"]);
    const entries = made.gates["gate"] ?? [];
    expect(entries.map(({ fingerprint }) => fingerprint)).toEqual(
      [a, figure(70), b].map(({ fingerprint }) => fingerprint).toSorted(),
    );
    expect(entries).toContainEqual({
      fingerprint: figure(70).fingerprint,
      severity: "high",
      measured: { value: 70, better: "higher" },
    });
  });

  it("says from which", () => {
    const { commit } = decided().subject;
    expect(baselineFor()).toEqual({
      schema: BASELINE_SCHEMA,
      decision: { id: decided().id, ...SOURCE, commit, environment: "production" },
      createdAt: NOW,
      gates: {},
    });
  });

  it("leaves what a waiver covers to the waiver, which ends", () => {
    expect(baselineFor(failing([a, { ...b, waiver: "w1" }])).gates["gate"]).toHaveLength(1);
  });

  it("keeps what the one before had let through", () => {
    expect(baselineFor(failing([{ ...a, baseline: true }])).gates["gate"]).toHaveLength(1);
  });
});

function shrunk(before: Baseline, ...gates: readonly DecisionGate[]): readonly string[] {
  const decision = decided(...gates);
  const after = shrink(before, baselineOf(decision, SOURCE, new Date(NOW)), decision);
  return (after.gates["gate"] ?? []).map(({ fingerprint }) => fingerprint);
}

it("holds what is not let through otherwise", () => {
  const gate = failing([a, { ...b, exception: "rule" }, { ...c, waiver: "w1" }]);
  expect(baselineFor(gate).gates["gate"]?.map(({ fingerprint }) => fingerprint)).toEqual([a.fingerprint]);
});

describe("shrinking", () => {
  const before = () => baselineFor(failing([a, b]));

  it("drops what is gone, and adds nothing", () => {
    expect(shrunk(before(), failing([b, c]))).toEqual([b.fingerprint]);
    expect(shrunk(before(), sampleGate())).toEqual([]);
  });

  it.each([
    { name: "a gate that was not evaluated", gates: [sampleGate({ result: "not-evaluated" })] },
    { name: "a gate of which a part was not", gates: [failing([a], { reason: "scan.sarif cannot be used" })] },
    { name: "a gate that the decision does not have", gates: [sampleGate({ id: "other" })] },
  ])("keeps those of $name", ({ gates }) => {
    expect(shrunk(before(), ...gates)).toHaveLength(2);
  });

  it("takes over what got better", () => {
    const decision = decided(failing([figure(75)]));
    const old = baselineFor(failing([figure(70)]));
    const after = shrink(old, baselineOf(decision, SOURCE, new Date(NOW)), decision);
    expect(after.gates["gate"]?.[0]?.measured?.value).toBe(75);
    expect(applyBaseline([failing([figure(72)])], after, "b").gates[0]?.result).toBe("fail");
  });
});

const entry = (violation: Violation): BaselinedViolation =>
  baselineFor(failing([violation])).gates["gate"]?.[0] ?? never();
function never(): never {
  throw new Error("it has an entry");
}

interface Growth {
  readonly name: string;
  readonly before: readonly Violation[];
  readonly after: readonly Violation[];
  readonly kinds: readonly string[];
}

describe.each<Growth>([
  { name: "the same", before: [a], after: [a], kinds: [] },
  { name: "fewer", before: [a, b], after: [a], kinds: [] },
  { name: "one more", before: [a], after: [a, b], kinds: ["new"] },
  { name: "a graver one", before: [a], after: [{ ...a, severity: "critical" }], kinds: ["worse"] },
  { name: "a less grave one", before: [a], after: [{ ...a, severity: "low" }], kinds: [] },
  { name: "a better figure", before: [figure(70)], after: [figure(71)], kinds: [] },
  { name: "a worse figure", before: [figure(70)], after: [figure(69)], kinds: ["worse"] },
  {
    name: "a figure where there was none",
    before: [sampleViolation()],
    after: [figure(69)],
    kinds: ["worse"],
  },
  {
    name: "a lower figure where less is better",
    before: [figure(70, "lower")],
    after: [figure(69, "lower")],
    kinds: [],
  },
  {
    name: "a higher figure where less is better",
    before: [figure(70, "lower")],
    after: [figure(71, "lower")],
    kinds: ["worse"],
  },
  { name: "the same figure", before: [figure(70)], after: [figure(70)], kinds: [] },
  {
    name: "the same figure where less is better",
    before: [figure(70, "lower")],
    after: [figure(70, "lower")],
    kinds: [],
  },
  {
    name: "no figure where there was one",
    before: [figure(69)],
    after: [sampleViolation()],
    kinds: ["worse"],
  },
  {
    name: "a figure the other way round",
    before: [figure(70)],
    after: [figure(70, "lower")],
    kinds: ["worse"],
  },
])("growth of $name", ({ before, after, kinds }) => {
  it(`is ${kinds.join(", ") || "none"}`, () => {
    const grown = growth(holding({ gate: before.map(entry) }), holding({ gate: after.map(entry) }));
    expect(grown.map(({ kind }) => kind)).toEqual(kinds);
  });
});

it("grows by a gate that it did not have, even one with the name of a method", () => {
  expect(growth(holding({}), holding({ toString: [entry(a)] }))).toHaveLength(1);
});

const entries = fc
  .uniqueArray(
    fc.record({
      message: fc.constantFrom("a", "b", "c", "d"),
      severity: fc.constantFrom("critical", "high", "low", "unknown" as const),
      value: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
    }),
    { selector: ({ message }) => message },
  )
  .map((all) =>
    all.map(({ value, ...rest }) =>
      sampleViolation({ ...rest, ...(value === undefined ? {} : { measured: { value, limit: 3, better: "higher" } }) }),
    ),
  );

it("opens no gate that a baseline without growth did not", () => {
  fc.assert(
    fc.property(entries, entries, entries, (before, after, now) => {
      fc.pre(growth(baselineFor(failing(before)), baselineFor(failing(after))).length === 0);
      const opens = (known: readonly Violation[]): boolean =>
        applyBaseline([failing(now)], baselineFor(failing(known)), "b").gates.every((gate) => !isClosed(gate));
      expect(opens(after) && !opens(before)).toBe(false);
    }),
    { numRuns: runs(2_000) },
  );
});

it("never grows by shrinking", () => {
  fc.assert(
    fc.property(entries, entries, (first, now) => {
      const before = baselineFor(failing(first));
      const decision = decided(failing(now));
      const next = baselineOf(decision, SOURCE, new Date(NOW));
      fc.pre(growth(before, next).every(({ kind }) => kind === "new"));
      expect(growth(before, shrink(before, next, decision))).toEqual([]);
    }),
  );
});
