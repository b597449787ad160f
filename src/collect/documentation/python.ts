import { childIn, childOf, childrenOf, nodesOf, type SourceFile, type SourceNode, textOf } from "../source/tree.ts";
import { type FileSymbols, hasWords, mergedByName, type PublicSymbol, type Said, UNSAID } from "./symbols.ts";

/**
 * What a Python module offers: the functions and classes at its top, and the methods of those classes, whose names do not begin
 * with `_`. Where it has a literal `__all__`, only what is in it.
 */
export function symbolsOfPython(file: SourceFile): FileSymbols {
  const all = allOf(file);
  const symbols = definitionsIn(file, file.root).filter(({ name }) => {
    return all === undefined || all.has(name.split(".")[0] ?? "");
  });
  return { module: docstringOf(file, file.root), symbols: mergedByName(symbols) };
}

/** The definitions of a block, in the branches of conditions too. */
function definitionsIn(file: SourceFile, block: SourceNode, prefix = ""): readonly PublicSymbol[] {
  const found: PublicSymbol[] = [];
  for (const node of nodesOf(block, ({ type }) => !type.endsWith("_definition") && !type.endsWith("_expression"))) {
    const definition = node.type === "decorated_definition" ? childIn(node, "definition") : node;
    if (definition === undefined || isRepeated(file, node)) continue;
    const name = textOf(file, childIn(definition, "name"));
    const body = childIn(definition, "body");
    const isClass = definition.type === "class_definition";
    if ((!isClass && definition.type !== "function_definition") || name.startsWith("_") || body === undefined) continue;
    found.push({ name: `${prefix}${name}`, ...docstringOf(file, body) });
    if (isClass) found.push(...definitionsIn(file, body, `${prefix}${name}.`));
  }
  return found;
}

/** Whether it is told elsewhere what the definition is for: it overloads, overrides, sets or deletes. */
function isRepeated(file: SourceFile, node: SourceNode): boolean {
  return childrenOf(node, "decorator").some((decorator) => {
    return /^@\s*(?:(?:typing(?:_extensions)?|t)\s*\.\s*)?(?:overload|override)\b|\.(?:setter|deleter)\b/.test(
      textOf(file, decorator),
    );
  });
}

/** What the first statement says, if it is a plain string. */
function docstringOf(file: SourceFile, block: SourceNode): Said {
  const first = block.children.find(({ type }) => type !== "comment");
  const string = first?.type === "expression_statement" ? childOf(first, "string", "concatenated_string") : undefined;
  if (string === undefined || /^(?:[rR]?[fFbBtT]|[fFbBtT][rR]?)["']/.test(textOf(file, string))) return UNSAID;
  const text = [...nodesOf(string)]
    .filter(({ type }) => type === "string_content")
    .map((node) => textOf(file, node))
    .join("");
  const example = /^\s*(?:>>> |```|\.\. (?:code-block|code|doctest|testcode|sourcecode)::)/m.test(text);
  return { documented: hasWords(text), example };
}

/** The names of `__all__`; undefined where there is none, or where it is made up at run time. */
function allOf(file: SourceFile): ReadonlySet<string> | undefined {
  for (const statement of file.root.children) {
    const assignment = childOf(statement, "assignment");
    if (textOf(file, childIn(assignment, "left")) !== "__all__") continue;
    const list = childIn(assignment, "right");
    if (list === undefined || (list.type !== "list" && list.type !== "tuple")) return undefined;
    const items = list.children.filter(({ named, type }) => named && type !== "comment");
    if (items.some(({ type }) => type !== "string")) return undefined;
    return new Set(items.map((item) => textOf(file, childOf(item, "string_content"))));
  }
  return undefined;
}
