interface Anything {
  readonly [name: string]: Anything & string & readonly (Anything & string)[];
}

function sum(lists: readonly (readonly unknown[] | undefined | null)[]): number {
  return lists.reduce((total, list) => total + (list?.length ?? 0), 0);
}

function totals(total: number, suppressed = 0): object {
  return { total, suppressed, open: total - suppressed };
}

function values(object: Anything): readonly Anything[] {
  return Object.values(object);
}

/** How many have each of the words that are the names of severities. */
function words(list: readonly Anything[] = [], wordOf: (item: Anything) => string | undefined): object {
  const count = (name: string) => list.filter((item) => wordOf(item)?.toLowerCase() === name).length;
  const names = ["critical", "high", "medium", "low", "info", "unknown"];
  return { bySeverity: Object.fromEntries(names.map((name) => [name, count(name)])) };
}

/** The totals of reports in scanners' own formats, counted as simply as can be, by the id of the adapter. */
export const SCANNER_COUNTS: ReadonlyMap<string, (text: string) => object> = new Map([
  [
    "trivy",
    (text: string) => {
      const report: Anything = JSON.parse(text);
      const results: readonly Anything[] = Array.isArray(report) ? report : (report["Results"] ?? []);
      const failed = results.flatMap((one) => one["Misconfigurations"] ?? []).filter(({ Status }) => Status !== "PASS");
      const vulnerabilities = results.flatMap((one) => one["Vulnerabilities"] ?? []);
      const others = sum(results.flatMap((one) => [one["Secrets"], one["Licenses"]]));
      const harmless = vulnerabilities.filter(({ Status }) => Status === "not_affected").length;
      return totals(vulnerabilities.length + failed.length + others, harmless);
    },
  ],
  [
    "grype",
    (text: string) => {
      const { matches, ignoredMatches }: Anything = JSON.parse(text);
      return totals(sum([matches, ignoredMatches]), sum([ignoredMatches]));
    },
  ],
  [
    "npm-audit",
    (text: string) => {
      const { vulnerabilities, advisories }: Anything = JSON.parse(text);
      const via = values(vulnerabilities ?? {}).flatMap((entry) => entry["via"] ?? []);
      const installed = values(advisories ?? {}).map(({ findings }) => findings);
      return totals(via.filter((one) => typeof one === "object").length + sum(installed));
    },
  ],
  [
    "osv-scanner",
    (text: string) => {
      const { results }: Anything = JSON.parse(text);
      const packages = (results ?? []).flatMap((one) => one["packages"] ?? []);
      return totals(sum(packages.map(({ groups }) => groups)));
    },
  ],
  [
    "pip-audit",
    (text: string) => {
      const report: Anything = JSON.parse(text);
      const list: readonly Anything[] = Array.isArray(report) ? report : (report["dependencies"] ?? []);
      return totals(sum(list.map(({ vulns }) => vulns)));
    },
  ],
  [
    "gitlab",
    (text: string) => {
      const { vulnerabilities }: Anything = JSON.parse(text);
      return { ...totals(sum([vulnerabilities])), ...words(vulnerabilities, ({ severity }) => severity) };
    },
  ],
  [
    "bandit",
    (text: string) => {
      const { results }: Anything = JSON.parse(text);
      return { ...totals(sum([results])), ...words(results, ({ issue_severity }) => issue_severity) };
    },
  ],
  [
    "gosec",
    (text: string) => {
      const { Issues }: Anything = JSON.parse(text);
      const tracked = Issues?.filter(({ nosec, suppressions }) => nosec || (suppressions ?? []).length > 0);
      const open = Issues?.filter((issue) => tracked?.includes(issue) !== true);
      return { ...totals(sum([Issues]), sum([tracked])), ...words(open, ({ severity }) => severity) };
    },
  ],
  [
    "semgrep",
    (text: string) => {
      const { results }: Anything = JSON.parse(text);
      return totals(sum([results]), sum([results?.filter(({ extra }) => extra?.["is_ignored"])]));
    },
  ],
  ["gitleaks", (text: string) => totals((JSON.parse(text) ?? []).length)],
  [
    "snyk",
    (text: string) => {
      const report: Anything = JSON.parse(text);
      const projects: readonly Anything[] = Array.isArray(report) ? report : [report];
      const distinct = projects.map(({ vulnerabilities }) => {
        return [...new Set(vulnerabilities?.map(({ id, name, version }) => `${id} ${name} ${version}`))];
      });
      return totals(sum(distinct));
    },
  ],
  ["trufflehog", (text: string) => totals(text.split("\n").filter((line) => line.includes("SourceMetadata")).length)],
]);
