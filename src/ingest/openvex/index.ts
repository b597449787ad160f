import type { ParsedEvidence } from "../../evidence/types.ts";
import { type Detection, type EvidenceAdapter, FormatError, type Head, type ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { createDiagnostics } from "../diagnostics.ts";
import { objectsAt } from "../findings.ts";
import { parseJsonDocument } from "../json.ts";
import { instantOf, isObject, kept, stringsOf, textOf } from "../values.ts";
import { vexEvidence } from "../vex.ts";
import { mapStatement } from "./map.ts";

/** OpenVEX documents in JSON, specification 0.0.x and 0.2.x. */
export const openvex = {
  id: "openvex",
  title: "OpenVEX",
  kind: "vex",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

/** Documents before 0.2.0 may leave the version out of their context. */
const CONTEXT = /^https?:\/\/openvex\.dev\/ns(?:\/v?([\w.-]+))?\/?$/;

function detect({ text, name }: Head): Detection {
  if (!text.startsWith("{")) return { confidence: "no", reason: "it does not start with a JSON object" };
  if (/"@context"\s*:\s*\[?\s*"https?:\/\/openvex\.dev\/ns/.test(text)) {
    return { confidence: "certain", reason: "its context is OpenVEX" };
  }
  if (name.endsWith(".openvex.json")) return { confidence: "likely", reason: "it has the name of an OpenVEX file" };
  return { confidence: "no", reason: "its context is not OpenVEX" };
}

function parse(bytes: Content, { limits }: ParseContext): ParsedEvidence {
  const document = parseJsonDocument(bytes, limits);
  const contexts = isObject(document) ? stringsOf(document["@context"]) : [];
  const [context, formatVersion] = contexts.map((uri) => CONTEXT.exec(uri)).find((match) => match !== null) ?? [];
  if (!isObject(document) || context === undefined) {
    throw new FormatError("not-this-format", "its context is not OpenVEX", "/@context");
  }
  if (formatVersion !== undefined && !/^0\.(?:0|2)\.\d+$/.test(formatVersion)) {
    const found = formatVersion.slice(0, 32);
    throw new FormatError("unsupported-version", `OpenVEX ${found}; 0.0 and 0.2 are supported`, "/@context");
  }
  if (!Array.isArray(document["statements"])) {
    throw new FormatError("malformed", "there are no statements", "/statements");
  }
  const at = instantOf(document["timestamp"]);
  const tool = textOf(document["tooling"]);
  return vexEvidence(
    {
      specification: "OpenVEX",
      formatVersion,
      author: textOf(document["author"]),
      tools: tool === undefined ? [] : [{ name: kept(tool, limits) }],
      producedAt: instantOf(document["last_updated"]) ?? at,
      // The format has no room to say that a document is finished.
      status: "unknown",
      reasons: createDiagnostics(),
      warnings: createDiagnostics(),
      inconsistencies: createDiagnostics(),
      latestWins: true,
      statements: objectsAt(document["statements"], "/statements").map((statement, index) =>
        mapStatement(statement, at, `/statements/${index}`),
      ),
    },
    limits,
  );
}
