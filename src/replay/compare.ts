import type { Decision } from "../decision/types.ts";
import { canonicalJson } from "../evidence/canonical.ts";
import { isRecord } from "../util/json.ts";

/** One place where two decisions differ. */
export interface Difference {
  /** JSON pointer (RFC 6901). */
  readonly path: string;
  /** Missing where the recorded decision has no such member. */
  readonly recorded?: unknown;
  /** Missing where the decision that was made again has no such member. */
  readonly now?: unknown;
}

/**
 * Where a decision that was made again differs from the recorded one; empty where both have the same canonical bytes. How
 * long each gate took is measured, so it is taken from the record.
 */
export function differencesOf(recorded: Decision, again: Decision): readonly Difference[] {
  const measured = withMeasured(recorded, again);
  if (canonicalJson(recorded) === canonicalJson(measured)) return [];
  return differingPaths(recorded, measured, "");
}

function withMeasured(recorded: Decision, again: Decision): Decision {
  const durations = new Map(recorded.gates.map(({ id, durationMs }) => [id, durationMs]));
  return {
    ...again,
    gates: again.gates.map((gate) => ({ ...gate, durationMs: durations.get(gate.id) ?? gate.durationMs })),
  };
}

/** The innermost values that differ, in the order of the recorded ones. */
function differingPaths(recorded: unknown, now: unknown, path: string): readonly Difference[] {
  const [one, other] = [membersOf(recorded), membersOf(now)];
  if (one === undefined || other === undefined || Array.isArray(recorded) !== Array.isArray(now)) {
    return isSame(recorded, now) ? [] : [{ path, ...stated("recorded", recorded), ...stated("now", now) }];
  }
  const names = new Set([...one.keys(), ...other.keys()]);
  return [...names].flatMap((name) =>
    differingPaths(one.get(name), other.get(name), `${path}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`),
  );
}

function membersOf(value: unknown): ReadonlyMap<string, unknown> | undefined {
  if (Array.isArray(value)) return new Map(value.map((element: unknown, index) => [String(index), element]));
  return isRecord(value) ? new Map(Object.entries(value)) : undefined;
}

/** A member that is undefined is no member of the canonical form. */
function isSame(one: unknown, other: unknown): boolean {
  if (one === undefined || other === undefined) return one === other;
  return canonicalJson(one) === canonicalJson(other);
}

function stated(name: "recorded" | "now", value: unknown): Partial<Difference> {
  return value === undefined ? {} : { [name]: value };
}
