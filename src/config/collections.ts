import type { CollectedGate, CollectedValue, Collection } from "../policy/collections.ts";
import type { GateDefinition } from "../policy/gate.ts";
import type { Issue } from "../util/errors.ts";
import { nearest } from "../util/nearest.ts";
import { overlayGates } from "./inherit.ts";
import { placeOf } from "./place.ts";
import { compareParameter } from "./strictness.ts";
import type { EnvironmentConfig, GivenGates, GivenParameters, Sourced } from "./types.ts";

/** What collections are looked up in. */
interface Surroundings {
  readonly gates: ReadonlyMap<string, GateDefinition>;
  readonly collections: readonly Collection[];
  readonly file: string;
  readonly issues: Issue[];
}

/**
 * An environment with the gates of the collections that it takes. What gate.yaml says of a gate wins over what collections
 * say of it; of several collections the stricter one does.
 */
export function withCollections(environment: EnvironmentConfig, surroundings: Surroundings): EnvironmentConfig {
  if (environment.collections.length === 0) return environment;
  const taken = collectedGates(environment, surroundings);
  return { ...environment, ...overlayGates(taken, environment) };
}

/** What the collections of an environment ask for together, without what gate.yaml says besides. */
export function collectedGates(environment: EnvironmentConfig, surroundings: Surroundings): GivenGates {
  const gates = environment.collections.flatMap(({ value, without, source }) => {
    const collection = surroundings.collections.find(({ id }) => id === value);
    if (collection === undefined) surroundings.issues.push(unknownCollection({ value, source }, surroundings));
    return (collection?.gates ?? []).filter(({ gate }) => !without.includes(gate));
  });
  const byGate = [...Map.groupBy(gates, ({ gate }) => gate)];
  const enforced = byGate.flatMap(
    ([, same]) => same.find(({ enforcement }) => enforcement === "mandatory") ?? same[0] ?? [],
  );
  const listed = (wanted: CollectedGate["enforcement"]): readonly Sourced<string>[] =>
    enforced.filter(({ enforcement }) => enforcement === wanted).map(({ gate, source }) => ({ value: gate, source }));
  const parameters: GivenParameters = Object.fromEntries(
    byGate.map(([gate, same]) => [gate, strictest(gate, same, environment, surroundings)]),
  );
  return { mandatory: listed("mandatory"), advisory: listed("advisory"), parameters };
}

/** Of each parameter the strictest value; where that cannot be told, gate.yaml has to say it. */
function strictest(
  gate: string,
  same: readonly CollectedGate[],
  { parameters: given }: EnvironmentConfig,
  { gates, file, issues }: Surroundings,
): Readonly<Record<string, CollectedValue>> {
  const parameters: Record<string, CollectedValue> = {};
  for (const [name, value] of same.flatMap((one) => Object.entries(one.parameters))) {
    const other = parameters[name];
    const kind = other === undefined ? "looser" : compareParameter(other, value, gates.get(gate), name);
    if (kind === "looser") parameters[name] = value;
    if (kind !== "incomparable" || other === undefined || given[gate]?.[name] !== undefined) continue;
    issues.push({
      message: `collections give ${gate}.${name} values of which neither is stricter, ${shown(other)} and ${shown(value)}`,
      file,
      hint: "Give the parameter in gate.yaml.",
    });
  }
  return parameters;
}

function shown({ value, source }: CollectedValue): string {
  return `${JSON.stringify(value)} (${source})`;
}

function unknownCollection({ value, source }: Sourced<string>, { collections, file }: Surroundings): Issue {
  const ids = collections.map(({ id }) => id);
  const suggestion = nearest(value, ids);
  const known = ids.length === 0 ? "There are none." : `There are ${ids.join(", ")}.`;
  return {
    message: `there is no collection "${value}"`,
    ...placeOf(source, file),
    hint: suggestion === undefined ? known : `Did you mean "${suggestion}"?`,
  };
}
