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

/** Keeps the last ones open: decisions that follow each other were mostly made by the same. */
export function ownPolicies(store: BlobReader, context: CommandContext): OwnPolicies {
  let wasm: string | undefined;
  let opened: OpenedPolicies | undefined;
  const close = async (): Promise<void> => {
    await opened?.runtime.close();
    opened = undefined;
  };
  return {
    async of(decision) {
      const { policy } = decision;
      const name = `${policy.digest} ${policy.wasm}`;
      if (opened === undefined || name !== wasm) {
        await close();
        wasm = name;
        const located = (await readPolicies(decision, store)) ?? compiledHere(policy, context);
        if (located !== undefined) opened = await openPolicies(located, context);
      }
      return opened?.policies;
    },
    close,
  };
}

/** The compiled module has to be the one that ran, whatever the cache calls by that name. */
function compiledHere({ digest, wasm }: Decision["policy"], context: CommandContext): LocatedBundle | undefined {
  const located = findPolicies(digest, context);
  return located?.bundle.wasm === wasm ? located : undefined;
}
