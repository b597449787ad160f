import type { Environment } from "../decision/environment.ts";
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

/** An inversion as a diagnostic, at the line that is too loose; where that is a default, at the one that asks for more. */
export function inversionDiagnostic(
  inversion: Inversion,
  file: string,
): Diagnostic & { readonly inversion: Inversion } {
  const { kind, message, stricter, looser } = inversion;
  const own = placeOf(stricter.source, file);
  const place = own.row === undefined ? placeOf(looser.source, file) : own;
  return kind === "looser"
    ? { rule: "inversion", category: "config", level: "error", message, ...place, inversion }
    : {
        rule: "incomparable",
        category: "config",
        level: "warning",
        message,
        ...place,
        ...(inversion.parameter === undefined
          ? {}
          : { hint: "Say in the gate's METADATA which values are `stricter`." }),
        inversion,
      };
}
