import type { MutantStatus, ParsedEvidence } from "../../evidence/types.ts";
import { type Detection, type EvidenceAdapter, FormatError, type Head, type ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { createDiagnostics, type DiagnosticList } from "../diagnostics.ts";
import { objectAt, objectsIn, textAt } from "../findings.ts";
import { splitJson } from "../json.ts";
import { type FoundMutant, mutationEvidence } from "../mutation.ts";
import { pathInCheckout } from "../paths.ts";
import { countOf, isObject, type JsonObject } from "../values.ts";

/** The JSON log of Infection for PHP, which go-mutesting writes too. */
export const infection = {
  id: "infection",
  title: "Infection JSON log",
  kind: "mutation",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

/** The lists of the log, with what their mutants are and the count that the log declares for each. */
const LISTS = [
  ["escaped", "survived", "escapedCount"],
  ["timeouted", "timeout", "timeOutCount"],
  ["killed", "killed", "killedCount"],
  ["killedByStaticAnalysis", "killed", "killedByStaticAnalysisCount"],
  ["errored", "runtime-error", "errorCount"],
  ["syntaxErrors", "compile-error", "syntaxErrorCount"],
  ["uncovered", "no-coverage", "notCoveredCount"],
  ["ignored", "ignored", "ignoredCount"],
] as const satisfies readonly (readonly [list: string, status: MutantStatus, count: string])[];

function detect({ text }: Head): Detection {
  if (!text.startsWith("{")) return { confidence: "no", reason: "it does not start with a JSON object" };
  if (/"totalMutantsCount"\s*:/.test(text) && /"escapedCount"\s*:/.test(text)) {
    return { confidence: "certain", reason: "it has counts of mutants" };
  }
  return { confidence: "no", reason: "it has no counts of mutants" };
}

/**
 * Reads the log as `JsonLogger` of Infection 0.27 and later writes it; there is no specification. Code, diffs and the
 * output of tests stay out.
 */
function parse(bytes: Content, context: ParseContext): ParsedEvidence {
  const log = splitJson(bytes, context.limits, ...LISTS.map(([list]) => [list]));
  const { document } = log;
  if (!isObject(document) || !isObject(document["stats"])) {
    throw new FormatError("not-this-format", 'there is no "stats" with counts of mutants');
  }
  const { stats } = document;
  const inconsistencies = createDiagnostics();
  const mutants: FoundMutant[] = [];
  for (const [list, status, count] of LISTS) {
    const before = mutants.length;
    for (const [one, place] of objectsIn(log, document[list], `/${list}`)) {
      mutants.push(mutantOf(one, status, place, context));
    }
    const found = mutants.length - before;
    const declared = countOf(stats[count]);
    if (declared === undefined || declared === found) continue;
    const message = `the log declares ${declared} mutants and has ${found}`;
    inconsistencies.add("mutants-differ", message, `/stats/${count}`);
  }
  const reasons = createDiagnostics();
  const warnings = createDiagnostics();
  compareTotal(stats, mutants.length, reasons, warnings);
  return mutationEvidence({ mutants, reasons, warnings, inconsistencies }, context);
}

/** A log that keeps mutants to itself may keep those that survived. Only skipped ones have no list to be in. */
function compareTotal(stats: JsonObject, listed: number, reasons: DiagnosticList, warnings: DiagnosticList): void {
  const total = countOf(stats["totalMutantsCount"]);
  const skipped = countOf(stats["skippedCount"]) ?? 0;
  if (total === undefined) {
    throw new FormatError("malformed", "it does not say how many mutants there are", "/stats/totalMutantsCount");
  }
  if (skipped > 0) warnings.add("mutants-skipped", `${skipped} mutants were skipped and are not counted`, "/stats");
  const missing = total - listed - skipped;
  if (missing > 0) reasons.add("mutants-missing", `${missing} of ${total} mutants are not in the log`, "/stats");
}

function mutantOf(one: JsonObject, status: MutantStatus, pointer: string, { root }: ParseContext): FoundMutant {
  const mutator = objectAt(one["mutator"], `${pointer}/mutator`);
  const name = textAt(mutator["mutatorName"], `${pointer}/mutator/mutatorName`);
  const file = pathInCheckout(textAt(mutator["originalFilePath"], `${pointer}/mutator/originalFilePath`), root);
  const line = countOf(mutator["originalStartLine"]);
  return { id: `${name} ${file}:${line ?? 0}`, file, line, mutator: name, status };
}
