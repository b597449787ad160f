import type { DocumentedModule, ParsedEvidence } from "../../evidence/types.ts";
import { compact } from "../../util/compact.ts";
import type { Limits } from "../../util/limits.ts";
import { type Detection, type EvidenceAdapter, FormatError, type Head, type ParseContext } from "../adapter.ts";
import { countAt, detectCollected, listAt, readCollected } from "../collected.ts";
import type { Content } from "../content.ts";
import { createDiagnostics } from "../diagnostics.ts";
import { textAt } from "../findings.ts";
import { type JsonObject, kept, stringsOf } from "../values.ts";

/** What gate itself collects of documentation: `docs/formats/gate-documentation.md`. */
export const gateDocumentation = {
  id: "gate-documentation",
  title: "gate's documentation coverage",
  kind: "documentation",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

const SCHEMA = "gate/documentation";
const MOST_NAMES = 50;

function detect(head: Head): Detection {
  return detectCollected(SCHEMA, head);
}

function parse(bytes: Content, { limits }: ParseContext): ParsedEvidence {
  const { document, subject, counts, warnings } = readCollected(SCHEMA, bytes, limits);
  const modules = listAt(document, "modules").map((module, index) => moduleOf(module, `/modules/${index}`, limits));
  const reasons = createDiagnostics();
  if (modules.length === 0) reasons.add("no-modules", "no file offers anything to others", "/modules");
  const sumOf = (member: "symbols" | "documentedSymbols" | "examples") => {
    return modules.reduce((sum, module) => sum + module[member], 0);
  };
  return {
    kind: "documentation",
    formatVersion: "1",
    tools: [{ name: "gate" }],
    subject,
    status: modules.length === 0 ? "empty" : "complete",
    statusReasons: reasons.list(),
    quality: { warnings: warnings.list(), inconsistencies: [], redactions: 0 },
    summary: {
      modules: modules.length,
      documentedModules: modules.filter(({ documented }) => documented).length,
      symbols: sumOf("symbols"),
      documentedSymbols: sumOf("documentedSymbols"),
      withExamples: sumOf("examples"),
      languages: [...new Set(modules.map(({ language }) => language))].toSorted(),
      ...counts,
    },
    body: { modules },
  };
}

function moduleOf(module: JsonObject, place: string, limits: Limits): DocumentedModule {
  const { documented, example } = module;
  if (typeof documented !== "boolean")
    throw new FormatError("malformed", "it is neither true nor false", `${place}/documented`);
  const symbols = countAt(module, "symbols", place);
  const documentedSymbols = countAt(module, "documentedSymbols", place);
  const examples = countAt(module, "examples", place);
  if (documentedSymbols > symbols || examples > symbols) {
    throw new FormatError("malformed", "more symbols have a text, or an example, than there are", place);
  }
  return compact({
    path: kept(textAt(module["path"], `${place}/path`), limits),
    language: kept(textAt(module["language"], `${place}/language`), limits),
    documented,
    example: typeof example === "boolean" ? example : undefined,
    symbols,
    documentedSymbols,
    examples,
    undocumented: stringsOf(module["undocumented"])
      .slice(0, MOST_NAMES)
      .map((name) => kept(name, limits)),
  });
}
