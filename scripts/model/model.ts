/** Reads the evidence model of `schemas/evidence.v1.yaml`; its head describes the notation. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

export const ROOT = join(import.meta.dirname, "..", "..");
const MODEL = "schemas/evidence.v1.yaml";

export interface Member {
  readonly name: string;
  readonly optional: boolean;
  /** Of the model, without the `[]` of lists. */
  readonly type: string;
  /** How many lists are around it: 1 for `text[]`. */
  readonly lists: number;
  readonly about: string;
}

export interface EnumType {
  readonly about: string;
  /** The name of a constant with all values, where programs need one. */
  readonly constant?: string;
  readonly values: ReadonlyMap<string, string | undefined>;
}

export interface ObjectType {
  readonly about: string;
  readonly members: readonly Member[];
}

export interface Kind {
  readonly about: string;
  readonly summary: readonly Member[];
  readonly body: readonly Member[];
  /** The list of the body that gates read by declared field. */
  readonly items?: string;
}

export interface Model {
  readonly schema: string;
  readonly envelope: readonly Member[];
  readonly types: ReadonlyMap<string, EnumType | ObjectType>;
  readonly kinds: ReadonlyMap<string, Kind>;
}

interface Source {
  readonly types: Readonly<Record<string, SourceType>>;
  readonly envelope: { readonly schema: string; readonly members: Readonly<Record<string, string>> };
  readonly kinds: Readonly<Record<string, SourceKind>>;
}

interface SourceType {
  readonly about: string;
  readonly constant?: string;
  readonly values?: readonly string[] | Readonly<Record<string, string>>;
  readonly members?: Readonly<Record<string, string>>;
}

interface SourceKind {
  readonly about: string;
  readonly summary: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, string>>;
  readonly items?: string;
}

/** The model as the file has it. */
export function readModel(): Model {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the repository's own file
  const source = parse(readFileSync(join(ROOT, MODEL), "utf8")) as Source;
  return {
    schema: source.envelope.schema,
    envelope: membersOf(source.envelope.members),
    types: new Map(Object.entries(source.types).map(([name, type]) => [name, typeOf(type)])),
    kinds: new Map(Object.entries(source.kinds).map(([name, kind]) => [name, kindOf(kind)])),
  };
}

function typeOf({ about, constant, values, members }: SourceType): EnumType | ObjectType {
  if (members !== undefined) return { about, members: membersOf(members) };
  const entries = Array.isArray(values)
    ? values.map((value) => [value, undefined] as const)
    : Object.entries(values ?? {});
  return {
    about,
    ...(constant === undefined ? {} : { constant }),
    values: new Map<string, string | undefined>(entries),
  };
}

function kindOf({ about, summary, body, items }: SourceKind): Kind {
  return { about, summary: membersOf(summary), body: membersOf(body), ...(items === undefined ? {} : { items }) };
}

function membersOf(source: Readonly<Record<string, string>>): readonly Member[] {
  return Object.entries(source).map(([key, text]) => {
    const match = /^(\w+)((?:\[\])*) \| (.+)$/s.exec(text);
    const [, type, lists, about] = match ?? [];
    if (type === undefined || lists === undefined || about === undefined) {
      throw new Error(`${MODEL}: ${key}: "${text}" is not "type | description"`);
    }
    return { name: key.replace(/\?$/, ""), optional: key.endsWith("?"), type, lists: lists.length / 2, about };
  });
}
