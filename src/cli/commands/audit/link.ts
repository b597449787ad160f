import type { StoreLocation } from "../../../audit/location.ts";
import { openAuditStore } from "../../../audit/open.ts";
import { closingOf, handedOn, type PreviousLog, previousLog } from "../../../audit/shard.ts";
import type { AuditStore } from "../../../audit/store.ts";
import { type Verdict, type VerifyReport, verifyStore } from "../../../audit/verify.ts";
import { GateError } from "../../../util/errors.ts";

/** Whether a log goes on where another one ended. */
export interface Link {
  readonly verdict: Verdict;
  /** In words, one each. */
  readonly problems: readonly string[];
  /** Of the log before, held against what the next one says of it. */
  readonly report: VerifyReport;
}

/**
 * Verifies the log before another one, and that the other has what was handed on.
 *
 * @throws {GateError} `usage` where the log goes on from none; what opening them throws
 */
export async function verifyLink(path: StoreLocation, before: StoreLocation, worker: string): Promise<Link> {
  const store = await openAuditStore({ path, mode: "read" });
  try {
    const named = await previousLog(store);
    if (named === undefined) {
      throw new GateError("usage", `the log ${(await store.head(1)).origin} goes on from no other`, {
        hint: "Leave out --previous.",
      });
    }
    const { origin, size, root } = named;
    const report = await verifyStore(before, { expect: [{ origin, size, root }], worker });
    if (report.verdict === "tampered" || report.head === null) return { verdict: report.verdict, problems: [], report };
    const previous = await openAuditStore({ path: before, mode: "read" });
    try {
      const problems = await problemsOf(store, named, previous);
      return { verdict: problems.length === 0 ? report.verdict : "tampered", problems, report };
    } finally {
      await previous.close();
    }
  } finally {
    await store.close();
  }
}

async function problemsOf(store: AuditStore, named: PreviousLog, previous: AuditStore): Promise<readonly string[]> {
  const { origin } = await store.head(1);
  const closing = await closingOf(previous);
  if (closing === undefined) return [`the log ${named.origin} was not closed`];
  const problems: string[] = [];
  if (closing.next !== origin) problems.push(`${named.origin} goes on in ${closing.next}, not in ${origin}`);
  if (closing.head.size !== named.size) problems.push(`${named.origin} ended with ${closing.head.size} entries`);
  const handed = await handedOn(previous, closing.head.size);
  for (const [position, { entry }] of handed.entries()) {
    if ((await store.find(String(position + 1)))?.id === entry.id) continue;
    problems.push(`the ${entry.kind} ${entry.id} was not carried over`);
  }
  return problems;
}
