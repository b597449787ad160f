import type { Environment } from "../decision/environment.ts";
import type { EnforcedGate } from "../decision/types.ts";
import { canonicalJson } from "../evidence/canonical.ts";
import type { Diagnostic } from "../policy/diagnostics.ts";
import type { GateDefinition } from "../policy/gate.ts";
import { placeOf } from "./place.ts";
import { type Inversion, inversions } from "./strictness.ts";

/** Two environments that were held against each other. */
export interface ComparedPair {
  readonly stricter: string;
  readonly looser: string;
  /** Missing where it is of the whole repository. */
  readonly component?: string;
  readonly inversions: readonly Inversion[];
}

/** Holds each environment against the one before it. What is at least as strict as its neighbour is so of all before it. */
export function compareInOrder(
  order: readonly string[],
  environments: Readonly<Record<string, Environment>>,
  gates: readonly GateDefinition[],
  component?: string,
): readonly ComparedPair[] {
  return order.slice(1).flatMap((name, index) => {
    const [stricter, looser] = [environments[name], environments[order[index] ?? ""]];
    if (stricter === undefined || looser === undefined) return [];
    const of = component === undefined ? "" : ` of ${component}`;
    const names = { stricter: `${stricter.name}${of}`, looser: `${looser.name}${of}` };
    return [
      {
        stricter: stricter.name,
        looser: looser.name,
        ...(component === undefined ? {} : { component }),
        inversions: inversions(stricter, looser, gates, names),
      },
    ];
  });
}

/** Holds each environment against the collections that it takes: what gate.yaml says can be looser than they are. */
export function compareWithCollections(
  environments: Readonly<Record<string, Environment>>,
  collected: Readonly<Record<string, readonly EnforcedGate[]>>,
  gates: readonly GateDefinition[],
): readonly Inversion[] {
  return Object.values(environments).flatMap((environment) => {
    const { risk: _, ...plain } = environment;
    const names = { stricter: environment.name, looser: "its collections" };
    return inversions(plain, { ...plain, gates: collected[environment.name] ?? [] }, gates, names);
  });
}

/** An inversion with its place in the sources. */
export interface InversionDiagnostic extends Diagnostic {
  readonly inversion: Inversion;
}

/** What was found, each once: what a component has from the whole repository is not said of it again. */
export function inversionDiagnostics(pairs: readonly ComparedPair[], file: string): readonly InversionDiagnostic[] {
  const known = new Set<string>();
  return pairs.flatMap((pair) => {
    const { stricter, looser } = pair;
    return pair.inversions.flatMap((inversion) => {
      const { message: _, stricter: mine, looser: theirs, ...what } = inversion;
      const key = canonicalJson({ stricter, looser, what, values: [mine.value ?? null, theirs.value ?? null] });
      if (known.has(key)) return [];
      known.add(key);
      return [diagnosticOf(inversion, file)];
    });
  });
}

/** What gate.yaml loosens of its collections, each once. It is somebody's decision, so it is a warning. */
export function loosenedDiagnostics(loosened: readonly Inversion[], file: string): readonly InversionDiagnostic[] {
  const byMessage = new Map(loosened.map((inversion) => [inversion.message, inversion]));
  return [...byMessage.values()].map((inversion) => ({
    ...diagnosticOf(inversion, file),
    rule: "loosened",
    level: "warning",
  }));
}

/** At the line that is too loose; where that is a default, at the one that asks for more. */
function diagnosticOf(inversion: Inversion, file: string): InversionDiagnostic {
  const { kind, message, stricter, looser, parameter } = inversion;
  const own = placeOf(stricter.source, file);
  const place = own.row === undefined ? placeOf(looser.source, file) : own;
  const common = { category: "config", message, ...place, inversion };
  if (kind === "looser") return { rule: "inversion", level: "error", ...common };
  const hint = "Say in the gate's METADATA which values are `stricter`.";
  return { rule: "incomparable", level: "warning", ...common, ...(parameter === undefined ? {} : { hint }) };
}
