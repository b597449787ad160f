import type { Obligation } from "../decision/obligations.ts";
import type { Decision } from "../decision/types.ts";
import type { BypassReview } from "./obligations.ts";

/** Which strings of which documents are personal data: the one place that says so. */

/**
 * What becomes of a string, and of every string in a list or an object:
 * `kept`: it is recorded as it is; `name`: it is who somebody is; `text`: somebody wrote it, about anybody;
 * `mention`: programs wrote it, and it is committed to where it has one of the names in it.
 */
export type Treatment = "kept" | "name" | "text" | "mention";

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
export const TREATMENTS = { decision: DECISION, obligation: OBLIGATION, review: REVIEW } as const;

/** Whether documents of a kind of entry have commitments in place of names; a deletion lists those of others. */
export function isKindWithPeople(kind: string): kind is keyof typeof TREATMENTS {
  return Object.hasOwn(TREATMENTS, kind);
}

/** By the kind of their entries. */
export interface Documents {
  readonly decision: Decision;
  readonly obligation: Obligation;
  readonly review: BypassReview;
}

/** @param path the names and places that lead to the string; another one by the next call */
type Visit = (value: string, treatment: Treatment, path: readonly (string | number)[]) => string;

/** A JSON value with every string as `visit` gives it; what did not change is the same object. */
export function walk(value: unknown, treatments: unknown, visit: Visit): unknown {
  return walkFrom(value, treatments, visit, []);
}

function walkFrom(value: unknown, treatments: unknown, visit: Visit, path: (string | number)[]): unknown {
  if (typeof value === "string") return visit(value, treatmentOf(treatments), path);
  if (typeof value !== "object" || value === null) return value;
  let copy: object | undefined;
  const look = (name: string | number, member: unknown): void => {
    if (typeof member !== "string" && (typeof member !== "object" || member === null)) return;
    path.push(name);
    const walked = walkFrom(member, memberOf(treatments, name), visit, path);
    path.pop();
    if (walked === member) return;
    copy ??= Array.isArray(value) ? [...value] : { ...value };
    // Not by assignment, which a name such as `__proto__` would lead astray.
    Object.defineProperty(copy, name, { value: walked, enumerable: true, configurable: true, writable: true });
  };
  if (Array.isArray(value)) value.forEach((member, at) => look(at, member));
  else for (const [name, member] of Object.entries(value)) look(name, member);
  return copy ?? value;
}

/** What a table says of a member; what it says of a whole object or list holds for all that is in it. */
function memberOf(treatments: unknown, name: string | number): unknown {
  if (typeof treatments !== "object" || treatments === null) return treatments;
  if (typeof name === "number") return Array.isArray(treatments) ? treatments[0] : undefined;
  return Object.hasOwn(treatments, name) ? Reflect.get(treatments, name) : undefined;
}

/** A member that no table names is free text: what nobody thought of must not be what stays for ever. */
function treatmentOf(treatments: unknown): Treatment {
  return treatments === "kept" || treatments === "name" || treatments === "mention" ? treatments : "text";
}
