import type { PackReport, VerifiedDecision } from "../audit/pack/verify.ts";
import type { Verdict } from "../audit/stored.ts";
import { visible } from "../output/escape.ts";

/** What a report looks like. Everything goes into the page as text; there is no way for markup into it. */

const VERDICT_WORDS = {
  good: "GOOD",
  tampered: "TAMPERED",
  unknown: "CANNOT TELL",
} as const satisfies Record<Verdict, string>;

const VERDICT_MEANING = {
  good: "The record is what was recorded: everything that was checked could be recomputed and matches. What was decided is under Outcome.",
  tampered: "Something was changed, removed, added or damaged. Do not rely on anything in this pack.",
  unknown: "It cannot be told. That is not a pass: the findings say what is missing.",
} as const satisfies Record<Verdict, string>;

/** More rows than this no person reads, and slow a browser down. */
const MAX_ROWS = 2_000;

const VERDICT_ORDER = ["tampered", "unknown", "good"] as const satisfies readonly Verdict[];

const CHECKED = [
  "every member: its name, size and SHA-256, as the manifest lists them; nothing more, nothing less",
  "the checkpoint: that the log's key signed it, or that it is the tree of the checkpoint that was given",
  "every entry: that its exact bytes are at its place in the tree of the checkpoint (RFC 9162)",
  "every document: its SHA-256, and that recording it again gives the very same entry",
  "evidence, inputs and policies, as far as they are in the pack: their SHA-256",
];

const NOT_CHECKED = [
  "that the decisions follow from their evidence: gate verify --decisions makes them again",
  "that scanners told the truth, and that each deployment went through gate",
  "this page itself, if it came with the pack",
];

/** The elements of a report. @param file the name of the pack */
export function reportElements(report: PackReport, file: string): readonly HTMLElement[] {
  const { verdict, findings, unchecked, tree, complete, entries, engine } = report;
  const box = element("div", { class: `verdict ${verdict}`, role: verdict === "good" ? "note" : "alert" }, [
    element("p", { class: "title" }, [VERDICT_WORDS[verdict]]),
    element("p", {}, [VERDICT_MEANING[verdict]]),
  ]);
  const facts: readonly (readonly [string, string])[] = [
    ["Pack", file],
    ["Log", tree === null ? "unknown" : `${tree.origin}, a tree of ${tree.size} entries`],
    ["Root", tree?.root ?? "unknown"],
    [
      "Entries",
      complete === null
        ? `${entries}, not shown to be complete`
        : `${entries}: every one from ${complete.first} to ${complete.last}`,
    ],
    ["Says to be written by", engine === "" ? "unknown" : `gate ${engine}`],
  ];
  return [
    box,
    ...(findings.length === 0 ? [] : [heading("Findings"), findingsTable(findings)]),
    heading("The pack"),
    element(
      "dl",
      {},
      facts.flatMap(([term, value]) => [element("dt", {}, [term]), element("dd", {}, [value])]),
    ),
    heading("Decisions"),
    ...decisionsTable(report.decisions, findings),
    heading("What was checked"),
    list(verdict === "good" ? CHECKED : CHECKED.map((line) => `${line} (see the findings)`)),
    heading("What was not checked"),
    list([...unchecked, ...NOT_CHECKED]),
  ];
}

type Findings = PackReport["findings"];

function findingsTable(findings: Findings): HTMLElement {
  return table(
    "What was found",
    ["Finding", "Entry", "What"],
    findings.map(({ code, index, message }) => row([code, index === undefined ? "the pack" : String(index), message])),
  );
}

function decisionsTable(decisions: readonly VerifiedDecision[], findings: Findings): readonly HTMLElement[] {
  // The ones that are not good must not be beyond the end.
  const sorted = VERDICT_ORDER.flatMap((verdict) => decisions.filter((decision) => decision.verdict === verdict));
  const shown = sorted.length > MAX_ROWS ? sorted.slice(0, MAX_ROWS) : decisions;
  const rows = shown.map((decision) => decisionRow(decision, findings));
  const columns = [
    "Entry",
    "Record",
    "Outcome",
    "Environment",
    "Repository",
    "Commit",
    "Recorded",
    "Evidence",
    "Findings",
  ];
  const more = decisions.length - shown.length;
  return [
    table(`${decisions.length} decisions of the pack`, columns, rows),
    ...(more === 0 ? [] : [element("p", {}, [`And ${more} more, all of them good.`])]),
  ];
}

function decisionRow(decision: VerifiedDecision, findings: Findings): HTMLElement {
  const { index, verdict, outcome, environment, repository, commit, time, evidence } = decision;
  const kept = [`${evidence.verified} verified`];
  if (evidence.withheld > 0) kept.push(`${evidence.withheld} left out`);
  if (evidence.unstored > 0) kept.push(`${evidence.unstored} never stored`);
  const about = findings.filter((finding) => finding.index === index).map(({ code }) => code);
  const cells = row([
    String(index),
    VERDICT_WORDS[verdict],
    outcome,
    environment,
    repository,
    commit,
    time,
    kept.join(", "),
    about.join(", "),
  ]);
  cells.children.item(1)?.setAttribute("class", `state ${verdict}`);
  return cells;
}

function table(caption: string, columns: readonly string[], rows: readonly HTMLElement[]): HTMLElement {
  const headings = columns.map((column) => element("th", { scope: "col" }, [column]));
  return element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption }, [
    element("table", {}, [
      element("caption", {}, [caption]),
      element("thead", {}, [element("tr", {}, headings)]),
      element("tbody", {}, rows),
    ]),
  ]);
}

function row(cells: readonly string[]): HTMLElement {
  return element(
    "tr",
    {},
    cells.map((cell, position) =>
      position === 0 ? element("th", { scope: "row" }, [cell]) : element("td", {}, [cell]),
    ),
  );
}

function list(lines: readonly string[]): HTMLElement {
  return element(
    "ul",
    {},
    lines.map((line) => element("li", {}, [line])),
  );
}

function heading(text: string): HTMLElement {
  return element("h2", {}, [text]);
}

/** An element; strings become text, with what hides or reorders text made visible. */
function element(
  name: keyof HTMLElementTagNameMap,
  attributes: Readonly<Record<string, string>>,
  children: readonly (HTMLElement | string)[],
): HTMLElement {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  made.append(
    ...children.map((child) => (typeof child === "string" ? document.createTextNode(visible(child)) : child)),
  );
  return made;
}
