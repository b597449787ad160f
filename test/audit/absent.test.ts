import { describe, expect, test } from "vitest";
import { type AbsentDocuments, absentDocuments } from "../../src/audit/absent.ts";
import { sha256 } from "../../src/evidence/canonical.ts";

const [A, B, C] = [sha256("a"), sha256("b"), sha256("c")];

function findingsOf(absent: AbsentDocuments): readonly string[] {
  const findings: string[] = [];
  absent.end((code, message, index) => findings.push(`${index} ${code}: ${message}`));
  return findings;
}

describe("a document that is gone", () => {
  test("is pruned where no deletion lists it, at the first entry that commits to it", () => {
    const absent = absentDocuments();
    absent.missing(A, 3);
    absent.missing(A, 5);
    absent.missing(B, 4);
    expect(findingsOf(absent)).toEqual([
      `3 pruned: the document ${A} is no longer in the store`,
      `4 pruned: the document ${B} is no longer in the store`,
    ]);
    expect(absent.deleted()).toBe(0);
    expect(absent.isUnlisted()).toBe(false);
  });

  test("is answered for by a deletion that comes after, once or twice", () => {
    const absent = absentDocuments();
    absent.missing(A, 3);
    expect([absent.deletedBy(A), absent.deletedBy(A)]).toEqual([true, true]);
    expect(findingsOf(absent)).toEqual([]);
    expect(absent.deleted()).toBe(1);
  });

  test("is not answered for by a deletion that came before", () => {
    const absent = absentDocuments();
    expect(absent.deletedBy(A)).toBe(false);
    absent.missing(A, 3);
    expect(findingsOf(absent)).toHaveLength(1);
    expect(absent.deleted()).toBe(0);
  });

  test("can have been stored with a decision that lists it, and then a deletion may", () => {
    const absent = absentDocuments();
    absent.maybe(A);
    expect([absent.deletedBy(A), absent.deletedBy(B)]).toEqual([true, false]);
    expect(findingsOf(absent)).toEqual([]);
    expect(absent.deleted()).toBe(1);
  });

  test("that is the only list of others leaves open what a deletion lists from then on", () => {
    const absent = absentDocuments();
    expect(absent.deletedBy(C)).toBe(false);
    absent.missing(A, 3);
    absent.unlisted(A);
    expect(absent.isUnlisted()).toBe(true);
    expect(absent.deletedBy(B)).toBe(true);
    expect(absent.isUnlisted()).toBe(true);
    expect(absent.deletedBy(A)).toBe(true);
    expect(absent.isUnlisted()).toBe(false);
    expect(absent.deletedBy(C)).toBe(true);
    expect(absent.deleted()).toBe(3);
    expect(findingsOf(absent)).toEqual([]);
  });
});
