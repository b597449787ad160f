import { Ajv } from "ajv";
import type { Baseline } from "../decision/baseline.ts";
import { GateError, type Issue, messageOf } from "../util/errors.ts";
import { schemaIssues } from "./schema-issues.ts";

const MAX_BYTES = 32 << 20;

const HINT = "Restore it from git, or make it anew with `gate baseline create`.";

/**
 * Reads `baseline.json`, which `gate baseline create` writes. Anything that it does not write is an error, above all a key
 * that is there twice: a reader would see the first one, and the last would count.
 *
 * @param bytes undefined where there is no such file
 * @param path for messages
 * @param schema `schemas/baseline.v1.schema.json`
 * @throws {GateError} `baseline-missing` or `baseline-invalid`
 */
export function parseBaseline(bytes: Uint8Array | undefined, path: string, schema: object): Baseline {
  if (bytes === undefined) {
    throw new GateError("baseline-missing", `there is no ${path}, and the environment uses a baseline`, {
      hint: "Make it with `gate baseline create` from a recorded decision, or set `baseline: none`.",
    });
  }
  if (bytes.byteLength > MAX_BYTES) throw new GateError("baseline-invalid", `${path} is larger than 32 MiB`);
  const value = parseJson(bytes, path);
  const validate = new Ajv({ allErrors: false, verbose: true, strict: true }).compile<Baseline>(schema);
  if (!validate(value))
    throw invalid(
      path,
      schemaIssues(validate.errors ?? [], path, () => undefined),
    );
  for (const [gate, entries] of Object.entries(value.gates)) {
    if (new Set(entries.map(({ fingerprint }) => fingerprint)).size < entries.length)
      throw invalid(path, [{ message: `a fingerprint of the gate ${gate} is there twice`, file: path }]);
  }
  return value;
}

/** The text of a baseline, indented, so that a change of it can be read. */
export function baselineText(baseline: Baseline): string {
  return `${JSON.stringify(baseline, null, 2)}\n`;
}

function parseJson(bytes: Uint8Array, path: string): unknown {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const value: unknown = JSON.parse(text);
    if (JSON.stringify(value) === withoutSpace(text)) return value;
  } catch (cause) {
    throw new GateError("baseline-invalid", `${path} is not JSON: ${messageOf(cause)}`, { hint: HINT, cause });
  }
  throw new GateError("baseline-invalid", `${path} is not as gate writes it; a key may be there twice`, { hint: HINT });
}

/** JSON without the white space between its tokens. */
function withoutSpace(text: string): string {
  return text.replaceAll(/("[^"\\]*(?:\\.[^"\\]*)*")|\s+/g, "$1");
}

function invalid(path: string, issues: readonly Issue[]): GateError {
  return new GateError("baseline-invalid", `${path} is not a valid baseline`, { issues, hint: HINT });
}
