import { type Environment, RISK_LEVELS } from "../decision/environment.ts";
import { formatDuration } from "../util/duration.ts";

/** A setting of an environment as gate.yaml would have it: durations are texts. */
export interface EffectiveSetting {
  /** In gate.yaml, such as `waivers.lifetime`. */
  readonly path: string;
  readonly value: unknown;
  /** `default`, or a place such as `gate.yaml:12 (staging)`. */
  readonly source: string;
}

/** Every setting that is in force in an environment, but for its gates. */
export function settingsOf(environment: Environment): readonly EffectiveSetting[] {
  const { freshness, waivers, approvals, bypass, risk, sources } = environment;
  const values: readonly (readonly [string, unknown])[] = [
    ["integrity", environment.integrity],
    ["audit", environment.audit],
    ["advisoryFailure", environment.onAdvisory],
    ["binding", environment.binding],
    ["baseline", environment.baseline],
    ["freshness.default", freshness.default === undefined ? "none" : formatDuration(freshness.default)],
    ...Object.entries(freshness.kinds).map(([kind, age]) => [`freshness.${kind}`, formatDuration(age)] as const),
    ["waivers.quorum", waivers.quorum],
    ["waivers.roles", waivers.roles],
    ["waivers.lifetime", formatDuration(waivers.lifetimeMs)],
    ["waivers.warn", formatDuration(waivers.warnMs)],
    ...approvalSettings("approvals", approvals),
    ["bypass.permitted", bypass.permitted],
    ["bypass.quorum", bypass.quorum],
    ["bypass.roles", bypass.roles],
    ["bypass.lifetime", formatDuration(bypass.lifetimeMs)],
    ["bypass.review", formatDuration(bypass.reviewMs)],
    ...Object.entries(environment.targets).map(
      ([gate, target]) => [`targets.${gate}`, formatDuration(target)] as const,
    ),
    ...environment.stages.map(({ name, targetMs }) => [`stages.${name}`, formatDuration(targetMs)] as const),
    ...(risk === undefined ? [] : [["risk.gate", risk.gate] as const]),
    ...RISK_LEVELS.flatMap((level) =>
      risk === undefined ? [] : approvalSettings(`risk.profiles.${level}.approvals`, risk.profiles[level].approvals),
    ),
  ];
  // What a profile does not say itself, it has from the environment.
  return values.map(([path, value]) => ({
    path,
    value,
    source: sources[path] ?? sources[path.replace(/^risk\.profiles\.[a-z]+\./, "")] ?? "default",
  }));
}

function approvalSettings(
  path: string,
  { quorum, roles, lifetimeMs, from }: Environment["approvals"],
): readonly (readonly [string, unknown])[] {
  return [
    [`${path}.quorum`, quorum],
    [`${path}.roles`, roles],
    [`${path}.lifetime`, formatDuration(lifetimeMs)],
    [`${path}.from`, from],
  ];
}
