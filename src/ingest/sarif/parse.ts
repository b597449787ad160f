import { FormatError, type ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { type SplitJson, splitJson } from "../json.ts";
import { isAbsolutePath, normalisePath, pathOfUri, relativeTo } from "../paths.ts";
import { countOf, isObject, type JsonObject, objectOf, objectsOf, textOf } from "../values.ts";
import { type RuleLookup, readRules } from "./rules.ts";

/** One run of a log, with its lookups. Section numbers in this folder are those of SARIF 2.1.0 with Errata 01. */
export interface SarifRun {
  /** JSON pointer of the run. */
  readonly pointer: string;
  readonly toolName: string;
  readonly toolVersion: string | undefined;
  /** The run object; its `results` and other large lists are empty here, see {@link results}. */
  readonly raw: JsonObject;
  readonly invocations: readonly JsonObject[];
  /** Section 3.14.23: without an array of results the scan did not run; an empty array is a clean scan. */
  readonly hasResults: boolean;
  readonly rules: RuleLookup;
  /** The path of an `artifactLocation` (section 3.4), relative to the repository where the run allows it. */
  pathOf(artifactLocation: JsonObject): string | undefined;
  results(): Iterable<unknown>;
}

/** What may be large in a run; the last ones are not looked at. */
const LARGE = [
  "results",
  "artifacts",
  "addresses",
  "graphs",
  "logicalLocations",
  "threadFlowLocations",
  "webRequests",
  "webResponses",
];

/**
 * Reads the frame of a SARIF log; the results stay bytes until a run is asked for them.
 *
 * @throws {FormatError} of every reason
 */
export function readSarifLog(bytes: Content, context: ParseContext): readonly SarifRun[] {
  const { limits, root } = context;
  const log = splitJson(bytes, limits, ...LARGE.map((name) => ["runs", "*", name]));
  const { document } = log;
  if (!isObject(document) || !("version" in document || "runs" in document)) {
    throw new FormatError("not-this-format", "it has neither a version nor runs");
  }
  const version = document["version"];
  if (typeof version !== "string") throw new FormatError("malformed", "the version is not a string", "/version");
  if (version !== "2.1.0" && !version.startsWith("2.1.0-")) {
    throw new FormatError("unsupported-version", `SARIF ${version.slice(0, 32)}; 2.1.0 is supported`, "/version");
  }
  if (!Array.isArray(document["runs"])) throw new FormatError("malformed", "the runs are not an array", "/runs");
  return document["runs"].map((run: unknown, index) => {
    const pointer = `/runs/${index}`;
    if (!isObject(run)) throw new FormatError("malformed", "the run is not an object", pointer);
    const results = run["results"] ?? undefined;
    if (results !== undefined && !Array.isArray(results)) {
      throw new FormatError("malformed", "the results are not an array", `${pointer}/results`);
    }
    return readRun(run, pointer, root, log);
  });
}

function readRun(run: JsonObject, pointer: string, root: string | undefined, log: SplitJson): SarifRun {
  const tool = objectOf(run["tool"]);
  const driver = objectOf(tool["driver"]);
  const invocations = objectsOf(run["invocations"]);
  const bases = objectOf(run["originalUriBaseIds"]);
  const roots = [...(root === undefined ? [] : [root]), ...readRoots(bases, invocations)];
  // Many results lie in few files, so a path is worked out, and held, once.
  const paths = new Map<string, string | undefined>();
  let artifacts: readonly JsonObject[] | undefined;
  const artifactAt = (index: number) => {
    artifacts ??= Array.from(log.elements(`${pointer}/artifacts`), locationOfArtifact);
    return artifacts[index] ?? {};
  };
  const pathOf = (location: JsonObject) => {
    const key = JSON.stringify([location["uri"], location["uriBaseId"], location["index"]]);
    if (!paths.has(key)) paths.set(key, resolvePath(location, artifactAt, bases, roots));
    return paths.get(key);
  };
  return {
    pointer,
    toolName: textOf(driver["name"]) ?? "unknown",
    toolVersion: textOf(driver["semanticVersion"]) ?? textOf(driver["version"]),
    raw: run,
    invocations,
    hasResults: Array.isArray(run["results"]),
    rules: readRules(tool, invocations),
    pathOf,
    results: () => log.elements(`${pointer}/results`),
  };
}

/** Section 3.24; the contents of the file may be in it. */
function locationOfArtifact(artifact: unknown): JsonObject {
  const { uri, uriBaseId } = objectOf(objectOf(artifact)["location"]);
  return { uri, uriBaseId };
}

/** Absolute directories that the log names, the outermost first; the root of the file system would say nothing. */
function readRoots(bases: JsonObject, invocations: readonly JsonObject[]): readonly string[] {
  const locations = [...Object.values(bases), ...invocations.map((invocation) => invocation["workingDirectory"])];
  return locations
    .map((location) => textOf(objectOf(location)["uri"]))
    .filter((uri) => uri !== undefined)
    .map(pathOfUri)
    .filter((path) => isAbsolutePath(path) && path !== "/")
    .toSorted((a, b) => a.length - b.length);
}

function resolvePath(
  location: JsonObject,
  artifactAt: (index: number) => JsonObject,
  bases: JsonObject,
  roots: readonly string[],
): string | undefined {
  const index = countOf(location["index"]);
  const listed = index === undefined ? {} : artifactAt(index);
  const uri = textOf(location["uri"]) ?? textOf(listed["uri"]);
  if (uri === undefined) return undefined;
  const path = pathOfUri(uri);
  if (isAbsolutePath(path))
    return roots.map((root) => relativeTo(root, path)).find((found) => found !== undefined) ?? path;
  return normalisePath(
    `${relativeBaseOf(location["uriBaseId"] ?? listed["uriBaseId"], bases)}/${path}`.replace(/^\//, ""),
  );
}

/** Section 3.14.14: bases may hang below each other; the absolute one at the top is where the repository is. */
function relativeBaseOf(id: unknown, bases: JsonObject): string {
  const segments: string[] = [];
  const seen = new Set<unknown>();
  for (let next = id; typeof next === "string" && Object.hasOwn(bases, next) && !seen.has(next); ) {
    seen.add(next);
    const base = objectOf(bases[next]);
    const path = pathOfUri(textOf(base["uri"]) ?? "");
    if (path === "" || isAbsolutePath(path)) break;
    segments.unshift(path);
    next = base["uriBaseId"];
  }
  return segments.join("/");
}
