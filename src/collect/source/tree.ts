/** A node of a syntax tree, as the grammar of its language names it. */
export interface SourceNode {
  readonly type: string;
  /** False for keywords, operators and brackets. */
  readonly named: boolean;
  /** What it is to its parent, such as `body`; undefined where the grammar has no word for it. */
  readonly field: string | undefined;
  /** UTF-16 code units from the start of the text. */
  readonly start: number;
  readonly end: number;
  /** Lines, from 0. */
  readonly row: number;
  readonly endRow: number;
  readonly parent: SourceNode | undefined;
  readonly children: readonly SourceNode[];
}

/** A source file that was parsed without an error. */
export interface SourceFile {
  readonly path: string;
  /** Such as `typescript`. */
  readonly language: Language;
  readonly text: string;
  readonly root: SourceNode;
}

/** The languages that are understood. */
export type Language = "go" | "java" | "javascript" | "python" | "typescript";

/** The node and everything below it, in the order of the text. It does not recurse: nesting is up to whoever wrote the file. */
export function* nodesOf(
  node: SourceNode,
  isEntered: (node: SourceNode) => boolean = () => true,
): Generator<SourceNode, void, undefined> {
  const open: SourceNode[] = [node];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    yield next;
    if (isEntered(next)) open.push(...next.children.toReversed());
  }
}

/** The nodes above it, the nearest first. */
export function* ancestorsOf(node: SourceNode): Generator<SourceNode, void, undefined> {
  for (let next = node.parent; next !== undefined; next = next.parent) yield next;
}

/** The first child of a field. */
export function childIn(node: SourceNode | undefined, field: string): SourceNode | undefined {
  return node?.children.find((child) => child.field === field);
}

/** The children of a field. */
export function childrenIn(node: SourceNode, field: string): readonly SourceNode[] {
  return node.children.filter((child) => child.field === field);
}

/** The first child of a type. */
export function childOf(node: SourceNode | undefined, ...types: readonly string[]): SourceNode | undefined {
  return node?.children.find(({ type }) => types.includes(type));
}

/** The children of some types. */
export function childrenOf(node: SourceNode, ...types: readonly string[]): readonly SourceNode[] {
  return node.children.filter(({ type }) => types.includes(type));
}

/** The text of a node; empty for none. */
export function textOf(file: Pick<SourceFile, "text">, node: SourceNode | undefined): string {
  return node === undefined ? "" : file.text.slice(node.start, node.end);
}
