import type { Changelog, Cycle, Pin, Reference, RepositoryFile } from "../../evidence/types.ts";
import { type DiagnosticList, diagnosticsFrom } from "../../ingest/diagnostics.ts";
import { messageOf } from "../../util/errors.ts";
import { type Checkout, type CheckoutReader, createReader, type Entry, type FileContent } from "../checkout.ts";
import { isDockerfile, readDockerfile } from "../dockerfile/dockerfile.ts";
import { headOf, type InventoryHead } from "../inventory.ts";
import { compareLines } from "../order.ts";
import { isChangelog, readChangelog, readPlainChangelog } from "./changelog.ts";
import { configurationReader, type Needs } from "./configuration.ts";
import { type MarkdownFile, readMarkdown } from "./markdown.ts";
import { type LockFinder, manifestReader } from "./packages.ts";
import { cyclesOf, type RawReference, referenceOf, resolved, type Targets } from "./references.ts";
import { terraformNeeds } from "./terraform.ts";
import { isMarkdown, typeOf } from "./types.ts";

/** What is in a checkout. The adapter `repository-inventory` reads its JSON: `docs/formats/repository-inventory.md`. */
export interface RepositoryInventory extends InventoryHead {
  readonly schema: "gate/repository/v1";
  readonly files: readonly RepositoryFile[];
  readonly references: readonly Reference[];
  readonly pins: readonly Pin[];
  readonly cycles: readonly Cycle[];
  readonly changelogs: readonly Changelog[];
}

/** Bytes of a text that is read for what it asks for; larger ones are hashed and counted. */
const MOST_TEXT = 1 << 20;
/** Bytes of a lock file; those of large projects have tens of megabytes. */
const MOST_LOCK = 64 << 20;
/** References and pins; beyond, the inventory is partial. */
const MOST_ITEMS = 500_000;
/** Characters of what is quoted from a file. */
const LONGEST_QUOTE = 1_000;

interface Work {
  readonly checkout: Checkout;
  readonly reader: CheckoutReader;
  readonly byPath: ReadonlyMap<string, Entry>;
  readonly notes: DiagnosticList;
  readonly files: RepositoryFile[];
  readonly raw: RawReference[];
  readonly pins: Pin[];
  readonly changelogs: Changelog[];
  readonly locks: Map<string, string | undefined>;
  /** Of every markdown file that was read; undefined for one that could not be. */
  readonly anchors: Map<string, ReadonlySet<string> | undefined>;
}

/**
 * Makes the inventory of a checkout: its files, what they refer to and whether that is there, what they depend on outside
 * and whether that can change. It reads the work tree and nothing else.
 *
 * @throws {GateError} `evidence-unreadable`
 */
export function collectRepository(checkout: Checkout): RepositoryInventory {
  const work: Work = {
    checkout,
    reader: createReader(checkout.root),
    byPath: new Map(checkout.entries.map((entry) => [entry.path, entry])),
    notes: diagnosticsFrom(checkout.reasons),
    files: [],
    raw: [],
    pins: [],
    changelogs: [],
    locks: new Map(),
    anchors: new Map(),
  };
  for (const entry of checkout.entries) if (checkout.isWanted(entry.path)) readEntry(entry, work);
  const { references, cycles } = resolveAll(work);
  const pins = within(work.pins, "pins", work.notes).map(quotedPin).toSorted(compareLines);
  return {
    schema: "gate/repository/v1",
    ...headOf(checkout, work.notes.list(), []),
    files: work.files,
    references,
    pins,
    cycles,
    changelogs: work.changelogs,
  };
}

function readEntry(entry: Entry, work: Work): void {
  const { path, type } = entry;
  if (type !== "file") {
    work.files.push({ path, bytes: 0, type });
    return;
  }
  const content = work.reader.read(entry, MOST_TEXT);
  if (content === undefined) {
    work.notes.add("not-checked-out", "it is tracked and not in the work tree", path);
    return;
  }
  const { bytes, digest, lines } = content;
  const kind = content.binary ? "binary" : typeOf(path);
  const markdown = content.text !== undefined && isMarkdown(path) ? readMarkdown(content.text) : undefined;
  work.files.push({
    path,
    bytes,
    type: kind,
    digest,
    ...(lines === undefined ? {} : { lines }),
    ...(markdown?.frontMatter === undefined ? {} : { frontMatter: markdown.frontMatter }),
  });
  if (!content.binary) readText(path, content, markdown, work);
}

function readText(path: string, content: FileContent, markdown: MarkdownFile | undefined, work: Work): void {
  const { text } = content;
  if (text === undefined) {
    if (isAsking(path)) work.notes.add("too-large", `it has more than ${MOST_TEXT} bytes and was not read`, path);
    return;
  }
  if (markdown !== undefined) {
    work.anchors.set(path, markdown.anchors);
    for (const link of markdown.links) {
      work.raw.push({ path, ...link, from: link.type === "include" ? "either" : "file" });
    }
  }
  if (isChangelog(path)) {
    work.changelogs.push(markdown === undefined ? readPlainChangelog(path, text) : readChangelog(path, markdown));
  }
  const read = readerOf(path, work);
  if (read === undefined) return;
  try {
    const { pins, references } = read(text);
    work.pins.push(...pins);
    work.raw.push(...references);
  } catch (error) {
    // What cannot be read fixes nothing, and the file says where.
    const reference = `(not readable: ${messageOf(error).split("\n", 1)[0]})`;
    work.pins.push({ path, line: 1, type: "unreadable", reference, pinned: false });
  }
}

/** Whether a file is one of those that are read for what they refer to or depend on. */
function isAsking(path: string): boolean {
  return isMarkdown(path) || isChangelog(path) || hasReader(path);
}

function hasReader(path: string): boolean {
  return (
    isDockerfile(path) ||
    path.endsWith(".tf") ||
    configurationReader(path) !== undefined ||
    manifestReader(path) !== undefined
  );
}

function readerOf(path: string, work: Work): ((text: string) => Needs) | undefined {
  if (isDockerfile(path)) return (text) => ({ pins: readDockerfile(path, text).pins, references: [] });
  if (path.endsWith(".tf")) return (text) => terraformNeeds(path, text);
  const configuration = configurationReader(path);
  if (configuration !== undefined) return (text) => configuration(path, text);
  const manifest = manifestReader(path);
  if (manifest === undefined) return undefined;
  return (text) => manifest(path, text, lockFinder(path, work));
}

/** Looks beside the manifest first, then above it, for the lock file of a workspace is at its root. */
function lockFinder(path: string, work: Work): LockFinder {
  return (names) => {
    for (let folder = path; folder !== ""; ) {
      folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/", folder.length - 2) + 1));
      for (const name of names) {
        const entry = work.byPath.get(`${folder}${name}`);
        if (entry?.type !== "file") continue;
        if (!work.locks.has(entry.path)) work.locks.set(entry.path, work.reader.read(entry, MOST_LOCK)?.text);
        const text = work.locks.get(entry.path);
        if (text !== undefined) return { path: entry.path, text };
        work.notes.add("too-large", `it has more than ${MOST_LOCK} bytes and was not read`, entry.path);
      }
    }
    return undefined;
  };
}

function resolveAll(work: Work): { readonly references: readonly Reference[]; readonly cycles: readonly Cycle[] } {
  const targets = targetsOf(work);
  const edges = new Map<string, Set<string>>();
  const references = within(work.raw, "references", work.notes).map((raw) => {
    const { file, found } = resolved(raw, targets);
    if (raw.type === "include" && file !== undefined) {
      const included = edges.get(raw.path) ?? new Set();
      edges.set(raw.path, included.add(file));
    }
    return referenceOf({ ...raw, target: quoted(raw.target) }, found);
  });
  return { references: references.toSorted(compareLines), cycles: cyclesOf(edges) };
}

function targetsOf(work: Work): Targets {
  const paths = new Set(["."]);
  for (const { path } of work.checkout.entries) {
    for (let end = path.length; end > 0; end = path.lastIndexOf("/", end - 1)) {
      const part = path.slice(0, end);
      if (paths.has(part)) break;
      paths.add(part);
    }
  }
  return { paths, anchorsOf: (path) => anchorsOf(path, work) };
}

/** Of a file outside of what is looked at, the headings are read when something asks for them. */
function anchorsOf(path: string, work: Work): ReadonlySet<string> | undefined {
  if (!isMarkdown(path)) return undefined;
  if (!work.anchors.has(path)) {
    const entry = work.byPath.get(path);
    const text = entry?.type === "file" ? work.reader.read(entry, MOST_TEXT)?.text : undefined;
    work.anchors.set(path, text === undefined ? undefined : readMarkdown(text).anchors);
  }
  return work.anchors.get(path);
}

function within<T>(items: readonly T[], what: string, notes: DiagnosticList): readonly T[] {
  if (items.length <= MOST_ITEMS) return items;
  notes.add("too-many-items", `${items.length} ${what}, and at most ${MOST_ITEMS} are listed`);
  return items.slice(0, MOST_ITEMS);
}

/** Without what an address says before its host, which may be a password, and no longer than people read. */
function quoted(text: string): string {
  const open = text.replaceAll(/:\/\/(?!git@)[^\s/@]+@/g, "://");
  return open.length > LONGEST_QUOTE ? `${open.slice(0, LONGEST_QUOTE).toWellFormed()}…` : open;
}

function quotedPin(pin: Pin): Pin {
  return { ...pin, reference: quoted(pin.reference), ...(pin.name === undefined ? {} : { name: quoted(pin.name) }) };
}
