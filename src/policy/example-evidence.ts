import { canonicalDigest, sha256 } from "../evidence/canonical.ts";
import { SHAPES, type Shape } from "../evidence/shapes.ts";
import { EVIDENCE_SCHEMA, type EvidenceDocument, READABLE_KINDS, type ReadableKind } from "../evidence/types.ts";
import { GateError } from "../util/errors.ts";
import { isRecord } from "../util/json.ts";
import { EXAMPLE_DEFAULTS, EXAMPLE_SUMMARIES } from "./example-values.ts";
import { EXAMPLE_CONTEXT } from "./input.ts";

/** A piece of evidence as an example writes it. */
export type Part = Readonly<Record<string, unknown>>;

/**
 * Completes a document of an example: the members that the gate under test does not care about get plain values, which
 * are in no way remarkable, and the summary is counted as far as that is possible. `null` leaves a member out.
 *
 * @param part `kind`, and any of `path`, `status`, `artifacts`, `summary` and the lists of the kind
 * @param position in the example, which makes two documents differ
 * @throws {GateError} `policy-invalid` for a kind that does not exist
 */
export function exampleDocument(part: Part, position: number): EvidenceDocument {
  const path = typeof part["path"] === "string" ? part["path"] : `${String(part["kind"])}-${position + 1}.json`;
  const document = {
    schema: EVIDENCE_SCHEMA,
    kind: part["kind"],
    subject: Array.isArray(part["artifacts"]) ? { artifacts: part["artifacts"] } : {},
    source: { format: "example", path, bytes: 0, sha256: sha256(""), tools: [{ name: "Example" }] },
    status: part["status"] ?? "complete",
    statusReasons: part["status"] === undefined ? [] : [{ code: "example", message: "as the example says" }],
    quality: { warnings: [], inconsistencies: [], redactions: 0 },
    ...contentOf(part),
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a test holds the examples against the schemas
  return { ...document, id: canonicalDigest(document) } as unknown as EvidenceDocument;
}

function contentOf(part: Part): { readonly summary: Part; readonly body: Part } {
  const given = isRecord(part["summary"]) ? part["summary"] : {};
  if (part["kind"] === "unreadable") return { summary: { intended: "findings", ...given }, body: {} };
  const kind = kindOf(part);
  const shapes = SHAPES.kinds[kind];
  const body = Object.fromEntries(
    Object.entries(shapes.body)
      .map(([key, type]) => [key.replace("?", ""), type] as const)
      .filter(([name]) => Array.isArray(part[name]) || Object.hasOwn(shapes.body, name))
      .map(([name, type]) => [name, completeItems(part[name], type)]),
  );
  const lengths = Object.fromEntries(
    Object.entries(body).flatMap(([name, items]) =>
      Object.hasOwn(shapes.summary, name) ? [[name, items.length]] : [],
    ),
  );
  const counted = EXAMPLE_SUMMARIES[kind]?.(body, part) ?? {};
  return { summary: complete({ ...lengths, ...counted, ...given }, shapes.summary), body };
}

function kindOf(part: Part): ReadableKind {
  const kind = READABLE_KINDS.find((known) => known === part["kind"]);
  if (kind !== undefined) return kind;
  throw new GateError("policy-invalid", `there is no evidence of kind "${String(part["kind"])}"`);
}

function completeItems(value: unknown, type: string): readonly Part[] {
  const items = Array.isArray(value) ? value.filter(isRecord) : [];
  return items.map((item, index) => completeItem(item, type.replace("[]", ""), index, items.length));
}

function completeItem(item: Part, type: string, index: number, count: number): Part {
  const shape = SHAPES.types[type];
  if (shape === undefined || isValues(shape)) return item;
  return complete({ ...EXAMPLE_DEFAULTS[type]?.(item, index, count), ...item }, shape);
}

/** Fills what a shape requires and is not there, at every depth, and drops what is `null`. */
function complete(value: Part, shape: Shape): Part {
  const completed: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    if (member !== null) completed[name] = completeMember(member, shape[name] ?? shape[`${name}?`]);
  }
  for (const [name, type] of Object.entries(shape)) {
    if (!name.endsWith("?") && !Object.hasOwn(value, name)) completed[name] = plainValue(name, type);
  }
  return completed;
}

function completeMember(value: unknown, type: string | undefined): unknown {
  if (type === undefined) return value;
  if (Array.isArray(value)) {
    const element = type.replace("[]", "");
    return value.map((one: unknown, index) => (isRecord(one) ? completeItem(one, element, index, value.length) : one));
  }
  return isRecord(value) ? completeItem(value, type, 0, 1) : value;
}

const PLAIN: Readonly<Record<string, unknown>> = {
  count: 0,
  integer: 0,
  number: 0,
  boolean: false,
  any: {},
  outcome: true,
  digest: sha256(""),
  fingerprint: sha256("").slice("sha256:".length),
  commit: sha256("").slice("sha256:".length, "sha256:".length + 40),
  instant: EXAMPLE_CONTEXT.time,
  cwe: "CWE-79",
  kind: "findings",
};

function plainValue(name: string, type: string): unknown {
  if (type.endsWith("[]")) return [];
  if (type === "text") return `example ${name}`;
  if (Object.hasOwn(PLAIN, type)) return PLAIN[type];
  const own = SHAPES.types[type] ?? [];
  return isValues(own) ? own[0] : complete({}, own);
}

function isValues(own: Shape | readonly string[]): own is readonly string[] {
  return Array.isArray(own);
}
