import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Waiver } from "../../src/decision/waivers.ts";
import { componentCounts, findingsSummary, mutationSummary, testsSummary } from "../../src/evidence/summary.ts";
import type { EvidenceDocument } from "../../src/evidence/types.ts";
import type { Change, Remedy } from "../../src/explain/model.ts";
import { changesInWords } from "../../src/explain/words.ts";
import type { EvaluationSession } from "../../src/policy/evaluate.ts";
import { exampleDocument } from "../../src/policy/example-evidence.ts";
import type { PolicyRuntime } from "../../src/policy/runtime/runtime.ts";
import { CANARY, gateSource, session as sessionOf } from "../policy/compile.ts";
import { type AskedGate, askGate, type Part, remedyFor, shippedGates, subsetsOf, trialOf } from "./fixture.ts";

let session: EvaluationSession;
let runtime: PolicyRuntime;
beforeAll(async () => {
  ({ session, runtime } = await shippedGates());
});
afterAll(() => runtime.close());

function changesOf(remedy: Remedy): readonly Change[] {
  if (remedy.kind !== "changes") throw new Error(`there are no changes: ${JSON.stringify(remedy)}`);
  expect(remedy.minimal).toBe(true);
  return remedy.changes;
}

/** Makes changes by hand, by the names of what they change: another way than that of the search. */
function changed(document: EvidenceDocument, changes: readonly Change[]): EvidenceDocument {
  const named = (name: string) => changes.find((change) => change.name === name);
  if (document.kind === "findings") {
    const findings = document.body.findings.filter(({ message }) => named(message) === undefined);
    return { ...document, summary: findingsSummary(findings), body: { ...document.body, findings } };
  }
  if (document.kind === "tests") {
    const cases = document.body.cases.map((one) =>
      named(`${one.suite} > ${one.name}`) === undefined
        ? one
        : { ...one, status: "passed" as const, flaky: false, attempts: 1 },
    );
    return { ...document, summary: testsSummary(document.summary, cases), body: { cases } };
  }
  if (document.kind === "mutation") {
    const mutants = document.body.mutants.map((one) =>
      named(one.mutator) === undefined ? one : { ...one, status: "killed" as const },
    );
    return {
      ...document,
      summary: mutationSummary(mutants, document.summary.files),
      body: { ...document.body, mutants },
    };
  }
  if (document.kind !== "sbom") throw new Error(`no test changes ${document.kind} evidence`);
  const components = document.body.components.flatMap((component) => {
    const change = named(`${component.name}@${component.version}`) ?? named(component.name);
    if (change === undefined) return [component];
    if (change.action === "state-licence")
      return [{ ...component, licences: [{ expression: "MIT", spdx: true, alternatives: [["MIT"]] }] }];
    if (change.action === "identify-component")
      return [{ ...component, version: "1", purl: `pkg:npm/${component.name}@1` }];
    return [];
  });
  const does = (action: Change["action"]) => changes.some((change) => change.action === action);
  return {
    ...document,
    summary: {
      ...document.summary,
      ...componentCounts(components),
      ...(does("state-root") ? { root: { name: "it" } } : {}),
      ...(does("state-dependencies") ? { dependencyEdges: 1 } : {}),
    },
    body: { components },
  };
}

/** With the changes the gate opens, and with no proper part of them. */
async function expectSmallest(asked: AskedGate, changes: readonly Change[]): Promise<void> {
  for (const some of subsetsOf(changes)) {
    const documents = asked.recorded.documents.map((document) =>
      changed(
        document,
        some.filter(({ evidence }) => evidence === document.source.path),
      ),
    );
    const { open } = await trialOf(asked, documents);
    expect({ some: some.map(({ name }) => name), open }).toEqual({
      some: some.map(({ name }) => name),
      open: some.length === changes.length,
    });
  }
}

const sast = (findings: readonly Part[]): Part => ({ kind: "findings", scans: [{ category: "sast" }], findings });
const finding = (message: string, more: Part = {}): Part => ({ message, ...more });
const test = (name: string, status: string): Part => ({ name, status });

function measured(path: string, covered: string, missed: string, lines: Part): Part {
  return { path, covered, missed, lines };
}

function shard(covered: string, missed: string, hit: number): Part {
  return {
    kind: "coverage",
    summary: { lines: { covered: hit, total: 10 } },
    files: [{ path: "a.js", covered, missed, lines: { covered: hit, total: 10 } }],
  };
}

/** The source of a gate over another kind of evidence than tests. */
function gateOver(id: string, needs: string, rules: string): string {
  return gateSource(id, rules).replace("    - kind: tests\n#       fields: [status]", needs);
}

function mutant(mutator: string, status: string): Part {
  return { id: mutator, file: "a.js", mutator, status };
}

const PEOPLE = ["ada", "bob"].map((name) => ({ name, roles: [], identities: [] }));

/** In force at the time of the decisions, for one finding. */
const WAIVER: Waiver = {
  id: "W-1",
  gate: "sast",
  severity: "critical",
  occurrences: 1,
  reason: "it is behind a flag",
  ticket: "T-1",
  owner: "carol",
  requestedBy: "carol",
  approvedBy: ["ada", "bob"],
  created: "2025-12-20",
  expires: "2026-01-10",
  scope: { environments: [], paths: [] },
  source: "waivers.yaml:2",
};

interface Case {
  readonly name: string;
  readonly gate: string;
  readonly evidence: readonly Part[];
  readonly parameters?: Part;
  readonly changed: readonly string[];
  readonly words: string;
}

const ITEM_CASES: readonly Case[] = [
  {
    name: "one finding of several",
    gate: "sast",
    evidence: [sast([finding("a", { severity: "low" }), finding("b"), finding("c", { severity: "medium" })])],
    changed: ["b"],
    words: "fix this finding",
  },
  {
    name: "findings of several files",
    gate: "sast",
    evidence: [sast([finding("a"), finding("b", { severity: "critical" })]), sast([finding("c")])],
    changed: ["b", "a", "c"],
    words: "fix these 3 findings",
  },
  {
    name: "no finding that is suppressed",
    gate: "sast",
    evidence: [
      sast([
        finding("a", { suppressed: true, suppressions: [{ kind: "in-source", status: "accepted" }] }),
        finding("b"),
      ]),
    ],
    changed: ["b"],
    words: "fix this finding",
  },
  {
    name: "every test that failed, where all have to pass",
    gate: "tests",
    evidence: [
      { kind: "tests", cases: [test("a", "passed"), test("b", "failed"), test("c", "errored"), test("d", "skipped")] },
    ],
    changed: ["example > b", "example > c"],
    words: "make these 2 tests pass",
  },
  {
    name: "as many tests as the pass rate asks for",
    gate: "tests",
    parameters: { pass_rate: 75 },
    evidence: [{ kind: "tests", cases: ["a", "b", "c", "d"].map((name) => test(name, "failed")) }],
    changed: ["example > a", "example > b", "example > c"],
    words: "make these 3 tests pass",
  },
  {
    name: "the licence of a component that states none, and a component with a restricted one",
    gate: "licences",
    evidence: [
      {
        kind: "sbom",
        components: [
          { name: "fine", licences: [{ expression: "MIT", spdx: true, alternatives: [["MIT"]] }] },
          { name: "silent" },
          { name: "viral", licences: [{ expression: "AGPL-3.0-only", spdx: true, alternatives: [["AGPL-3.0-only"]] }] },
        ],
      },
    ],
    changed: ["viral@1.0.0", "silent@1.0.0"],
    words: "replace or take out 1 component and state the licence of 1 component",
  },
  {
    name: "a component that cannot be identified",
    gate: "sbom",
    evidence: [{ kind: "sbom", components: [{ name: "known" }, { name: "anonymous", purl: null }] }],
    changed: ["anonymous@1.0.0"],
    words: "give 1 component a version and a package URL",
  },
  {
    name: "what a bill of materials does not say of itself",
    gate: "sbom",
    evidence: [
      { kind: "sbom", components: [{ name: "a" }, { name: "b" }], summary: { root: null, dependencyEdges: 0 } },
    ],
    changed: [],
    words:
      "let the bill of materials say what it describes and let the bill of materials say which component depends on which",
  },
];

describe("what would open a gate", () => {
  it.each(ITEM_CASES)("is $name", async ({ gate, evidence, parameters, changed: expected, words }) => {
    const asked = await askGate(gate, evidence, session, parameters);
    const changes = changesOf(await remedyFor(asked));
    expect(changes.flatMap(({ name }) => name ?? []).toSorted()).toEqual(expected.toSorted());
    expect(changesInWords(changes)).toBe(words);
    await expectSmallest(asked, changes);
  });

  it("is the second finding as well where one of another tool stood for it", async () => {
    const same = { ruleId: "CVE-2026-1", category: "secret", message: "key", location: { path: "a.js", line: 3 } };
    const scan = (tool: string): Part => ({
      kind: "findings",
      scans: [{ tool, category: "secret" }],
      findings: [{ ...same, tool }],
    });
    const asked = await askGate("secrets", [scan("one"), scan("two")], session);
    const changes = changesOf(await remedyFor(asked));
    expect(changes.map(({ evidence }) => evidence)).toHaveLength(2);
    await expectSmallest(asked, changes);
  });

  it.each([
    { name: "what no waiver covers", waiver: { match: { rule: "a" } }, changed: ["b"] },
    { name: "what is beyond the number that a waiver covers", waiver: { match: { path: "*.ts" } }, changed: ["a"] },
    {
      name: "all where the waiver has expired",
      waiver: { match: { rule: "a" }, expires: "2025-12-31" },
      changed: ["a", "b"],
    },
  ])("is $name", async ({ waiver, changed: expected }) => {
    const found = ["a", "b"].map((rule) => finding(rule, { ruleId: rule, location: { path: "a.ts", line: 1 } }));
    const asked = await askGate(
      "sast",
      [sast(found)],
      session,
      {},
      { waivers: [{ ...WAIVER, ...waiver }], people: PEOPLE },
    );
    const changes = changesOf(await remedyFor(asked));
    expect(changes.map(({ name }) => name)).toEqual(expected);
    await expectSmallest(asked, changes);
  });

  it.each([
    { name: "lines and branches", lines: [102, 144], branches: [50, 82], expected: [14, 12] },
    { name: "one line", lines: [79, 100], branches: [75, 100], expected: [1, 0] },
    { name: "branches alone", lines: [80, 100], branches: [0, 4], expected: [0, 3] },
  ])("is covering exactly enough of $name", async ({ lines, branches, expected }) => {
    const [covered = 0, total = 0] = lines;
    const [hit = 0, all = 0] = branches;
    const part = (more: number, moreBranches: number): Part => ({
      kind: "coverage",
      summary: { lines: { covered: covered + more, total }, branches: { covered: hit + moreBranches, total: all } },
      files: [
        {
          path: "a.js",
          lines: { covered: covered + more, total },
          branches: { covered: hit + moreBranches, total: all },
        },
      ],
    });
    const asked = await askGate("unit-coverage", [part(0, 0)], session);
    const changes = changesOf(await remedyFor(asked));
    const count = (metric: string) => changes.find((change) => change.metric === metric)?.count ?? 0;
    expect([count("lines"), count("branches")]).toEqual(expected);
    const [more = 0, moreBranches = 0] = expected;
    const opens = async (a: number, b: number) => (await trialOf(asked, [exampleDocument(part(a, b), 0)])).open;
    expect(await opens(more, moreBranches)).toBe(true);
    if (more > 0) expect(await opens(more - 1, moreBranches)).toBe(false);
    if (moreBranches > 0) expect(await opens(more, moreBranches - 1)).toBe(false);
  });

  it("names the files with most missed, and covers whole lines of them", async () => {
    const asked = await askGate(
      "unit-coverage",
      [
        {
          kind: "coverage",
          summary: { lines: { covered: 4, total: 20 } },
          files: [
            measured("few.js", "1-2", "3-4", { covered: 2, total: 4 }),
            measured("many.js", "1-2", "3-16", { covered: 2, total: 16 }),
          ],
        },
      ],
      session,
      { branches: 0 },
    );
    const changes = changesOf(await remedyFor(asked));
    expect(changesInWords(changes)).toBe("cover 12 more lines");
    expect(changes[0]?.files).toEqual([{ path: "many.js", count: 12 }]);
  });

  it("counts lines of several files of one provider once", async () => {
    const asked = await askGate("unit-coverage", [shard("1-4", "5-10", 4), shard("3-6", "1-2,7-10", 4)], session, {
      branches: 0,
    });
    // Lines 1 to 6 of 10 are covered together.
    expect(changesInWords(changesOf(await remedyFor(asked)))).toBe("cover 2 more lines");
  });

  it("is covering changed lines where these are asked for", async () => {
    const change: Part = {
      kind: "change",
      commits: [],
      files: [{ path: "a.js", status: "modified", addedLines: "5-8" }],
      reviews: [],
    };
    const coverage: Part = {
      kind: "coverage",
      summary: { lines: { covered: 90, total: 100 } },
      files: [{ path: "a.js", covered: "1-6,9-92", missed: "7-8,93-100", lines: { covered: 90, total: 100 } }],
    };
    const asked = await askGate("unit-coverage", [coverage, change], session, { branches: 0, changed_lines: 75 });
    expect(changesInWords(changesOf(await remedyFor(asked)))).toBe("cover 1 more changed line");
  });

  it("is running more tests where too few ran", async () => {
    const asked = await askGate("tests", [{ kind: "tests", cases: [{}, {}] }], session, { minimum_executed: 20 });
    expect(asked.gate.result).toBe("not-evaluated");
    expect(changesInWords(changesOf(await remedyFor(asked)))).toBe("run 18 more tests");
  });

  it("is the evidence that is missing or cannot be used, without a search", async () => {
    const none = await askGate("unit-coverage", [], session);
    expect(await remedyFor(none)).toEqual({ kind: "evidence", provide: ["unit coverage evidence: there is none"] });
    const failed = await askGate("sast", [{ ...sast([finding("a")]), status: "failed" }], session);
    expect(failed.gate.result).toBe("fail");
    expect(await remedyFor(failed)).toEqual({
      kind: "evidence",
      provide: [expect.stringContaining(": as the example says")],
    });
  });

  it("is nothing that was tried where the gate asks for what the evidence does not have", async () => {
    const asked = await askGate(
      "unit-coverage",
      [{ kind: "coverage", summary: { lines: { covered: 1, total: 10 } }, files: [] }],
      session,
    );
    expect(await remedyFor(asked)).toMatchObject({
      kind: "not-found",
      says: [expect.stringContaining("has no branch counts")],
    });
  });

  it("is killing mutants and doing away with items of other kinds, for gates that ask for that", async () => {
    const gates = await sessionOf({
      "m.rego": gateOver(
        "mutants",
        "    - kind: mutation\n#       fields: [status]",
        `applicable := count(input.evidence.mutation)

deny contains {"key": "score", "msg": "too few"} if {
	some document in input.evidence.mutation
	100 * document.summary.detected < 60 * document.summary.valid
}`,
      ),
      "m/examples.yaml": `gate: mutants\n${CANARY.replace("{kind: tests, cases: [{status: failed}]}", `{kind: mutation, files: [], mutants: [], summary: ${JSON.stringify(mutationSummary([], 0)).replace('"valid":0', '"valid":1')}}`)}`,
      "d.rego": gateOver(
        "incidents",
        "    - kind: incident\n#       fields: [id, state]",
        `applicable := count(input.evidence.incident)

deny contains {"evidence": document.id, "item": incident.item, "msg": "open"} if {
	some document in input.evidence.incident
	some incident in document.incidents
	incident.state == "open"
}`,
      ),
      "d/examples.yaml": `gate: incidents\n${CANARY.replace("{kind: tests, cases: [{status: failed}]}", "{kind: incident, incidents: [{id: a, state: open}], summary: {incidents: 1, open: 1}}")}`,
    });
    const mutation: Part = {
      kind: "mutation",
      summary: { total: 5, detected: 1, valid: 5, files: 1 },
      files: [{ path: "a.js", detected: 1, valid: 5 }],
      mutants: [
        mutant("k", "killed"),
        mutant("s1", "survived"),
        mutant("s2", "survived"),
        mutant("n1", "no-coverage"),
        mutant("n2", "no-coverage"),
      ],
    };
    const asked = await askGate("mutants", [mutation], gates);
    const changes = changesOf(await remedyFor(asked));
    expect(changesInWords(changes)).toBe("test for these 2 mutants");
    await expectSmallest(asked, changes);

    const incidents: Part = {
      kind: "incident",
      summary: { incidents: 2, open: 1 },
      incidents: [
        { id: "INC-1", state: "resolved" },
        { id: "INC-2", state: "open" },
      ],
    };
    const left = changesOf(await remedyFor(await askGate("incidents", [incidents], gates)));
    expect(left).toEqual([{ action: "remove-item", evidence: expect.any(String), name: "INC-2" }]);
  });

  it("is capped, and says so", async () => {
    const findings = Array.from({ length: 30 }, (_, index) => finding(`f${index}`));
    const asked = await askGate("sast", [sast(findings)], session);
    const remedy = await remedyFor(asked, 5);
    expect(remedy).toMatchObject({ kind: "changes", minimal: false });
    expect(remedy.kind === "changes" && remedy.changes).toHaveLength(30);
  });

  it("really opens it, whatever was found", async () => {
    const severity = fc.constantFrom("critical", "high", "medium", "low", "info", "unknown");
    const one = fc.record({ severity, suppressed: fc.boolean(), category: fc.constantFrom("sast", "secret") });
    await fc.assert(
      fc.asyncProperty(fc.array(one, { minLength: 1, maxLength: 6 }), async (found) => {
        const findings = found.map(({ suppressed, ...rest }, index) => ({
          ...rest,
          message: `f${index}`,
          suppressed,
          suppressions: suppressed ? [{ kind: "in-source", status: "accepted" }] : [],
        }));
        const scans = [{ category: "sast" }];
        const asked = await askGate("sast", [{ kind: "findings", scans, findings }], session);
        const remedy = await remedyFor(asked);
        expect(remedy.kind).toBe(asked.gate.result === "fail" ? "changes" : "none-needed");
        if (remedy.kind === "changes") await expectSmallest(asked, changesOf(remedy));
      }),
      { numRuns: 40 },
    );
  });
});
