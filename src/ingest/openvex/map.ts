import type { VexStatus } from "../../evidence/types.ts";
import { FormatError } from "../adapter.ts";
import { textAt } from "../findings.ts";
import { instantOf, isObject, type JsonObject, objectOf, stringsOf, textOf } from "../values.ts";
import type { StatedVex, VexTarget } from "../vex.ts";

const STATUSES = new Map<string, VexStatus>([
  ["not_affected", "not-affected"],
  ["affected", "affected"],
  ["fixed", "fixed"],
  ["under_investigation", "under-investigation"],
]);

/**
 * One statement. What it lacks in time it has from the document; before 0.2.0 a vulnerability and a product were strings
 * and the subcomponents stood beside the products.
 *
 * @param documentAt when the document was made
 * @throws {FormatError} `malformed` where it is not said what about which vulnerability
 */
export function mapStatement(statement: JsonObject, documentAt: string | undefined, place: string): StatedVex {
  const { vulnerability } = statement;
  const described = objectOf(vulnerability);
  const name = textOf(vulnerability) ?? textOf(described["name"]) ?? textOf(described["@id"]);
  const status = STATUSES.get(textOf(statement["status"]) ?? "");
  if (status === undefined) throw new FormatError("malformed", "it is no status of OpenVEX", `${place}/status`);
  const inside = partsOf(statement["subcomponents"], `${place}/subcomponents`);
  return {
    vulnerability: textAt(name, `${place}/vulnerability`),
    aliases: stringsOf(described["aliases"]),
    targets: targetsOf(statement["products"], inside, `${place}/products`),
    status,
    justification: textOf(statement["justification"]),
    impact: textOf(statement["impact_statement"]),
    action: textOf(statement["action_statement"]),
    at: instantOf(statement["timestamp"]) ?? documentAt,
  };
}

function targetsOf(products: unknown, inside: readonly string[], place: string): readonly VexTarget[] {
  return listAt(products, place).map((product, index) => {
    const own = partsOf(objectOf(product)["subcomponents"], `${place}/${index}/subcomponents`);
    return { product: identityOf(product, `${place}/${index}`), subcomponents: own.length > 0 ? own : inside };
  });
}

function partsOf(value: unknown, place: string): readonly string[] {
  return listAt(value, place).map((part, index) => identityOf(part, `${place}/${index}`));
}

function listAt(value: unknown, place: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new FormatError("malformed", "it is not an array", place);
  return value;
}

/** A package URL where there is one, else the id, another identifier or a hash. */
function identityOf(component: unknown, place: string): string {
  if (!isObject(component)) return textAt(component, place);
  const identifiers = objectOf(component["identifiers"]);
  const [hash] = Object.entries(objectOf(component["hashes"])).map(
    ([algorithm, value]) => `${algorithm}:${textAt(value, `${place}/hashes/${algorithm}`)}`,
  );
  const id = textOf(identifiers["purl"]) ?? textOf(component["@id"]) ?? textOf(identifiers["cpe23"]);
  return textAt(id ?? textOf(identifiers["cpe22"]) ?? hash, place);
}
