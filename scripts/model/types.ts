/** The TypeScript types of the evidence model. */
import type { EnumType, Kind, Member, Model, ObjectType } from "./model.ts";
import { isEnum } from "./schemas.ts";

/** The types of the notation as TypeScript knows them. */
const SIMPLE: Readonly<Record<string, string>> = {
  text: "string",
  count: "number",
  integer: "number",
  number: "number",
  boolean: "boolean",
  any: "unknown",
  digest: "Digest",
  fingerprint: "string",
  commit: "string",
  instant: "string",
  cwe: "string",
  kind: "ReadableKind",
  outcome: 'boolean | "unknown"',
};

const HEAD = `/**
 * The evidence model, version 1: what a gate may know about a file that a tool left behind. One document for one
 * source file. Counts are integers and percentages are never stored: a tool's rounding must not decide a gate. Absence
 * is explicit: what a file does not carry is missing, never zero.
 *
 * Written by \`npm run model\` from \`schemas/evidence.v1.yaml\`; change that.
 */

/** \`sha256:\` and 64 lower-case hexadecimal digits. */
export type Digest = \`sha256:\${string}\`;

`;

/** The whole of `src/evidence/types.ts`, before it is formatted. */
export function typesOf(model: Model): string {
  const kinds = [...model.kinds];
  const readable = kinds.filter(([name]) => name !== "unreadable");
  const parts = [
    `export const EVIDENCE_SCHEMA = ${JSON.stringify(model.schema)};`,
    `/** What a document can be about, if its file could be read. */
export const READABLE_KINDS = ${JSON.stringify(readable.map(([name]) => name))} as const;
export type ReadableKind = (typeof READABLE_KINDS)[number];
export type EvidenceKind = ReadableKind | "unreadable";`,
    `/** The list of a kind's body that gates read by declared field. */
export const EVIDENCE_ITEMS = {${readable.map(([name, { items }]) => `${JSON.stringify(name)}: ${JSON.stringify(items)}`).join(",")}} as const satisfies Record<ReadableKind, string>;`,
    `/** All lists of a kind's body. */
export const EVIDENCE_LISTS: Readonly<Record<ReadableKind, readonly string[]>> = {${readable.map(([name, { body }]) => `${JSON.stringify(name)}: ${JSON.stringify(body.map((list) => list.name))}`).join(",")}};`,
    ...[...model.types].map(([name, type]) => (isEnum(type) ? enumType(name, type) : objectType(name, type))),
    `interface EvidenceEnvelope {
readonly schema: typeof EVIDENCE_SCHEMA;
${membersOf(model.envelope)}
}`,
    ...kinds.map(([name, kind]) => kindType(name, kind)),
    `export type EvidenceDocument = ${kinds.map(([name]) => interfaceOf(name)).join(" | ")};`,
    `/** What an adapter makes of a file; ingest adds the digests, the path and the identity. */
export type ParsedEvidence = {
  [K in ReadableKind]: Omit<Extract<EvidenceDocument, { kind: K }>, "schema" | "id" | "source"> & {
    readonly formatVersion?: string;
    readonly tools: readonly Tool[];
  };
}[ReadableKind];`,
  ];
  return `${HEAD}${parts.join("\n\n")}\n`;
}

function enumType(name: string, { about, constant, values }: EnumType): string {
  const explained = [...values].filter(([, meaning]) => meaning !== undefined);
  const meanings = explained.map(([value, meaning]) => `- \`${value}\`: ${meaning}`);
  const comment = comments(meanings.length === 0 ? [about] : [about, "", ...meanings]);
  if (constant === undefined)
    return `${comment}export type ${name} = ${[...values.keys()].map((value) => JSON.stringify(value)).join(" | ")};`;
  return `export const ${constant} = ${JSON.stringify([...values.keys()])} as const;
${comment}export type ${name} = (typeof ${constant})[number];`;
}

function objectType(name: string, { about, members }: ObjectType): string {
  return `${comments([about])}export interface ${name} {\n${membersOf(members)}\n}`;
}

function kindType(name: string, { about, summary, body }: Kind): string {
  const bodyType = body.length === 0 ? "Readonly<Record<string, never>>" : `{\n${membersOf(body)}\n}`;
  return `${comments([about])}export interface ${interfaceOf(name)} extends EvidenceEnvelope {
readonly kind: ${JSON.stringify(name)};
readonly summary: {
${membersOf(summary)}
};
readonly body: ${bodyType};
}`;
}

function interfaceOf(kind: string): string {
  const words = kind.split("-").map((word) => `${word[0]?.toUpperCase()}${word.slice(1)}`);
  return `${words.join("")}Evidence`;
}

function membersOf(members: readonly Member[]): string {
  return members
    .map(({ name, optional, type, lists, about }) => {
      const item = SIMPLE[type] ?? type;
      let text = item;
      for (let depth = 0; depth < lists; depth++) text = depth === 0 ? `readonly ${item}[]` : `readonly (${text})[]`;
      return `${comments([about])}readonly ${name}${optional ? "?" : ""}: ${text};`;
    })
    .join("\n");
}

function comments(lines: readonly string[]): string {
  const [only] = lines;
  if (lines.length === 1) return `/** ${only} */\n`;
  return `/**\n${lines.map((line) => (line === "" ? " *" : ` * ${line}`)).join("\n")}\n */\n`;
}
