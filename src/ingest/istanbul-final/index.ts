import type { ParsedEvidence } from "../../evidence/types.ts";
import type { Detection, EvidenceAdapter, Head, ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { coverageEvidence } from "../coverage.ts";
import { pathInCheckout } from "../paths.ts";
import { readCoverageMap } from "./parse.ts";

/** The `coverage-final.json` of Istanbul's `json` reporter: jest, nyc, c8, vitest, Karma. */
export const istanbulFinal = {
  id: "istanbul-final",
  title: "Istanbul coverage map",
  kind: "coverage",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

/** The first member of the document, and the first member of its value. */
const FIRST_FILE = /^\{\s*"(?:[^"\\]|\\.)*"\s*:\s*\{\s*"(?:path|all|statementMap|fnMap|branchMap|s|f|b)"/;

function detect({ text, name }: Head): Detection {
  if (!text.startsWith("{")) return { confidence: "no", reason: "it does not start with a JSON object" };
  if (FIRST_FILE.test(text) && /"statementMap"\s*:\s*\{/.test(text)) {
    return { confidence: "certain", reason: "it starts with a file and its statement map" };
  }
  if (name === "coverage-final.json") return { confidence: "likely", reason: "it has the name of a coverage map" };
  return { confidence: "no", reason: "it does not start with a file and its statement map" };
}

/** The file does not say whether V8 or Istanbul measured it; and it has no totals that could differ from the count. */
function parse(bytes: Content, { declared, limits, root }: ParseContext): ParsedEvidence {
  const files = readCoverageMap(bytes, limits).map((file) => ({ ...file, path: pathInCheckout(file.path, root) }));
  return coverageEvidence({ provider: "istanbul", files, warnings: [], inconsistencies: [] }, declared, limits);
}
