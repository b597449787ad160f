import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { type DecisionInputs, standsInTheWay } from "../../src/decision/decide.ts";
import type { Environment } from "../../src/decision/environment.ts";
import { expiryOf } from "../../src/decision/expiry.ts";
import { type Decision, type DecisionGate, OUTCOMES } from "../../src/decision/types.ts";
import { canonicalJson } from "../../src/evidence/canonical.ts";
import { severityRank } from "../../src/evidence/severity.ts";
import { SEVERITIES } from "../../src/evidence/types.ts";
import { NOW } from "./fixture.ts";
import { runs } from "./runs.ts";
import { sampleApproval, sampleBypass, sampleSecond } from "./statements.ts";
import { decideIn, missingFrom, NAMES, type World, worlds } from "./worlds.ts";

/** Makes a world stricter in one way, at a place that a number picks; undefined where there is nothing of that kind. */
type Change = (world: World, pick: number) => World | undefined;

function given(world: World, changes: Partial<DecisionInputs>): World {
  return { ...world, inputs: { ...world.inputs, ...changes } };
}

function ruled(world: World, changes: Partial<Environment>): World {
  return given(world, { environment: { ...world.inputs.environment, ...changes } });
}

/** A list with one element of it changed, or left out; undefined where it is empty. */
function altered<T>(list: readonly T[], pick: number, change: (element: T) => readonly T[]): readonly T[] | undefined {
  return list.length === 0
    ? undefined
    : list.flatMap((element, index) => (index === pick % list.length ? change(element) : [element]));
}

/** The same for a member of the inputs. */
function inInputs<K extends "waivers" | "statements" | "obligations" | "people" | "authors">(
  member: K,
  change: (element: DecisionInputs[K][number], pick: number) => readonly DecisionInputs[K][number][],
): Change {
  return (world, pick) => {
    const list: readonly DecisionInputs[K][number][] = world.inputs[member];
    const changed = altered(list, pick, (element) => change(element, pick));
    return changed && given(world, { [member]: changed });
  };
}

function inGates(change: (gate: DecisionGate, pick: number) => DecisionGate): Change {
  return (world, pick) => {
    const gates = altered(world.gates, pick, (gate) => [change(gate, Math.floor(pick / world.gates.length))]);
    return gates && { ...world, gates };
  };
}

/** What has ended at the clock of a world, to the millisecond or by far, or was never written as a date. */
function ended({ inputs }: World, pick: number): string {
  const now = Date.parse(inputs.evaluatedAt);
  return [new Date(now).toISOString(), new Date(now - 1).toISOString(), "2025-12-30", "never"][pick % 4] ?? "";
}

/** When anything of a world expires, from its clock on. */
function ends({ inputs }: World): readonly number[] {
  const { waivers, statements, obligations, evaluatedAt } = inputs;
  const all = [
    ...waivers,
    ...statements.map(({ expiresAt: expires }) => ({ expires })),
    ...obligations.map(({ dueAt: expires }) => ({ expires })),
  ];
  return all.map(({ expires }) => expiryOf(expires)).filter((end) => end > Date.parse(evaluatedAt));
}

const STRICTER = {
  "the evidence of a gate goes": inGates((gate) => ({
    ...gate,
    violations: [],
    result: "not-evaluated",
    reason: "there is no evidence",
  })),
  "a document goes": (world, pick) => {
    const evidence = altered(world.evidence, pick, () => []);
    return evidence && { ...world, evidence };
  },
  "the clock comes to where something ends": (world, pick) => {
    const all = ends(world);
    const end = all[pick % all.length];
    return end === undefined ? undefined : given(world, { evaluatedAt: new Date(end).toISOString() });
  },
  "the clock passes everything that ends": (world) =>
    given(world, { evaluatedAt: new Date(Math.max(Date.parse(NOW), ...ends(world)) + 1).toISOString() }),
  "a waiver has ended": (world, pick) =>
    inInputs("waivers", (waiver) => [{ ...waiver, expires: ended(world, pick) }])(world, pick),
  "a statement has ended": (world, pick) =>
    inInputs("statements", (statement) => [{ ...statement, expiresAt: ended(world, pick) }])(world, pick),
  "a review falls due": (world, pick) =>
    inInputs("obligations", (owed) => [{ ...owed, dueAt: ended(world, pick) }])(world, pick),
  "a statement goes": inInputs("statements", () => []),
  "a statement turns out to be forged": inInputs("statements", (statement) => [
    { ...statement, problem: "it is forged" },
  ]),
  "a statement is for another commit": inInputs("statements", (statement) => [
    { ...statement, subject: { ...statement.subject, commit: "c".repeat(40) } },
  ]),
  "an approver of a waiver goes": inInputs("waivers", (waiver, pick) => {
    const approvedBy = altered(waiver.approvedBy, pick >> 2, () => []);
    return [{ ...waiver, approvedBy: approvedBy ?? [] }];
  }),
  "every waiver of a gate goes": (world, pick) => {
    const id = world.gates[pick % world.gates.length]?.id;
    return given(world, { waivers: world.inputs.waivers.filter(({ gate }) => gate !== id) });
  },
  "a waiver goes that is stricter than no other": (world, pick) => {
    const { used, refused } = decideIn(world).waivers;
    const accepting = used.filter(({ id }) => !refused.some((note) => note.id === id));
    const gone = accepting[pick % accepting.length];
    return gone && given(world, { waivers: world.inputs.waivers.filter(({ id }) => id !== gone.id) });
  },
  "an entry of the baseline goes": ({ inputs, ...world }, pick) => {
    if (inputs.baseline === null) return undefined;
    const { content } = inputs.baseline;
    const gates = Object.fromEntries(
      Object.entries(content.gates).map(([id, entries]) => [id, altered(entries, pick, () => []) ?? []]),
    );
    return { ...world, inputs: { ...inputs, baseline: { ...inputs.baseline, content: { ...content, gates } } } };
  },
  "the baseline goes": (world) => given(world, { baseline: null }),
  // Where nobody is left nobody is listed, and then names count as they are written.
  "a person goes, and not the last": (world, pick) =>
    world.inputs.people.length < 2 ? undefined : inInputs("people", () => [])(world, pick),
  "a person loses their roles": inInputs("people", (person) => [{ ...person, roles: [] }]),
  // Where no author is known nobody can be shown to be somebody else.
  "somebody is an author as well": (world, pick) => {
    const { authors } = world.inputs;
    const author = NAMES[pick % NAMES.length] ?? "";
    return authors.length === 0 ? undefined : given(world, { authors: [...authors, author] });
  },
  "no author is known": (world) => given(world, { authors: [] }),
  "a violation is graver": inGates((gate, pick) => {
    const violations = altered(gate.violations, pick, (violation) => {
      const graver = SEVERITIES.findLast((severity) => severityRank(severity) < severityRank(violation.severity));
      return [graver === undefined ? violation : { ...violation, severity: graver }];
    });
    return { ...gate, violations: violations ?? [] };
  }),
  "a figure is worse": inGates((gate) => ({
    ...gate,
    violations: gate.violations.map((violation) =>
      violation.measured === undefined ? violation : { ...violation, measured: { ...violation.measured, value: 69 } },
    ),
  })),
  "there is one violation more": inGates((gate, pick) => {
    const missing = missingFrom(gate);
    const added = missing[pick % missing.length];
    if (added === undefined) return gate;
    const { reason, ...rest } = gate;
    const why = gate.result === "not-applicable" || reason === undefined ? {} : { reason };
    return { ...rest, ...why, result: "fail", violations: [...gate.violations, added] };
  }),
  // Only a mandatory gate can be bypassed.
  "an advisory gate becomes mandatory, and nobody may bypass it": (world, pick) =>
    world.inputs.environment.bypass.permitted
      ? undefined
      : inGates((gate) => ({ ...gate, enforcement: "mandatory" }))(world, pick),

  "waivers take one approver more": (world) => {
    const { waivers } = world.inputs.environment;
    return ruled(world, { waivers: { ...waivers, quorum: waivers.quorum + 1 } });
  },
  "waivers may be half as long": (world) => {
    const { waivers } = world.inputs.environment;
    return ruled(world, { waivers: { ...waivers, lifetimeMs: waivers.lifetimeMs / 2 } });
  },
  "waivers take a role": (world) =>
    ruled(world, { waivers: { ...world.inputs.environment.waivers, roles: ["security"] } }),
  "approvals take one person more": (world) => {
    const { approvals } = world.inputs.environment;
    return ruled(world, { approvals: { ...approvals, quorum: approvals.quorum + 1 } });
  },
  "approvals take a role": (world) =>
    ruled(world, { approvals: { ...world.inputs.environment.approvals, roles: ["security"] } }),
  "approvals have to be signed": (world) => {
    const { approvals } = world.inputs.environment;
    return ruled(world, { approvals: { ...approvals, from: approvals.from.filter((from) => from === "signature") } });
  },
  "a bypass takes one person more": (world) => {
    const { bypass } = world.inputs.environment;
    return ruled(world, { bypass: { ...bypass, quorum: bypass.quorum + 1 } });
  },
  "a bypass takes a role": (world) =>
    ruled(world, { bypass: { ...world.inputs.environment.bypass, roles: ["security"] } }),
  "no bypass is permitted": (world) =>
    ruled(world, { bypass: { ...world.inputs.environment.bypass, permitted: false } }),
  "the baseline is not used": (world) => ruled(world, { baseline: "none" }),
  "advisory gates ask for an approval": (world) => ruled(world, { onAdvisory: "approval" }),
  "more integrity is required": (world) =>
    ruled(world, { integrity: world.inputs.environment.integrity === "open" ? "bound" : "sealed" }),
  "the decision is not recorded": (world) => given(world, { recorded: false }),
  "the waivers are not trusted": (world) => given(world, { trust: { ...world.inputs.trust, waivers: "not merged" } }),
  "the checkout has changes": (world) => given(world, { subject: { ...world.inputs.subject, dirty: true } }),
} as const satisfies Readonly<Record<string, Change>>;

function rankOf({ outcome }: Decision): number {
  return OUTCOMES.indexOf(outcome);
}

describe("nothing opens where", () => {
  it.each(Object.entries<Change>(STRICTER))("%s", (_name, change) => {
    fc.assert(
      fc.property(worlds, fc.nat(1_000), (world, pick) => {
        const stricter = change(world, pick);
        if (stricter === undefined) return;
        const before = decideIn(world);
        const after = decideIn(stricter);
        const isShut = new Map(before.gates.map((gate) => [gate.id, standsInTheWay(gate)]));
        expect(after.gates.filter((gate) => isShut.get(gate.id) === true && !standsInTheWay(gate))).toEqual([]);
        expect(rankOf(after)).toBeGreaterThanOrEqual(rankOf(before));
      }),
      { numRuns: runs(300) },
    );
  });
});

describe("the worlds that are drawn", () => {
  let drawn: readonly World[] = [];
  let decisions: readonly Decision[] = [];
  beforeAll(() => {
    drawn = fc.sample(worlds, { numRuns: 500, seed: 1 });
    decisions = drawn.map(decideIn);
  });

  it.each(Object.entries<Change>(STRICTER))("come out otherwise where %s", (_name, change) => {
    const matters = drawn.some((world, index) => {
      const stricter = change(world, index);
      const isOther = ({ outcome, gates }: Decision): boolean =>
        outcome !== decisions[index]?.outcome || canonicalJson(gates) !== canonicalJson(decisions[index]?.gates);
      return stricter !== undefined && isOther(decideIn(stricter));
    });
    expect(matters).toBe(true);
  });

  it.each(OUTCOMES)("often come to %s", (outcome) => {
    expect(decisions.filter((decision) => decision.outcome === outcome).length).toBeGreaterThan(10);
  });

  it.each(["used", "unused", "expired", "expiring", "refused"] as const)("often have a waiver that is %s", (list) => {
    expect(decisions.filter((decision) => decision.waivers[list].length > 0).length).toBeGreaterThan(10);
  });

  it.each(["approval", "bypass", "bypass-approval"] as const)("often have a good and a bad %s", (kind) => {
    for (const good of [true, false]) {
      const found = decisions.filter((decision) =>
        decision.approvals.some((one) => one.kind === kind && one.counts === good),
      );
      expect(found.length).toBeGreaterThan(10);
    }
  });

  it.each([
    ["a baseline that covers something", ({ baseline }: Decision) => (baseline?.covers ?? 0) > 0],
    [
      "an overdue review",
      ({ gates }: Decision) => gates.some(({ id, result }) => id === "obligations" && result !== "pass"),
    ],
    [
      "a review that counts",
      ({ approvals }: Decision) => approvals.some(({ via, counts }) => via === "review" && counts),
    ],
    ["too little integrity", ({ integrity }: Decision) => integrity.level === "open" && integrity.required !== "open"],
  ] as const)("often have %s", (_name, has) => {
    expect(decisions.filter((decision) => has(decision)).length).toBeGreaterThan(10);
  });
});

const shuffled = <T>(list: readonly T[]): fc.Arbitrary<T[]> =>
  fc.shuffledSubarray([...list], { minLength: list.length });

/** The same world with its lists in another order. */
const reordered = worlds.chain((world) => {
  const { statements, people, authors, obligations, waivers } = world.inputs;
  return fc.record({
    world: fc.constant(world),
    gates: shuffled(world.gates),
    evidence: shuffled(world.evidence),
    statements: shuffled(statements),
    people: shuffled(people),
    authors: shuffled(authors),
    obligations: shuffled(obligations),
    waivers: shuffled(waivers.map(({ approvedBy, ...waiver }) => ({ ...waiver, approvedBy: approvedBy.toReversed() }))),
  });
});

describe("the same inputs", () => {
  it("give the same bytes", () => {
    fc.assert(
      fc.property(worlds, (world) => {
        expect(canonicalJson(decideIn(structuredClone(world)))).toBe(canonicalJson(decideIn(world)));
      }),
    );
  });

  it("give the same bytes in another order of gates, statements, people, authors and reviews", () => {
    fc.assert(
      fc.property(reordered, ({ world, gates, evidence: _evidence, waivers: _waivers, ...changes }) => {
        expect(canonicalJson(decideIn({ ...given(world, changes), gates }))).toBe(canonicalJson(decideIn(world)));
      }),
    );
  });

  it("give the same outcome, gates and approvals in another order of waivers and evidence", () => {
    fc.assert(
      fc.property(reordered, ({ world, evidence, waivers }) => {
        const { outcome, gates, approvals, bypass } = decideIn(world);
        expect(decideIn({ ...given(world, { waivers }), evidence })).toMatchObject({
          outcome,
          gates,
          approvals,
          bypass,
        });
      }),
    );
  });
});

describe("whatever a statement says", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom(
      "",
      "\u0000",
      "\u202e",
      "2026-13-01T00:00:00Z",
      "+275760-09-13T00:00:00Z",
      "__proto__",
      "constructor",
      "alice",
    ),
  );
  const wild = fc
    .record({
      signer: text,
      reason: text,
      ticket: text,
      createdAt: text,
      expiresAt: text,
      path: text,
      commit: text,
      environment: text,
      repository: text,
      gate: text,
    })
    .chain(({ commit, environment, repository, gate, ...rest }) =>
      fc.constantFrom(
        { ...sampleApproval(rest), subject: { commit, environment, repository, gate } },
        sampleApproval({ ...rest, subject: { gate } }),
        sampleBypass({ ...rest, subject: { commit, environment } }),
        sampleSecond({ ...rest, subject: { repository } }),
      ),
    );

  it("there is a decision, and no better one than without it", () => {
    fc.assert(
      fc.property(worlds, fc.array(wild, { minLength: 1, maxLength: 3 }), (world, more) => {
        const statements = [...world.inputs.statements, ...more];
        const stored = given(world, { statements, evidenceStored: true });
        expect(rankOf(decideIn(stored))).toBe(rankOf(decideIn(world)));
      }),
    );
  });
});
