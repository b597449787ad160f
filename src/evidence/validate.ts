import { isRecord } from "../util/json.ts";
import { isDigest } from "./canonical.ts";
import { SHAPES, type Shape } from "./shapes.ts";
import { EVIDENCE_SCHEMA, READABLE_KINDS, type ReadableKind } from "./types.ts";

/** Where a value departs from the model. */
export interface ShapeProblem {
  readonly message: string;
  /** JSON pointer (RFC 6901). */
  readonly pointer: string;
}

/** Whether a value is the name of a {@link ReadableKind}. */
export function isReadableKind(value: unknown): value is ReadableKind {
  return READABLE_KINDS.some((kind) => kind === value);
}

/**
 * The first place where a document departs from `schemas/evidence-<kind>.v1.schema.json`, if there is one. The model is
 * read as data, for a library of JSON Schema takes longer to load than most checks.
 */
export function shapeProblem(document: Readonly<Record<string, unknown>>): ShapeProblem | undefined {
  const { kind } = document;
  if (document["schema"] !== EVIDENCE_SCHEMA) return wrong(`not ${EVIDENCE_SCHEMA}`, "/schema");
  if (!isReadableKind(kind)) return wrong("not a kind of evidence that can be read", "/kind");
  const { summary, body } = SHAPES.kinds[kind];
  const { schema: _, kind: __, summary: found, body: lists, ...envelope } = document;
  return (
    problemOfMembers(envelope, SHAPES.envelope, "") ??
    problemOfMembers(found, summary, "/summary") ??
    problemOfMembers(lists, body, "/body")
  );
}

/** The first place where the body of a document of a kind departs from the model, with a pointer from the body. */
export function bodyProblem(kind: ReadableKind, body: Readonly<Record<string, unknown>>): ShapeProblem | undefined {
  return problemOfMembers(body, SHAPES.kinds[kind].body, "");
}

function problemOfMembers(value: unknown, shape: Shape, pointer: string): ShapeProblem | undefined {
  if (!isRecord(value)) return wrong("not an object", pointer);
  const known = new Set<string>();
  for (const [key, type] of Object.entries(shape)) {
    const name = key.replace("?", "");
    known.add(name);
    if (Object.hasOwn(value, name)) {
      const problem = problemOf(value[name], type, `${pointer}/${name}`);
      if (problem !== undefined) return problem;
    } else if (name === key) return wrong("missing", `${pointer}/${name}`);
  }
  const unknown = Object.keys(value).find((name) => !known.has(name));
  return unknown === undefined ? undefined : wrong("not a member of the model", `${pointer}/${segmentOf(unknown)}`);
}

function problemOf(value: unknown, type: string, pointer: string): ShapeProblem | undefined {
  if (type.endsWith("[]")) return problemOfItems(value, type.slice(0, -2), pointer);
  const check = SIMPLE[type];
  if (check !== undefined) return check(value) ? undefined : wrong(`not of the type ${type}`, pointer);
  const own = SHAPES.types[type] ?? [];
  if (!isValues(own)) return problemOfMembers(value, own, pointer);
  return own.some((known) => known === value) ? undefined : wrong(`none of ${own.join(", ")}`, pointer);
}

function problemOfItems(value: unknown, type: string, pointer: string): ShapeProblem | undefined {
  if (!Array.isArray(value)) return wrong("not a list", pointer);
  for (let index = 0; index < value.length; index++) {
    const problem = problemOf(value[index], type, `${pointer}/${index}`);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** A name as a segment of a JSON pointer; names from outside have any length. */
function segmentOf(name: string): string {
  return name.slice(0, 64).toWellFormed().replaceAll("~", "~0").replaceAll("/", "~1");
}

function isValues(type: Shape | readonly string[]): type is readonly string[] {
  return Array.isArray(type);
}

function wrong(what: string, pointer: string): ShapeProblem {
  return { message: `it is ${what}`, pointer };
}

const SIMPLE: Readonly<Record<string, (value: unknown) => boolean>> = {
  text: (value) => typeof value === "string",
  count: (value) => Number.isInteger(value) && Number(value) >= 0,
  integer: (value) => Number.isInteger(value),
  number: (value) => typeof value === "number",
  boolean: (value) => typeof value === "boolean",
  any: () => true,
  digest: isDigest,
  fingerprint: (value) => isText(value, /^[0-9a-f]{64}$/),
  commit: (value) => isText(value, /^[0-9a-f]{7,64}$/),
  instant: (value) =>
    isText(value, /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z$/) && !Number.isNaN(Date.parse(String(value))),
  cwe: (value) => isText(value, /^CWE-[0-9]+$/),
  outcome: (value) => typeof value === "boolean" || value === "unknown",
  kind: isReadableKind,
};

function isText(value: unknown, pattern: RegExp): boolean {
  return typeof value === "string" && pattern.test(value);
}
