interface Anything {
  readonly [name: string]: Anything & string & readonly (Anything & string)[];
}

function totals(total: number, suppressed = 0): object {
  return { total, suppressed, open: total - suppressed };
}

/** Values of parameters, the fragment and values in the path do not tell requests apart. */
function plain(url: string): string {
  const [path = "", query = ""] = url.replace(/#.*/, "").split(/\?(.*)/s);
  const names = query.match(/(?<=^|&)(?:[^&=]+(?==)|[A-Za-z_.-]+(?=&|$))/g) ?? [];
  return `${path.replaceAll(/;jsessionid=[^/]*/gi, ";jsessionid")} ${[...new Set(names)].join(" ")}`;
}

/** A request of the corpus in JSON. */
function requestOf({ uri = "", method = "", param = "" }: Readonly<Record<string, string>>): string {
  return [plain(uri), method, param.replace(/=.*/, "")].join("\n");
}

function textIn(xml: string, name: string): string {
  const text = new RegExp(`<${name}>([\\s\\S]*?)</${name}>`).exec(xml)?.[1] ?? "";
  return text.replaceAll("&amp;", "&").trim();
}

function zapAlerts(alerts: readonly { readonly requests: readonly string[]; readonly confidence: string }[]): object {
  const sizeOf = (list: typeof alerts) => list.reduce((sum, { requests }) => sum + new Set(requests).size, 0);
  return totals(sizeOf(alerts), sizeOf(alerts.filter(({ confidence }) => confidence === "0")));
}

/** The totals of reports of DAST and IaC scanners, counted as simply as can be, by the id of the adapter. */
export const DAST_IAC_COUNTS: ReadonlyMap<string, (text: string) => object> = new Map([
  [
    "zap-json",
    (text: string) => {
      const { site }: Anything = JSON.parse(text);
      const alerts = (site ?? []).flatMap((one) => one["alerts"] ?? []);
      return zapAlerts(
        alerts.map((alert) => ({
          requests: (alert["instances"] ?? []).map(requestOf),
          confidence: alert["confidence"] ?? "",
        })),
      );
    },
  ],
  [
    "zap-xml",
    (text: string) =>
      zapAlerts(
        (text.match(/<alertitem>[\s\S]*?<\/alertitem>/g) ?? []).map((alert) => ({
          requests: (alert.match(/<instance>[\s\S]*?<\/instance>/g) ?? []).map((one) =>
            requestOf({ uri: textIn(one, "uri"), method: textIn(one, "method"), param: textIn(one, "param") }),
          ),
          confidence: textIn(alert, "confidence"),
        })),
      ),
  ],
  [
    "checkov",
    (text: string) => {
      const reports: readonly Anything[] = [JSON.parse(text)].flat();
      const countOf = (name: string) => reports.flatMap(({ results }) => results?.[name] ?? []).length;
      return totals(countOf("failed_checks") + countOf("skipped_checks"), countOf("skipped_checks"));
    },
  ],
  [
    "kics",
    (text: string) => {
      const { queries, severity_counters: counters }: Anything = JSON.parse(text);
      const bySeverity = { high: counters?.["HIGH"], medium: counters?.["MEDIUM"], low: counters?.["LOW"] };
      return { ...totals((queries ?? []).flatMap(({ files }) => files ?? []).length), bySeverity };
    },
  ],
]);
