import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { GateError, systemCodeOf } from "../../util/errors.ts";
import type { ContentType } from "./rules.ts";

/** A text that is looked at, or why it is not. */
export interface TextFile {
  /** Relative to the working folder, with `/`. */
  readonly path: string;
  readonly type: ContentType;
  readonly bytes: Uint8Array;
  /** Missing where it is no text, or too large. */
  readonly text?: string;
  readonly missed?: string;
}

const TYPES: readonly (readonly [type: ContentType, name: RegExp])[] = [
  ["markdown", /\.(?:md|markdown|mdown|mkd|mdx|mdc)$|^\.(?:cursorrules|windsurfrules)$/i],
  ["html", /\.(?:html?|xhtml|svg|vue)$/i],
  ["yaml", /\.ya?ml$/i],
  ["json", /\.(?:json[5cl]?|ndjson|jsonlines|geojson|ipynb)$/i],
  ["csv", /\.(?:csv|tsv)$/i],
  [
    "plain",
    /\.(?:txt|text|rst|adoc|asciidoc|org|tex|eml|log|patch|diff|xml|toml|ini|properties)$|^(?:readme|changelog|license|licence|notice|contributing|authors|codeowners)$/i,
  ],
];

/** Of one text; larger ones nobody writes by hand. */
const MAX_BYTES = 4 << 20;
const MAX_FILES = 20_000;

/** Folders that hold what others wrote for machines. */
const PASSED_OVER = new Set([".git", "node_modules"]);

/** As what a file is read, by its name; undefined for one that a folder may hold beside its texts. */
function contentTypeOf(path: string): ContentType | undefined {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return TYPES.find(([, pattern]) => pattern.test(name))?.[0];
}

/**
 * The texts that paths name: a file whatever its name, and below a folder all that have the name of a text, but for `.git`
 * and `node_modules`. Links below a folder are not followed; where they lead to is looked at where it is.
 *
 * @throws {GateError} `evidence-not-found`, `evidence-unreadable` or `evidence-too-large`
 */
export function readTexts(paths: readonly string[], cwd: string): readonly TextFile[] {
  const found = new Map<string, ContentType>();
  for (const path of paths) {
    const absolute = resolve(cwd, path);
    const stat = readable(path, () => statSync(absolute));
    if (stat.isDirectory())
      for (const file of below(absolute, path)) found.set(reported(file, cwd), contentTypeOf(file) ?? "plain");
    else if (stat.isFile()) found.set(reported(absolute, cwd), contentTypeOf(path) ?? "plain");
    else throw new GateError("evidence-unreadable", `${path} is neither a file nor a folder`);
    if (found.size > MAX_FILES) {
      throw new GateError("evidence-too-large", `there are more than ${MAX_FILES} texts`, {
        hint: "Name fewer folders.",
      });
    }
  }
  return [...found]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, type]) =>
      decoded(
        path,
        type,
        () => readable(path, () => readFileSync(resolve(cwd, path))),
        () => readable(path, () => statSync(resolve(cwd, path)).size),
      ),
    );
}

function decoded(path: string, type: ContentType, read: () => Uint8Array, size: () => number): TextFile {
  if (size() > MAX_BYTES)
    return { path, type, bytes: new Uint8Array(), missed: `it is larger than ${MAX_BYTES} bytes` };
  return textFile(path, type, read());
}

/** A text has few of them; UTF-16 without its mark has one in every second place. */
const MOST_NULS = 0.1;

/** Decodes a text: UTF-8, or UTF-16 with its mark. What is neither is looked at with marks where it cannot be read. */
export function textFile(path: string, type: ContentType, bytes: Uint8Array): TextFile {
  if (bytes.length > MAX_BYTES) return { path, type, bytes, missed: `it is larger than ${MAX_BYTES} bytes` };
  const encoding = encodingOf(bytes);
  const text = new TextDecoder(encoding, { ignoreBOM: true }).decode(bytes);
  if (text.split("\0").length - 1 > text.length * MOST_NULS) return { path, type, bytes, missed: "it is no text" };
  return { path, type, bytes, text };
}

function encodingOf([first, second]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return "utf-16le";
  return first === 0xfe && second === 0xff ? "utf-16be" : "utf-8";
}

function* below(folder: string, named: string): Generator<string, void, undefined> {
  for (const entry of readable(named, () => readdirSync(folder, { withFileTypes: true }))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !PASSED_OVER.has(entry.name)) yield* below(path, named);
    else if (entry.isFile() && contentTypeOf(entry.name) !== undefined) yield path;
  }
}

function reported(path: string, cwd: string): string {
  return relative(realpathSync(cwd), join(realpathSync(join(path, "..")), path.slice(path.lastIndexOf(sep) + 1)))
    .split(sep)
    .join("/");
}

function readable<T>(path: string, call: () => T): T {
  try {
    return call();
  } catch (cause) {
    const code = systemCodeOf(cause);
    if (code === "ENOENT" || code === "ENOTDIR") {
      throw new GateError("evidence-not-found", `there is no ${path}`, { hint: "Correct the path." });
    }
    throw new GateError("evidence-unreadable", `cannot read ${path}: ${code ?? "unknown error"}`, { cause });
  }
}
