import type { Limits } from "../../util/limits.ts";
import { FormatError } from "../adapter.ts";
import type { Content } from "../content.ts";
import { objectsAt, objectsIn } from "../findings.ts";
import { splitJson } from "../json.ts";
import type { SpdxDocument, SpdxPackage } from "../spdx.ts";
import { createLinks, type SpdxRelationship } from "../spdx-links.ts";
import { isObject, type JsonObject, objectOf, stringsOf, textOf } from "../values.ts";
import { elementsOf, type Graph, grouped, idOf, isPredefined, lookedAt, typeOf } from "./graph.ts";

const CONTEXT = /spdx\.org\/rdf\/(3[\w.]*)\//;
const PACKAGES: ReadonlySet<string> = new Set(["software_Package", "ai_AIPackage", "dataset_DatasetPackage"]);
const COLLECTIONS: ReadonlySet<string> = new Set(["SpdxDocument", "software_Sbom", "Bom", "Bundle"]);

const LICENCE = /^HAS_(?:CONCLUDED|DECLARED)_LICENSE$/;

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
  const json = splitJson(bytes, limits, ["@graph"]);
  const { document } = json;
  const contexts = isObject(document) ? stringsOf(document["@context"]) : [];
  const context = contexts.map((uri) => CONTEXT.exec(uri)?.[1]).find((version) => version !== undefined);
  if (!isObject(document) || context === undefined) {
    throw new FormatError("not-this-format", "its context is not SPDX 3", "/@context");
  }
  if (!Array.isArray(document["@graph"])) throw new FormatError("malformed", "there is no graph", "/@graph");
  const elements: JsonObject[] = [];
  const links = createLinks();
  const descriptions: SpdxRelationship[] = [];
  const licences = new Map<string, string[]>();
  for (const [element, place] of objectsIn(json, document["@graph"], "/@graph")) {
    const kept = lookedAt(element);
    if (kept !== undefined) elements.push(kept);
    else for (const id of stringsOf(idOf(element))) links.addElement(id);
    if (!("relationshipType" in element)) continue;
    for (const relationship of relationshipsOf(element, place)) {
      const { from, type, to } = relationship;
      links.addRelationship(relationship);
      if (isPredefined(to)) links.addElement(to);
      if (type === "DESCRIBES") descriptions.push(relationship);
      if (LICENCE.test(type)) listAt(licences, `${type} ${from}`).push(to);
    }
  }
  const graph = elementsOf(elements, limits);
  for (const element of elements) {
    for (const id of stringsOf(idOf(element))) links.addElement(id);
    for (const id of objectsAt(element["import"], "/import").flatMap(externalIdOf)) links.addElement(id);
  }
  for (const id of describedBy(elements, descriptions)) links.addDescribed(id);
  const creation = creationOf(elements, graph);
  const packages = elements.filter((element) => PACKAGES.has(typeOf(element)));
  return {
    version: versionOf(textOf(creation["specVersion"]) ?? context),
    created: textOf(creation["created"]),
    creators: [
      ...stringsOf(creation["createdBy"]).map((id) => graph.nameOf(id)),
      ...stringsOf(creation["createdUsing"]).map((id) => `Tool: ${graph.nameOf(id).replace(/^Tool:\s*/, "")}`),
    ],
    packages: packages.map((element) => packageOf(element, graph, licences)),
    links,
  };
}

function listAt(lists: Map<string, string[]>, key: string): string[] {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
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
function describedBy(elements: readonly JsonObject[], descriptions: readonly SpdxRelationship[]): readonly string[] {
  const collections = elements.filter((element) => COLLECTIONS.has(typeOf(element)));
  const ids = new Set(["SPDXRef-DOCUMENT", ...collections.flatMap((element) => idOf(element) ?? [])]);
  const roots = collections.flatMap((element) => stringsOf(element["rootElement"]));
  const described = descriptions.filter(({ from }) => ids.has(from));
  return [...roots, ...described.map(({ to }) => to)];
}

function packageOf(element: JsonObject, graph: Graph, licences: ReadonlyMap<string, readonly string[]>): SpdxPackage {
  const id = idOf(element);
  const licence = (type: string) => {
    const stated = (licences.get(`${type} ${id}`) ?? []).map((licenceId) => graph.licenceOf(licenceId));
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
