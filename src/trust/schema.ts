import { readFileSync } from "node:fs";
import { join } from "node:path";
import { GateError } from "../util/errors.ts";
import { isRecord } from "../util/json.ts";

/** A JSON Schema that ships with gate. */
export function readSchema(schemas: string, name: string): object {
  const schema: unknown = JSON.parse(readFileSync(join(schemas, name), "utf8"));
  if (isRecord(schema)) return schema;
  throw new GateError("internal", `${name} is not an object`);
}
