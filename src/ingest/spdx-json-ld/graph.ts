import type { Limits } from "../../util/limits.ts";
import { type JsonObject, kept, objectsOf, stringsOf, textOf } from "../values.ts";

/** The elements of a document, found by their ids. */
export interface Graph {
  elementOf(id: string | undefined): JsonObject | undefined;
  /** The name of an agent or a tool, else its id. */
  nameOf(id: string): string;
  /** The objects of a member that has them in place or names them by id. */
  partsOf(value: unknown): readonly JsonObject[];
  /** The licence expression that a licence of any kind means, else its id. */
  licenceOf(id: string): string;
}

const LISTED = /spdx\.org\/licenses\/([\w.+-]+)$/;
const PREDEFINED = /spdx\.org\/(?:rdf\/3|licenses\/)|^expandedlicensing_(?:None|NoAssertion)License$/;

/** The id of an element; blank nodes have one of JSON-LD. */
export function idOf(element: JsonObject): string | undefined {
  return textOf(element["spdxId"]) ?? textOf(element["@id"]);
}

/** Whether the specification or the licence list has an element, so that a document need not. */
export function isPredefined(id: string): boolean {
  return PREDEFINED.test(id);
}

/** The type of an element, such as `software_Package`; empty where it has none. */
export function typeOf(element: JsonObject): string {
  return textOf(element["type"]) ?? textOf(element["@type"]) ?? "";
}

/** What is kept of an element until all are known. */
const MEMBERS = `spdxId @id type @type name import rootElement
  creationInfo specVersion created createdBy createdUsing
  software_packageVersion software_packageUrl software_primaryPurpose suppliedBy verifiedUsing
  externalIdentifier externalIdentifierType identifier
  simplelicensing_licenseExpression expandedlicensing_member expandedlicensing_subjectLicense
  expandedlicensing_subjectExtendableLicense expandedlicensing_subjectAddition`.split(/\s+/);

const MANY: ReadonlySet<string> = new Set(["software_File", "software_Snippet"]);

/** What the {@link Graph} has of an element; `undefined` where nothing but its ids is looked at, and there may be millions. */
export function lookedAt(element: JsonObject): JsonObject | undefined {
  if ("relationshipType" in element || MANY.has(typeOf(element))) return undefined;
  return Object.fromEntries(MEMBERS.filter((name) => name in element).map((name) => [name, element[name]]));
}

/** The {@link Graph} of some elements. */
export function elementsOf(elements: readonly JsonObject[], limits: Limits): Graph {
  const byId = new Map<string, JsonObject>();
  for (const element of elements) {
    for (const id of [textOf(element["spdxId"]), textOf(element["@id"])]) if (id !== undefined) byId.set(id, element);
  }
  // A set may have a set in it, and that the first one; each is worked out once.
  const licences = new Map<string, string>();
  const licenceOf = (id: string): string => {
    const known = licences.get(id);
    if (known !== undefined) return known;
    licences.set(id, id);
    const text = kept(expressionOf(id, byId.get(id), licenceOf), limits);
    licences.set(id, text);
    return text;
  };
  return {
    elementOf: (id) => (id === undefined ? undefined : byId.get(id)),
    nameOf: (id) => textOf(byId.get(id)?.["name"]) ?? id,
    partsOf: (value) => {
      const named = (Array.isArray(value) ? stringsOf(value) : []).map((id) => byId.get(id));
      return [...objectsOf(value), ...named.filter((element) => element !== undefined)];
    },
    licenceOf,
  };
}

/** An expression as it may stand beside an operator. */
export function grouped(expression: string): string {
  return /\s/.test(expression) ? `(${expression})` : expression;
}

/** SPDX 3.0, SimpleLicensing and ExpandedLicensing. */
function expressionOf(id: string, element: JsonObject | undefined, licenceOf: (id: string) => string): string {
  const listed = LISTED.exec(id)?.[1];
  if (listed !== undefined) return listed;
  if (/NoAssertion(?:License)?$/.test(id)) return "NOASSERTION";
  if (/None(?:License)?$/.test(id)) return "NONE";
  if (element === undefined) return id;
  const part = (member: string) => licenceOf(textOf(element[`expandedlicensing_${member}`]) ?? "NOASSERTION");
  const joined = (operator: string) =>
    stringsOf(element["expandedlicensing_member"])
      .map((member) => grouped(licenceOf(member)))
      .join(operator);
  switch (typeOf(element)) {
    case "expandedlicensing_ConjunctiveLicenseSet":
      return joined(" AND ");
    case "expandedlicensing_DisjunctiveLicenseSet":
      return joined(" OR ");
    case "expandedlicensing_OrLaterOperator":
      return `${part("subjectLicense")}+`;
    case "expandedlicensing_WithAdditionOperator":
      return `${part("subjectExtendableLicense")} WITH ${part("subjectAddition")}`;
    default:
      return textOf(element["simplelicensing_licenseExpression"]) ?? textOf(element["name"]) ?? id;
  }
}
