import { describe, expect, it } from "vitest";
import type { AssessedEvidence } from "../../src/decision/evidence.ts";
import { knownAuthors, reviewStatements } from "../../src/decision/reviews.ts";
import type { ChangeEvidence, DeploymentEvidence, Review } from "../../src/evidence/types.ts";
import { exampleDocument } from "../../src/policy/example-evidence.ts";
import { COMMIT, sampleDecide, sampleEnvironment, sampleGate, sampleInputs } from "./fixture.ts";
import { FAILED_ADVISORY, PEOPLE, REPOSITORY } from "./statements.ts";

const HEAD = "c".repeat(40);
const AT = "2025-12-31T12:00:00.000Z";
const { subject } = sampleInputs();

const REVIEW: Review = { user: "alice-gh", state: "approved", commit: COMMIT, at: AT, latest: true, bot: false };

interface ChangeOf {
  readonly review?: Partial<Review>;
  readonly format?: string;
  readonly summary?: Partial<ChangeEvidence["summary"]>;
  readonly assessed?: Partial<AssessedEvidence>;
}

function change({
  review = {},
  format = "github-change",
  summary = {},
  assessed = {},
}: ChangeOf = {}): AssessedEvidence {
  const made = exampleDocument({ kind: "change", path: "change.json" }, 0);
  if (made.kind !== "change") throw new Error("not a change");
  const document: ChangeEvidence = {
    ...made,
    source: { ...made.source, format },
    summary: { number: "7", head: HEAD, author: "author-gh", ...summary },
    body: { ...made.body, reviews: [{ ...REVIEW, ...review }] },
  };
  return { document, view: document, use: "usable", reasons: [], bound: false, ...assessed };
}

function deployment(changes: Partial<DeploymentEvidence["body"]["deployments"][number]> = {}): AssessedEvidence {
  const made = exampleDocument({ kind: "deployment", path: "deployment.json" }, 0);
  if (made.kind !== "deployment") throw new Error("not a deployment");
  const one = {
    id: "1",
    environment: "production",
    commit: COMMIT,
    outcome: "in-progress",
    rollback: false,
    approvals: [{ user: "bob-gl", approved: true, at: AT }],
    ...changes,
  } as const;
  const document: DeploymentEvidence = {
    ...made,
    source: { ...made.source, format: "gitlab-deployments" },
    body: { deployments: [one] },
  };
  return { document, view: document, use: "usable", reasons: [], bound: false };
}

/** What is no change and no deployment, whatever format it says it is of. */
function tests(): AssessedEvidence {
  const made = exampleDocument({ kind: "tests", path: "junit.xml", cases: [{}] }, 0);
  const document = { ...made, source: { ...made.source, format: "gitlab-deployments" } };
  return { document, view: document, use: "usable", reasons: [], bound: false };
}

function decideWith(
  evidence: readonly AssessedEvidence[],
  changes: { readonly from?: readonly ("signature" | "review" | "deployment")[]; readonly about?: object } = {},
) {
  const { approvals } = sampleEnvironment();
  const environment = sampleEnvironment({
    approvals: { ...approvals, from: changes.from ?? ["review", "deployment"] },
  });
  const gated = { ...subject, repository: REPOSITORY, ...changes.about };
  return sampleDecide(
    { gates: [FAILED_ADVISORY], evidence, environment },
    { subject: gated, people: PEOPLE, environment },
  );
}

describe("overrides an advisory gate", () => {
  it.each([
    { name: "a review of the commit", evidence: change() },
    {
      name: "a review of the head of the change that is gated",
      evidence: change({ review: { commit: HEAD } }),
      about: { change: { id: "7" } },
    },
    {
      name: "a review of the head of what was merged as the commit",
      evidence: change({ review: { commit: HEAD }, assessed: { bound: true } }),
    },
    { name: "an approval of the deployment", evidence: deployment() },
  ])("$name", ({ evidence, about }) => {
    const { outcome, approvals, gates } = decideWith([evidence], about === undefined ? {} : { about });
    expect(outcome).toBe("allow");
    expect(approvals).toEqual([expect.objectContaining({ counts: true, gate: "lint" })]);
    expect(gates[0]?.approvedBy).toEqual([approvals[0]?.id]);
  });
});

describe("is listed and does not count", () => {
  it.each([
    {
      name: "a review where only signatures count",
      evidence: change(),
      from: ["signature"],
      problem: /takes only signature/,
    },
    {
      name: "a review of another commit",
      evidence: change({ review: { commit: HEAD } }),
      problem: /is for the commit cccccccccccc/,
    },
    {
      name: "a review of an earlier commit of the change",
      evidence: change({ review: { commit: "d".repeat(40) } }),
      about: { change: { id: "7" } },
      problem: /is for the commit dddddddddddd/,
    },
    {
      name: "a review of no commit, of the change that is gated",
      evidence: change({ review: { commit: undefined as never }, summary: { head: undefined as never } }),
      about: { change: { id: "7" } },
      problem: /does not say of which commit/,
    },
    {
      name: "a review of the head of another change",
      evidence: change({ review: { commit: HEAD } }),
      about: { change: { id: "8" } },
      problem: /cccccccccccc/,
    },
    {
      name: "a review of no commit, as GitLab gives it",
      evidence: change({ format: "gitlab-change", review: { user: "bob-gl", commit: undefined as never } }),
      problem: /does not say of which commit/,
    },
    {
      name: "a review without a time",
      evidence: change({ review: { at: undefined as never } }),
      problem: /does not say when/,
    },
    {
      name: "a review that is too old",
      evidence: change({ review: { at: "2025-12-25T00:00:00Z" } }),
      problem: /expired/,
    },
    {
      name: "the author's review",
      evidence: change({ review: { user: "author-gh" } }),
      problem: /author of the change/,
    },
    {
      name: "the review of whom the evidence names as author",
      evidence: change({ summary: { author: "alice-gh" } }),
      problem: /alice is an author/,
    },
    {
      name: "a stranger's review",
      evidence: change({ review: { user: "mallory" } }),
      problem: /github:mallory is not among/,
    },
    {
      name: "the same login of another forge",
      evidence: change({ format: "gitlab-change" }),
      problem: /gitlab:alice-gh is not among/,
    },
    { name: "a deployment of another commit", evidence: deployment({ commit: HEAD }), problem: /cccccccccccc/ },
    {
      name: "a deployment of no commit",
      evidence: deployment({ commit: undefined as never }),
      problem: /of which commit/,
    },
  ] as const)("$name", ({ evidence, problem, ...changes }) => {
    const { outcome, approvals } = decideWith([evidence], changes);
    expect(outcome).toBe("approval-required");
    expect(approvals).toEqual([expect.objectContaining({ counts: false, problem: expect.stringMatching(problem) })]);
  });
});

describe("says nothing", () => {
  it.each([
    { name: "a review that was taken back", evidence: change({ review: { state: "dismissed" } }) },
    { name: "a comment", evidence: change({ review: { state: "commented" } }) },
    { name: "a review that is not the latest", evidence: change({ review: { latest: false } }) },
    { name: "a program", evidence: change({ review: { bot: true } }) },
    { name: "evidence that is stale", evidence: change({ assessed: { use: "stale" } }) },
    { name: "evidence for another commit", evidence: change({ assessed: { use: "unbound" } }) },
    { name: "evidence that another document stands for", evidence: change({ assessed: { view: undefined } }) },
    { name: "a format of no forge", evidence: change({ format: "gate-evidence" }) },
    { name: "another kind of evidence of the forge", evidence: tests() },
    { name: "a deployment that nobody was asked about", evidence: deployment({ approvals: undefined as never }) },
    { name: "a deployment elsewhere", evidence: deployment({ environment: "staging" }) },
    {
      name: "a deployment that was rejected",
      evidence: deployment({ approvals: [{ user: "bob-gl", approved: false, at: AT }] }),
    },
  ])("$name", ({ evidence }) => {
    expect(decideWith([evidence])).toMatchObject({ outcome: "approval-required", approvals: [] });
  });

  it("where no advisory gate is closed", () => {
    const context = { environment: "production", subject, rules: sampleEnvironment().approvals };
    const gates = [sampleGate({ result: "fail" }), sampleGate({ id: "lint", enforcement: "advisory" })];
    expect(reviewStatements([change()], { ...context, gates })).toEqual([]);
  });
});

describe("a statement of a review", () => {
  const context = {
    environment: "production",
    subject: { ...subject, repository: REPOSITORY, component: "web" },
    gates: [FAILED_ADVISORY],
    rules: sampleEnvironment().approvals,
  };

  it("says what was approved, where, by whom and until when", () => {
    expect(reviewStatements([change()], context)).toEqual([
      {
        id: expect.stringMatching(/^sha256:/),
        kind: "approval",
        via: "review",
        signer: "github:alice-gh",
        subject: { repository: REPOSITORY, component: "web", commit: COMMIT, environment: "production", gate: "lint" },
        gates: [],
        reason: "approved the change",
        createdAt: AT,
        expiresAt: new Date(Date.parse(AT) + context.rules.lifetimeMs).toISOString(),
        path: "change.json",
      },
    ]);
    expect(reviewStatements([deployment()], context)).toMatchObject([
      { via: "deployment", reason: "approved the deployment", signer: "gitlab:bob-gl" },
    ]);
  });

  it("leaves out what is not known, and has expired without a time", () => {
    const [said] = reviewStatements([change({ review: { commit: undefined as never, at: undefined as never } })], {
      ...context,
      subject,
    });
    expect(said?.subject).toEqual({ commit: "", environment: "production", gate: "lint" });
    expect(said).toMatchObject({ createdAt: "", expiresAt: "" });
  });

  it("has an id of its own for each person, gate and time", () => {
    const gates = [FAILED_ADVISORY, { ...FAILED_ADVISORY, id: "style" }];
    const evidence = [
      change(),
      change({ review: { user: "bob-gh" } }),
      change({ review: { at: "2025-12-31T13:00:00.000Z" } }),
    ];
    const ids = reviewStatements(evidence, { ...context, gates }).map(({ id }) => id);
    expect(new Set(ids).size).toBe(6);
  });
});

it("takes one review in two files for one", () => {
  expect(decideWith([change(), change()]).approvals).toHaveLength(1);
});

it("adds the author that evidence names, and never makes one up", () => {
  expect(knownAuthors(["a@example.com"], [change()])).toEqual(["a@example.com", "github:author-gh"]);
  expect(knownAuthors(["a@example.com"], [change({ assessed: { use: "unbound" } })])).toEqual(["a@example.com"]);
  expect(knownAuthors([], [change()])).toEqual([]);
  expect(knownAuthors(["a@example.com"], [tests()])).toEqual(["a@example.com"]);
  expect(knownAuthors(["a@example.com"], [change({ summary: { author: undefined as never } })])).toEqual([
    "a@example.com",
  ]);
  expect(knownAuthors(["a@example.com"], [change({ format: "gate-evidence" })])).toEqual([
    "a@example.com",
    "author-gh",
  ]);
});
