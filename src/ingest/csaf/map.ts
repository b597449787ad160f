import { severityOfWord } from "../../evidence/severity.ts";
import type { VexStatus } from "../../evidence/types.ts";
import { FormatError } from "../adapter.ts";
import type { DiagnosticList } from "../diagnostics.ts";
import { objectAt, objectsAt, textAt } from "../findings.ts";
import { type JsonObject, objectsOf, stringsOf, textOf } from "../values.ts";
import type { StatedVex, VexTarget } from "../vex.ts";
import type { CsafDocument } from "./parse.ts";

/** CSAF 2.0, section 3.2.3.9. A recommended version is no statement on the vulnerability. */
const GROUPS = new Map<string, VexStatus | undefined>([
  ["known_affected", "affected"],
  ["first_affected", "affected"],
  ["last_affected", "affected"],
  ["known_not_affected", "not-affected"],
  ["fixed", "fixed"],
  ["first_fixed", "fixed"],
  ["under_investigation", "under-investigation"],
  ["recommended", undefined],
]);

interface Advisory extends Pick<CsafDocument, "groups" | "productOf"> {
  readonly releasedAt: string | undefined;
  readonly warnings: DiagnosticList;
}

/** A flag, threat or remediation, and the products that it is for; `undefined` means all. */
interface Remark {
  readonly text: string;
  readonly products: ReadonlySet<string> | undefined;
}

/**
 * The statements on one vulnerability: one for each status and for each reason or remedy that products have in common.
 *
 * @throws {FormatError} `malformed` where it has no name or its products cannot be read
 */
export function mapVulnerability(vulnerability: JsonObject, advisory: Advisory, place: string): readonly StatedVex[] {
  const ids = objectsOf(vulnerability["ids"]).flatMap(({ text }) => stringsOf(text));
  const cve = textOf(vulnerability["cve"]);
  const name = textAt(cve ?? ids[0] ?? vulnerability["title"], `${place}/cve`);
  const remarks = {
    flags: remarksOf(vulnerability, "flags", "label", advisory, place),
    // Red Hat puts its severity there.
    impacts: remarksOf(vulnerability, "threats", "details", advisory, place, "impact").filter(
      ({ text }) => severityOfWord(text) === undefined,
    ),
    remediations: remarksOf(vulnerability, "remediations", "details", advisory, place),
  };
  const byStatus = productsOf(vulnerability["product_status"], `${place}/product_status`, advisory.warnings);
  return [...byStatus].flatMap(([status, products]) => {
    const harmless = status === "not-affected";
    const groups = Map.groupBy(products, (id) =>
      JSON.stringify([
        textFor(id, harmless ? remarks.flags : []),
        textFor(id, harmless ? remarks.impacts : []),
        textFor(id, harmless ? [] : remarks.remediations),
      ]),
    );
    return [...groups.values()].map((alike) => {
      const id = alike[0] ?? "";
      return {
        vulnerability: name,
        aliases: ids.filter((alias) => alias !== name),
        targets: targetsOf(alike, advisory),
        status,
        justification: harmless ? textFor(id, remarks.flags) : undefined,
        impact: harmless ? textFor(id, remarks.impacts) : undefined,
        action: harmless ? undefined : textFor(id, remarks.remediations),
        at: advisory.releasedAt,
      };
    });
  });
}

/** The products of each status, each once. */
function productsOf(
  value: unknown,
  place: string,
  warnings: DiagnosticList,
): ReadonlyMap<VexStatus, readonly string[]> {
  const found = new Map<VexStatus, Set<string>>();
  for (const [group, products] of Object.entries(value === undefined ? {} : objectAt(value, place))) {
    const status = GROUPS.get(group);
    if (!GROUPS.has(group)) warnings.add("product-status-unknown", `${group} is no status of CSAF 2.0`, place);
    if (status === undefined) continue;
    if (!Array.isArray(products)) throw new FormatError("malformed", "it is not an array", `${place}/${group}`);
    const ids = products.map((id: unknown, index) => textAt(id, `${place}/${group}/${index}`));
    found.set(status, new Set([...(found.get(status) ?? []), ...ids]));
  }
  return new Map([...found].map(([status, ids]) => [status, [...ids]]));
}

function remarksOf(
  vulnerability: JsonObject,
  list: string,
  member: string,
  { groups }: Advisory,
  place: string,
  category?: string,
): readonly Remark[] {
  return objectsAt(vulnerability[list], `${place}/${list}`).flatMap((item) => {
    const text = textOf(item[member]);
    if (text === undefined || (category !== undefined && item["category"] !== category)) return [];
    const named = stringsOf(item["group_ids"]).flatMap((id) => groups.get(id) ?? []);
    const everywhere = item["product_ids"] === undefined && item["group_ids"] === undefined;
    return [{ text, products: everywhere ? undefined : new Set([...stringsOf(item["product_ids"]), ...named]) }];
  });
}

function textFor(id: string, remarks: readonly Remark[]): string | undefined {
  const texts = remarks.filter(({ products }) => products?.has(id) ?? true).map(({ text }) => text);
  return texts.length === 0 ? undefined : [...new Set(texts)].join("\n");
}

/** The products with all the packages in each of them. */
function targetsOf(ids: readonly string[], { productOf }: Advisory): readonly VexTarget[] {
  const whole = new Set<string>();
  const inside = new Map<string, Set<string>>();
  for (const id of ids) {
    const { product, subcomponent } = productOf(id);
    if (subcomponent === undefined) whole.add(product);
    else inside.set(product, (inside.get(product) ?? new Set()).add(subcomponent));
  }
  return [
    ...[...whole].map((product) => ({ product, subcomponents: [] })),
    ...[...inside].map(([product, packages]) => ({ product, subcomponents: [...packages] })),
  ];
}
