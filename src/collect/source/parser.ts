import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import type * as TreeSitter from "web-tree-sitter";
import { GateError, messageOf } from "../../util/errors.ts";
import { type Refused, withoutAmpersands, withoutGaps } from "./gaps.ts";
import { grammarOf } from "./languages.ts";
import type { Language, SourceFile, SourceNode } from "./tree.ts";

/** Why a file was not understood. */
export type UnreadReason = "language" | "size" | "encoding" | "syntax" | "effort";

/** A source file of which nothing is known. */
export interface UnreadFile {
  readonly path: string;
  readonly reason: UnreadReason;
  /** Of the first error of syntax, from 1. */
  readonly line?: number;
}

/** Parses source files, one at a time. Nothing of a file is run. */
export interface SourceParser {
  /** @throws {GateError} `evidence-unreadable` where the parser itself breaks, after which nothing that it says counts */
  parse(path: string, language: Language, content: Buffer): Promise<SourceFile | UnreadFile>;
}

/** Bytes of one source file. */
export const MOST_BYTES = 2 << 20;

/**
 * Steps of a hundred operations that the parser may take for one file: several times what two megabytes of sound code need, some
 * seconds. They are counted and not timed, so that the same files give the same evidence on any machine.
 */
const MOST_STEPS = 60_000;

/** Nodes of one syntax tree, some hundred bytes each. */
const MOST_NODES = 2_000_000;

/**
 * Loads the parser. Grammars are loaded when the first file of their language comes.
 *
 * @param folder where `web-tree-sitter.wasm` and the grammars are
 */
export async function openParser(folder: string): Promise<SourceParser> {
  const { Parser, Language: Grammar } = loadLibrary();
  const wasmBinary = await readFile(join(folder, "web-tree-sitter.wasm"));
  await Parser.init({ wasmBinary });
  const parser = new Parser();
  const grammars = new Map<string, TreeSitter.Language>();

  async function grammarFor(name: string): Promise<TreeSitter.Language> {
    const loaded = grammars.get(name) ?? (await Grammar.load(await readFile(join(folder, `tree-sitter-${name}.wasm`))));
    grammars.set(name, loaded);
    return loaded;
  }

  return {
    async parse(path, language, content) {
      const text = decoded(content);
      if (content.length > MOST_BYTES) return { path, reason: "size" };
      if (text === undefined) return { path, reason: "encoding" };
      parser.setLanguage(await grammarFor(grammarOf(path, language)));
      try {
        const found = readPatiently(parser, language, text);
        if (found === "effort") return { path, reason: "effort" };
        return "line" in found ? { path, reason: "syntax", line: found.line } : { path, language, text, root: found };
      } catch (cause) {
        throw new GateError("evidence-unreadable", `the parser broke on ${path}: ${messageOf(cause)}`, {
          hint: "Leave the file out with --exclude.",
          cause,
        });
      }
    },
  };
}

function decoded(content: Buffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(content);
  } catch {
    return undefined;
  }
}

/** Where a text was refused. */
interface Refusal {
  /** Of the first error, from 1. */
  readonly line: number;
  readonly parts: readonly Refused[];
}

/** Attempts at one text: its own, without what the grammar does not know, and a few without what was then refused. */
function readPatiently(parser: TreeSitter.Parser, language: Language, text: string): SourceNode | Refusal | "effort" {
  const first = read(parser, text);
  if (!isRefusal(first)) return first;
  let attempt = withoutGaps(language, text) ?? text;
  let found = attempt === text ? first : read(parser, attempt);
  for (let more = 2; more > 0 && isRefusal(found); more--) {
    const next = withoutAmpersands(language, attempt, found.parts);
    if (next === undefined) return found;
    attempt = next;
    found = read(parser, attempt);
  }
  return found;
}

function isRefusal(found: SourceNode | Refusal | "effort"): found is Refusal {
  return typeof found === "object" && "parts" in found;
}

function read(parser: TreeSitter.Parser, text: string): SourceNode | Refusal | "effort" {
  let steps = 0;
  const tree = parser.parse(text, null, { progressCallback: () => ++steps > MOST_STEPS });
  if (tree === null) {
    parser.reset();
    return "effort";
  }
  try {
    if (tree.rootNode.hasError) return refusalOf(tree.rootNode);
    return copyOf(tree.walk()) ?? "effort";
  } finally {
    tree.delete();
  }
}

/** The most errors whose places are looked at. */
const MOST_ERRORS = 100;

function refusalOf(root: TreeSitter.Node): Refusal {
  const found: TreeSitter.Node[] = [];
  const open: TreeSitter.Node[] = [root];
  for (let node = open.pop(); node !== undefined && found.length < MOST_ERRORS; node = open.pop()) {
    if (node.isError || node.isMissing) found.push(node);
    else open.push(...node.children.filter((child) => child.hasError || child.isMissing).toReversed());
  }
  return {
    line: (found[0] ?? root).startPosition.row + 1,
    parts: found.map(({ startIndex, endIndex }) => [startIndex, endIndex]),
  };
}

interface Draft extends SourceNode {
  readonly children: Draft[];
}

/** The tree as plain objects, which outlive the parser's memory; undefined beyond the limit. */
function copyOf(cursor: TreeSitter.TreeCursor): SourceNode | undefined {
  try {
    const root = draftOf(cursor, undefined);
    let parent = root;
    let nodes = 1;
    if (!cursor.gotoFirstChild()) return root;
    for (;;) {
      const node = draftOf(cursor, parent);
      parent.children.push(node);
      if (++nodes > MOST_NODES) return undefined;
      if (cursor.gotoFirstChild()) {
        parent = node;
        continue;
      }
      while (!cursor.gotoNextSibling()) {
        if (!cursor.gotoParent() || parent.parent === undefined) return root;
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every parent here is a draft
        parent = parent.parent as Draft;
      }
    }
  } finally {
    cursor.delete();
  }
}

function draftOf(cursor: TreeSitter.TreeCursor, parent: Draft | undefined): Draft {
  return {
    type: cursor.nodeType,
    named: cursor.nodeIsNamed,
    field: cursor.currentFieldName ?? undefined,
    start: cursor.startIndex,
    end: cursor.endIndex,
    row: cursor.startPosition.row,
    endRow: cursor.endPosition.row,
    parent,
    children: [],
  };
}

/** The build puts the path of the library's bundled JavaScript here. */
declare const GATE_TREE_SITTER: string | undefined;

/** Only here, so that a command that parses nothing never pays for it. */
function loadLibrary(): typeof TreeSitter {
  const bundled = typeof GATE_TREE_SITTER === "undefined" ? undefined : GATE_TREE_SITTER;
  return createRequire(import.meta.url)(bundled ?? "web-tree-sitter");
}
