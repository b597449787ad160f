import { checkpointLine } from "../../audit/checkpoint.ts";
import { LINE_FORMATS, type LineFormat, type LineFormatName } from "../../audit/export/formats.ts";
import { type ExportSource, openSource } from "../../audit/export/source.ts";
import { tiles } from "../../audit/export/tiles.ts";
import { ENTRY_KINDS, type EntryKind } from "../../audit/store.ts";
import { escapeTerminal } from "../../output/escape.ts";
import { GateError } from "../../util/errors.ts";
import type { CommandContext } from "../context.ts";
import { parseTimes } from "../day.ts";
import { readFrom } from "../read-store.ts";
import type { StoreFlags } from "../store-path.ts";
import { writeStream } from "../write-file.ts";
import { writeTiles } from "../write-tiles.ts";

interface ExportFlags extends StoreFlags {
  readonly format: LineFormatName | "tiles";
  readonly output?: string;
  readonly since?: string;
  readonly until?: string;
  readonly last?: number;
  readonly kind: readonly string[];
  readonly documents: boolean;
}

/** Characters that are written at a time. */
const PIECE = 64 * 1024;

/** `gate audit export`: the log, or a part of it, in the form that something else reads. */
export async function exportLog(flags: ExportFlags, context: CommandContext): Promise<void> {
  const { format } = flags;
  refuseWhatFormatHasNot(flags);
  const kinds = flags.kind.map((name) => kindOf(name, format));
  const selection = {
    ...(kinds.length === 0 ? {} : { kinds }),
    ...(flags.since === undefined ? {} : { since: parseTimes(flags.since, "--since").start }),
    ...(flags.until === undefined ? {} : { until: parseTimes(flags.until, "--until").end }),
    ...(flags.last === undefined ? {} : { last: flags.last }),
    documents: flags.documents,
  };
  await readFrom(flags, context, async (store) => {
    const counted = count(await openSource(store, selection, kindsOf(format)));
    if (format === "tiles") await exportTiles(counted.source, flags.output ?? "", context);
    else await exportLines(await LINE_FORMATS[format].lines(counted.source), flags.output, context);
    summarise(counted, context);
  });
}

async function exportLines(
  lines: AsyncIterable<string>,
  output: string | undefined,
  context: CommandContext,
): Promise<void> {
  if (output !== undefined) {
    await writeStream(context.cwd, output, pieces(lines));
    return;
  }
  for await (const piece of pieces(lines)) {
    context.out(piece);
    if ((await context.taken?.()) === false) return;
  }
}

async function exportTiles(source: ExportSource, output: string, context: CommandContext): Promise<void> {
  const { unsigned } = await writeTiles(context.cwd, output, (earlier) => tiles(source, earlier));
  if (unsigned) context.err("The checkpoint has no signature: the log keeps no signed one of its last entry.\n");
}

interface Counted {
  readonly source: ExportSource;
  readonly entries: () => number;
}

/** The same source, which knows how many entries were read from it. */
function count(source: ExportSource): Counted {
  let entries = 0;
  async function* counting(): ExportSource["entries"] {
    for await (const entry of source.entries) {
      yield entry;
      entries += 1;
    }
  }
  return { source: { ...source, entries: counting() }, entries: () => entries };
}

function summarise({ source, entries }: Counted, context: CommandContext): void {
  const { head } = source;
  const number = entries();
  context.err(`Exported ${number === 1 ? "1 entry" : `${number} entries`} of ${head.size}.\n`);
  context.err(`Checkpoint: ${escapeTerminal(checkpointLine(head))}\n`);
}

/** Lines in pieces that are worth a write. */
async function* pieces(lines: AsyncIterable<string>): AsyncIterable<string> {
  let piece = "";
  for await (const line of lines) {
    piece += line;
    if (piece.length < PIECE) continue;
    yield piece;
    piece = "";
  }
  if (piece !== "") yield piece;
}

function refuseWhatFormatHasNot({ format, documents, output, since, until, last, kind }: ExportFlags): void {
  if (documents && format !== "ndjson") throw new GateError("usage", "--documents goes with --format ndjson only");
  if (format !== "tiles") return;
  if (output === undefined) {
    throw new GateError("usage", "tiles are a folder of files", { hint: "Name the folder with --output." });
  }
  if (since === undefined && until === undefined && last === undefined && kind.length === 0) return;
  throw new GateError("usage", "tiles are of the whole log: --since, --until, --last and --kind cannot be met", {
    hint: "Use --format ndjson, whose entries have a proof each.",
  });
}

function kindOf(name: string, format: ExportFlags["format"]): EntryKind {
  const kinds = kindsOf(format) ?? ENTRY_KINDS;
  const kind = kinds.find((known) => known === name);
  if (kind !== undefined) return kind;
  throw new GateError("usage", `--kind must be one of ${kinds.join(", ")}, not "${name}"`);
}

function kindsOf(format: ExportFlags["format"]): readonly EntryKind[] | undefined {
  if (format === "tiles") return undefined;
  const { kinds }: LineFormat = LINE_FORMATS[format];
  return kinds;
}
