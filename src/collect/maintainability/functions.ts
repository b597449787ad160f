import { receiverOf } from "../source/go.ts";
import {
  ancestorsOf,
  childIn,
  childOf,
  childrenIn,
  type Language,
  nodesOf,
  type SourceFile,
  type SourceNode,
  textOf,
} from "../source/tree.ts";

/** How complex one function is. */
export interface FunctionMeasures {
  /** First line, from 1. */
  readonly line: number;
  /** With its class in front; `anonymous`, or `(module)` for what stands outside of functions. */
  readonly name: string;
  /** Cyclomatic complexity (McCabe): one more than the decisions. */
  readonly complexity: number;
  /** Lines with something besides comments on them. */
  readonly lines: number;
  /** As written, `self` included. */
  readonly parameters: number;
}

/** What counts in a language, by the names of its grammar. */
interface Rules {
  /** What is a function of its own. */
  readonly functions: ReadonlySet<string>;
  /** What is a part of the function around it, and one of its own where there is none. */
  readonly closures: ReadonlySet<string>;
  /** What is one decision each. */
  readonly decisions: ReadonlySet<string>;
  /** What is one where its operator is among the {@link SHORT_CIRCUITS}. */
  readonly operations: ReadonlySet<string>;
  readonly classes: ReadonlySet<string>;
}

const SHORT_CIRCUITS: ReadonlySet<string> = new Set(["&&", "||", "??", "&&=", "||=", "??=", "and", "or"]);

const ECMASCRIPT: Rules = {
  functions: new Set([
    "arrow_function",
    "function_declaration",
    "function_expression",
    "generator_function",
    "generator_function_declaration",
    "method_definition",
  ]),
  closures: new Set(),
  decisions: new Set([
    "catch_clause",
    "do_statement",
    "for_in_statement",
    "for_statement",
    "if_statement",
    "switch_case",
    "ternary_expression",
    "while_statement",
  ]),
  operations: new Set(["augmented_assignment_expression", "binary_expression"]),
  classes: new Set(["abstract_class_declaration", "class", "class_declaration"]),
};

const RULES: Readonly<Record<Language, Rules>> = {
  javascript: ECMASCRIPT,
  typescript: ECMASCRIPT,
  python: {
    functions: new Set(["function_definition"]),
    closures: new Set(["lambda"]),
    decisions: new Set([
      "case_clause",
      "conditional_expression",
      "elif_clause",
      "except_clause",
      "except_group_clause",
      "for_in_clause",
      "for_statement",
      "if_clause",
      "if_statement",
      "while_statement",
    ]),
    operations: new Set(["boolean_operator"]),
    classes: new Set(["class_definition"]),
  },
  go: {
    functions: new Set(["function_declaration", "method_declaration"]),
    closures: new Set(["func_literal"]),
    decisions: new Set(["communication_case", "expression_case", "for_statement", "if_statement", "type_case"]),
    operations: new Set(["binary_expression"]),
    classes: new Set(),
  },
  java: {
    functions: new Set(["compact_constructor_declaration", "constructor_declaration", "method_declaration"]),
    closures: new Set(["lambda_expression"]),
    decisions: new Set([
      "catch_clause",
      "do_statement",
      "enhanced_for_statement",
      "for_statement",
      "if_statement",
      "switch_label",
      "ternary_expression",
      "while_statement",
    ]),
    operations: new Set(["binary_expression"]),
    classes: new Set(["class_declaration", "enum_declaration", "interface_declaration", "record_declaration"]),
  },
};

interface Tally {
  readonly node: SourceNode;
  decisions: number;
  readonly rows: Set<number>;
}

/**
 * Measures the functions of a file, in the order of their lines. Decisions count for the nearest function around them. What
 * stands outside of functions is listed as one, `(module)`, where it decides something: code must not get simple by leaving its
 * function.
 */
export function functionsOf(file: SourceFile): readonly FunctionMeasures[] {
  const rules = RULES[file.language];
  const outside: Tally = { node: file.root, decisions: 0, rows: new Set() };
  const tallies = new Map<SourceNode, Tally>([[file.root, outside]]);
  // The function that each node with children is in; parents come before their children.
  const owners = new Map<SourceNode, Tally>([[file.root, outside]]);
  for (const node of nodesOf(file.root)) {
    const around = owners.get(node.parent ?? file.root) ?? outside;
    const own = startsFunction(node, around === outside, rules)
      ? { node, decisions: 0, rows: new Set<number>() }
      : around;
    if (own !== around) tallies.set(node, own);
    if (node.children.length > 0) owners.set(node, own);
    else if (!node.type.endsWith("comment")) countRows(node, own);
    if (isDecision(file, node, rules)) own.decisions++;
  }
  addInner(tallies, owners);
  return [...tallies.values()]
    .filter((tally) => tally !== outside || tally.decisions > 0)
    .map(({ node, decisions, rows }) => ({
      // Annotations stand above the name.
      line: (childIn(node, "name")?.row ?? node.row) + 1,
      name: node === file.root ? "(module)" : nameOf(file, node, rules),
      complexity: decisions + 1,
      lines: rows.size,
      parameters: node === file.root ? 0 : parametersOf(node),
    }));
}

function startsFunction(node: SourceNode, isOutside: boolean, rules: Rules): boolean {
  if (rules.functions.has(node.type)) return node.named && hasBody(node);
  return node.named && isOutside && rules.closures.has(node.type);
}

/** A declaration without a body, such as one of an interface, decides nothing. */
function hasBody(node: SourceNode): boolean {
  return childIn(node, "body") !== undefined || childOf(node, "block") !== undefined;
}

function countRows({ row, endRow }: SourceNode, { rows }: Tally): void {
  for (let line = row; line <= endRow; line++) rows.add(line);
}

/** The lines of a function are also those of the functions around it. */
function addInner(tallies: ReadonlyMap<SourceNode, Tally>, owners: ReadonlyMap<SourceNode, Tally>): void {
  for (const tally of [...tallies.values()].toReversed()) {
    const outer = tally.node.parent === undefined ? undefined : owners.get(tally.node.parent);
    if (outer === undefined || outer.node.parent === undefined) continue;
    for (const row of tally.rows) outer.rows.add(row);
  }
}

function isDecision(file: SourceFile, node: SourceNode, rules: Rules): boolean {
  if (!node.named) return false;
  if (rules.operations.has(node.type)) return SHORT_CIRCUITS.has(textOf(file, childIn(node, "operator")));
  if (!rules.decisions.has(node.type)) return false;
  if (node.type === "switch_label") return childOf(node, "default") === undefined;
  if (node.type === "case_clause") return !isWildcard(file, node);
  return true;
}

/** `case _:` takes whatever is left, as `else` does. */
function isWildcard(file: SourceFile, clause: SourceNode): boolean {
  const patterns = clause.children.filter(({ type }) => type === "case_pattern");
  return patterns.length === 1 && textOf(file, patterns[0]).trim() === "_" && childIn(clause, "guard") === undefined;
}

function nameOf(file: SourceFile, node: SourceNode, rules: Rules): string {
  const own = plainNameOf(file, node);
  if (node.type === "method_declaration" && file.language === "go") return `${receiverOf(file, node)}.${own}`;
  const holder = classAround(file, node, rules);
  return holder === undefined ? own : `${holder}.${own}`;
}

function plainNameOf(file: SourceFile, node: SourceNode): string {
  const name = childIn(node, "name");
  if (name !== undefined) return textOf(file, name);
  const { parent } = node;
  const given = childIn(parent, "value") === node ? (childIn(parent, "name") ?? childIn(parent, "key")) : undefined;
  const property = childIn(parent, "property");
  const assigned = childIn(parent, "right") === node ? childIn(parent, "left") : undefined;
  const text = textOf(file, given ?? property ?? assigned);
  // Not what computes a name, which may be of any length.
  return /^[\w$.#]+$/u.test(text) ? text : "anonymous";
}

/** The class that a function is a member of; undefined for one inside of another function. */
function classAround(file: SourceFile, node: SourceNode, rules: Rules): string | undefined {
  for (const around of ancestorsOf(node)) {
    if (rules.functions.has(around.type) || around.type === "object") return undefined;
    if (!rules.classes.has(around.type)) continue;
    const name = childIn(around, "name") ?? childIn(around.parent, "name");
    return name === undefined ? undefined : textOf(file, name);
  }
  return undefined;
}

const NO_PARAMETERS: ReadonlySet<string> = new Set([
  "block_comment",
  "comment",
  "keyword_separator",
  "line_comment",
  "positional_separator",
  "receiver_parameter",
]);

function parametersOf(node: SourceNode): number {
  if (childIn(node, "parameter") !== undefined) return 1;
  const list = childIn(node, "parameters");
  if (list === undefined) return 0;
  if (list.type === "identifier") return 1;
  const entries = list.children.filter(({ named, type }) => named && !NO_PARAMETERS.has(type));
  // In Go one type may follow several names.
  return entries.reduce((sum, entry) => sum + Math.max(1, childrenIn(entry, "name").length), 0);
}
