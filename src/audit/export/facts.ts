import { isRecord } from "../../util/json.ts";
import type { EntryBody } from "../entry.ts";
import type { EntryKind } from "../store.ts";
import type { ExportedEntry } from "./entries.ts";

/** What the leaf of an entry says, for formats that have a place for each fact; members that a kind does not have are missing. */
export interface EntryFacts {
  readonly outcome?: string;
  readonly environment?: string;
  readonly repository?: string;
  readonly commit?: string;
  readonly ref?: string;
  readonly component?: string;
  readonly integrity?: string;
  readonly policy?: string;
  /** Of the program that decided. */
  readonly engine?: string;
  /** The id of the obligation that an entry opens or closes. */
  readonly obligation?: string;
  readonly dueAt?: string;
  readonly gates: readonly GateFact[];
}

export interface GateFact {
  readonly id: string;
  readonly result: string;
}

/** Reads them from the leaf alone, which holds nothing that may have to be erased. */
export function factsOf({ content }: EntryBody): EntryFacts {
  const subject = isRecord(content["subject"]) ? content["subject"] : {};
  const gates = isRecord(content["gates"]) ? content["gates"]["items"] : undefined;
  return {
    ...texts(content, ["outcome", "environment", "integrity", "policy", "engine", "obligation", "dueAt"]),
    // An obligation has them at its top.
    ...texts({ ...content, ...subject }, ["repository", "commit", "ref", "component"]),
    gates: Array.isArray(gates) ? gates.flatMap(gateFact) : [],
  };
}

/** One line for a person: what happened, to what, where. */
export function titleOf({ body }: ExportedEntry): string {
  const { outcome, environment, repository, commit, obligation } = factsOf(body);
  const where = environment === undefined ? "" : ` for ${environment}`;
  const what = [repository, commit].filter((part) => part !== undefined).join("@");
  const titles: Partial<Record<EntryKind, string>> = {
    decision: `gate decided ${outcome ?? "something"}${where}${what === "" ? "" : `: ${what}`}`,
    obligation: `gate asks for a review of bypass ${obligation ?? ""}${where}`,
    deletion: `gate recorded that documents were removed: ${String(body.content["documents"])}`,
    review: `gate recorded the review of bypass ${obligation ?? ""}: ${outcome ?? ""}`,
  };
  return titles[body.kind] ?? `gate recorded ${body.kind}`;
}

function gateFact(gate: unknown): readonly GateFact[] {
  if (!isRecord(gate)) return [];
  const { id, result } = gate;
  return typeof id === "string" && typeof result === "string" ? [{ id, result }] : [];
}

function texts<K extends string>(
  object: Readonly<Record<string, unknown>>,
  keys: readonly K[],
): { [key in K]?: string } {
  const found: { [key in K]?: string } = {};
  for (const key of keys) {
    const value = object[key];
    if (typeof value === "string") found[key] = value;
  }
  return found;
}
