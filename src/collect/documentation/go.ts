import { receiverOf } from "../source/go.ts";
import { childIn, childrenIn, childrenOf, type SourceFile, type SourceNode, textOf } from "../source/tree.ts";
import { type FileSymbols, hasWords, isLicence, type PublicSymbol, type Said, UNSAID } from "./symbols.ts";

/** What a file of a Go package offers: names that begin with a capital; nothing for a program, which cannot be imported. */
export function symbolsOfGo(file: SourceFile): FileSymbols {
  const clause = file.root.children.find(({ type }) => type === "package_clause");
  const name = clause?.children.find(({ type }) => type === "package_identifier");
  const symbols = textOf(file, name) === "main" ? [] : file.root.children.flatMap((node) => symbolsIn(file, node));
  return { module: clause === undefined ? UNSAID : commentBefore(file, clause), symbols };
}

/**
 * What the `Example` functions of a test file are about, as `go doc` has it: `F`, `T.M`, or the empty text for the package.
 */
export function examplesOfGo(file: SourceFile): readonly string[] {
  return file.root.children.flatMap((node) => {
    const name = node.type === "function_declaration" ? textOf(file, childIn(node, "name")) : "";
    const about = /^Example(?:_?$|_(?![A-Z])|([A-Z][^_]*)(?:_([A-Z][^_]*))?(?:_|$))/u.exec(name);
    if (about === null) return [];
    return [[about[1], about[2]].filter((part) => part !== undefined).join(".")];
  });
}

function symbolsIn(file: SourceFile, node: SourceNode): readonly PublicSymbol[] {
  if (node.type === "function_declaration")
    return exported(textOf(file, childIn(node, "name")), commentBefore(file, node));
  if (node.type === "method_declaration") {
    const receiver = receiverOf(file, node);
    const name = textOf(file, childIn(node, "name"));
    return isExported(receiver) && isExported(name)
      ? [{ name: `${receiver}.${name}`, ...commentBefore(file, node) }]
      : [];
  }
  if (!/^(?:const|type|var)_declaration$/.test(node.type)) return [];
  const group = commentBefore(file, node);
  const inner = childrenOf(node, "var_spec_list")[0] ?? node;
  return childrenOf(inner, "const_spec", "var_spec", "type_spec", "type_alias").flatMap((spec) => {
    const own = [commentBefore(file, spec), commentBehind(file, spec), group].find(({ documented }) => documented);
    return childrenIn(spec, "name").flatMap((name) => exported(textOf(file, name), own ?? UNSAID));
  });
}

function exported(name: string, said: Said): readonly PublicSymbol[] {
  return isExported(name) ? [{ name, ...said }] : [];
}

function isExported(name: string): boolean {
  return /^\p{Lu}/u.test(name);
}

/** The comments directly above a node, without an empty line between. */
function commentBefore(file: SourceFile, node: SourceNode): Said {
  const siblings = node.parent?.children.filter(({ type }) => type !== "\n") ?? [];
  const lines: string[] = [];
  let { row } = node;
  for (let index = siblings.indexOf(node) - 1; index >= 0; index--) {
    const before = siblings[index];
    if (before?.type !== "comment" || before.endRow !== row - 1 || isBehindCode(siblings, index)) break;
    lines.unshift(textOf(file, before));
    ({ row } = before);
  }
  return saidIn(lines);
}

/** A comment at the end of a line of code is about that line. */
function isBehindCode(siblings: readonly SourceNode[], index: number): boolean {
  const [before, comment] = [siblings[index - 1], siblings[index]];
  return before !== undefined && before.type !== "comment" && before.endRow === comment?.row;
}

function commentBehind(file: SourceFile, node: SourceNode): Said {
  const siblings = node.parent?.children ?? [];
  const comment = siblings.slice(siblings.indexOf(node) + 1).find(({ type }) => type === "comment");
  return comment !== undefined && comment.row === node.endRow ? saidIn([textOf(file, comment)]) : UNSAID;
}

const DIRECTIVE = /^\/\/(?:[a-z]+:\S|\s*\+build\b|line )/;

function saidIn(comments: readonly string[]): Said {
  const told = comments.filter((comment) => !DIRECTIVE.test(comment));
  const text = told.map((comment) => comment.replace(/^\/\/|^\/\*|\*\/$/g, "")).join("\n");
  if (told[0] !== undefined && isLicence(told[0])) return UNSAID;
  // Lines that are further in are code, by the syntax of Go's doc comments.
  return { documented: hasWords(text), example: /^(?:\t| {4,})\S|^\s*```/m.test(text) };
}
