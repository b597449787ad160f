import type { Decision } from "../decision/types.ts";
import type { Digest } from "../evidence/types.ts";
import type { Difference } from "./compare.ts";

export const REPLAY_SCHEMA = "gate/replay/v1";

export type ReplayResult = "identical" | "different" | "cannot-be-replayed";

/** What came of making one recorded decision again. */
export interface ReplayedDecision {
  readonly index: number;
  readonly id: string;
  readonly result: ReplayResult;
  /** Of the canonical bytes that were recorded. */
  readonly digest: Digest;
  readonly outcome: Decision["outcome"];
  readonly environment: string;
  readonly evaluatedAt: string;
  /** The version of gate that recorded it. */
  readonly engine: string;
  /** Where the two differ, in the order of the document; at most {@link MAX_DIFFERENCES}. */
  readonly differences: readonly Difference[];
  /** In how many places they do. */
  readonly different: number;
  /** Why it cannot be replayed. */
  readonly reason?: string;
}

/** More would not help: what is wrong is most often at the first. */
export const MAX_DIFFERENCES = 100;

/** Everything that `gate replay` found out. */
export interface ReplayReport {
  readonly schema: typeof REPLAY_SCHEMA;
  /** The version of gate that replayed. */
  readonly engine: string;
  /** Such as `24.1.0`. */
  readonly node: string;
  /** In the order of the log. */
  readonly decisions: readonly ReplayedDecision[];
}
