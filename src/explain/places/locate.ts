import { canonicalJson } from "../../evidence/canonical.ts";
import { itemsOf, type ReadableDocument } from "../../evidence/items.ts";
import type { EvidenceDocument } from "../../evidence/types.ts";
import { isRecord } from "../../util/json.ts";
import type { OriginalPlace } from "../model.ts";
import { type JsonNode, jsonNodes, pointerOf, positionAt, withoutNode } from "./json-nodes.ts";

/** Places that are looked at more closely, for one item. */
const MOST_CANDIDATES = 8;

/** Facts of one item that are looked for. */
const MOST_FACTS = 24;

/** What an item is called by gate, not by the file. */
const OWN_FIELDS: ReadonlySet<string> = new Set([
  "category",
  "severity",
  "severityRaw",
  "suppressed",
  "suppressions",
  "status",
  "attempts",
  "flaky",
  "alternatives",
  "spdx",
]);

/** A file that was read, and the way in which it was. */
export interface SourceFile {
  readonly text: string;
  /** The document that the same reader makes of another text; undefined where it makes none. */
  reread(text: string): Promise<EvidenceDocument | undefined>;
}

/**
 * Where an item of evidence is in the file that it was read from. In JSON a value is the item's place where reading the
 * file without that value gives the same evidence without that item; elsewhere it is the one line that holds most of what
 * the item says.
 *
 * @returns undefined where that cannot be told
 */
export async function locateItem(
  document: ReadableDocument,
  position: number,
  file: SourceFile,
): Promise<OriginalPlace | undefined> {
  const item = itemsOf(document)[position];
  if (item === undefined) return undefined;
  const facts = [...new Set(factsOf(item))].slice(0, MOST_FACTS);
  const root = jsonNodes(file.text);
  if (root === undefined) return lineWith(facts, file.text);
  const whole = await itemsReadFrom(file.text, document, file);
  if (whole?.length !== itemsOf(document).length) return undefined;
  const expected = canonicalJson(whole.filter((_, index) => index !== position));
  for (const node of candidatesIn(root, facts)) {
    const left = await itemsReadFrom(withoutNode(file.text, node), document, file);
    if (left === undefined || canonicalJson(left) !== expected) continue;
    return { pointer: pointerOf(node), ...positionAt(file.text, node.start) };
  }
  return undefined;
}

/** Without their ids, which depend on what else there is. */
async function itemsReadFrom(
  text: string,
  { kind }: ReadableDocument,
  file: SourceFile,
): Promise<readonly unknown[] | undefined> {
  const document = await file.reread(text);
  if (document === undefined || document.kind === "unreadable" || document.kind !== kind) return undefined;
  return itemsOf(document).map((item) => {
    const { id: _, ...rest } = item;
    return rest;
  });
}

type Fact = string | number;

/** The texts and numbers of an item, the outer ones first. */
function factsOf(value: unknown): readonly Fact[] {
  if (typeof value === "string") return value.length > 1 ? [value] : [];
  if (typeof value === "number") return [value];
  if (Array.isArray(value)) return value.flatMap(factsOf);
  if (!isRecord(value)) return [];
  const members = Object.entries(value).filter(([name]) => !OWN_FIELDS.has(name));
  const inner = members.filter(([, member]) => typeof member === "object");
  const outer = members.filter(([, member]) => typeof member !== "object");
  return [...outer, ...inner].flatMap(([, member]) => factsOf(member));
}

/** Objects that hold most of the facts, the innermost first. */
function candidatesIn(root: JsonNode, facts: readonly Fact[]): readonly JsonNode[] {
  const found: { readonly node: JsonNode; readonly score: number; readonly depth: number }[] = [];

  function visit(node: JsonNode, depth: number): number {
    let held = node.name === undefined ? 0 : maskOf(node.name, facts);
    if (node.scalar !== undefined && node.scalar !== null) held |= maskOf(node.scalar, facts);
    for (const child of node.children) held |= visit(child, depth + 1);
    if (held !== 0 && node.parent !== undefined && node.children.length > 0) {
      found.push({ node, score: bitsOf(held), depth });
    }
    return held;
  }

  visit(root, 0);
  return found
    .toSorted((a, b) => b.score - a.score || b.depth - a.depth)
    .slice(0, MOST_CANDIDATES)
    .map(({ node }) => node);
}

function maskOf(value: string | number | boolean, facts: readonly Fact[]): number {
  return facts.reduce<number>((mask, fact, index) => (holds(value, fact) ? mask | (1 << index) : mask), 0);
}

/** Paths are kept relative to the checkout, and long names are put together of shorter ones. */
function holds(value: string | number | boolean, fact: Fact): boolean {
  if (value === fact || typeof value !== "string" || typeof fact !== "string") return value === fact;
  return value.length > 2 && (value.endsWith(`/${fact}`) || fact.endsWith(` ${value}`) || fact.endsWith(`/${value}`));
}

function bitsOf(mask: number): number {
  let count = 0;
  for (let left = mask; left !== 0; left &= left - 1) count++;
  return count;
}

/** The only line that holds most of the facts. */
function lineWith(facts: readonly Fact[], text: string): OriginalPlace | undefined {
  const wanted = facts.filter((fact) => typeof fact === "string").map((fact) => [fact, escapedXml(fact)] as const);
  let best: { readonly line: number; readonly score: number; readonly alone: boolean } | undefined;
  for (const [index, line] of text.split("\n").entries()) {
    const score = wanted.filter(([plain, escaped]) => line.includes(plain) || line.includes(escaped)).length;
    if (score === 0 || (best !== undefined && score < best.score)) continue;
    best = { line: index + 1, score, alone: best?.score !== score };
  }
  return best?.alone === true ? { line: best.line } : undefined;
}

function escapedXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
