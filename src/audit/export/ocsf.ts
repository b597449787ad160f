import { asciiJson } from "./ascii-json.ts";
import type { ExportedEntry } from "./entries.ts";
import { type EntryFacts, factsOf, titleOf } from "./facts.ts";
import type { ExportSource } from "./source.ts";

/** The version of the schema that is written. */
const OCSF_VERSION = "1.5.0";

/** Compliance Finding, in the category Findings. */
const CATEGORY = 2;
const CLASS = 2003;

const ACTIVITY = { create: 1, close: 3 } as const;
const STATUS = { new: 1, resolved: 4 } as const;
const COMPLIANCE = { pass: 1, warning: 2, fail: 3, other: 99 } as const;
const SEVERITY = { informational: 1, medium: 3, high: 4 } as const;

interface Meaning {
  readonly compliance: number;
  readonly severity: number;
}

/** What a bypass let through did not pass. */
const OUTCOMES: Readonly<Record<string, Meaning>> = {
  allow: { compliance: COMPLIANCE.pass, severity: SEVERITY.informational },
  block: { compliance: COMPLIANCE.fail, severity: SEVERITY.medium },
  "approval-required": { compliance: COMPLIANCE.warning, severity: SEVERITY.medium },
  "allow-bypassed": { compliance: COMPLIANCE.fail, severity: SEVERITY.high },
};

const GATE_RESULTS: Readonly<Record<string, number>> = {
  pass: COMPLIANCE.pass,
  fail: COMPLIANCE.fail,
  "not-evaluated": COMPLIANCE.warning,
};

/**
 * A compliance finding of OCSF for each decision, obligation and review, one a line. An obligation is a finding that the
 * review closes. What OCSF has no place for is in `unmapped`: origin, index and leaf hash, which tie a row to the log.
 */
export async function* ocsf({ entries }: ExportSource): AsyncIterable<string> {
  for await (const exported of entries) yield `${asciiJson(findingOf(exported))}\n`;
}

function findingOf(exported: ExportedEntry): object {
  const { entry, body, text } = exported;
  const facts = factsOf(body);
  const time = Date.parse(body.time);
  const isReview = body.kind === "review";
  const activity = isReview ? ACTIVITY.close : ACTIVITY.create;
  const { compliance, severity } = meaningOf(body.kind, facts);
  return {
    category_uid: CATEGORY,
    class_uid: CLASS,
    activity_id: activity,
    type_uid: CLASS * 100 + activity,
    time,
    severity_id: severity,
    status_id: isReview ? STATUS.resolved : STATUS.new,
    ...(facts.outcome === undefined ? {} : { status_detail: facts.outcome }),
    message: titleOf(exported),
    metadata: {
      version: OCSF_VERSION,
      uid: body.id,
      log_name: body.log,
      sequence: entry.index,
      product: {
        name: "gate",
        vendor_name: "gate",
        ...(facts.engine === undefined ? {} : { version: facts.engine }),
      },
    },
    finding_info: {
      uid: facts.obligation ?? body.id,
      title: titleOf(exported),
      types: [`gate ${body.kind === "decision" ? "decision" : "obligation"}`],
      created_time: time,
    },
    compliance: {
      ...(facts.environment === undefined ? {} : { control: facts.environment }),
      standards: [facts.policy === undefined ? "gate" : `gate policy ${facts.policy}`],
      status_id: compliance,
      ...(facts.gates.length === 0 ? {} : { checks: facts.gates.map(checkOf) }),
    },
    ...(facts.repository === undefined && facts.commit === undefined ? {} : { resources: [resourceOf(facts)] }),
    raw_data: text,
    unmapped: { log: body.log, index: entry.index, leaf_hash: entry.leafHash },
  };
}

function meaningOf(kind: string, { outcome = "" }: EntryFacts): Meaning {
  if (kind === "review") return { compliance: COMPLIANCE.other, severity: SEVERITY.informational };
  if (kind === "obligation") return { compliance: COMPLIANCE.warning, severity: SEVERITY.high };
  return Object.hasOwn(OUTCOMES, outcome) && OUTCOMES[outcome] !== undefined
    ? OUTCOMES[outcome]
    : { compliance: COMPLIANCE.other, severity: SEVERITY.high };
}

function checkOf({ id, result }: { readonly id: string; readonly result: string }): object {
  return { uid: id, name: id, status: result, status_id: GATE_RESULTS[result] ?? COMPLIANCE.other };
}

function resourceOf({ repository, commit }: EntryFacts): object {
  return {
    type: "repository",
    ...(repository === undefined ? {} : { name: repository }),
    ...(commit === undefined ? {} : { version: commit }),
  };
}
