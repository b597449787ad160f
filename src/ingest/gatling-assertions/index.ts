import type { ParsedEvidence, Threshold } from "../../evidence/types.ts";
import type { Limits } from "../../util/limits.ts";
import { type Detection, type EvidenceAdapter, FormatError, type Head, type ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { createDiagnostics } from "../diagnostics.ts";
import { objectsAt, textAt } from "../findings.ts";
import { parseJsonDocument } from "../json.ts";
import { performanceEvidence } from "../performance.ts";
import { instantOfMilliseconds } from "../test-cases.ts";
import { isObject, type JsonObject } from "../values.ts";

/** What Gatling says of the assertions of a simulation: `js/assertions.json`. */
export const gatlingAssertions = {
  id: "gatling-assertions",
  title: "Gatling assertions",
  kind: "performance",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text }: Head): Detection {
  if (!text.startsWith("{")) return { confidence: "no", reason: "it does not start with a JSON object" };
  if (/"simulationId"\s*:/.test(text) && /"assertions"\s*:\s*\[/.test(text)) {
    return { confidence: "certain", reason: "it has the assertions of a simulation" };
  }
  return { confidence: "no", reason: "it has no assertions of a simulation" };
}

function parse(bytes: Content, { limits }: ParseContext): ParsedEvidence {
  const { start, thresholds } = readAssertions(bytes, limits);
  const reasons = createDiagnostics();
  if (thresholds.length === 0) reasons.add("no-assertions", "the simulation asserts nothing");
  return performanceEvidence(
    {
      tool: { name: "Gatling" },
      producedAt: instantOfMilliseconds(start),
      metrics: [],
      thresholds,
      status: thresholds.length === 0 ? "empty" : "unknown",
      reasons,
      warnings: createDiagnostics(),
      inconsistencies: createDiagnostics(),
    },
    limits,
  );
}

/**
 * Reads `assertions.json` (`AssertionsJsonTemplate` of Gatling). Gatling does not escape texts, so one with a quote in it
 * makes the file damaged.
 *
 * @throws {FormatError} `not-this-format`, `malformed` or `limit-exceeded`
 */
function readAssertions(bytes: Content, limits: Limits) {
  const document = parseJsonDocument(bytes, limits);
  if (!isObject(document) || !Array.isArray(document["assertions"])) {
    throw new FormatError("not-this-format", "there are no assertions");
  }
  const thresholds = objectsAt(document["assertions"], "/assertions").map((assertion, index) => {
    return thresholdOf(assertion, `/assertions/${index}`);
  });
  return { start: document["start"], thresholds };
}

function thresholdOf(assertion: JsonObject, pointer: string): Threshold {
  const met = assertion["result"];
  if (typeof met !== "boolean") throw new FormatError("malformed", "it is not true or false", `${pointer}/result`);
  const path = textAt(assertion["path"], `${pointer}/path`);
  const target = textAt(assertion["target"], `${pointer}/target`);
  const expected = numbersOf(assertion["expectedValues"] ?? assertion["conditionValues"]);
  const condition = textAt(assertion["condition"], `${pointer}/condition`);
  const actual = assertion["actualValue"] ?? assertion["values"];
  return {
    metric: `${path}: ${target}`,
    expression: [condition, ...expected].join(" "),
    met,
    // Gatling writes -1 where there is nothing that the assertion is about.
    ...(Array.isArray(actual) && actual.every((value) => value === -1) ? { samples: 0 } : {}),
  };
}

function numbersOf(value: unknown): readonly number[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "number") : [];
}
