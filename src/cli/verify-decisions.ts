import { readDecisionLeaf } from "../audit/entry.ts";
import type { Entry } from "../audit/store.ts";
import { type FindingCode, MEANING, type Verdict } from "../audit/stored.ts";
import { canonicalJson } from "../evidence/canonical.ts";
import { count } from "../output/summary.ts";
import type { BlobReader } from "../replay/recorded.ts";
import { GateError, messageOf } from "../util/errors.ts";
import type { CommandContext } from "./context.ts";
import { type MadeAgain, makeAgain } from "./make-again.ts";
import { type OwnPolicies, ownPolicies } from "./own-policies.ts";

/** What came of making many decisions again. */
export interface DecisionsReport {
  /** How many were looked at. */
  readonly decisions: number;
  readonly identical: number;
  readonly different: number;
  /** Of which something that takes it is gone, or that this version does not make. */
  readonly notReplayable: number;
  /** Which by their own record stored too little. */
  readonly tooLittle: number;
  /** In the order of the log; at most {@link MAX_FINDINGS}. */
  readonly findings: readonly DecisionFinding[];
  readonly verdict: Verdict;
}

interface DecisionFinding {
  readonly code: FindingCode;
  readonly message: string;
  readonly index?: number;
}

const MAX_FINDINGS = 100;
/** After so many decisions it is said how far it is. */
const PROGRESS = 100;
const VALUE_LENGTH = 80;
/** What a gate gives as its reason that had no time left; how fast a machine is, no record says. */
const NO_TIME = /no result within \d+ ms/;

/**
 * Makes decisions again, one at a time, and holds each against its record. Where none could be made again, nothing is shown:
 * that is not good.
 *
 * @param entries decisions of a log or a pack that was found to be good
 * @param store with what they were made from
 */
export async function verifyDecisions(
  entries: AsyncIterable<Entry>,
  store: BlobReader,
  context: CommandContext,
): Promise<DecisionsReport> {
  const findings: DecisionFinding[] = [];
  const counts = { decisions: 0, identical: 0, different: 0, notReplayable: 0, tooLittle: 0 };
  const own = ownPolicies(store, context);
  let verdict: Verdict = "good";
  const report = (code: FindingCode, message: string, index?: number): void => {
    if (verdict !== "tampered") verdict = MEANING[code];
    if (findings.length < MAX_FINDINGS) findings.push({ code, message, ...(index === undefined ? {} : { index }) });
  };
  try {
    for await (const entry of entries) {
      const { result, message } = await verifyDecision(entry, store, own, context.installation.version);
      counts.decisions += 1;
      counts[result] += 1;
      if (result === "different") report("decision-not-reproduced", message, entry.index);
      if (result === "notReplayable") report("not-replayable", message, entry.index);
      if (counts.decisions % PROGRESS === 0) context.err(`Made ${counts.decisions} decisions again.\n`);
    }
  } finally {
    await own.close();
  }
  if (counts.decisions === 0) report("empty", "there is no decision to be made again");
  else if (counts.identical + counts.different === 0) report("empty", "no decision could be made again");
  return { ...counts, findings, verdict };
}

/** A line for people. */
export function decisionsLine(report: Omit<DecisionsReport, "findings">): string {
  const { decisions, identical, different, notReplayable, tooLittle } = report;
  const parts = [`${identical} identical`, `${different} different`, `${notReplayable} cannot be made again`];
  const little = tooLittle === 1 ? "1 holds" : `${tooLittle} hold`;
  return `${count(decisions, "decision")} made again: ${parts.join(", ")}${tooLittle === 0 ? "" : `; ${little} too little to be made again`}`;
}

interface Outcome {
  readonly result: "identical" | "different" | "notReplayable" | "tooLittle";
  readonly message: string;
}

async function verifyDecision(entry: Entry, store: BlobReader, own: OwnPolicies, version: string): Promise<Outcome> {
  try {
    return outcomeOf(await makeAgain(entry, store, own), readDecisionLeaf(entry).engine, version);
  } catch (error) {
    // The document, the inputs and the policies were written by whoever wrote the log, and may hold anything.
    const corrupt = error instanceof GateError && error.code === "audit-corrupt";
    return { result: corrupt ? "different" : "notReplayable", message: messageOf(error) };
  }
}

function outcomeOf(made: MadeAgain, recordedBy: string, version: string): Outcome {
  if (made.status === "cannot") {
    return { result: made.unstored ? "tooLittle" : "notReplayable", message: made.reason };
  }
  const [first] = made.differences;
  if (first === undefined) return { result: "identical", message: "" };
  const difference = `${first.path} was recorded as ${shown(first.recorded)} and comes out as ${shown(first.now)}`;
  if (recordedBy !== version) {
    return { result: "notReplayable", message: `gate ${recordedBy} made it, this is ${version}: ${difference}` };
  }
  if ([...made.recorded.gates, ...made.again.gates].some(({ reason = "" }) => NO_TIME.test(reason))) {
    return { result: "notReplayable", message: `a gate ran out of time: ${difference}` };
  }
  return { result: "different", message: difference };
}

function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = canonicalJson(value);
  return text.length <= VALUE_LENGTH ? text : `${text.slice(0, VALUE_LENGTH - 1).toWellFormed()}…`;
}
