import type { Limits } from "../../util/limits.ts";
import { FormatError } from "../adapter.ts";
import type { Content } from "../content.ts";
import { segmentOf } from "../coverage.ts";
import { objectAt, textAt } from "../findings.ts";
import { parseJsonDocument } from "../json.ts";
import { instantOf, isObject, type JsonObject, objectOf, stringsOf, textOf } from "../values.ts";
import type { FoundRun } from "../web-quality.ts";
import { auditOf, type Category, scoresOf } from "./score.ts";

export interface RawResult {
  readonly version: string;
  readonly run: FoundRun;
}

/** Members with the URL of the page; the one that was asked for is the same in all runs, whatever it redirects to. */
const URLS = ["requestedUrl", "finalDisplayedUrl", "finalUrl", "initialUrl", "url"] as const;

/**
 * Reads what Lighthouse writes (`docs/understanding-results.md`): a result, an array of results, a user flow with a
 * result in each step, or an answer of the PageSpeed Insights API. Scores of version 2 are up to 100, and to 1 since.
 *
 * @throws {FormatError} of every reason
 */
export function readResults(bytes: Content, limits: Limits): readonly RawResult[] {
  const document = parseJsonDocument(bytes, limits);
  if (Array.isArray(document)) return document.map((item: unknown, index) => readResult(item, `/${index}`));
  const steps = isObject(document) ? document["steps"] : undefined;
  if (!Array.isArray(steps)) return [readResult(document, "")];
  return steps.map((step: unknown, index) => readResult(step, `/steps/${index}`));
}

function readResult(value: unknown, pointer: string): RawResult {
  if (isObject(value)) {
    for (const name of ["lhr", "lighthouseResult"]) {
      if (isObject(value[name])) return readResult(value[name], `${pointer}/${name}`);
    }
  }
  if (!isObject(value) || value["lighthouseVersion"] === undefined) {
    if (pointer === "") throw new FormatError("not-this-format", "there is no version of Lighthouse");
    throw new FormatError("malformed", "it is no result of Lighthouse", pointer);
  }
  const version = textAt(value["lighthouseVersion"], `${pointer}/lighthouseVersion`);
  if (version.startsWith("1.")) {
    throw new FormatError("unsupported-version", `Lighthouse ${version.slice(0, 32)}`, `${pointer}/lighthouseVersion`);
  }
  return { version, run: runOf(value, version.startsWith("2.") ? 100 : 1, pointer) };
}

function runOf(result: JsonObject, most: number, pointer: string): FoundRun {
  const error = errorOf(result["runtimeError"]);
  const mode = textOf(result["gatherMode"]) ?? "navigation";
  const settings = objectOf(result["configSettings"]);
  return {
    page: URLS.map((name) => textOf(result[name])).find((url) => url !== undefined) ?? "(no URL)",
    at: instantOf(result["fetchTime"] ?? result["generatedTime"]),
    formFactor: textOf(settings["formFactor"]) ?? textOf(settings["emulatedFormFactor"]),
    mode,
    // A step of a user flow that is no navigation scores only what it can see.
    ...scoresOf(categoriesAt(result, pointer, error !== undefined), most, mode === "navigation"),
    audits: Object.entries(objectOf(result["audits"])).map(([id, audit]) => {
      const place = `${pointer}/audits/${segmentOf(id)}`;
      return auditOf(id, objectAt(audit, place), most, place);
    }),
    error,
    warnings: stringsOf(result["runWarnings"]),
    place: pointer,
    redactions: redactionsIn(result, settings),
  };
}

/** User agents, and headers that were sent, such as cookies. */
function redactionsIn(result: JsonObject, settings: JsonObject): number {
  const { hostUserAgent, networkUserAgent } = objectOf(result["environment"]);
  const agents = [result["userAgent"], hostUserAgent, networkUserAgent].filter((agent) => textOf(agent) !== undefined);
  return agents.length + Object.keys(objectOf(settings["extraHeaders"])).length;
}

/** Versions 3 to 5 write a `NO_ERROR` where there is none. */
function errorOf(value: unknown): string | undefined {
  if (!isObject(value) || value["code"] === "NO_ERROR") return undefined;
  return [textOf(value["code"]) ?? "unknown error", textOf(value["message"])].filter(Boolean).join(": ");
}

/** The categories, which are in an array in version 2; without them a result is damaged unless it says that it failed. */
function categoriesAt(result: JsonObject, pointer: string, failed: boolean): readonly Category[] {
  const { categories, reportCategories } = result;
  if (isObject(categories)) {
    return Object.entries(categories).map(([id, category]) => {
      return { id, score: objectOf(category)["score"], place: `${pointer}/categories/${segmentOf(id)}/score` };
    });
  }
  if (Array.isArray(reportCategories)) {
    return reportCategories.map((item: unknown, index) => {
      const place = `${pointer}/reportCategories/${index}`;
      const category = objectAt(item, place);
      return { id: textAt(category["id"], `${place}/id`), score: category["score"], place: `${place}/score` };
    });
  }
  if (failed) return [];
  throw new FormatError("malformed", "there are no categories", `${pointer}/categories`);
}
