import { describe, expect, it } from "vitest";
import { detectFormat } from "../../src/ingest/index.ts";
import { fixture, readAs, refusalOf } from "./support.ts";

type Members = Readonly<Record<string, unknown>>;

function environment(more: Members = {}) {
  return {
    name: "production",
    url: "https://api.github.com/repos/acme/shop/environments/production",
    html_url: "https://github.com/acme/shop/deployments/activity_log?environments_filter=production",
    protection_rules: [],
    ...more,
  };
}

function listOf(total: number, ...environments: readonly Members[]) {
  return { total_count: total, environments };
}

function evidenceOf(value: unknown) {
  return readAs("change", JSON.stringify(value), "x.json");
}

function reviewers(...logins: readonly string[]) {
  return {
    type: "required_reviewers",
    prevent_self_review: false,
    reviewers: logins.map((login) => ({ type: "User", reviewer: { login } })),
  };
}

it("reads the fixture in full", () => {
  expect(readAs("change", fixture("github-environments.json"), "x.json")).toMatchObject({
    status: "unknown",
    source: { format: "github-environments", tools: [{ name: "GitHub" }] },
    subject: { repository: "https://github.com/acme/shop" },
    summary: {},
    quality: { warnings: [], inconsistencies: [] },
    body: {
      protections: [],
      environments: [
        {
          name: "Produktion für Zürich",
          requiredReviews: 1,
          reviewers: ["zoe", "@release"],
          preventSelfReview: true,
          waitMinutes: 30,
          branches: "protected",
          enforceAdmins: true,
        },
        { name: "preview", requiredReviews: 0, reviewers: [], waitMinutes: 0, branches: "all", enforceAdmins: false },
      ],
    },
  });
});

it("keeps environments apart from branches, for which they are no protection", () => {
  const { body } = evidenceOf(environment({ protection_rules: [reviewers("zoe")] }));
  expect([body.protections, body.environments]).toEqual([
    [],
    [{ name: "production", requiredReviews: 1, reviewers: ["zoe"], preventSelfReview: false, waitMinutes: 0 }],
  ]);
});

it("says nothing of environments where the file does not", () => {
  expect(readAs("change", fixture("github-protection.json"), "x.json").body).not.toHaveProperty("environments");
});

describe("the branches", () => {
  it.each([
    [null, "all"],
    [{ protected_branches: true, custom_branch_policies: false }, "protected"],
    [{ protected_branches: false, custom_branch_policies: true }, "selected"],
    [undefined, undefined],
  ])("of %j are %s", (policy, expected) => {
    const { body } = evidenceOf(environment({ deployment_branch_policy: policy }));
    expect(body.environments?.[0]?.branches).toBe(expected);
  });
});

it("a rule without reviewers asks for no approval", () => {
  expect(evidenceOf(environment({ protection_rules: [reviewers()] })).body.environments).toMatchObject([
    { requiredReviews: 0 },
  ]);
});

it("a rule of another type is a warning, and asks for nothing", () => {
  const { body, quality } = evidenceOf(environment({ protection_rules: [{ type: "moon_phase" }] }));
  expect([body.environments?.[0]?.requiredReviews, quality.warnings[0]?.code, quality.warnings[0]?.place]).toEqual([
    0,
    "unknown-rule",
    "/protection_rules/0/type",
  ]);
});

describe("a list", () => {
  it("with less than it counts is partial", () => {
    const { status, statusReasons } = evidenceOf(listOf(31, environment()));
    expect([status, statusReasons[0]?.code, statusReasons[0]?.place]).toEqual([
      "partial",
      "items-missing",
      "/total_count",
    ]);
  });

  it("of pages is one", () => {
    const { status, body } = evidenceOf([listOf(2, environment()), listOf(2, environment({ name: "test" }))]);
    expect([status, body.environments?.map(({ name }) => name)]).toEqual(["unknown", ["production", "test"]]);
  });

  it("of pages is partial where one is missing", () => {
    const [first, second] = [environment(), environment({ name: "test" })];
    expect(evidenceOf([listOf(3, first), listOf(3, second)]).status).toBe("partial");
    expect(evidenceOf([listOf(2, first), listOf(2, first)]).status).toBe("partial");
  });

  it("without a count is partial where it has the size of a page", () => {
    const page = { environments: Array.from({ length: 30 }, () => environment()) };
    expect(evidenceOf(page).statusReasons.map(({ code }) => code)).toEqual(["page-full"]);
  });

  it("without any environment is empty", () => {
    const { status, statusReasons } = evidenceOf(listOf(0));
    expect([status, statusReasons[0]?.code]).toEqual(["empty", "no-environments"]);
  });
});

describe.each([
  ["no name", environment({ name: "" }), "malformed at /name"],
  ["a rule without a type", environment({ protection_rules: [{}] }), "malformed at /protection_rules/0/type"],
  [
    "a timer without minutes",
    environment({ protection_rules: [{ type: "wait_timer" }] }),
    "malformed at /protection_rules/0/wait_timer",
  ],
  [
    "a reviewer without a name",
    environment({ protection_rules: [{ type: "required_reviewers", reviewers: [{ type: "User", reviewer: {} }] }] }),
    "malformed at /protection_rules/0/reviewers/0/reviewer",
  ],
  [
    "a policy of neither branches",
    environment({ deployment_branch_policy: { protected_branches: false, custom_branch_policies: false } }),
    "malformed at /deployment_branch_policy",
  ],
  ["a page without a list", [listOf(1, environment()), { total_count: 1 }], "malformed at /1/environments"],
  [
    "several repositories",
    listOf(2, environment(), environment({ html_url: "https://github.com/acme/other/deployments" })),
    "malformed",
  ],
] as const)("%s", (_, value, refusal) => {
  it("is refused", () => {
    expect(refusalOf(JSON.stringify(value), "x.json")).toBe(refusal);
  });
});

it("is not taken for deployments, whose environments are names", () => {
  const text = JSON.stringify([{ url: "https://api.github.com/repos/a/b/deployments/1", environment: "production" }]);
  expect(detectFormat(Buffer.from(text), "x.json").found?.adapter.id).not.toBe("github-environments");
});
