import { applyParameters } from "../config/resolve.ts";
import type { EnvironmentConfig, Sourced } from "../config/types.ts";
import type { AppliedParameter, Decision, DecisionGate, EnforcedGate, Enforcement } from "../decision/types.ts";
import type { GateDefinition } from "../policy/gate.ts";
import { GateError, type Issue } from "../util/errors.ts";

/** The gates of a recorded decision under other policies. */
export interface GatesUnder {
  /** Those of the decision that the policies have, as the decision enforced them. */
  readonly kept: readonly EnforcedGate[];
  /** Parameters that a gate no longer takes: with these policies there would be no decision. */
  readonly problems: readonly string[];
}

/** A gate that only the other policies have. */
export interface AddedGateUnder {
  readonly gate: EnforcedGate;
  /** False where the environment does not name it: then it changes no verdict. */
  readonly enforced: boolean;
}

type Values = Readonly<Record<string, Sourced<unknown>>>;
type Applied = { readonly parameters: EnforcedGate["parameters"]; readonly problems: readonly string[] };

/** The gates of other policies, by id. */
export interface GateCatalogue {
  under(decision: Decision): GatesUnder;
  /**
   * A gate that a decision does not have, as gate.yaml would have it in that environment.
   *
   * @throws {GateError} `config-invalid` where gate.yaml has parameters for it that it does not take
   */
  added(gate: GateDefinition, environment: EnvironmentConfig | undefined, file: string): AddedGateUnder;
}

/** Decisions of an environment mostly have the same parameters, and compiling a schema takes a millisecond. */
export function gateCatalogue(gates: readonly GateDefinition[]): GateCatalogue {
  const byId = new Map(gates.map((gate) => [gate.id, gate]));
  const known = new Map<string, Applied>();

  function apply(gate: GateDefinition, values: Values, file: string): Applied {
    const key = JSON.stringify([gate.id, values]);
    const found = known.get(key);
    if (found !== undefined) return found;
    const issues: Issue[] = [];
    const parameters = applyParameters(gate, values, file, issues);
    const applied = { parameters, problems: issues.map(({ message }) => message) };
    known.set(key, applied);
    return applied;
  }

  return {
    under(decision) {
      const kept: EnforcedGate[] = [];
      const problems: string[] = [];
      for (const recorded of decision.gates) {
        const gate = byId.get(recorded.id);
        if (gate === undefined) continue;
        const applied = apply(gate, chosenValues(recorded), decision.config.path);
        problems.push(...applied.problems);
        kept.push({ gate: gate.id, enforcement: recorded.enforcement, parameters: applied.parameters });
      }
      return { kept, problems };
    },
    added(gate, environment, file) {
      const enforcement = environment === undefined ? undefined : enforcementIn(environment, gate.id);
      const { parameters, problems } = apply(gate, environment?.parameters[gate.id] ?? {}, file);
      if (problems.length > 0) throw new GateError("config-invalid", `${file}: ${problems.join("; ")}`);
      const enforced = enforcement !== undefined;
      return { gate: { gate: gate.id, enforcement: enforcement ?? "advisory", parameters }, enforced };
    },
  };
}

/** A gate with its parameters as they were applied. */
export function enforcedAsRecorded({ id, enforcement, parameters }: DecisionGate): EnforcedGate {
  return { gate: id, enforcement, parameters };
}

/** The values that somebody chose. Where the gate's own default was applied, the default of the other policies is. */
function chosenValues({ parameters }: DecisionGate): Values {
  return Object.fromEntries(
    Object.entries(parameters).filter((entry): entry is [string, AppliedParameter] => entry[1].source !== "gate"),
  );
}

function enforcementIn({ mandatory, advisory }: EnvironmentConfig, id: string): Enforcement | undefined {
  if (mandatory.some(({ value }) => value === id)) return "mandatory";
  return advisory.some(({ value }) => value === id) ? "advisory" : undefined;
}
