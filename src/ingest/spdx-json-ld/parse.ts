import type { Limits } from "../../util/limits.ts";
import { FormatError } from "../adapter.ts";
import type { Content } from "../content.ts";
import { objectsAt } from "../findings.ts";
import { parseJsonDocument } from "../json.ts";
import type { SpdxDocument, SpdxPackage, SpdxRelationship } from "../spdx.ts";
import { isObject, type JsonObject, objectOf, stringsOf, textOf } from "../values.ts";
import { elementsOf, type Graph, grouped, idOf, typeOf } from "./graph.ts";

const CONTEXT = /spdx\.org\/rdf\/(3[\w.]*)\//;
const PACKAGES: ReadonlySet<string> = new Set(["software_Package", "ai_AIPackage", "dataset_DatasetPackage"]);
const COLLECTIONS: ReadonlySet<string> = new Set(["SpdxDocument", "software_Sbom", "Bom", "Bundle"]);

/** The individuals of the specification (SPDX 3.0, Core) that stand in the place of an element. */
const NO_ELEMENT = new Map([
  ["NoneElement", "NONE"],
  ["NoAssertionElement", "NOASSERTION"],
]);

/**
 * Reads an SPDX document in JSON-LD, specification 3.0, by its types and ids. No context is fetched: the names of the
 * specification's own context are fixed.
 *
 * @throws {FormatError} of every reason
 */
export function readSpdxGraph(bytes: Content, limits: Limits): SpdxDocument {
  const document = parseJsonDocument(bytes, limits);
  const contexts = isObject(document) ? stringsOf(document["@context"]) : [];
  const context = contexts.map((uri) => CONTEXT.exec(uri)?.[1]).find((version) => version !== undefined);
  if (!isObject(document) || context === undefined) {
    throw new FormatError("not-this-format", "its context is not SPDX 3", "/@context");
  }
  if (!Array.isArray(document["@graph"])) throw new FormatError("malformed", "there is no graph", "/@graph");
  const elements = objectsAt(document["@graph"], "/@graph");
  const graph = elementsOf(elements, limits);
  const creation = creationOf(elements, graph);
  const relationships = elements.flatMap((element, index) =>
    "relationshipType" in element ? relationshipsOf(element, `/@graph/${index}`) : [],
  );
  const packages = elements.filter((element) => PACKAGES.has(typeOf(element)));
  const licences = licencesBy(relationships, graph);
  return {
    version: versionOf(textOf(creation["specVersion"]) ?? context),
    created: textOf(creation["created"]),
    creators: [
      ...stringsOf(creation["createdBy"]).map((id) => graph.nameOf(id)),
      ...stringsOf(creation["createdUsing"]).map((id) => `Tool: ${graph.nameOf(id).replace(/^Tool:\s*/, "")}`),
    ],
    packages: packages.map((element) => packageOf(element, graph, licences)),
    relationships,
    describes: describedBy(elements, relationships),
    otherIds: [
      ...elements.filter((element) => !PACKAGES.has(typeOf(element))).flatMap((element) => idOf(element) ?? []),
      ...elements.flatMap(({ import: maps }) => objectsAt(maps, "/import")).flatMap(externalIdOf),
      ...relationships.map(({ to }) => to).filter((id) => graph.isPredefined(id)),
    ],
  };
}

function versionOf(written: string): string {
  if (/^3\.0(?:\.\d+)?$/.test(written)) return written;
  throw new FormatError("unsupported-version", `SPDX ${written.slice(0, 32)}; 3.0 is supported`, "/@graph");
}

/** Of the document, else the first one. */
function creationOf(elements: readonly JsonObject[], graph: Graph): JsonObject {
  const document = elements.find((element) => typeOf(element) === "SpdxDocument");
  const { creationInfo } = document ?? {};
  const first = elements.find((element) => typeOf(element) === "CreationInfo");
  return isObject(creationInfo) ? creationInfo : (graph.elementOf(textOf(creationInfo)) ?? first ?? {});
}

function externalIdOf({ externalSpdxId }: JsonObject): readonly string[] {
  return stringsOf(externalSpdxId);
}

function relationshipsOf(element: JsonObject, place: string): readonly SpdxRelationship[] {
  const from = textOf(element["from"]);
  const type = textOf(element["relationshipType"]);
  const to = stringsOf(element["to"]);
  if (from === undefined || type === undefined || to.length === 0) {
    throw new FormatError("malformed", "the relationship lacks an end or its type", place);
  }
  return to.map((id) => ({ from, type: upperCased(type), to: NO_ELEMENT.get(lastPart(id)) ?? id }));
}

/** Version 2 writes `DEPENDS_ON` where version 3 has `dependsOn`; so does Microsoft's tool in version 3. */
function upperCased(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toUpperCase();
}

function lastPart(iri: string): string {
  return iri.slice(Math.max(iri.lastIndexOf("/"), iri.lastIndexOf("_")) + 1);
}

/** The root of the document may be a bill of materials, which has a root of its own. */
function describedBy(elements: readonly JsonObject[], relationships: readonly SpdxRelationship[]): readonly string[] {
  const collections = elements.filter((element) => COLLECTIONS.has(typeOf(element)));
  const ids = new Set(["SPDXRef-DOCUMENT", ...collections.flatMap((element) => idOf(element) ?? [])]);
  const roots = collections.flatMap((element) => stringsOf(element["rootElement"]));
  const described = relationships.filter(({ from, type }) => type === "DESCRIBES" && ids.has(from));
  return [...roots, ...described.map(({ to }) => to)];
}

type LicencesBy = ReadonlyMap<string, readonly string[]>;

function licencesBy(relationships: readonly SpdxRelationship[], graph: Graph): LicencesBy {
  const stated = relationships.filter(({ type }) => /^HAS_(?:CONCLUDED|DECLARED)_LICENSE$/.test(type));
  const groups = Map.groupBy(stated, ({ from, type }) => `${type} ${from}`);
  return new Map([...groups].map(([key, group]) => [key, group.map(({ to }) => graph.licenceOf(to))]));
}

function packageOf(element: JsonObject, graph: Graph, licences: LicencesBy): SpdxPackage {
  const id = idOf(element);
  const licence = (type: string) => {
    const stated = licences.get(`${type} ${id}`) ?? [];
    return stated.length > 1 ? stated.map(grouped).join(" AND ") : stated[0];
  };
  const identifiers = graph.partsOf(element["externalIdentifier"]);
  const purl = identifiers.find(({ externalIdentifierType: type }) => type === "packageUrl" || type === "purl");
  const supplier = textOf(element["suppliedBy"]) ?? textOf(objectOf(element["suppliedBy"])["name"]);
  const purpose = textOf(element["software_primaryPurpose"]);
  return {
    id,
    name: textOf(element["name"]),
    version: textOf(element["software_packageVersion"]),
    purl: textOf(element["software_packageUrl"]) ?? textOf(purl?.["identifier"]),
    purpose: purpose === undefined ? undefined : upperCased(purpose),
    concluded: licence("HAS_CONCLUDED_LICENSE"),
    declared: licence("HAS_DECLARED_LICENSE"),
    supplier: supplier === undefined ? undefined : textOf(graph.elementOf(supplier)?.["name"]),
    checksums: graph.partsOf(element["verifiedUsing"]).length,
  };
}
