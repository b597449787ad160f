import type { Protection } from "../../evidence/types.ts";
import { compact } from "../../util/compact.ts";
import { countOf, isObject, type JsonObject, objectOf, objectsOf, stringsOf, textOf } from "../values.ts";

const URL_OF_PROTECTION = /\/branches\/([^/]+)\/protection$/;

/** Whether an answer is the protection of a branch, by its own URL. */
export function isProtection({ url }: JsonObject): boolean {
  return URL_OF_PROTECTION.test(textOf(url) ?? "");
}

/** https://docs.github.com/rest/branches/branch-protection#get-branch-protection */
export function protectionOf(value: JsonObject): Protection {
  const reviews = objectOf(value["required_pull_request_reviews"]);
  const checks = value["required_status_checks"];
  const branch = URL_OF_PROTECTION.exec(textOf(value["url"]) ?? "")?.[1];
  const enabled = (name: string) => flagOf(objectOf(value[name])["enabled"]);
  return compact({
    branch: branch === undefined ? undefined : decoded(branch),
    protected: true,
    requiredReviews: countOf(reviews["required_approving_review_count"]),
    dismissStaleReviews: flagOf(reviews["dismiss_stale_reviews"]),
    codeOwnerReviews: flagOf(reviews["require_code_owner_reviews"]),
    requiredChecks: isObject(checks) ? contextsOf(checks) : undefined,
    enforceAdmins: enabled("enforce_admins"),
    requiredSignatures: enabled("required_signatures"),
    linearHistory: enabled("required_linear_history"),
    forcePushes: enabled("allow_force_pushes"),
    deletions: enabled("allow_deletions"),
  });
}

function contextsOf(checks: JsonObject): readonly string[] {
  const named = objectsOf(checks["checks"]).flatMap(({ context }) => stringsOf(context));
  return [...new Set([...stringsOf(checks["contexts"]), ...named])];
}

function flagOf(value: unknown): boolean | undefined {
  return typeof value === "boolean" ? value : undefined;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/**
 * https://docs.github.com/rest/repos/rules#get-rules-for-a-branch: the rules of all rulesets in force, of which the
 * strictest counts. Who may bypass them is not said, and what no rule forbids the branch's own protection may.
 */
export function rulesProtection(rules: readonly JsonObject[]): Protection {
  const has = (type: string) => (rules.some((rule) => rule["type"] === type) ? true : undefined);
  const parametersOf = (type: string) =>
    rules.filter((rule) => rule["type"] === type).map((rule) => objectOf(rule["parameters"]));
  const pulls = parametersOf("pull_request");
  const any = (name: string) => (pulls.length === 0 ? undefined : pulls.some((one) => one[name] === true));
  const counts = pulls.flatMap((one) => countOf(one["required_approving_review_count"]) ?? []);
  const checks = parametersOf("required_status_checks").flatMap((one) =>
    objectsOf(one["required_status_checks"]).flatMap(({ context }) => stringsOf(context)),
  );
  return compact({
    protected: rules.length > 0,
    requiredReviews: counts.length === 0 ? undefined : Math.max(...counts),
    dismissStaleReviews: any("dismiss_stale_reviews_on_push"),
    codeOwnerReviews: any("require_code_owner_review"),
    requiredChecks: has("required_status_checks") ? [...new Set(checks)] : undefined,
    requiredSignatures: has("required_signatures"),
    linearHistory: has("required_linear_history"),
    forcePushes: has("non_fast_forward") && false,
    deletions: has("deletion") && false,
  });
}
