import { describe, expect, it } from "vitest";
import { detectFormat } from "../../src/ingest/index.ts";
import { parameterOf, textOfHtml, urlWithoutValues } from "../../src/ingest/web-target.ts";
import { fixture, readAs, refusalOf } from "./support.ts";

const NAMES = ["zap.json", "zap.xml"] as const;
const SITE = "https://shop.example";
const ALERT = {
  pluginid: "10021",
  alertRef: "10021",
  name: "Header Missing",
  riskcode: "1",
  confidence: "2",
  desc: "<p>Missing.</p>",
  count: "1",
  solution: "",
};
const INSTANCE = { uri: `${SITE}/a`, method: "GET", param: "" };

interface Run {
  readonly alert?: object;
  readonly instances?: readonly object[];
  readonly site?: unknown;
  readonly more?: object;
}

function siteOf({ alert = {}, instances = [INSTANCE] }: Run): object {
  return { "@name": SITE, alerts: [{ ...ALERT, ...alert, instances }] };
}

function jsonOf(run: Run): string {
  const { site = [siteOf(run)], more = {} } = run;
  return JSON.stringify({ "@version": "2.17.0", "@generated": "now", site, ...more });
}

function elementsOf(fields: object): string {
  return Object.entries(fields)
    .map(([name, text]) => `<${name}>${String(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</${name}>`)
    .join("");
}

function xmlOf({ alert = {}, instances = [INSTANCE] }: Run): string {
  const listed = instances.map((one) => `<instance>${elementsOf(one)}</instance>`).join("");
  const item = `${elementsOf({ ...ALERT, ...alert })}<instances>${listed}</instances>`;
  return `<OWASPZAPReport version="2.17.0"><site name="${SITE}"><alerts><alertitem>${item}</alertitem></alerts></site></OWASPZAPReport>`;
}

function findingsOf(content: string | Uint8Array) {
  return readAs("findings", content, "report");
}

/** The id of the first finding of a run in one of the notations. */
function idIn(reportOf: (run: Run) => string) {
  return (run: Run) => findingsOf(reportOf(run)).body.findings[0]?.id;
}

function codesOf(content: string): readonly string[] {
  const { status, statusReasons } = findingsOf(content);
  return [status, ...statusReasons.map(({ code }) => code)];
}

describe.each(NAMES)("%s", (name) => {
  const document = findingsOf(fixture(name));

  it("is told by its content alone, and by no other reader", () => {
    const { attempts } = detectFormat(fixture(name), "report");
    const sure = attempts.filter(({ confidence }) => confidence !== "no").map(({ adapter }) => adapter.id);
    expect(sure).toEqual([name.replace(".", "-")]);
  });

  it("is normalised in full", () => {
    expect(document).toMatchObject({
      status: "unknown",
      producedAt: "2026-03-01T10:00:00.123Z",
      source: { tools: [{ name: "ZAP", version: "2.17.0" }] },
      summary: { total: 3, open: 2, suppressed: 1, bySeverity: { high: 2, low: 0 } },
      quality: { redactions: 9, inconsistencies: [], warnings: [] },
      body: { scans: [{ tool: "ZAP", category: "dast", successful: "unknown", results: 3 }] },
    });
    expect(document.body.findings).toMatchObject([
      {
        category: "dast",
        ruleId: "40018-1",
        ruleName: "SQL Injection",
        message:
          "SQL Injection, GET, q: SQL injection may be possible in the café's search. " +
          "Solution: Do not trust client side input. Use prepared statements.",
        severity: "high",
        severityRaw: { value: "3", scale: "word", source: "riskcode" },
        confidence: "medium",
        cwe: ["CWE-89"],
        location: { path: "https://shop.example/search?q&token" },
        suppressed: false,
      },
      { ruleId: "40018-1", location: { path: "https://shop.example/orders" } },
      {
        ruleId: "10010",
        severity: "low",
        cwe: [],
        suppressed: true,
        suppressions: [{ kind: "external", status: "accepted", justification: "false positive: the confidence is 0" }],
      },
    ]);
  });

  it("keeps no request, response or value", () => {
    expect(JSON.stringify(document)).not.toMatch(/do-not-keep-this|milk|Set-Cookie/);
  });
});

it("JSON and XML of a run have the same findings", () => {
  const [json, xml] = NAMES.map((name) => findingsOf(fixture(name)).body);
  expect(xml).toEqual(json);
});

describe.each([
  ["JSON", jsonOf],
  ["XML", xmlOf],
] as const)("ZAP %s", (_, reportOf) => {
  it.each([
    ["3", "high"],
    ["2", "medium"],
    ["1", "low"],
    ["0", "info"],
    ["4", "unknown"],
    ["-1", "unknown"],
    ["", "unknown"],
  ])("has for the risk code %j the severity %s", (riskcode, severity) => {
    expect(findingsOf(reportOf({ alert: { riskcode } })).body.findings[0]?.severity).toBe(severity);
  });

  it.each([
    ["1", "low"],
    ["3", "high"],
    ["4", "high"],
    ["5", undefined],
  ])("has for the confidence %j %s", (confidence, expected) => {
    const [finding] = findingsOf(reportOf({ alert: { confidence } })).body.findings;
    expect([finding?.confidence, finding?.suppressed]).toEqual([expected, false]);
  });

  it("has a finding for each method, URL and parameter", () => {
    const instances = [
      INSTANCE,
      { ...INSTANCE, method: "POST" },
      { ...INSTANCE, uri: `${SITE}/b` },
      { ...INSTANCE, param: "x" },
      { ...INSTANCE, uri: `${SITE}/a?id=1` },
      { ...INSTANCE, uri: `${SITE}/a?id=2` },
      { ...INSTANCE, uri: `${SITE}/a#part` },
      { ...INSTANCE, param: "x=1" },
    ];
    const { summary, quality, status } = findingsOf(reportOf({ alert: { count: "8" }, instances }));
    expect([summary.total, quality.redactions, quality.inconsistencies, status]).toEqual([5, 4, [], "unknown"]);
  });

  it("has ids that do not depend on values, risk or texts", () => {
    const idOf = idIn(reportOf);
    const id = idOf({ instances: [{ ...INSTANCE, uri: `${SITE}/a?t=1` }] });
    const alert = { riskcode: "3", confidence: "3", desc: "other", name: "Renamed" };
    expect(idOf({ alert, instances: [{ ...INSTANCE, uri: `${SITE}/a?t=2`, evidence: "x" }] })).toBe(id);
    expect(idOf({ alert: { alertRef: "10021-2" }, instances: [{ ...INSTANCE, uri: `${SITE}/a?t=1` }] })).not.toBe(id);
  });

  it("tells alerts of a rule apart by name where there is no reference", () => {
    const idOf = idIn(reportOf);
    const put = { alert: { alertRef: "", name: "PUT allowed" } };
    expect(findingsOf(reportOf(put)).body.findings[0]?.ruleId).toBe("10021");
    expect(idOf({ alert: { alertRef: "", name: "COPY allowed" } })).not.toBe(idOf(put));
  });

  it("is partial where it counts more instances than it lists", () => {
    const content = reportOf({ alert: { count: "32" } });
    expect(codesOf(content)).toEqual(["partial", "instances-missing"]);
    expect(findingsOf(content).quality.inconsistencies).toMatchObject([{ message: "declares 32 instances, has 1" }]);
  });

  it("takes an alert without instances for one", () => {
    const content = reportOf({ alert: { uri: `${SITE}/old`, param: "p" }, instances: [] });
    expect(findingsOf(content)).toMatchObject({
      status: "unknown",
      body: { findings: [{ location: { path: `${SITE}/old` } }] },
    });
    expect(findingsOf(reportOf({ alert: { count: "0" }, instances: [] })).body.findings).toMatchObject([
      { location: { path: SITE } },
    ]);
  });

  it("is refused where an alert has no plug-in", () => {
    expect(refusalOf(reportOf({ alert: { pluginid: "" } }), "x")).toMatch(
      /^malformed at (line 1|\/site\/0\/alerts\/0)$/,
    );
  });
});

function insight(level: string, key: string): Run {
  return { more: { insights: [{ level, key, description: "Percentage", statistic: "63" }] } };
}

describe("a run", () => {
  it.each([
    ["that reached no site", jsonOf({ site: [] }), ["empty", "nothing-scanned"]],
    ["that reached no site, in XML", '<OWASPZAPReport version="2.17.0"/>', ["empty", "nothing-scanned"]],
    ["without alerts", jsonOf({ site: [{ "@name": SITE, alerts: [] }] }), ["unknown"]],
    ["without alerts, in XML", `<OWASPZAPReport><site name="${SITE}"><alerts/></site></OWASPZAPReport>`, ["unknown"]],
    ["whose plan had errors", jsonOf({ more: { afPlanErrors: ["no login"] } }), ["partial", "plan-errors"]],
    ["whose plan had warnings", jsonOf({ more: { afPlanErrors: [], afPlanWarns: ["x"] } }), ["unknown"]],
    ["with most requests failed", jsonOf(insight("Medium", "insight.network.failure")), ["partial", "scan-impaired"]],
    ["with most logins failed", jsonOf(insight("Medium", "insight.auth.failure")), ["partial", "scan-impaired"]],
    ["with a full disk", jsonOf(insight("High", "insight.diskspace.full")), ["partial", "scan-impaired"]],
    ["with some requests failed", jsonOf(insight("Low", "insight.network.failure")), ["unknown"]],
  ])("%s has the right status", (_, content, expected) => expect(codesOf(content)).toEqual(expected));

  it("warns of what ZAP notes itself", () => {
    const { quality } = findingsOf(jsonOf(insight("Low", "insight.log.warn")));
    expect(quality.warnings).toEqual([{ code: "insight", message: "Percentage: 63", place: "/insights/0" }]);
    expect(findingsOf(jsonOf(insight("Info", "insight.code.2xx"))).quality.warnings).toEqual([]);
  });

  it("notes insights in XML as well", () => {
    const fields = elementsOf({ level: "High", key: "insight.memory.usage", description: "Memory", statistic: "99" });
    const content = xmlOf({}).replace("<site", `<insights><insight>${fields}</insight></insights><site`);
    expect(codesOf(content)).toEqual(["partial", "scan-impaired"]);
  });
});

describe("JSON that was made from XML", () => {
  const alert = { ...ALERT, instances: { instance: INSTANCE } };

  it.each([
    ["with one site", { "@name": SITE, alerts: [{ ...ALERT, instances: [INSTANCE] }] }],
    ["with one alert", { "@name": SITE, alerts: { alertitem: alert } }],
    ["with several alerts", { "@name": SITE, alerts: { alertitem: [alert] } }],
  ])("%s is read", (_, site) => {
    const expected = findingsOf(jsonOf({})).body;
    expect(findingsOf(jsonOf({ site })).body).toEqual(expected);
    // Beyond a megabyte arrays are parsed in pieces.
    expect(findingsOf(jsonOf({ site }) + " ".repeat(1 << 20)).body).toEqual(expected);
  });
});

it("a large report is read like a small one", () => {
  const content = fixture("zap.json").toString("utf8");
  expect(findingsOf(content + " ".repeat(1 << 20)).body).toEqual(findingsOf(content).body);
});

describe.each([
  ["no site", '{"@version":"2.17.0","@generated":"now"}', "malformed at /site"],
  ["a site of another template", jsonOf({ site: SITE }), "malformed at /site"],
  ["a site without alerts", jsonOf({ site: [{ "@name": SITE }] }), "malformed at /site/0/alerts"],
  ["alerts that are no list", jsonOf({ site: [{ alerts: {} }] }), "malformed at /site/0/alerts"],
  ["an alert that is no object", jsonOf({ site: [{ alerts: [1] }] }), "malformed at /site/0/alerts/0"],
  [
    "instances that are no list",
    jsonOf({ site: [{ alerts: [{ ...ALERT, instances: "" }] }] }),
    "malformed at /site/0/alerts/0/instances",
  ],
  ["insights that are no list", jsonOf({ more: { insights: {} } }), "malformed at /insights"],
  ["a site without alerts in XML", '<OWASPZAPReport>\n<site name="x"></site></OWASPZAPReport>', "malformed at line 2"],
  ["no end in XML", xmlOf({}).slice(0, -3), /^malformed at line 1/],
] as const)("a report with %s", (_, content, refusal) => {
  it("is refused with its place", () => expect(refusalOf(content, "x")).toMatch(refusal));
});

describe("a URL", () => {
  it.each([
    ["https://a.example/b", "https://a.example/b"],
    ["https://a.example/b?x=1&y=&x=2", "https://a.example/b?x&y"],
    ["https://a.example/b?wsdl", "https://a.example/b?wsdl"],
    ["https://a.example/b?4f9c0d2e1a", "https://a.example/b"],
    ["https://a.example/b#access_token=1", "https://a.example/b"],
    ["https://me:p@ss@a.example/b@c", "https://a.example/b@c"],
    ["https://a.example/b;jsessionid=12/c?d=1", "https://a.example/b;jsessionid/c?d"],
    ["http://a.example/<%=x?y=1?z=2", "http://a.example/<%=x?y"],
    ["", ""],
  ])("%s is kept as %s", (url, expected) => expect(urlWithoutValues(url)).toBe(expected));

  it("has parameters without values", () => expect(parameterOf(" b_id=2 ")).toBe("b_id"));
});

it.each([
  ["<p>a</p><p>b &lt;c&gt; &amp;amp;</p>", "a b <c> &amp;"],
  ["1 < 2 > 1", "1 < 2 > 1"],
  ["a<br/>\n  b &unknown;", "a b &unknown;"],
  [`${"<".repeat(100_000)}p`, `${"<".repeat(100_000)}p`],
])("the text of %.20s is plain", (html, text) => expect(textOfHtml(html)).toBe(text));
