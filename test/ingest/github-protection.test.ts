import { describe, expect, it } from "vitest";
import { errorOf, fixture, read, readAs, refusalOf } from "./support.ts";

function protectionsOf(value: unknown, name = "x.json") {
  return readAs("change", JSON.stringify(value), name, "change").body.protections;
}

function rule(type: string, parameters: object = {}) {
  return { type, ruleset_id: 1, ruleset_source: "acme/shop", parameters };
}

it("reads the protection of a branch", () => {
  const document = readAs("change", fixture("github-protection.json"), "x.json");
  expect([document.status, document.summary]).toEqual(["unknown", {}]);
  expect(document.body.protections).toEqual([
    {
      branch: "main",
      protected: true,
      requiredReviews: 2,
      dismissStaleReviews: true,
      codeOwnerReviews: false,
      requiredChecks: ["test é", "lint"],
      enforceAdmins: true,
      requiredSignatures: false,
      linearHistory: false,
      forcePushes: false,
      deletions: false,
    },
  ]);
});

it("keeps apart what is not asked for and what is not said", () => {
  const url = "https://api.github.com/repos/a/b/branches/release%2F1/protection";
  expect(protectionsOf({ url, enforce_admins: { enabled: false } })).toEqual([
    { branch: "release/1", protected: true, enforceAdmins: false },
  ]);
});

it("reads that there is none", () => {
  const answer = { message: "Branch not protected", documentation_url: "https://docs.github.com/rest", status: "404" };
  const document = readAs("change", JSON.stringify(answer), "x.json");
  expect([document.source.format, document.body.protections]).toEqual(["github-protection", [{ protected: false }]]);
  expect(protectionsOf([], "rules-main.json")).toEqual([{ protected: false }]);
  expect(errorOf(() => read("[]", "x.json")).code).toBe("evidence-unrecognised");
});

describe("rules", () => {
  it("of several rulesets hold together, the strictest of each", () => {
    const rules = [
      rule("pull_request", { required_approving_review_count: 1, dismiss_stale_reviews_on_push: true }),
      rule("pull_request", { required_approving_review_count: 2, require_code_owner_review: false }),
      rule("required_status_checks", { required_status_checks: [{ context: "test" }] }),
      rule("required_status_checks", { required_status_checks: [{ context: "test" }, { context: "lint" }] }),
      rule("required_signatures"),
      rule("non_fast_forward"),
    ];
    expect(protectionsOf(rules)).toEqual([
      {
        protected: true,
        requiredReviews: 2,
        dismissStaleReviews: true,
        codeOwnerReviews: false,
        requiredChecks: ["test", "lint"],
        requiredSignatures: true,
        forcePushes: false,
      },
    ]);
  });

  it("that fill a page are partial", () => {
    const document = readAs("change", JSON.stringify(Array.from({ length: 30 }, () => rule("creation"))), "x.json");
    expect([document.status, document.statusReasons[0]?.code]).toEqual(["partial", "page-full"]);
  });

  it("without a type are refused", () => {
    expect(refusalOf(JSON.stringify([rule("creation"), { ruleset_id: 1 }]), "x.json")).toBe("malformed at /1");
  });
});
