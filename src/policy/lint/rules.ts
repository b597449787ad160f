import { isRecord } from "../../util/json.ts";
import { isGateModule } from "../bundle.ts";
import { alternativeTo } from "../capabilities.ts";
import type { Diagnostic } from "../diagnostics.ts";
import type { GateExample } from "../examples.ts";
import type { GateDefinition } from "../gate.ts";
import type { InspectedModule } from "../toolchain/protocol.ts";
import type { ParameterRead } from "./regal.ts";

/** Our own rules, by id, and whether what they find is an error. Each has a section in docs/linting.md. */
export const GATE_LINT_RULES = {
  metadata: "error",
  controls: "warning",
  examples: "error",
  canary: "error",
  tests: "error",
  "boundary-tests": "error",
  "missing-rule": "warning",
  "rego-metadata": "error",
  "unavailable-builtin": "error",
  "undeclared-parameter": "error",
  "unused-parameter": "error",
  "ignore-directive": "error",
} as const satisfies Readonly<Record<string, Diagnostic["level"]>>;

/** An id of {@link GATE_LINT_RULES}. */
export type GateRule = keyof typeof GATE_LINT_RULES;

/** A diagnostic of one of {@link GATE_LINT_RULES}. */
export interface OwnDiagnostic extends Diagnostic {
  readonly rule: GateRule;
}

/** What the rules look at. */
export interface LintSubject {
  /** Without tests. */
  readonly modules: readonly InspectedModule[];
  readonly tests: readonly InspectedModule[];
  /** The gates whose METADATA can be read. */
  readonly gates: readonly GateDefinition[];
  /** By the id of their gate. */
  readonly examples: ReadonlyMap<string, readonly GateExample[]>;
  readonly reads: readonly ParameterRead[];
  /** Texts of the modules and tests by path. */
  readonly texts: ReadonlyMap<string, string>;
}

interface Place {
  readonly file: string;
  readonly row?: number;
  readonly column?: number;
  readonly hint?: string;
}

const DOCS = "https://github.com/gate-engine/gate/blob/main/docs/linting.md";

/** Whether there is a rule of ours with that id. */
export function isGateRule(id: string): id is GateRule {
  return Object.hasOwn(GATE_LINT_RULES, id);
}

/** What one of our rules found. */
export function gateDiagnostic(
  rule: GateRule,
  message: string,
  place: Omit<Place, "file"> & { readonly file?: string },
): OwnDiagnostic {
  return { rule, category: "gate", level: GATE_LINT_RULES[rule], message, ...place, docs: `${DOCS}#${rule}` };
}

/** What our rules find in policies, but for what reading their METADATA and examples has found already. */
export function lintGates(subject: LintSubject): readonly OwnDiagnostic[] {
  return [
    ...subject.gates.flatMap((gate) => lintGate(gate, subject)),
    ...subject.modules.flatMap(lintBuiltins),
    ...lintParameters(subject),
  ];
}

function lintGate(gate: GateDefinition, subject: LintSubject): readonly OwnDiagnostic[] {
  const { modules, tests, examples } = subject;
  const module = modules.find(({ path }) => path === gate.path);
  const place = { file: gate.path, row: metadataRow(module) };
  const found: OwnDiagnostic[] = [];
  const report = (rule: GateRule, message: string, hint: string): void => {
    found.push(gateDiagnostic(rule, message, { ...place, hint }));
  };
  if (gate.controls.length === 0) {
    report(
      "controls",
      "the gate names no control that it bears on",
      "Add METADATA custom.controls, such as [ssdf:PW.8.2].",
    );
  }
  if (!(examples.get(gate.id) ?? []).some(({ canary }) => canary)) {
    const hint =
      "Add a known-bad example with `canary: true` to an examples.yaml beside it; without one it cannot be mandatory.";
    report("canary", "nothing proves that the gate can deny", hint);
  }
  const asking = tests.filter(({ references }) => references.some((path) => isBelow(path, gate.package)));
  if (asking.length === 0) {
    report("tests", "no test asks the gate", "Add a *_test.rego with tests at its boundaries.");
  }
  for (const name of asking.length === 0 ? [] : untestedThresholds(gate, asking, subject)) {
    const hint = "Test exactly at the threshold, just below and just above.";
    const row = rowOfKey(subject.texts.get(gate.path) ?? "", name, place.row);
    const message = `no test or example sets the threshold "${name}"`;
    found.push(gateDiagnostic("boundary-tests", message, { ...place, row, hint }));
  }
  if (module !== undefined && !module.rules.some(({ name }) => name === "missing")) {
    const hint =
      "Add `missing contains reason if { ... }` for evidence that is there and does not say enough, or say in a comment why there is none.";
    report("missing-rule", "the gate never says that its evidence is not enough", hint);
  }
  return found;
}

/** The parameters that are numbers and that neither a test of the gate nor an example names. */
function untestedThresholds(
  gate: GateDefinition,
  tests: readonly InspectedModule[],
  { examples, texts }: LintSubject,
): readonly string[] {
  const { properties } = gate.parameters;
  const words = new Set(tests.flatMap(({ path }) => (texts.get(path) ?? "").split(/\W+/)));
  const given = new Set((examples.get(gate.id) ?? []).flatMap(({ parameters }) => Object.keys(parameters)));
  return Object.entries(isRecord(properties) ? properties : {}).flatMap(([name, schema]) => {
    const isNumber = isRecord(schema) && (schema["type"] === "number" || schema["type"] === "integer");
    return isNumber && !words.has(name) && !given.has(name) ? [name] : [];
  });
}

function lintBuiltins({ path, builtins }: InspectedModule): readonly OwnDiagnostic[] {
  return builtins.flatMap(({ name, calls }) => {
    const problem = builtinProblem(name);
    if (problem === undefined) return [];
    const { rule, message, hint } = problem;
    return calls.map(({ row, col }) => gateDiagnostic(rule, message, { file: path, row, column: col, hint }));
  });
}

function builtinProblem(
  name: string,
): { readonly rule: GateRule; readonly message: string; readonly hint: string } | undefined {
  if (name.startsWith("rego.metadata.")) {
    const hint = "Write what the rule needs into the rule.";
    return { rule: "rego-metadata", message: `${name} makes the answer depend on a comment`, hint };
  }
  const hint = alternativeTo(name);
  return hint === undefined ? undefined : { rule: "unavailable-builtin", message: `a gate cannot call ${name}`, hint };
}

/** The parameters that are read and not declared, and those that are declared and not read. */
function lintParameters(subject: LintSubject): readonly OwnDiagnostic[] {
  return [
    ...subject.reads.flatMap((read) => undeclared(read, subject)),
    ...subject.gates.flatMap((gate) => unused(gate, subject)),
  ];
}

function undeclared(read: ParameterRead, { gates, modules }: LintSubject): readonly OwnDiagnostic[] {
  const { file, row, col, gate: id, name } = read;
  const module = modules.find(({ path }) => path === file);
  // Whether METADATA that cannot be read declares it is not known.
  const owner = gates.find((gate) => gate.path === file);
  if (id === undefined || module === undefined || (owner === undefined && isGateModule(module))) return [];
  const report = (message: string, hint: string): readonly OwnDiagnostic[] => [
    gateDiagnostic("undeclared-parameter", message, { file, row, column: col, hint }),
  ];
  if (owner !== undefined && owner.id !== id) {
    const hint = `A gate is given its own only: data.params["${owner.id}"].`;
    return report(`these would be the parameters of "${id}", so this is undefined`, hint);
  }
  const gate = gates.find((one) => one.id === id);
  if (gate === undefined) {
    return report(`there is no gate "${id}" with parameters`, "The key is the id of the gate that is evaluated.");
  }
  const names = parameterNames(gate);
  if (name === undefined || names.includes(name)) return [];
  const known = names.length === 0 ? "It declares none." : `It declares ${names.join(", ")}.`;
  return report(`the gate "${id}" declares no parameter "${name}", so this is undefined`, known);
}

function unused(gate: GateDefinition, { reads, modules, texts }: LintSubject): readonly OwnDiagnostic[] {
  const mayRead = (name: string): boolean =>
    reads.some((read) => (read.gate ?? gate.id) === gate.id && (read.name ?? name) === name);
  const above = metadataRow(modules.find(({ path }) => path === gate.path));
  return parameterNames(gate)
    .filter((name) => !mayRead(name))
    .map((name) =>
      gateDiagnostic("unused-parameter", `the parameter "${name}" is declared and never read`, {
        file: gate.path,
        row: rowOfKey(texts.get(gate.path) ?? "", name, above),
        hint: `Read data.params["${gate.id}"].${name}, or remove it: whoever sets it expects an effect.`,
      }),
    );
}

function parameterNames({ parameters }: GateDefinition): readonly string[] {
  const { properties } = parameters;
  return isRecord(properties) ? Object.keys(properties) : [];
}

/** The row of a key in METADATA; where it is not written on a line of its own, the first row of the METADATA. */
function rowOfKey(text: string, key: string, from: number): number {
  const isKey = (line: string): boolean => /^#\s+["']?(.*?)["']?\s*:(?:\s|$)/.exec(line)?.[1] === key;
  const index = text.split("\n").findIndex((line, at) => at >= from && isKey(line));
  return index < 0 ? from : index + 1;
}

function metadataRow(module: InspectedModule | undefined): number {
  return module?.annotations.find(({ scope }) => scope === "package")?.row ?? module?.row ?? 1;
}

function isBelow(path: string, ancestor: string): boolean {
  return `${path}.`.startsWith(`${ancestor}.`);
}
