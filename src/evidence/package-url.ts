/** The parts of a package URL (https://github.com/package-url/purl-spec) that tell packages apart. */
export interface PackageUrl {
  /** Type, namespace and name, decoded and in lower case, such as `npm/lodash`. */
  readonly path: string;
  readonly version: string | undefined;
  readonly qualifiers: URLSearchParams;
}

const PURL = /^pkg:\/*((?:@?[^@?#/]*\/)*[^@?#/]+)(?:@([^?#]*))?(?:\?([^#]*))?(?:#.*)?$/i;

/** Reads a package URL, also one with a bare `@` in its namespace, as many tools write it; undefined for any other text. */
export function parsePackageUrl(purl: string): PackageUrl | undefined {
  const [, path, version, query] = PURL.exec(purl.trim()) ?? [];
  if (path === undefined) return undefined;
  return {
    path: decoded(path).toLowerCase(),
    version: version === undefined || version === "" ? undefined : decoded(version),
    qualifiers: new URLSearchParams(query ?? ""),
  };
}

/** Percent-encoding undone, where there is one. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
