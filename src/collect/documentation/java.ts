import { childIn, childOf, type SourceFile, type SourceNode, textOf } from "../source/tree.ts";
import { docBefore, type FileSymbols, type PublicSymbol, saidInBlock, UNSAID } from "./symbols.ts";

const TYPES: ReadonlySet<string> = new Set([
  "annotation_type_declaration",
  "class_declaration",
  "enum_declaration",
  "interface_declaration",
  "record_declaration",
]);

/** What everything in them is public of. */
const OPEN_TYPES: ReadonlySet<string> = new Set(["annotation_type_declaration", "interface_declaration"]);

const METHODS: ReadonlySet<string> = new Set(["annotation_type_element_declaration", "method_declaration"]);

/**
 * What a Java file offers: its public types, the public and protected methods and types in them. What overrides has the text of
 * what it overrides. The file's own text is that of its first type: a Java file is that type.
 */
export function symbolsOfJava(file: SourceFile): FileSymbols {
  const types = file.root.children.filter(({ type }) => TYPES.has(type));
  const symbols = types.filter((type) => isVisible(type)).flatMap((type) => symbolsOf(file, type, ""));
  const [first] = types;
  return { module: first === undefined ? UNSAID : saidInBlock(docBefore(file, first)), symbols };
}

function symbolsOf(file: SourceFile, type: SourceNode, prefix: string): readonly PublicSymbol[] {
  const name = `${prefix}${textOf(file, childIn(type, "name"))}`;
  const body = childIn(type, "body");
  const members = [...(body?.children ?? []), ...(childOf(body, "enum_body_declarations")?.children ?? [])];
  return [
    { name, ...saidInBlock(docBefore(file, type)) },
    ...members.flatMap((member) => {
      const isOpen = OPEN_TYPES.has(type.type) && !hasModifier(member, "private");
      if (!isOpen && !isVisible(member)) return [];
      if (TYPES.has(member.type)) return symbolsOf(file, member, `${name}.`);
      if (!METHODS.has(member.type) || /@Override\b/.test(modifiersOf(file, member))) return [];
      const method = `${name}.${textOf(file, childIn(member, "name"))}`;
      return [{ name: method, ...saidInBlock(docBefore(file, member)) }];
    }),
  ];
}

function isVisible(node: SourceNode): boolean {
  return hasModifier(node, "public") || hasModifier(node, "protected");
}

function hasModifier(node: SourceNode, modifier: string): boolean {
  return childOf(childOf(node, "modifiers"), modifier) !== undefined;
}

function modifiersOf(file: SourceFile, node: SourceNode): string {
  return textOf(file, childOf(node, "modifiers"));
}
