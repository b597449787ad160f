import { relative } from "node:path";
import { trackedFiles } from "../ci/git.ts";
import type { Environment as Variables } from "../ci/provider.ts";
import type { Config } from "../config/types.ts";
import { bindToCheckout } from "../evidence/binding.ts";
import type { EvidenceDocument } from "../evidence/types.ts";
import type { CheckOptions } from "./options.ts";
import { fromHere } from "./requests.ts";

/** For whoever comes from Conftest and has no gate.yaml yet: nothing but what the command line names, and warnings warn. */
export const WITHOUT_CONFIG = new TextEncoder().encode(
  "version: 1\npolicy: {builtin: false}\nenvironments: {development: {advisoryFailure: warning}}\n",
);

/**
 * A configuration with the policies of Conftest that the command line names.
 *
 * @param here the working directory, relative to the folder of the configuration
 */
export function configWithConftest(config: Config, { conftest }: CheckOptions, here: string): Config {
  if (conftest === undefined) return config;
  const { policies, data, namespaces, combine } = conftest;
  const placed = (paths: readonly string[]): readonly string[] => paths.map((path) => fromHere(path, here));
  const asked = { policies: placed(policies), data: placed(data), namespaces, combine };
  return { ...config, policy: { ...config.policy, conftest: asked } };
}

/** The format of files that the repository itself holds, and no tool makes. */
const OF_REPOSITORY = "config-file";

export interface CheckoutRequest {
  /** The repository's root, absolute; undefined outside of a checkout. */
  readonly root: string | undefined;
  readonly variables: Variables;
  /** The folder that the documents' paths start from, absolute. */
  readonly folder: string;
  /** The commit that is checked out; undefined where it is not known. */
  readonly commit: string | undefined;
  /** Tracked paths that differ from the commit, relative to the root. */
  readonly changed: readonly string[];
  readonly now: Date;
}

/**
 * Documents of which a configuration that git tracks, and that is as the commit has it, says for which commit it is: the
 * checkout shows it, so nobody has to claim it.
 */
export async function bindCheckedOut(
  documents: readonly EvidenceDocument[],
  { root, variables, folder, commit, changed, now }: CheckoutRequest,
): Promise<readonly EvidenceDocument[]> {
  const wanted = documents.filter(isOfRepository);
  if (root === undefined || commit === undefined || wanted.length === 0) return documents;
  const placeOf = (document: EvidenceDocument): string =>
    relative(root, `${folder}/${document.source.path}`).replaceAll("\\", "/");
  const tracked = await trackedFiles(root, variables, wanted.map(placeOf));
  return documents.map((document) => {
    const place = placeOf(document);
    if (!isOfRepository(document) || !tracked.has(place) || changed.includes(place)) return document;
    return bindToCheckout(document, commit, now);
  });
}

/** Paths that a change may bring, for they are what is decided on and no proof of anything. */
export function pathsOfRepository(documents: readonly EvidenceDocument[]): ReadonlySet<string> {
  return new Set(documents.filter(isOfRepository).map(({ source }) => source.path));
}

function isOfRepository({ source }: EvidenceDocument): boolean {
  return source.format === OF_REPOSITORY;
}
