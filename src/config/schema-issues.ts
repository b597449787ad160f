import type { ErrorObject } from "ajv";
import type { Issue } from "../util/errors.ts";
import { isRecord } from "../util/json.ts";
import { nearest } from "../util/nearest.ts";

/** The position of a value, or of a key of an object, in the source text. */
export type Locate = (
  path: readonly string[],
  key?: string,
) => { readonly row: number; readonly column: number } | undefined;

/**
 * Says in a user's words what is wrong with a document.
 *
 * @param errors of an ajv instance made with `allErrors` and `verbose`
 */
export function schemaIssues(errors: readonly ErrorObject[], file: string, locate: Locate): readonly Issue[] {
  return errors.filter(({ keyword }) => keyword !== "if").map((error) => schemaIssue(error, file, locate));
}

function schemaIssue(error: ErrorObject, file: string, locate: Locate): Issue {
  const path = error.instancePath.split("/").slice(1).map(unescapePointer);
  const name = path.length === 0 ? "the document" : `"${path.join(".")}"`;
  switch (error.keyword) {
    case "additionalProperties": {
      const key = String(error.params["additionalProperty"]);
      const properties: unknown = error.parentSchema?.["properties"];
      const known = isRecord(properties) ? Object.keys(properties) : [];
      return issue(`unknown key "${key}" in ${name}`, file, locate(path, key), suggestion(key, known));
    }
    case "propertyNames":
      return issue(
        `"${String(error.params["propertyName"])}" is not a valid name in ${name}`,
        file,
        locate(path, String(error.params["propertyName"])),
        "Use lower-case letters, digits and hyphens, and start with a letter.",
      );
    case "required":
      return issue(`"${String(error.params["missingProperty"])}" is missing in ${name}`, file, locate(path));
    case "enum": {
      const allowed: unknown = error.params["allowedValues"];
      const values = Array.isArray(allowed) ? allowed.map(String) : [];
      const hint = typeof error.data === "string" ? didYouMean(error.data, values) : undefined;
      return issue(
        `${name} must be one of ${values.join(", ")}, not ${JSON.stringify(error.data)}`,
        file,
        locate(path),
        hint,
      );
    }
    case "const":
      return issue(
        `${name} must be ${JSON.stringify(error.params["allowedValue"])}, not ${JSON.stringify(error.data)}`,
        file,
        locate(path),
      );
    case "type":
    case "pattern": {
      const wanted: unknown = error.parentSchema?.["title"];
      const problem =
        typeof wanted === "string" ? `must be ${wanted}, not` : `${error.message ?? "is wrong"}, and it is`;
      return issue(`${name} ${problem} ${JSON.stringify(error.data)}`, file, locate(path));
    }
    default:
      return issue(
        `${name} ${error.message ?? "is not valid"}, and it is ${JSON.stringify(error.data)}`,
        file,
        locate(path),
      );
  }
}

function issue(message: string, file: string, position: ReturnType<Locate>, hint?: string): Issue {
  return { message, file, ...position, ...(hint === undefined ? {} : { hint }) };
}

function suggestion(word: string, known: readonly string[]): string | undefined {
  return didYouMean(word, known) ?? (known.length === 0 ? undefined : `Known: ${known.join(", ")}.`);
}

function didYouMean(word: string, known: readonly string[]): string | undefined {
  const candidate = nearest(word, known);
  return candidate === undefined ? undefined : `Did you mean "${candidate}"?`;
}

function unescapePointer(segment: string): string {
  return segment.replaceAll("~1", "/").replaceAll("~0", "~");
}
