import { createHmac, timingSafeEqual } from "node:crypto";
import type { Obligation } from "../decision/obligations.ts";
import { DECISION_SCHEMA, type Decision } from "../decision/types.ts";
import { canonicalDigest } from "../evidence/canonical.ts";
import type { Digest, EvidenceDocument } from "../evidence/types.ts";
import { GateError } from "../util/errors.ts";
import { isRecord } from "../util/json.ts";
import type { BypassReview } from "./obligations.ts";
import type { Commitment, Disclosure } from "./store.ts";

/**
 * Personal data in what is recorded. A document is under the root of the log for ever, so that it holds commitments in place
 * of people's names and words; what they stand for is beside the log, where it can be erased.
 *
 * A bare hash of a name is no commitment: there are few names, and each can be tried. The salt goes with the value.
 */

/** Bytes of a salt: as many as the hash has, so that nobody can try values without it. */
export const SALT_BYTES = 32;

const COMMITMENT = /^hmac-sha256:[0-9a-f]{64}$/;

/**
 * What becomes of a string, and of every string in a list or an object:
 * `kept`: it is recorded as it is; `name`: it is who somebody is; `text`: somebody wrote it, about anybody;
 * `mention`: programs wrote it, and it is committed to where it has one of the names in it.
 */
type Treatment = "kept" | "name" | "text" | "mention";

/** Every member of a document, so that one which is added later cannot be forgotten here: it would not compile. */
type TreatmentsOf<T> =
  | Treatment
  | (T extends readonly (infer E)[]
      ? readonly [TreatmentsOf<NonNullable<E>>]
      : T extends object
        ? { readonly [K in keyof T]-?: TreatmentsOf<NonNullable<T[K]>> }
        : never);

const WAIVERS = [
  {
    id: "kept",
    gate: "kept",
    reason: "text",
    ticket: "mention",
    owner: "name",
    expires: "kept",
    covers: "kept",
    source: "mention",
    problem: "mention",
  },
] as const satisfies TreatmentsOf<Decision["waivers"]["used"]>;

const DECISION = {
  schema: "kept",
  id: "kept",
  outcome: "kept",
  exitCode: "kept",
  environment: "kept",
  subject: {
    // Which decisions are about the same, the leaf has to say for as long as there is a log.
    repository: "kept",
    commit: "kept",
    ref: "mention",
    change: { id: "kept", base: "mention", author: "name" },
    artifacts: "kept",
    run: { provider: "kept", id: "kept", attempt: "kept", url: "mention" },
    component: "kept",
    source: "kept",
    dirty: "kept",
  },
  evaluatedAt: "kept",
  engine: "kept",
  policy: {
    digest: "kept",
    wasm: "kept",
    source: "mention",
    gates: "kept",
    toolchain: "kept",
    stored: "kept",
    revision: "mention",
  },
  config: "mention",
  evidence: [
    {
      id: "kept",
      kind: "kept",
      tool: "mention",
      format: "kept",
      path: "mention",
      sha256: "kept",
      bytes: "kept",
      producedAt: "kept",
      status: "kept",
      toolStatus: "kept",
      reasons: "mention",
      counts: "kept",
      stored: "kept",
    },
  ],
  gates: [
    {
      id: "kept",
      title: "kept",
      enforcement: "kept",
      result: "kept",
      applicable: "kept",
      durationMs: "kept",
      reason: "mention",
      remediation: "mention",
      parameters: "mention",
      evidence: "kept",
      violations: [
        {
          fingerprint: "kept",
          severity: "kept",
          message: "mention",
          rule: "mention",
          location: "mention",
          package: "mention",
          evidence: "kept",
          remediation: "mention",
          measured: "mention",
          waiver: "kept",
          baseline: "kept",
          exception: "mention",
        },
      ],
      answer: "mention",
      target: "kept",
      approvedBy: "kept",
      controls: "kept",
      unproven: "kept",
      unasked: "kept",
    },
  ],
  waivers: { used: WAIVERS, unused: WAIVERS, expired: WAIVERS, expiring: WAIVERS, refused: WAIVERS },
  approvals: [
    {
      id: "kept",
      kind: "kept",
      gate: "kept",
      approver: "name",
      roles: "mention",
      via: "kept",
      reason: "text",
      expires: "kept",
      counts: "kept",
      problem: "mention",
    },
  ],
  bypass: {
    id: "kept",
    reason: "text",
    ticket: "mention",
    requestedBy: "name",
    approvers: "name",
    expires: "kept",
    gates: "kept",
    reviewDue: "kept",
  },
  baseline: { decision: "kept", path: "mention", covers: "kept", gone: "kept" },
  risk: {
    gate: "kept",
    level: "kept",
    score: "kept",
    factors: "mention",
    recommendation: "mention",
    changes: "mention",
  },
  stages: "kept",
  integrity: {
    level: "kept",
    required: "kept",
    reasons: [{ code: "kept", message: "mention", remedy: "mention", caps: "kept" }],
  },
  signer: "kept",
  inputs: "kept",
  audit: "kept",
} as const satisfies TreatmentsOf<Decision>;

const OBLIGATION = {
  id: "kept",
  repository: "kept",
  environment: "kept",
  commit: "kept",
  gates: "kept",
  reason: "text",
  ticket: "mention",
  requestedBy: "name",
  identities: "name",
  approvers: "name",
  createdAt: "kept",
  dueAt: "kept",
} as const satisfies TreatmentsOf<Obligation>;

const REVIEW = {
  obligation: "kept",
  outcome: "kept",
  findings: "text",
  reviewer: "name",
  reviewedAt: "kept",
  actions: "text",
} as const satisfies TreatmentsOf<BypassReview>;

/** The kinds of documents that can name people, and what becomes of each of their members. */
const TREATMENTS = { decision: DECISION, obligation: OBLIGATION, review: REVIEW } as const;

/** Whether documents of a kind of entry have commitments in place of names; a deletion lists those of others. */
export function isKindWithPeople(kind: string): kind is keyof typeof TREATMENTS {
  return Object.hasOwn(TREATMENTS, kind);
}

interface Documents {
  readonly decision: Decision;
  readonly obligation: Obligation;
  readonly review: BypassReview;
}

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
  walk(document, treatments, "", (value, treatment) => {
    if (treatment === "name") names.push(value);
    return value;
  });
  const mentions = mentionFinder(names);
  const openings = new Map<string, Opening>();
  const salts: Record<string, string> = {};
  const sealed = walk(document, treatments, "", (value, treatment, pointer) => {
    if (!isPersonal(value, treatment, mentions)) return value;
    let opening = openings.get(value);
    if (opening === undefined) {
      const salt = random(SALT_BYTES);
      opening = { commitment: commitmentTo(value, salt), salt, value };
      openings.set(value, opening);
    }
    salts[pointer] = Buffer.from(opening.salt).toString("base64");
    return opening.commitment;
  });
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

/** Every commitment in the bytes of a document; most evidence and all documents of earlier versions have none. */
export function commitmentsOf(data: Uint8Array): Set<Commitment> {
  const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return text.includes("hmac-sha256:") ? commitmentsIn(JSON.parse(text.toString("utf8"))) : new Set();
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
  const opened = walk(document, "kept", "", (value, _, pointer) => {
    if (!isCommitment(value)) return value;
    const opening = byCommitment.get(value);
    if (opening === undefined) {
      erased.add(value);
      return value;
    }
    salts[pointer] = Buffer.from(opening.salt).toString("base64");
    return opening.value;
  });
  return { document: opened as T, salts, erased: erased.size };
}

/**
 * A document as it was recorded, from one with its values and their salts. Which strings were committed to, the salts say: so
 * that a document is read by later versions of gate, which may commit to others.
 */
export function sealAgain<T>(document: T, salts: Salts): T {
  const again = walk(document, "kept", "", (value, _, pointer) => {
    const salt = Object.hasOwn(salts, pointer) ? Buffer.from(salts[pointer] ?? "", "base64") : undefined;
    // Of another length it would not bind: HMAC fills short keys with zeros.
    return salt?.length === SALT_BYTES ? commitmentTo(value, salt) : value;
  });
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
  walk(document, TREATMENTS[kind], "", (value, treatment) => {
    found ||= treatment !== "kept" && mentions(value);
    return value;
  });
  return found;
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

type Visit = (value: string, treatment: Treatment, pointer: string) => string;

/** A copy of a JSON value with every string as `visit` gives it; what did not change is the same object. */
function walk(value: unknown, treatments: unknown, pointer: string, visit: Visit): unknown {
  if (typeof value === "string") return visit(value, treatmentOf(treatments), pointer);
  if (Array.isArray(value)) {
    const each = memberOf(treatments, 0);
    const walked = value.map((item: unknown, at) => walk(item, each, `${pointer}/${at}`, visit));
    return walked.every((item, at) => item === value[at]) ? value : walked;
  }
  if (!isRecord(value)) return value;
  let changed = false;
  const walked: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    const copy = walk(
      member,
      memberOf(treatments, name),
      `${pointer}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`,
      visit,
    );
    changed ||= copy !== member;
    // Not by assignment, which a name such as `__proto__` would lead astray.
    Object.defineProperty(walked, name, { value: copy, enumerable: true, configurable: true, writable: true });
  }
  return changed ? walked : value;
}

/** What a table says of a member; what it says of a whole object or list holds for all that is in it. */
function memberOf(treatments: unknown, name: string | 0): unknown {
  if (typeof treatments !== "object" || treatments === null) return treatments;
  if (name === 0) return Array.isArray(treatments) ? treatments[0] : undefined;
  return Object.hasOwn(treatments, name) ? Reflect.get(treatments, name) : undefined;
}

/** A member that no table names is free text: what nobody thought of must not be what stays for ever. */
function treatmentOf(treatments: unknown): Treatment {
  return treatments === "kept" || treatments === "name" || treatments === "mention" ? treatments : "text";
}

/** Evidence that says who did something; findings and measurements are about files. */
const KINDS_WITH_PEOPLE: ReadonlySet<string> = new Set([
  "assessment",
  "attestation",
  "audit-log",
  "build",
  "change",
  "deployment",
  "incident",
  "repository",
  "statement",
  "vex",
]);

const MEMBERS_WITH_PEOPLE: ReadonlySet<string> = new Set([
  "actor",
  "author",
  "committer",
  "reviewers",
  "signer",
  "statedBy",
  "user",
]);

/** Everybody whom evidence names, as it names them: what is said of the evidence may mention them. */
export function peopleIn(documents: readonly EvidenceDocument[]): ReadonlySet<string> {
  const people = new Set<string>();
  const look = (value: unknown, isName: boolean): void => {
    if (typeof value === "string") {
      if (isName) people.add(value);
    } else if (Array.isArray(value)) for (const item of value) look(item, isName);
    else if (isRecord(value)) {
      for (const [name, member] of Object.entries(value)) look(member, MEMBERS_WITH_PEOPLE.has(name));
    }
  };
  for (const document of documents) if (KINDS_WITH_PEOPLE.has(document.kind)) look(document, false);
  return people;
}

const WORD = /[\p{L}\p{N}]+/gu;

/** The forms in which texts mention somebody: a whole name, the address in it, what stands before the address, a login. */
function formsOf(name: string): readonly string[] {
  const [, before = "", address = ""] = /^(.*?)<([^<>]*)>\s*$/.exec(name) ?? [];
  const login = /^(?:github|gitlab):(.+)$/.exec(name)?.[1] ?? "";
  return [name, before, address, login].map(foldedText).filter((form) => form !== "");
}

/** Letter case and the two ways of writing an accent make no difference to who is meant. */
function foldedText(text: string): string {
  return text.normalize("NFC").toLowerCase().trim();
}

/** Says of texts whether somebody of these is named in them, as whole words. */
export function mentionFinder(names: Iterable<string>): (text: string) => boolean {
  const byFirstWord = new Map<string, Set<string>>();
  for (const form of [...names].flatMap(formsOf)) {
    const [first] = form.match(WORD) ?? [];
    // Nobody is found by signs alone.
    if (first === undefined) continue;
    const forms = byFirstWord.get(first) ?? new Set();
    byFirstWord.set(first, forms.add(form));
  }
  if (byFirstWord.size === 0) return () => false;
  return (text) => {
    const folded = foldedText(text);
    for (const { 0: word } of folded.matchAll(WORD)) {
      for (const form of byFirstWord.get(word) ?? []) if (hasWords(folded, form)) return true;
    }
    return false;
  };
}

function hasWords(text: string, form: string): boolean {
  for (let at = text.indexOf(form); at >= 0; at = text.indexOf(form, at + 1)) {
    if (!isWordAt(text, at - 1) && !isWordAt(text, at + form.length)) return true;
  }
  return false;
}

/** Whether a name could go on there: one within another word is nobody's. */
function isWordAt(text: string, at: number): boolean {
  return /[\p{L}\p{N}\uD800-\uDFFF]/u.test(text.charAt(at));
}
