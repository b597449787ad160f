import { Ajv } from "ajv";
import { type Environment, environmentDefaults } from "../decision/environment.ts";
import type { AppliedParameter, EnforcedGate } from "../decision/types.ts";
import { defaultParameters, type GateDefinition } from "../policy/gate.ts";
import { GateError, type Issue } from "../util/errors.ts";
import { nearest } from "../util/nearest.ts";
import { schemaIssues } from "./schema-issues.ts";
import type { Config, EnvironmentConfig, Sourced } from "./types.ts";

/**
 * Holds every environment against the gates that exist: names, and parameters by each gate's schema. All environments
 * are checked, so that a mistake in `production` shows in development already.
 *
 * @throws {GateError} `config-invalid` with every problem, its line and the nearest valid name
 */
export function resolveEnvironments(
  config: Config,
  gates: readonly GateDefinition[],
): Readonly<Record<string, Environment>> {
  const byId = new Map(gates.map((gate) => [gate.id, gate]));
  const issues: Issue[] = [];
  const environments: Record<string, Environment> = {};
  for (const [name, environment] of Object.entries(config.environments)) {
    environments[name] = resolveEnvironment(name, environment, byId, config.path, issues);
  }
  if (issues.length > 0) {
    throw new GateError("config-invalid", `${config.path} is not a valid configuration`, {
      issues,
      hint: "Run `gate policy list` for the gates and their parameters.",
    });
  }
  return environments;
}

function resolveEnvironment(
  name: string,
  environment: EnvironmentConfig,
  gates: ReadonlyMap<string, GateDefinition>,
  file: string,
  issues: Issue[],
): Environment {
  const { mandatory, advisory, parameters, integrity, audit, source } = environment;
  const enforced: EnforcedGate[] = [];
  const seen = new Set<string>();
  const add = (gate: Sourced<string>, enforcement: EnforcedGate["enforcement"]): void => {
    const definition = gates.get(gate.value);
    if (definition === undefined) {
      issues.push(unknownGate(gate.value, gate.source, file, gates));
      return;
    }
    if (seen.has(gate.value)) {
      issues.push({
        message: `the gate "${gate.value}" is both mandatory and advisory in ${name}`,
        ...placeOf(gate.source, file),
      });
      return;
    }
    seen.add(gate.value);
    enforced.push({
      gate: gate.value,
      enforcement,
      source: gate.source,
      parameters: applyParameters(definition, parameters[gate.value] ?? {}, file, issues),
    });
  };
  for (const gate of mandatory) add(gate, "mandatory");
  for (const gate of advisory) add(gate, "advisory");
  for (const [gate, values] of Object.entries(parameters)) {
    if (seen.has(gate)) continue;
    const place = Object.values(values)[0]?.source ?? source;
    if (gates.has(gate)) {
      issues.push({
        message: `${name} has parameters for "${gate}", which is neither mandatory nor advisory there`,
        ...placeOf(place, file),
      });
    } else {
      issues.push(unknownGate(gate, place, file, gates));
    }
  }
  if (enforced.length === 0 && issues.length === 0) {
    issues.push({
      message: `the environment ${name} has no gates, so it would allow everything`,
      ...placeOf(source, file),
    });
  }
  return { ...environmentDefaults(name), gates: enforced, integrity, audit };
}

/**
 * The parameters of a gate: the given values, and its own defaults for the rest.
 *
 * @param file what the places of the values are in, for messages
 * @param issues gets every value that the gate's schema does not allow
 */
export function applyParameters(
  gate: GateDefinition,
  values: Readonly<Record<string, Sourced<unknown>>>,
  file: string,
  issues: Issue[],
): Readonly<Record<string, AppliedParameter>> {
  const given = Object.fromEntries(Object.entries(values).map(([name, { value }]) => [name, value]));
  const validate = new Ajv({ allErrors: true, verbose: true, strict: false }).compile(gate.parameters);
  if (!validate(given)) {
    const locate = (path: readonly string[], key?: string): { row: number; column: number } | undefined => {
      const place = values[key ?? path[0] ?? ""]?.source;
      const row = place === undefined ? undefined : placeOf(place, file).row;
      return row === undefined ? undefined : { row, column: 1 };
    };
    const problems = schemaIssues(validate.errors ?? [], file, locate);
    issues.push(...problems.map((issue) => ({ ...issue, message: `parameters of ${gate.id}: ${issue.message}` })));
  }
  const applied: Record<string, AppliedParameter> = {};
  for (const [name, value] of Object.entries(defaultParameters(gate))) {
    applied[name] = values[name] ?? { value, source: "gate" };
  }
  return applied;
}

function unknownGate(id: string, source: string, file: string, gates: ReadonlyMap<string, GateDefinition>): Issue {
  const suggestion = nearest(id, gates.keys());
  return {
    message: `there is no gate "${id}"`,
    ...placeOf(source, file),
    hint: suggestion === undefined ? `Known gates: ${[...gates.keys()].join(", ")}.` : `Did you mean "${suggestion}"?`,
  };
}

function placeOf(source: string, file: string): Pick<Issue, "file" | "row"> {
  const row = Number(source.slice(source.lastIndexOf(":") + 1));
  return Number.isInteger(row) ? { file, row } : { file };
}
