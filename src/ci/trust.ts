import { relative, sep } from "node:path";
import type { SourceTrust } from "../decision/integrity.ts";
import type { GitState } from "./git.ts";
import type { CiContext } from "./provider.ts";

export interface TrustInputs {
  /** The repository's root, absolute; undefined where the check runs outside of a checkout. */
  readonly root: string | undefined;
  readonly git: GitState | undefined;
  /** The commit that is gated. */
  readonly commit: string | undefined;
  /** Whether the default branch contains the commit; undefined where that is not known. */
  readonly inDefaultBranch: boolean | undefined;
  readonly ci: CiContext | undefined;
  /**
   * Absolute paths of everything that decides, by what it is; a part without paths needs no trust, as the policies that
   * ship with the product.
   */
  readonly decides: Readonly<Record<DecidingPart, readonly string[]>>;
}

/** What decides: each part can be from another place. */
export const DECIDING_PARTS = ["config", "policy", "waivers", "people", "baseline"] as const;
export type DecidingPart = (typeof DECIDING_PARTS)[number];

const NAMES = {
  config: "the configuration is",
  policy: "the policies are",
  waivers: "the waivers are",
  people: "the list of people who can approve is",
  baseline: "the baseline is",
} as const satisfies Record<DecidingPart, string>;

/** Why a part is not trusted, in words. */
export function distrusted(part: DecidingPart, why: string): string {
  return `${NAMES[part]} not from a trusted source: ${why}`;
}

/**
 * Says whether what decides (configuration, policies, waivers and the rest) could have been written by the change that is being decided on.
 * Trusted is what the default branch holds; nothing that a pull request changes, and no local edit.
 */
export function assessTrust(inputs: TrustInputs): SourceTrust {
  const general = generalDistrust(inputs);
  const reasons: { [Part in DecidingPart]?: string } = {};
  for (const part of DECIDING_PARTS) {
    const paths = inputs.decides[part];
    if (paths.length === 0) continue;
    const why = general ?? paths.map((path) => edited(inputs, path)).find((reason) => reason !== undefined);
    if (why !== undefined) reasons[part] = distrusted(part, why);
  }
  return reasons;
}

function generalDistrust({ root, git, commit, inDefaultBranch, ci }: TrustInputs): string | undefined {
  if (root === undefined || git === undefined) return "it is in no git checkout";
  if (git.commit !== commit) return "the checkout is at another commit than the one that is gated";
  if (ci?.change !== undefined) return "it is read from the pull request, which could change it";
  if (inDefaultBranch === undefined) return "the default branch is not known to this checkout";
  return inDefaultBranch ? undefined : "the commit is not in the default branch";
}

function edited({ root, git }: TrustInputs, path: string): string | undefined {
  if (root === undefined || git === undefined) return undefined;
  const inside = relative(root, path).split(sep).join("/");
  if (inside === ".." || inside.startsWith("../")) return "it is outside of the repository";
  const touches = (changed: string): boolean =>
    changed === inside ||
    changed.startsWith(`${inside}/`) ||
    (changed.endsWith("/") && `${inside}/`.startsWith(changed));
  const found = git.changed.find(touches) ?? git.untracked.find(touches);
  return found === undefined ? undefined : `${found} is not committed`;
}
