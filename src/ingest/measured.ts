import type { MaintainabilityEvidence, MeasuredFunction } from "../evidence/types.ts";
import type { Limits } from "../util/limits.ts";
import { kept, uniqueId } from "./values.ts";

/** A function, before it becomes evidence. */
export type RawFunction = Omit<MeasuredFunction, "id">;

/** Functions with ids: the file and the name, and a number for those of one name in one file. */
export function measuredFunctions(functions: readonly RawFunction[], limits: Limits): readonly MeasuredFunction[] {
  const seen = new Map<string, number>();
  return functions.map((one) => {
    const [path, name] = [kept(one.path, limits), kept(one.name, limits)];
    return { id: uniqueId(`${path} ${name}`, seen), ...one, path, name };
  });
}

/** What the summary says of some functions. */
export function functionCounts(
  functions: readonly Pick<MeasuredFunction, "complexity">[],
): Pick<MaintainabilityEvidence["summary"], "functions" | "highestComplexity"> {
  if (functions.length === 0) return { functions: 0 };
  const highestComplexity = functions.reduce((highest, { complexity }) => Math.max(highest, complexity), 0);
  return { functions: functions.length, highestComplexity };
}
