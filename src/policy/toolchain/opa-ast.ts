import type { Annotation, BuiltinUse, ImportInfo, InspectedModule, RuleInfo } from "./protocol.ts";

interface Location {
  readonly row: number;
  readonly col: number;
}

interface Term {
  readonly type: string;
  readonly value: unknown;
  readonly location?: Location;
}

interface Head {
  readonly ref: readonly Term[];
  readonly args?: readonly Term[];
  readonly key?: Term;
  readonly value?: Term;
}

interface ParsedSchema {
  readonly path: readonly Term[];
  readonly schema?: readonly Term[];
  readonly definition?: unknown;
}

interface ParsedAnnotation {
  readonly scope: Annotation["scope"];
  readonly location: Location;
  readonly title?: string;
  readonly description?: string;
  readonly entrypoint?: boolean;
  readonly organizations?: readonly string[];
  readonly authors?: Annotation["authors"];
  readonly related_resources?: Annotation["relatedResources"];
  readonly schemas?: readonly ParsedSchema[];
  readonly custom?: Annotation["custom"];
  readonly labels?: Annotation["labels"];
}

/** What `opa parse --format=json --json-include=locations` prints, as far as it is used. */
export interface ParsedModule {
  readonly package: { readonly path: readonly Term[]; readonly location: Location };
  readonly imports?: readonly { readonly path: Term; readonly alias?: string; readonly location: Location }[];
  readonly rules?: readonly { readonly head: Head; readonly default?: boolean; readonly location: Location }[];
  readonly annotations?: readonly ParsedAnnotation[];
}

/**
 * Describes one of several modules that belong together.
 *
 * @param builtins the names of all built-in functions
 */
export function describeModule(
  path: string,
  index: number,
  modules: readonly ParsedModule[],
  builtins: ReadonlySet<string>,
): InspectedModule {
  const module = modules[index];
  if (module === undefined) throw new RangeError(`there is no module ${index}`);
  const name = refText(module.package.path);
  return {
    path,
    package: name,
    row: module.package.location.row,
    rules: (module.rules ?? []).map(toRule),
    imports: (module.imports ?? []).map(toImport),
    annotations: (module.annotations ?? []).map((annotation) => toAnnotation(annotation, module)),
    builtins: usesOf(module, builtins, globalsOf(module, name, modules)),
    references: referencesOf(module),
  };
}

function toRule({ head, default: isDefault = false, location }: NonNullable<ParsedModule["rules"]>[number]): RuleInfo {
  return { name: refText(head.ref), kind: kindOf(head), default: isDefault, row: location.row };
}

function kindOf({ args = [], key, value, ref }: Head): RuleInfo["kind"] {
  if (args.length > 0) return "function";
  if (key !== undefined) return value === undefined ? "set" : "object";
  return ref.slice(1).every(isGround) ? "complete" : "object";
}

function toImport({ path, alias, location }: NonNullable<ParsedModule["imports"]>[number]): ImportInfo {
  return { path: termText(path), ...(alias !== undefined && { alias }), row: location.row };
}

function toAnnotation(annotation: ParsedAnnotation, module: ParsedModule): Annotation {
  const { scope, location, title, description, schemas = [] } = annotation;
  return {
    scope,
    target: targetOf(annotation, module),
    row: location.row,
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    entrypoint: annotation.entrypoint ?? false,
    organizations: annotation.organizations ?? [],
    authors: annotation.authors ?? [],
    relatedResources: annotation.related_resources ?? [],
    schemas: schemas.map(toSchema),
    custom: annotation.custom ?? {},
    labels: annotation.labels ?? {},
  };
}

function toSchema({ path, schema, definition }: ParsedSchema): Annotation["schemas"][number] {
  return {
    path: refText(path),
    ...(schema !== undefined && { schema: refText(schema) }),
    ...(definition !== undefined && { definition }),
  };
}

/** Annotations are attached to the next rule below them, or to the package. */
function targetOf({ scope, location }: ParsedAnnotation, module: ParsedModule): string {
  const { path } = module.package;
  if (scope === "package" || scope === "subpackages") return refText(path);
  const rule = module.rules?.find((candidate) => candidate.location.row > location.row);
  const ref = rule?.head.ref ?? [];
  const dynamic = ref.findIndex((term, index) => index > 0 && !isGround(term));
  const ground = dynamic < 0 ? ref : ref.slice(0, dynamic);
  return refText([...path, ...ground.map(toString)]);
}

/** The first element of a rule's name is a variable, but below its package it is a string like the others. */
function toString({ type, value }: Term): Term {
  return { type: type === "var" ? "string" : type, value };
}

/** The names that mean something else than a built-in: rules of the package and imports. */
function globalsOf(module: ParsedModule, packageName: string, modules: readonly ParsedModule[]): ReadonlySet<unknown> {
  const siblings = modules.filter((other) => refText(other.package.path) === packageName);
  const rules = siblings.flatMap((sibling) => (sibling.rules ?? []).map(({ head }) => head.ref[0]?.value));
  const imports = (module.imports ?? []).map(({ path, alias }) => alias ?? elementsOf(path).at(-1)?.value);
  return new Set([...rules, ...imports]);
}

function usesOf(
  module: ParsedModule,
  builtins: ReadonlySet<string>,
  globals: ReadonlySet<unknown>,
): readonly BuiltinUse[] {
  const uses = new Map<string, { row: number; col: number }[]>();
  for (const operator of operatorsIn(module.rules)) {
    const elements = elementsOf(operator);
    const name = elements.map(({ value }) => String(value)).join(".");
    if (!builtins.has(name) || globals.has(elements[0]?.value) || operator.location === undefined) continue;
    const { row, col } = operator.location;
    uses.set(name, [...(uses.get(name) ?? []), { row, col }]);
  }
  return [...uses].map(([name, calls]) => ({ name, calls })).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** What is imported, and what is named in full. */
function referencesOf(module: ParsedModule): readonly string[] {
  const imported = (module.imports ?? []).map(({ path }) => groundText(elementsOf(path)));
  const named = [...refsIn(module.rules)].map((ref) => groundText(elementsOf(ref)));
  return [...new Set([...imported, ...named].filter((text) => /^data\b/.test(text)))].toSorted();
}

function* refsIn(node: unknown): Generator<Term> {
  if (typeof node !== "object" || node === null) return;
  if (isTerm(node) && node.type === "ref") yield node;
  for (const child of Object.values(node)) yield* refsIn(child);
}

function groundText(terms: readonly Term[]): string {
  const dynamic = terms.findIndex((term, index) => index > 0 && !isGround(term));
  return refText(dynamic < 0 ? terms : terms.slice(0, dynamic));
}

/** Everything that is called: the first term of an expression that has several, and of a term that is a call. */
function* operatorsIn(node: unknown): Generator<Term> {
  if (typeof node !== "object" || node === null) return;
  if ("terms" in node && Array.isArray(node.terms)) {
    const [operator] = node.terms;
    if (isTerm(operator)) yield operator;
  }
  if ("type" in node && node.type === "call" && "value" in node && Array.isArray(node.value)) {
    const [operator] = node.value;
    if (isTerm(operator)) yield operator;
  }
  for (const child of Object.values(node)) yield* operatorsIn(child);
}

function isTerm(value: unknown): value is Term {
  return typeof value === "object" && value !== null && "type" in value && "value" in value;
}

function elementsOf({ type, value }: Term): readonly Term[] {
  return type === "ref" && Array.isArray(value) ? value.filter(isTerm) : [{ type, value }];
}

function isGround({ type }: Term): boolean {
  return ["string", "number", "boolean", "null"].includes(type);
}

/** A reference as it is written: `a.b["c-d"][e]`. */
function refText([head, ...rest]: readonly Term[]): string {
  let text = head === undefined ? "" : String(head.value);
  for (const term of rest) {
    const plain = term.type === "string" && /^[A-Za-z_][A-Za-z0-9_]*$/.test(String(term.value));
    text += plain ? `.${String(term.value)}` : `[${termText(term)}]`;
  }
  return text;
}

function termText(term: Term): string {
  if (term.type === "ref") return refText(elementsOf(term));
  return term.type === "var" ? String(term.value) : JSON.stringify(term.value);
}
