import {
  type ApprovalRules,
  type Environment,
  type Quorum,
  RISK_LEVELS,
  type RiskLevel,
} from "../decision/environment.ts";
import { reaches } from "../decision/integrity.ts";
import type { EnforcedGate } from "../decision/types.ts";
import { canonicalJson } from "../evidence/canonical.ts";
import { type GateDefinition, strictnessOf } from "../policy/gate.ts";
import { formatDuration } from "../util/duration.ts";

/** What one side of a comparison has, and where it says so. */
export interface Held {
  /** As a person would write it: a duration is a text, and an absent gate is undefined. */
  readonly value: unknown;
  /** `default`, `gate`, or a place such as `gate.yaml:12 (staging)`. */
  readonly source: string;
}

/** One thing in which the environment that has to be the stricter one is not. */
export interface Inversion {
  /** `incomparable` where nobody says which of the two values is the stricter one. */
  readonly kind: "looser" | "incomparable";
  /** Missing where it is a setting of the environment. */
  readonly gate?: string;
  /** Missing where it is the gate itself: whether and how it is enforced. */
  readonly parameter?: string;
  /** Its path in gate.yaml, such as `waivers.lifetime`; missing where it is of a gate. */
  readonly setting?: string;
  /** The level of risk at which it is so; missing where it is so at every level. */
  readonly level?: RiskLevel;
  /** Of the environment that has to be the stricter one. */
  readonly stricter: Held;
  /** Of the other. */
  readonly looser: Held;
  /** In words, with both values and both sources. */
  readonly message: string;
}

/** What the two sides are called in messages. */
export interface SideNames {
  readonly stricter: string;
  readonly looser: string;
}

type Difference = Omit<Inversion, "message" | "level">;

/**
 * Whether one environment is at least as strict as another: everything in which it is not. Nothing is left out that could
 * open a gate; what only informs (targets, stages, when a waiver is reported as expiring) is not compared.
 *
 * @param stricter the one that has to be at least as strict as the other
 * @param gates say which values of their parameters are stricter
 * @param names default: the names of the environments
 */
export function inversions(
  stricter: Environment,
  looser: Environment,
  gates: readonly GateDefinition[],
  names: SideNames = { stricter: stricter.name, looser: looser.name },
): readonly Inversion[] {
  const definitions = new Map(gates.map((gate) => [gate.id, gate]));
  const compare = (a: Environment, b: Environment): readonly Difference[] => [
    ...gateDifferences(a, b, definitions),
    ...settingDifferences(a, b),
  ];
  const always = compare(atLevel(stricter, undefined), atLevel(looser, undefined));
  const found: Inversion[] = always.map((difference) => inWords(difference, names));
  const known = new Set(always.map((difference) => canonicalJson(difference)));
  for (const level of RISK_LEVELS) {
    if (stricter.risk === undefined && looser.risk === undefined) break;
    for (const difference of compare(atLevel(stricter, level), atLevel(looser, level))) {
      const key = canonicalJson(difference);
      if (!known.has(key)) found.push(inWords(difference, names, level));
      known.add(key);
    }
  }
  return [...found, ...riskGateDifferences(stricter, looser).map((difference) => inWords(difference, names))];
}

/** An environment as it is for a change of some risk: with the gates and approvals of that profile, and no others. */
export function atLevel(environment: Environment, level: RiskLevel | undefined): Environment {
  const { risk, ...base } = environment;
  const profile = level === undefined ? undefined : risk?.profiles[level];
  if (profile === undefined) return base;
  const prefix = `risk.profiles.${level}.`;
  const sources = Object.entries(base.sources).filter(([path]) => path.startsWith(prefix));
  const ownSources = Object.fromEntries(sources.map(([path, source]) => [path.slice(prefix.length), source]));
  return {
    ...base,
    gates: profile.gates,
    approvals: profile.approvals,
    sources: { ...base.sources, ...ownSources },
  };
}

function riskGateDifferences(stricter: Environment, looser: Environment): readonly Difference[] {
  const [a, b] = [stricter.risk?.gate, looser.risk?.gate];
  // Without a gate of risk the environment is compared with every profile of the other; that says all there is to say.
  if (a === undefined || b === undefined || a === b) return [];
  return [
    {
      kind: "incomparable",
      setting: "risk.gate",
      stricter: held(stricter, "risk.gate", a),
      looser: held(looser, "risk.gate", b),
    },
  ];
}

function gateDifferences(
  stricter: Environment,
  looser: Environment,
  definitions: ReadonlyMap<string, GateDefinition>,
): readonly Difference[] {
  const own = new Map(stricter.gates.map((gate) => [gate.gate, gate]));
  return looser.gates.flatMap((other) => {
    const gate = own.get(other.gate);
    const asked: Held = { value: other.enforcement, source: other.source ?? looser.name };
    if (gate === undefined) {
      const off = stricter.disabled.find((disabled) => disabled.gate === other.gate);
      const value = off === undefined ? undefined : "disabled";
      const source = off?.source ?? "default";
      return [{ kind: "looser", gate: other.gate, stricter: { value, source }, looser: asked } as const];
    }
    const parameters = parameterDifferences(gate, other, definitions.get(other.gate));
    if (gate.enforcement === "mandatory" || other.enforcement === "advisory") return parameters;
    const given: Held = { value: gate.enforcement, source: gate.source ?? stricter.name };
    return [{ kind: "looser", gate: other.gate, stricter: given, looser: asked } as const, ...parameters];
  });
}

function parameterDifferences(
  stricter: EnforcedGate,
  looser: EnforcedGate,
  definition: GateDefinition | undefined,
): readonly Difference[] {
  const names = new Set([...Object.keys(stricter.parameters), ...Object.keys(looser.parameters)]);
  return [...names].toSorted().flatMap((parameter) => {
    const [a, b] = [stricter.parameters[parameter], looser.parameters[parameter]];
    const kind = compareParameter(a, b, definition, parameter);
    const absent: Held = { value: undefined, source: "gate" };
    return kind === undefined
      ? []
      : [{ kind, gate: looser.gate, parameter, stricter: a ?? absent, looser: b ?? absent }];
  });
}

/**
 * Whether a value of a gate's parameter is looser than another, or cannot be compared with it; undefined where it is at
 * least as strict.
 */
export function compareParameter(
  stricter: Held | undefined,
  looser: Held | undefined,
  definition: GateDefinition | undefined,
  parameter: string,
): Inversion["kind"] | undefined {
  if (stricter === undefined || looser === undefined) return "incomparable";
  const [a, b] = [stricter.value, looser.value];
  if (canonicalJson(a) === canonicalJson(b)) return undefined;
  const direction = definition === undefined ? undefined : strictnessOf(definition, parameter);
  switch (direction) {
    case undefined:
      return "incomparable";
    case "higher":
      return kindOf(numbersInOrder(b, a));
    case "lower":
      return kindOf(numbersInOrder(a, b));
    case "more":
      return kindOf(isSubset(b, a));
    case "fewer":
      return kindOf(isSubset(a, b));
    default: {
      const place = (value: unknown): number =>
        direction.findIndex((one) => canonicalJson(one) === canonicalJson(value));
      if (place(a) < 0 || place(b) < 0) return "incomparable";
      return kindOf(place(a) >= place(b));
    }
  }
}

/** @param holds undefined where the values are not what the parameter's gate says that they are */
function kindOf(holds: boolean | undefined): Inversion["kind"] | undefined {
  if (holds === undefined) return "incomparable";
  return holds ? undefined : "looser";
}

function numbersInOrder(low: unknown, high: unknown): boolean | undefined {
  return typeof low === "number" && typeof high === "number" ? low <= high : undefined;
}

function isSubset(part: unknown, whole: unknown): boolean | undefined {
  if (!Array.isArray(part) || !Array.isArray(whole)) return undefined;
  const elements = new Set(whole.map((element) => canonicalJson(element)));
  return part.every((element) => elements.has(canonicalJson(element)));
}

function settingDifferences(stricter: Environment, looser: Environment): readonly Difference[] {
  const differences: Difference[] = [];
  const check = (holds: boolean, setting: string, a: unknown, b: unknown): void => {
    if (holds) return;
    differences.push({
      kind: "looser",
      setting,
      stricter: held(stricter, setting, a),
      looser: held(looser, setting, b),
    });
  };
  const atMost = (setting: string, a: number, b: number): void =>
    check(a <= b, setting, formatDuration(a), formatDuration(b));
  const quorum = (group: string, a: Quorum, b: Quorum): void => {
    check(a.quorum >= b.quorum, `${group}.quorum`, a.quorum, b.quorum);
    const kind = compareRoles(a.roles, b.roles);
    if (kind === undefined) return;
    const setting = `${group}.roles`;
    differences.push({
      kind,
      setting,
      stricter: held(stricter, setting, a.roles),
      looser: held(looser, setting, b.roles),
    });
  };
  const approvals = (a: ApprovalRules, b: ApprovalRules): void => {
    quorum("approvals", a, b);
    atMost("approvals.lifetime", a.lifetimeMs, b.lifetimeMs);
    check(isSubset(a.from, b.from) === true, "approvals.from", a.from, b.from);
  };
  check(reaches(stricter.integrity, looser.integrity), "integrity", stricter.integrity, looser.integrity);
  check(stricter.audit === "required" || looser.audit === "optional", "audit", stricter.audit, looser.audit);
  const [asks, asked] = [stricter.onAdvisory, looser.onAdvisory];
  check(asks === "approval" || asked === "warning", "advisoryFailure", asks, asked);
  check(stricter.binding === "run" || looser.binding === "commit", "binding", stricter.binding, looser.binding);
  check(stricter.baseline === "none" || looser.baseline === "use", "baseline", stricter.baseline, looser.baseline);
  freshnessDifferences(stricter, looser, check);
  quorum("waivers", stricter.waivers, looser.waivers);
  atMost("waivers.lifetime", stricter.waivers.lifetimeMs, looser.waivers.lifetimeMs);
  // Where closed advisory gates only warn, nobody is asked for an approval.
  if (asked === "approval") approvals(stricter.approvals, looser.approvals);
  const [mine, theirs] = [stricter.bypass, looser.bypass];
  check(!mine.permitted || theirs.permitted, "bypass.permitted", mine.permitted, theirs.permitted);
  if (mine.permitted && theirs.permitted) {
    quorum("bypass", mine, theirs);
    atMost("bypass.lifetime", mine.lifetimeMs, theirs.lifetimeMs);
    atMost("bypass.review", mine.reviewMs, theirs.reviewMs);
  }
  return differences;
}

function freshnessDifferences(
  stricter: Environment,
  looser: Environment,
  check: (holds: boolean, setting: string, a: unknown, b: unknown) => void,
): void {
  const [a, b] = [stricter.freshness, looser.freshness];
  const compare = (setting: string, mine: number | undefined, theirs: number | undefined): void =>
    check((mine ?? Infinity) <= (theirs ?? Infinity), setting, ageText(mine), ageText(theirs));
  compare("freshness.default", a.default, b.default);
  for (const kind of [...new Set([...Object.keys(a.kinds), ...Object.keys(b.kinds)])].toSorted())
    compare(`freshness.${kind}`, a.kinds[kind] ?? a.default, b.kinds[kind] ?? b.default);
}

function ageText(age: number | undefined): string {
  return age === undefined ? "any age" : formatDuration(age);
}

/** Fewer roles are stricter, but for none at all, which lets anybody. */
function compareRoles(stricter: readonly string[], looser: readonly string[]): Inversion["kind"] | undefined {
  if (looser.length === 0) return undefined;
  if (stricter.length > 0 && isSubset(stricter, looser) === true) return undefined;
  return stricter.length === 0 || isSubset(looser, stricter) === true ? "looser" : "incomparable";
}

function held(environment: Environment, setting: string, value: unknown): Held {
  const fallback = setting.startsWith("freshness.") ? environment.sources["freshness.default"] : undefined;
  return { value, source: environment.sources[setting] ?? fallback ?? "default" };
}

function inWords(difference: Difference, names: SideNames, level?: RiskLevel): Inversion {
  const { gate, parameter, setting = "", kind, stricter, looser } = difference;
  const of = gate === undefined ? setting : parameterText(gate, parameter);
  const at = level === undefined ? "" : ` at ${level} risk`;
  const problem = kind === "looser" ? "is looser" : "cannot be compared";
  const message = `${of} ${problem}${at}: ${heldText(stricter)} in ${names.stricter}, ${heldText(looser)} in ${names.looser}`;
  return { ...difference, ...(level === undefined ? {} : { level }), message };
}

function parameterText(gate: string, parameter: string | undefined): string {
  return parameter === undefined ? `the gate ${gate}` : `${gate}.${parameter}`;
}

function heldText({ value, source }: Held): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return value === undefined ? "absent" : `${text} (${source})`;
}
