import type { ParsedEvidence } from "../../evidence/types.ts";
import { type Detection, type EvidenceAdapter, FormatError, type Head, type ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { objectAt, objectsAt } from "../findings.ts";
import { type SplitJson, splitJson } from "../json.ts";
import { isObject, type JsonObject, textOf } from "../values.ts";
import { type ZapAlert, type ZapFields, zapEvidence } from "../zap.ts";

/** ZAP's "traditional" JSON, with requests and responses ("plus") or without. */
export const zapJson = {
  id: "zap-json",
  title: "ZAP JSON",
  kind: "findings",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text }: Head): Detection {
  if (!text.startsWith("{")) return { confidence: "no", reason: "it does not start with a JSON object" };
  if (/"@generated"\s*:/.test(text) && /"@version"\s*:|"@programName"\s*:/.test(text))
    return { confidence: "certain", reason: "it says when which version of ZAP made it" };
  if (/"pluginid"\s*:/.test(text) && /"riskcode"\s*:/.test(text))
    return { confidence: "certain", reason: "it has alerts with a plug-in and a risk code" };
  return { confidence: "no", reason: "it has no @version with @generated" };
}

function parse(bytes: Content, context: ParseContext): ParsedEvidence {
  const report = splitJson(bytes, context.limits, ["site", "*", "alerts"]);
  const { document } = report;
  if (!isObject(document)) throw new FormatError("not-this-format", "it is no object");
  if (!("site" in document) && !("@generated" in document)) throw new FormatError("not-this-format", "it has no site");
  const sites = sitesOf(document);
  const insights = objectsAt(document["insights"], "/insights");
  const { afPlanErrors: errors } = document;
  return zapEvidence(
    {
      version: textOf(document["@version"]),
      created: textOf(document["created"]),
      sites: sites.length,
      alerts: alertsOf(sites, report),
      insights: insights.map((insight, index) => ({ place: `/insights/${index}`, fields: fieldsOf(insight) })),
      planErrors: Array.isArray(errors) ? errors.length : 0,
    },
    context,
  );
}

/** An object with the place where it stands. */
interface Placed {
  readonly raw: JsonObject;
  readonly place: string;
}

/** Old versions made the JSON from the XML, so that one site was an object. */
function sitesOf({ site }: JsonObject): readonly Placed[] {
  if (Array.isArray(site)) return objectsAt(site, "/site").map((raw, index) => ({ raw, place: `/site/${index}` }));
  return [{ raw: objectAt(site, "/site"), place: "/site" }];
}

function* alertsOf(sites: readonly Placed[], report: SplitJson): Iterable<ZapAlert> {
  for (const { raw: site, place } of sites) {
    for (const alert of alertsAt(site["alerts"], `${place}/alerts`, report)) {
      const instances = listAt(alert.raw["instances"] ?? [], "instance", `${alert.place}/instances`);
      yield {
        place: alert.place,
        site: textOf(site["@name"]) ?? "",
        fields: fieldsOf(alert.raw),
        instances: instances.map(({ raw }) => fieldsOf(raw)),
      };
    }
  }
}

function* alertsAt(alerts: unknown, place: string, report: SplitJson): Iterable<Placed> {
  // Those of a single site are not below the path at which arrays are cut.
  const cut = Array.isArray(alerts) && place !== "/site/alerts";
  if (!cut) return yield* listAt(alerts, "alertitem", place);
  let index = 0;
  for (const item of report.elements(place)) {
    const at = `${place}/${index++}`;
    yield { raw: objectAt(item, at), place: at };
  }
}

/** A list; one with a single element, made from XML, is an object with that element under its name. */
function listAt(value: unknown, name: string, place: string): readonly Placed[] {
  const single = isObject(value) ? value[name] : undefined;
  if (isObject(single)) return [{ raw: single, place: `${place}/${name}` }];
  const [list, at] = single === undefined ? [value, place] : [single, `${place}/${name}`];
  if (!Array.isArray(list)) throw new FormatError("malformed", "it is not an array", at);
  return objectsAt(list, at).map((raw, index) => ({ raw, place: `${at}/${index}` }));
}

function fieldsOf(object: JsonObject): ZapFields {
  const fields = new Map<string, string>();
  for (const [name, value] of Object.entries(object)) {
    if (typeof value === "string" || typeof value === "number") fields.set(name, String(value));
  }
  return fields;
}
