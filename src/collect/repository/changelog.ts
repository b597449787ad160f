import type { Changelog } from "../../evidence/types.ts";
import type { MarkdownFile } from "./markdown.ts";

const NAME = /(?:^|\/)(?:changelog|changes|history|release[-_]?notes|news)(?:\.(?:md|markdown|mdx|txt|rst|adoc))?$/i;

/** Whether a file is a changelog by its name. */
export function isChangelog(path: string): boolean {
  return NAME.test(path);
}

/** `[1.2.3] - 2026-01-31`, `v1.2.3 (2026-01-31)` and the like. */
const VERSION = /^\[?v?(\d+\.\d+[^\s\]()]*)\]?(?:\(.*?\))?(?:[^\d]*(\d{4}-\d{2}-\d{2}))?/i;
const UNRELEASED = /^\[?(?:unreleased|upcoming|next)\b/i;

/**
 * Reads a changelog in markdown after https://keepachangelog.com: a heading for each version, and one for what is not
 * released yet, of which the items count. The first version is taken for the newest.
 */
export function readChangelog(path: string, { headings, items }: MarkdownFile): Changelog {
  const versions = headings.flatMap(({ text }) => {
    const [whole, version = "", date] = text.length > 200 ? [] : (VERSION.exec(text) ?? []);
    return whole === undefined ? [] : [{ version, date }];
  });
  const start = headings.findIndex(({ text }) => UNRELEASED.test(text));
  const unreleased = headings[start];
  const next = headings.slice(start + 1).find(({ level }) => unreleased !== undefined && level <= unreleased.level);
  const own = items.filter(
    (line) => unreleased !== undefined && line > unreleased.line && line < (next?.line ?? Infinity),
  );
  const [latest] = versions;
  return {
    path,
    valid: versions.length > 0 || unreleased !== undefined,
    unreleased: own.length,
    ...(latest === undefined ? {} : { latest: latest.version }),
    ...(latest?.date === undefined ? {} : { latestDate: latest.date }),
    versions: versions.length,
  };
}

/** A changelog that is no markdown: lines that begin with a version, or that are underlined. */
export function readPlainChangelog(path: string, text: string): Changelog {
  const lines = text.split("\n").map((line) => line.slice(0, 200));
  const headings = lines.flatMap((line, index) => {
    const title = line.replace(/^[=#\s]+/, "");
    const isTitle = line !== line.trimStart() ? false : VERSION.test(title) || UNRELEASED.test(title);
    return isTitle ? [{ level: 1, text: title.trim(), line: index + 1 }] : [];
  });
  const items = lines.flatMap((line, index) => (/^ {0,3}[-*+] /.test(line) ? [index + 1] : []));
  return readChangelog(path, { headings, items, links: [], anchors: new Set() });
}
