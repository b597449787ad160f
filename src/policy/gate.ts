import {
  CATEGORIES,
  type Category,
  READABLE_KINDS,
  type ReadableKind,
  SEVERITIES,
  type Severity,
  TEST_SUITES,
  type TestSuiteName,
} from "../evidence/types.ts";
import { GateError, type Issue } from "../util/errors.ts";
import { isRecord, isStringArray } from "../util/json.ts";
import { type ReportProblem, reportUnknownKeys } from "./unknown-keys.ts";

/** What a gate needs to see. */
export interface EvidenceNeed {
  readonly kind: ReadableKind;
  /** Only findings of this category, and only files that were scanned for it. */
  readonly category?: Category;
  readonly suite?: TestSuiteName;
  /** The fields of each finding, component, test case or file that the gate reads; it is given no others. */
  readonly fields: readonly string[];
  /**
   * Read where it is there, and not missed where it is not: evidence that can open the gate and never closes it, such as
   * VEX. Where it is there it has to be usable.
   */
  readonly optional?: true;
}

/** A page to read, from `related_resources` of the METADATA. */
export interface RelatedResource {
  readonly ref: string;
  readonly description?: string;
}

/** A gate as its Rego METADATA declares it. */
export interface GateDefinition {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** With dots and `data`, such as `data.gates.security.sast`. */
  readonly package: string;
  readonly evidence: readonly EvidenceNeed[];
  /** JSON Schema (draft-07) of the gate's parameters; each property has a default. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly controls: readonly string[];
  readonly remediation: string;
  /** Of a violation that states none and is about nothing that has one. */
  readonly severity: Severity;
  /** Where to read more: URIs, with what is there. */
  readonly resources: readonly RelatedResource[];
  /** The row of the requirements that it answers, such as `R2.7`. */
  readonly requirement?: string;
  /** What an error in a built-in function does: close the gate, or leave its value undefined, as OPA does. */
  readonly builtinErrors: (typeof BUILTIN_ERRORS)[number];
  /** Where it is defined, for messages. */
  readonly path: string;
  /** Of a gate that asks a policy of Conftest. Such a policy has no known-bad example, so nothing shows that it can deny. */
  readonly conftest?: {
    /** How it is enforced where an environment does not name it. */
    readonly enforcement: "mandatory" | "advisory";
    /** Namespaces of the policy that have rules, and that nobody asks. */
    readonly unasked: readonly string[];
  };
}

/** The rules of a gate's package that the engine asks for. */
export const GATE_RULES = ["deny", "applicable", "missing", "not_applicable", "answer"] as const;

/**
 * Which values of a parameter are stricter: higher or lower numbers; lists with more or fewer elements, as sets; or every
 * value there is, from the loosest to the strictest.
 */
export type Strictness = (typeof STRICTER)[number] | readonly unknown[];

const STRICTER = ["higher", "lower", "more", "fewer"] as const;
/** Which types of a parameter can be compared in which way. */
const STRICTER_OF = { higher: ["number", "integer"], lower: ["number", "integer"], more: ["array"], fewer: ["array"] };
const BUILTIN_ERRORS = ["close", "undefined"] as const;
const CUSTOM_KEYS = [
  "id",
  "requirement",
  "evidence",
  "parameters",
  "controls",
  "remediation",
  "severity",
  "builtin_errors",
];
const NEED_KEYS = ["kind", "category", "suite", "fields", "optional"];
const ID = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** What is known of a package before it is known to be a gate. */
export interface AnnotatedPackage {
  readonly path: string;
  readonly package: string;
  readonly row: number;
  readonly title?: string;
  readonly description?: string;
  readonly custom: unknown;
  readonly resources: readonly RelatedResource[];
  readonly rules: readonly string[];
}

/**
 * Reads a gate's definition from the annotations of its package.
 *
 * @throws {GateError} `policy-invalid` with every problem found
 */
export function parseGate(source: AnnotatedPackage): GateDefinition {
  const issues: Issue[] = [];
  const report: ReportProblem = (message, hint) => {
    issues.push({ message, file: source.path, row: source.row, ...(hint === undefined ? {} : { hint }) });
  };
  if (source.custom === undefined && source.title === undefined) {
    report(
      "the package has no METADATA, so nothing is known of the gate",
      "Put a comment block that starts with `# METADATA` directly above `package`.",
    );
    throw invalidGate(source.path, issues);
  }
  const custom = isRecord(source.custom) ? source.custom : {};
  reportUnknownKeys(custom, CUSTOM_KEYS, "METADATA custom", report);
  const text = (key: string): string => {
    const value = custom[key];
    if (typeof value === "string" && value !== "") return value;
    report(`METADATA custom.${key} must be a text`);
    return "";
  };
  const id = text("id");
  if (id !== "" && !ID.test(id)) {
    const kebab = id.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
    report(`the gate id "${id}" is not in kebab-case`, `Write "${kebab}".`);
  }
  if (source.title === undefined || source.title === "") report("METADATA has no title");
  if (source.description === undefined || source.description === "") report("METADATA has no description");
  for (const rule of ["deny", "applicable"]) {
    if (!source.rules.includes(rule)) report(`the gate has no rule "${rule}"`, requiredRuleHint(rule));
  }
  const controls = custom["controls"] ?? [];
  if (!isStringArray(controls)) report("METADATA custom.controls must be a list of texts");
  const builtinErrors = oneOf(custom["builtin_errors"] ?? "close", BUILTIN_ERRORS);
  if (builtinErrors === undefined) report(`METADATA custom.builtin_errors must be one of ${BUILTIN_ERRORS.join(", ")}`);
  const severity = oneOf(custom["severity"] ?? "unknown", SEVERITIES);
  if (severity === undefined) report(`METADATA custom.severity must be one of ${SEVERITIES.join(", ")}`);
  const gate: GateDefinition = {
    id,
    title: source.title ?? "",
    description: source.description ?? "",
    package: source.package,
    evidence: parseNeeds(custom["evidence"], report),
    parameters: parseParameters(custom["parameters"], report),
    controls: isStringArray(controls) ? controls : [],
    remediation: text("remediation"),
    severity: severity ?? "unknown",
    resources: source.resources,
    path: source.path,
    builtinErrors: builtinErrors ?? "close",
    ...(typeof custom["requirement"] === "string" ? { requirement: custom["requirement"] } : {}),
  };
  if (issues.length > 0) throw invalidGate(source.path, issues);
  return gate;
}

function invalidGate(path: string, issues: readonly Issue[]): GateError {
  const hint = "See docs/writing-gates.md for what a gate declares.";
  return new GateError("policy-invalid", `${path} is not a valid gate`, { issues, hint });
}

/** The defaults of a gate's parameters. */
export function defaultParameters(gate: GateDefinition): Readonly<Record<string, unknown>> {
  const properties = gate.parameters["properties"];
  if (!isRecord(properties)) return {};
  const defaults: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(properties)) {
    if (isRecord(schema)) defaults[name] = schema["default"];
  }
  return defaults;
}

/** Which values of a parameter its gate says are stricter; undefined where it does not say. */
export function strictnessOf(gate: GateDefinition, parameter: string): Strictness | undefined {
  const properties = gate.parameters["properties"];
  const schema = isRecord(properties) ? properties[parameter] : undefined;
  const stricter = isRecord(schema) ? schema["stricter"] : undefined;
  return Array.isArray(stricter) ? stricter : oneOf(stricter, STRICTER);
}

function requiredRuleHint(rule: string): string {
  return rule === "deny"
    ? "Add `deny contains violation if { ... }`."
    : "Add `applicable := count(...)`, the number of things that the gate looked at; a gate that looked at nothing cannot pass.";
}

function parseNeeds(value: unknown, report: ReportProblem): readonly EvidenceNeed[] {
  if (!Array.isArray(value)) {
    const hint =
      "For example `evidence: [{kind: tests}]`, or `evidence: []` for a gate that asks only for the time or the subject.";
    report("METADATA custom.evidence must list what the gate needs", hint);
    return [];
  }
  const needs: EvidenceNeed[] = [];
  for (const element of value) {
    if (!isRecord(element)) {
      report("METADATA custom.evidence must be a list of objects");
      continue;
    }
    reportUnknownKeys(element, NEED_KEYS, "METADATA custom.evidence", report);
    const kind = oneOf(element["kind"], READABLE_KINDS);
    if (kind === undefined) {
      report(`METADATA custom.evidence: kind must be one of ${READABLE_KINDS.join(", ")}`);
      continue;
    }
    const category = oneOf(element["category"], CATEGORIES);
    if (element["category"] !== undefined && category === undefined) {
      report(`METADATA custom.evidence: category must be one of ${CATEGORIES.join(", ")}`);
    }
    const suite = oneOf(element["suite"], TEST_SUITES);
    if (element["suite"] !== undefined && suite === undefined) {
      report(`METADATA custom.evidence: suite must be one of ${TEST_SUITES.join(", ")}`);
    }
    const fields = element["fields"] ?? [];
    if (!isStringArray(fields)) report("METADATA custom.evidence: fields must be a list of texts");
    const { optional } = element;
    if (optional !== undefined && optional !== true)
      report("METADATA custom.evidence: optional must be true or left out");
    if (needs.some((need) => need.kind === kind)) {
      report(`METADATA custom.evidence names the kind ${kind} twice`, "Make a gate of each.");
    }
    needs.push({
      kind,
      fields: isStringArray(fields) ? fields : [],
      ...(category === undefined ? {} : { category }),
      ...(suite === undefined ? {} : { suite }),
      ...(optional === true ? { optional } : {}),
    });
  }
  return needs;
}

function parseParameters(value: unknown, report: ReportProblem): Readonly<Record<string, unknown>> {
  if (value === undefined) return { type: "object", additionalProperties: false, properties: {} };
  if (!isRecord(value) || value["type"] !== "object" || value["additionalProperties"] !== false) {
    report(
      "METADATA custom.parameters must be a JSON Schema with type: object and additionalProperties: false",
      "The parameters themselves stand below its key `properties`.",
    );
    return {};
  }
  const properties = value["properties"];
  for (const [name, schema] of Object.entries(isRecord(properties) ? properties : {})) {
    if (!isRecord(schema) || schema["default"] === undefined) report(`the parameter "${name}" has no default`);
    if (!isRecord(schema) || typeof schema["description"] !== "string")
      report(`the parameter "${name}" has no description`);
    if (isRecord(schema) && schema["unit"] !== undefined && typeof schema["unit"] !== "string")
      report(`the unit of the parameter "${name}" must be a text`);
    const problem = isRecord(schema) ? strictnessProblem(schema) : undefined;
    if (problem !== undefined) report(`\`stricter\` of the parameter "${name}" ${problem}`);
  }
  return value;
}

/** A direction that does not fit the values would let a looser one pass for a stricter. */
function strictnessProblem({ stricter, type, enum: values }: Readonly<Record<string, unknown>>): string | undefined {
  if (stricter === undefined) return undefined;
  if (Array.isArray(stricter)) {
    const all = type === "boolean" ? [false, true] : values;
    const texts = stricter.map((value) => JSON.stringify(value)).toSorted();
    if (
      Array.isArray(all) &&
      JSON.stringify(texts) === JSON.stringify(all.map((value) => JSON.stringify(value)).toSorted())
    )
      return undefined;
    return "must list each value that the parameter can have once, from the loosest to the strictest";
  }
  const direction = oneOf(stricter, STRICTER);
  if (direction === undefined) return `must be ${STRICTER.join(", ")}, or a list of its values`;
  const types = STRICTER_OF[direction];
  return typeof type === "string" && types.includes(type)
    ? undefined
    : `is for parameters of type ${types.join(" or ")}`;
}

function oneOf<T extends string>(value: unknown, allowed: readonly T[]): T | undefined {
  return allowed.find((candidate) => candidate === value);
}
