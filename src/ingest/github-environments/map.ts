import type { Environment } from "../../evidence/types.ts";
import { compact } from "../../util/compact.ts";
import { FormatError } from "../adapter.ts";
import type { DiagnosticList } from "../diagnostics.ts";
import { objectAt, objectsAt, textAt } from "../findings.ts";
import { countOf, isObject, type JsonObject, textOf } from "../values.ts";

const REPOSITORY = /^(https?:\/\/.+?)\/deployments(?:\/|$)/;

/** The repository of an environment, by the page that it has. */
export function repositoryOf(value: JsonObject): string | undefined {
  return REPOSITORY.exec(textOf(value["html_url"]) ?? "")?.[1];
}

/**
 * https://docs.github.com/rest/deployments/environments#get-an-environment. The rules are all there are, so that what
 * none of them asks for is not asked for.
 *
 * @throws {FormatError} `malformed` with the pointer
 */
export function environmentOf(value: JsonObject, place: string, warnings: DiagnosticList): Environment {
  const name = textAt(value["name"], `${place}/name`);
  const bypass = value["can_admins_bypass"];
  return {
    name,
    ...(Array.isArray(value["protection_rules"]) ? rulesOf(value, place, warnings) : {}),
    ...compact({
      branches: branchesOf(value["deployment_branch_policy"], `${place}/deployment_branch_policy`),
      enforceAdmins: typeof bypass === "boolean" ? !bypass : undefined,
    }),
  };
}

type Rules = Pick<Environment, "requiredReviews" | "reviewers" | "preventSelfReview" | "waitMinutes">;

function rulesOf(value: JsonObject, place: string, warnings: DiagnosticList): Rules {
  const reviewers: string[] = [];
  let preventSelfReview: boolean | undefined;
  let waitMinutes = 0;
  for (const [index, rule] of objectsAt(value["protection_rules"], `${place}/protection_rules`).entries()) {
    const at = `${place}/protection_rules/${index}`;
    const type = textAt(rule["type"], `${at}/type`);
    if (type === "required_reviewers") {
      reviewers.push(...reviewersOf(rule, at));
      preventSelfReview ||= rule["prevent_self_review"] === true;
    } else if (type === "wait_timer") {
      waitMinutes = Math.max(waitMinutes, minutesOf(rule, at));
    } else if (type !== "branch_policy") {
      warnings.add("unknown-rule", `what a rule of type ${type} asks for is not known`, `${at}/type`);
    }
  }
  return compact({
    // One of the reviewers is enough, and a rule may have lost them all.
    requiredReviews: reviewers.length === 0 ? 0 : 1,
    reviewers,
    preventSelfReview,
    waitMinutes,
  });
}

function reviewersOf(rule: JsonObject, place: string): readonly string[] {
  return objectsAt(rule["reviewers"], `${place}/reviewers`).map((entry, index) => {
    const at = `${place}/reviewers/${index}/reviewer`;
    const reviewer = objectAt(entry["reviewer"], at);
    return entry["type"] === "Team" ? `@${textAt(reviewer["slug"], at)}` : textAt(reviewer["login"], at);
  });
}

function minutesOf(rule: JsonObject, place: string): number {
  const minutes = countOf(rule["wait_timer"]);
  if (minutes === undefined) throw new FormatError("malformed", "it is no number of minutes", `${place}/wait_timer`);
  return minutes;
}

/** `null` lets every branch and tag; of the two flags exactly one is true. */
function branchesOf(policy: unknown, place: string): string | undefined {
  if (policy === undefined) return undefined;
  if (policy === null) return "all";
  if (isObject(policy) && policy["custom_branch_policies"] === true) return "selected";
  if (isObject(policy) && policy["protected_branches"] === true) return "protected";
  throw new FormatError("malformed", "it is no policy of branches", place);
}
