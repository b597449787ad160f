import { isMap, isNode, isScalar, isSeq, LineCounter, type Pair, parseDocument, type YAMLMap } from "yaml";
import { sha256 } from "../evidence/canonical.ts";
import type { Digest } from "../evidence/types.ts";
import { GateError, type Issue } from "../util/errors.ts";
import { nearest } from "../util/nearest.ts";

/**
 * A framework's control map, as `reports/frameworks/<framework>.yaml` gives it: every control of the framework, the narrow
 * claim that is decided for it, and the gates that decide it. The contract is `schemas/framework.v1.schema.json`.
 */

const FRAMEWORK_SCHEMA = "gate/framework/v1";

/**
 * How much of a control the gates decide: the whole claim (`full`), the claim but not all of the control (`partial`),
 * nothing but an attestation by people (`manual`), or nothing (`none`).
 */
const AUTOMATION_CLASSES = ["full", "partial", "manual", "none"] as const;
export type Automation = (typeof AUTOMATION_CLASSES)[number];

/**
 * How a recorded setting is compared with the one that a control needs. `lte` and `gte` compare numbers, `eq` any value;
 * `in` asks that the list holds the setting, `subset` and `superset` compare two lists as sets.
 */
const GUARDRAIL_OPERATORS = ["lte", "gte", "eq", "in", "subset", "superset"] as const;
export type GuardrailOperator = (typeof GUARDRAIL_OPERATORS)[number];

/** A setting without which a gate's result does not count for a control. */
export interface Guardrail {
  readonly gate: string;
  /** The gate's parameter. */
  readonly key: string;
  readonly op: GuardrailOperator;
  readonly value: GuardrailValue;
  readonly why: string;
}

export type GuardrailValue = string | number | boolean | readonly (string | number | boolean)[];

const OPERATOR_WORDS = {
  lte: "at most",
  gte: "at least",
  eq: "exactly",
  in: "one of",
  subset: "nothing but",
  superset: "including",
} as const satisfies Record<GuardrailOperator, string>;

/** The setting that a guardrail asks for, in words, such as `including critical, high`. */
export function describeNeed({ op, value }: Guardrail): string {
  return `${OPERATOR_WORDS[op]} ${typeof value === "object" ? value.join(", ") : value}`;
}

export interface FrameworkControl {
  readonly id: string;
  /** What the framework asks for, in the words that the map's `notice` accounts for. */
  readonly task: string;
  readonly automation: Automation;
  /** The narrow statement that the gates decide. */
  readonly claim: string;
  readonly evidence: readonly string[];
  readonly gates: readonly string[];
  /** Gates that the control needs and that do not exist yet. */
  readonly planned: readonly string[];
  readonly guardrails: readonly Guardrail[];
  /** What people must still show. */
  readonly residual: string;
}

interface FrameworkSection {
  readonly id: string;
  readonly title: string;
  readonly controls: readonly FrameworkControl[];
}

interface FrameworkGroup {
  readonly id: string;
  readonly title: string;
  readonly sections: readonly FrameworkSection[];
}

export interface Framework {
  readonly schema: typeof FRAMEWORK_SCHEMA;
  /** Also the prefix of the controls that gates name, such as `ssdf` in `ssdf:PW.7.2`. */
  readonly id: string;
  readonly title: string;
  readonly version: string;
  readonly publisher: string;
  readonly source: string;
  /** Whose words the map uses, and under which licence. */
  readonly notice: string;
  readonly groups: readonly FrameworkGroup[];
  /** Of the text of the map. */
  readonly digest: Digest;
}

/** A control with the group and section that it stands in. */
export interface PlacedControl {
  readonly group: FrameworkGroup;
  readonly section: FrameworkSection;
  readonly control: FrameworkControl;
}

/** Every control of a framework, in the order of the map. */
export function controlsOf(framework: Framework): readonly PlacedControl[] {
  return framework.groups.flatMap((group) =>
    group.sections.flatMap((section) => section.controls.map((control) => ({ group, section, control }))),
  );
}

const MAX_LENGTH = 1 << 20;
const ID = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

const FRAMEWORK_KEYS = ["schema", "id", "title", "version", "publisher", "source", "notice", "groups"] as const;
const GROUP_KEYS = ["id", "title", "sections"] as const;
const SECTION_KEYS = ["id", "title", "controls"] as const;
const CONTROL_KEYS = [
  "id",
  "task",
  "automation",
  "claim",
  "evidence",
  "gates",
  "planned",
  "guardrails",
  "residual",
] as const;
const CONTROL_OPTIONAL = ["gates", "planned", "guardrails"] as const;
const GUARDRAIL_KEYS = ["gate", "key", "op", "value", "why"] as const;

/**
 * Reads and checks a control map.
 *
 * @param text the YAML text
 * @param file its name, for messages
 * @throws {GateError} `report-invalid` with every problem found, each with its line
 */
export function parseFramework(text: string, file: string): Framework {
  if (text.length > MAX_LENGTH) throw invalid(file, [{ message: `longer than ${MAX_LENGTH} characters`, file }]);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const source: Source = { file, lines, issues: [] };
  for (const problem of [...document.errors, ...document.warnings]) {
    source.issues.push({ message: problem.message, file, ...placeOf(problem.pos[0], lines) });
  }
  if (source.issues.length > 0) throw invalid(file, source.issues);
  const framework = readFramework(document.contents, sha256(text), source);
  if (source.issues.length > 0) throw invalid(file, source.issues);
  return framework;
}

/** Where the map comes from, and what is wrong with it so far. */
interface Source {
  readonly file: string;
  readonly lines: LineCounter;
  readonly issues: Issue[];
}

interface Fields<K extends string> {
  /** The mapping itself, to which a problem with a missing member is attached. */
  readonly node: unknown;
  readonly members: Readonly<Partial<Record<K, unknown>>>;
}

function readFramework(node: unknown, digest: Digest, source: Source): Framework {
  const fields = readFields(node, "the control map", FRAMEWORK_KEYS, [], source);
  const schema = readText(fields, "schema", source);
  if (schema !== "" && schema !== FRAMEWORK_SCHEMA) {
    report(source, fields.members.schema, `unsupported schema '${schema}'`, `Write '${FRAMEWORK_SCHEMA}'.`);
  }
  const groups = readList(fields, "groups", source).map((group) => readGroup(group, source));
  checkControls(groups, fields.members.groups, source);
  return {
    schema: FRAMEWORK_SCHEMA,
    id: readId(fields, source),
    title: readText(fields, "title", source),
    version: readText(fields, "version", source),
    publisher: readText(fields, "publisher", source),
    source: readText(fields, "source", source),
    notice: readText(fields, "notice", source),
    groups,
    digest,
  };
}

function readGroup(node: unknown, source: Source): FrameworkGroup {
  const fields = readFields(node, "a group", GROUP_KEYS, [], source);
  const sections = readList(fields, "sections", source).map((section) => readSection(section, source));
  return { id: readId(fields, source), title: readText(fields, "title", source), sections };
}

function readSection(node: unknown, source: Source): FrameworkSection {
  const fields = readFields(node, "a section", SECTION_KEYS, [], source);
  const controls = readList(fields, "controls", source).map((control) => readControl(control, source));
  return { id: readId(fields, source), title: readText(fields, "title", source), controls };
}

function readControl(node: unknown, source: Source): FrameworkControl {
  const fields = readFields(node, "a control", CONTROL_KEYS, CONTROL_OPTIONAL, source);
  const control: FrameworkControl = {
    id: readId(fields, source),
    task: readText(fields, "task", source),
    automation: readChoice(fields, "automation", AUTOMATION_CLASSES, source),
    claim: readText(fields, "claim", source),
    evidence: readNames(fields, "evidence", source),
    gates: readNames(fields, "gates", source),
    planned: readNames(fields, "planned", source),
    guardrails: readList(fields, "guardrails", source).map((guardrail) => readGuardrail(guardrail, source)),
    residual: readText(fields, "residual", source),
  };
  checkControl(control, fields, source);
  return control;
}

function readGuardrail(node: unknown, source: Source): Guardrail {
  const fields = readFields(node, "a guardrail", GUARDRAIL_KEYS, [], source);
  const op = readChoice(fields, "op", GUARDRAIL_OPERATORS, source);
  return {
    gate: readText(fields, "gate", source),
    key: readText(fields, "key", source),
    op,
    value: readGuardrailValue(fields, op, source),
    why: readText(fields, "why", source),
  };
}

function readGuardrailValue(
  fields: Fields<(typeof GUARDRAIL_KEYS)[number]>,
  op: GuardrailOperator,
  source: Source,
): GuardrailValue {
  const node = fields.members.value;
  if (node === undefined) return "";
  if (op === "in" || op === "subset" || op === "superset") {
    const values = isSeq(node) ? node.items.map(plainValue) : [];
    const plain = values.filter((value) => value !== undefined);
    if (plain.length > 0 && plain.length === values.length) return plain;
    report(source, node, `'value' must be a list of plain values, because 'op' is '${op}'`);
    return [];
  }
  const value = plainValue(node);
  if (op === "eq" && value !== undefined) return value;
  if (op !== "eq" && typeof value === "number") return value;
  report(source, node, `'value' must be ${op === "eq" ? "one plain value" : "a number"}, because 'op' is '${op}'`);
  return "";
}

/** What the parts of a control must have to do with each other. */
function checkControl(control: FrameworkControl, fields: Fields<(typeof CONTROL_KEYS)[number]>, source: Source): void {
  const { automation, gates, planned } = control;
  const tested = automation === "full" || automation === "partial";
  if (!tested && gates.length > 0) {
    report(source, fields.members.gates, `${control.id} is '${automation}', so no gate decides it`, "Remove 'gates'.");
  }
  if (tested && gates.length + planned.length === 0) {
    report(source, fields.node, `${control.id} is '${automation}' and names no gate`, "Add 'gates' or 'planned'.");
  }
  if (automation === "full" && (gates.length === 0 || planned.length > 0)) {
    report(
      source,
      fields.members.automation,
      `${control.id} cannot be 'full' while gates that it needs do not exist`,
      "Write 'partial'.",
    );
  }
  for (const gate of planned) {
    if (gates.includes(gate)) report(source, fields.members.planned, `${control.id}: '${gate}' is planned and exists`);
  }
  for (const guardrail of control.guardrails) {
    if (gates.includes(guardrail.gate)) continue;
    const like = nearest(guardrail.gate, gates);
    report(
      source,
      fields.members.guardrails,
      `${control.id}: the guardrail's gate '${guardrail.gate}' is not one of its gates`,
      like === undefined ? undefined : `Did you mean '${like}'?`,
    );
  }
}

/** A map has controls, and an id stands for one of them. */
function checkControls(groups: readonly FrameworkGroup[], node: unknown, source: Source): void {
  const ids = groups.flatMap(({ sections }) => sections.flatMap(({ controls }) => controls.map(({ id }) => id)));
  if (ids.length === 0 && node !== undefined) report(source, node, "the control map has no control");
  const seen = new Set<string>();
  for (const id of ids) {
    if (seen.has(id)) report(source, node, `control '${id}' is listed twice`);
    seen.add(id);
  }
}

function readFields<K extends string>(
  node: unknown,
  what: string,
  keys: readonly K[],
  optional: readonly K[],
  source: Source,
): Fields<K> {
  const members: Partial<Record<K, unknown>> = {};
  if (!isMap(node)) {
    report(source, node, `${what} must be a mapping with ${keys.join(", ")}`);
    return { node, members };
  }
  readMembers(node, what, keys, members, source);
  for (const key of keys) {
    if (members[key] === undefined && !optional.includes(key)) report(source, node, `${what} has no '${key}'`);
  }
  return { node, members };
}

function readMembers<K extends string>(
  node: YAMLMap,
  what: string,
  keys: readonly K[],
  members: Partial<Record<K, unknown>>,
  source: Source,
): void {
  for (const pair of node.items) {
    const name = keyOf(pair);
    const key = keys.find((candidate) => candidate === name);
    if (key !== undefined) {
      members[key] = pair.value ?? undefined;
      continue;
    }
    const like = nearest(name, keys);
    report(
      source,
      pair.key,
      `${what} has no key '${name}'`,
      like === undefined ? `Known keys: ${keys.join(", ")}.` : `Did you mean '${like}'?`,
    );
  }
}

function keyOf(pair: Pair): string {
  return isScalar(pair.key) ? String(pair.key.value) : "(not a plain key)";
}

function readText<K extends string>(fields: Fields<K>, key: K, source: Source): string {
  const node = fields.members[key];
  if (node === undefined) return "";
  if (isScalar(node) && typeof node.value === "string" && node.value.trim() !== "") return node.value.trim();
  report(source, node, `'${key}' must be text`, "Put the value in quotes.");
  return "";
}

function readId<K extends string>(fields: Fields<K | "id">, source: Source): string {
  const id = readText(fields, "id", source);
  if (id !== "" && !ID.test(id)) {
    report(source, fields.members.id, `'${id}' is no id`, "Use letters, digits, '.', '_' and '-'.");
  }
  return id;
}

function readChoice<K extends string, V extends string>(
  fields: Fields<K>,
  key: K,
  choices: readonly [V, ...V[]],
  source: Source,
): V {
  const value = readText(fields, key, source);
  const choice = choices.find((candidate) => candidate === value);
  if (choice !== undefined || value === "") return choice ?? choices[0];
  const like = nearest(value, choices);
  report(
    source,
    fields.members[key],
    `'${key}' cannot be '${value}'`,
    like === undefined ? `Use one of ${choices.join(", ")}.` : `Did you mean '${like}'?`,
  );
  return choices[0];
}

function readList<K extends string>(fields: Fields<K>, key: K, source: Source): readonly unknown[] {
  const node = fields.members[key];
  if (node === undefined) return [];
  if (isSeq(node)) return node.items;
  report(source, node, `'${key}' must be a list`);
  return [];
}

function readNames<K extends string>(fields: Fields<K>, key: K, source: Source): readonly string[] {
  const names: string[] = [];
  for (const node of readList(fields, key, source)) {
    const name = plainValue(node);
    if (typeof name !== "string" || !ID.test(name)) report(source, node, `'${key}' must be a list of names`);
    else if (names.includes(name)) report(source, node, `'${key}' names '${name}' twice`);
    else names.push(name);
  }
  return names;
}

function plainValue(node: unknown): string | number | boolean | undefined {
  if (!isScalar(node)) return undefined;
  const { value } = node;
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : undefined;
}

function report(source: Source, node: unknown, message: string, hint?: string): void {
  const offset = isNode(node) ? node.range?.[0] : undefined;
  source.issues.push({
    message,
    file: source.file,
    ...placeOf(offset ?? 0, source.lines),
    ...(hint === undefined ? {} : { hint }),
  });
}

function placeOf(offset: number, lines: LineCounter): { readonly row: number; readonly column: number } {
  const { line, col } = lines.linePos(offset);
  return { row: Math.max(1, line), column: Math.max(1, col) };
}

function invalid(file: string, found: readonly Issue[]): GateError {
  const issues = found.toSorted((a, b) => (a.row ?? 0) - (b.row ?? 0));
  const [first] = issues;
  const place = first?.row === undefined ? file : `${file}:${first.row}`;
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : "";
  return new GateError("report-invalid", `${place}: ${first?.message ?? "not a control map"}${more}`, {
    hint: first?.hint ?? "Correct the control map; its contract is schemas/framework.v1.schema.json.",
    issues,
  });
}
