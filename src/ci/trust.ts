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
  /** Absolute path of the configuration. */
  readonly config: string;
  /** Absolute paths of the team's own policy folders; the policies that ship with the product need no trust of their own. */
  readonly policies: readonly string[];
}

/**
 * Says whether what decides (configuration, policies) could have been written by the change that is being decided on.
 * Trusted is what the default branch holds; nothing that a pull request changes, and no local edit.
 */
export function assessTrust(inputs: TrustInputs): SourceTrust {
  const general = generalDistrust(inputs);
  const config = general ?? edited(inputs, inputs.config);
  const policy =
    inputs.policies.length === 0
      ? undefined
      : (general ?? inputs.policies.map((path) => edited(inputs, path)).find((reason) => reason !== undefined));
  return {
    ...(config === undefined ? {} : { config: `the configuration is not from a trusted source: ${config}` }),
    ...(policy === undefined ? {} : { policy: `the policies are not from a trusted source: ${policy}` }),
  };
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
