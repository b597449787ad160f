import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decisionEntry } from "../../src/audit/entry.ts";
import { evidenceBlobs, readEvidence, storedReferences } from "../../src/audit/evidence.ts";
import { openAuditStore } from "../../src/audit/open.ts";
import { verifyStore } from "../../src/audit/verify.ts";
import type { Decision } from "../../src/decision/types.ts";
import type { EvidenceDocument } from "../../src/evidence/types.ts";
import { exampleDocument } from "../../src/policy/example-evidence.ts";
import { ORIGIN, sampleDecision, sampleTime, temporaryDirectory } from "./fixtures.ts";

const document = exampleDocument({ kind: "findings", scans: [{}], findings: [{}] }, 0);
const other = exampleDocument({ kind: "tests", cases: [{}] }, 1);
const raw: EvidenceDocument = { ...other, quality: { ...other.quality, raw: true } };

/** A decision that was made from one document, which is stored with it. */
function decisionOn(number: number, { id }: EvidenceDocument): Decision {
  const sample = sampleDecision(number);
  return { ...sample, evidence: sample.evidence.map((record) => ({ ...record, id, stored: true })) };
}

/** Does what the owner of the file can. */
function forge(path: string, statement: string, ...parameters: readonly unknown[]): void {
  const database = new Database(path);
  const guard: unknown = database.prepare("SELECT sql FROM sqlite_schema WHERE name = 'blob_no_update'").pluck().get();
  database.exec("DROP TRIGGER blob_no_update");
  database.prepare(statement).run(...parameters);
  database.exec(String(guard));
  database.close();
}

function key(digest: string): Buffer {
  return Buffer.from(digest.slice("sha256:".length), "hex");
}

describe("what is stored of the evidence", () => {
  const [blob] = evidenceBlobs([document], 1 << 20) ?? [];

  test("is under the document's own id, and gives the document back", () => {
    expect(blob?.digest).toBe(document.id);
    const [record] = decisionOn(1, document).evidence;
    if (blob === undefined || record === undefined) throw new Error("there is no blob");
    expect(readEvidence(record, blob)).toEqual(document);
  });

  test.each([
    { name: "changed", change: { data: Buffer.from("{}") } },
    { name: "of another type", change: { mediaType: "text/plain" } },
  ])("is refused where it is $name", ({ change }) => {
    const [record] = decisionOn(1, document).evidence;
    if (blob === undefined || record === undefined) throw new Error("there is no blob");
    expect(() => readEvidence(record, { ...blob, ...change })).toThrow(
      expect.objectContaining({ code: "audit-corrupt" }),
    );
  });

  test("is all of a check or nothing", () => {
    const whole = evidenceBlobs([document, other], 1 << 20) ?? [];
    const bytes = whole.reduce((sum, { data }) => sum + data.length, 0);
    expect(whole).toHaveLength(2);
    expect(evidenceBlobs([document, other], bytes)).toHaveLength(2);
    expect(evidenceBlobs([document, other], bytes - 1)).toBeUndefined();
    expect(evidenceBlobs([document], 0)).toBeUndefined();
    expect(evidenceBlobs([], 0)).toEqual([]);
  });

  test("is nothing where text was kept that may hold secrets", () => {
    expect(evidenceBlobs([document, raw], 1 << 20)).toBeUndefined();
  });

  test("is referred to once, whoever claims it", () => {
    const decision = decisionOn(1, document);
    expect(storedReferences({ ...decision, evidence: [...decision.evidence, ...decision.evidence] })).toHaveLength(1);
    expect(storedReferences(sampleDecision(1))).toEqual([]);
  });
});

describe("a log of decisions with their evidence", () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  beforeAll(() => {
    directory = temporaryDirectory();
  });
  afterAll(() => directory[Symbol.dispose]());
  let logs = 0;

  /** Two decisions on the same evidence, and one on other. */
  async function log(): Promise<string> {
    logs += 1;
    const path = join(directory.path, `${logs}.db`);
    const store = await openAuditStore({ path, origin: ORIGIN, mode: "append" });
    for (const [number, evidence] of [document, document, other].entries()) {
      const { entry, blobs } = decisionEntry(decisionOn(number + 1, evidence), sampleTime(number + 1));
      await store.append(entry, [...blobs, ...(evidenceBlobs([evidence], 1 << 20) ?? [])]);
    }
    await store.close();
    return path;
  }

  test("is good, and holds shared evidence once", async () => {
    const path = await log();
    expect(await verifyStore(path)).toMatchObject({ verdict: "good", findings: [] });
    const database = new Database(path, { readonly: true });
    expect(database.prepare("SELECT count(*) FROM blob").pluck().get()).toBe(5);
    database.close();
  });

  test("is refused without the evidence that a decision says is stored", async () => {
    const store = await openAuditStore({ path: join(directory.path, "new.db"), origin: ORIGIN, mode: "append" });
    const { entry, blobs } = decisionEntry(decisionOn(1, document), sampleTime(1));
    const wrong = evidenceBlobs([other], 1 << 20) ?? [];
    await expect(store.append(entry, blobs)).rejects.toThrow(expect.objectContaining({ code: "internal" }));
    await expect(store.append(entry, [...blobs, ...wrong])).rejects.toThrow(
      expect.objectContaining({ code: "internal" }),
    );
    expect((await store.head()).size).toBe(1);
    await store.close();
  });

  test.each([
    {
      name: "is tampered where evidence was edited",
      statement: "UPDATE blob SET data = CAST(replace(CAST(data AS TEXT), 'high', 'info') AS BLOB) WHERE sha256 = ?",
      digest: document.id,
      verdict: "tampered",
      findings: [{ code: "blob-changed", index: 1 }],
    },
    {
      name: "cannot be told whole where evidence was pruned",
      statement: "DELETE FROM blob WHERE sha256 = ?",
      digest: other.id,
      verdict: "unknown",
      findings: [{ code: "pruned", index: 3 }],
    },
    {
      name: "is tampered where evidence was exchanged for what no entry commits to",
      statement: "UPDATE blob SET sha256 = zeroblob(32) WHERE sha256 = ?",
      digest: other.id,
      verdict: "tampered",
      findings: [{ code: "pruned", index: 3 }, { code: "blob-extra" }],
    },
  ])("$name", async ({ statement, digest, verdict, findings }) => {
    const path = await log();
    forge(path, statement, key(digest));
    expect(await verifyStore(path)).toMatchObject({ verdict, findings });
  });

  test("is not called tampered where a document was pruned and its evidence was left", async () => {
    const path = await log();
    forge(path, "DELETE FROM blob WHERE media_type LIKE '%decision%'");
    const { verdict, findings } = await verifyStore(path);
    expect(verdict).toBe("unknown");
    expect(findings.map(({ code, index }) => [code, index])).toEqual([1, 2, 3].map((index) => ["pruned", index]));
  });
});
