import type { Package } from "../evidence/types.ts";

/** OSV ecosystems, which are not case-sensitive here, and the package URL types (with the namespace) that they are. */
const TYPES = new Map([
  ["npm", "npm"],
  ["pypi", "pypi"],
  ["go", "golang"],
  ["maven", "maven"],
  ["crates.io", "cargo"],
  ["rubygems", "gem"],
  ["nuget", "nuget"],
  ["packagist", "composer"],
  ["hex", "hex"],
  ["pub", "pub"],
  ["debian", "deb/debian"],
  ["ubuntu", "deb/ubuntu"],
  ["alpine", "apk/alpine"],
  ["red hat", "rpm/redhat"],
  ["rocky linux", "rpm/rocky"],
  ["almalinux", "rpm/almalinux"],
]);

/**
 * The package URL of a package, by the types of the purl specification; `undefined` for an ecosystem that is not known.
 *
 * @param ecosystem as OSV names it, such as `npm` or `Debian:12`
 */
export function purlOf(ecosystem: string, name: string, version: string | undefined): string | undefined {
  const type = TYPES.get(ecosystem.split(":")[0]?.trim().toLowerCase() ?? "");
  if (type === undefined) return undefined;
  const path = pathOf(type, name)
    .split("/")
    .filter((segment) => segment !== "")
    .map(encoded)
    .join("/");
  if (path === "") return undefined;
  return version === undefined ? `pkg:${type}/${path}` : `pkg:${type}/${path}@${encoded(version)}`;
}

/** The package that a package URL is of, or that a name without one names. */
export function packageOf(text: string): Package {
  const [, path, version] = /^pkg:[^/]+\/([^@?#]+)(?:@([^?#]+))?/.exec(text) ?? [];
  if (path === undefined) return { name: text };
  return { name: decoded(path), ...(version === undefined ? {} : { version: decoded(version) }), purl: text };
}

/** Whether the ecosystem is a Linux distribution, whose packages make up an image. */
export function isDistribution(ecosystem: string): boolean {
  return /^(?:deb|rpm|apk)\//.test(TYPES.get(ecosystem.split(":")[0]?.trim().toLowerCase() ?? "") ?? "");
}

function pathOf(type: string, name: string): string {
  if (type === "maven") return name.replaceAll(":", "/");
  return type === "pypi" ? name.toLowerCase().replaceAll("_", "-") : name;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The colon stays as it is; everything else is as in a URL. */
function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll("%3A", ":");
}
