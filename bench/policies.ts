/**
 * Measures many gates on large input, beside native `opa eval` and `conftest test` with equal policies on the same file:
 * `npm run bench:policies`.
 *
 *     --gates 10,100     numbers of gates
 *     --megabytes 0.1,1  sizes of the SARIF file
 *     --runs N           counted runs of each, default 3
 *
 * What is measured, and how to read it, is in docs/benchmarks.md. Nothing here passes or fails.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env } from "node:process";
import { parseArgs } from "node:util";
import { RULE_IDS, writeSarif } from "./generate.ts";
import { type Command, measure, median } from "./measure.ts";
import { installConftest, installOpa, type NativeTool } from "./native.ts";
import { type Column, formatMegabytes, formatRatio, formatTable, formatTime } from "./table.ts";

/** Gates times megabytes up to which conftest is run: it takes 11 s for 500 gates on 1 MB, and 90 s on 10 MB. */
const CONFTEST_LIMIT = 1000;

const GATE = join(import.meta.dirname, "../bin/gate.js");

/** What one pair of sizes took: milliseconds, and bytes at the peak. */
interface Row {
  readonly gates: number;
  readonly megabytes: number;
  readonly cold: number;
  readonly warm: number;
  readonly peak: number | undefined;
  /** Of all gates together, as the decision says. */
  readonly evaluation: number;
  readonly conftest: number | undefined;
  readonly conftestPeak: number | undefined;
  readonly opa: number | undefined;
  /** As `opa eval --metrics` says, without reading and compiling. */
  readonly opaEvaluation: number | undefined;
}

function main(): void {
  const { values } = parseArgs({
    options: {
      gates: { type: "string", default: "10,100,500,2000" },
      megabytes: { type: "string", default: "0.1,1,10,50" },
      runs: { type: "string", default: "3" },
    },
  });
  const tools = { conftest: installConftest(), opa: installOpa() };
  const folder = mkdtempSync(join(tmpdir(), "gate-bench-policies-"));
  try {
    const rows: Row[] = [];
    for (const gates of values.gates.split(",").map(Number)) {
      for (const megabytes of values.megabytes.split(",").map(Number)) {
        process.stderr.write(`${gates} gates, ${megabytes} MB ...\n`);
        rows.push(measureRow(join(folder, `${gates}-${megabytes}`), gates, megabytes, Number(values.runs), tools));
      }
    }
    process.stdout.write(`\n${formatTable(COLUMNS, rows)}`);
    for (const tool of Object.values(tools)) if (tool.status === "missing") process.stdout.write(`${tool.reason}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function measureRow(
  folder: string,
  gates: number,
  megabytes: number,
  runs: number,
  { conftest, opa }: Readonly<Record<"conftest" | "opa", NativeTool>>,
): Row {
  const caches = join(folder, "caches");
  mkdirSync(caches, { recursive: true });
  const { errors } = writeSarif(join(folder, "scan.sarif"), { bytes: megabytes * 1e6 });
  const ids = writePolicies(folder, gates);
  const common = { cwd: folder, env: { PATH: env["PATH"], HOME: caches, GATE_CACHE_DIR: join(caches, "gate") } };
  let evaluation = Number.NaN;
  let opaEvaluation: number | undefined;
  const check: Command = {
    ...common,
    file: process.execPath,
    args: [GATE, "check", "--env", "production", "--format", "json", "--no-audit"],
    exitCode: 3,
    verify: (stdout) => {
      const { gates: results }: { readonly gates: readonly GateResult[] } = JSON.parse(stdout);
      evaluation = results.reduce((sum, { durationMs }) => sum + durationMs, 0);
      // The first gates look for one rule each, the others for the same rules again.
      const first = results.filter(({ id }) => ids.slice(0, RULE_IDS.length).includes(id));
      const found = first.reduce((sum, { violations }) => sum + violations.length, 0);
      const complete = gates >= RULE_IDS.length;
      if (complete ? found !== errors : found > errors) throw new Error(`found ${found} of ${errors} errors`);
    },
  };
  const cold = measure(check).milliseconds;
  const warm: number[] = [];
  const peaks: (number | undefined)[] = [];
  const evaluations: number[] = [];
  const theirs = {
    conftest: [] as number[],
    conftestPeak: [] as (number | undefined)[],
    opa: [] as number[],
    evaluation: [] as number[],
  };
  for (let run = 0; run < runs; run++) {
    const own = measure(check);
    warm.push(own.milliseconds);
    peaks.push(own.peakBytes);
    evaluations.push(evaluation);
    if (conftest.status === "installed" && gates * megabytes <= CONFTEST_LIMIT) {
      const args = [
        "test",
        "--policy",
        "native",
        "--all-namespaces",
        "--parser",
        "json",
        "--output",
        "json",
        "scan.sarif",
      ];
      const sample = measure({ ...common, file: conftest.path, args, exitCode: 1 });
      theirs.conftest.push(sample.milliseconds);
      theirs.conftestPeak.push(sample.peakBytes);
    }
    if (opa.status === "installed") {
      const args = ["eval", "--data", "native", "--input", "scan.sarif", "--metrics", "--format", "json", "data.rules"];
      const verify = (stdout: string): void => {
        const { metrics }: { readonly metrics: Readonly<Record<string, number>> } = JSON.parse(stdout);
        opaEvaluation = (metrics["timer_rego_query_eval_ns"] ?? Number.NaN) / 1e6;
      };
      theirs.opa.push(measure({ ...common, file: opa.path, args, exitCode: 0, verify }).milliseconds);
      theirs.evaluation.push(opaEvaluation ?? Number.NaN);
    }
  }
  return {
    gates,
    megabytes,
    cold,
    warm: median(warm),
    peak: highest(peaks),
    evaluation: median(evaluations),
    conftest: medianOf(theirs.conftest),
    conftestPeak: highest(theirs.conftestPeak),
    opa: medianOf(theirs.opa),
    opaEvaluation: medianOf(theirs.evaluation),
  };
}

interface GateResult {
  readonly id: string;
  readonly durationMs: number;
  readonly violations: readonly unknown[];
}

/** The same rule for gate and, on SARIF as it is, for opa and conftest; each package denies one rule's errors. Returns the gates. */
function writePolicies(folder: string, gates: number): readonly string[] {
  for (const name of ["policies", "native"]) mkdirSync(join(folder, name), { recursive: true });
  const ids: string[] = [];
  for (let index = 0; index < gates; index++) {
    const id = `rule-${index}`;
    const rule = RULE_IDS[index % RULE_IDS.length] ?? "";
    ids.push(id);
    writeFileSync(join(folder, "policies", `rule_${index}.rego`), gateSource(id, rule));
    writeFileSync(join(folder, "native", `rule_${index}.rego`), nativeSource(id, rule));
  }
  writeFileSync(
    join(folder, "gate.yaml"),
    `version: 1
policy:
  builtin: false
  paths: [policies]
evidence:
  - path: scan.sarif
    kind: sast
environments:
  production:
    advisory: [${ids.join(", ")}]
    integrity: open
    audit: optional
`,
  );
  return ids;
}

function gateSource(id: string, rule: string): string {
  return `# METADATA
# title: ${id}
# description: No error of the rule ${rule}.
# custom:
#   id: ${id}
#   evidence:
#     - kind: findings
#       category: sast
#       fields: [ruleId, severity, suppressed]
#   remediation: Mend it.
package gates.${id.replace("-", "_")}

applicable := count(input.evidence.findings)

deny contains {"evidence": document.id, "item": finding.item} if {
	some document in input.evidence.findings
	some finding in document.findings
	finding.ruleId == "${rule}"
	finding.severity == "high"
	not finding.suppressed
}
`;
}

function nativeSource(id: string, rule: string): string {
  return `package rules.${id.replace("-", "_")}

deny contains violation if {
	some run in input.runs
	some result in run.results
	result.ruleId == "${rule}"
	result.level == "error"
	count(object.get(result, "suppressions", [])) == 0
	place := result.locations[0].physicalLocation
	violation := {
		"msg": result.message.text,
		"path": place.artifactLocation.uri,
		"line": place.region.startLine,
		"fingerprint": result.partialFingerprints.primaryLocationLineHash,
	}
}
`;
}

function medianOf(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : median(values);
}

function highest(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

const time = (value: number | undefined): string => (value === undefined ? "-" : formatTime(value));
const ratio = (value: number, to: number | undefined): string => (to === undefined ? "-" : formatRatio(value / to));

const COLUMNS: readonly Column<Row>[] = [
  { title: "gates", align: "right", text: ({ gates }) => String(gates) },
  { title: "MB", align: "right", text: ({ megabytes }) => String(megabytes) },
  { title: "gate cold", align: "right", text: ({ cold }) => time(cold) },
  { title: "gate warm", align: "right", text: ({ warm }) => time(warm) },
  { title: "peak MB", align: "right", text: ({ peak }) => formatMegabytes(peak) },
  { title: "conftest", align: "right", text: ({ conftest }) => time(conftest) },
  { title: "peak MB", align: "right", text: ({ conftestPeak }) => formatMegabytes(conftestPeak) },
  { title: "warm/conftest", align: "right", text: ({ warm, conftest }) => ratio(warm, conftest) },
  { title: "opa eval", align: "right", text: ({ opa }) => time(opa) },
  { title: "evaluation", align: "right", text: ({ evaluation }) => time(evaluation) },
  { title: "opa evaluation", align: "right", text: ({ opaEvaluation }) => time(opaEvaluation) },
  { title: "ratio", align: "right", text: ({ evaluation, opaEvaluation }) => ratio(evaluation, opaEvaluation) },
];

main();
