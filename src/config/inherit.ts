import { RISK_LEVELS } from "../decision/environment.ts";
import { mapValues } from "../util/json.ts";
import type {
  EnvironmentConfig,
  GivenGates,
  GivenParameters,
  GivenSettings,
  ProfileConfig,
  RiskConfig,
  Sourced,
} from "./types.ts";

/**
 * Lays what an environment says itself over what it extends. Gates add to those of the parent, or move; every setting,
 * and every parameter of every gate, is taken by itself. A gate that is turned off takes everything with it that was said of it.
 *
 * @param parent with the name of the environment in its sources, as {@link inheritedFrom} writes it
 */
export function overlay(parent: EnvironmentConfig, child: EnvironmentConfig): EnvironmentConfig {
  const off = new Set(child.disabled.map(({ value }) => value));
  const named = new Set([...child.mandatory, ...child.advisory].map(({ value }) => value));
  const risk = overlayRisk(parent.risk && riskWithout(parent.risk, off), child.risk);
  return {
    ...(child.extends === undefined ? {} : { extends: child.extends }),
    ...overlayGates(gatesWithout(parent, off), child),
    collections: overlayCollections(parent, child),
    disabled: [...parent.disabled.filter(({ value }) => !named.has(value) && !off.has(value)), ...child.disabled],
    settings: { ...parent.settings, ...child.settings },
    freshness: { ...parent.freshness, ...child.freshness },
    targets: { ...without(parent.targets, off), ...child.targets },
    ...(risk === undefined ? {} : { risk }),
    source: child.source,
  };
}

/** What a child turns off it has from no collection of its parent's either; what it takes itself it has whole. */
function overlayCollections(parent: EnvironmentConfig, child: EnvironmentConfig): EnvironmentConfig["collections"] {
  const own = new Set(child.collections.map(({ value }) => value));
  const off = child.disabled.map(({ value }) => value);
  const kept = parent.collections
    .filter(({ value }) => !own.has(value))
    .map((taken) => ({ ...taken, without: [...taken.without, ...off] }));
  return [...kept, ...child.collections];
}

/** The gates of a parent and of what is laid over it. */
export function overlayGates(parent: GivenGates, child: GivenGates): GivenGates {
  const named = new Set([...child.mandatory, ...child.advisory].map(({ value }) => value));
  const kept = (gates: readonly Sourced<string>[]): readonly Sourced<string>[] =>
    gates.filter(({ value }) => !named.has(value));
  return {
    mandatory: [...kept(parent.mandatory), ...child.mandatory],
    advisory: [...kept(parent.advisory), ...child.advisory],
    parameters: overlayParameters(parent.parameters, child.parameters),
  };
}

/** An environment of which every place names it, for those that inherit from it. */
export function inheritedFrom(name: string, environment: EnvironmentConfig): EnvironmentConfig {
  const from = <T>({ value, source }: Sourced<T>): Sourced<T> => ({ value, source: `${source} (${name})` });
  const gates = (given: GivenGates): GivenGates => ({
    mandatory: given.mandatory.map(from),
    advisory: given.advisory.map(from),
    parameters: mapValues(given.parameters, (values) => mapValues(values, from)),
  });
  // A map over all settings cannot say that each keeps its own type of value.
  const settings = (given: GivenSettings): GivenSettings =>
    mapValues<Sourced<unknown>, Sourced<unknown>>({ ...given }, from);
  const { risk } = environment;
  return {
    ...environment,
    ...gates(environment),
    collections: environment.collections.map((taken) => ({ ...taken, ...from(taken) })),
    disabled: environment.disabled.map(from),
    settings: settings(environment.settings),
    freshness: mapValues({ ...environment.freshness }, from),
    targets: mapValues(environment.targets, from),
    ...(risk === undefined
      ? {}
      : {
          risk: {
            ...(risk.gate === undefined ? {} : { gate: from(risk.gate) }),
            profiles: mapValues({ ...risk.profiles }, (profile) => ({
              ...gates(profile),
              settings: settings(profile.settings),
            })),
            source: `${risk.source} (${name})`,
          },
        }),
  };
}

function overlayParameters(parent: GivenParameters, child: GivenParameters): GivenParameters {
  return { ...parent, ...mapValues(child, (values, gate) => ({ ...parent[gate], ...values })) };
}

function overlayRisk(parent: RiskConfig | undefined, child: RiskConfig | undefined): RiskConfig | undefined {
  if (parent === undefined || child === undefined) return child ?? parent;
  const profiles = RISK_LEVELS.flatMap((level) => {
    const [below, above] = [parent.profiles[level], child.profiles[level]];
    const profile = below === undefined || above === undefined ? (above ?? below) : overlayProfile(below, above);
    return profile === undefined ? [] : [[level, profile] as const];
  });
  return { ...parent, ...child, profiles: Object.fromEntries(profiles) };
}

function overlayProfile(parent: ProfileConfig, child: ProfileConfig): ProfileConfig {
  return { ...overlayGates(parent, child), settings: { ...parent.settings, ...child.settings } };
}

function gatesWithout(given: GivenGates, off: ReadonlySet<string>): GivenGates {
  const kept = (gates: readonly Sourced<string>[]): readonly Sourced<string>[] =>
    gates.filter(({ value }) => !off.has(value));
  return {
    mandatory: kept(given.mandatory),
    advisory: kept(given.advisory),
    parameters: without(given.parameters, off),
  };
}

function riskWithout(risk: RiskConfig, off: ReadonlySet<string>): RiskConfig {
  const profiles = mapValues({ ...risk.profiles }, (profile) => ({ ...profile, ...gatesWithout(profile, off) }));
  return { ...risk, profiles };
}

function without<T>(byGate: Readonly<Record<string, T>>, off: ReadonlySet<string>): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(byGate).filter(([gate]) => !off.has(gate)));
}
