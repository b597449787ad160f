import {
  childIn,
  childOf,
  childrenIn,
  childrenOf,
  nodesOf,
  type SourceFile,
  type SourceNode,
  textOf,
} from "../source/tree.ts";

/** What a file says that it needs. */
export interface Import {
  /** As written in the language: a path, or a name with points. */
  readonly target: string;
  /** Names that are taken from it, which may be modules themselves; `*` for everything. */
  readonly names: readonly string[];
  /** Whether it is gone when the program runs, as `import type` is. */
  readonly typeOnly: boolean;
}

/** What a file has to do with others. */
export interface FileLinks {
  readonly imports: readonly Import[];
  /** The package that a Java file says that it is in. */
  readonly package: string | undefined;
  /** What a Go or Java file declares for the others of its package, which need no import. */
  readonly declared: readonly string[];
  /** Names that such a file uses. */
  readonly used: ReadonlySet<string>;
}

const NOTHING: FileLinks = { imports: [], package: undefined, declared: [], used: new Set() };

/** Reads what a file needs of others. */
export function linksOf(file: SourceFile): FileLinks {
  switch (file.language) {
    case "javascript":
    case "typescript":
      return { ...NOTHING, imports: importsOfJavaScript(file) };
    case "python":
      return { ...NOTHING, imports: importsOfPython(file) };
    case "go":
      return { ...NOTHING, imports: importsOfGo(file), declared: declaredInGo(file), used: identifiersIn(file) };
    case "java":
      return {
        imports: importsOfJava(file),
        package: nameIn(file, childOf(file.root, "package_declaration")),
        declared: declaredInJava(file),
        used: identifiersIn(file),
      };
  }
}

function importsOfJavaScript(file: SourceFile): readonly Import[] {
  const found: Import[] = [];
  for (const node of nodesOf(file.root)) {
    const source = sourceOf(file, node);
    if (source === undefined) continue;
    const target = textOf(file, childOf(source, "string_fragment"));
    if (target !== "") found.push({ target, names: [], typeOnly: isTypeOnly(node) });
  }
  return found;
}

/** The text that says which module is meant: of an import, of an export, or of a call. */
function sourceOf(file: SourceFile, node: SourceNode): SourceNode | undefined {
  if (node.type === "import_statement" || node.type === "export_statement") {
    return childIn(node, "source") ?? childIn(childOf(node, "import_require_clause"), "source");
  }
  if (node.type !== "call_expression") return undefined;
  if (!/^(?:import|require)$/.test(textOf(file, childIn(node, "function")))) return undefined;
  return childOf(childIn(node, "arguments"), "string");
}

/** `import type`, and braces with nothing but types in them. */
function isTypeOnly(statement: SourceNode): boolean {
  if (childOf(statement, "type") !== undefined) return true;
  const clause = childOf(statement, "import_clause") ?? childOf(statement, "export_clause");
  const list = childOf(clause, "named_imports") ?? (clause?.type === "export_clause" ? clause : undefined);
  if (clause === undefined || list === undefined || childOf(clause, "identifier") !== undefined) return false;
  const specifiers = childrenOf(list, "import_specifier", "export_specifier");
  return specifiers.length > 0 && specifiers.every((specifier) => childOf(specifier, "type") !== undefined);
}

function importsOfPython(file: SourceFile): readonly Import[] {
  const found: Import[] = [];
  for (const node of nodesOf(file.root)) {
    if (node.type !== "import_statement" && node.type !== "import_from_statement") continue;
    const typeOnly = isForTypes(file, node);
    const names = childrenIn(node, "name").map((name) => {
      return textOf(file, name.type === "aliased_import" ? childIn(name, "name") : name).replace(/\s/g, "");
    });
    const source = childIn(node, "module_name");
    if (source === undefined) found.push(...names.map((target) => ({ target, names: [], typeOnly })));
    else found.push({ target: textOf(file, source).replace(/\s/g, ""), names, typeOnly });
  }
  return found;
}

/** Whether it is inside of `if TYPE_CHECKING:`. */
function isForTypes(file: SourceFile, node: SourceNode): boolean {
  for (let inner = node; inner.parent !== undefined; inner = inner.parent) {
    const { parent } = inner;
    if (parent.type !== "if_statement" || inner.field !== "consequence") continue;
    if (/^(?:typing\.|t\.)?TYPE_CHECKING$/.test(textOf(file, childIn(parent, "condition")))) return true;
  }
  return false;
}

function importsOfGo(file: SourceFile): readonly Import[] {
  const found: Import[] = [];
  for (const declaration of childrenOf(file.root, "import_declaration")) {
    for (const node of nodesOf(declaration)) {
      if (node.type !== "import_spec") continue;
      found.push({ target: textOf(file, childIn(node, "path")).slice(1, -1), names: [], typeOnly: false });
    }
  }
  return found;
}

function importsOfJava(file: SourceFile): readonly Import[] {
  return childrenOf(file.root, "import_declaration").map((declaration) => ({
    target: nameIn(file, declaration) ?? "",
    names: childOf(declaration, "asterisk") === undefined ? [] : ["*"],
    typeOnly: false,
  }));
}

function nameIn(file: SourceFile, node: SourceNode | undefined): string | undefined {
  const name = childOf(node, "scoped_identifier", "identifier");
  return name === undefined ? undefined : textOf(file, name).replace(/\s/g, "");
}

function declaredInGo(file: SourceFile): readonly string[] {
  return file.root.children.flatMap((node) => {
    if (node.type === "function_declaration") return [textOf(file, childIn(node, "name"))];
    if (!/^(?:const|type|var)_declaration$/.test(node.type)) return [];
    const specs = [...node.children, ...(childOf(node, "var_spec_list")?.children ?? [])];
    return specs.flatMap((spec) => childrenIn(spec, "name").map((name) => textOf(file, name)));
  });
}

function declaredInJava(file: SourceFile): readonly string[] {
  return file.root.children.flatMap((node) => {
    const name = node.type.endsWith("_declaration") ? childIn(node, "name") : undefined;
    return name === undefined ? [] : [textOf(file, name)];
  });
}

const IDENTIFIERS: ReadonlySet<string> = new Set(["identifier", "type_identifier"]);

function identifiersIn(file: SourceFile): ReadonlySet<string> {
  const found = new Set<string>();
  for (const node of nodesOf(file.root)) if (IDENTIFIERS.has(node.type)) found.add(textOf(file, node));
  return found;
}
