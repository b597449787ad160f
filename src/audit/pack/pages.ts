import type { Decision } from "../../decision/types.ts";
import type { EntryBody } from "../entry.ts";
import type { TreeHead } from "../store.ts";
import type { PackSelection } from "./manifest.ts";

/** A decision as the overview of a pack has it: what the leaf says by itself. */
export interface PackedDecision {
  readonly index: number;
  readonly id: string;
  /** RFC 3339, UTC: when it was recorded. */
  readonly time: string;
  readonly outcome: string;
  readonly environment: string;
  readonly repository: string;
  readonly commit: string;
}

/** Everything that the overview of a pack is made from. */
export interface PackOverview {
  readonly engine: string;
  readonly tree: TreeHead;
  readonly selection: PackSelection;
  readonly evidence: "included" | "withheld";
  /** All entries, of which decisions are the most. */
  readonly entries: number;
  readonly decisions: readonly PackedDecision[];
}

/**
 * What is in a pack for people to read. Each page is made from what is proven and nothing else, so that whoever verifies the
 * pack makes it again and compares.
 */
export interface PackPages {
  /** The page about one decision. */
  decision(decision: Decision, place: Pick<PackedDecision, "index" | "time"> & { readonly tree: TreeHead }): string;
  overview(overview: PackOverview): string;
  /** What to do with a pack, as text. */
  readme(engine: string): string;
}

/** What a leaf says of its decision; a leaf can hold anything, so whatever is no text is shown as JSON. */
export function packedDecision(index: number, { id, time, content }: EntryBody): PackedDecision {
  const { outcome, environment, subject } = content;
  const members: object = typeof subject === "object" && subject !== null ? subject : {};
  return {
    index,
    id,
    time,
    outcome: shown(outcome),
    environment: shown(environment),
    repository: shown(Reflect.get(members, "repository")),
    commit: shown(Reflect.get(members, "commit")),
  };
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}
