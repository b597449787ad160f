import type { ParsedEvidence } from "../../evidence/types.ts";
import type { Detection, EvidenceAdapter, Head, ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { mutationEvidence } from "../mutation.ts";
import { readReport } from "./parse.ts";

/** The report schema of Stryker: StrykerJS, Stryker.NET, Stryker4s, Infection, cargo-mutants and others. */
export const stryker = {
  id: "stryker",
  title: "mutation testing report (Stryker schema)",
  kind: "mutation",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

/** The first of the files, and the first of its members. */
const FIRST_FILE = /"files"\s*:\s*\{\s*"(?:[^"\\]|\\.)*"\s*:\s*\{\s*"(?:language|source|mutants)"\s*:/;

function detect({ text, name }: Head): Detection {
  if (!text.startsWith("{")) return { confidence: "no", reason: "it does not start with a JSON object" };
  const mutants = /"mutants"\s*:\s*\[/.test(text);
  if (mutants && /"(?:mutatorName|schemaVersion|language)"\s*:/.test(text)) {
    return { confidence: "certain", reason: "it has mutants" };
  }
  if (/"schemaVersion"\s*:/.test(text) && /"thresholds"\s*:\s*\{[^{}]*"(?:high|low)"\s*:/.test(text)) {
    return { confidence: "certain", reason: "it has a schema version and the thresholds of a mutation score" };
  }
  // The source code of the first file may fill the head.
  if (mutants || FIRST_FILE.test(text) || /^mutation(?:-report)?\.json$/.test(name)) {
    return { confidence: "likely", reason: "it has files with source code, or the name of a mutation report" };
  }
  return { confidence: "no", reason: "it has neither mutants nor the thresholds of a mutation score" };
}

function parse(bytes: Content, context: ParseContext): ParsedEvidence {
  return mutationEvidence(readReport(bytes, context), context);
}
