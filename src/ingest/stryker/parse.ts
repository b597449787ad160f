import type { MutantStatus } from "../../evidence/types.ts";
import { FormatError, type ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { segmentOf } from "../coverage.ts";
import { objectAt, objectsAt, textAt } from "../findings.ts";
import { splitJson } from "../json.ts";
import type { FoundMutant, MutationReport } from "../mutation.ts";
import { isAbsolutePath, normalisePath, relativeTo } from "../paths.ts";
import { countOf, isObject, type JsonObject, kept, objectOf, textOf } from "../values.ts";

/** By the word of the schema; the last two are those of Stryker.NET before it had the schema. */
const STATUSES: ReadonlyMap<string, MutantStatus> = new Map([
  ["Killed", "killed"],
  ["Survived", "survived"],
  ["NoCoverage", "no-coverage"],
  ["Timeout", "timeout"],
  ["CompileError", "compile-error"],
  ["RuntimeError", "runtime-error"],
  ["Ignored", "ignored"],
  ["Pending", "pending"],
  ["BuildError", "compile-error"],
  ["Skipped", "ignored"],
]);

/**
 * Reads a report of the mutation testing report schema, versions 1 and 2. Source code, replacements, the output of tests
 * and the configuration stay out; the thresholds are the tool's own gate.
 *
 * @throws {FormatError} `not-this-format`, `unsupported-version`, `malformed` or `limit-exceeded`
 */
export function readReport(bytes: Content, { limits, root }: ParseContext): MutationReport {
  // The code of tests is not looked at.
  const report = splitJson(bytes, limits, ["files"], ["testFiles"]);
  const { document } = report;
  if (!isObject(document) || !isObject(document["files"])) {
    throw new FormatError("not-this-format", 'there is no "files" with mutants');
  }
  const formatVersion = versionOf(document["schemaVersion"]);
  const base = textOf(document["projectRoot"]);
  const files: string[] = [];
  const mutants: FoundMutant[] = [];
  for (const [name, value] of report.members("/files")) {
    const pointer = `/files/${segmentOf(name)}`;
    const path = pathOf(name, base === undefined ? undefined : normalisePath(base), root);
    files.push(path);
    const found = objectAt(value, pointer)["mutants"];
    if (!Array.isArray(found)) throw new FormatError("malformed", "there are no mutants", `${pointer}/mutants`);
    for (const [index, mutant] of objectsAt(found, `${pointer}/mutants`).entries()) {
      mutants.push(mutantOf(mutant, path, `${pointer}/mutants/${index}`));
    }
  }
  const { name, version } = objectOf(document["framework"]);
  const tool = textOf(name);
  const toolVersion = textOf(version);
  const tools =
    tool === undefined
      ? []
      : [{ name: kept(tool, limits), ...(toolVersion === undefined ? {} : { version: kept(toolVersion, limits) }) }];
  return { files, mutants, tools, formatVersion };
}

/** Infection writes a number. */
function versionOf(value: unknown): string {
  const version = typeof value === "number" ? String(value) : textOf(value);
  if (version === undefined) throw new FormatError("malformed", "there is no version", "/schemaVersion");
  if (/^[12](?:\.\d+){0,2}$/.test(version)) return version;
  throw new FormatError("unsupported-version", "the version is neither 1 nor 2", "/schemaVersion");
}

/** Paths are relative to the project, which may be a part of the checkout; old tools write absolute ones. */
function pathOf(name: string, base: string | undefined, root: string | undefined): string {
  const path = normalisePath(name);
  if (base === undefined) return (root === undefined ? undefined : relativeTo(root, path)) ?? path;
  const absolute = isAbsolutePath(path) ? path : `${base}/${path}`;
  return (root === undefined ? undefined : relativeTo(root, absolute)) ?? relativeTo(base, absolute) ?? path;
}

function mutantOf(mutant: JsonObject, file: string, pointer: string): FoundMutant {
  const status = STATUSES.get(textAt(mutant["status"], `${pointer}/status`));
  if (status === undefined) throw new FormatError("malformed", "the status is not known", `${pointer}/status`);
  const { id } = mutant;
  return {
    // Stryker.NET wrote numbers.
    id: typeof id === "number" ? String(id) : textAt(id, `${pointer}/id`),
    file,
    line: countOf(objectOf(objectOf(mutant["location"])["start"])["line"]),
    mutator: textAt(mutant["mutatorName"], `${pointer}/mutatorName`),
    description: textOf(mutant["description"]),
    status,
  };
}
