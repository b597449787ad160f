import type { Limits } from "../../util/limits.ts";
import { FormatError } from "../adapter.ts";
import type { Content } from "../content.ts";
import { linesIn } from "../lines.ts";
import { type SpdxDocument, type SpdxPackage, spdxVersionOf } from "../spdx.ts";
import { createLinks, type SpdxRelationship } from "../spdx-links.ts";

interface Pair {
  readonly tag: string;
  /** Without the `<text>` around it. */
  readonly value: string;
  readonly line: number;
}

/** A section that is being read: its first values by tag. */
interface Section {
  readonly kind: "document" | "package" | "other";
  readonly line: number;
  readonly values: Map<string, string>;
  purl: string | undefined;
  checksums: number;
}

/** The tags that start a section, of which only packages are looked at. */
const STARTS = new Map<string, Section["kind"]>([
  ["PackageName", "package"],
  ["FileName", "other"],
  ["SnippetSPDXID", "other"],
  ["SnippetSPDXIdentifier", "other"],
  ["LicenseID", "other"],
]);

/** What a package must have in each version of the specification; a file that was cut lacks them. */
const MANDATORY = ["SPDXID", "PackageDownloadLocation"];

/**
 * Reads an SPDX document in the tag-value form, specification 2.2 or 2.3.
 *
 * @throws {FormatError} of every reason
 */
export function readTagValue(bytes: Content, limits: Limits): SpdxDocument {
  let version: string | undefined;
  let section = openSection("document", 1);
  const creators: string[] = [];
  const packages: SpdxPackage[] = [];
  const links = createLinks();
  let created: string | undefined;
  const close = () => {
    if (section.kind === "package") packages.push(packageOf(section));
    const id = section.values.get("SPDXID") ?? section.values.get("SnippetSPDXID");
    if (section.kind === "other" && id !== undefined) links.addElement(id);
  };
  for (const pair of pairsIn(bytes, limits)) {
    const { tag, value, line } = pair;
    if (tag === "SPDXVersion") {
      if (version !== undefined) throw new FormatError("malformed", "a second document starts here", `line ${line}`);
      version = spdxVersionOf(value, `line ${line}`);
    }
    const kind = STARTS.get(tag);
    if (kind !== undefined) {
      close();
      section = openSection(kind, line);
    }
    if (tag === "Creator") creators.push(value);
    else if (tag === "Created") created ??= value;
    else if (tag === "Relationship") links.addRelationship(relationshipOf(pair));
    else addTo(section, pair);
  }
  close();
  if (version === undefined) throw new FormatError("not-this-format", "there is no SPDXVersion");
  return { version, created, creators, packages, links };
}

/** The pairs of a document; a value in `<text>` may go on over several lines. */
function* pairsIn(bytes: Content, limits: Limits): Generator<Pair, void, undefined> {
  let open: { readonly tag: string; readonly line: number; value: string } | undefined;
  for (const { text, number } of linesIn(bytes, limits)) {
    if (open !== undefined) {
      const end = text.indexOf("</text>");
      if (open.value.length < limits.stringLength) open.value += `\n${end === -1 ? text : text.slice(0, end)}`;
      if (end === -1) continue;
      yield open;
      open = undefined;
      continue;
    }
    const line = text.trim();
    if (line === "" || line.startsWith("#")) continue;
    const [, tag, written] = /^([A-Za-z][A-Za-z0-9]*):\s*(.*)$/.exec(line) ?? [];
    if (tag === undefined || written === undefined) {
      throw new FormatError("malformed", "the line is no tag with a value", `line ${number}`);
    }
    if (!written.startsWith("<text>")) yield { tag, value: written, line: number };
    else if (written.endsWith("</text>")) yield { tag, value: written.slice(6, -7), line: number };
    else open = { tag, value: written.slice(6), line: number };
  }
  if (open !== undefined) throw new FormatError("malformed", `the text of ${open.tag} has no end`, `line ${open.line}`);
}

function openSection(kind: Section["kind"], line: number): Section {
  return { kind, line, values: new Map(), purl: undefined, checksums: 0 };
}

function addTo(section: Section, { tag, value }: Pair): void {
  if (tag === "PackageChecksum") section.checksums++;
  if (tag === "ExternalRef") {
    const [, type, locator] = value.split(/\s+/);
    if (type === "purl" || type?.endsWith("/purl")) section.purl ??= locator;
  }
  if (!section.values.has(tag)) section.values.set(tag, value);
}

function packageOf({ values, purl, checksums, line }: Section): SpdxPackage {
  const lacking = MANDATORY.find((tag) => !values.has(tag));
  if (lacking !== undefined) throw new FormatError("malformed", `the package has no ${lacking}`, `line ${line}`);
  const valueOf = (tag: string) => values.get(tag)?.trim() || undefined;
  return {
    id: valueOf("SPDXID"),
    name: valueOf("PackageName"),
    version: valueOf("PackageVersion"),
    purl,
    purpose: valueOf("PrimaryPackagePurpose"),
    concluded: valueOf("PackageLicenseConcluded"),
    declared: valueOf("PackageLicenseDeclared"),
    supplier: valueOf("PackageSupplier"),
    checksums,
  };
}

function relationshipOf({ value, line }: Pair): SpdxRelationship {
  const [from, type, to, ...rest] = value.trim().split(/\s+/);
  if (from !== undefined && type !== undefined && to !== undefined && rest.length === 0) return { from, type, to };
  throw new FormatError("malformed", "the relationship is not two elements with a type between them", `line ${line}`);
}
