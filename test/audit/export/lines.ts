import type { Selection } from "../../../src/audit/export/entries.ts";
import { LINE_FORMATS, type LineFormatName } from "../../../src/audit/export/formats.ts";
import { openSource } from "../../../src/audit/export/source.ts";
import { openAuditStore } from "../../../src/audit/open.ts";
import type { AuditStore } from "../../../src/audit/store.ts";
import { collect, ORIGIN, sampleEntry } from "../fixtures.ts";

/** Texts that break formats which do not escape them. */
export const HOSTILE = [
  'quote " backslash \\ bracket ] [x y="z"]',
  "line\nbreak\r\n<13>1 - - - - - -",
  "\u0000\u0007\u001b[31m\u009b",
  "\u2028\u2029\u0085\u202e\ufeff",
  "e\u0301 \u{1f600} \uffff",
  '{"a":1}\\u0000 ${x} %0A ::error::',
];

/** A log whose decisions, numbered from 1, have hostile environments and repositories in turn. */
export async function makeLog(path: string, decisions: number): Promise<AuditStore> {
  const store = await openAuditStore({ path, origin: ORIGIN, mode: "append" });
  for (let number = 1; number <= decisions; number++) {
    const { entry, blobs } = hostileEntry(number);
    await store.append(entry, blobs);
  }
  return store;
}

export function hostileEntry(number: number): ReturnType<typeof sampleEntry> {
  const text = HOSTILE[number % HOSTILE.length] ?? "";
  const subject = {
    repository: text,
    commit: number.toString(16).padStart(40, "0"),
    artifacts: [],
    source: "ci" as const,
  };
  return sampleEntry(number, { environment: `environment ${text}`, subject });
}

/** The text of an export. */
export async function exported(
  store: AuditStore,
  format: LineFormatName,
  selection: Selection & { readonly documents?: boolean } = {},
): Promise<string> {
  const { kinds } = { kinds: undefined, ...LINE_FORMATS[format] };
  const lines = await LINE_FORMATS[format].lines(await openSource(store, selection, kinds));
  return (await collect(lines)).join("");
}
