import { relative, resolve, sep } from "node:path";
import { repositoryRoot } from "../../../ci/git.ts";
import { GateError } from "../../../util/errors.ts";

/** The root of the checkout that a folder is in. @throws {GateError} `usage` where it is in none */
export function requireCheckout(cwd: string): string {
  const root = repositoryRoot(cwd);
  if (root !== undefined) return root;
  throw new GateError("usage", "this is no git checkout", { hint: "Run it inside the repository." });
}

/**
 * A path of the command line as git names it: from the root, with `/`; empty for the root itself.
 *
 * @param hint what to name instead
 * @throws {GateError} `usage` where it is outside of the checkout
 */
export function pathInCheckout(path: string, root: string, cwd: string, hint?: string): string {
  const found = relative(root, resolve(cwd, path)).split(sep).join("/");
  if (found !== ".." && !found.startsWith("../")) return found;
  throw new GateError(
    "usage",
    `${JSON.stringify(path)} is outside of the checkout`,
    hint === undefined ? {} : { hint },
  );
}
