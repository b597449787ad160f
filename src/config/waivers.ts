import { parseVersionRange } from "../decision/version-range.ts";
import type { Waiver } from "../decision/waivers.ts";
import { parsePackageUrl } from "../evidence/package-url.ts";
import type { Severity } from "../evidence/types.ts";
import type { Issue } from "../util/errors.ts";
import { compileGlob } from "../util/glob.ts";
import { readYaml, type YamlFile } from "./yaml.ts";

/** `waivers.yaml` after validation, before positions are added. */
export interface WaiversDocument {
  readonly version: 1;
  readonly waivers: readonly WaiverEntry[];
}

/** A waiver as it is written. */
export interface WaiverEntry {
  readonly id: string;
  readonly gate: string;
  readonly fingerprint?: string;
  readonly match?: { readonly rule?: string; readonly package?: string; readonly path?: string };
  readonly severity: Severity;
  readonly value?: number;
  readonly occurrences?: number;
  readonly reason: string;
  readonly ticket: string;
  readonly owner: string;
  readonly requested_by: string;
  readonly approved_by: readonly string[];
  readonly created: string;
  readonly expires: string;
  readonly scope?: {
    readonly environments?: readonly string[];
    readonly paths?: readonly string[];
    readonly versions?: string;
  };
}

type WaiversFile = YamlFile<WaiversDocument>;

/** The waivers of a file, and the file with its comments. */
export interface ParsedWaivers {
  readonly waivers: readonly Waiver[];
  readonly document: WaiversFile["document"];
}

/**
 * Reads `waivers.yaml`. Only dates are not looked at: a malformed one is a waiver that has expired, and is reported so.
 *
 * @param path for messages and places
 * @param schema `schemas/waivers.v1.schema.json`
 * @throws {GateError} `waivers-invalid` with every problem, its line and the nearest valid key
 */
export function parseWaivers(bytes: Uint8Array, path: string, schema: object): ParsedWaivers {
  const file = readYaml<WaiversDocument>(bytes, path, {
    schema,
    code: "waivers-invalid",
    name: "a valid list of waivers",
    hint: "See docs/waivers.md.",
  });
  const entries = file.value.waivers;
  const issues = entries.flatMap((entry, index) => issuesOf(entry, index, entries, file));
  if (issues.length > 0) throw file.invalid(issues);
  return {
    waivers: entries.map((entry, index) => waiverOf(entry, file.source(["waivers", index]))),
    document: file.document,
  };
}

/** What the schema cannot say, or not in words that help. */
function issuesOf(
  { id, fingerprint, match, scope }: WaiverEntry,
  index: number,
  entries: readonly WaiverEntry[],
  file: WaiversFile,
): readonly Issue[] {
  const issues: Issue[] = [];
  const report = (message: string, keys: readonly (string | number)[], hint?: string): void => {
    issues.push(file.issue(`${message} in the waiver ${id}`, ["waivers", index, ...keys], hint));
  };
  if (entries.findIndex((other) => other.id === id) < index) report("the id is of another one already", ["id"]);
  if ((fingerprint === undefined) === (match === undefined))
    report("there must be either `fingerprint` or `match`", []);
  if (match?.path !== undefined && compileGlob(match.path) === undefined) {
    report(`${JSON.stringify(match.path)} is no pattern for paths`, ["match", "path"], GLOB_HINT);
  }
  if (match?.package !== undefined && parsePackageUrl(match.package)?.version !== undefined) {
    report("the version belongs into `scope.versions`", ["match", "package"]);
  }
  for (const [place, path] of (scope?.paths ?? []).entries()) {
    if (compileGlob(path) !== undefined) continue;
    report(`${JSON.stringify(path)} is no pattern for paths`, ["scope", "paths", place], GLOB_HINT);
  }
  const versions = scope?.versions;
  if (versions !== undefined && parseVersionRange(versions) === undefined) {
    report(
      `${JSON.stringify(versions)} is no range of versions`,
      ["scope", "versions"],
      "Such as 1.2.3, >=1.2 <2 or 3.x.",
    );
  }
  return issues;
}

const GLOB_HINT = "Such as src/legacy/** or test/*.{js,ts}, with / between folders.";

function waiverOf(entry: WaiverEntry, source: string): Waiver {
  const { requested_by: requestedBy, approved_by: approvedBy, scope = {}, occurrences = 1, ...rest } = entry;
  const { environments = [], paths = [], versions } = scope;
  return {
    ...rest,
    occurrences,
    requestedBy,
    approvedBy,
    scope: { environments, paths, ...(versions === undefined ? {} : { versions }) },
    source,
  };
}
