import type { GateDefinition } from "../policy/gate.ts";
import type { EnforcedGate, IntegrityLevel } from "./types.ts";

/** How old evidence may be, in milliseconds; a kind that is not named takes the default, and without one any age will do. */
export interface Freshness {
  readonly default?: number;
  /** By the kind of evidence, such as `findings`. */
  readonly kinds: Readonly<Record<string, number>>;
}

/** Whose word counts, and how many of them it takes. */
export interface Quorum {
  /** How many different people. */
  readonly quorum: number;
  /** Each of them has to have one of these roles; empty for anybody who is known. */
  readonly roles: readonly string[];
}

export interface WaiverRules extends Quorum {
  /** The longest time from a waiver's creation to its expiry, in milliseconds; at most 30 days. */
  readonly lifetimeMs: number;
  /** A waiver that expires within this time is reported as expiring, in milliseconds. */
  readonly warnMs: number;
}

/** Where approvals of an advisory gate may come from. */
export const APPROVAL_SOURCES = ["signature", "review", "deployment"] as const;
export type ApprovalSource = (typeof APPROVAL_SOURCES)[number];

export interface ApprovalRules extends Quorum {
  /** The longest time from an approval to its expiry, in milliseconds. */
  readonly lifetimeMs: number;
  /** Default: signatures only, for whoever makes the evidence can forge a review in it. */
  readonly from: readonly ApprovalSource[];
}

export interface BypassRules extends Quorum {
  readonly permitted: boolean;
  /** The longest time from a bypass to its expiry, in milliseconds; at most 4 hours. */
  readonly lifetimeMs: number;
  /** When the review of a bypass is due after it was used, in milliseconds; at most 72 hours. */
  readonly reviewMs: number;
}

export const RISK_LEVELS = ["low", "medium", "high"] as const;
export type RiskLevel = (typeof RISK_LEVELS)[number];

/** What a level of risk adds to an environment. It never takes anything away. */
export interface RiskProfile {
  /** The environment's gates with this profile: its own, more of them, and stricter ones. */
  readonly gates: readonly EnforcedGate[];
  readonly approvals: ApprovalRules;
}

/** Which gate says how risky a change is, and what follows from it. */
export interface RiskRules {
  /** The id of a gate whose `answer` has a `level`. */
  readonly gate: string;
  readonly profiles: Readonly<Record<RiskLevel, RiskProfile>>;
}

/** A stage of a pipeline: gates whose evidence is made together. */
export interface Stage {
  readonly name: string;
  readonly gates: readonly string[];
  /** How long it should take, in milliseconds. */
  readonly targetMs: number;
}

/** An environment against the gates that exist: everything that it asks of a decision. */
export interface Environment {
  readonly name: string;
  readonly gates: readonly EnforcedGate[];
  readonly integrity: IntegrityLevel;
  readonly audit: "required" | "optional";
  /** What a closed advisory gate asks for. */
  readonly onAdvisory: "approval" | "warning";
  /** Whether evidence has to be of the same run as well as of the same commit. */
  readonly binding: "commit" | "run";
  readonly freshness: Freshness;
  /** How long the evidence of a gate should take to make, in milliseconds, by gate. */
  readonly targets: Readonly<Record<string, number>>;
  readonly stages: readonly Stage[];
  readonly waivers: WaiverRules;
  readonly approvals: ApprovalRules;
  readonly bypass: BypassRules;
  /** Whether findings of the baseline are let through. */
  readonly baseline: "none" | "use";
  readonly risk?: RiskRules;
  /** Gates that a parent has and that this environment turns off, with the place that says so. */
  readonly disabled: readonly { readonly gate: string; readonly source: string }[];
  /**
   * Where each setting came from: `default`, a place such as `gate.yaml:31`, or `gate.yaml:12 (staging)` where it is
   * inherited; by its path in gate.yaml, such as `waivers.lifetime` or `risk.profiles.high.approvals.quorum`.
   */
  readonly sources: Readonly<Record<string, string>>;
}

/** Every gate that an environment can come to enforce, under any risk; a gate is listed once for each way. */
export function everyGate({ gates, risk }: Environment): readonly EnforcedGate[] {
  return risk === undefined ? gates : [...gates, ...RISK_LEVELS.flatMap((level) => risk.profiles[level].gates)];
}

/** Whether a gate that an environment can come to ask needs a kind of evidence. */
export function asksFor(
  kind: GateDefinition["evidence"][number]["kind"],
  environment: Environment,
  gates: readonly GateDefinition[],
): boolean {
  const asked = new Set(everyGate(environment).map(({ gate }) => gate));
  if (environment.risk !== undefined) asked.add(environment.risk.gate);
  return gates.some(({ id, evidence }) => asked.has(id) && evidence.some((need) => need.kind === kind));
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The longest that anything may be waived, bypassed, or left without a review, whatever gate.yaml says; milliseconds. */
export const CAPS = { waiverMs: 30 * DAY_MS, bypassMs: 4 * HOUR_MS, reviewMs: 72 * HOUR_MS } as const;

/** What an environment asks for where gate.yaml says nothing. Only `development` is relaxed. */
export function environmentDefaults(name: string): Environment {
  const relaxed = name === "development";
  return {
    name,
    gates: [],
    integrity: relaxed ? "open" : "bound",
    audit: relaxed ? "optional" : "required",
    onAdvisory: "approval",
    binding: "commit",
    freshness: { ...(relaxed ? {} : { default: 7 * DAY_MS }), kinds: {} },
    targets: {},
    stages: [],
    waivers: { quorum: name === "production" ? 2 : 1, roles: [], lifetimeMs: CAPS.waiverMs, warnMs: 7 * DAY_MS },
    approvals: { quorum: 1, roles: [], lifetimeMs: 7 * DAY_MS, from: ["signature"] },
    bypass: { permitted: relaxed, quorum: 1, roles: [], lifetimeMs: CAPS.bypassMs, reviewMs: CAPS.reviewMs },
    baseline: "none",
    disabled: [],
    sources: {},
  };
}
