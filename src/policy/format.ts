import { join } from "node:path";
import { type PolicyFolder, readPolicySources } from "./sources.ts";
import type { RegoToolchain } from "./toolchain/protocol.ts";

/** A Rego file that is not formatted as OPA formats it. */
export interface UnformattedFile {
  /** As users know it. */
  readonly path: string;
  /** Absolute. */
  readonly location: string;
  readonly before: string;
  readonly after: string;
}

/**
 * The Rego files of folders that `opa fmt` would change, tests included, in the order of their paths; nothing is written.
 *
 * @throws {GateError} `policy-not-found`, or `policy-invalid` for what does not parse
 */
export async function findUnformatted(
  folders: readonly PolicyFolder[],
  toolchain: RegoToolchain,
): Promise<readonly UnformattedFile[]> {
  const unformatted: UnformattedFile[] = [];
  for (const folder of folders) {
    const { modules, tests } = await readPolicySources([folder]);
    const files = [...modules, ...tests].map(({ path, text }) => ({ path, source: text }));
    const formatted = await toolchain.format(files);
    for (const [index, { path, source }] of files.entries()) {
      const result = formatted[index];
      if (result?.changed !== true) continue;
      const location = join(folder.path, path.slice(folder.label.length));
      unformatted.push({ path, location, before: source, after: result.formatted });
    }
  }
  return unformatted.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}
