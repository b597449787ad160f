import { createHmac, timingSafeEqual } from "node:crypto";
import { DECISION_SCHEMA, type Decision } from "../decision/types.ts";
import { canonicalDigest } from "../evidence/canonical.ts";
import type { Digest } from "../evidence/types.ts";
import { GateError } from "../util/errors.ts";
import { isRecord } from "../util/json.ts";
import { mentionFinder } from "./mentions.ts";
import type { Commitment, Disclosure } from "./store.ts";
import { type Documents, TREATMENTS, type Treatment, walk } from "./treatments.ts";

/**
 * Personal data in what is recorded. A document is under the root of the log for ever, so that it holds commitments in place
 * of people's names and words; what they stand for is beside the log, where it can be erased.
 *
 * A bare hash of a name is no commitment: there are few names, and each can be tried. The salt goes with the value.
 */

/** Bytes of a salt: as many as the hash has, so that nobody can try values without it. */
const SALT_BYTES = 32;

const COMMITMENT = /^hmac-sha256:[0-9a-f]{64}$/;

/** What a commitment of a document stands for. */
export type Opening = Omit<Disclosure, "document">;

/** The salts of a document that still has its values, by the JSON pointers (RFC 6901) of these; in base64. */
export type Salts = Readonly<Record<string, string>>;

/** A document as it is recorded. */
export interface Sealed<T> {
  readonly sealed: T;
  /** One for each value, however often the document has it. */
  readonly openings: readonly Opening[];
  readonly salts: Salts;
}

export interface SealOptions {
  /** Gives as many random bytes as asked for. */
  readonly random: (bytes: number) => Uint8Array;
  /** People that the document may mention, besides those that it names. Default: none. */
  readonly people?: Iterable<string>;
}

/** HMAC-SHA-256 (RFC 2104) of the UTF-8 form of a value under its salt. */
export function commitmentTo(value: string, salt: Uint8Array): Commitment {
  return `hmac-sha256:${createHmac("sha256", salt).update(value, "utf8").digest("hex")}`;
}

/** Whether a text is written like a commitment. */
export function isCommitment(value: unknown): value is Commitment {
  return typeof value === "string" && COMMITMENT.test(value);
}

/** Whether a commitment is to that value under that salt. */
export function opens({ commitment, salt, value }: Opening): boolean {
  if (salt.length !== SALT_BYTES || !isCommitment(commitment)) return false;
  return timingSafeEqual(Buffer.from(commitmentTo(value, salt)), Buffer.from(commitment));
}

/**
 * Puts commitments in the place of personal data. The same value gets the same commitment wherever the document has it: that
 * two approvals are of one person can still be told when nobody knows any more who that was. What looks like a commitment
 * already is committed to like a name, for whoever reads the record must not take it for one.
 */
export function sealDocument<K extends keyof Documents>(
  kind: K,
  document: Documents[K],
  { random, people = [] }: SealOptions,
): Sealed<Documents[K]> {
  const treatments: unknown = TREATMENTS[kind];
  const names: string[] = [...people];
  walk(document, treatments, (value, treatment) => {
    if (treatment === "name") names.push(value);
    return value;
  });
  const mentions = mentionFinder(names);
  const openings = new Map<string, Opening>();
  const salts: Record<string, string> = {};
  const sealed = walk(document, treatments, (value, treatment, path) => {
    if (!isPersonal(value, treatment, mentions)) return value;
    let opening = openings.get(value);
    if (opening === undefined) {
      const salt = random(SALT_BYTES);
      opening = { commitment: commitmentTo(value, salt), salt, value };
      openings.set(value, opening);
    }
    salts[pointerTo(path)] = Buffer.from(opening.salt).toString("base64");
    return opening.commitment;
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- texts became other texts, and nothing else changed
  return { sealed: sealed as Documents[K], openings: [...openings.values()], salts };
}

function isPersonal(value: string, treatment: Treatment, mentions: (text: string) => boolean): boolean {
  if (isCommitment(value)) return true;
  if (treatment === "kept" || value === "") return false;
  return treatment !== "mention" || mentions(value);
}

/** What a store knows of a document, all at once. */
export async function gathered(disclosures: AsyncIterable<Disclosure>): Promise<readonly Disclosure[]> {
  const all: Disclosure[] = [];
  for await (const disclosure of disclosures) all.push(disclosure);
  return all;
}

/** What is beside the log about a document, for its openings. */
export function disclosuresOf(document: Digest, openings: readonly Opening[]): readonly Disclosure[] {
  return openings.map((opening) => ({ document, ...opening }));
}

/** Every commitment in a document, each once. */
function commitmentsIn(document: unknown): Set<Commitment> {
  const found = new Set<Commitment>();
  const look = (value: unknown): void => {
    if (isCommitment(value)) found.add(value);
    else if (typeof value === "object" && value !== null) for (const member of Object.values(value)) look(member);
  };
  look(document);
  return found;
}

/** Every commitment in the bytes of a document; most documents of earlier versions have none, and what is no JSON has none. */
export function commitmentsOf(data: Uint8Array): Set<Commitment> {
  const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (!text.includes("hmac-sha256:")) return new Set();
  try {
    return commitmentsIn(JSON.parse(text.toString("utf8")));
  } catch {
    // Not gate's, or nested without an end: whoever verifies finds that it is not what was recorded.
    return new Set();
  }
}

/** A document with its values, as far as they are still there. */
export interface Opened<T> {
  readonly document: T;
  readonly salts: Salts;
  /** How many of its commitments stand for something that is gone. */
  readonly erased: number;
}

/**
 * Puts personal data back. A commitment whose value was erased stays: people can still be told apart, not named.
 *
 * @throws {GateError} `audit-corrupt` where a value is not the one that was committed to
 */
export function openDocument<T>(document: T, openings: readonly Opening[]): Opened<T> {
  const byCommitment = new Map<string, Opening>();
  for (const opening of openings) {
    if (!opens(opening)) {
      throw new GateError("audit-corrupt", "a name in the audit store is not the one that was recorded", {
        hint: "Run `gate audit verify`.",
      });
    }
    byCommitment.set(opening.commitment, opening);
  }
  const salts: Record<string, string> = {};
  const erased = new Set<string>();
  const opened = walk(document, "kept", (value, _, path) => {
    if (!isCommitment(value)) return value;
    const opening = byCommitment.get(value);
    if (opening === undefined) {
      erased.add(value);
      return value;
    }
    salts[pointerTo(path)] = Buffer.from(opening.salt).toString("base64");
    return opening.value;
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- texts became other texts, and nothing else changed
  return { document: opened as T, salts, erased: erased.size };
}

/**
 * A document as it was recorded, from one with its values and their salts. Which strings were committed to, the salts say: so
 * that a document is read by later versions of gate, which may commit to others.
 */
export function sealAgain<T>(document: T, salts: Salts): T {
  const again = walk(document, "kept", (value, _, path) => {
    const pointer = pointerTo(path);
    const salt = Object.hasOwn(salts, pointer) ? Buffer.from(salts[pointer] ?? "", "base64") : undefined;
    // Of another length it would not bind: HMAC fills short keys with zeros.
    return salt?.length === SALT_BYTES ? commitmentTo(value, salt) : value;
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- texts became other texts, and nothing else changed
  return again as T;
}

/**
 * Whether a document has a text that mentions somebody and could have been committed to: one of an earlier version of gate, or
 * a person whom nobody knew of when it was recorded.
 */
export function namesInPlain(
  kind: keyof typeof TREATMENTS,
  data: Uint8Array,
  mentions: (text: string) => boolean,
): boolean {
  let found = false;
  const { schema: _, ...document }: Readonly<Record<string, unknown>> = JSON.parse(Buffer.from(data).toString("utf8"));
  walk(document, TREATMENTS[kind], (value, treatment) => {
    found ||= treatment !== "kept" && mentions(value);
    return value;
  });
  return found;
}

/** A JSON pointer (RFC 6901). */
function pointerTo(path: readonly (string | number)[]): string {
  return path.map((name) => `/${String(name).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** A decision as it was recorded, from one that was printed: sealed again, and without its place in the log. */
export function recordedForm(decision: Decision): Decision {
  const { audit } = decision;
  return sealAgain({ ...decision, audit: null }, audit?.salts ?? {});
}

/**
 * The digest of the recorded form of a decision that somebody printed; undefined for what is no printed decision. Nothing is
 * taken from the file on trust: whatever it says, the digest is of that.
 */
export function digestOfPrinted(json: unknown): Digest | undefined {
  if (!isRecord(json) || json["schema"] !== DECISION_SCHEMA) return undefined;
  const { audit } = json;
  const given = isRecord(audit) && isRecord(audit["salts"]) ? audit["salts"] : {};
  const salts: Record<string, string> = Object.create(null);
  for (const [pointer, salt] of Object.entries(given)) if (typeof salt === "string") salts[pointer] = salt;
  try {
    return canonicalDigest(sealAgain({ ...json, audit: null }, salts));
  } catch {
    // Nested too deep, or a text that is none: nothing of that kind is recorded.
    return undefined;
  }
}
