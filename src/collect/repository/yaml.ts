import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  type YAMLMap,
} from "yaml";
import { messageOf } from "../../util/errors.ts";

/** The documents of a YAML file, or why it has none. */
export type YamlFile =
  | { readonly documents: readonly Document[]; readonly lines: LineCounter }
  | { readonly problem: string };

/** Reads YAML with its places. Any version and any tag: it is other people's configuration. */
export function readYaml(text: string): YamlFile {
  const lines = new LineCounter();
  try {
    // Its own check for names that occur twice takes time that is quadratic in their number.
    const parsed = parseAllDocuments(text, { lineCounter: lines, uniqueKeys: false, logLevel: "silent" });
    const documents = Array.isArray(parsed) ? parsed : [];
    const [error] = documents.flatMap(({ errors }) => errors);
    if (error === undefined) return { documents, lines };
    return { problem: error.message.split("\n", 1)[0]?.replace(/:$/, "") ?? "it is no YAML" };
  } catch (error) {
    // The nesting can be too deep for the parser, which calls itself.
    return { problem: messageOf(error) };
  }
}

/** A place in a YAML document, with the line that it begins at. */
export interface YamlValue {
  readonly line: number;
  /** Of a scalar. */
  readonly text?: string;
  readonly entries: readonly (readonly [name: string, value: YamlValue])[];
  readonly items: readonly YamlValue[];
  /** The member of a mapping. */
  at(...names: readonly string[]): YamlValue | undefined;
}

/** The values of a file's documents; empty documents are left out. */
export function yamlValues({ documents, lines }: Extract<YamlFile, { documents: unknown }>): readonly YamlValue[] {
  return documents.flatMap((document) => valueOf(document.contents, document, lines) ?? []);
}

/** Mappings that are merged into one another; more would let a small file take any time. */
const MOST_MERGES = 4;
const MOST_MERGED = 10;

function valueOf(node: unknown, document: Document, lines: LineCounter, merges = 0): YamlValue | undefined {
  if (!isNode(node)) return undefined;
  const target: Node | undefined = isAlias(node) ? node.resolve(document) : node;
  if (target === undefined) return undefined;
  const line = Math.max(1, lines.linePos(node.range?.[0] ?? 0).line);
  return {
    line,
    ...(isScalar(target) ? textOf(target.value) : {}),
    get entries() {
      return isMap(target) ? entriesOf(target, document, lines, merges) : [];
    },
    get items() {
      return isSeq(target) ? target.items.flatMap((item) => valueOf(item, document, lines, merges) ?? []) : [];
    },
    at(...names) {
      const [name, ...rest] = names;
      if (name === undefined) return this;
      return this.entries.find(([key]) => key === name)?.[1].at(...rest);
    },
  };
}

function textOf(value: unknown): { readonly text?: string } {
  if (typeof value === "string") return { text: value };
  return typeof value === "number" || typeof value === "boolean" ? { text: `${value}` } : {};
}

type Entries = readonly (readonly [name: string, value: YamlValue])[];

/** What is merged in comes last, for the members of the mapping itself win. */
function entriesOf(map: YAMLMap, document: Document, lines: LineCounter, merges: number): Entries {
  const own: (readonly [string, YamlValue])[] = [];
  const merged: (readonly [string, YamlValue])[] = [];
  for (const { key, value } of map.items) {
    if (!isScalar(key)) continue;
    const isMerge = key.value === "<<";
    const found = valueOf(value, document, lines, isMerge ? merges + 1 : merges);
    if (found === undefined) continue;
    if (!isMerge) own.push([String(key.value), found]);
    else if (merges < MOST_MERGES) {
      for (const one of [found, ...found.items].slice(0, MOST_MERGED)) merged.push(...one.entries);
    }
  }
  return [...own, ...merged];
}
