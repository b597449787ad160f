import { type ApprovalSource, CAPS, RISK_LEVELS, type RiskLevel } from "../decision/environment.ts";
import type { ReadableKind } from "../evidence/types.ts";
import { formatDuration, parseDuration } from "../util/duration.ts";
import type { Issue } from "../util/errors.ts";
import { mapValues } from "../util/json.ts";
import { nearest } from "../util/nearest.ts";
import { inheritedFrom, overlay } from "./inherit.ts";
import { placeOf } from "./place.ts";
import type {
  EnvironmentConfig,
  GivenGates,
  GivenParameters,
  GivenSettings,
  ProfileConfig,
  Settings,
  Sourced,
} from "./types.ts";

/** An environment of `gate.yaml` after validation, before positions are added. Durations are texts. */
export interface EnvironmentDocument extends GatesDocument, ChoicesDocument {
  readonly extends?: string;
  readonly collections?: readonly string[];
  readonly disabled?: readonly string[];
  readonly freshness?: { readonly [K in ReadableKind | "default"]?: string };
  readonly targets?: Readonly<Record<string, string>>;
  readonly waivers?: QuorumDocument & { readonly lifetime?: string; readonly warn?: string };
  readonly approvals?: ApprovalsDocument;
  readonly bypass?: QuorumDocument & {
    readonly permitted?: boolean;
    readonly lifetime?: string;
    readonly review?: string;
  };
  readonly risk?: {
    readonly gate?: string;
    readonly profiles?: { readonly [L in RiskLevel]?: ProfileDocument };
  };
}

interface GatesDocument {
  readonly mandatory?: readonly string[];
  readonly advisory?: readonly string[];
  readonly parameters?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

type ChoicesDocument = Partial<Pick<Settings, "integrity" | "audit" | "advisoryFailure" | "binding" | "baseline">>;

interface QuorumDocument {
  readonly quorum?: number;
  readonly roles?: readonly string[];
}

interface ApprovalsDocument extends QuorumDocument {
  readonly lifetime?: string;
  readonly from?: readonly ApprovalSource[];
}

interface ProfileDocument extends GatesDocument {
  readonly approvals?: ApprovalsDocument;
}

type Keys = readonly (string | number)[];

/** Where things stand in the file. */
export interface Places {
  /** As messages name it. */
  readonly file: string;
  /** Such as `gate.yaml:12`. */
  source(keys: Keys): string;
  /** A problem at a place. */
  issue(message: string, keys: Keys, hint?: string): Issue;
}

/**
 * Reads environments, each with everything that it inherits.
 *
 * @param issues gets every problem that a schema cannot find
 */
export function readEnvironments(
  documents: Readonly<Record<string, EnvironmentDocument>>,
  places: Places,
  issues: Issue[],
): Readonly<Record<string, EnvironmentConfig>> {
  const own = mapValues(documents, (document, name) => readOwn(document, ["environments", name], places, issues));
  return mapValues(own, (environment, name) => {
    const parents = parentsOf(name, documents, places, issues).map((parent) =>
      inheritedFrom(parent, own[parent] ?? environment),
    );
    const inherited = parents.length === 0 ? undefined : parents.reduce(overlay);
    checkDisabled(environment, inherited, name, places, issues);
    const whole = inherited === undefined ? environment : overlay(inherited, environment);
    checkBypass(name, whole, places, issues);
    return whole;
  });
}

/**
 * Reads the environments of a component: each as it is for the whole repository, with what the component says laid over it.
 *
 * @param environments those of the whole repository
 * @param keys where the overrides stand
 */
export function readOverrides(
  documents: Readonly<Record<string, EnvironmentDocument>>,
  environments: Readonly<Record<string, EnvironmentConfig>>,
  keys: Keys,
  places: Places,
  issues: Issue[],
): Readonly<Record<string, EnvironmentConfig>> {
  const overridden = { ...environments };
  for (const [name, document] of Object.entries(documents)) {
    const here = [...keys, name];
    const base = Object.hasOwn(environments, name) ? environments[name] : undefined;
    if (base === undefined) {
      issues.push(unknownEnvironment(name, Object.keys(environments), here, places));
      continue;
    }
    if (document.extends !== undefined) {
      const hint = "Leave it out.";
      const message = `what a component says of ${name} extends ${name} already`;
      issues.push(places.issue(message, [...here, "extends"], hint));
    }
    const inherited = inheritedFrom(name, base);
    const { extends: _, ...own } = readOwn(document, here, places, issues);
    checkDisabled(own, inherited, name, places, issues);
    overridden[name] = overlay(inherited, own);
    checkBypass(name, overridden[name], places, issues);
  }
  return overridden;
}

/** That there is no environment of a name, and which it might be. */
export function unknownEnvironment(name: string, known: readonly string[], keys: Keys, places: Places): Issue {
  const suggestion = nearest(name, known);
  return places.issue(
    `there is no environment "${name}"`,
    keys,
    suggestion === undefined ? `Known environments: ${known.join(", ")}.` : `Did you mean "${suggestion}"?`,
  );
}

/** The environments that one extends, the farthest first; none where that leads nowhere. */
function parentsOf(
  name: string,
  documents: Readonly<Record<string, EnvironmentDocument>>,
  places: Places,
  issues: Issue[],
): readonly string[] {
  const parents: string[] = [];
  for (let current = name; ; ) {
    const parent = documents[current]?.extends;
    if (parent === undefined) return parents;
    const keys = ["environments", current, "extends"];
    if (!Object.hasOwn(documents, parent)) {
      // Those that inherit from it would only say the same again.
      if (current === name) issues.push(unknownEnvironment(parent, Object.keys(documents), keys, places));
      return [];
    }
    if (parent === name) {
      const circle = [name, ...parents.toReversed(), name].join(" -> ");
      issues.push(places.issue(`${name} extends itself: ${circle}`, ["environments", name, "extends"]));
      return [];
    }
    if (parents.includes(parent)) return [];
    parents.unshift(parent);
    current = parent;
  }
}

/**
 * Only what is inherited or comes in a collection can be turned off: anything else is a slip that would hide what was
 * meant. What collections hold is not known here.
 */
function checkDisabled(
  environment: EnvironmentConfig,
  parent: EnvironmentConfig | undefined,
  name: string,
  { file }: Places,
  issues: Issue[],
): void {
  const inherited = [...(parent?.mandatory ?? []), ...(parent?.advisory ?? [])].map(({ value }) => value);
  const named = new Set([...environment.mandatory, ...environment.advisory].map(({ value }) => value));
  const collected = environment.collections.length > 0 || (parent?.collections.length ?? 0) > 0;
  for (const { value, source } of environment.disabled) {
    const place = placeOf(source, file);
    if (named.has(value)) {
      issues.push({ message: `${name} names the gate "${value}" and turns it off`, ...place });
    } else if (!inherited.includes(value) && !collected) {
      const suggestion = nearest(value, inherited);
      const hint = suggestion === undefined ? "Only an inherited gate can be." : `Did you mean "${suggestion}"?`;
      issues.push({ message: `${name} turns the gate "${value}" off, which it does not inherit`, ...place, hint });
    }
  }
}

/** A bypass of anything but development is a decision that somebody has to have written down. */
function checkBypass(name: string, { settings }: EnvironmentConfig, { file }: Places, issues: Issue[]): void {
  const permitted = settings["bypass.permitted"];
  if (name === "development" || permitted?.value !== true || settings["bypass.quorum"] !== undefined) return;
  issues.push({
    message: `${name} permits a bypass and does not say how many people it takes`,
    ...placeOf(permitted.source, file),
    hint: "Write `quorum` below `bypass`.",
  });
}

function readOwn(document: EnvironmentDocument, keys: Keys, places: Places, issues: Issue[]): EnvironmentConfig {
  const { freshness, targets, risk } = document;
  const duration = (text: string, path: Keys): Sourced<number> => ({
    value: parseDuration(text) ?? 0,
    source: places.source([...keys, ...path]),
  });
  const age = (text: string, kind: string): Sourced<number | null> => {
    const given = duration(text, ["freshness", kind]);
    return text === "none" ? { ...given, value: null } : given;
  };
  return {
    ...(document.extends === undefined
      ? {}
      : { extends: { value: document.extends, source: places.source([...keys, "extends"]) } }),
    ...readGates(document, keys, places, issues),
    collections: readList(document.collections, [...keys, "collections"], places).map((taken) => ({
      ...taken,
      without: document.disabled ?? [],
    })),
    disabled: readList(document.disabled, [...keys, "disabled"], places),
    settings: readSettings(document, keys, places, issues),
    freshness: mapValues({ ...freshness }, age),
    targets: mapValues(targets ?? {}, (text, gate) => duration(text, ["targets", gate])),
    ...(risk === undefined
      ? {}
      : {
          risk: {
            ...(risk.gate === undefined
              ? {}
              : { gate: { value: risk.gate, source: places.source([...keys, "risk", "gate"]) } }),
            profiles: readProfiles(risk.profiles ?? {}, [...keys, "risk", "profiles"], places, issues),
            source: places.source([...keys, "risk"]),
          },
        }),
    source: places.source(keys),
  };
}

function readProfiles(
  documents: { readonly [L in RiskLevel]?: ProfileDocument },
  keys: Keys,
  places: Places,
  issues: Issue[],
): { readonly [L in RiskLevel]?: ProfileConfig } {
  const profiles = RISK_LEVELS.flatMap((level) => {
    const document = documents[level];
    if (document === undefined) return [];
    const here = [...keys, level];
    const gates = readGates(document, here, places, issues);
    return [[level, { ...gates, settings: readSettings(document, here, places, issues) }] as const];
  });
  return Object.fromEntries(profiles);
}

function readGates(document: GatesDocument, keys: Keys, places: Places, issues: Issue[]): GivenGates {
  const mandatory = readList(document.mandatory, [...keys, "mandatory"], places);
  const advisory = readList(document.advisory, [...keys, "advisory"], places);
  for (const [index, { value }] of advisory.entries()) {
    if (!mandatory.some((gate) => gate.value === value)) continue;
    const message = `the gate "${value}" is both mandatory and advisory in ${keys.slice(1).join(".")}`;
    issues.push(places.issue(message, [...keys, "advisory", index]));
  }
  const parameters: GivenParameters = mapValues(document.parameters ?? {}, (values, gate) =>
    mapValues(values, (value, name) => ({ value, source: places.source([...keys, "parameters", gate, name]) })),
  );
  return { mandatory, advisory, parameters };
}

/** A list of texts, each with its place. */
export function readList(
  values: readonly string[] | undefined,
  keys: Keys,
  places: Places,
): readonly Sourced<string>[] {
  return (values ?? []).map((value, index) => ({ value, source: places.source([...keys, index]) }));
}

/** The most that a setting may be, whatever anybody writes. */
const MOST = {
  "waivers.lifetime": CAPS.waiverMs,
  "bypass.lifetime": CAPS.bypassMs,
  "bypass.review": CAPS.reviewMs,
} as const satisfies { readonly [K in keyof Settings]?: number };
const CAPPED = [
  "waivers.lifetime",
  "bypass.lifetime",
  "bypass.review",
] as const satisfies readonly (keyof typeof MOST)[];

function readSettings(
  document: Omit<EnvironmentDocument, "parameters">,
  keys: Keys,
  places: Places,
  issues: Issue[],
): GivenSettings {
  const { waivers, approvals, bypass } = document;
  const given = <T>(value: T | undefined, ...path: readonly string[]): Sourced<T> | undefined =>
    value === undefined ? undefined : { value, source: places.source([...keys, ...path]) };
  const duration = (text: string | undefined, ...path: readonly string[]): Sourced<number> | undefined =>
    given(text === undefined ? undefined : parseDuration(text), ...path);
  const settings: { readonly [K in keyof Settings]: Sourced<Settings[K]> | undefined } = {
    integrity: given(document.integrity, "integrity"),
    audit: given(document.audit, "audit"),
    advisoryFailure: given(document.advisoryFailure, "advisoryFailure"),
    binding: given(document.binding, "binding"),
    baseline: given(document.baseline, "baseline"),
    "waivers.quorum": given(waivers?.quorum, "waivers", "quorum"),
    "waivers.roles": given(waivers?.roles, "waivers", "roles"),
    "waivers.lifetime": duration(waivers?.lifetime, "waivers", "lifetime"),
    "waivers.warn": duration(waivers?.warn, "waivers", "warn"),
    "approvals.quorum": given(approvals?.quorum, "approvals", "quorum"),
    "approvals.roles": given(approvals?.roles, "approvals", "roles"),
    "approvals.lifetime": duration(approvals?.lifetime, "approvals", "lifetime"),
    "approvals.from": given(approvals?.from, "approvals", "from"),
    "bypass.permitted": given(bypass?.permitted, "bypass", "permitted"),
    "bypass.quorum": given(bypass?.quorum, "bypass", "quorum"),
    "bypass.roles": given(bypass?.roles, "bypass", "roles"),
    "bypass.lifetime": duration(bypass?.lifetime, "bypass", "lifetime"),
    "bypass.review": duration(bypass?.review, "bypass", "review"),
  };
  for (const path of CAPPED) {
    const { value, source } = settings[path] ?? { value: 0, source: "" };
    if (value <= MOST[path]) continue;
    const message = `"${[...keys, path].join(".")}" is at most ${formatDuration(MOST[path])}, not ${formatDuration(value)}`;
    issues.push({ message, ...placeOf(source, places.file) });
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the members that nobody gave are left out, no other
  return Object.fromEntries(Object.entries(settings).filter(([, setting]) => setting !== undefined)) as GivenSettings;
}
