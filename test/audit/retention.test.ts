import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decisionEntry } from "../../src/audit/entry.ts";
import { activeHolds, type Hold, holdEntry } from "../../src/audit/hold.ts";
import { obligationEntry, reviewEntry } from "../../src/audit/obligations.ts";
import { openAuditStore } from "../../src/audit/open.ts";
import type { Cutoffs } from "../../src/audit/retention/plan.ts";
import { countKinds, findPrunable, prune } from "../../src/audit/retention/prune.ts";
import type { AuditStore, Blob } from "../../src/audit/store.ts";
import { verifyStore } from "../../src/audit/verify.ts";
import type { Obligation } from "../../src/decision/obligations.ts";
import { canonicalJson, sha256 } from "../../src/evidence/canonical.ts";
import { ORIGIN, sampleDecision, sampleId, sampleSalts, tamper, temporaryDirectory } from "./fixtures.ts";

const REASON = { basis: "audit.retention: documents 7y", at: "2034-01-01T00:00:00.000Z", by: "ada@acme.example" };

let directory: ReturnType<typeof temporaryDirectory>;
beforeAll(() => {
  directory = temporaryDirectory();
});
afterAll(() => directory[Symbol.dispose]());

let logs = 0;

/** A log with one decision in each year from 2026 to 2030, evidence of each, and policies that all share. */
async function withLog(use: (store: AuditStore, path: string) => Promise<void>): Promise<string> {
  logs += 1;
  const path = join(directory.path, `${logs}.db`);
  const store = await openAuditStore({ path, origin: ORIGIN, mode: "append" });
  try {
    for (let year = 2026; year <= 2030; year++) await decide(store, year);
    await use(store, path);
  } finally {
    await store.close();
  }
  return path;
}

function blobOf(mediaType: string, content: unknown): Blob {
  const data = Buffer.from(canonicalJson(content));
  return { digest: sha256(data), mediaType, data };
}

const POLICY = blobOf("application/vnd.gate.policy.v1+json", { policy: 1 });
const inputsOf = (year: number): Blob => blobOf("application/vnd.gate.inputs.v1+json", { inputs: year });
const evidenceOf = (year: number): Blob => blobOf("application/vnd.gate.evidence.v1+json", { evidence: year });

/** @param evidence of that year; default: of its own */
async function decide(store: AuditStore, year: number, evidence: number = year, repository = ORIGIN): Promise<void> {
  const number = year * 10 + (evidence === year ? 0 : 1);
  const decision = sampleDecision(number);
  const [record] = decision.evidence;
  if (record === undefined) throw new Error("the sample has evidence");
  const { entry, blobs } = decisionEntry(
    {
      ...decision,
      subject: { ...decision.subject, repository },
      evidence: [{ ...record, id: evidenceOf(evidence).digest, stored: true }],
      inputs: inputsOf(year).digest,
      policy: { ...decision.policy, stored: [POLICY.digest] },
    },
    new Date(Date.UTC(year, 5, 1)),
  );
  const more = [];
  for (const blob of [evidenceOf(evidence), inputsOf(year), POLICY])
    if (!(await store.has(blob.digest))) more.push(blob);
  await store.append(entry, [...blobs, ...more]);
}

async function hold(store: AuditStore, changes: Partial<Hold> = {}): Promise<void> {
  const { entry, blobs } = holdEntry({
    name: "case-7",
    action: "add",
    reason: "letter of 2031-01-02",
    at: `2031-01-02T00:00:00.00${changes.action === "release" ? 1 : 0}Z`,
    by: "ada@acme.example",
    ...changes,
  });
  await store.append(entry, blobs);
}

function before(year: number): Date {
  return new Date(Date.UTC(year, 0, 1));
}

function all(year: number): Cutoffs {
  return { documents: before(year), evidence: before(year), inputs: before(year), policies: before(year) };
}

async function has(store: AuditStore, ...blobs: readonly Blob[]): Promise<readonly boolean[]> {
  return Promise.all(blobs.map(({ digest }) => store.has(digest)));
}

describe("what can go", () => {
  test.each<readonly [what: string, cutoffs: Cutoffs, counts: object]>([
    ["nothing before the first year", all(2026), {}],
    [
      "decisions and all that they name, but not what younger ones share",
      all(2028),
      { documents: 2, evidence: 2, inputs: 2 },
    ],
    ["everything, with what all share", all(2031), { documents: 5, evidence: 5, inputs: 5, policies: 1 }],
    ["evidence alone", { evidence: before(2029) }, { evidence: 3 }],
    ["policies that a younger decision shares: none", { policies: before(2030) }, {}],
    [
      "each kind after its own time",
      { documents: before(2027), evidence: before(2030), inputs: before(2028) },
      { documents: 1, evidence: 4, inputs: 2 },
    ],
    ["what a document names goes with it", { documents: before(2028) }, { documents: 2, evidence: 2, inputs: 2 }],
  ])("%s", async (_, cutoffs, counts) => {
    await withLog(async (store) => {
      const { documents, size } = await findPrunable(store, cutoffs);
      expect(countKinds(documents)).toEqual(counts);
      expect(size).toBe(6);
      expect((await store.head()).size).toBe(6);
    });
  });

  test("not the evidence that a younger decision was made from again", async () => {
    await withLog(async (store) => {
      await decide(store, 2030, 2026);
      const { documents } = await findPrunable(store, all(2028));
      expect(documents.map(({ digest }) => digest)).not.toContain(evidenceOf(2026).digest);
      expect(documents.map(({ digest }) => digest)).toContain(evidenceOf(2027).digest);
    });
  });

  test("the document of a bypass only once its review is there, and never that of a hold", async () => {
    await withLog(async (store) => {
      const owed = obligationOf(20_260);
      const { entry, blobs, disclosures } = obligationEntry(owed, { random: sampleSalts() });
      await store.append(entry, blobs, disclosures);
      await hold(store, { until: "2020-01-01T00:00:00.000Z" });
      expect(countKinds((await findPrunable(store, all(2032))).documents).documents).toBe(5);
      const reviewed = { obligation: owed.id, outcome: "justified", findings: "none", reviewer: "bob" } as const;
      const review = reviewEntry(
        { ...reviewed, reviewedAt: "2026-07-01T00:00:00.000Z", actions: [] },
        { random: sampleSalts() },
      );
      await store.append(review.entry, review.blobs, review.disclosures);
      expect(countKinds((await findPrunable(store, all(2032))).documents).documents).toBe(7);
    });
  });
});

function obligationOf(number: number): Obligation {
  return {
    id: sampleId(number),
    environment: "production",
    repository: ORIGIN,
    gates: ["sast"],
    reason: "outage",
    ticket: "INC-1",
    requestedBy: "ada",
    identities: [],
    approvers: [],
    createdAt: "2026-06-01T00:00:00.000Z",
    dueAt: "2026-06-08T00:00:00.000Z",
  };
}

describe("prune", () => {
  test("removes what can go, and the log verifies", async () => {
    let receipts = 0;
    const path = await withLog(async (store) => {
      const pruned = await prune(store, all(2028), REASON);
      receipts = pruned.receipts.length;
      expect(pruned.documents).toHaveLength(6);
      expect(await has(store, evidenceOf(2026), evidenceOf(2027), evidenceOf(2028), POLICY)).toEqual([
        false,
        false,
        true,
        true,
      ]);
      expect((await prune(store, all(2028), REASON)).receipts).toEqual([]);
    });
    expect(receipts).toBe(1);
    expect(await verifyStore(path)).toMatchObject({ verdict: "good", entries: 7, deleted: 6, findings: [] });
  });

  test("a year after the other, evidence first, and the log verifies each time", async () => {
    const path = await withLog(async (store, file) => {
      for (let year = 2027; year <= 2032; year++) {
        await prune(
          store,
          { ...all(year - 1), evidence: before(year) },
          { ...REASON, at: before(year + 7).toISOString() },
        );
        expect((await verifyStore(file)).verdict).toBe("good");
      }
    });
    expect(await verifyStore(path)).toMatchObject({ verdict: "good", deleted: 16 });
  });

  test("what else is gone is still a finding", async () => {
    const path = await withLog(async (store) => {
      await prune(store, { evidence: before(2028) }, REASON);
    });
    tamper(path, `DELETE FROM blob WHERE lower(hex(sha256)) = '${evidenceOf(2029).digest.slice(7)}'`);
    expect(await verifyStore(path)).toMatchObject({
      verdict: "unknown",
      deleted: 2,
      findings: [{ code: "pruned", index: 4 }],
    });
  });

  test("looks again where the log grows meanwhile, so that what a younger entry needs stays", async () => {
    await withLog(async (store) => {
      let grown = false;
      const growing: AuditStore = {
        ...delegate(store),
        async remove(entry, blobs, size) {
          if (!grown) await decide(store, 2030, 2026);
          grown = true;
          return store.remove(entry, blobs, size);
        },
      };
      const { documents } = await prune(growing, all(2028), REASON);
      expect(documents).toHaveLength(5);
      expect(await has(store, evidenceOf(2026), evidenceOf(2027))).toEqual([true, false]);
    });
  });

  test("gives up where the log never stands still, and has removed nothing", async () => {
    await withLog(async (store) => {
      const restless: AuditStore = { ...delegate(store), remove: async () => undefined };
      await expect(prune(restless, all(2028), REASON)).rejects.toThrow(
        expect.objectContaining({ code: "audit-write-failed" }),
      );
      expect(await has(store, evidenceOf(2026))).toEqual([true]);
    });
  });

  test("the file is smaller after it is compacted, and the same log", async () => {
    const path = await withLog(async (store) => {
      await prune(store, all(2031), REASON);
      const head = await store.head();
      await store.compact?.();
      expect(await store.head()).toEqual(head);
      expect(await store.compact?.()).toBe(0);
    });
    expect((await verifyStore(path)).verdict).toBe("good");
  });
});

/** The methods of a store, for one of them to be another. */
function delegate(store: AuditStore): AuditStore {
  return {
    append: (...given) => store.append(...given),
    remove: (...given) => store.remove(...given),
    head: (...given) => store.head(...given),
    node: (...given) => store.node(...given),
    entries: (...given) => store.entries(...given),
    find: (...given) => store.find(...given),
    blob: (...given) => store.blob(...given),
    has: (...given) => store.has(...given),
    disclosures: (...given) => store.disclosures(...given),
    keep: (...given) => store.keep(...given),
    vouchers: (...given) => store.vouchers(...given),
    close: () => store.close(),
  };
}

describe("holds", () => {
  test.each<readonly [what: string, scope: Partial<Hold>, left: object, held: number]>([
    ["everything", {}, {}, 16],
    [
      "a time",
      { since: "2027-01-01T00:00:00.000Z", until: "2028-01-01T00:00:00.000Z" },
      { documents: 4, evidence: 4, inputs: 4 },
      4,
    ],
    ["an entry", { entries: [sampleId(20_280)] }, { documents: 4, evidence: 4, inputs: 4 }, 4],
    ["a repository", { repository: `https://${ORIGIN}.git` }, {}, 16],
    ["another repository", { repository: "acme/shop" }, { documents: 5, evidence: 5, inputs: 5, policies: 1 }, 0],
  ])("of %s keep it, and say so", async (_, scope, left, held) => {
    await withLog(async (store) => {
      await hold(store, scope);
      const found = await findPrunable(store, all(2031));
      expect(countKinds(found.documents)).toEqual(left);
      expect(found.held.get("case-7") ?? 0).toBe(held);
    });
  });

  test("keep evidence that a decision without a hold shares", async () => {
    const path = await withLog(async (store) => {
      await decide(store, 2029, 2026);
      await hold(store, { entries: [sampleId(20_291)] });
      await prune(store, all(2031), REASON);
      expect(await has(store, evidenceOf(2026), evidenceOf(2027))).toEqual([true, false]);
    });
    expect((await verifyStore(path)).verdict).toBe("good");
  });

  test("end when they are released", async () => {
    await withLog(async (store) => {
      await hold(store);
      await hold(store, { name: "case-8", since: "2030-01-01T00:00:00.000Z" });
      expect((await activeHolds(store)).map(({ name }) => name)).toEqual(["case-7", "case-8"]);
      await hold(store, { action: "release" });
      expect((await activeHolds(store)).map(({ name }) => name)).toEqual(["case-8"]);
      expect(countKinds((await findPrunable(store, all(2031))).documents)).toMatchObject({ documents: 4 });
    });
  });

  test("two of one name that were begun at once are both in force", async () => {
    await withLog(async (store) => {
      await hold(store, { until: "2027-01-01T00:00:00.000Z" });
      await hold(store, { since: "2030-01-01T00:00:00.000Z" });
      expect(countKinds((await findPrunable(store, all(2031))).documents)).toMatchObject({ documents: 3 });
    });
  });

  test("nothing goes where the document of a hold is gone", async () => {
    await withLog(async (store, path) => {
      await hold(store);
      tamper(path, "DELETE FROM blob WHERE media_type = 'application/vnd.gate.hold.v1+json'");
      await expect(findPrunable(store, all(2031))).rejects.toThrow(expect.objectContaining({ code: "audit-corrupt" }));
    });
  });

  test("are under the root: a log with one verifies, and with another document in its place does not", async () => {
    const path = await withLog(async (store) => hold(store));
    expect((await verifyStore(path)).verdict).toBe("good");
    tamper(
      path,
      "DROP TRIGGER blob_no_update; UPDATE blob SET data = x'7b7d' WHERE media_type = 'application/vnd.gate.hold.v1+json'",
    );
    expect((await verifyStore(path)).findings.map(({ code }) => code)).toContain("blob-changed");
  });
});
