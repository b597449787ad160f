import { describe, expect, it } from "vitest";
import { bindEvidence, createBinding, type OpenedBinding } from "../../src/evidence/binding.ts";
import { sha256 } from "../../src/evidence/canonical.ts";
import { exampleDocument } from "../../src/policy/example-evidence.ts";

const A = "a".repeat(40);
const B = "b".repeat(40);
const document = exampleDocument({ kind: "tests", cases: [{}] }, 0);
const claim = { sha256: document.source.sha256, commit: A, producedAt: "2026-01-01T00:00:00.000Z" } as const;
const opened = (value: unknown): OpenedBinding => ({ bytes: Buffer.from(JSON.stringify(value)) });

it("adds the commit and the time, and changes the identity", () => {
  const bound = bindEvidence(document, opened(createBinding(claim)));
  expect(bound).toMatchObject({ subject: { commit: A }, producedAt: claim.producedAt, status: "complete" });
  expect(bound.id).not.toBe(document.id);
});

it("does not move the time that the file itself states", () => {
  const dated = { ...document, producedAt: "2025-01-01T00:00:00Z" };
  expect(bindEvidence(dated, opened(createBinding(claim))).producedAt).toBe("2025-01-01T00:00:00Z");
});

describe.each([
  ["is of other bytes", createBinding({ ...claim, sha256: sha256("other") }), "binding-mismatch"],
  ["is no binding", { hello: 1 }, "binding-malformed"],
  ["has no full commit", { ...createBinding(claim), commit: "abc" }, "binding-malformed"],
  ["has no valid time", { ...createBinding(claim), producedAt: "yesterday" }, "binding-malformed"],
])("a binding that %s", (_, binding, code) => {
  it("makes the document unusable", () => {
    expect(bindEvidence(document, opened(binding))).toMatchObject({ status: "malformed", statusReasons: [{ code }] });
  });
});

it("does not overrule a file that names another commit", () => {
  const stated = { ...document, subject: { commit: B } };
  expect(bindEvidence(stated, opened(createBinding(claim)))).toMatchObject({
    status: "malformed",
    statusReasons: [{ code: "binding-contradicts" }],
    subject: { commit: B },
  });
});

it("takes text that is no JSON for damage", () => {
  expect(bindEvidence(document, { bytes: Buffer.from("{") })).toMatchObject({
    statusReasons: [{ code: "binding-malformed" }],
  });
});
