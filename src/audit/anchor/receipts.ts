import { readdirSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../util/errors.ts";
import { formatNote } from "../note.ts";
import { readReceipt } from "../receipt.ts";
import { type AnchorSource, anchorFailed, type FoundNote, MOST_NOTES } from "./anchor.ts";
import { readSmall, requireFolder } from "./file.ts";

const SUFFIX = ".tlog-proof";
const MAX_RECEIPT_BYTES = 262_144;

/** A folder of receipts, as jobs leave them behind: each holds the checkpoint that it was made under. */
export function receiptsSource(folder: string): AnchorSource {
  const name = `receipts:${folder}`;
  return {
    name,
    async read(origin) {
      requireFolder(folder, name);
      const files = readdirSync(folder).filter((file) => file.endsWith(SUFFIX));
      if (files.length > MOST_NOTES) throw anchorFailed(name, `holds more than ${MOST_NOTES} receipts`);
      return files.flatMap((file) => receiptIn(folder, file, origin));
    },
  };
}

function receiptIn(folder: string, file: string, origin: string): readonly FoundNote[] {
  try {
    const { head, note } = readReceipt(Buffer.from(readSmall(join(folder, file), MAX_RECEIPT_BYTES)).toString("utf8"));
    return head.origin === origin ? [{ place: file, note: Buffer.from(formatNote(note), "utf8") }] : [];
  } catch (error) {
    return [{ place: file, problem: messageOf(error) }];
  }
}
