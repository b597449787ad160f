import { basename } from "node:path";
import { auditReference, originOf } from "../audit/checkpoint.ts";
import { collectionOf, entryBody, readEntryBody, sealedDecisionEntry } from "../audit/entry.ts";
import { policyBlobs } from "../audit/evidence.ts";
import { type HeadGuard, openGuard } from "../audit/guard.ts";
import { HISTORY_DAYS, readHistory } from "../audit/history.ts";
import { requireKeyInForce } from "../audit/keys.ts";
import { printableLocation, readLocation, type StoreLocation } from "../audit/location.ts";
import { obligationEntry, openObligations } from "../audit/obligations.ts";
import { openAuditStore, openExistingStore, preloadAuditStore } from "../audit/open.ts";
import { formatReceipt } from "../audit/receipt.ts";
import { commitsOfEvidence } from "../audit/reuse.ts";
import { type PreviousLog, previousLog, refuseIncomplete, withPrevious } from "../audit/shard.ts";
import type { AuditStore, Blob } from "../audit/store.ts";
import { receiptFor, signCheckpoint } from "../audit/vouch.ts";
import { detectCi } from "../ci/provider.ts";
import type { Config } from "../config/types.ts";
import { CLOCK_SKEW_MS, type EvidenceContext } from "../decision/evidence.ts";
import type { Obligation } from "../decision/obligations.ts";
import type { AuditReference, Decision, SpoolReference, Subject } from "../decision/types.ts";
import type { EvidenceDocument } from "../evidence/types.ts";
import type { PolicyParts } from "../policy/stored.ts";
import { compact } from "../util/compact.ts";
import { GateError } from "../util/errors.ts";
import type { CheckOptions, CheckServices } from "./options.ts";

export interface RecordRequest {
  readonly options: CheckOptions;
  readonly config: Config;
  /** The folder from which the store's path in gate.yaml starts, absolute. */
  readonly folder: string;
  readonly services: CheckServices;
}

/** Where a decision is in the log, or waits for it. */
export interface Recorded {
  readonly audit: AuditReference | SpoolReference;
  /** As `CheckResult.receipt`. */
  readonly receipt?: string;
}

/** The audit store as a check uses it: what it asks of the past, and the one decision that it adds. */
export interface DecisionRecord {
  /**
   * @throws {GateError} `clock-backdated` where the log already has an entry of a later time: a clock that is set back
   *   brings expired waivers and stale evidence back
   */
  refuseBackdated(now: Date): Promise<void>;
  /** As `DecisionInputs.recordedFor`. */
  commitsOf(documents: readonly EvidenceDocument[], subject: Subject): Promise<EvidenceContext["recordedFor"]>;
  /** What the log says of earlier decisions, as evidence; undefined with `--no-audit`. */
  history(subject: Subject, now: Date): Promise<EvidenceDocument | undefined>;
  /** The reviews that are owed, as `DecisionInputs.obligations`. */
  obligations(subject: Subject): Promise<readonly Obligation[]>;
  /**
   * Null with `--no-audit`. What the decision owes is recorded first: after a crash in between somebody owes a review of a
   * decision that nobody has, and never the other way round.
   *
   * @param blobs of evidence and inputs, where they are stored
   * @param policies undefined where they are not stored
   * @param people whom the decision may mention, besides those that it names
   */
  append(
    decision: Decision,
    blobs: readonly Blob[],
    policies: PolicyParts | undefined,
    obligation: Obligation | undefined,
    people: Iterable<string>,
  ): Promise<Recorded | null>;
  close(): Promise<void>;
}

const DAY_MS = 86_400_000;

/** Opens the store where it is there; one that is not there yet is made by the first decision, and by nothing before. */
export async function openRecord({ options, config, folder, services }: RecordRequest): Promise<DecisionRecord> {
  const { clock, random, cwd, variables } = services;
  const ours = options.subject.repository ?? detectCi(variables)?.repository;
  const path = readLocation(options.store ?? config.auditStore, {
    folder: options.store === undefined ? folder : cwd,
    variables,
    origin: originOf(ours ?? basename(folder)),
  });
  if (options.audit) await preloadAuditStore(path);
  const openFor = (origin: string): Promise<AuditStore> =>
    openAuditStore({ path, mode: "append", origin, clock, random });
  const mode = options.spool === undefined ? "append" : "read";
  let store = options.audit ? await openExistingStore({ path, mode, clock, random }) : undefined;
  const guard = guardOf(path, options, config, services);
  const tell = (notice: string | undefined): void => {
    if (notice !== undefined) services.tell?.(notice);
  };
  tell(await guard?.check(store));
  const previous = options.audit ? await openPrevious(store, { options, config, folder, services }) : undefined;
  const past = store === undefined || previous === undefined ? store : withPrevious(store, previous);
  if (store !== undefined && options.logKey !== undefined) {
    await requireKeyInForce(store, (await store.head()).origin, options.logKey);
  }
  return {
    async refuseBackdated(now) {
      const times = await Promise.all([store, previous].map(async (one) => one && lastTime(one)));
      const last = Math.max(...times.filter((time) => time !== undefined));
      if (now.getTime() >= last - CLOCK_SKEW_MS) return;
      const message = `the clock says ${now.toISOString()}, and the audit log has an entry of ${new Date(last).toISOString()}`;
      throw new GateError("clock-backdated", message, { hint: "Set this machine's clock right." });
    },
    async commitsOf(documents, subject) {
      return past === undefined ? {} : commitsOfEvidence(past, documents, subject);
    },
    async history(subject, now) {
      if (!options.audit) return undefined;
      const since = new Date(now.getTime() - HISTORY_DAYS * DAY_MS);
      return readHistory(past, { path: printableLocation(options.store ?? config.auditStore), subject, since, now });
    },
    async obligations({ repository }) {
      return store === undefined ? [] : openObligations(store, repository);
    },
    async append(decision, blobs, policies, obligation, people) {
      if (!options.audit) return null;
      // Once, whatever has to be tried again: the salts of a second time would make another entry.
      const sealed = sealedDecisionEntry(decision, clock.now(), { random, people });
      const owed = obligation === undefined ? undefined : obligationEntry(obligation, { random, people });
      const { entry, disclosures } = sealed;
      const salts = compact({ salts: sealed.salts });
      const { spool, logKey } = options;
      if (spool !== undefined) {
        const known = store ?? { has: async () => false };
        const compiled = policies === undefined ? [] : await policyBlobs(policies, known);
        const entries = [
          ...(owed === undefined ? [] : [owed]),
          { entry, blobs: [...sealed.blobs, ...blobs, ...compiled], disclosures },
        ];
        const { writeSpool } = await import("./spool.ts");
        return { audit: { ...writeSpool(spool, cwd, decision.id, entries), ...salts } };
      }
      store ??= await openFor(originOf(decision.subject.repository ?? basename(folder)));
      if (owed !== undefined) await store.append(owed.entry, owed.blobs, owed.disclosures);
      const compiled = policies === undefined ? [] : await policyBlobs(policies, store);
      const recorded = await store.append(entry, [...sealed.blobs, ...blobs, ...compiled], disclosures);
      tell(await guard?.note(store));
      const audit = auditReference(recorded, sealed.salts);
      if (logKey === undefined) return { audit };
      const body = entryBody(recorded.head.origin, entry);
      const checkpoint = await signCheckpoint(store, recorded.head, logKey);
      return { audit, receipt: formatReceipt(await receiptFor(store, { index: recorded.index, body }, checkpoint)) };
    },
    async close() {
      await Promise.all([store?.close(), previous?.close()]);
    },
  };
}

/**
 * The log that this one goes on from, as far as a check looks back into it. A year that begins must not be one without a
 * past, so what cannot be looked into is an error for as long as gates look back.
 *
 * @returns undefined where there is none, or it is needed no more and not there
 * @throws {GateError} `audit-not-found`; `audit-corrupt` where it is not the log that this one names
 */
async function openPrevious(
  store: AuditStore | undefined,
  { options, config, folder, services }: RecordRequest,
): Promise<AuditStore | undefined> {
  const { clock, random, variables } = services;
  if (store === undefined) {
    if (config.auditPrevious === undefined || options.store !== undefined) return undefined;
    throw new GateError("audit-not-found", "audit.previous names the log before, and there is no log that goes on", {
      hint: "Begin it with `gate audit shard`, or take audit.previous out of gate.yaml.",
    });
  }
  const named = await previousLog(store);
  if (named === undefined) return undefined;
  await refuseIncomplete(store);
  const isNeeded = !(clock.now().getTime() - named.began.getTime() >= HISTORY_DAYS * DAY_MS);
  const location =
    config.auditPrevious === undefined
      ? undefined
      : readLocation(config.auditPrevious, { folder, variables, origin: named.origin });
  const previous =
    location === undefined ? undefined : await openExistingStore({ path: location, mode: "read", clock, random });
  if (previous === undefined) {
    if (!isNeeded) return undefined;
    const message = `gates look back ${HISTORY_DAYS} days, and the log began on ${named.began.toISOString().slice(0, 10)} where ${named.origin} ended`;
    throw new GateError("audit-not-found", message, { hint: "Name that log as audit.previous of gate.yaml." });
  }
  try {
    await refuseOther(previous, named);
    return previous;
  } catch (error) {
    await previous.close();
    throw error;
  }
}

async function refuseOther(previous: AuditStore, named: PreviousLog): Promise<void> {
  const whole = await previous.head();
  const head = whole.size < named.size ? whole : await previous.head(named.size);
  if (head.origin === named.origin && head.size === named.size && head.root === named.root) return;
  throw new GateError("audit-corrupt", `audit.previous is not the log ${named.origin} as it ended`, {
    hint: "Name the log that `gate audit shard` closed, or restore it from a copy.",
  });
}

/** Where nothing is appended, the log is only as good as what it is asked for. */
function guardOf(
  path: StoreLocation,
  { audit, spool }: CheckOptions,
  { auditGuard }: Config,
  { stateFolder }: CheckServices,
): HeadGuard | undefined {
  if (!audit || spool !== undefined || !auditGuard || stateFolder === undefined) return undefined;
  return openGuard(stateFolder, path);
}

async function lastTime(store: AuditStore): Promise<number | undefined> {
  for await (const entry of store.entries({ last: 1 })) {
    const body = readEntryBody(entry.body);
    if (body === undefined) return undefined;
    return Math.max(Date.parse(body.time), Date.parse(collectionOf(body.content)?.at ?? body.time));
  }
  return undefined;
}
