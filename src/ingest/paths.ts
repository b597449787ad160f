const SCHEME = /^[a-z][a-z0-9+.-]+:/i;
const FILE_SCHEME = /^file:\/*/i;
const DRIVE = /^\/?([a-z]:\/)/i;

/**
 * A file path as a tool wrote it, in the one form the model uses: `/` as separator, no `./`, no doubled separator and
 * no `a/..`. Absolute paths stay absolute; nothing is looked up.
 */
export function normalisePath(path: string): string {
  const slashed = path.trim().replaceAll("\\", "/").replace(DRIVE, "$1");
  const root = slashed.startsWith("/") ? "/" : "";
  const segments: string[] = [];
  for (const segment of slashed.split("/")) {
    if (segment === "" || segment === ".") continue;
    if (segment === ".." && segments.length > 0 && segments.at(-1) !== "..") segments.pop();
    else segments.push(segment);
  }
  return root + segments.join("/");
}

/**
 * The path of an RFC 3986 URI reference: percent-encoding undone, `file:` taken off. A URI of any other scheme is
 * not a path and is returned as it is.
 */
export function pathOfUri(uri: string): string {
  if (FILE_SCHEME.test(uri)) return normalisePath(`/${decoded(uri.replace(FILE_SCHEME, ""))}`);
  if (SCHEME.test(uri) && !DRIVE.test(uri.replaceAll("\\", "/"))) return uri;
  return normalisePath(decoded(uri));
}

/** Whether a path of this module starts at a root, a drive or a URI scheme. */
export function isAbsolutePath(path: string): boolean {
  return path.startsWith("/") || DRIVE.test(path) || SCHEME.test(path);
}

/**
 * A file path as a tool wrote it, relative to the checkout where it lies below that.
 *
 * @param root absolute, with `/` as separator
 */
export function pathInCheckout(path: string, root: string | undefined): string {
  const normalised = normalisePath(path);
  return (root === undefined ? undefined : relativeTo(root, normalised)) ?? normalised;
}

/** `path` below `base`, if it is below it; both as this module writes them. */
export function relativeTo(base: string, path: string): string | undefined {
  const prefix = base.endsWith("/") ? base : `${base}/`;
  return path.length > prefix.length && path.startsWith(prefix) ? path.slice(prefix.length) : undefined;
}

/** Some tools write raw paths where the format wants URIs, so a stray `%` is not an error. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
