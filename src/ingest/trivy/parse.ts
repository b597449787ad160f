import type { Limits } from "../../util/limits.ts";
import { FormatError } from "../adapter.ts";
import type { Content } from "../content.ts";
import { objectsAt, objectsIn } from "../findings.ts";
import { type SplitJson, splitJson } from "../json.ts";
import { isObject, type JsonObject } from "../values.ts";

const LISTS = ["Vulnerabilities", "Misconfigurations", "Secrets", "Licenses", "ExperimentalModifiedFindings"] as const;
type TrivyList = (typeof LISTS)[number];

/** What is in every package is not looked at. */
const CUT = [...LISTS, "Packages"];

/** One target of a report. */
export interface TrivyResult {
  /** Its lists may be empty here, see {@link listOf}. */
  readonly raw: JsonObject;
  /** The objects of one of its lists, each with its JSON pointer. */
  listOf(name: TrivyList): Iterable<readonly [object: JsonObject, place: string]>;
}

export interface TrivyReport {
  /** `2`, or `1` for the array that had no version. */
  readonly version: string;
  /** Empty for version 1. */
  readonly raw: JsonObject;
  readonly results: readonly TrivyResult[];
}

/**
 * Reads the frame of a report (`types.Report` of Trivy); what was found stays bytes until it is asked for.
 *
 * @throws {FormatError} of every reason
 */
export function readTrivyReport(bytes: Content, limits: Limits): TrivyReport {
  const report = splitJson(
    bytes,
    limits,
    ...CUT.map((name) => ["Results", "*", name]),
    ...CUT.map((name) => ["*", name]),
  );
  const { document } = report;
  if (Array.isArray(document)) return readArray(document, report);
  if (!isObject(document) || !("SchemaVersion" in document)) {
    throw new FormatError("not-this-format", "it has no SchemaVersion");
  }
  const version = document["SchemaVersion"];
  if (version !== 2) {
    const said = JSON.stringify(version).slice(0, 32);
    throw new FormatError("unsupported-version", `Trivy schema ${said}; 2 is supported`, "/SchemaVersion");
  }
  const results = objectsAt(document["Results"], "/Results").map((raw, index) =>
    resultOf(raw, `/Results/${index}`, report),
  );
  return { version: "2", raw: document, results };
}

/** Before 0.20 a report was the array of its results. */
function readArray(document: readonly unknown[], report: SplitJson): TrivyReport {
  const results = objectsAt(document, "").map((raw, index) => {
    if (!("Target" in raw)) throw new FormatError("not-this-format", "an element has no Target", `/${index}`);
    return resultOf(raw, `/${index}`, report);
  });
  return { version: "1", raw: {}, results };
}

function resultOf(raw: JsonObject, pointer: string, report: SplitJson): TrivyResult {
  return { raw, listOf: (name) => objectsIn(report, raw[name], `${pointer}/${name}`) };
}
