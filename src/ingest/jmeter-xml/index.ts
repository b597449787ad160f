import type { ParsedEvidence } from "../../evidence/types.ts";
import type { Limits } from "../../util/limits.ts";
import { type Detection, type EvidenceAdapter, FormatError, type Head, type ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { countIn } from "../coverage.ts";
import { createDiagnostics } from "../diagnostics.ts";
import { createJmeterLog, type JmeterSample } from "../jmeter.ts";
import { readXml, type XmlElement } from "../xml.ts";
import { xmlRootOf } from "../xml-root.ts";

/** JMeter's test log as XML: `jmeter.save.saveservice.output_format=xml`. */
export const jmeterXml = {
  id: "jmeter-xml",
  title: "JMeter JTL (XML)",
  kind: "performance",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text }: Head): Detection {
  const root = xmlRootOf(text);
  if (root === undefined) return { confidence: "no", reason: "it does not start with an XML element" };
  if (root.name !== "testResults") return { confidence: "no", reason: "its root element is not testResults" };
  if (/\sversion\s*=/.test(root.attributes) || /<(?:httpSample|sample)\s/.test(root.content)) {
    return { confidence: "certain", reason: "its root element is testResults of JMeter" };
  }
  return { confidence: "likely", reason: "its root element is testResults" };
}

function parse(bytes: Content, { limits }: ParseContext): ParsedEvidence {
  return readLog(bytes, limits);
}

/**
 * Reads a test log of version 1.2 (`ResultCollector` and `SampleResultConverter` of JMeter). A sample inside another one
 * is a part of that, such as an image of a page, and its time is in the time of the outer one.
 */
function readLog(bytes: Content, limits: Limits): ParsedEvidence {
  const log = createJmeterLog();
  const notes = createDiagnostics();
  const open: { readonly isSample: boolean; readonly failed: boolean }[] = [];
  let samples = 0;
  let formatVersion: string | undefined;
  let hidden = 0;
  const warnings = readXml(bytes, limits, {
    open(element) {
      if (open.length === 0) formatVersion = versionAt(element);
      const isSample = element.name === "httpSample" || element.name === "sample";
      const sample = isSample ? sampleOf(element) : undefined;
      if (sample !== undefined && samples === 0) log.add(sample);
      else if (sample?.success === false && !open.some(({ failed }) => failed)) hidden++;
      if (isSample) samples++;
      open.push({ isSample, failed: sample?.success === false });
    },
    text: () => undefined,
    close() {
      if (open.pop()?.isSample === true) samples--;
    },
  });
  if (hidden > 0) notes.add("parts-failed", `parts that failed of samples that succeeded: ${hidden}`);
  return log.evidence({ formatVersion, warnings: [...warnings, ...notes.list()] }, limits);
}

function versionAt({ name, attributes, line }: XmlElement): string | undefined {
  if (name !== "testResults") {
    throw new FormatError("not-this-format", `the root element is ${name.slice(0, 64)}`, `line ${line}`);
  }
  const version = attributes["version"];
  if (version === undefined || version === "1.2") return version;
  throw new FormatError(
    "unsupported-version",
    `version ${version.slice(0, 32)}; only 1.2 is supported`,
    `line ${line}`,
  );
}

function sampleOf({ attributes, line }: XmlElement): JmeterSample {
  const elapsed = countIn(attributes["t"]);
  if (elapsed === undefined) throw new FormatError("malformed", "the sample has no elapsed time", `line ${line}`);
  const success = attributes["s"];
  if (success !== undefined && success !== "true" && success !== "false") {
    throw new FormatError("malformed", "success is neither true nor false", `line ${line}`);
  }
  return {
    label: attributes["lb"] ?? "",
    elapsed,
    at: countIn(attributes["ts"]),
    success: success === undefined ? undefined : success === "true",
    code: attributes["rc"] ?? "",
    message: attributes["rm"] ?? "",
    thread: attributes["tn"] ?? "",
    users: countIn(attributes["na"]),
  };
}
