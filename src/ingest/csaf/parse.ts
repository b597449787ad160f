import type { Limits } from "../../util/limits.ts";
import { FormatError } from "../adapter.ts";
import type { Content } from "../content.ts";
import { objectAt, objectsAt, textAt } from "../findings.ts";
import { parseJsonDocument } from "../json.ts";
import { isObject, type JsonObject, objectOf, stringsOf, textOf } from "../values.ts";

/** What a product id stands for: a product, or a package in a product. */
export interface CsafProduct {
  readonly product: string;
  readonly subcomponent?: string;
}

/** The frame of a CSAF document. */
export interface CsafDocument {
  readonly version: string;
  readonly document: JsonObject;
  readonly vulnerabilities: readonly JsonObject[];
  /** The ids of the products in a group. */
  readonly groups: ReadonlyMap<string, readonly string[]>;
  /** What an id stands for; the id itself where the product tree does not have it. */
  productOf(id: string): CsafProduct;
  /** The ids that were asked for and are not in the product tree. */
  missing(): readonly string[];
}

interface Relationship {
  readonly reference: string;
  readonly relatesTo: string;
  readonly purl: string | undefined;
}

/**
 * Reads a CSAF document, OASIS standard 2.0.
 *
 * @throws {FormatError} of every reason
 */
export function readCsaf(bytes: Content, limits: Limits): CsafDocument {
  const csaf = parseJsonDocument(bytes, limits);
  const document = isObject(csaf) ? objectOf(csaf["document"]) : {};
  const version = document["csaf_version"];
  if (!isObject(csaf) || version === undefined) {
    throw new FormatError("not-this-format", "there is no csaf_version", "/document/csaf_version");
  }
  if (version !== "2.0") {
    const found = JSON.stringify(version).slice(0, 32);
    throw new FormatError("unsupported-version", `CSAF ${found}; 2.0 is supported`, "/document/csaf_version");
  }
  const tree = csaf["product_tree"] === undefined ? {} : objectAt(csaf["product_tree"], "/product_tree");
  const groups = objectsAt(tree["product_groups"], "/product_tree/product_groups").map((group, index) => {
    const id = textAt(group["group_id"], `/product_tree/product_groups/${index}/group_id`);
    return [id, stringsOf(group["product_ids"])] as const;
  });
  return {
    version,
    document,
    vulnerabilities: objectsAt(csaf["vulnerabilities"], "/vulnerabilities"),
    groups: new Map(groups),
    ...resolverOf(tree),
  };
}

function resolverOf(tree: JsonObject): Pick<CsafDocument, "productOf" | "missing"> {
  const names = new Map<string, string>();
  const full = objectsAt(tree["full_product_names"], "/product_tree/full_product_names");
  for (const product of [...full, ...productsIn(tree["branches"], "/product_tree/branches")]) {
    const id = textOf(product["product_id"]);
    if (id !== undefined) names.set(id, purlOf(product) ?? textOf(product["name"]) ?? id);
  }
  const relationships = relationshipsOf(tree);
  const missing = new Set<string>();
  const resolve = (id: string, above: ReadonlySet<string>): CsafProduct => {
    const relationship = relationships.get(id);
    if (relationship === undefined) {
      const product = names.get(id);
      if (product === undefined) missing.add(id);
      return { product: product ?? id };
    }
    if (relationship.purl !== undefined) return { product: relationship.purl };
    if (above.has(id))
      throw new FormatError("malformed", "a product is a part of itself", "/product_tree/relationships");
    const seen = new Set([...above, id]);
    const part = resolve(relationship.reference, seen);
    return { product: resolve(relationship.relatesTo, seen).product, subcomponent: part.subcomponent ?? part.product };
  };
  return { productOf: (id) => resolve(id, new Set()), missing: () => [...missing] };
}

/** The products of all branches, which nest as deep as a JSON document may. */
function productsIn(branches: unknown, place: string): readonly JsonObject[] {
  return objectsAt(branches, place).flatMap((branch, index) => {
    const product = branch["product"];
    const inside = productsIn(branch["branches"], `${place}/${index}/branches`);
    return isObject(product) ? [product, ...inside] : inside;
  });
}

/**
 * Whatever the category says of the relation, a statement on it holds for the package in that product only: the package
 * itself is elsewhere too.
 */
function relationshipsOf(tree: JsonObject): ReadonlyMap<string, Relationship> {
  const found = new Map<string, Relationship>();
  for (const [index, one] of objectsAt(tree["relationships"], "/product_tree/relationships").entries()) {
    const place = `/product_tree/relationships/${index}`;
    const product = objectOf(one["full_product_name"]);
    found.set(textAt(product["product_id"], `${place}/full_product_name/product_id`), {
      reference: textAt(one["product_reference"], `${place}/product_reference`),
      relatesTo: textAt(one["relates_to_product_reference"], `${place}/relates_to_product_reference`),
      purl: purlOf(product),
    });
  }
  return found;
}

function purlOf(product: JsonObject): string | undefined {
  return textOf(objectOf(product["product_identification_helper"])["purl"]);
}
