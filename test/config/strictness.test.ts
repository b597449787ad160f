import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inversions } from "../../src/config/strictness.ts";
import type { Environment } from "../../src/decision/environment.ts";
import { gates, resolve } from "./support.ts";

/** What `b` lacks to be as strict as `a`, each environment written in braces. */
function compare(a: string, b: string): readonly string[] {
  const environments = resolve(`version: 1\nenvironments:\n  a: {${a}}\n  b: {${b}}\n`);
  return between(environments["a"], environments["b"]).map(({ kind, message }) => `${kind}: ${message}`);
}

function between(a: Environment | undefined, b: Environment | undefined): ReturnType<typeof inversions> {
  if (a === undefined || b === undefined) throw new Error("there are not two");
  return inversions(b, a, gates);
}

const TESTS = "mandatory: [tests]";
const SAST = (parameters: string): string => `mandatory: [sast], parameters: {sast: {${parameters}}}`;
const RISK = (profiles: string, more = ""): string =>
  `mandatory: [risk, tests], ${more}risk: {gate: risk, profiles: {${profiles}}}`;

describe("an inversion", () => {
  it.each([
    [
      "a gate that is missing",
      "mandatory: [tests, sast]",
      TESTS,
      "the gate sast is looser: absent in b, mandatory (gate.yaml:3) in a",
    ],
    [
      "a gate that is only advisory",
      TESTS,
      "advisory: [tests]",
      "the gate tests is looser: advisory (gate.yaml:4) in b, mandatory (gate.yaml:3) in a",
    ],
    [
      "an advisory gate that is missing",
      "mandatory: [tests], advisory: [sast]",
      TESTS,
      "the gate sast is looser: absent in b, advisory (gate.yaml:3) in a",
    ],
    [
      "a gate that is turned off",
      "mandatory: [tests, sast]",
      "extends: a, disabled: [sast]",
      "the gate sast is looser: disabled (gate.yaml:4) in b, mandatory (gate.yaml:3) in a",
    ],
    [
      "integrity",
      `${TESTS}, integrity: sealed`,
      TESTS,
      "integrity is looser: bound (default) in b, sealed (gate.yaml:3) in a",
    ],
    [
      "audit",
      TESTS,
      `${TESTS}, audit: optional`,
      "audit is looser: optional (gate.yaml:4) in b, required (default) in a",
    ],
    [
      "advisoryFailure",
      TESTS,
      `${TESTS}, advisoryFailure: warning`,
      "advisoryFailure is looser: warning (gate.yaml:4) in b, approval (default) in a",
    ],
    ["binding", `${TESTS}, binding: run`, TESTS, "binding is looser: commit (default) in b, run (gate.yaml:3) in a"],
    ["baseline", TESTS, `${TESTS}, baseline: use`, "baseline is looser: use (gate.yaml:4) in b, none (default) in a"],
    [
      "an older default age",
      TESTS,
      `${TESTS}, freshness: {default: 8d}`,
      "freshness.default is looser: 8d (gate.yaml:4) in b, 7d (default) in a",
    ],
    [
      "any age",
      TESTS,
      `${TESTS}, freshness: {default: none}`,
      "freshness.default is looser: any age (gate.yaml:4) in b, 7d (default) in a",
    ],
    [
      "an older age of a kind, by default",
      `${TESTS}, freshness: {findings: 1d}`,
      TESTS,
      "freshness.findings is looser: 7d (default) in b, 1d (gate.yaml:3) in a",
    ],
    [
      "an older age of a kind",
      TESTS,
      `${TESTS}, freshness: {findings: 9d}`,
      "freshness.findings is looser: 9d (gate.yaml:4) in b, 7d (default) in a",
    ],
    [
      "a waiver's lifetime",
      `${TESTS}, waivers: {lifetime: 7d}`,
      TESTS,
      "waivers.lifetime is looser: 30d (default) in b, 7d (gate.yaml:3) in a",
    ],
    [
      "a waiver's quorum",
      `${TESTS}, waivers: {quorum: 2}`,
      TESTS,
      "waivers.quorum is looser: 1 (default) in b, 2 (gate.yaml:3) in a",
    ],
    [
      "roles that no longer matter",
      `${TESTS}, waivers: {roles: [x]}`,
      TESTS,
      'waivers.roles is looser: [] (default) in b, ["x"] (gate.yaml:3) in a',
    ],
    [
      "one role more",
      `${TESTS}, waivers: {roles: [x]}`,
      `${TESTS}, waivers: {roles: [x, y]}`,
      'waivers.roles is looser: ["x","y"] (gate.yaml:4) in b',
    ],
    ["an approval's quorum", `${TESTS}, approvals: {quorum: 2}`, TESTS, "approvals.quorum is looser: 1 (default) in b"],
    [
      "an approval's lifetime",
      TESTS,
      `${TESTS}, approvals: {lifetime: 8d}`,
      "approvals.lifetime is looser: 8d (gate.yaml:4) in b, 7d (default) in a",
    ],
    [
      "an approval's source",
      TESTS,
      `${TESTS}, approvals: {from: [signature, review]}`,
      'approvals.from is looser: ["signature","review"] (gate.yaml:4) in b, ["signature"] (default) in a',
    ],
    [
      "a bypass",
      TESTS,
      `${TESTS}, bypass: {permitted: true, quorum: 2}`,
      "bypass.permitted is looser: true (gate.yaml:4) in b, false (default) in a",
    ],
    [
      "a bypass's quorum",
      `${TESTS}, bypass: {permitted: true, quorum: 3}`,
      `${TESTS}, bypass: {permitted: true, quorum: 2}`,
      "bypass.quorum is looser: 2 (gate.yaml:4) in b, 3 (gate.yaml:3) in a",
    ],
    [
      "a bypass's lifetime",
      `${TESTS}, bypass: {permitted: true, quorum: 2, lifetime: 1h}`,
      `${TESTS}, bypass: {permitted: true, quorum: 2}`,
      "bypass.lifetime is looser: 4h (default) in b, 1h (gate.yaml:3) in a",
    ],
    [
      "a bypass's review",
      `${TESTS}, bypass: {permitted: true, quorum: 2, review: 1h}`,
      `${TESTS}, bypass: {permitted: true, quorum: 2}`,
      "bypass.review is looser: 3d (default) in b, 1h (gate.yaml:3) in a",
    ],
    [
      "a threshold",
      "mandatory: [unit-coverage], parameters: {unit-coverage: {lines: 90}}",
      "mandatory: [unit-coverage]",
      "unit-coverage.lines is looser: 80 (gate) in b, 90 (gate.yaml:3) in a",
    ],
    [
      "a number that should be low",
      SAST("findings: 1"),
      SAST("findings: 2"),
      "sast.findings is looser: 2 (gate.yaml:4) in b, 1 (gate.yaml:3) in a",
    ],
    [
      "a list that should be long",
      SAST("severities: [high, critical]"),
      SAST("severities: [critical]"),
      'sast.severities is looser: ["critical"] (gate.yaml:4) in b, ["high","critical"] (gate.yaml:3) in a',
    ],
    [
      "lists of which neither contains the other",
      SAST("severities: [high, low]"),
      SAST("severities: [high, info]"),
      'sast.severities is looser: ["high","info"] (gate.yaml:4) in b, ["high","low"] (gate.yaml:3) in a',
    ],
    [
      "a list that should be short",
      SAST("ignored: [a]"),
      SAST("ignored: [a, b]"),
      'sast.ignored is looser: ["a","b"] (gate.yaml:4) in b, ["a"] (gate.yaml:3) in a',
    ],
    [
      "a word that is looser",
      SAST("unknown: warn"),
      SAST("unknown: allow"),
      "sast.unknown is looser: allow (gate.yaml:4) in b, warn (gate.yaml:3) in a",
    ],
    [
      "a profile's gate",
      RISK("high: {mandatory: [dast]}"),
      RISK(""),
      "the gate dast is looser at high risk: absent in b, mandatory (gate.yaml:3) in a",
    ],
    [
      "a profile's parameter",
      RISK("medium: {mandatory: [unit-coverage], parameters: {unit-coverage: {lines: 90}}}"),
      RISK("medium: {mandatory: [unit-coverage]}"),
      "unit-coverage.lines is looser at medium risk: 80 (gate) in b, 90 (gate.yaml:3) in a",
    ],
    [
      "a profile's approvals",
      RISK("high: {approvals: {quorum: 2}}"),
      "mandatory: [risk, tests]",
      "approvals.quorum is looser at high risk: 1 (default) in b, 2 (gate.yaml:3) in a",
    ],
  ])("is %s", (_, a, b, message) => {
    const found = compare(a, b);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(`looser: ${message}`);
  });

  it.each([
    ["a gate that is stricter", "advisory: [tests]", TESTS],
    ["more gates", TESTS, "mandatory: [tests, sast]"],
    [
      "stricter parameters",
      SAST("findings: 2, severities: [high], unknown: allow, ignored: [a, b]"),
      SAST("findings: 1, severities: [high, low], unknown: block, ignored: [b]"),
    ],
    ["the same list in another order", SAST("severities: [a, b]"), SAST("severities: [b, a]")],
    ["fewer roles", `${TESTS}, approvals: {roles: [x, y]}`, `${TESTS}, approvals: {roles: [y]}`],
    ["a kind of which evidence is fresher by default", `${TESTS}, freshness: {findings: 8d}`, TESTS],
    [
      "terms of approvals where closed gates only warned",
      `${TESTS}, advisoryFailure: warning, approvals: {quorum: 3}`,
      TESTS,
    ],
    ["terms of a bypass that is not permitted", `${TESTS}, bypass: {permitted: true, quorum: 3, lifetime: 1h}`, TESTS],
    ["a bypass that is permitted no longer", `${TESTS}, bypass: {permitted: true, quorum: 3}`, TESTS],
    ["what only informs", `${TESTS}, targets: {tests: 1m}, waivers: {warn: 1d}`, `${TESTS}, waivers: {warn: 9d}`],
    ["what a profile added, always", RISK("high: {mandatory: [dast]}"), "mandatory: [risk, tests, dast]"],
    ["a profile that adds", "mandatory: [risk, tests]", RISK("low: {mandatory: [dast]}")],
  ])("is not %s", (_, a, b) => {
    expect(compare(a, b)).toEqual([]);
  });

  it.each([
    [
      "a parameter of which the gate does not say",
      SAST("label: x"),
      SAST("label: y"),
      "sast.label cannot be compared: y (gate.yaml:4) in b, x (gate.yaml:3) in a",
    ],
    [
      "other roles",
      `${TESTS}, waivers: {roles: [x]}`,
      `${TESTS}, waivers: {roles: [y]}`,
      'waivers.roles cannot be compared: ["y"] (gate.yaml:4) in b, ["x"] (gate.yaml:3) in a',
    ],
    [
      "another gate that tells the risk",
      RISK(""),
      "mandatory: [risk, tests], risk: {gate: tests}",
      "risk.gate cannot be compared: tests (gate.yaml:4) in b, risk (gate.yaml:3) in a",
    ],
  ])("cannot be told for %s", (_, a, b, message) => {
    expect(compare(a, b)).toEqual([`incomparable: ${message}`]);
  });

  it("is named once, not at every level of risk", () => {
    expect(compare(RISK("low: {mandatory: [dast]}", "integrity: sealed, "), RISK(""))).toEqual([
      "looser: integrity is looser: bound (default) in b, sealed (gate.yaml:3) in a",
      "looser: the gate dast is looser at low risk: absent in b, mandatory (gate.yaml:3) in a",
    ]);
  });

  it("names the sides as it is told", () => {
    const { a, b } = resolve("version: 1\nenvironments:\n  a: {mandatory: [tests]}\n  b: {mandatory: [sast]}\n");
    if (a === undefined || b === undefined) throw new Error("there are not two");
    const [first] = inversions(b, a, gates, { stricter: "this pull request", looser: "main" });
    expect(first?.message).toBe(
      "the gate tests is looser: absent in this pull request, mandatory (gate.yaml:3) in main",
    );
    expect(first).toMatchObject({
      kind: "looser",
      gate: "tests",
      stricter: { source: "default" },
      looser: { value: "mandatory" },
    });
  });
});

const environment = fc.record({
  tests: fc.constantFrom("mandatory", "advisory"),
  lines: fc.integer({ min: 0, max: 3 }),
  integrity: fc.constantFrom("open", "bound", "sealed"),
  quorum: fc.integer({ min: 1, max: 3 }),
  age: fc.constantFrom("1d", "2d", "none"),
});

it("is an order: reflexive, and what is as strict as b is as strict as all that b is as strict as", () => {
  fc.assert(
    fc.property(environment, environment, environment, (...three) => {
      const texts = three.map(
        ({ tests, lines, integrity, quorum, age }, index) =>
          `  e${index}: {mandatory: [unit-coverage], ${tests === "advisory" ? "advisory: [tests]" : "extends: base"}, parameters: {unit-coverage: {lines: ${lines}}}, integrity: ${integrity}, waivers: {quorum: ${quorum}}, freshness: {default: ${age}}}\n`,
      );
      const { e0, e1, e2 } = resolve(`version: 1\nenvironments:\n  base: {mandatory: [tests]}\n${texts.join("")}`);
      expect(between(e0, e0)).toEqual([]);
      if (between(e0, e1).length === 0 && between(e1, e2).length === 0) expect(between(e0, e2)).toEqual([]);
    }),
    { numRuns: 30 },
  );
});
