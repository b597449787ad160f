import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DECISION_EXTENSION, statementBytes, summaryStatement } from "../../src/attest/statement.ts";
import { decisionEntry } from "../../src/audit/entry.ts";
import { type Decision, INTEGRITY_LEVELS, OUTCOMES } from "../../src/decision/types.ts";
import { sha256 } from "../../src/evidence/canonical.ts";
import { sampleDecision } from "../audit/fixtures.ts";
import { ARTIFACT, allowed, COMMIT, RESOURCE } from "./support.ts";

const BYPASS: Decision["bypass"] = {
  id: sha256("bypass"),
  reason: "down",
  ticket: "INC-1",
  requestedBy: "rita@example.com",
  approvers: ["alice@example.com", "bob@example.com"],
  expires: "2026-01-01T04:00:00.000Z",
  gates: ["sast"],
  reviewDue: "2026-01-03T00:00:00.000Z",
};

describe("the result", () => {
  it.each([
    ["allow", 0, null, "PASSED"],
    ["allow-bypassed", 0, BYPASS, "FAILED"],
    ["approval-required", 3, null, "FAILED"],
    ["block", 1, null, "FAILED"],
    // No decision is like these; a statement must not be the one to believe them.
    ["allow", 1, null, "FAILED"],
    ["allow", 0, BYPASS, "FAILED"],
    ["allow-bypassed", 0, null, "FAILED"],
  ] as const)("of %s with exit code %i is %s %s", (outcome, exitCode, bypass, result) => {
    const { predicate } = summaryStatement(allowed({ outcome, exitCode, bypass }));
    expect(predicate.verificationResult).toBe(result);
    expect(predicate.verifiedLevels.includes("FAILED")).toBe(result === "FAILED");
    if (result === "FAILED") expect(predicate.verifiedLevels).toEqual(["FAILED"]);
  });

  it("is PASSED only for what is allowed without a bypass, whatever else a decision says", () => {
    const decisions = fc.record({
      outcome: fc.constantFrom(...OUTCOMES),
      exitCode: fc.constantFrom(0, 1, 3),
      bypass: fc.constantFrom(null, BYPASS),
      level: fc.constantFrom(...INTEGRITY_LEVELS),
    });
    fc.assert(
      fc.property(decisions, ({ outcome, exitCode, bypass, level }) => {
        const integrity = { level, required: "open", reasons: [] } as const;
        const { predicate } = summaryStatement(allowed({ outcome, exitCode, bypass, integrity }));
        const plain = outcome === "allow" && exitCode === 0 && bypass === null;
        expect(predicate.verificationResult).toBe(plain ? "PASSED" : "FAILED");
        expect(predicate[DECISION_EXTENSION].outcome).toBe(outcome);
      }),
    );
  });
});

describe("the levels", () => {
  it.each([
    ["open", []],
    ["bound", ["GATE_INTEGRITY_BOUND"]],
    ["sealed", ["GATE_INTEGRITY_BOUND", "GATE_INTEGRITY_SEALED"]],
  ] as const)("of integrity %s are those up to it, and none of SLSA", (level, levels) => {
    const { predicate } = summaryStatement(allowed({ integrity: { level, required: "open", reasons: [] } }));
    expect(predicate.verifiedLevels).toEqual(["GATE_ENVIRONMENT_production", ...levels]);
    expect(predicate.verifiedLevels.filter((name) => name.startsWith("SLSA_"))).toEqual([]);
  });
});

describe("the subjects", () => {
  it("are the artifacts and the commit", () => {
    expect(summaryStatement(allowed()).subject).toEqual([
      { name: "app.tar", digest: { sha256: sha256(ARTIFACT).slice("sha256:".length) } },
      { name: RESOURCE, digest: { gitCommit: COMMIT } },
    ]);
  });

  it("are without the commit where the work tree had changes that no commit has", () => {
    const { subject } = allowed();
    expect(summaryStatement(allowed({ subject: { ...subject, dirty: true } })).subject).toHaveLength(1);
  });

  it.each([
    ["nothing", { artifacts: [], source: "none" }, "names no commit"],
    ["a work tree with changes", { commit: COMMIT, artifacts: [], source: "git", dirty: true }, "work tree"],
  ] as const)("cannot be %s", (_, subject, message) => {
    expect(() => summaryStatement(allowed({ subject }))).toThrow(message);
  });

  it("have no name where the artifact has none", () => {
    const artifacts = [{ name: "", digest: `sha512:${"1".repeat(128)}` }];
    const [subject] = summaryStatement(allowed({ subject: { ...allowed().subject, artifacts } })).subject;
    expect(subject).toEqual({ digest: { sha512: "1".repeat(128) } });
  });
});

describe("the resource", () => {
  const url = "https://git.example.com/acme/payments/-/pipelines/1";
  it.each([
    ["a name with a host", { repository: "github.com/acme/payments" }, RESOURCE],
    ["an address", { repository: "https://github.com/acme/payments.git" }, RESOURCE],
    [
      "a name whose host is in the address of the run",
      { repository: "acme/payments", run: { provider: "gitlab", id: "1", url } },
      "git+https://git.example.com/acme/payments",
    ],
    [
      "a component",
      { repository: "github.com/acme/payments", component: "api" },
      "git+https://github.com/acme/payments#component=api",
    ],
  ])("is the repository: %s", (_, changes, uri) => {
    const { subject } = allowed();
    expect(summaryStatement(allowed({ subject: { ...subject, ...changes } })).predicate.resourceUri).toBe(uri);
  });

  it.each([
    ["no repository", {}],
    ["no host", { repository: "acme/payments" }],
    [
      "the host of another",
      { repository: "acme/payments", run: { provider: "gitlab", id: "1", url: url.replace("pay", "x") } },
    ],
  ])("has to be said where there is %s", (_, changes) => {
    const { repository: _repository, ...subject } = allowed().subject;
    const decision = allowed({ subject: { ...subject, ...changes } });
    expect(() => summaryStatement(decision)).toThrow("nobody knows the address");
    const said = summaryStatement(decision, { resourceUri: "pkg:oci/app" });
    expect(said.predicate).toMatchObject({
      resourceUri: "pkg:oci/app",
      policy: { uri: expect.stringMatching(/^ni:\/\/\/sha-256;[\w-]{43}$/) },
    });
  });
});

it("names the document that the log commits to, and the place in the log", () => {
  const audit = { log: "origin", index: 3, leafHash: sha256("leaf"), checkpoint: `origin 4 ${sha256("root")}` };
  const { predicate } = summaryStatement({ ...allowed(), audit });
  const [document] = decisionEntry(allowed(), new Date(0)).blobs;
  expect(predicate[DECISION_EXTENSION]).toMatchObject({
    log: audit,
    digest: { sha256: document?.digest.slice("sha256:".length) },
  });
});

it("names all evidence by its digest, and every approval that counted", () => {
  const [evidence] = sampleDecision(1).evidence;
  if (evidence === undefined) throw new Error("the sample has evidence");
  const note = {
    kind: "approval",
    approver: "ada",
    roles: [],
    via: "file",
    reason: "",
    expires: "2026-02-01",
  } as const;
  const { predicate } = summaryStatement(
    allowed({
      evidence: [evidence, { ...evidence, path: "b.sarif", sha256: sha256("b"), status: "stale" }],
      approvals: [
        { ...note, id: sha256("counts"), counts: true },
        { ...note, id: sha256("does not"), counts: false },
      ],
    }),
  );
  expect(predicate.inputAttestations).toEqual(
    [
      ["semgrep.sarif", evidence.sha256],
      ["b.sarif", sha256("b")],
      ["approval", sha256("counts")],
    ].map(([name, digest = ""]) => ({ name, digest: { sha256: digest.slice("sha256:".length) } })),
  );
});

it("names no person", () => {
  const subject = { ...allowed().subject, change: { id: "12", base: "main", author: "ada@example.com" } };
  const text = statementBytes(summaryStatement(allowed({ subject, bypass: BYPASS }))).toString();
  expect(text).toContain('"change":{"base":"main","id":"12"}');
  expect(text).not.toContain("@example.com");
});

it("is the same bytes for the same decision", () => {
  expect(statementBytes(summaryStatement(allowed()))).toEqual(statementBytes(summaryStatement(allowed())));
});
