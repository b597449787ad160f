import type { Severity } from "../evidence/types.ts";
import { settleGate } from "./covered.ts";
import type { WaiverRules } from "./environment.ts";
import { expiryOf } from "./expiry.ts";
import type { People } from "./people.ts";
import type { DecisionGate, Subject, Violation, WaiverNote, WaiverReport } from "./types.ts";
import { matchedBy, openViolations } from "./waiver-match.ts";
import { waiverProblems, whyExpired } from "./waiver-terms.ts";

/** One entry of `waivers.yaml`: people's word that a violation is let through for a while. */
export interface Waiver {
  readonly id: string;
  readonly gate: string;
  /** Either the fingerprint of one violation, or what violations have to match. */
  readonly fingerprint?: string;
  readonly match?: {
    readonly rule?: string;
    /** A package URL without its version, such as `pkg:npm/lodash`. */
    readonly package?: string;
    /** A glob. */
    readonly path?: string;
  };
  /** The gravest severity that it covers. */
  readonly severity: Severity;
  /** The figure that it covers, of violations that state one: a worse one is not covered. */
  readonly value?: number;
  /** How many violations it covers; default 1. */
  readonly occurrences: number;
  readonly reason: string;
  readonly ticket: string;
  readonly owner: string;
  readonly requestedBy: string;
  readonly approvedBy: readonly string[];
  /** A day or an instant. */
  readonly created: string;
  readonly expires: string;
  readonly scope: {
    /** Empty for every environment. */
    readonly environments: readonly string[];
    /** Globs; empty for every path. */
    readonly paths: readonly string[];
    /** A range of versions of the package. */
    readonly versions?: string;
  };
  /** Such as `waivers.yaml:12`. */
  readonly source: string;
}

/** What waivers are judged by. */
export interface WaiverContext {
  readonly environment: string;
  readonly rules: WaiverRules;
  readonly people: People;
  /** Every known author of the commit or the change. */
  readonly authors: readonly string[];
  readonly subject: Subject;
  readonly now: Date;
}

/** A waiver with what it comes to in one decision. */
interface Assessed {
  readonly waiver: Waiver;
  /** Why it is not in force, but for having expired. */
  readonly problems: readonly string[];
  /** Why it has expired; undefined where it has not. */
  readonly expired: string | undefined;
  /** What it is meant for, and for each why it does not accept it. */
  readonly matched: ReadonlyMap<Violation, string | undefined>;
}

/** Reasons that are written out; more of them only make a line long. */
const WRITTEN_REASONS = 3;

/**
 * Covers violations with waivers; what is covered stays listed. A gate of which all violations are covered is `waived`.
 *
 * A violation is covered where one waiver that is meant for it is in force, and every waiver that is meant for it accepts
 * it, also one that has expired or was never approved: of two that disagree the stricter one holds, and a waiver that
 * ends can therefore never open a gate.
 */
export function applyWaivers(
  gates: readonly DecisionGate[],
  waivers: readonly Waiver[],
  context: WaiverContext,
): { readonly gates: readonly DecisionGate[]; readonly report: WaiverReport } {
  const { environment, subject, now, rules } = context;
  const author = subject.change?.author;
  const terms = { ...context, authors: author === undefined ? context.authors : [...context.authors, author] };
  const open = new Map(gates.filter(({ result }) => result === "fail").map((gate) => [gate.id, openViolations(gate)]));
  const assessed = waivers
    .filter((waiver) => isForEnvironment(waiver, environment))
    .map(
      (waiver): Assessed => ({
        waiver,
        problems: waiverProblems(waiver, terms),
        expired: whyExpired(waiver, now),
        matched: matchedBy(waiver, open.get(waiver.gate)),
      }),
    );
  const meantFor = new Map<Violation, Assessed[]>();
  for (const one of assessed) {
    for (const violation of one.matched.keys()) meantFor.set(violation, [...(meantFor.get(violation) ?? []), one]);
  }
  const covering = new Map<Violation, readonly Waiver[]>();
  for (const [violation, meant] of meantFor) {
    if (meant.some(({ matched }) => matched.get(violation) !== undefined)) continue;
    const inForce = meant.filter(isInForce).map(({ waiver }) => waiver);
    if (inForce.length > 0) covering.set(violation, inForce.toSorted(compareByEnd));
  }
  return {
    gates: gates.map((gate) => coverGate(gate, covering)),
    report: reportOf({ assessed, meantFor, covering, gates, now, warnMs: rules.warnMs }),
  };
}

/** Whether a waiver is for an environment at all. */
export function isForEnvironment({ scope }: Waiver, environment: string): boolean {
  return scope.environments.length === 0 || scope.environments.includes(environment);
}

function isInForce({ problems, expired }: Assessed): boolean {
  return problems.length === 0 && expired === undefined;
}

function compareByEnd(a: Waiver, b: Waiver): number {
  const [first, second] = [expiryOf(a.expires), expiryOf(b.expires)];
  if (first !== second) return first - second;
  return a.id < b.id ? -1 : 1;
}

function coverGate(gate: DecisionGate, covering: ReadonlyMap<Violation, readonly Waiver[]>): DecisionGate {
  if (gate.result !== "fail") return gate;
  const violations = gate.violations.map((violation) => {
    const [waiver] = covering.get(violation) ?? [];
    return waiver === undefined ? violation : { ...violation, waiver: waiver.id };
  });
  return settleGate({ ...gate, violations });
}

/** What became of all waivers together. */
interface Applied {
  readonly assessed: readonly Assessed[];
  readonly meantFor: ReadonlyMap<Violation, readonly Assessed[]>;
  readonly covering: ReadonlyMap<Violation, readonly Waiver[]>;
  readonly gates: readonly DecisionGate[];
  readonly now: Date;
  readonly warnMs: number;
}

function reportOf({ assessed, meantFor, covering, gates, now, warnMs }: Applied): WaiverReport {
  const report = {
    used: [] as WaiverNote[],
    unused: [] as WaiverNote[],
    expired: [] as WaiverNote[],
    expiring: [] as WaiverNote[],
    refused: [] as WaiverNote[],
  };
  for (const one of assessed) {
    const { waiver, problems, expired, matched } = one;
    const uncovered = [...matched.keys()].filter((violation) => !covering.get(violation)?.includes(waiver));
    const note = noteOf(waiver, matched.size - uncovered.length);
    if (note.covers > 0) report.used.push(note);
    if (expired !== undefined) {
      const still = matched.size === 0 ? "" : `; what it was for is still there (${matched.size})`;
      report.expired.push({ ...note, problem: `${expired}${still}` });
      continue;
    }
    if (matched.size === 0) {
      const why = [...problems, ...unevaluated(waiver, gates)];
      report.unused.push(why.length === 0 ? note : { ...note, problem: sentence(why) });
    } else if (uncovered.length > 0) {
      report.refused.push({ ...note, problem: sentence([...problems, ...objectionsTo(waiver, uncovered, meantFor)]) });
    }
    if (isInForce(one) && expiryOf(waiver.expires) - now.getTime() <= warnMs) report.expiring.push(note);
  }
  return report;
}

/** Where a gate was not evaluated in full, nothing can be said to be gone. */
function unevaluated({ gate: id }: Waiver, gates: readonly DecisionGate[]): readonly string[] {
  const gate = gates.find((candidate) => candidate.id === id);
  if (gate === undefined) return [`the environment does not have the gate ${id}`];
  const evaluated = gate.result === "not-applicable" || (gate.result !== "not-evaluated" && gate.reason === undefined);
  return evaluated ? [] : [`the gate ${id} was not evaluated in full`];
}

/** Why violations that a waiver is meant for are not covered by it, apart from its own state. */
function objectionsTo(own: Waiver, uncovered: readonly Violation[], meantFor: Applied["meantFor"]): readonly string[] {
  const reasons = new Set<string>();
  for (const violation of uncovered) {
    for (const { waiver, matched } of meantFor.get(violation) ?? []) {
      const objection = matched.get(violation);
      if (objection === undefined) continue;
      reasons.add(waiver === own ? objection : `${waiver.id} is for it as well and stricter: ${objection}`);
    }
  }
  const all = [...reasons];
  const more = all.length - WRITTEN_REASONS;
  return more > 0 ? [...all.slice(0, WRITTEN_REASONS), `and ${more} more`] : all;
}

function noteOf({ id, gate, reason, ticket, owner, expires, source }: Waiver, covers: number): WaiverNote {
  return { id, gate, reason, ticket, owner, expires, covers, source };
}

function sentence(reasons: readonly string[]): string {
  return reasons.join("; ");
}
