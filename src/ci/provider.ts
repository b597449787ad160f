import type { Subject } from "../decision/types.ts";
import { compact } from "../util/compact.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** What a CI service says of the run, from its environment variables. All of it is optional: services leave things out. */
export interface CiContext {
  readonly provider: string;
  readonly repository?: string;
  readonly commit?: string;
  readonly ref?: string;
  readonly change?: NonNullable<Subject["change"]>;
  readonly run?: NonNullable<Subject["run"]>;
}

/** One CI service: how to know it, and what to read. */
interface CiProvider {
  readonly id: string;
  /** The variable that is set only there. */
  readonly marker: string;
  read(variable: (name: string) => string | undefined): Omit<CiContext, "provider">;
}

const PROVIDERS: readonly CiProvider[] = [
  {
    // https://docs.github.com/actions/reference/workflows-and-actions/variables
    id: "github",
    marker: "GITHUB_ACTIONS",
    read(variable) {
      const ref = variable("GITHUB_REF");
      const change = ref === undefined ? undefined : /^refs\/pull\/(\d+)\//.exec(ref)?.[1];
      const [server, repository, run] = [
        variable("GITHUB_SERVER_URL"),
        variable("GITHUB_REPOSITORY"),
        variable("GITHUB_RUN_ID"),
      ];
      const url = server && repository && run ? `${server}/${repository}/actions/runs/${run}` : undefined;
      return compact({
        repository,
        // On a pull request this is the merge commit: the tree that was checked out and scanned.
        commit: variable("GITHUB_SHA"),
        ref,
        change:
          change === undefined
            ? undefined
            : compact({ id: change, base: variable("GITHUB_BASE_REF"), author: variable("GITHUB_ACTOR") }),
        run:
          run === undefined
            ? undefined
            : compact({ provider: "github", id: run, attempt: variable("GITHUB_RUN_ATTEMPT"), url }),
      });
    },
  },
  {
    // https://docs.gitlab.com/ci/variables/predefined_variables/
    id: "gitlab",
    marker: "GITLAB_CI",
    read(variable) {
      const change = variable("CI_MERGE_REQUEST_IID");
      const run = variable("CI_PIPELINE_ID");
      return compact({
        repository: variable("CI_PROJECT_PATH"),
        commit: variable("CI_COMMIT_SHA"),
        ref: variable("CI_COMMIT_REF_NAME"),
        change:
          change === undefined
            ? undefined
            : compact({
                id: change,
                base: variable("CI_MERGE_REQUEST_TARGET_BRANCH_NAME"),
                author: variable("GITLAB_USER_LOGIN"),
              }),
        run: run === undefined ? undefined : compact({ provider: "gitlab", id: run, url: variable("CI_PIPELINE_URL") }),
      });
    },
  },
  {
    // https://learn.microsoft.com/azure/devops/pipelines/build/variables
    id: "azure",
    marker: "TF_BUILD",
    read(variable) {
      const change = variable("SYSTEM_PULLREQUEST_PULLREQUESTID");
      const run = variable("BUILD_BUILDID");
      return compact({
        repository: variable("BUILD_REPOSITORY_NAME"),
        commit: variable("BUILD_SOURCEVERSION"),
        ref: variable("BUILD_SOURCEBRANCH"),
        change:
          change === undefined
            ? undefined
            : compact({
                id: change,
                base: variable("SYSTEM_PULLREQUEST_TARGETBRANCH"),
                author: variable("BUILD_REQUESTEDFOR"),
              }),
        run: run === undefined ? undefined : compact({ provider: "azure", id: run }),
      });
    },
  },
  {
    // https://circleci.com/docs/variables/
    id: "circleci",
    marker: "CIRCLECI",
    read(variable) {
      const [owner, name] = [variable("CIRCLE_PROJECT_USERNAME"), variable("CIRCLE_PROJECT_REPONAME")];
      const run = variable("CIRCLE_WORKFLOW_ID");
      return compact({
        repository: owner && name ? `${owner}/${name}` : undefined,
        commit: variable("CIRCLE_SHA1"),
        ref: variable("CIRCLE_BRANCH") ?? variable("CIRCLE_TAG"),
        run:
          run === undefined ? undefined : compact({ provider: "circleci", id: run, url: variable("CIRCLE_BUILD_URL") }),
      });
    },
  },
  {
    // https://www.jenkins.io/doc/book/pipeline/jenkinsfile/#using-environment-variables
    id: "jenkins",
    marker: "JENKINS_URL",
    read(variable) {
      const change = variable("CHANGE_ID");
      const run = variable("BUILD_TAG");
      return compact({
        repository: variable("GIT_URL"),
        commit: variable("GIT_COMMIT"),
        ref: variable("BRANCH_NAME") ?? variable("GIT_BRANCH"),
        change:
          change === undefined
            ? undefined
            : compact({ id: change, base: variable("CHANGE_TARGET"), author: variable("CHANGE_AUTHOR") }),
        run: run === undefined ? undefined : compact({ provider: "jenkins", id: run, url: variable("BUILD_URL") }),
      });
    },
  },
];

/** What the CI service that this runs in says; undefined on a machine that is no CI runner. */
export function detectCi(environment: Environment): CiContext | undefined {
  const variable = (name: string): string | undefined => environment[name]?.trim() || undefined;
  const provider = PROVIDERS.find(({ marker }) => variable(marker) !== undefined);
  return provider === undefined ? undefined : { provider: provider.id, ...provider.read(variable) };
}
