import { type Item, itemsOf, namesOfOtherLists, otherListsOf, type ReadableDocument } from "../evidence/items.ts";
import { EVIDENCE_ITEMS, type EvidenceDocument, type ReadableKind } from "../evidence/types.ts";
import { isRecord } from "../util/json.ts";
import type { EvidenceNeed, GateDefinition } from "./gate.ts";

/**
 * What a gate sees. A gate is given only the kinds of evidence that it declares, and of each finding, component, test
 * case or file only the fields that it declares; the type checker proves at build time that it reads no others, so
 * that a field left out can never silently turn a rule off.
 */
export interface GateContext {
  readonly environment: string;
  /** RFC 3339, UTC: the time of evaluation. */
  readonly time: string;
  readonly subject: GateSubject;
}

/** What is being gated, as gates see it: nothing that names a person or a run. */
export interface GateSubject {
  readonly repository?: string;
  readonly commit?: string;
  readonly ref?: string;
  readonly artifacts: readonly { readonly name: string; readonly digest: string }[];
  readonly change?: { readonly id: string; readonly base?: string };
}

/** The same for every example that says nothing else: they depend on no commit and no clock. */
export const EXAMPLE_CONTEXT = {
  environment: "example",
  time: "2026-01-01T00:00:00Z",
  subject: { artifacts: [] },
} as const satisfies GateContext;

/** What surrounds an example, with what it says of the subject. */
export function exampleContext({ subject }: { readonly subject: Partial<GateSubject> }): GateContext {
  return { ...EXAMPLE_CONTEXT, subject: { ...EXAMPLE_CONTEXT.subject, ...subject } };
}

/** The field by which a gate refers to an item: its position in the document. */
const ITEM = "item";

/** Whether a document is, or was meant to be, what the need asks for. */
export function answers(document: EvidenceDocument, need: EvidenceNeed): boolean {
  if (document.kind === "unreadable") {
    if (document.summary.intended !== need.kind) return false;
    return (
      need.category === undefined ||
      document.summary.category === undefined ||
      document.summary.category === need.category
    );
  }
  if (document.kind !== need.kind) return false;
  if (document.kind === "findings" && need.category !== undefined) {
    const { category } = need;
    return (
      document.body.scans.some((scan) => scan.category === category) ||
      document.body.findings.some((finding) => finding.category === category)
    );
  }
  if (need.suite !== undefined && "suite" in document.summary) return document.summary.suite === need.suite;
  return true;
}

/** The `input` document of a gate. */
export function gateInput(gate: GateDefinition, documents: readonly EvidenceDocument[], context: GateContext): object {
  const evidence: Record<string, object[]> = {};
  for (const need of gate.evidence) {
    const projected = (evidence[need.kind] ??= []);
    for (const document of documents) {
      if (document.kind !== "unreadable" && answers(document, need)) projected.push(projectDocument(document, need));
    }
  }
  return { ...context, evidence };
}

function projectDocument(document: ReadableDocument, need: EvidenceNeed): object {
  return {
    id: document.id,
    path: document.source.path,
    tools: document.source.tools,
    status: document.status,
    ...(document.producedAt === undefined ? {} : { producedAt: document.producedAt }),
    ...(document.subject.artifacts === undefined ? {} : { artifacts: document.subject.artifacts }),
    summary: document.summary,
    ...otherListsOf(document),
    ...(need.fields.length === 0 ? {} : { [EVIDENCE_ITEMS[document.kind]]: projectItems(itemsOf(document), need) }),
  };
}

function projectItems(items: readonly Item[], { category, fields }: EvidenceNeed): readonly Item[] {
  const projected: Item[] = [];
  for (const [position, item] of items.entries()) {
    if (category !== undefined && item["category"] !== category) continue;
    // The finding of another tool stands for it.
    if (item["duplicate"] === true) continue;
    const picked: Record<string, unknown> = { [ITEM]: position };
    for (const field of fields) {
      if (item[field] !== undefined) picked[field] = item[field];
    }
    projected.push(picked);
  }
  return projected;
}

/** A JSON Schema of an evidence kind, as far as it is needed here. */
export type EvidenceSchemas = Readonly<Record<ReadableKind, Readonly<Record<string, unknown>>>>;

/**
 * The JSON Schema of a gate's `input`: exactly what {@link gateInput} gives it.
 *
 * @param schemas the schemas of the evidence kinds (`schemas/evidence-<kind>.v1.schema.json`)
 */
export function gateInputSchema(gate: GateDefinition, schemas: EvidenceSchemas): Readonly<Record<string, unknown>> {
  const evidence: Record<string, unknown> = {};
  for (const need of gate.evidence) {
    evidence[need.kind] = { type: "array", items: documentSchema(need, schemas[need.kind]) };
  }
  const text = { type: "string" };
  return closed({
    environment: text,
    time: text,
    subject: closed({
      repository: text,
      commit: text,
      ref: text,
      artifacts: { type: "array", items: closed({ name: text, digest: text }) },
      change: closed({ id: text, base: text }),
    }),
    evidence: closed(evidence),
  });
}

function documentSchema(need: EvidenceNeed, schema: Readonly<Record<string, unknown>>): unknown {
  const properties = propertiesOf(schema);
  const body = propertiesOf(properties["body"]);
  const name = EVIDENCE_ITEMS[need.kind];
  const items = body[name];
  const itemProperties = propertiesOf(isRecord(items) ? items["items"] : undefined);
  const declared = {
    [ITEM]: { type: "integer" },
    ...Object.fromEntries(Object.entries(itemProperties).filter(([field]) => need.fields.includes(field))),
  };
  return closed({
    id: properties["id"],
    path: { type: "string" },
    tools: propertiesOf(properties["source"])["tools"],
    status: properties["status"],
    producedAt: { type: "string" },
    artifacts: propertiesOf(properties["subject"])["artifacts"],
    summary: properties["summary"],
    ...Object.fromEntries(namesOfOtherLists(need.kind).map((list) => [list, body[list]])),
    ...(need.fields.length === 0 ? {} : { [name]: { type: "array", items: closed(declared) } }),
  });
}

/** The fields that an item of a kind of evidence can have. */
export function fieldsOf({ kind }: EvidenceNeed, schemas: EvidenceSchemas): readonly string[] {
  const body = propertiesOf(propertiesOf(schemas[kind])["body"]);
  const items = body[EVIDENCE_ITEMS[kind]];
  return Object.keys(propertiesOf(isRecord(items) ? items["items"] : undefined));
}

/** The fields that a need declares and that its kind does not have. */
export function unknownFields(need: EvidenceNeed, schemas: EvidenceSchemas): readonly string[] {
  const known = fieldsOf(need, schemas);
  return need.fields.filter((field) => !known.includes(field));
}

function propertiesOf(schema: unknown): Readonly<Record<string, unknown>> {
  const properties = isRecord(schema) ? schema["properties"] : undefined;
  return isRecord(properties) ? properties : {};
}

function closed(properties: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return { type: "object", additionalProperties: false, properties };
}
