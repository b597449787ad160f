import { childIn, childOf, nodesOf, type SourceFile, type SourceNode, textOf } from "../source/tree.ts";
import {
  docBefore,
  type FileSymbols,
  isComment,
  isDocBlock,
  isLicence,
  mergedByName,
  type PublicSymbol,
  type Said,
  saidInBlock,
  UNSAID,
} from "./symbols.ts";

/** A declaration, and what is said of it. */
interface Declared {
  readonly node: SourceNode;
  readonly said: Said;
}

type Declarations = ReadonlyMap<string, Declared>;

/**
 * What a module of JavaScript or TypeScript exports: its declarations, and the public methods of classes among them.
 * What it passes on of another module counts there.
 */
export function symbolsOfJavaScript(file: SourceFile): FileSymbols {
  const { children } = file.root;
  const declarations = declarationsOf(file);
  const symbols = mergedByName(
    children.flatMap((statement) => {
      if (statement.type === "export_statement") return exportsOf(file, statement, declarations);
      return statement.type === "expression_statement" ? commonExportsOf(file, statement, declarations) : [];
    }),
  );
  const module = moduleOf(file);
  // A file that offers one thing is what that thing is.
  const only = symbols.filter(({ name }) => name === WHOLE || !name.includes("."));
  return { module: !module.documented && only.length === 1 ? (only[0] ?? module) : module, symbols };
}

/** The name of what a CommonJS module is as a whole. */
const WHOLE = "module.exports";

/** Everything that is declared at the top, by its name; of several of one name the last with a text. */
function declarationsOf(file: SourceFile): Declarations {
  const found = new Map<string, Declared>();
  for (const statement of file.root.children) {
    const declaration = childIn(statement, "declaration") ?? statement;
    const said = saidInBlock(docBefore(file, statement));
    for (const [name, node] of namesIn(file, declaration)) {
      if (said.documented || !found.has(name)) found.set(name, { node, said });
    }
  }
  return found;
}

const DECLARATIONS: ReadonlySet<string> = new Set([
  "abstract_class_declaration",
  "class_declaration",
  "enum_declaration",
  "function_declaration",
  "function_signature",
  "generator_function_declaration",
  "interface_declaration",
  "internal_module",
  "module",
  "type_alias_declaration",
]);

/** The names that a declaration introduces, each with the node that says what it is. */
function namesIn(file: SourceFile, declaration: SourceNode): readonly (readonly [name: string, node: SourceNode])[] {
  const { type } = declaration;
  if (DECLARATIONS.has(type)) return [[textOf(file, childIn(declaration, "name")), declaration]];
  if (type === "ambient_declaration" || type === "expression_statement") {
    // `namespace N {}` is an expression to the grammar.
    const inner = declaration.children.find((child) => DECLARATIONS.has(child.type) || isVariables(child));
    return inner === undefined ? [] : namesIn(file, inner);
  }
  if (!isVariables(declaration)) return [];
  return declaration.children.flatMap((declarator) => {
    const name = childIn(declarator, "name");
    if (declarator.type !== "variable_declarator" || name === undefined) return [];
    const value = childIn(declarator, "value") ?? declarator;
    return boundNames(file, name).map((text) => [text, value] as const);
  });
}

function isVariables({ type }: SourceNode): boolean {
  return type === "lexical_declaration" || type === "variable_declaration";
}

const BOUND: ReadonlySet<string> = new Set(["identifier", "shorthand_property_identifier_pattern"]);

/** The names that a pattern binds; default values bind none. */
function boundNames(file: SourceFile, pattern: SourceNode): readonly string[] {
  const names: string[] = [];
  for (const node of nodesOf(pattern, ({ type, field }) => field !== "right" && !type.endsWith("_expression"))) {
    if (BOUND.has(node.type) && node.field !== "right") names.push(textOf(file, node));
  }
  return names;
}

function exportsOf(file: SourceFile, statement: SourceNode, declarations: Declarations): readonly PublicSymbol[] {
  if (childIn(statement, "source") !== undefined) return [];
  const said = saidInBlock(docBefore(file, statement));
  const declaration = childIn(statement, "declaration");
  if (declaration !== undefined) {
    return namesIn(file, declaration).flatMap(([name, node]) => withMethods(file, { name, ...said }, node));
  }
  const clause = childOf(statement, "export_clause");
  if (clause !== undefined) {
    return clause.children.flatMap((specifier) => {
      const local = declarations.get(textOf(file, childIn(specifier, "name")));
      const name = textOf(file, childIn(specifier, "alias") ?? childIn(specifier, "name"));
      return local === undefined ? [] : withMethods(file, { name, ...local.said }, local.node);
    });
  }
  // `export default value` and `export = value`
  const value = childIn(statement, "value") ?? childOf(statement, "identifier");
  return value === undefined ? [] : valueSymbols(file, "default", value, said, declarations);
}

/** What a value is that is given away under a name: what it names, or itself; nothing where it was imported. */
function valueSymbols(
  file: SourceFile,
  name: string,
  value: SourceNode,
  said: Said,
  declarations: Declarations,
): readonly PublicSymbol[] {
  if (value.type === "member_expression") {
    const owner = declarations.get(/^[\w$]+/.exec(textOf(file, value))?.[0] ?? "");
    return owner !== undefined && isRequired(file, owner.node) ? [] : [{ name, ...said }];
  }
  if (value.type !== "identifier") return withMethods(file, { name, ...said }, value);
  const local = declarations.get(textOf(file, value));
  if (local === undefined || isRequired(file, local.node)) return [];
  return withMethods(file, { name, ...(said.documented ? said : local.said) }, local.node);
}

const CLASSES: ReadonlySet<string> = new Set(["abstract_class_declaration", "class", "class_declaration"]);
const METHODS: ReadonlySet<string> = new Set(["abstract_method_signature", "method_definition", "method_signature"]);

/** A symbol with the methods that users of it may call, if it is a class. */
function withMethods(file: SourceFile, symbol: PublicSymbol, node: SourceNode): readonly PublicSymbol[] {
  const body = CLASSES.has(node.type) ? childIn(node, "body") : undefined;
  const methods = (body?.children ?? []).filter((member) => METHODS.has(member.type) && isPublic(file, member));
  return [
    symbol,
    ...methods.map((method) => ({
      name: `${symbol.name}.${textOf(file, childIn(method, "name"))}`,
      ...saidInBlock(docBefore(file, method, "decorator")),
    })),
  ];
}

/** What overrides has the text of what it overrides; what begins with `_` is private by convention. */
function isPublic(file: SourceFile, method: SourceNode): boolean {
  const name = childIn(method, "name");
  const text = textOf(file, name);
  if (name?.type !== "property_identifier" || text === "constructor" || text.startsWith("_")) return false;
  if (childOf(method, "override_modifier") !== undefined) return false;
  return !/^(?:private|protected)$/.test(textOf(file, childOf(method, "accessibility_modifier")));
}

/** What `module.exports = ...`, `exports.name = ...` and the like give away. */
function commonExportsOf(file: SourceFile, statement: SourceNode, declarations: Declarations): readonly PublicSymbol[] {
  const assignment = childOf(statement, "assignment_expression");
  const said = saidInBlock(docBefore(file, statement));
  const found: PublicSymbol[] = [];
  const names: string[] = [];
  let value = assignment;
  for (; value?.type === "assignment_expression"; value = childIn(value, "right")) {
    names.push(textOf(file, childIn(value, "left")));
  }
  if (value === undefined || isRequired(file, value)) return [];
  if (names.some((name) => name === "module.exports" || name === "exports")) {
    if (value.type === "object") return membersOf(file, value, declarations);
    found.push(...valueSymbols(file, WHOLE, value, said, declarations));
  }
  for (const name of names) {
    const member = /^(?:module\.)?exports\.([\w$]+)$/.exec(name)?.[1];
    if (member === undefined || member === "__esModule" || textOf(file, value) === "void 0") continue;
    found.push(...valueSymbols(file, member, value, said, declarations));
  }
  return found;
}

/** What was asked of another module is documented there. */
function isRequired(file: SourceFile, value: SourceNode): boolean {
  return /^require\s*\(/.test(textOf(file, value));
}

function membersOf(file: SourceFile, object: SourceNode, declarations: Declarations): readonly PublicSymbol[] {
  return object.children.flatMap((member): readonly PublicSymbol[] => {
    const said = saidInBlock(docBefore(file, member, ","));
    const name = textOf(file, childIn(member, "key") ?? childIn(member, "name") ?? member);
    const value = childIn(member, "value");
    if (member.type === "method_definition") return [{ name, ...said }];
    if (member.type === "shorthand_property_identifier") {
      const local = declarations.get(name);
      return local === undefined ? [] : withMethods(file, { name, ...local.said }, local.node);
    }
    if (member.type !== "pair" || value === undefined || isRequired(file, value)) return [];
    return valueSymbols(file, name, value, said, declarations);
  });
}

const FILE_TAGS = /@(?:file|fileoverview|overview|module|packageDocumentation)\b/;

/**
 * What the file says of itself: a comment at the top with `@file`, `@module` or `@packageDocumentation`, or one there that
 * is not about the first declaration.
 */
function moduleOf(file: SourceFile): Said {
  const body = file.root.children.filter(({ type }) => type !== "hash_bang_line");
  const first = body.findIndex((node) => !isComment(node));
  const comments = body.slice(0, first === -1 ? body.length : first).map((node) => textOf(file, node));
  const docs = comments.filter((text) => isDocBlock(text) && (!isLicence(text) || FILE_TAGS.test(text)));
  const tagged = docs.find((text) => FILE_TAGS.test(text));
  if (tagged !== undefined) return saidInBlock(tagged);
  const statement = body[first];
  const taken = statement !== undefined && isDocumentable(file, statement) ? docBefore(file, statement) : undefined;
  const free = docs.find((text) => text !== taken);
  return free === undefined ? UNSAID : saidInBlock(free);
}

function isDocumentable(file: SourceFile, statement: SourceNode): boolean {
  if (statement.type === "export_statement") return childIn(statement, "source") === undefined;
  if (statement.type === "expression_statement") return childOf(statement, "assignment_expression") !== undefined;
  return namesIn(file, statement).length > 0;
}
