import type { Limits } from "../../util/limits.ts";
import { FormatError } from "../adapter.ts";
import type { Content } from "../content.ts";
import { objectsIn } from "../findings.ts";
import { splitJson } from "../json.ts";
import { type SpdxDocument, type SpdxPackage, spdxVersionOf } from "../spdx.ts";
import { createLinks, type SpdxRelationship } from "../spdx-links.ts";
import { isObject, type JsonObject, objectOf, objectsOf, stringsOf, textOf } from "../values.ts";

/** Some write the type of a reference as the URI of its definition. */
const PURL_TYPE = /(?:^|\/)purl$/;

/** What there may be many of. */
const LISTS = ["packages", "relationships", "files", "snippets"] as const;

/**
 * Reads an SPDX document in JSON, specification 2.2 or 2.3.
 *
 * @throws {FormatError} of every reason
 */
export function readSpdxJson(bytes: Content, limits: Limits): SpdxDocument {
  const json = splitJson(bytes, limits, ...LISTS.map((name) => [name]));
  const { document } = json;
  if (!isObject(document)) throw new FormatError("not-this-format", "it is not a JSON object");
  if (document["spdxVersion"] === undefined) throw withoutVersion(document);
  const version = spdxVersionOf(document["spdxVersion"], "/spdxVersion");
  const creation = objectOf(document["creationInfo"]);
  const itemsOf = (name: (typeof LISTS)[number]) => objectsIn(json, document[name], `/${name}`);
  const packages = Array.from(itemsOf("packages"), ([item]) => readPackage(item));
  const links = createLinks();
  for (const id of stringsOf(document["documentDescribes"])) links.addDescribed(id);
  for (const [item, place] of itemsOf("relationships")) links.addRelationship(readRelationship(item, place));
  for (const name of ["files", "snippets"] as const) {
    for (const [{ SPDXID }] of itemsOf(name)) for (const id of stringsOf(SPDXID)) links.addElement(id);
  }
  return {
    version,
    created: textOf(creation["created"]),
    creators: stringsOf(creation["creators"]),
    packages,
    links,
  };
}

function withoutVersion(document: JsonObject): FormatError {
  if (document["SPDXID"] === undefined) return new FormatError("not-this-format", "there is no spdxVersion");
  return new FormatError("malformed", "there is no spdxVersion", "/spdxVersion");
}

function readPackage(found: JsonObject): SpdxPackage {
  const purl = objectsOf(found["externalRefs"]).find(({ referenceType }) =>
    PURL_TYPE.test(textOf(referenceType) ?? ""),
  );
  return {
    id: textOf(found["SPDXID"]),
    name: textOf(found["name"]),
    version: textOf(found["versionInfo"]),
    purl: textOf(purl?.["referenceLocator"]),
    purpose: textOf(found["primaryPackagePurpose"]),
    concluded: textOf(found["licenseConcluded"]),
    declared: textOf(found["licenseDeclared"]),
    supplier: textOf(found["supplier"]),
    checksums: objectsOf(found["checksums"]).length,
  };
}

function readRelationship(found: JsonObject, place: string): SpdxRelationship {
  const [from, type, to] = ["spdxElementId", "relationshipType", "relatedSpdxElement"].map((member) => {
    return textOf(found[member]);
  });
  if (from !== undefined && type !== undefined && to !== undefined) return { from, type, to };
  throw new FormatError("malformed", "the relationship lacks an end or its type", place);
}
