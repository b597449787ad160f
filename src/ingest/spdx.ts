import { licenceOf } from "../evidence/licence.ts";
import type { BomRoot, Component, Licence, ParsedEvidence, Tool } from "../evidence/types.ts";
import type { Limits } from "../util/limits.ts";
import { FormatError } from "./adapter.ts";
import { assertedOf, bomSummary } from "./bom.ts";
import { createDiagnostics, type DiagnosticList } from "./diagnostics.ts";
import type { SpdxLinks } from "./spdx-links.ts";
import { instantOf, kept } from "./values.ts";

/** A package of an SPDX document, SPDX 2.3 section 7; a member is missing where it is absent or empty. */
export interface SpdxPackage {
  readonly id: string | undefined;
  readonly name: string | undefined;
  readonly version: string | undefined;
  /** The locator of its first reference of the type `purl`. */
  readonly purl: string | undefined;
  readonly purpose: string | undefined;
  readonly concluded: string | undefined;
  readonly declared: string | undefined;
  /** Such as `Organization: Example (mail@example.com)`. */
  readonly supplier: string | undefined;
  readonly checksums: number;
}

/** The parts of an SPDX document that are looked at, whatever it was written in. */
export interface SpdxDocument {
  /** Such as `2.3`. */
  readonly version: string;
  readonly created: string | undefined;
  /** People, organisations and tools, such as `Tool: npm-11.0.0`. */
  readonly creators: readonly string[];
  readonly packages: readonly SpdxPackage[];
  /** Of all that the document has. */
  readonly links: SpdxLinks;
}

/**
 * The version in `SPDX-2.3`.
 *
 * @throws {FormatError} `malformed` or `unsupported-version`
 */
export function spdxVersionOf(written: unknown, place: string): string {
  const version = typeof written === "string" ? /^SPDX-(\d+\.\d+)$/.exec(written.trim())?.[1] : undefined;
  if (version === undefined) throw new FormatError("malformed", "the SPDX version is not of the form SPDX-2.3", place);
  if (version === "2.2" || version === "2.3") return version;
  throw new FormatError("unsupported-version", `SPDX ${version.slice(0, 32)}; 2.2 and 2.3 are supported`, place);
}

/**
 * The evidence of an SPDX document. As in CycloneDX, the one package that a document describes is no component of
 * itself. A package that is named by a relationship and missing makes the document partial.
 */
export function spdxEvidence(document: SpdxDocument, limits: Limits): ParsedEvidence {
  const inconsistencies = createDiagnostics();
  const reasons = createDiagnostics();
  const { links, packages } = document;
  for (const { id } of packages) if (id !== undefined) links.addElement(id);
  const described = packages.filter(({ id }) => id !== undefined && links.isDescribed(id));
  const root = described.length === 1 ? described[0] : undefined;
  const components = mapPackages(
    packages.filter((found) => found !== root),
    limits,
    inconsistencies,
  );
  if (components.length === 0) reasons.add("no-components", "the bill of materials lists no components");
  const lacking = links.missing();
  for (const id of lacking) inconsistencies.add("element-missing", `a relationship names ${id}, which is not there`);
  if (lacking.length > 0)
    reasons.add("elements-missing", "relationships name elements that the document does not have");
  const producedAt = instantOf(document.created);
  return {
    kind: "sbom",
    formatVersion: document.version,
    tools: toolsOf(document.creators, limits),
    subject: {},
    ...(producedAt === undefined ? {} : { producedAt }),
    status: lacking.length > 0 ? "partial" : components.length === 0 ? "empty" : "unknown",
    statusReasons: reasons.list(),
    quality: { warnings: [], inconsistencies: inconsistencies.list(), redactions: 0 },
    summary: bomSummary(
      {
        specification: "SPDX",
        authors: document.creators.filter((creator) => actorOf(creator) !== undefined),
        dependencyEdges: links.countDependencies(),
        root: root === undefined ? undefined : rootOf(root, limits),
      },
      components,
    ),
    body: { components },
  };
}

function mapPackages(
  packages: readonly SpdxPackage[],
  limits: Limits,
  inconsistencies: DiagnosticList,
): readonly Component[] {
  const seen = new Map<string, number>();
  return packages.map((found) => {
    const { id, purl, purpose, checksums } = found;
    const { name, version } = rootOf(found, limits);
    const ref = kept(id ?? purl ?? (version === undefined ? name : `${name}@${version}`), limits);
    const before = seen.get(ref) ?? 0;
    seen.set(ref, before + 1);
    if (before > 0 && id !== undefined) inconsistencies.add("spdx-id-twice", `the SPDXID ${ref} occurs twice`);
    return {
      ref: before === 0 ? ref : `${ref}#${before + 1}`,
      ...rootOf(found, limits),
      type: kept(purpose?.toLowerCase().replaceAll("_", "-") ?? "unknown", limits),
      ...licencesOf(found, limits),
      ...supplierOf(found, limits),
      hashes: checksums,
    };
  });
}

function rootOf({ name, version, purl }: SpdxPackage, limits: Limits): BomRoot {
  return {
    name: kept(name ?? purl ?? "(no name)", limits),
    ...(version === undefined ? {} : { version: kept(version, limits) }),
    ...(purl === undefined ? {} : { purl: kept(purl, limits) }),
  };
}

/** What the author of the document concluded, else what the package declares. `NONE` is a conclusion too. */
function licencesOf({ concluded, declared }: SpdxPackage, limits: Limits): Pick<Component, "licences" | "declared"> {
  const found = licenceIn(declared, limits);
  if (concluded === undefined || concluded === "NOASSERTION") return { licences: found };
  const licences = licenceIn(concluded, limits);
  return found.length === 0 || declared === concluded ? { licences } : { licences, declared: found };
}

function licenceIn(written: string | undefined, limits: Limits): readonly Licence[] {
  const asserted = assertedOf(written);
  return asserted === undefined ? [] : [licenceOf(kept(asserted, limits))];
}

function supplierOf({ supplier }: SpdxPackage, limits: Limits): Pick<Component, "supplier"> {
  const name = actorOf(supplier);
  return name === undefined ? {} : { supplier: kept(name, limits) };
}

/** The name in `Organization: name (mail)`, section 6.8; the address is personal and is left out. */
function actorOf(written: string | undefined): string | undefined {
  const name = written?.replace(/^\s*(?:Person|Organization|Tool):/, "").replace(/\((?:[^()]*@[^()]*)?\)\s*$/, "");
  return assertedOf(name);
}

/** `Tool: name-version`, section 6.8. */
function toolsOf(creators: readonly string[], limits: Limits): readonly Tool[] {
  return creators.flatMap((creator) => {
    const written = /^Tool:\s*(.+)$/.exec(creator.trim())?.[1];
    if (written === undefined) return [];
    const [, name, version] = /^(.+?)-v?(\d\S*)$/.exec(written) ?? [];
    if (name === undefined || version === undefined) return [{ name: kept(written, limits) }];
    return [{ name: kept(name, limits), version: kept(version, limits) }];
  });
}
