import { canonicalDigest } from "../evidence/canonical.ts";
import type { AuditEvent, Digest, EventOutcome, EvidenceStatus, ParsedEvidence } from "../evidence/types.ts";
import { compact } from "../util/compact.ts";
import { GateError } from "../util/errors.ts";
import type { Limits } from "../util/limits.ts";
import { FormatError } from "./adapter.ts";
import { createDiagnostics } from "./diagnostics.ts";
import type { JsonRecord } from "./records.ts";
import { earlierOf, instantOf, instantOfEpoch, isObject, type JsonObject, kept } from "./values.ts";

/** One event of a log, before it becomes evidence. */
export interface LoggedEvent {
  /** As the log has it, and where. */
  readonly record: JsonRecord;
  readonly id?: string | undefined;
  /** An instant of {@link timeOf}; a log with events that have none is `partial`. */
  readonly at: string | undefined;
  readonly actor?: string | undefined;
  readonly actorType?: string | undefined;
  readonly action: string | undefined;
  readonly target?: string | undefined;
  readonly targetType?: string | undefined;
  readonly outcome: EventOutcome;
  /** Strings and bodies that were left out. */
  readonly redactions: number;
  /** Of a log with several events for one request: only that of the latest stage is kept, at the place of the first. */
  readonly request?: { readonly id: string; readonly stage: number } | undefined;
}

/** Which event stands for a request so far. */
interface KeptStage {
  readonly index: number;
  readonly stage: number;
  readonly redactions: number;
}

/**
 * The evidence of a log. No format of a log says that it is all there is, so the best status is `unknown`.
 *
 * @param tool the system that wrote the log
 * @param eventOf what one record says
 * @throws {FormatError} `malformed` for an event without an action, and where no event has a time
 */
export function auditLogEvidence(
  tool: string,
  records: Iterable<JsonRecord>,
  eventOf: (record: JsonRecord) => LoggedEvent,
  limits: Limits,
): ParsedEvidence {
  const reasons = createDiagnostics();
  const timed: AuditEvent[] = [];
  const requests = new Map<string, KeptStage>();
  let redactions = 0;
  let untimed: LoggedEvent | undefined;
  for (const record of records) {
    const logged = eventOf(record);
    if (logged.at === undefined) {
      untimed ??= logged;
      reasons.add("no-time", "the event has no time, and is left out", record.place);
      continue;
    }
    const { request } = logged;
    const earlier = request === undefined ? undefined : requests.get(request.id);
    if (request !== undefined && earlier !== undefined && earlier.stage >= request.stage) continue;
    const index = earlier?.index ?? timed.length;
    timed[index] = auditEvent(logged, logged.at, limits);
    redactions += logged.redactions - (earlier?.redactions ?? 0);
    if (request !== undefined) requests.set(request.id, { index, stage: request.stage, redactions: logged.redactions });
  }
  if (timed.length === 0 && untimed !== undefined) {
    throw new FormatError("malformed", "no event has a time", untimed.record.place);
  }
  if (timed.length === 0) reasons.add("no-events", "there is no event in the log");
  const status: EvidenceStatus = timed.length === 0 ? "empty" : untimed === undefined ? "unknown" : "partial";
  return {
    kind: "audit-log",
    tools: [{ name: tool }],
    subject: {},
    status,
    statusReasons: reasons.list(),
    quality: {
      warnings: [],
      inconsistencies: [],
      redactions,
    },
    summary: summaryOf(timed),
    body: { events: timed },
  };
}

function summaryOf(events: readonly AuditEvent[]) {
  const counts: Record<EventOutcome, number> = { success: 0, failure: 0, denied: 0, unknown: 0 };
  let from: string | undefined;
  let to: string | undefined;
  for (const { at, outcome } of events) {
    counts[outcome]++;
    from = earlierOf(from, at);
    if (to === undefined || at > to) to = at;
  }
  const actors = new Set(events.map(({ actor }) => actor).filter((actor) => actor !== undefined));
  return compact({ events: events.length, actors: actors.size, ...counts, from, to });
}

function auditEvent(event: LoggedEvent, at: string, limits: Limits): AuditEvent {
  const { record, action, outcome } = event;
  if (action === undefined) throw new FormatError("malformed", "the event does not say what was done", record.place);
  const text = (value: string | undefined) => (value === undefined ? undefined : kept(value, limits));
  return compact({
    id: text(event.id),
    at,
    actor: text(event.actor),
    actorType: text(event.actorType),
    action: kept(action, limits),
    target: text(event.target),
    targetType: text(event.targetType),
    outcome,
    digest: digestOf(record),
  });
}

function digestOf({ value, place }: JsonRecord): Digest {
  try {
    return canonicalDigest(value);
  } catch (cause) {
    if (!(cause instanceof GateError)) throw cause;
    // JSON may hold what RFC 8785 has no form for: half a surrogate pair, or a number beyond every double.
    throw new FormatError("malformed", `${cause.message}, which the event holds`, place, cause);
  }
}

const WITHOUT_OFFSET = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2}(?:\.\d+)?)(?: ?UTC)?$/;

/**
 * An instant as audit logs write them: a count since 1970 in milliseconds or seconds, or ISO 8601. These logs are
 * written in UTC, so a time without an offset is taken to be that.
 */
export function timeOf(value: unknown): string | undefined {
  if (typeof value === "number") return instantOfEpoch(value);
  if (typeof value !== "string") return undefined;
  const [, day, time] = WITHOUT_OFFSET.exec(value.trim()) ?? [];
  return instantOf(day === undefined ? value : `${day}T${time}Z`);
}

/**
 * How many of some members hold something: an address, the name of a browser, a request. Names with dots are looked up
 * step by step; of a list each element counts.
 */
export function redactionsOf(event: JsonObject, names: readonly string[]): number {
  let count = 0;
  for (const name of names) {
    let value: unknown = event;
    for (const step of name.split(".")) value = isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
    if (Array.isArray(value)) count += value.length;
    else if (value !== undefined && value !== null && value !== "") count++;
  }
  return count;
}

/** What a user of Kubernetes is, by the prefix that its name has. */
export function kubernetesActorType(user: string): string {
  if (user.startsWith("system:serviceaccount:")) return "service";
  if (user === "system:anonymous") return "anonymous";
  return user.startsWith("system:") ? "system" : "user";
}
