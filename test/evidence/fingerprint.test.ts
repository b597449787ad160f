import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { distinguishFindings, fingerprintOf } from "../../src/evidence/fingerprint.ts";
import type { Finding } from "../../src/evidence/types.ts";

const identity = { tool: "t", ruleId: "r", path: "p", content: "c" };

function findingAt(line: number, changes: Partial<Finding> = {}): Finding {
  return {
    id: fingerprintOf(identity),
    category: "sast",
    ruleId: "r",
    message: "m",
    severity: "high",
    severityRaw: { value: "error", scale: "sarif-level", source: "result.level" },
    cwe: [],
    location: { path: "p", line },
    suppressed: false,
    suppressions: [],
    tool: "t",
    ...changes,
  };
}

/** The ids that findings of one fingerprint get, in lines in this order. */
function idsByLine(lines: readonly number[]): ReadonlyMap<number | undefined, string> {
  const findings = distinguishFindings(lines.map((line) => findingAt(line)));
  return new Map(findings.map(({ id, location }) => [location?.line, id]));
}

describe("a fingerprint", () => {
  it("is the same in every release", () => {
    expect(fingerprintOf(identity)).toBe("e8853c0be3681207345e52ae0e46352d74a7b85e3ed8c6af56ef4839ae0a07f2");
  });

  it.each(["tool", "ruleId", "path", "content"])("depends on the %s", (part) => {
    expect(fingerprintOf({ ...identity, [part]: "other" })).not.toBe(fingerprintOf(identity));
  });

  it("does not confuse where one part ends and the next begins", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string({ minLength: 1 }), (a, b, moved) => {
        const one = fingerprintOf({ tool: a + moved, ruleId: b, path: undefined, content: "" });
        const other = fingerprintOf({ tool: a, ruleId: moved + b, path: undefined, content: "" });
        expect(one).not.toBe(other);
      }),
    );
  });
});

describe("findings of one fingerprint", () => {
  const lines = [30, 10, 20];

  it("get ids of their own, the first one in the file the plain one", () => {
    const findings = distinguishFindings(lines.map((line) => findingAt(line)));
    expect(new Set(findings.map(({ id }) => id)).size).toBe(3);
    expect(findings.map(({ location }) => location?.line)).toEqual(lines);
    expect(findings[1]?.id).toBe(fingerprintOf(identity));
  });

  it("get the same ids in any order of results", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([1, 2, 3, 4, 5], { minLength: 5 }), (order) => {
        expect(idsByLine(order)).toEqual(idsByLine([1, 2, 3, 4, 5]));
      }),
    );
  });

  it("keep their ids when all of them move", () => {
    const moved = lines.map((line) => line + 100);
    expect([...idsByLine(moved).values()]).toEqual([...idsByLine(lines).values()]);
  });

  it("are left alone where there is one of each", () => {
    const findings = [findingAt(1), findingAt(1, { id: "other" })];
    expect(distinguishFindings(findings)).toBe(findings);
  });
});
