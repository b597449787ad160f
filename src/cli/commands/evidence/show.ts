import { assessEvidence, bySubjectAlone, evidenceRecord } from "../../../decision/evidence.ts";
import { type Item, itemsOf, otherListsOf } from "../../../evidence/items.ts";
import { severityRank } from "../../../evidence/severity.ts";
import { type EvidenceDocument, type ReadableKind, SEVERITIES } from "../../../evidence/types.ts";
import { escapeTerminal } from "../../../output/escape.ts";
import type { CommandContext } from "../../context.ts";
import { tableText } from "../../table.ts";
import { COLUMNS, cellsOf, columnsOf } from "./columns.ts";
import { type ReadFlags, readDocuments } from "./read.ts";

/** So many items fit on a screen with their document's facts. */
const FIRST_ITEMS = 20;

export interface ShowFlags extends ReadFlags {
  readonly json: boolean;
  readonly all: boolean;
}

/** `gate evidence show`: what a check would know of some files, for a person or, with `json`, for a program. */
export async function show(sources: readonly string[], flags: ShowFlags, context: CommandContext): Promise<void> {
  for (const document of await readDocuments(sources, flags, context)) {
    if (flags.json) context.out(`${JSON.stringify(document)}\n`);
    else context.out(`${factsText(document)}${itemsText(document, flags.all)}`);
  }
}

/** What a document comes to. */
export function factsText(document: EvidenceDocument): string {
  const { path, tool, kind, format, status, toolStatus, reasons, counts, id } = evidenceRecord(
    assessEvidence(document, bySubjectAlone({ artifacts: [], source: "none" })),
  );
  const by = [tool.name, tool.version].filter(Boolean).join(" ");
  const { warnings, inconsistencies, redactions, raw } = document.quality;
  const lines = [
    `${path}: ${kind} (${format})${by === "" ? "" : `, ${by}`}`,
    `  ${status}, the tool says ${toolStatus}`,
    ...reasons.map((reason) => `  because ${reason}`),
    ...(Object.keys(counts).length === 0 ? [] : [`  ${countsText(counts)}`]),
    ...inconsistencies.map(({ message }) => `  inconsistent: ${message}`),
    ...warnings.map(({ message }) => `  warning: ${message}`),
    ...(redactions === 0 ? [] : [`  ${raw === true ? "not redacted" : "redacted"}: ${redactions}`]),
    `  ${id}`,
  ];
  return lines.map((line) => `${escapeTerminal(line)}\n`).join("");
}

/** The first count always, for it says how much there is; of the others those that are not zero. */
function countsText(counts: Readonly<Record<string, number>>): string {
  const told = Object.entries(counts).filter(([, count], index) => index === 0 || count !== 0);
  return told.map(([name, count]) => `${name} ${count}`).join(", ");
}

function itemsText(document: EvidenceDocument, all: boolean): string {
  if (document.kind === "unreadable") return "";
  const items = itemsOf(document).toSorted((a, b) => rankOf(a, document.kind) - rankOf(b, document.kind));
  if (items.length > 0) return tableOf(items, COLUMNS[document.kind], all);
  // A file of reviews is a change without commits.
  const others = Object.values(otherListsOf(document)).filter((list) => list.length > 0);
  return others.map((list) => tableOf(list, columnsOf(list), all)).join("");
}

function tableOf(items: readonly Item[], columns: Readonly<Record<string, string>>, all: boolean): string {
  const listed = all ? items : items.slice(0, FIRST_ITEMS);
  const rows = listed.map((item) => cellsOf(item, columns));
  const headings = Object.keys(columns);
  const filled = headings.map((_, column) => rows.some((row) => row[column] !== ""));
  const table = [headings, ...rows].map((row) => row.filter((_, column) => filled[column]));
  const rest = items.length - listed.length;
  return `\n${tableText(table, "  ")}${rest === 0 ? "" : `  … and ${rest} more; --all shows them\n`}`;
}

/** What needs attention comes first. */
function rankOf(item: Item, kind: ReadableKind): number {
  if (kind === "findings") {
    const severity = SEVERITIES.find((known) => known === item["severity"]) ?? "unknown";
    return severityRank(severity) + (item["suppressed"] === true ? SEVERITIES.length : 0);
  }
  return /^(?:failed|errored|survived|not-satisfied|failure)$/.test(String(item["status"] ?? item["outcome"])) ? 0 : 1;
}
