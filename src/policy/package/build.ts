import { sha256 } from "../../evidence/canonical.ts";
import type { Digest } from "../../evidence/types.ts";
import { GateError, type Issue } from "../../util/errors.ts";
import { loadPolicies, openToolchain, type PolicySelection, type PolicyServices } from "../load.ts";
import { type PolicyFolder, readPolicySources } from "../sources.ts";
import type { RegoModule } from "../toolchain/protocol.ts";
import { PACKAGE_FORMAT } from "./read.ts";

export interface BuildOptions {
  /** What the author calls this state of the sources; may be empty. */
  readonly revision: string;
  /** Whether `_test.rego` files go in. */
  readonly tests: boolean;
}

/** A package as it was made. */
export interface BuiltPackage {
  readonly archive: Uint8Array;
  readonly digest: Digest;
  /** The ids of its gates, sorted. */
  readonly gates: readonly string[];
  readonly files: number;
}

/**
 * Makes a package of the folders of a selection, after compiling them together with whatever else is selected.
 *
 * @throws {GateError} `policy-*` where a check would refuse the policies, or two folders have a file of the same path
 */
export async function buildPackage(
  selection: PolicySelection,
  { revision, tests }: BuildOptions,
  services: PolicyServices,
): Promise<BuiltPackage> {
  const { bundle } = await loadPolicies(selection, services);
  const sources = await readPolicySources(selection.folders);
  const taken = [...sources.modules, ...sources.examples, ...sources.collections, ...(tests ? sources.tests : [])];
  const own = new Set(taken.map(({ path }) => path));
  const gates = bundle.gates.filter(({ path }) => own.has(path)).map(({ id }) => id);
  if (gates.length === 0) throw new GateError("policy-invalid", "there is no gate in the folders of the package");
  const files = taken.map(({ path, text }) => ({ path: pathInPackage(path, selection.folders), source: text }));
  refuseDuplicates(files);
  const toolchain = await openToolchain(services);
  try {
    const sorted = gates.toSorted();
    const metadata = { gate: { format: PACKAGE_FORMAT, gates: sorted } };
    const archive = await toolchain.bundle({ files, revision, metadata });
    return { archive, digest: sha256(archive), gates: sorted, files: files.length };
  } finally {
    await toolchain.close();
  }
}

function pathInPackage(path: string, folders: readonly PolicyFolder[]): string {
  const labels = folders.map(({ label }) => label).filter((label) => path.startsWith(label));
  const longest = labels.reduce((most, label) => (label.length > most.length ? label : most), "");
  return path.slice(longest.length).replace(/^\/+/, "");
}

function refuseDuplicates(files: readonly RegoModule[]): void {
  const seen = new Set<string>();
  const issues: Issue[] = [];
  for (const { path } of files) {
    if (seen.has(path)) issues.push({ message: "is in more than one of the folders", file: path });
    seen.add(path);
  }
  if (issues.length === 0) return;
  throw new GateError("policy-invalid", "a package has each path once", {
    issues,
    hint: "Rename the files, or make a package of each folder.",
  });
}
