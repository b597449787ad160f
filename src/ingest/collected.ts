import type { ParsedEvidence } from "../evidence/types.ts";
import type { Limits } from "../util/limits.ts";
import { type Detection, FormatError, type Head } from "./adapter.ts";
import { commitIdOf } from "./commit.ts";
import type { Content } from "./content.ts";
import { createDiagnostics, type DiagnosticList } from "./diagnostics.ts";
import { objectsAt, textAt } from "./findings.ts";
import { type SplitJson, splitJson } from "./json.ts";
import type { CutPath } from "./json-scan.ts";
import { countOf, isObject, type JsonObject, kept } from "./values.ts";

/** What every document that a collector of gate wrote about a commit's source files says. */
export interface Collected {
  readonly json: SplitJson;
  readonly document: JsonObject;
  readonly subject: ParsedEvidence["subject"];
  readonly counts: {
    readonly unread: number;
    readonly unreadFiles: readonly string[];
    readonly excluded: number;
  };
  /** A warning for each file that was not understood. */
  readonly warnings: DiagnosticList;
}

/** Tells a document of a collector by its schema, such as `gate/documentation`. */
export function detectCollected(schema: string, { text }: Head): Detection {
  if (text.startsWith("{") && new RegExp(`"schema"\\s*:\\s*"${schema}/v`).test(text))
    return { confidence: "certain", reason: `its schema is ${schema}` };
  return { confidence: "no", reason: `its schema is not ${schema}` };
}

/** @throws {FormatError} `not-this-format`, `unsupported-version` or `malformed` */
export function readCollected(
  schema: string,
  bytes: Content,
  limits: Limits,
  ...cutPaths: readonly CutPath[]
): Collected {
  const json = splitJson(bytes, limits, ...cutPaths);
  const { document } = json;
  if (!isObject(document)) throw new FormatError("not-this-format", "it is not an object");
  if (document["schema"] !== `${schema}/v1`) {
    throw new FormatError("unsupported-version", `the schema is not ${schema}/v1`, "/schema");
  }
  const commit = commitIdOf(document["commit"]);
  if (commit === undefined) throw new FormatError("malformed", "it is no full id of a commit", "/commit");
  const warnings = createDiagnostics();
  const unread = listAt(document, "unread").map((file, index) => {
    const path = textAt(file["path"], `/unread/${index}/path`);
    const reason = textAt(file["reason"], `/unread/${index}/reason`);
    const line = countOf(file["line"]);
    warnings.add("unread", `${path} was not understood: ${reason}${line === undefined ? "" : `, line ${line}`}`);
    return kept(path, limits);
  });
  return {
    json,
    document,
    subject: { commit },
    counts: {
      unread: unread.length,
      unreadFiles: unread.slice(0, MOST_NAMED),
      excluded: countAt(document, "excluded", ""),
    },
    warnings,
  };
}

const MOST_NAMED = 20;

/** A list that has to be there, as objects. */
export function listAt(document: JsonObject, name: string): readonly JsonObject[] {
  if (!Array.isArray(document[name])) throw new FormatError("malformed", `there is no list of ${name}`, `/${name}`);
  return objectsAt(document[name], `/${name}`);
}

/** A count that has to be there. */
export function countAt(object: JsonObject, name: string, place: string): number {
  const count = countOf(object[name]);
  if (count === undefined) throw new FormatError("malformed", "it is no count", `${place}/${name}`);
  return count;
}
