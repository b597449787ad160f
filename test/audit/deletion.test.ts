import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { absencesIn, type Deletion, deletionEntry } from "../../src/audit/deletion.ts";
import { decisionEntry, REVIEW_MEDIA_TYPE } from "../../src/audit/entry.ts";
import { openAuditStore } from "../../src/audit/open.ts";
import type { AuditStore, Blob } from "../../src/audit/store.ts";
import { type VerifyReport, verifyStore } from "../../src/audit/verify.ts";
import type { Decision } from "../../src/decision/types.ts";
import { canonicalJson, sha256 } from "../../src/evidence/canonical.ts";
import type { Digest } from "../../src/evidence/types.ts";
import {
  ORIGIN,
  sampleDecision,
  sampleDeletion,
  sampleTime,
  tamper,
  temporaryDirectory,
  ZERO_DIGEST,
} from "./fixtures.ts";

let directory: ReturnType<typeof temporaryDirectory>;
beforeAll(() => {
  directory = temporaryDirectory();
});
afterAll(() => directory[Symbol.dispose]());

let logs = 0;

/** A log of five decisions that share their policies, each with evidence of its own. */
async function newLog(use: (store: AuditStore) => Promise<void>): Promise<string> {
  logs += 1;
  const path = join(directory.path, `${logs}.db`);
  const store = await openAuditStore({ path, origin: ORIGIN, mode: "append" });
  try {
    for (let number = 1; number <= 5; number++) await append(store, number);
    await use(store);
  } finally {
    await store.close();
  }
  return path;
}

const POLICIES: readonly Blob[] = ["application/vnd.gate.policy.v1+json", "application/wasm"].map((mediaType) => {
  const data = Buffer.from(mediaType);
  return { digest: sha256(data), mediaType, data };
});

function evidenceOf(number: number): Blob {
  const data = Buffer.from(canonicalJson({ evidence: number }));
  return { digest: sha256(data), mediaType: "application/vnd.gate.evidence.v1+json", data };
}

function decisionOf(number: number, changes: Partial<Decision> = {}): Decision {
  const decision = sampleDecision(number);
  const [evidence] = decision.evidence;
  if (evidence === undefined) throw new Error("the sample has evidence");
  return {
    ...decision,
    evidence: [{ ...evidence, id: evidenceOf(number).digest, stored: true }],
    policy: { ...decision.policy, stored: POLICIES.map(({ digest }) => digest) },
    ...changes,
  };
}

async function append(store: AuditStore, number: number, changes: Partial<Decision> = {}): Promise<void> {
  const { entry, blobs } = decisionEntry(decisionOf(number, changes), sampleTime(number));
  const missing = [];
  for (const blob of [evidenceOf(number), ...POLICIES]) if (!(await store.has(blob.digest))) missing.push(blob);
  await store.append(entry, [...blobs, ...missing]);
}

function documentOf(number: number, changes: Partial<Decision> = {}): Digest {
  return sha256(canonicalJson(decisionOf(number, changes)));
}

async function remove(store: AuditStore, documents: readonly Digest[], changes: Partial<Deletion> = {}): Promise<void> {
  const { entry, blobs } = deletionEntry(sampleDeletion(documents.toSorted(), changes));
  const { size } = await store.head();
  if ((await store.remove(entry, blobs, size)) === undefined) throw new Error("the log has grown");
}

function codesOf({ findings }: VerifyReport): readonly string[] {
  return findings.map(({ code }) => code);
}

function hexOf(digest: Digest): string {
  return digest.slice("sha256:".length);
}

describe("verification after documents were removed", () => {
  test("is good where a deletion lists them, and counts them", async () => {
    const path = await newLog(async (store) => {
      await remove(store, [evidenceOf(1).digest, evidenceOf(2).digest]);
      await remove(store, [documentOf(1)], { at: "2033-02-01T00:00:00.000Z" });
    });
    expect(await verifyStore(path)).toMatchObject({ verdict: "good", entries: 8, deleted: 3, findings: [] });
  });

  test("is good where a decision and all that it names went in one deletion", async () => {
    const path = await newLog(async (store) => {
      await remove(store, [
        ...[1, 2, 3, 4, 5].flatMap((n) => [documentOf(n), evidenceOf(n).digest]),
        ...POLICIES.map(({ digest }) => digest),
      ]);
    });
    expect(await verifyStore(path)).toMatchObject({ verdict: "good", deleted: 12, findings: [] });
  });

  test("is unknown where one more is missing than a deletion lists", async () => {
    const path = await newLog(async (store) => remove(store, [evidenceOf(1).digest]));
    tamper(path, `DELETE FROM blob WHERE lower(hex(sha256)) = '${hexOf(evidenceOf(2).digest)}'`);
    expect(await verifyStore(path)).toMatchObject({
      verdict: "unknown",
      deleted: 1,
      findings: [{ code: "pruned", index: 2, message: expect.stringContaining(evidenceOf(2).digest) }],
    });
  });

  test("is good where a document was stored again after it was deleted, and unknown where it then goes missing", async () => {
    const path = await newLog(async (store) => {
      await remove(
        store,
        POLICIES.map(({ digest }) => digest),
      );
      await append(store, 6);
    });
    expect(await verifyStore(path)).toMatchObject({ verdict: "good", deleted: 0 });
    tamper(path, "DELETE FROM blob WHERE media_type = 'application/wasm'");
    expect(codesOf(await verifyStore(path))).toEqual(["pruned"]);
  });

  test("a deletion answers for no entry that comes after it", async () => {
    const path = await newLog(async (store) => {
      await remove(store, [documentOf(1)]);
      await append(store, 6);
    });
    tamper(path, `DELETE FROM blob WHERE lower(hex(sha256)) = '${hexOf(documentOf(6))}'`);
    expect(await verifyStore(path)).toMatchObject({ verdict: "unknown", findings: [{ code: "pruned", index: 7 }] });
  });

  test("is tampered where a deletion lists what no entry committed to", async () => {
    const path = await newLog(async (store) => remove(store, [documentOf(1), ZERO_DIGEST]));
    expect(await verifyStore(path)).toMatchObject({
      verdict: "tampered",
      deleted: 1,
      findings: [{ code: "deletion-unfounded", index: 6, message: expect.stringContaining(ZERO_DIGEST) }],
    });
  });

  test("is unknown where the document of a deletion is gone, and what it lists with it", async () => {
    const path = await newLog(async (store) => remove(store, [documentOf(1), evidenceOf(1).digest]));
    tamper(path, "DELETE FROM blob WHERE media_type = 'application/vnd.gate.deletion.v1+json'");
    const report = await verifyStore(path);
    expect(report).toMatchObject({ verdict: "unknown", deleted: 0 });
    expect(codesOf(report)).toEqual(["pruned", "pruned"]);
  });

  test("is tampered where the document of a deletion is another one", async () => {
    const path = await newLog(async (store) => remove(store, [documentOf(1)]));
    tamper(
      path,
      "DROP TRIGGER blob_no_update; UPDATE blob SET data = x'7b7d' WHERE media_type = 'application/vnd.gate.deletion.v1+json'",
    );
    expect(codesOf(await verifyStore(path))).toContain("blob-changed");
  });

  test("still finds a document that belongs to no entry", async () => {
    const path = await newLog(async (store) => remove(store, [documentOf(1), evidenceOf(1).digest]));
    tamper(path, `INSERT INTO blob VALUES (x'${"00".repeat(32)}', '${REVIEW_MEDIA_TYPE}', x'00')`);
    expect(codesOf(await verifyStore(path))).toEqual(["blob-extra"]);
  });

  test("of a decision that leaves its lists to its document is good as well", async () => {
    const gates = Array.from({ length: 400 }, (_, number) => ({
      ...sampleDecision(1).gates[0],
      id: `gate-${number}-${"x".repeat(200)}`,
    })) as unknown as Decision["gates"];
    const path = await newLog(async (store) => {
      await append(store, 6, { gates });
      await remove(store, [evidenceOf(6).digest]);
      await remove(store, [documentOf(6, { gates })], { at: "2033-02-01T00:00:00.000Z" });
    });
    expect(await verifyStore(path)).toMatchObject({ verdict: "good", deleted: 2, findings: [] });
  });
});

test("what is said of a document names the entry, the day and the cause, and nothing where no entry does", async () => {
  await newLog(async (store) => {
    await remove(store, [documentOf(1)], { cause: "erasure" });
    const absences = absencesIn(store);
    expect(await absences.of(documentOf(1), 1)).toBe("was deleted on 2033-01-04 for erasure, as entry 6 says");
    expect(await absences.of(documentOf(1), 7)).toBe("is no longer in the store");
    expect(await absences.of(documentOf(2), 2)).toBe("is no longer in the store");
  });
});

test("the bytes of what was removed are nowhere in the file", async () => {
  const path = await newLog(async (store) => {
    const data = Buffer.from(canonicalJson({ canary: "c4nary-c4nary-c4nary" }));
    const blob = { digest: sha256(data), mediaType: "application/vnd.gate.evidence.v1+json", data };
    const [evidence] = decisionOf(6).evidence;
    if (evidence === undefined) throw new Error("the sample has evidence");
    const decision = decisionOf(6, { evidence: [{ ...evidence, id: blob.digest }] });
    const { entry, blobs } = decisionEntry(decision, sampleTime(6));
    await store.append(entry, [...blobs, blob]);
    await remove(store, [blob.digest]);
  });
  expect(readFileSync(path).includes("c4nary")).toBe(false);
});
