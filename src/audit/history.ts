import { isSameRepository, runName } from "../decision/evidence.ts";
import type { Subject } from "../decision/types.ts";
import { canonicalBytes, sha256 } from "../evidence/canonical.ts";
import { completeEvidence } from "../evidence/document.ts";
import type { Diagnostic, EvidenceDocument, LoggedDecision, ParsedEvidence } from "../evidence/types.ts";
import { compact } from "../util/compact.ts";
import { GateError } from "../util/errors.ts";
import { absencesIn } from "./deletion.ts";
import { collectionOf, readDecision, readDecisionLeaf, readEntryBody } from "./entry.ts";
import { leafHash, toDigest } from "./log.ts";
import type { PastDecisions } from "./shard.ts";
import type { Entry } from "./store.ts";

/** How far back gates can look, in days. Gates that ask for a time limit it to this in their parameters. */
export const HISTORY_DAYS = 30;

/** Decisions in one document of history. */
const HISTORY_LIMIT = 10_000;

/** Which decisions are read, and what the document says of itself. */
export interface HistoryQuery {
  /** The log's path as the user named it. */
  readonly path: string;
  /** What is gated, and in which run. Decisions of another repository are left out. */
  readonly subject: Pick<Subject, "repository" | "commit" | "run">;
  /** Older decisions are left out. */
  readonly since: Date;
  readonly now: Date;
  /** The most decisions; default: {@link HISTORY_LIMIT}. Where there are more, the document says `partial`. */
  readonly limit?: number;
}

/**
 * What a log says of earlier decisions, newest first. The document is about the gated commit and made now, for it is what
 * this check found in the log.
 *
 * @param store undefined where there is no log yet
 * @throws {GateError} `audit-corrupt` for an entry that is not what was hashed into the log
 */
export async function readHistory(store: PastDecisions | undefined, query: HistoryQuery): Promise<EvidenceDocument> {
  const { path, subject, since, now, limit = HISTORY_LIMIT } = query;
  const decisions: LoggedDecision[] = [];
  const reasons: Diagnostic[] = [];
  const head = await store?.head();
  for await (const entry of store?.entries({ kind: "decision", last: Number.MAX_SAFE_INTEGER }) ?? []) {
    const { subject: about, evaluatedAt } = leafOf(entry);
    if (Date.parse(evaluatedAt) < since.getTime()) {
      // Collected entries come after younger ones.
      if (isCollected(entry)) continue;
      break;
    }
    if (isOther(about.repository, subject.repository)) continue;
    if (decisions.length === limit) {
      const message = `the log has more than ${limit} decisions since ${since.toISOString()}; the older ones were not read`;
      reasons.push({ code: "history-cut", message });
      break;
    }
    const decision = await loggedDecision(entry, store, reasons);
    // A repository has several names; gates compare them letter by letter.
    const named = decision.repository === undefined ? {} : compact({ repository: subject.repository });
    decisions.push({ ...decision, ...named });
  }
  const { repository, commit, run } = subject;
  const about = compact({ repository, commit, run: run === undefined ? undefined : runName(run) });
  const facts = {
    subject: about,
    producedAt: now.toISOString(),
    summary: {
      ...(head === undefined ? {} : { log: head.origin }),
      size: head?.size ?? 0,
      decisions: decisions.length,
      allowed: decisions.filter(({ outcome }) => outcome === "allow").length,
      from: since.toISOString(),
      to: now.toISOString(),
    },
    body: { decisions },
  };
  const content = canonicalBytes(facts, Number.POSITIVE_INFINITY) ?? new Uint8Array();
  const parsed: ParsedEvidence = {
    kind: "history",
    ...facts,
    status: reasons.length === 0 ? "complete" : "partial",
    statusReasons: reasons,
    quality: { warnings: [], inconsistencies: [], redactions: 0 },
    tools: [{ name: "gate" }],
  };
  const file = { format: "gate-log", path: path.replaceAll("\\", "/"), bytes: content.length, sha256: sha256(content) };
  return completeEvidence(parsed, file);
}

/** What the log does not hold a hash of must not decide anything. */
function leafOf(entry: Entry): ReturnType<typeof readDecisionLeaf> {
  if (toDigest(leafHash(entry.body)) === entry.leafHash) return readDecisionLeaf(entry);
  throw new GateError("audit-corrupt", `entry ${entry.index} of the audit log is not the one that was recorded`, {
    hint: "Run `gate audit verify`.",
  });
}

function isCollected({ body }: Entry): boolean {
  const content = readEntryBody(body)?.content;
  return content !== undefined && collectionOf(content) !== undefined;
}

/** Where one of the two is not known, they may be the same: a gate that must know can see that it is missing. */
function isOther(repository: string | undefined, wanted: string | undefined): boolean {
  return repository !== undefined && wanted !== undefined && !isSameRepository(repository, wanted);
}

async function loggedDecision(
  entry: Entry,
  store: PastDecisions | undefined,
  reasons: Diagnostic[],
): Promise<LoggedDecision> {
  const leaf = leafOf(entry);
  const { subject, outcome, environment, evaluatedAt, integrity } = leaf;
  let artifacts = subject.artifacts.items;
  let gates: readonly { readonly result: string }[] | undefined = leaf.gates.items;
  if (artifacts === undefined || gates === undefined) {
    // A large decision leaves its lists to its document.
    const blob = await store?.blob(leaf.decision);
    const decision = blob === undefined ? undefined : readDecision(entry, blob);
    artifacts = decision?.subject.artifacts;
    gates = decision?.gates;
  }
  if (artifacts === undefined && store !== undefined) {
    const why = await absencesIn(store).of(leaf.decision, entry.index);
    const message = `the document of entry ${entry.index} ${why}, so what it was about is not known`;
    reasons.push({ code: "artifacts-unknown", message });
  }
  return compact({
    id: entry.id,
    index: entry.index,
    environment,
    outcome,
    commit: subject.commit,
    repository: subject.repository,
    artifacts: artifacts?.map(({ digest }) => digest) ?? [],
    evaluatedAt,
    integrity,
    failedGates: gates?.filter(({ result }) => result === "fail" || result === "not-evaluated").length,
  });
}
