import type { ParsedEvidence } from "../../evidence/types.ts";
import { type Detection, type EvidenceAdapter, FormatError, type Head, type ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { readXml, type XmlElement } from "../xml.ts";
import { xmlRootOf } from "../xml-root.ts";
import { type ZapAlert, type ZapFields, type ZapInsight, zapEvidence } from "../zap.ts";

/** ZAP's "traditional" XML, with requests and responses ("plus") or without. */
export const zapXml = {
  id: "zap-xml",
  title: "ZAP XML",
  kind: "findings",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

const ROOT = "OWASPZAPReport";
const SITE = `${ROOT}/site`;
const ALERTS = `${SITE}/alerts`;
const ALERT = `${ALERTS}/alertitem`;
const INSTANCE = `${ALERT}/instances/instance`;
const INSIGHT = `${ROOT}/insights/insight`;
const DEPTH = INSTANCE.split("/").length;

function detect({ text }: Head): Detection {
  const root = xmlRootOf(text);
  if (root === undefined) return { confidence: "no", reason: "it does not start with an XML element" };
  if (root.name === ROOT) return { confidence: "certain", reason: `its root element is ${ROOT}` };
  return { confidence: "no", reason: `its root element is not ${ROOT}` };
}

function parse(bytes: Content, context: ParseContext): ParsedEvidence {
  const { limits } = context;
  const alerts: ZapAlert[] = [];
  const insights: ZapInsight[] = [];
  const path: string[] = [];
  /** Those around the current position whose children hold texts, the innermost last. */
  const open: { readonly fields: Map<string, string>; readonly depth: number }[] = [];
  let root: XmlElement["attributes"] = {};
  let sites = 0;
  let site = "";
  /** Where the current site is, until its alerts have come. */
  let lacking: string | undefined;
  let instances: ZapFields[] = [];
  const warnings = readXml(bytes, limits, {
    open({ name, attributes, line }) {
      const place = `line ${line}`;
      if (path.length === 0) {
        if (name !== ROOT) throw new FormatError("not-this-format", `the root element is ${name.slice(0, 64)}`, place);
        root = attributes;
      }
      path.push(name);
      const here = path.length > DEPTH ? "" : path.join("/");
      if (here === SITE) {
        sites++;
        site = attributes["name"] ?? "";
        lacking = place;
      } else if (here === ALERTS) lacking = undefined;
      if (here !== ALERT && here !== INSTANCE && here !== INSIGHT) return;
      const fields = new Map<string, string>();
      open.push({ fields, depth: path.length });
      if (here === INSIGHT) insights.push({ place, fields });
      else if (here === INSTANCE) instances.push(fields);
      else {
        instances = [];
        alerts.push({ place, site, fields, instances });
      }
    },
    text(piece) {
      const name = path.at(-1);
      const inner = open.at(-1);
      if (name === undefined || inner === undefined || path.length !== inner.depth + 1) return;
      const before = inner.fields.get(name) ?? "";
      if (before.length < limits.stringLength) inner.fields.set(name, before + piece);
    },
    close() {
      if (path.length === 2 && lacking !== undefined)
        throw new FormatError("malformed", "the site has no alerts", lacking);
      if (path.length === open.at(-1)?.depth) open.pop();
      path.pop();
    },
  });
  return zapEvidence(
    { version: root["version"], created: root["created"], sites, alerts, insights, planErrors: 0, warnings },
    context,
  );
}
