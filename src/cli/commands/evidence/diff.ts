import { diffEvidence } from "../../../evidence/diff.ts";
import type { ReadableDocument } from "../../../evidence/items.ts";
import { escapeTerminal } from "../../../output/escape.ts";
import { GateError } from "../../../util/errors.ts";
import type { CommandContext } from "../../context.ts";
import { tableText } from "../../table.ts";
import { COLUMNS, cellsOf } from "./columns.ts";
import { type ReadFlags, readDocuments } from "./read.ts";

export interface DiffFlags extends ReadFlags {
  readonly json: boolean;
}

/** `gate evidence diff`: what is new, gone, different and the same in the second of two files. */
export async function diff(before: string, after: string, flags: DiffFlags, context: CommandContext): Promise<void> {
  const [old, current] = [await readOne(before, flags, context), await readOne(after, flags, context)];
  if (old.kind !== current.kind) {
    throw new GateError("usage", `${before} is ${old.kind} evidence and ${after} is ${current.kind} evidence`, {
      hint: "Compare two files of one kind.",
    });
  }
  const found = diffEvidence(old, current);
  if (flags.json) {
    context.out(`${JSON.stringify(found)}\n`);
    return;
  }
  const { kind, items, added, removed, changed, unchanged } = found;
  const counts = `${added.length} new, ${removed.length} gone, ${changed.length} changed, ${unchanged} unchanged`;
  context.out(`${items} of ${escapeTerminal(after)}: ${counts}\n`);
  context.out(
    marked(
      "+",
      added.map((item) => cellsOf(item, COLUMNS[kind])),
    ),
  );
  context.out(
    marked(
      "-",
      removed.map((item) => cellsOf(item, COLUMNS[kind])),
    ),
  );
  context.out(
    marked(
      "~",
      changed.map(({ item, before: was, after: is }) => [`${was} → ${is}`, ...cellsOf(item, COLUMNS[kind])]),
    ),
  );
}

function marked(mark: string, rows: readonly (readonly string[])[]): string {
  return tableText(rows.map((row) => [mark, ...row]));
}

/** Two files that cannot be compared would show no difference. */
async function readOne(source: string, flags: ReadFlags, context: CommandContext): Promise<ReadableDocument> {
  const [document, ...more] = await readDocuments([source], flags, context);
  if (document === undefined || more.length > 0) throw new GateError("usage", `${source} is not one file`);
  if (document.kind === "unreadable") {
    const [reason] = document.statusReasons;
    throw new GateError(
      "evidence-unreadable",
      `${document.source.path} cannot be read: ${reason?.message ?? "damaged"}`,
    );
  }
  return document;
}
