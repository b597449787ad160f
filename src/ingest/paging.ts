import type { DiagnosticList } from "./diagnostics.ts";
import { objectsAt } from "./findings.ts";
import type { JsonObject } from "./values.ts";

/** How an API cuts its lists into pages. */
export interface Paging {
  /** The default size, and the largest that can be asked for. */
  readonly sizes: readonly number[];
  /** What some lists hold at most, on all pages together. */
  readonly limits: readonly number[];
  /** How to ask for all pages so that it can be seen. */
  readonly hint: string;
}

/** https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api, and 250 commits and 3000 files. */
export const GITHUB_PAGING: Paging = {
  sizes: [30, 100],
  limits: [250, 3000],
  hint: "use `gh api --paginate --slurp`, which shows that there are no more",
};

/** https://docs.gitlab.com/api/rest/#pagination */
export const GITLAB_PAGING: Paging = {
  sizes: [20, 100],
  limits: [],
  hint: "ask with another per_page, or put the pages into one list",
};

/**
 * The objects of a list, or of a list of its pages; see {@link notePage}.
 *
 * @throws {FormatError} `malformed` with the pointer
 */
export function pagedObjects(
  value: readonly unknown[],
  pointer: string,
  paging: Paging,
  reasons: DiagnosticList,
): readonly JsonObject[] {
  const paged = value.length > 0 && value.every(Array.isArray);
  const items = paged
    ? value.flatMap((page, index) => objectsAt(page, `${pointer}/${index}`))
    : objectsAt(value, pointer);
  if (!paged) notePage(items.length, pointer, paging, reasons);
  if (paging.limits.includes(items.length)) {
    reasons.add("list-full", `${items.length} is the most that is listed, so there may be more`, pointer);
  }
  return items;
}

/** Notes where a list has the size of a page: a page looks like the whole, so it may be a part. */
export function notePage(count: number, pointer: string, { sizes, hint }: Paging, reasons: DiagnosticList): void {
  if (!sizes.includes(count)) return;
  reasons.add("page-full", `${count} is the size of a page, so there may be more; ${hint}`, pointer);
}
