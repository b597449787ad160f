import { nearest } from "../util/nearest.ts";

/** Takes a problem, and what can be done about it. */
export type ReportProblem = (message: string, hint?: string) => void;

/** Reports keys that nobody reads: what is not understood must not be taken for something that is not there. */
export function reportUnknownKeys(
  object: Readonly<Record<string, unknown>>,
  known: readonly string[],
  where: string,
  report: ReportProblem,
): void {
  for (const key of Object.keys(object)) {
    if (known.includes(key)) continue;
    const suggestion = nearest(key, known);
    const hint = suggestion === undefined ? `Known keys: ${known.join(", ")}.` : `Did you mean "${suggestion}"?`;
    report(`${where} has an unknown key "${key}"`, hint);
  }
}
