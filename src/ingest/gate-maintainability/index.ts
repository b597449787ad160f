import type { Cycle, MeasuredModule, ParsedEvidence } from "../../evidence/types.ts";
import { compact } from "../../util/compact.ts";
import type { Limits } from "../../util/limits.ts";
import { type Detection, type EvidenceAdapter, FormatError, type Head, type ParseContext } from "../adapter.ts";
import { countAt, detectCollected, listAt, readCollected } from "../collected.ts";
import type { Content } from "../content.ts";
import { createDiagnostics } from "../diagnostics.ts";
import { objectAt, textAt } from "../findings.ts";
import { functionCounts, measuredFunctions, type RawFunction } from "../measured.ts";
import { countOf, type JsonObject, kept, stringsOf, textOf } from "../values.ts";

/** What gate itself collects of the complexity and the structure of code: `docs/formats/gate-maintainability.md`. */
export const gateMaintainability = {
  id: "gate-maintainability",
  title: "gate's code measures",
  kind: "maintainability",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

const SCHEMA = "gate/maintainability";

function detect(head: Head): Detection {
  return detectCollected(SCHEMA, head);
}

function parse(bytes: Content, { limits }: ParseContext): ParsedEvidence {
  const { json, document, subject, counts, warnings } = readCollected(SCHEMA, bytes, limits, ["functions"]);
  if (!Array.isArray(document["functions"])) {
    throw new FormatError("malformed", "there is no list of functions", "/functions");
  }
  const raw: RawFunction[] = [];
  for (const value of json.elements("/functions")) raw.push(functionOf(value, `/functions/${raw.length}`, limits));
  const functions = measuredFunctions(raw, limits);
  const modules = listAt(document, "modules").map((module, index) => moduleOf(module, `/modules/${index}`, limits));
  const cycles = listAt(document, "cycles").map((cycle, index) => cycleOf(cycle, `/cycles/${index}`, limits));
  const files = countAt(document, "files", "");
  const reasons = createDiagnostics();
  if (files === 0) reasons.add("no-files", "no source file was measured", "/files");
  return {
    kind: "maintainability",
    formatVersion: "1",
    tools: [{ name: "gate" }],
    subject,
    status: files === 0 ? "empty" : "complete",
    statusReasons: reasons.list(),
    quality: { warnings: warnings.list(), inconsistencies: [], redactions: 0 },
    summary: { ...functionCounts(functions), files, modules: modules.length, cycles: cycles.length, ...counts },
    body: { functions, modules, cycles },
  };
}

function functionOf(value: unknown, place: string, limits: Limits): RawFunction {
  const found = objectAt(value, place);
  const language = textOf(found["language"]);
  return compact({
    path: textAt(found["path"], `${place}/path`),
    line: positiveAt(found, "line", place),
    name: textAt(found["name"], `${place}/name`),
    language: language === undefined ? undefined : kept(language, limits),
    complexity: positiveAt(found, "complexity", place),
    lines: countOf(found["lines"]),
    parameters: countOf(found["parameters"]),
  });
}

function positiveAt(object: JsonObject, name: string, place: string): number {
  const count = countAt(object, name, place);
  if (count === 0) throw new FormatError("malformed", "it is 0, and begins with 1", `${place}/${name}`);
  return count;
}

function moduleOf(module: JsonObject, place: string, limits: Limits): MeasuredModule {
  const count = (name: string) => countAt(module, name, place);
  const [files, connected] = [count("files"), count("connected")];
  const [others, dependsOn, usedBy] = [count("others"), count("dependsOn"), count("usedBy")];
  if (connected > files || dependsOn > others || usedBy > others) {
    throw new FormatError("malformed", "it has more connections than there is to connect", place);
  }
  const path = kept(textAt(module["path"], `${place}/path`), limits);
  return { path, files, dependsOn, usedBy, others, connected };
}

function cycleOf(cycle: JsonObject, place: string, limits: Limits): Cycle {
  const paths = stringsOf(cycle["paths"]).map((path) => kept(path, limits));
  if (paths.length === 0) throw new FormatError("malformed", "it has no paths", `${place}/paths`);
  return { type: kept(textAt(cycle["type"], `${place}/type`), limits), paths };
}
