import { canonicalJson } from "../evidence/canonical.ts";
import { escapeTerminal } from "../output/escape.ts";
import { count, OUTCOME_WORDS, placeOf, RESULT_WORDS } from "../output/summary.ts";
import type {
  Change,
  EvidencePlace,
  Excuse,
  ExplainedGate,
  ExplainedViolation,
  Explanation,
  Remedy,
  RuleReference,
} from "./model.ts";
import { remedyInWords } from "./words.ts";

/** Lines on one gate, unless everything is asked for. */
const MOST_LINES = 25;

/** Entries of a list, unless everything is asked for. */
const LISTED = 3;

interface Extent {
  readonly violations: number;
  readonly listed: number;
}

const EVERYTHING: Extent = { violations: Number.POSITIVE_INFINITY, listed: Number.POSITIVE_INFINITY };
const EXTENTS: readonly Extent[] = [
  { violations: LISTED, listed: LISTED },
  { violations: 2, listed: 2 },
  { violations: 1, listed: 1 },
];

/** For a terminal. A gate takes {@link MOST_LINES} lines unless everything is asked for. */
export function formatExplanation(explanation: Explanation, all: boolean): string {
  const extents = all ? [EVERYTHING] : EXTENTS;
  let lines: readonly string[] = [];
  for (const extent of extents) {
    lines = explanation.about === "decision" ? decisionLines(explanation, extent) : gateLines(explanation, extent);
    if (lines.length <= MOST_LINES) break;
  }
  return `${lines.map((line) => escapeTerminal(line).replaceAll("\n", " ")).join("\n")}\n`;
}

function decisionLines(explanation: Explanation, extent: Extent): readonly string[] {
  const { decision, gates, asked } = explanation;
  const closed = gates.length === 0 ? "no gate stands in the way" : `${gates.length} of ${count(asked, "gate")} closed`;
  const lines = [`${OUTCOME_WORDS[decision.outcome]} for ${decision.environment}: ${closed}`, about(explanation)];
  for (const gate of gates) {
    const number = gate.violations.length;
    const detail = number === 0 ? (gate.reason ?? "") : count(number, "violation");
    lines.push("", `x ${gate.id} (${gate.enforcement}): ${RESULT_WORDS[gate.result]}, ${detail}`);
    lines.push(...remedyLines(gate, { ...extent, listed: Math.min(extent.listed, LISTED) }));
  }
  lines.push(...integrityLines(explanation));
  if (gates.length > 0) lines.push("", `\`gate explain ${gates[0]?.id}\` names rules, evidence and parameters.`);
  return lines;
}

function about({ decision }: Explanation): string {
  const commit = decision.commit === undefined ? "" : `, commit ${decision.commit.slice(0, 12)}`;
  return `decision ${decision.index} of the log, ${decision.id}, ${decision.evaluatedAt}${commit}`;
}

function integrityLines({ integrity: { level, required, reasons } }: Explanation): readonly string[] {
  if (reasons.length === 0) return [];
  const lines = ["", `x integrity: ${level}, and ${required} is required`];
  for (const { code, messages, remedy } of reasons) {
    const more = messages.length > 1 ? `, and ${messages.length - 1} more like this` : "";
    lines.push(`    ${code}: ${messages[0]}${more}`, `      ${remedy}`);
  }
  return lines;
}

function gateLines(explanation: Explanation, extent: Extent): readonly string[] {
  const [gate] = explanation.gates;
  if (gate === undefined) return [about(explanation)];
  const { environment } = explanation.decision;
  const number = gate.violations.length;
  const what = gate.result === "pass" ? `looked at ${gate.applicable}` : number > 0 ? count(number, "violation") : "";
  const lines = [
    `${gate.id} (${gate.title}), ${gate.enforcement} for ${environment}: ${RESULT_WORDS[gate.result]}${what && `, ${what}`}`,
    about(explanation),
  ];
  for (const reason of gate.reason?.split("; ") ?? []) lines.push(`  ${reason}`);
  for (const violation of gate.violations.slice(0, extent.violations)) {
    lines.push("", ...violationLines(violation, gate, extent));
  }
  const more = number - extent.violations;
  if (more > 0) lines.push(`  and ${more} more; --all lists them`);
  if (gate.rulesUnknown !== undefined) lines.push(`  rules are not named: ${gate.rulesUnknown}`);
  lines.push(...parameterLines(gate, extent), ...section("People", gate.excuses.map(excuseLine), extent));
  lines.push("", ...(listsAll(gate, extent) ? remedyLines(gate, { ...extent, listed: 0 }) : remedyLines(gate, extent)));
  return lines;
}

function violationLines(violation: ExplainedViolation, gate: ExplainedGate, extent: Extent): readonly string[] {
  const place = placeOf(violation);
  const { severity, message, rule, fingerprint } = violation;
  const named = rule === undefined ? "" : `  [${rule}]`;
  const short = fingerprint.slice("sha256:".length, "sha256:".length + 12);
  return [
    `${severity}  ${place === "" ? "" : `${place}  `}${message}${named}  ${short}`,
    ...violation.rules.slice(0, extent.listed).map((one) => `  denied by  ${ruleLine(one, gate)}`),
    ...(violation.place === undefined ? [] : [`  evidence   ${evidenceLine(violation.place)}`]),
    ...violation.excuses.slice(0, extent.listed).map((one) => `  ${excuseLine(one)}`),
  ];
}

function ruleLine({ name, file, row, title }: RuleReference, gate: ExplainedGate): string {
  return `${name}, ${file}:${row} (${title ?? gate.title})`;
}

const FILE_WORDS = {
  same: "",
  changed: ", which is another file by now",
  gone: ", which is not there any more",
  "not-looked-at": "",
} as const satisfies Record<EvidencePlace["file"], string>;

function evidenceLine({ path, original, normalised, file }: EvidencePlace): string {
  if (original !== undefined) {
    const column = original.column === undefined ? "" : `:${original.column}`;
    return `${path}:${original.line}${column}${original.pointer === undefined ? "" : `  ${original.pointer}`}`;
  }
  return `${path}${FILE_WORDS[file]}${normalised === undefined ? "" : `; ${normalised} of its evidence`}`;
}

/** Those that the rules name; all where they name none. What somebody has set comes first: a list is cut after some lines. */
function parameterLines({ parameters, violations }: ExplainedGate, extent: Extent): readonly string[] {
  const named = new Set(violations.flatMap(({ rules }) => rules.flatMap((rule) => rule.parameters)));
  const shown = parameters.filter(({ name }) => named.size === 0 || named.has(name) || extent === EVERYTHING);
  const [standing, set] = [
    shown.filter(({ source }) => source === "gate"),
    shown.filter(({ source }) => source !== "gate"),
  ];
  const lines = [...set, ...standing].map(({ name, value, source }) => {
    return `${name} = ${canonicalJson(value)}  (${source === "gate" ? "the gate's default" : source})`;
  });
  return section("Parameters", lines, extent);
}

function section(title: string, lines: readonly string[], { listed }: Extent): readonly string[] {
  if (lines.length === 0) return [];
  const more = lines.length - listed;
  const shown = lines.slice(0, listed).map((line) => `  ${line}`);
  return ["", title, ...shown, ...(more > 0 ? [`  and ${more} more`] : [])];
}

function excuseLine({ kind, id, source, counts, text }: Excuse): string {
  const name = [kind, id?.slice(0, 24)].filter(Boolean).join(" ");
  return `${name}${source === undefined ? "" : ` (${source})`} ${counts ? "counts" : "does not count"}: ${text}`;
}

/** Whether what has to be changed is the violations that are shown, which need not be listed once more. */
function listsAll({ remedy, violations }: ExplainedGate, extent: Extent): boolean {
  if (remedy.kind !== "changes" || violations.length > extent.violations) return false;
  return remedy.changes.length === violations.length && remedy.changes.every(({ action }) => action !== "cover");
}

function remedyLines(gate: ExplainedGate, extent: Extent): readonly string[] {
  const { remedy, enforcement } = gate;
  const approval = gate.standsInTheWay && enforcement === "advisory" ? ", or have its failure approved" : "";
  if (remedy.kind === "none-needed") return ["  It does not stand in the way."];
  const lines = [`What would open it: ${remedyInWords(remedy)}${approval}`, ...detailLines(remedy, extent)];
  return lines.map((line) => `  ${line}`);
}

function detailLines(remedy: Remedy, { listed }: Extent): readonly string[] {
  if (remedy.kind === "not-found") return ["then it says:", ...remedy.says.slice(0, listed).map((said) => `  ${said}`)];
  if (remedy.kind !== "changes") return [];
  const lines = remedy.changes.flatMap(changeLines);
  const more = lines.length - listed;
  if (listed === 0) return [];
  return [...lines.slice(0, listed), ...(more > 0 ? [`  and ${more} more`] : [])];
}

function changeLines({ action, severity, location, name, rule, files = [], metric }: Change): readonly string[] {
  if (action === "cover") return files.map(({ path, count: number }) => `  ${path}: ${number} ${metric}`);
  const line = location?.line === undefined ? "" : `:${location.line}`;
  const place = location === undefined ? undefined : `${location.path}${line}`;
  const parts = [severity, place, name, rule === undefined ? undefined : `[${rule}]`];
  const text = parts.filter((part) => part !== undefined).join("  ");
  return text === "" ? [] : [`  ${text}`];
}
