import type { Finding } from "../../evidence/types.ts";
import type { ParseContext } from "../adapter.ts";
import { checkFinding } from "../check.ts";
import { textAt } from "../findings.ts";
import { normalisePath, pathInCheckout, relativeTo } from "../paths.ts";
import { redactionsIn, secretFinding } from "../secret.ts";
import { countOf, type JsonObject, textOf } from "../values.ts";

const TOOL = "KICS";

/** A place at which a query found something. */
export interface RawResult {
  readonly query: JsonObject;
  readonly file: JsonObject;
  /** What KICS was told to scan. */
  readonly paths: readonly string[];
  /** JSON pointer of the query. */
  readonly place: string;
}

/** Whether a query looks for secrets in the text of files, whatever their format. */
export function isSecretQuery(query: JsonObject): boolean {
  return /^Passwords And Secrets\b/i.test(textOf(query["query_name"]) ?? "");
}

/** Values are masked by newer versions only. */
export function redactionsOf(files: readonly JsonObject[]): number {
  return redactionsIn(files.flatMap((file) => [file["search_value"], file["value"], file["actual_value"]]));
}

/** The finding at one place, known by the similarity id, which is made from the path and the attribute. */
export function findingOfFile({ query, file, paths, place }: RawResult, context: ParseContext): Finding {
  const title = textOf(query["query_name"]);
  const severity = textOf(query["severity"]);
  const common = {
    tool: TOOL,
    rule: textAt(query["query_id"], `${place}/query_id`),
    title,
    path: pathOf(file, paths, context),
    line: countOf(file["line"]),
    word: severity === undefined ? undefined : { value: severity, source: "severity" },
  };
  if (isSecretQuery(query)) return secretFinding({ ...common, message: title ?? common.rule }, context);
  const attribute = `${textOf(file["search_key"]) ?? ""}\n${textOf(file["search_value"]) ?? ""}`;
  const problem = textOf(file["actual_value"]) ?? textOf(query["description"]);
  const cwe = textOf(query["cwe"])?.replace(/^CWE-/i, "") ?? "";
  return checkFinding(
    {
      ...common,
      category: "iac",
      message: [title ?? common.rule, problem].filter((part) => part !== undefined).join(": "),
      content: textOf(file["similarity_id"]) ?? attribute,
      cwe: /^[1-9]\d{0,5}$/.test(cwe) ? [`CWE-${cwe}`] : [],
      suppressions: [],
    },
    context,
  );
}

/**
 * KICS writes paths from the folder that it runs in. In its container that is beside the scanned one, so a file in
 * `/path` is `../../path/main.tf`.
 */
function pathOf(file: JsonObject, paths: readonly string[], { root }: ParseContext): string | undefined {
  const path = textOf(file["file_name"]);
  if (path === undefined) return undefined;
  const known = pathInCheckout(path, root);
  if (!known.startsWith("../")) return known;
  const absolute = `/${known.replace(/^(?:\.\.\/)+/, "")}`;
  const below = paths.map((one) => relativeTo(normalisePath(one), absolute)).find((one) => one !== undefined);
  return below ?? known;
}
