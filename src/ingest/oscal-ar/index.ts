import type { ParsedEvidence } from "../../evidence/types.ts";
import { type Detection, type EvidenceAdapter, FormatError, type Head, type ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { objectAt, objectsAt, textAt } from "../findings.ts";
import { parseJsonDocument } from "../json.ts";
import { type OscalResult, oscalEvidence } from "../oscal.ts";
import { isObject, type JsonObject, objectOf, objectsOf, textOf } from "../values.ts";

/** OSCAL assessment results 1.x in JSON. */
export const oscalAr = {
  id: "oscal-ar",
  title: "OSCAL assessment results JSON",
  kind: "assessment",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text }: Head): Detection {
  if (text.startsWith("{") && /"assessment-results"\s*:\s*\{/.test(text)) {
    return { confidence: "certain", reason: "it has assessment-results" };
  }
  return { confidence: "no", reason: "it has no assessment-results" };
}

function parse(bytes: Content, { limits }: ParseContext): ParsedEvidence {
  const document = parseJsonDocument(bytes, limits);
  const root = isObject(document) ? document["assessment-results"] : undefined;
  if (root === undefined) throw new FormatError("not-this-format", "it has no assessment-results");
  const results = objectAt(root, "/assessment-results");
  const version = objectOf(results["metadata"])["oscal-version"];
  const list = objectsAt(results["results"], "/assessment-results/results");
  return oscalEvidence(
    {
      version: textAt(version, "/assessment-results/metadata/oscal-version"),
      results: list.map((result, index) => resultOf(result, `/assessment-results/results/${index}`)),
    },
    limits,
  );
}

function resultOf(result: JsonObject, place: string): OscalResult {
  return {
    start: result["start"],
    observations: objectsAt(result["observations"], `${place}/observations`).flatMap(({ uuid }) => textOf(uuid) ?? []),
    findings: objectsAt(result["findings"], `${place}/findings`).map((finding, index) => {
      const at = `${place}/findings/${index}`;
      const target = objectAt(finding["target"], `${at}/target`);
      const status = objectAt(target["status"], `${at}/target/status`);
      return {
        target: textAt(target["target-id"], `${at}/target/target-id`),
        title: textOf(finding["title"]),
        state: textAt(status["state"], `${at}/target/status/state`),
        reason: textOf(status["remarks"]) ?? textOf(finding["description"]),
        observations: objectsOf(finding["related-observations"]).flatMap(
          (one) => textOf(one["observation-uuid"]) ?? [],
        ),
        place: at,
      };
    }),
  };
}
