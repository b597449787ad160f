import type { Category } from "../../evidence/types.ts";
import type { Limits } from "../../util/limits.ts";
import { FormatError } from "../adapter.ts";
import type { Content } from "../content.ts";
import { objectAt, objectsAt } from "../findings.ts";
import { parseJsonDocument } from "../json.ts";
import { isObject, type JsonObject, objectOf, textOf } from "../values.ts";

/** What Snyk says of one manifest, or of one image. */
export interface SnykProject {
  /** JSON pointer of the project; empty where it is the document. */
  readonly pointer: string;
  readonly raw: JsonObject;
  /** Whether it is the document of an error. */
  readonly failed: boolean;
  /** What its vulnerabilities are; a licence issue is one of licences all the same. */
  readonly category: Category;
  /** One for each path from the project to the package. */
  readonly vulnerabilities: readonly JsonObject[];
  /** Those that a policy takes out. */
  readonly ignored: readonly JsonObject[];
  /** Those that a patch of Snyk mends. */
  readonly patched: readonly JsonObject[];
}

/** Package managers of distributions, by which Snyk lists the packages of an image. */
const DISTRIBUTIONS = new Set(["deb", "apk", "rpm", "linux"]);

/**
 * Reads the projects of a report; an image comes with the applications that were found in it.
 *
 * @throws {FormatError} of every reason but `unsupported-version`: the format has no version
 */
export function readSnykReport(bytes: Content, limits: Limits): readonly SnykProject[] {
  const document = parseJsonDocument(bytes, limits);
  if (Array.isArray(document)) {
    return objectsAt(document, "").flatMap((raw, index) => projectsIn(raw, `/${index}`));
  }
  if (!isObject(document)) throw new FormatError("not-this-format", "it is neither an object nor an array");
  return projectsIn(document, "");
}

function projectsIn(raw: JsonObject, pointer: string): readonly SnykProject[] {
  const applications = objectsAt(raw["applications"], `${pointer}/applications`);
  return [
    projectOf(raw, pointer),
    ...applications.map((one, index) => projectOf(one, `${pointer}/applications/${index}`)),
  ];
}

function projectOf(raw: JsonObject, pointer: string): SnykProject {
  const failed = (raw["error"] ?? undefined) !== undefined;
  if (!failed && !Array.isArray(raw["vulnerabilities"])) {
    const reason = "ok" in raw ? "malformed" : "not-this-format";
    throw new FormatError(reason, "it has neither vulnerabilities nor an error", `${pointer}/vulnerabilities`);
  }
  const filtered = raw["filtered"] === undefined ? {} : objectAt(raw["filtered"], `${pointer}/filtered`);
  return {
    pointer,
    raw,
    failed,
    category: categoryOf(raw),
    vulnerabilities: objectsAt(raw["vulnerabilities"], `${pointer}/vulnerabilities`),
    ignored: objectsAt(filtered["ignore"], `${pointer}/filtered/ignore`),
    patched: objectsAt(filtered["patch"], `${pointer}/filtered/patch`),
  };
}

/** An application in an image has no `docker` of its own, and a manifest. */
function categoryOf(raw: JsonObject): Category {
  const image = Object.keys(objectOf(raw["docker"])).length > 0;
  return image || DISTRIBUTIONS.has(textOf(raw["packageManager"]) ?? "") ? "container" : "sca";
}
