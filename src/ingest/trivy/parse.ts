import type { Package } from "../../evidence/types.ts";
import type { Limits } from "../../util/limits.ts";
import { FormatError } from "../adapter.ts";
import type { Content } from "../content.ts";
import { objectAt, objectsAt } from "../findings.ts";
import { splitJson } from "../json.ts";
import { isObject, type JsonObject, objectOf, objectsOf, textOf } from "../values.ts";

/** One target of a report. */
export interface TrivyResult {
  /** JSON pointer of the result. */
  readonly pointer: string;
  /** Its `Vulnerabilities` may be empty here, see {@link vulnerabilities}. */
  readonly raw: JsonObject;
  vulnerabilities(): Iterable<JsonObject>;
  /** What the list of packages, where there is one, says of the package that a vulnerability is in. */
  readonly dependencyOf: (vulnerability: JsonObject) => Dependency;
}

/** How a project depends on a package. */
export type Dependency = Pick<Package, "scope" | "direct">;

export interface TrivyReport {
  /** `2`, or `1` for the array that had no version. */
  readonly version: string;
  /** Empty for version 1. */
  readonly raw: JsonObject;
  readonly results: readonly TrivyResult[];
}

/**
 * Reads the frame of a report (`types.Report` of Trivy); vulnerabilities stay bytes until they are asked for.
 *
 * @throws {FormatError} of every reason
 */
export function readTrivyReport(bytes: Content, limits: Limits): TrivyReport {
  const report = splitJson(bytes, limits, ["Results", "*", "Vulnerabilities"]);
  const { document } = report;
  if (Array.isArray(document)) return readArray(document);
  if (!isObject(document) || !("SchemaVersion" in document)) {
    throw new FormatError("not-this-format", "it has no SchemaVersion");
  }
  const version = document["SchemaVersion"];
  if (version !== 2) {
    const said = JSON.stringify(version).slice(0, 32);
    throw new FormatError("unsupported-version", `Trivy schema ${said}; 2 is supported`, "/SchemaVersion");
  }
  const results = objectsAt(document["Results"], "/Results").map((raw, index) => {
    const pointer = `/Results/${index}`;
    objectsAt(raw["Vulnerabilities"], `${pointer}/Vulnerabilities`);
    const vulnerabilities = () => checked(report.elements(`${pointer}/Vulnerabilities`), pointer);
    return { pointer, raw, vulnerabilities, dependencyOf: readDependencies(raw["Packages"]) };
  });
  return { version: "2", raw: document, results };
}

function* checked(items: Iterable<unknown>, pointer: string): Iterable<JsonObject> {
  let index = 0;
  for (const item of items) yield objectAt(item, `${pointer}/Vulnerabilities/${index++}`);
}

/** Before 0.20 a report was the array of its results. */
function readArray(document: readonly unknown[]): TrivyReport {
  const results = objectsAt(document, "").map((raw, index) => {
    if (!("Target" in raw)) throw new FormatError("not-this-format", "an element has no Target", `/${index}`);
    const vulnerabilities = objectsAt(raw["Vulnerabilities"], `/${index}/Vulnerabilities`);
    const pointer = `/${index}`;
    return { pointer, raw, vulnerabilities: () => vulnerabilities, dependencyOf: readDependencies(raw["Packages"]) };
  });
  return { version: "1", raw: {}, results };
}

/** A package is known by its UID, and before 0.51 by its id. */
function readDependencies(packages: unknown): TrivyResult["dependencyOf"] {
  const known = new Map<string, Dependency>();
  for (const item of objectsOf(packages)) {
    const dependency = dependencyOf(item);
    for (const key of [textOf(objectOf(item["Identifier"])["UID"]), textOf(item["ID"])]) {
      if (key !== undefined) known.set(key, dependency);
    }
  }
  return (vulnerability) =>
    known.get(textOf(objectOf(vulnerability["PkgIdentifier"])["UID"]) ?? textOf(vulnerability["PkgID"]) ?? "") ?? {};
}

/** `Dev` and `Indirect` are left out where they are false as well as where nobody knows. */
function dependencyOf(item: JsonObject): Dependency {
  const relationship = textOf(item["Relationship"]);
  const indirect = relationship === "indirect" || item["Indirect"] === true;
  const direct = relationship === "direct" || relationship === "workspace" || relationship === "root";
  return {
    ...(item["Dev"] === true ? { scope: "dev" } : {}),
    ...(direct || indirect ? { direct } : {}),
  };
}
