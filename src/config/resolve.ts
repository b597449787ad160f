import { Ajv } from "ajv";
import {
  type ApprovalRules,
  type Environment,
  environmentDefaults,
  RISK_LEVELS,
  type RiskLevel,
  type RiskProfile,
  type RiskRules,
  type Stage,
} from "../decision/environment.ts";
import type { AppliedParameter, EnforcedGate } from "../decision/types.ts";
import type { Collection } from "../policy/collections.ts";
import { defaultParameters, type GateDefinition } from "../policy/gate.ts";
import { GateError, type Issue } from "../util/errors.ts";
import { mapValues } from "../util/json.ts";
import { nearest } from "../util/nearest.ts";
import { collectedGates, withCollections } from "./collections.ts";
import { overlayGates } from "./inherit.ts";
import { placeOf } from "./place.ts";
import { schemaIssues } from "./schema-issues.ts";
import { atLevel, inversions } from "./strictness.ts";
import type {
  Config,
  EnvironmentConfig,
  GivenGates,
  GivenSettings,
  ProfileConfig,
  Settings,
  Sourced,
  StageConfig,
} from "./types.ts";

/** What environments can name. */
export interface Policies {
  readonly gates: readonly GateDefinition[];
  readonly collections: readonly Collection[];
}

/** What environments are held against. */
interface Surroundings {
  readonly gates: ReadonlyMap<string, GateDefinition>;
  readonly collections: readonly Collection[];
  readonly stages: readonly StageConfig[];
  /** As messages name it. */
  readonly file: string;
  /** Gets every problem. */
  readonly issues: Issue[];
}

/**
 * Holds every environment against the gates that exist: names, and parameters by each gate's schema. All environments
 * are checked, and those of every component, so that a mistake in `production` shows in development already.
 *
 * @param component whose environments are wanted; default: those of the whole repository
 * @throws {GateError} `config-invalid` with every problem, its line and the nearest valid name
 */
export function resolveEnvironments(
  config: Config,
  { gates, collections }: Policies,
  component?: string,
): Readonly<Record<string, Environment>> {
  const byId = new Map(gates.map((gate) => [gate.id, gate]));
  const issues: Issue[] = [];
  const surroundings: Surroundings = { gates: byId, collections, stages: config.stages, file: config.path, issues };
  checkStages(surroundings);
  const resolve = (environments: Config["environments"]): Readonly<Record<string, Environment>> =>
    mapValues(environments, (environment, name) => resolveEnvironment(name, environment, surroundings));
  const environments = resolve(config.environments);
  // An environment that a component leaves as it is would only repeat its problems.
  const components = mapValues(config.components, (given) => (issues.length > 0 ? {} : resolve(given.environments)));
  if (issues.length > 0) {
    throw new GateError("config-invalid", `${config.path} is not a valid configuration`, {
      issues,
      hint: "Run `gate policy list` for the gates and their parameters.",
    });
  }
  return component === undefined ? environments : (components[component] ?? {});
}

/**
 * What the collections that environments take would ask for by themselves: by environment its gates, with nothing turned off
 * or changed; empty for one that takes none.
 */
export function collectedGatesOf(
  config: Config,
  { gates, collections }: Policies,
  component?: string,
): Readonly<Record<string, readonly EnforcedGate[]>> {
  const byId = new Map(gates.map((gate) => [gate.id, gate]));
  const surroundings: Surroundings = { gates: byId, collections, stages: [], file: config.path, issues: [] };
  const environments =
    component === undefined ? config.environments : (config.components[component]?.environments ?? {});
  return mapValues(environments, (environment, name) => {
    const taken = environment.collections.map((one) => ({ ...one, without: [] }));
    return enforce(name, collectedGates({ ...environment, collections: taken }, surroundings), surroundings);
  });
}

function checkStages({ stages, gates, file, issues }: Surroundings): void {
  for (const gate of stages.flatMap((stage) => stage.gates)) {
    if (!gates.has(gate.value)) issues.push(unknownGate(gate.value, gate.source, file, gates));
  }
}

function resolveEnvironment(name: string, own: EnvironmentConfig, surroundings: Surroundings): Environment {
  const { file, issues } = surroundings;
  const before = issues.length;
  const given = withCollections(own, surroundings);
  const named = enforce(name, given, surroundings);
  const gates = [...named, ...unnamedConftest(named, given, surroundings)];
  const enforced = new Set(gates.map(({ gate }) => gate));
  for (const [gate, target] of Object.entries(given.targets)) {
    if (enforced.has(gate)) continue;
    issues.push(notEnforced(`${name} has a target for`, gate, target.source, surroundings));
  }
  for (const gate of given.disabled) {
    if (!surroundings.gates.has(gate.value))
      issues.push(unknownGate(gate.value, gate.source, file, surroundings.gates));
  }
  if (gates.length === 0 && issues.length === before) {
    issues.push({
      message: `the environment ${name} has no gates, so it would allow everything`,
      ...placeOf(given.source, file),
    });
  }
  const base: Environment = {
    ...withSettings(environmentDefaults(name), given),
    gates,
    targets: mapValues(given.targets, ({ value }) => value),
    disabled: given.disabled
      .filter(({ value }) => !enforced.has(value))
      .map(({ value, source }) => ({ gate: value, source })),
  };
  const whole = issues.length > before ? base : withRisk(base, given, surroundings);
  return withStages(whole, surroundings.stages);
}

/** Policies of Conftest that nobody enforces or turns off: whoever asks for them means every environment. */
function unnamedConftest(
  named: readonly EnforcedGate[],
  { disabled }: EnvironmentConfig,
  { gates }: Surroundings,
): readonly EnforcedGate[] {
  const known = new Set([...named.map(({ gate }) => gate), ...disabled.map(({ value }) => value)]);
  return [...gates.values()].flatMap(({ id, conftest }): readonly EnforcedGate[] => {
    if (conftest === undefined || known.has(id)) return [];
    return [{ gate: id, enforcement: conftest.enforcement, source: "--conftest", parameters: {} }];
  });
}

/** The gates of an environment or of one of its profiles, each with all of its parameters. */
function enforce(name: string, given: GivenGates, surroundings: Surroundings): readonly EnforcedGate[] {
  const { gates, file, issues } = surroundings;
  const enforced: EnforcedGate[] = [];
  const add = (gate: Sourced<string>, enforcement: EnforcedGate["enforcement"]): void => {
    const definition = gates.get(gate.value);
    if (definition === undefined) {
      issues.push(unknownGate(gate.value, gate.source, file, gates));
      return;
    }
    enforced.push({
      gate: gate.value,
      enforcement,
      source: gate.source,
      parameters: applyParameters(definition, given.parameters[gate.value] ?? {}, file, issues),
    });
  };
  for (const gate of given.mandatory) add(gate, "mandatory");
  for (const gate of given.advisory) add(gate, "advisory");
  const named = new Set([...given.mandatory, ...given.advisory].map(({ value }) => value));
  for (const [gate, values] of Object.entries(given.parameters)) {
    const source = Object.values(values)[0]?.source;
    if (named.has(gate) || source === undefined) continue;
    issues.push(notEnforced(`${name} has parameters for`, gate, source, surroundings));
  }
  return enforced;
}

function withSettings(defaults: Environment, { settings, freshness, targets }: EnvironmentConfig): Environment {
  const { waivers, bypass } = defaults;
  const kinds = Object.entries(freshness).flatMap(([kind, age]) =>
    kind === "default" || age?.value === null || age === undefined ? [] : [[kind, age.value] as const],
  );
  const age = freshness.default === undefined ? defaults.freshness.default : freshness.default.value;
  return {
    ...defaults,
    integrity: settings.integrity?.value ?? defaults.integrity,
    audit: settings.audit?.value ?? defaults.audit,
    onAdvisory: settings.advisoryFailure?.value ?? defaults.onAdvisory,
    binding: settings.binding?.value ?? defaults.binding,
    baseline: settings.baseline?.value ?? defaults.baseline,
    freshness: { ...(typeof age === "number" ? { default: age } : {}), kinds: Object.fromEntries(kinds) },
    waivers: {
      quorum: settings["waivers.quorum"]?.value ?? waivers.quorum,
      roles: settings["waivers.roles"]?.value ?? waivers.roles,
      lifetimeMs: settings["waivers.lifetime"]?.value ?? waivers.lifetimeMs,
      warnMs: settings["waivers.warn"]?.value ?? waivers.warnMs,
    },
    approvals: approvalsOf(settings, defaults.approvals),
    bypass: {
      permitted: settings["bypass.permitted"]?.value ?? bypass.permitted,
      quorum: settings["bypass.quorum"]?.value ?? bypass.quorum,
      roles: settings["bypass.roles"]?.value ?? bypass.roles,
      lifetimeMs: settings["bypass.lifetime"]?.value ?? bypass.lifetimeMs,
      reviewMs: settings["bypass.review"]?.value ?? bypass.reviewMs,
    },
    sources: {
      ...mapValues(SETTINGS, (_, path) => sourceOf(settings, path)),
      "freshness.default": "default",
      ...sourcesBelow("freshness", freshness),
      ...sourcesBelow("targets", targets),
    },
  };
}

function approvalsOf(settings: GivenSettings, defaults: ApprovalRules): ApprovalRules {
  return {
    quorum: settings["approvals.quorum"]?.value ?? defaults.quorum,
    roles: settings["approvals.roles"]?.value ?? defaults.roles,
    lifetimeMs: settings["approvals.lifetime"]?.value ?? defaults.lifetimeMs,
    from: settings["approvals.from"]?.value ?? defaults.from,
  };
}

/** Every path, so that each has a source. */
const SETTINGS: Readonly<Record<keyof Settings, true>> = {
  integrity: true,
  audit: true,
  advisoryFailure: true,
  binding: true,
  baseline: true,
  "waivers.quorum": true,
  "waivers.roles": true,
  "waivers.lifetime": true,
  "waivers.warn": true,
  "approvals.quorum": true,
  "approvals.roles": true,
  "approvals.lifetime": true,
  "approvals.from": true,
  "bypass.permitted": true,
  "bypass.quorum": true,
  "bypass.roles": true,
  "bypass.lifetime": true,
  "bypass.review": true,
};

function sourceOf(settings: Readonly<Record<string, Sourced<unknown> | undefined>>, path: string): string {
  return settings[path]?.source ?? "default";
}

function sourcesBelow(
  path: string,
  given: Readonly<Record<string, Sourced<unknown> | undefined>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(given).flatMap(([key, value]) => (value === undefined ? [] : [[`${path}.${key}`, value.source]])),
  );
}

/** Each level of risk with the whole list of its gates. A level that is not named is as the one below it. */
function withRisk(base: Environment, given: EnvironmentConfig, surroundings: Surroundings): Environment {
  const { risk } = given;
  if (risk === undefined) return base;
  const { file, issues } = surroundings;
  if (risk.gate === undefined) {
    issues.push({ message: `${base.name} does not say which gate tells the risk`, ...placeOf(risk.source, file) });
    return base;
  }
  const { value: gate, source } = risk.gate;
  if (!base.gates.some((enforced) => enforced.gate === gate)) {
    issues.push(notEnforced(`${base.name} takes the level of risk from`, gate, source, surroundings));
    return base;
  }
  const plain: RiskProfile = { gates: base.gates, approvals: base.approvals };
  const { low, medium, high } = risk.profiles;
  const lowest = low === undefined ? plain : profileOf(base, given, low, "low", surroundings);
  const middle = medium === undefined ? lowest : profileOf(base, given, medium, "medium", surroundings);
  const highest = high === undefined ? middle : profileOf(base, given, high, "high", surroundings);
  const profiles: RiskRules["profiles"] = { low: lowest, medium: middle, high: highest };
  const sources = RISK_LEVELS.map((level) =>
    sourcesBelow(`risk.profiles.${level}`, profileSettings(risk.profiles, level)),
  );
  const whole: Environment = {
    ...base,
    risk: { gate, profiles },
    sources: Object.assign({ ...base.sources, "risk.gate": source }, ...sources),
  };
  checkProfiles(whole, surroundings);
  return whole;
}

function profileSettings(
  profiles: NonNullable<EnvironmentConfig["risk"]>["profiles"],
  level: RiskLevel,
): GivenSettings {
  const upTo = RISK_LEVELS.slice(0, RISK_LEVELS.indexOf(level) + 1).toReversed();
  const given = upTo.map((one) => profiles[one]).find((profile) => profile !== undefined);
  return given?.settings ?? {};
}

function profileOf(
  base: Environment,
  given: EnvironmentConfig,
  profile: ProfileConfig,
  level: RiskLevel,
  surroundings: Surroundings,
): RiskProfile {
  return {
    gates: enforce(`the profile ${level} of ${base.name}`, overlayGates(given, profile), surroundings),
    approvals: approvalsOf(profile.settings, base.approvals),
  };
}

/** A profile adds to the environment, and a higher level to a lower one: risk may never open anything. */
function checkProfiles(environment: Environment, { gates, file, issues }: Surroundings): void {
  const definitions = [...gates.values()];
  for (const [index, level] of RISK_LEVELS.entries()) {
    const below = RISK_LEVELS[index - 1];
    const names = {
      stricter: `the profile ${level}`,
      looser: below === undefined ? environment.name : `the profile ${below}`,
    };
    for (const { message, kind, stricter, looser } of inversions(
      atLevel(environment, level),
      atLevel(environment, below),
      definitions,
      names,
    )) {
      const source = placeOf(stricter.source, file).row === undefined ? looser.source : stricter.source;
      const hint = "Say in the gate's METADATA which values are `stricter`.";
      issues.push({ message, ...placeOf(source, file), ...(kind === "incomparable" ? { hint } : {}) });
    }
  }
}

/** The stages that have any of the environment's gates, with those gates of theirs that it has. */
function withStages(environment: Environment, stages: readonly StageConfig[]): Environment {
  const profiles = Object.values(environment.risk?.profiles ?? {});
  const enforced = new Set([...environment.gates, ...profiles.flatMap(({ gates }) => gates)].map(({ gate }) => gate));
  const own = stages.flatMap(({ name, gates, target }): readonly Stage[] => {
    const kept = gates.map(({ value }) => value).filter((gate) => enforced.has(gate));
    return kept.length === 0 ? [] : [{ name, gates: kept, targetMs: target.value }];
  });
  const sources = stages.flatMap(({ name, target }) =>
    own.some((stage) => stage.name === name) ? [[`stages.${name}`, target.source] as const] : [],
  );
  return { ...environment, stages: own, sources: { ...environment.sources, ...Object.fromEntries(sources) } };
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
  const given = mapValues(values, ({ value }) => value);
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

/** @param problem such as `production has a target for` */
function notEnforced(problem: string, id: string, source: string, { gates, file }: Surroundings): Issue {
  if (!gates.has(id)) return unknownGate(id, source, file, gates);
  return {
    message: `${problem} "${id}", which is neither mandatory nor advisory there`,
    ...placeOf(source, file),
  };
}

function unknownGate(id: string, source: string, file: string, gates: ReadonlyMap<string, GateDefinition>): Issue {
  const suggestion = nearest(id, gates.keys());
  return {
    message: `there is no gate "${id}"`,
    ...placeOf(source, file),
    hint: suggestion === undefined ? `Known gates: ${[...gates.keys()].join(", ")}.` : `Did you mean "${suggestion}"?`,
  };
}
