import type { LocatedBundle } from "../../../policy/bundle.ts";
import { type EvaluationSession, openEvaluation } from "../../../policy/evaluate.ts";
import {
  createRuntime,
  DEFAULT_MEMORY_LIMIT_BYTES,
  DEFAULT_TIME_LIMIT_MS,
  type PolicyRuntime,
} from "../../../policy/runtime/runtime.ts";
import type { CommandContext } from "../../context.ts";

/** Policies that can be asked, and the runtime that the caller has to close. */
export interface OpenedPolicies {
  readonly session: EvaluationSession;
  readonly runtime: PolicyRuntime;
}

/** Loads compiled policies into a runtime of their own, with the limits of a check. */
export async function openSession(located: LocatedBundle, { installation }: CommandContext): Promise<OpenedPolicies> {
  const runtime = createRuntime({
    worker: installation.policyWorker,
    timeLimitMs: DEFAULT_TIME_LIMIT_MS,
    memoryLimitBytes: DEFAULT_MEMORY_LIMIT_BYTES,
    toolchain: installation.toolchain.wasm,
  });
  try {
    return { session: await openEvaluation(runtime, located), runtime };
  } catch (error) {
    await runtime.close();
    throw error;
  }
}
