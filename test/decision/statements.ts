import { type Statement, violationsDigest } from "../../src/decision/approvals.ts";
import type { Person } from "../../src/decision/people.ts";
import { sha256 } from "../../src/evidence/canonical.ts";
import { COMMIT, sampleGate, sampleViolation } from "./fixture.ts";

export const REPOSITORY = "acme/payments";

/** Before the clock of the fixture by an hour, and after it by an hour. */
export const EARLIER = "2025-12-31T23:00:00.000Z";
export const LATER = "2026-01-01T01:00:00.000Z";

export const PEOPLE: readonly Person[] = [
  { name: "alice", roles: ["security"], identities: ["alice@example.com", "github:alice-gh"] },
  { name: "bob", roles: ["release-manager"], identities: ["bob@example.com", "gitlab:bob-gl"] },
  { name: "carol", roles: ["security", "release-manager"], identities: ["carol@example.com"] },
  { name: "author", roles: ["security"], identities: ["author@example.com", "github:author-gh"] },
];

export const FAILED_ADVISORY = sampleGate({
  id: "lint",
  enforcement: "advisory",
  result: "fail",
  violations: [sampleViolation()],
});

type Changes = Omit<Partial<Statement>, "subject"> & { readonly subject?: Partial<Statement["subject"]> };

/** Alice's word on the failed advisory gate, good in every way. */
export function sampleApproval({ subject, ...changes }: Changes = {}): Statement {
  const signer = changes.signer ?? "alice@example.com";
  return {
    id: sha256(`approval of ${signer}`),
    kind: "approval",
    via: "ssh",
    signer,
    subject: {
      repository: REPOSITORY,
      commit: COMMIT,
      environment: "production",
      gate: "lint",
      violations: violationsDigest(FAILED_ADVISORY),
      ...subject,
    },
    gates: [],
    reason: "a false alarm",
    createdAt: EARLIER,
    expiresAt: LATER,
    path: "approvals/a.json",
    ...changes,
  };
}

/** Bob asks for a bypass of everything. */
export function sampleBypass({ subject, ...changes }: Changes = {}): Statement {
  const base = sampleApproval({ signer: "bob@example.com", ...changes });
  return {
    ...base,
    id: changes.id ?? sha256("bypass"),
    kind: "bypass",
    subject: { repository: REPOSITORY, commit: COMMIT, environment: "production", ...subject },
    reason: changes.reason ?? "the shop is down",
    ticket: changes.ticket ?? "INC-1",
  };
}

/** Alice's word on Bob's bypass. */
export function sampleSecond({ subject, ...changes }: Changes = {}): Statement {
  const bypass = sampleBypass();
  const signer = changes.signer ?? "alice@example.com";
  return {
    ...sampleApproval({ ...changes, signer }),
    id: changes.id ?? sha256(`second of ${signer}`),
    kind: "bypass-approval",
    subject: { ...bypass.subject, bypass: bypass.id, ...subject },
  };
}
