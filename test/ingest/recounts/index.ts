import { readFileSync } from "node:fs";
import { ATTEST_COUNTS } from "./attest.ts";
import { BASIC_COUNTS } from "./basic.ts";
import { BOM_COUNTS } from "./bom.ts";
import { CHANGE_COUNTS } from "./change.ts";
import { NAIVE_COVERAGE } from "./coverage.ts";
import { DAST_IAC_COUNTS } from "./dast-iac.ts";
import { MUTATION_COUNTS } from "./mutation.ts";
import { PERFORMANCE_COUNTS } from "./performance.ts";
import { REPORT_COUNTS } from "./report.ts";
import { SCANNER_COUNTS } from "./scanner.ts";
import { TEST_COUNTS } from "./test.ts";

type Entries = Iterable<readonly [format: string, recount: (source: string) => object]>;

/** Those that take the text of a file, as those that take its path. */
function ofTexts(recounts: Entries): Entries {
  return [...recounts].map(([format, recount]) => {
    return [format, (path: string) => recount(readFileSync(path, "utf8").replace(/^\ufeff/, ""))] as const;
  });
}

/**
 * The second reader: what a report comes to by a plain count that shares no code with the adapters, by the adapter's id.
 * Each takes the path of a file and gives the parts of the summary that it can count.
 */
export const RECOUNTS: ReadonlyMap<string, (path: string) => object> = new Map([
  ...BASIC_COUNTS,
  ...REPORT_COUNTS,
  ...BOM_COUNTS,
  ...ATTEST_COUNTS,
  ...PERFORMANCE_COUNTS,
  ...TEST_COUNTS,
  ...ofTexts(SCANNER_COUNTS),
  ...ofTexts(DAST_IAC_COUNTS),
  ...ofTexts(MUTATION_COUNTS),
  ...ofTexts(CHANGE_COUNTS),
  ...ofTexts(Object.entries(NAIVE_COVERAGE)),
  // The summary of a protection has no numbers.
  ["github-protection", () => ({})],
]);
