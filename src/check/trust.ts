import { existsSync } from "node:fs";
import { relative, resolve, sep } from "node:path";
import type { GitState } from "../ci/git.ts";
import type { CiContext } from "../ci/provider.ts";
import { assessTrust, DECIDING_PARTS, type DecidingPart, distrusted } from "../ci/trust.ts";
import type { Config } from "../config/types.ts";
import type { SourceTrust } from "../decision/integrity.ts";
import type { OpenedPackage } from "../policy/package/open.ts";
import type { ChangeFacts } from "./change.ts";
import type { ControlSource } from "./control.ts";
import { grownBaseline, type LooseningRequest, looserConfig, newWaivers } from "./loosening.ts";

export interface TrustRequest {
  readonly control: ControlSource;
  readonly root: string | undefined;
  readonly git: GitState | undefined;
  readonly ci: CiContext | undefined;
  readonly inDefaultBranch: boolean | undefined;
  /** The commit that is gated. */
  readonly commit: string | undefined;
  readonly config: Config;
  readonly packages: readonly OpenedPackage[];
  readonly change: ChangeFacts;
  readonly loosening: LooseningRequest;
}

/** Whether what decides is from where the change could not have written it. */
export async function sourceTrust(request: TrustRequest): Promise<SourceTrust> {
  const { control, root, git, ci, inDefaultBranch, commit } = request;
  const decides = decidingPaths(request);
  const changed = await changedParts(request, decides);
  const noted = changed.length === 0 ? {} : { changed };
  if (control.distrust !== undefined) return { ...allDistrusted(decides, control.distrust), ...noted };
  if (control.revision !== undefined) return noted;
  return { ...assessTrust({ root, git, commit, inDefaultBranch, ci, decides }), ...noted };
}

function allDistrusted(decides: Readonly<Record<DecidingPart, readonly string[]>>, why: string): SourceTrust {
  const parts = DECIDING_PARTS.filter((part) => decides[part].length > 0);
  return Object.fromEntries(parts.map((part) => [part, distrusted(part, why)]));
}

/** Absolute paths where the source has them. What may be there and is not decides nothing. */
function decidingPaths({ control, config, packages }: TrustRequest): Readonly<Record<DecidingPart, readonly string[]>> {
  const at = (path: string): string => resolve(control.folder, path);
  const there = (...paths: readonly (string | undefined)[]): readonly string[] =>
    paths.flatMap((path) => (path === undefined || !existsSync(at(path)) ? [] : [at(path)]));
  return {
    config: [control.file.path],
    policy: [
      ...config.policy.paths.map(({ value }) => at(value)),
      ...(config.policy.conftest?.policies ?? []).map(at),
      ...(config.policy.conftest?.data ?? []).map(at),
      ...packages.flatMap(({ decidedBy }) => decidedBy),
    ],
    waivers: there(config.waivers.path),
    people: there(config.trust.people, config.trust.allowedSigners),
    baseline: there(config.baseline.path),
  };
}

const PART_NAMES = {
  config: "the configuration",
  policy: "the policies",
  waivers: "the waivers",
  people: "who can approve",
  baseline: "the baseline",
} as const satisfies Record<DecidingPart, string>;

/** What a pull request would loosen by a change of a part; what it does to policies and people, nobody can tell. */
const LOOSENED_BY: Readonly<Partial<Record<DecidingPart, (request: LooseningRequest) => Promise<readonly string[]>>>> =
  { config: looserConfig, waivers: newWaivers, baseline: grownBaseline };

/** What a pull request changes of what decides, and what it would loosen. It is decided by the other version. */
async function changedParts(
  { control, root, change, config, loosening }: TrustRequest,
  decides: Readonly<Record<DecidingPart, readonly string[]>>,
): Promise<readonly string[]> {
  if (control.revision === undefined || root === undefined || change.files.length === 0) return [];
  const { ref } = control.revision;
  const inside = (path: string): string => relative(control.tree, path).split(sep).join("/");
  const at = (path: string): string => resolve(control.folder, path);
  // A file that only the pull request has is at none of the paths that the source has.
  const wanted: Readonly<Record<DecidingPart, readonly string[]>> = {
    ...decides,
    waivers: [at(config.waivers.path)],
    people: [at(config.trust.people), at(config.trust.allowedSigners)],
    baseline: [at(config.baseline.path)],
  };
  const changes: string[] = [];
  for (const part of DECIDING_PARTS) {
    const roots = wanted[part].map(inside);
    const files = change.files.filter((file) => roots.some((path) => file === path || file.startsWith(`${path}/`)));
    if (files.length === 0) continue;
    const loosened = (await LOOSENED_BY[part]?.(loosening)) ?? [];
    changes.push(
      ...files.map((file) => `the pull request changes ${PART_NAMES[part]} (${file}); ${ref} decides all the same`),
      ...loosened.map((what) => `${files[0] ?? ""} of the pull request: ${what}`),
    );
  }
  return changes;
}
