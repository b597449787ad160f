import { createHash } from "node:crypto";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import Database from "better-sqlite3";
import type { Deletion } from "../../src/audit/deletion.ts";
import { decisionEntry, type SealedDecision, sealedDecisionEntry } from "../../src/audit/entry.ts";
import { toDigest } from "../../src/audit/log.ts";
import { NoteError } from "../../src/audit/note.ts";
import type { Blob, NewEntry } from "../../src/audit/store.ts";
import { uuidV7 } from "../../src/audit/uuid.ts";
import type { Decision } from "../../src/decision/types.ts";
import { sha256 } from "../../src/evidence/canonical.ts";

export const ORIGIN = "github.com/acme/payments";

/** The standard test vectors, which lie beside the project in the workspace and are not shipped with it. */
export const VECTORS = join(import.meta.dirname, "../../../shared/corpus/vectors");

export const ZERO_DIGEST = toDigest(new Uint8Array(32));

/** A new directory, removed when the value goes out of scope. */
export function temporaryDirectory(parent: string = tmpdir()): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(parent, "gate-audit-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** The id of the decision with that number, one second apart. */
export function sampleId(number: number): string {
  const random = Buffer.alloc(10);
  random.writeUInt32BE(number, 6);
  return uuidV7(sampleTime(number), random);
}

export function sampleTime(number: number): Date {
  return new Date(Date.UTC(2026, 0, 1) + number * 1000);
}

/** A decision in its recorded form, the same for the same number. */
export function sampleDecision(number: number, changes: Partial<Decision> = {}): Decision {
  return {
    schema: "gate/decision/v1",
    id: sampleId(number),
    outcome: "block",
    exitCode: 1,
    environment: "production",
    subject: {
      repository: ORIGIN,
      commit: number.toString(16).padStart(40, "0"),
      change: { id: "12", base: "main", author: "ada" },
      artifacts: [],
      source: "ci",
    },
    evaluatedAt: sampleTime(number).toISOString(),
    engine: { name: "gate", version: "0.1.0" },
    policy: { digest: ZERO_DIGEST, wasm: ZERO_DIGEST, source: "builtin", gates: 1, toolchain: "1.0.0" },
    config: { digest: ZERO_DIGEST, path: "gate.yaml" },
    evidence: [
      {
        id: sha256(`evidence ${number}`),
        kind: "findings",
        tool: { name: "semgrep" },
        format: "sarif",
        path: "semgrep.sarif",
        sha256: sha256(`file ${number}`),
        bytes: 1234,
        status: "usable",
        toolStatus: "complete",
        reasons: [],
        counts: { high: 1 },
      },
    ],
    gates: [
      {
        id: "sast",
        title: "Static analysis",
        enforcement: "mandatory",
        result: "fail",
        applicable: 3,
        durationMs: 2,
        parameters: {},
        evidence: [],
        violations: [{ fingerprint: sha256(`finding ${number}`), severity: "high", message: "SQL injection" }],
        controls: ["ssdf:PW.7.2"],
      },
    ],
    waivers: { used: [], unused: [], expired: [], expiring: [], refused: [] },
    approvals: [],
    bypass: null,
    baseline: null,
    risk: null,
    stages: [],
    signer: null,
    inputs: null,
    integrity: { level: "bound", required: "bound", reasons: [] },
    audit: null,
    ...changes,
  };
}

export function sampleEntry(
  number: number,
  changes: Partial<Decision> = {},
): { readonly entry: NewEntry; readonly blobs: readonly Blob[] } {
  return decisionEntry(sampleDecision(number, changes), sampleTime(number));
}

/** Salts that are the same in every run, and of no two values. */
export function sampleSalts(): (bytes: number) => Uint8Array {
  let count = 0;
  return (bytes) => Buffer.alloc(bytes).fill(createHash("sha256").update(`salt ${count++}`).digest());
}

/** A decision as a check records it: with commitments in place of names. */
export function sealedSample(number: number, changes: Partial<Decision> = {}): SealedDecision {
  return sealedDecisionEntry(sampleDecision(number, changes), sampleTime(number), { random: sampleSalts() });
}

/** A deletion for retention of these documents. */
export function sampleDeletion(documents: Deletion["documents"], changes: Partial<Deletion> = {}): Deletion {
  return {
    cause: "retention",
    basis: "audit.retention: 7y",
    at: "2033-01-04T00:00:00.000Z",
    by: "ada@acme.example",
    documents,
    commitments: [],
    ...changes,
  };
}

export async function collect<T>(values: AsyncIterable<T>): Promise<readonly T[]> {
  const collected: T[] = [];
  for await (const value of values) collected.push(value);
  return collected;
}

let copies = 0;

/** Another file beside a log, with the same in it. */
export function copyOf(log: string): string {
  const path = join(dirname(log), `copy-${(copies += 1)}.db`);
  copyFileSync(log, path);
  return path;
}

/** What is wrong with a note, a key or a receipt that is read; `none` where it is read. */
export function noteProblemOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof NoteError) return error.message;
    throw error;
  }
  return "none";
}

/** Runs statements on the file of a store behind its back. */
export function tamper(path: string, ...statements: readonly string[]): void {
  const database = new Database(path);
  try {
    for (const statement of statements) database.exec(statement);
  } finally {
    database.close();
  }
}
