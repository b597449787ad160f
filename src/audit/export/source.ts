import type { AuditStore, EntryKind, TreeHead } from "../store.ts";
import { type ExportedEntry, type Selection, selectEntries } from "./entries.ts";

/** What an export is made of: one tree of a log, and the entries that were asked for. */
export interface ExportSource {
  readonly store: AuditStore;
  /** The tree at the beginning; all that is exported is proven against it. */
  readonly head: TreeHead;
  /** Read as they are asked for, and once. */
  readonly entries: AsyncIterable<ExportedEntry>;
  /** Whether what the entries commit to by digest is exported as well. */
  readonly documents: boolean;
}

/**
 * Begins an export of a log as it is now; entries that are appended meanwhile are left to the next.
 *
 * @param kinds that the format knows; undefined for all
 */
export async function openSource(
  store: AuditStore,
  selection: Selection & { readonly documents?: boolean },
  kinds?: readonly EntryKind[],
): Promise<ExportSource> {
  const { documents = false, ...rest } = selection;
  const head = await store.head();
  const narrowed = kinds === undefined || rest.kinds !== undefined ? rest : { ...rest, kinds };
  return { store, head, entries: selectEntries(store, head, narrowed), documents };
}
