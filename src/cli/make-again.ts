import type { Entry } from "../audit/store.ts";
import { conclude } from "../decision/conclude.ts";
import type { Decision } from "../decision/types.ts";
import { type Difference, differencesOf } from "../replay/compare.ts";
import { type BlobReader, readRecorded } from "../replay/recorded.ts";
import { GateError } from "../util/errors.ts";
import type { OwnPolicies } from "./own-policies.ts";

/** What came of making a recorded decision again from the record. */
export type MadeAgain =
  | {
      readonly status: "made";
      readonly recorded: Decision;
      readonly again: Decision;
      /** Empty where both are the same bytes. */
      readonly differences: readonly Difference[];
    }
  | {
      readonly status: "cannot";
      readonly reason: string;
      /** Whether the decision says itself that what it takes was not stored. */
      readonly unstored: boolean;
    };

/**
 * Makes a decision again from what is stored of it.
 *
 * @param store of a log or of a pack
 * @throws {GateError} `audit-corrupt` where something is not what was recorded; `policy-engine`
 */
export async function makeAgain(entry: Entry, store: BlobReader, own: OwnPolicies): Promise<MadeAgain> {
  try {
    const recorded = await readRecorded(entry, store);
    if (recorded.status === "incomplete") {
      return { status: "cannot", reason: recorded.missing, unstored: recorded.unstored === true };
    }
    const { decision, inputs, documents } = recorded;
    const policies = await own.of(decision);
    if (policies === undefined) {
      const reason = `its policies are not stored, and ${decision.policy.digest} was not compiled here`;
      return { status: "cannot", reason, unstored: decision.policy.stored === undefined };
    }
    const again = await conclude(inputs, documents, policies.session);
    return { status: "made", recorded: decision, again, differences: differencesOf(decision, again) };
  } catch (error) {
    // One that another version of gate wrote; what is damaged is for the caller.
    if (error instanceof GateError && error.code === "audit-unreadable") {
      return { status: "cannot", reason: error.message, unstored: false };
    }
    throw error;
  }
}
