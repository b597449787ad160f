import { type GateProfile, profileOf } from "../../../catalogue/profile.ts";
import type { LocatedBundle } from "../../../policy/bundle.ts";
import { type GateExample, parseExamples } from "../../../policy/examples.ts";
import { loadPolicies, type PolicySelection, readSelectedSources } from "../../../policy/load.ts";
import type { CommandContext } from "../../context.ts";

/** Some policies, compiled, with what is known of their gates, in the order of their ids. */
export interface ProfiledPolicies {
  readonly located: LocatedBundle;
  readonly profiles: readonly GateProfile[];
}

/** Loads policies with the examples beside them. */
export async function loadProfiles(selection: PolicySelection, context: CommandContext): Promise<ProfiledPolicies> {
  const located = await loadPolicies(selection, context);
  const { examples } = await readSelectedSources(selection, context.installation);
  const byGate = new Map<string, readonly GateExample[]>();
  for (const { gate, examples: cases } of examples.map(parseExamples)) {
    byGate.set(gate, [...(byGate.get(gate) ?? []), ...cases]);
  }
  const gates = located.bundle.gates.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return { located, profiles: gates.map((gate) => profileOf(gate, byGate.get(gate.id) ?? [])) };
}
