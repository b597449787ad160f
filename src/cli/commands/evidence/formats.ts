import { ADAPTERS } from "../../../ingest/index.ts";
import type { CommandContext } from "../../context.ts";
import { tableText } from "../../table.ts";

/** `gate evidence formats`: what can be read. */
export function formats(context: CommandContext): void {
  const rows = ADAPTERS.map(({ id, kind, title }) => [id, kind, title] as const);
  context.out(tableText(rows.toSorted(([a], [b]) => (a < b ? -1 : 1))));
}
