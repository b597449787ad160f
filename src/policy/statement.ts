import { canonicalBytes } from "../evidence/canonical.ts";
import { type Location, SEVERITIES, type Severity } from "../evidence/types.ts";
import { GateError } from "../util/errors.ts";
import { isRecord, isStringArray } from "../util/json.ts";

/** A figure that a gate holds against a limit. */
export interface Measured {
  readonly value: number;
  readonly limit: number;
  /** Which way is the better one. */
  readonly better: "higher" | "lower";
}

/** Bytes of an answer's canonical text: it is kept with the decision, and says what a person can read. */
const MAX_ANSWER_BYTES = 16_384;

/** A violation as a gate's `deny` rule states it. */
export interface StatedViolation {
  /** The id of the document that it was found in. */
  readonly evidence?: string;
  /** The position of the finding, component, test case or file in that document, as its field `item` gave it. */
  readonly item?: number;
  /** What tells violations of one item, or of a gate without items, apart; stable between runs. */
  readonly key?: string;
  readonly msg?: string;
  readonly severity?: Severity;
  readonly location?: Location;
  readonly remediation?: string;
  /** So that what is let through can be told from what got worse since. */
  readonly measured?: Measured;
  /** Why the policy itself lets it through; it stays listed. */
  readonly exception?: string;
}

/** What a gate's rules said about its evidence. */
export interface GateStatement {
  readonly violations: readonly StatedViolation[];
  /** How many subject items the gate looked at. */
  readonly applicable: number;
  /** What the gate itself misses in the evidence. */
  readonly missing: readonly string[];
  /** The gate's reason for not applying. */
  readonly notApplicable?: string;
  /** What the gate says besides, such as a level of risk. */
  readonly answer?: Readonly<Record<string, unknown>>;
}

/**
 * Reads the object that a gate's entry point gives. A gate that answers in another shape has a defect, and a defect
 * must not be read as "no violation".
 *
 * @throws {Error} where the shape is wrong
 */
export function parseStatement(value: unknown): GateStatement {
  if (!isRecord(value)) throw new Error("the gate's result is not an object");
  const { deny, applicable, missing = [], not_applicable: notApplicable, answer } = value;
  if (!Array.isArray(deny)) throw new Error("the rule `deny` is not a set");
  if (typeof applicable !== "number" || !Number.isInteger(applicable) || applicable < 0) {
    throw new Error("the rule `applicable` is undefined or no count");
  }
  if (!isStringArray(missing)) throw new Error("the rule `missing` is not a set of texts");
  if (notApplicable !== undefined && (typeof notApplicable !== "string" || notApplicable === "")) {
    throw new Error("the rule `not_applicable` is not a text");
  }
  return {
    violations: deny.map(parseViolation),
    applicable,
    missing,
    ...(notApplicable === undefined ? {} : { notApplicable }),
    ...(answer === undefined ? {} : { answer: parseAnswer(answer) }),
  };
}

function parseAnswer(value: unknown): NonNullable<GateStatement["answer"]> {
  if (!isRecord(value)) throw new Error("the rule `answer` is not an object");
  if (!fits(value)) throw new Error(`the rule \`answer\` takes more than ${MAX_ANSWER_BYTES} bytes`);
  return value;
}

/** @throws {Error} for what is no JSON, such as a number that is not finite */
function fits(value: object): boolean {
  try {
    return canonicalBytes(value, MAX_ANSWER_BYTES) !== undefined;
  } catch (error) {
    if (!(error instanceof GateError)) throw error;
    throw new Error(`the rule \`answer\` is no JSON: ${error.message}`, { cause: error });
  }
}

const TEXTS = ["evidence", "key", "msg", "remediation", "exception"] as const;

function parseViolation(value: unknown): StatedViolation {
  if (typeof value === "string") return { msg: value };
  if (!isRecord(value)) throw new Error("an element of `deny` is neither a text nor an object");
  const violation: { -readonly [K in keyof StatedViolation]: StatedViolation[K] } = {};
  for (const [key, member] of Object.entries(value)) {
    const text = TEXTS.find((known) => known === key);
    if (text !== undefined && typeof member === "string") violation[text] = member;
    else if (key === "item" && typeof member === "number") violation.item = member;
    else if (key === "severity") violation.severity = parseSeverity(member);
    else if (key === "location") violation.location = parseLocation(member);
    else if (key === "measured") violation.measured = parseMeasured(member);
    else throw new Error(`an element of \`deny\` has the member "${key}", which is unknown or of the wrong type`);
  }
  if (violation.msg === undefined && violation.item === undefined) {
    throw new Error("an element of `deny` has neither `msg` nor `item`, so nobody could tell what is wrong");
  }
  return violation;
}

function parseSeverity(value: unknown): Severity {
  const severity = SEVERITIES.find((known) => known === value);
  if (severity === undefined) throw new Error(`"severity" must be one of ${SEVERITIES.join(", ")}`);
  return severity;
}

function parseMeasured(value: unknown): Measured {
  const { value: figure, limit, better, ...rest } = isRecord(value) ? value : {};
  if (typeof figure !== "number" || typeof limit !== "number" || Object.keys(rest).length > 0)
    throw new Error('"measured" needs a "value" and a "limit", both numbers, and nothing but "better" besides');
  if (better !== "higher" && better !== "lower") throw new Error('"better" of "measured" must be higher or lower');
  return { value: figure, limit, better };
}

function parseLocation(value: unknown): Location {
  if (!isRecord(value) || typeof value["path"] !== "string") throw new Error('"location" needs a "path"');
  const { path, line } = value;
  return { path, ...(typeof line === "number" ? { line } : {}) };
}
