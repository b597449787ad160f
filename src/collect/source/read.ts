import type { Environment } from "../../ci/provider.ts";
import { GateError } from "../../util/errors.ts";
import { readTracked } from "../files.ts";
import { MOST_BYTES, type SourceParser, type UnreadFile } from "./parser.ts";
import { isGenerated, type SelectedFile } from "./select.ts";
import type { Language, SourceFile } from "./tree.ts";

/** Where source files are taken from. */
export interface SourceContext {
  /** A folder of the checkout. */
  readonly root: string;
  readonly variables: Environment;
  readonly parser: SourceParser;
}

/** What became of the files that were not understood. */
export interface SourceReport {
  /** In the order of their paths. */
  readonly unread: readonly UnreadFile[];
  /** Files that say themselves that they are generated; nothing of them was looked at. */
  readonly generated: number;
}

/** Bytes of all source files together. */
const MOST_TOTAL_BYTES = 1 << 30;

/**
 * Parses source files, one after the other.
 *
 * @param onFile takes a file; what it keeps of the tree stays in memory
 * @throws {GateError} `evidence-too-large` beyond a gibibyte of source, `evidence-unreadable` where git or the parser breaks
 */
export async function parseSources(
  files: readonly SelectedFile[],
  { root, variables, parser }: SourceContext,
  onFile: (file: SourceFile) => void,
): Promise<SourceReport> {
  const unread: UnreadFile[] = [];
  const languages = new Map<object, Language>();
  for (const { file, language } of files) {
    if (language === "other") unread.push({ path: file.path, reason: "language" });
    else if (file.bytes > MOST_BYTES) unread.push({ path: file.path, reason: "size" });
    else languages.set(file, language);
  }
  const readable = files.map(({ file }) => file).filter((file) => languages.has(file));
  refuseTooMany(readable.reduce((sum, { bytes }) => sum + bytes, 0));
  let generated = 0;
  for await (const [file, content] of readTracked(root, variables, readable)) {
    const language = languages.get(file);
    if (isGenerated(content)) generated++;
    else if (language !== undefined) {
      const found = await parser.parse(file.path, language, content);
      if ("reason" in found) unread.push(found);
      else onFile(found);
    }
  }
  return { unread: unread.toSorted((a, b) => (a.path < b.path ? -1 : 1)), generated };
}

function refuseTooMany(bytes: number): void {
  if (bytes <= MOST_TOTAL_BYTES) return;
  throw new GateError("evidence-too-large", `the source files have ${bytes} bytes, more than ${MOST_TOTAL_BYTES}`, {
    hint: "Name folders, or leave some out with --exclude.",
  });
}
