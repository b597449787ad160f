import { describe, expect, it } from "vitest";
import { parseStatus } from "../../src/ci/git.ts";
import { detectCi } from "../../src/ci/provider.ts";
import { resolveSubject } from "../../src/ci/subject.ts";
import { assessTrust } from "../../src/ci/trust.ts";

const A = "a".repeat(40);
const B = "b".repeat(40);

describe("the CI service", () => {
  it.each([
    [
      "GitHub, pull request",
      {
        GITHUB_ACTIONS: "true",
        GITHUB_SHA: A,
        GITHUB_REF: "refs/pull/7/merge",
        GITHUB_BASE_REF: "main",
        GITHUB_ACTOR: "mona",
        GITHUB_REPOSITORY: "acme/shop",
        GITHUB_SERVER_URL: "https://github.com",
        GITHUB_RUN_ID: "12",
        GITHUB_RUN_ATTEMPT: "2",
      },
      {
        provider: "github",
        repository: "acme/shop",
        commit: A,
        ref: "refs/pull/7/merge",
        change: { id: "7", base: "main", author: "mona" },
        run: { provider: "github", id: "12", attempt: "2", url: "https://github.com/acme/shop/actions/runs/12" },
      },
    ],
    [
      "GitHub, push",
      { GITHUB_ACTIONS: "true", GITHUB_SHA: A, GITHUB_REF: "refs/heads/main" },
      { provider: "github", commit: A, ref: "refs/heads/main" },
    ],
    [
      "GitLab",
      {
        GITLAB_CI: "true",
        CI_COMMIT_SHA: A,
        CI_PROJECT_PATH: "acme/shop",
        CI_MERGE_REQUEST_IID: "3",
        CI_COMMIT_REF_NAME: "feature",
        CI_PIPELINE_ID: "9",
      },
      {
        provider: "gitlab",
        repository: "acme/shop",
        commit: A,
        ref: "feature",
        change: { id: "3" },
        run: { provider: "gitlab", id: "9" },
      },
    ],
    [
      "Azure",
      { TF_BUILD: "True", BUILD_SOURCEVERSION: A, BUILD_SOURCEBRANCH: "refs/heads/main", BUILD_BUILDID: "5" },
      { provider: "azure", commit: A, ref: "refs/heads/main", run: { provider: "azure", id: "5" } },
    ],
    [
      "CircleCI",
      {
        CIRCLECI: "true",
        CIRCLE_SHA1: A,
        CIRCLE_BRANCH: "main",
        CIRCLE_PROJECT_USERNAME: "acme",
        CIRCLE_PROJECT_REPONAME: "shop",
      },
      { provider: "circleci", repository: "acme/shop", commit: A, ref: "main" },
    ],
    [
      "Jenkins",
      { JENKINS_URL: "https://ci", GIT_COMMIT: A, CHANGE_ID: "4", BRANCH_NAME: "PR-4" },
      { provider: "jenkins", commit: A, ref: "PR-4", change: { id: "4" } },
    ],
    ["an empty variable", { GITHUB_ACTIONS: "true", GITHUB_SHA: "" }, { provider: "github" }],
  ])("%s", (_, environment, expected) => {
    expect(detectCi(environment)).toEqual(expected);
  });

  it("is not there on a laptop", () => {
    expect(detectCi({ CI: "true" })).toBeUndefined();
  });
});

describe("the subject", () => {
  const git = { commit: A, branch: "main", changed: ["src/a.ts"], untracked: [] };

  it("comes from flags first", () => {
    const subject = resolveSubject(
      { commit: B, repository: "r", artifacts: [] },
      { provider: "github", commit: A },
      git,
    );
    expect(subject).toEqual({ repository: "r", commit: B, artifacts: [], source: "flag" });
  });

  it("comes from the CI service next", () => {
    expect(resolveSubject({ artifacts: [] }, { provider: "github", commit: B }, git)).toMatchObject({
      commit: B,
      source: "ci",
    });
  });

  it("comes from git last, and says that the checkout is dirty", () => {
    expect(resolveSubject({ artifacts: [] }, undefined, git)).toMatchObject({
      commit: A,
      ref: "main",
      source: "git",
      dirty: true,
    });
  });

  it("may be unknown", () => {
    expect(resolveSubject({ artifacts: [] }, undefined, undefined)).toEqual({ artifacts: [], source: "none" });
  });

  it.each(["HEAD", "abc", A.toUpperCase()])("is no short or symbolic commit: %s", (commit) => {
    expect(() => resolveSubject({ commit, artifacts: [] }, undefined, undefined)).toThrow("full commit id");
  });

  it("names artifacts by digest", () => {
    const digest = `sha256:${"0".repeat(64)}`;
    expect(resolveSubject({ artifacts: [`image@${digest}`, digest] }, undefined, undefined).artifacts).toEqual([
      { name: "image", digest },
      { name: "", digest },
    ]);
    expect(() => resolveSubject({ artifacts: ["image:latest"] }, undefined, undefined)).toThrow("--artifact");
  });
});

it("reads git status with renames, conflicts and odd names", () => {
  const output = [
    `# branch.oid ${A}`,
    "# branch.head main",
    `1 .M N... 100644 100644 100644 ${A} ${A} a b.ts`,
    `2 R. N... 100644 100644 100644 ${A} ${A} R100 new name.ts`,
    "old name.ts",
    `u UU N... 100644 100644 100644 100644 ${A} ${A} ${A} both.ts`,
    "? folder/",
    "",
  ].join("\0");
  expect(parseStatus(output)).toEqual({
    commit: A,
    branch: "main",
    changed: ["a b.ts", "new name.ts", "both.ts"],
    untracked: ["folder/"],
  });
});

it("has no commit before the first one", () => {
  expect(parseStatus("# branch.oid (initial)\0# branch.head main\0")).toBeUndefined();
});

describe("trust", () => {
  const base = {
    root: "/repo",
    git: { commit: A, changed: [], untracked: [] },
    commit: A,
    inDefaultBranch: true,
    ci: undefined,
    decides: {
      config: ["/repo/gate.yaml"],
      policy: ["/repo/policies"],
      waivers: ["/repo/waivers.yaml"],
      people: [],
      baseline: [],
    },
  } as const;

  it.each([
    ["what the default branch holds", {}, undefined, undefined],
    ["no checkout", { root: undefined, git: undefined }, "in no git checkout", "in no git checkout"],
    ["a checkout of another commit", { commit: B }, "another commit", "another commit"],
    ["a pull request", { ci: { provider: "github", change: { id: "1" } } }, "pull request", "pull request"],
    [
      "a commit of another branch",
      { inDefaultBranch: false },
      "not in the default branch",
      "not in the default branch",
    ],
    ["an unknown default branch", { inDefaultBranch: undefined }, "not known", "not known"],
    [
      "an edited configuration",
      { git: { ...base.git, changed: ["gate.yaml"] } },
      "gate.yaml is not committed",
      undefined,
    ],
    [
      "a new configuration",
      { git: { ...base.git, untracked: ["gate.yaml"] } },
      "gate.yaml is not committed",
      undefined,
    ],
    [
      "an edited policy",
      { git: { ...base.git, changed: ["policies/a.rego"] } },
      undefined,
      "policies/a.rego is not committed",
    ],
    [
      "a new policy folder",
      { git: { ...base.git, untracked: ["policies/"] } },
      undefined,
      "policies/ is not committed",
    ],
    [
      "a folder above the policies",
      { git: { ...base.git, untracked: ["new/"] }, decides: { ...base.decides, policy: ["/repo/new/policies"] } },
      undefined,
      "new/ is not committed",
    ],
    [
      "a configuration from elsewhere",
      { decides: { ...base.decides, config: ["/tmp/gate.yaml"] } },
      "outside of the repository",
      undefined,
    ],
    ["an edit somewhere else", { git: { ...base.git, changed: ["src/a.ts", "gate.yaml.bak"] } }, undefined, undefined],
  ])("in %s", (_, changes, config, policy) => {
    const trust = assessTrust({ ...base, ...changes });
    if (config === undefined) expect(trust.config).toBeUndefined();
    else expect(trust.config).toContain(config);
    if (policy === undefined) expect(trust.policy).toBeUndefined();
    else expect(trust.policy).toContain(policy);
  });
});
