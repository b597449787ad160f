import type { Limits } from "../../util/limits.ts";
import { FormatError } from "../adapter.ts";
import type { Content } from "../content.ts";
import { parseJsonDocument } from "../json.ts";
import { type SpdxDocument, type SpdxPackage, type SpdxRelationship, spdxVersionOf } from "../spdx.ts";
import { isObject, type JsonObject, objectOf, objectsOf, stringsOf, textOf } from "../values.ts";

/** Some write the type of a reference as the URI of its definition. */
const PURL_TYPE = /(?:^|\/)purl$/;

/**
 * Reads an SPDX document in JSON, specification 2.2 or 2.3.
 *
 * @throws {FormatError} of every reason
 */
export function readSpdxJson(bytes: Content, limits: Limits): SpdxDocument {
  const document = parseJsonDocument(bytes, limits);
  if (!isObject(document)) throw new FormatError("not-this-format", "it is not a JSON object");
  if (document["spdxVersion"] === undefined) throw withoutVersion(document);
  const version = spdxVersionOf(document["spdxVersion"], "/spdxVersion");
  const creation = objectOf(document["creationInfo"]);
  return {
    version,
    created: textOf(creation["created"]),
    creators: stringsOf(creation["creators"]),
    packages: itemsOf(document, "packages").map(readPackage),
    relationships: itemsOf(document, "relationships").map(readRelationship),
    describes: stringsOf(document["documentDescribes"]),
    otherIds: [...itemsOf(document, "files"), ...itemsOf(document, "snippets")].flatMap(({ SPDXID }) =>
      stringsOf(SPDXID),
    ),
  };
}

function withoutVersion(document: JsonObject): FormatError {
  if (document["SPDXID"] === undefined) return new FormatError("not-this-format", "there is no spdxVersion");
  return new FormatError("malformed", "there is no spdxVersion", "/spdxVersion");
}

function itemsOf(document: JsonObject, member: string): readonly JsonObject[] {
  const items = document[member] ?? [];
  if (!Array.isArray(items)) throw new FormatError("malformed", `${member} is not an array`, `/${member}`);
  return items.map((item: unknown, index) => {
    if (isObject(item)) return item;
    throw new FormatError("malformed", "the item is not an object", `/${member}/${index}`);
  });
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

function readRelationship(found: JsonObject, index: number): SpdxRelationship {
  const [from, type, to] = ["spdxElementId", "relationshipType", "relatedSpdxElement"].map((member) => {
    return textOf(found[member]);
  });
  if (from !== undefined && type !== undefined && to !== undefined) return { from, type, to };
  throw new FormatError("malformed", "the relationship lacks an end or its type", `/relationships/${index}`);
}
