import { readFileSync } from "node:fs";

interface Anything {
  readonly [name: string]: Anything & string & readonly (Anything & string)[];
}

function jsonOf(path: string): Anything {
  return JSON.parse(readFileSync(path, "utf8"));
}

function totals(specification: string, statuses: readonly string[]) {
  const count = (...words: readonly string[]) => statuses.filter((status) => words.includes(status)).length;
  return {
    specification,
    statements: statuses.length,
    inForce: statuses.length,
    notAffected: count("not_affected", "known_not_affected"),
    affected: count("affected", "known_affected", "exploitable"),
    fixed: count("fixed", "resolved"),
    underInvestigation: count("under_investigation", "in_triage"),
  };
}

/** No document of the corpus says anything twice. */
function countOpenVex(path: string) {
  return totals(
    "OpenVEX",
    (jsonOf(path)["statements"] ?? []).map(({ status }) => String(status)),
  );
}

/** Packages of one product are one statement; the documents of the corpus have one remedy for all products. */
function countCsaf(path: string) {
  const { product_tree: tree, vulnerabilities } = jsonOf(path);
  const inside = new Map<string, string>();
  for (const one of tree?.["relationships"] ?? []) {
    inside.set(String(one["full_product_name"]?.["product_id"]), String(one["relates_to_product_reference"]));
  }
  const statuses = (vulnerabilities ?? []).flatMap(({ product_status: groups }) =>
    Object.keys(groups ?? {}).flatMap((status) => {
      const products = new Set((groups?.[status] ?? []).map((id) => inside.get(id)));
      return Array.from(products, () => status);
    }),
  );
  return totals("CSAF", statuses);
}

function countAnalyses(path: string) {
  return totals(
    "CycloneDX",
    (jsonOf(path)["vulnerabilities"] ?? []).map(({ analysis }) => String(analysis?.["state"])),
  );
}

/**
 * With regular expressions, and without what is not the list of components: the metadata and pedigrees. A licence that
 * is but a URL is none.
 */
function countXml(path: string) {
  const text = readFileSync(path, "utf8").replaceAll(/<(metadata|pedigree|modelCard)>[\s\S]*?<\/\1>/g, "");
  const edges = [...text.matchAll(/<dependency ref="([^"]*)"\s*>([\s\S]*?)<\/dependency>/g)].flatMap(
    ([, from, inner]) => [...(inner ?? "").matchAll(/<dependency ref="([^"]*)"/g)].map(([, to]) => `${from} ${to}`),
  );
  return {
    specification: "CycloneDX",
    components: text.match(/<component\b/g)?.length ?? 0,
    withPurl: text.match(/<purl>/g)?.length ?? 0,
    withLicence: text.match(/<licenses>(?:(?!<\/licenses>)[\s\S])*<(?:id|name|expression)\b/g)?.length ?? 0,
    withHash: text.match(/<hashes>/g)?.length ?? 0,
    dependencyEdges: new Set(edges).size,
  };
}

/** The document of the corpus describes one package, and writes the relationships of version 2. */
function countGraph(path: string) {
  const graph: readonly Anything[] = jsonOf(path)["@graph"] ?? [];
  const packages = graph.filter(({ type }) => type === "software_Package");
  const microsoft = graph.find(({ type, name }) => type === "Organization" && String(name).endsWith("Microsoft"));
  const supplied = packages.filter(({ suppliedBy }) => suppliedBy === microsoft?.["spdxId"]);
  const edges = graph.filter(({ relationshipType }) => String(relationshipType) === "DEPENDS_ON");
  return {
    specification: "SPDX",
    components: packages.length - 1,
    withSupplier: supplied.length,
    dependencyEdges: edges.reduce((sum, { to }) => sum + (to?.length ?? 0), 0),
  };
}

/** The totals of bills of materials and VEX documents, counted as simply as can be, by the id of the adapter. */
export const BOM_COUNTS: ReadonlyMap<string, (path: string) => object> = new Map<string, (path: string) => object>([
  ["openvex", countOpenVex],
  ["csaf", countCsaf],
  ["cyclonedx-vex", countAnalyses],
  ["cyclonedx-xml", countXml],
  ["spdx-json-ld", countGraph],
]);
