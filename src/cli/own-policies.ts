import type { Decision } from "../decision/types.ts";
import type { OpenPolicies } from "../impact/assess.ts";
import type { LocatedBundle } from "../policy/bundle.ts";
import { findPolicies } from "../policy/load.ts";
import type { PolicyRuntime } from "../policy/runtime/runtime.ts";
import { type BlobReader, readPolicies } from "../replay/recorded.ts";
import { openSession } from "./commands/policy/session.ts";
import type { CommandContext } from "./context.ts";

/** The policies that made recorded decisions, as they are needed. */
export interface OwnPolicies {
  /** Undefined where they are neither in the store nor among the policies that were compiled here. */
  of(decision: Decision): Promise<OpenPolicies | undefined>;
  close(): Promise<void>;
}

/** Policies and the runtime that asks them. */
export interface OpenedPolicies {
  readonly policies: OpenPolicies;
  readonly runtime: PolicyRuntime;
}

/** Loads policies into a runtime of their own, which the caller has to close. */
export async function openPolicies(located: LocatedBundle, context: CommandContext): Promise<OpenedPolicies> {
  const { session, runtime } = await openSession(located, context);
  return { policies: { gates: located.bundle.gates, session }, runtime };
}

/** Each set of policies that is kept open takes a worker and its memory. */
const MOST_OPEN = 3;

/** Keeps the ones that were asked last open: most decisions of a log were made by the same few. */
export function ownPolicies(store: BlobReader, context: CommandContext): OwnPolicies {
  const opened = new Map<string, OpenedPolicies>();
  return {
    async of(decision) {
      const { policy } = decision;
      const name = [policy.digest, policy.wasm, ...(policy.stored ?? [])].join(" ");
      const known = opened.get(name);
      if (known !== undefined) {
        opened.delete(name);
        opened.set(name, known);
        return known.policies;
      }
      const located = (await readPolicies(decision, store)) ?? compiledHere(policy, context);
      if (located === undefined) return undefined;
      const [oldest] = opened;
      if (opened.size >= MOST_OPEN && oldest !== undefined) {
        opened.delete(oldest[0]);
        await oldest[1].runtime.close();
      }
      const now = await openPolicies(located, context);
      opened.set(name, now);
      return now.policies;
    },
    async close() {
      await Promise.all([...opened.values()].map(({ runtime }) => runtime.close()));
      opened.clear();
    },
  };
}

/** The compiled module has to be the one that ran, whatever the cache calls by that name. */
function compiledHere({ digest, wasm }: Decision["policy"], context: CommandContext): LocatedBundle | undefined {
  const located = findPolicies(digest, context);
  return located?.bundle.wasm === wasm ? located : undefined;
}
