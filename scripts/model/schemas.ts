/** The JSON Schemas (draft-07) of the evidence kinds: flat, so that OPA's type checker can use them. */
import type { EnumType, Kind, Member, Model, ObjectType } from "./model.ts";

const BASE = "https://gate-engine.github.io/schemas";

/** The types of the notation that are no types of the model. */
const SIMPLE: Readonly<Record<string, object>> = {
  text: { type: "string" },
  count: { type: "integer", minimum: 0 },
  integer: { type: "integer" },
  number: { type: "number" },
  boolean: { type: "boolean" },
  any: {},
  digest: { type: "string", pattern: "^sha256:[0-9a-f]{64}$" },
  fingerprint: { type: "string", pattern: "^[0-9a-f]{64}$" },
  commit: { type: "string", pattern: "^[0-9a-f]{7,64}$" },
  instant: { type: "string", format: "date-time" },
  cwe: { type: "string", pattern: "^CWE-[0-9]+$" },
};

/** The schema of one kind. */
export function schemaOf(name: string, kind: Kind, model: Model): object {
  const envelope = objectSchema(model.envelope, model);
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    $id: `${BASE}/evidence-${name}.v1.schema.json`,
    title: `${name[0]?.toUpperCase()}${name.slice(1)} evidence, version 1`,
    description: kind.about,
    type: "object",
    additionalProperties: false,
    required: ["schema", "kind", ...envelope.required, "summary", "body"],
    properties: {
      schema: { const: model.schema, description: "The version of the model." },
      kind: { const: name, description: "What the document is about." },
      ...envelope.properties,
      summary: { description: "What the document comes to.", ...objectSchema(kind.summary, model) },
      body: { description: "What the document is made of.", ...objectSchema(kind.body, model) },
    },
  };
}

function objectSchema(members: readonly Member[], model: Model) {
  return {
    type: "object",
    additionalProperties: false,
    required: members.filter(({ optional }) => !optional).map(({ name }) => name),
    properties: Object.fromEntries(members.map((member) => [member.name, memberSchema(member, model)])),
  };
}

function memberSchema({ type, lists, about }: Member, model: Model): object {
  const simple = simpleSchema(type, model);
  const own = model.types.get(type);
  const described = { description: lists > 0 ? (own?.about ?? about) : about, ...simple };
  return listed(described, lists, about);
}

function listed(items: object, lists: number, description: string): object {
  if (lists === 0) return items;
  return { type: "array", description, items: listed(items, lists - 1, description) };
}

function simpleSchema(type: string, model: Model): object {
  const simple = SIMPLE[type];
  if (simple !== undefined) return simple;
  if (type === "kind") return { type: "string", enum: [...model.kinds.keys()].filter((kind) => kind !== "unreadable") };
  if (type === "outcome") return { enum: [true, false, "unknown"] };
  const own = model.types.get(type);
  if (own === undefined) throw new Error(`there is no type "${type}"`);
  return isEnum(own) ? { type: "string", enum: [...own.values.keys()] } : objectSchema(own.members, model);
}

/** Whether a type is a list of values. */
export function isEnum(type: EnumType | ObjectType): type is EnumType {
  return "values" in type;
}
