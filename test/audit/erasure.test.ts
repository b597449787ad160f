import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Deletion, deletionOf } from "../../src/audit/deletion.ts";
import { decisionEntry, openDecision, sealedDecisionEntry } from "../../src/audit/entry.ts";
import { type ErasureRequest, erase, planErasure } from "../../src/audit/erasure.ts";
import { evidenceBlobs, inputsBlob } from "../../src/audit/evidence.ts";
import { ndjson } from "../../src/audit/export/ndjson.ts";
import { openSource } from "../../src/audit/export/source.ts";
import { dropCache } from "../../src/audit/git/cache.ts";
import { holdEntry } from "../../src/audit/hold.ts";
import { obligationEntry, reviewEntry } from "../../src/audit/obligations.ts";
import { openAuditStore } from "../../src/audit/open.ts";
import type { AuditStore, Blob } from "../../src/audit/store.ts";
import { verifyStore } from "../../src/audit/verify.ts";
import { type DecisionInputs, INPUTS_SCHEMA } from "../../src/decision/decide.ts";
import type { Decision } from "../../src/decision/types.ts";
import { canonicalJson, sha256 } from "../../src/evidence/canonical.ts";
import type { EvidenceDocument } from "../../src/evidence/types.ts";
import {
  collect,
  ORIGIN,
  sampleDecision,
  sampleId,
  sampleSalts,
  sampleTime,
  temporaryDirectory,
  ZERO_DIGEST,
} from "./fixtures.ts";
import { git, gitSite } from "./git-support.ts";

const CANARY = "Zoë Canary <zoe@canary.example>";
const REQUEST: ErasureRequest = { person: [CANARY] };
const REASON = { basis: "GDPR Art. 17(1)", at: "2026-06-01T00:00:00.000Z", by: "data protection" };
const salts = sampleSalts();

function evidenceOf(author: string): Blob {
  const content = { kind: "change", quality: {}, body: { commits: [{ author, message: "more\nwords" }] } };
  const document = { ...content, id: sha256(canonicalJson(content)) };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nothing else of a document is looked at
  const [blob] = evidenceBlobs([document as unknown as EvidenceDocument], 1 << 20) ?? [];
  if (blob === undefined) throw new Error("it is small");
  return blob;
}

function inputsOf(authors: readonly string[]): Blob {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nothing else of the inputs is looked at
  return inputsBlob({ schema: INPUTS_SCHEMA, authors } as unknown as DecisionInputs);
}

function decisionBy(author: string, number: number, changes: Partial<Decision> = {}): Decision {
  const decision = sampleDecision(number);
  const [evidence] = decision.evidence;
  if (evidence === undefined) throw new Error("the sample has evidence");
  return {
    ...decision,
    subject: { ...decision.subject, change: { id: "1", author } },
    approvals: [
      {
        id: ZERO_DIGEST,
        kind: "approval",
        approver: "bob",
        roles: [],
        via: "ssh",
        reason: `looks good, ${author}`,
        expires: "2026-02-01",
        counts: true,
      },
    ],
    evidence: [{ ...evidence, id: evidenceOf(author).digest, stored: true }],
    inputs: inputsOf([author, String(number)]).digest,
    ...changes,
  };
}

/** Records a decision with what it was made from, as a check does it. */
async function record(store: AuditStore, author: string, number: number): Promise<void> {
  const decision = decisionBy(author, number);
  const { entry, blobs, disclosures } = sealedDecisionEntry(decision, sampleTime(number), {
    random: salts,
    people: [author],
  });
  const given = await missing(store, author, number);
  await store.append(entry, [...blobs, ...given], disclosures);
}

/** As {@link record}, as earlier versions of gate did it. */
async function recordInPlain(store: AuditStore, author: string, number: number): Promise<void> {
  const { entry, blobs } = decisionEntry(decisionBy(author, number), sampleTime(number));
  await store.append(entry, [...blobs, ...(await missing(store, author, number))]);
}

async function missing(store: AuditStore, author: string, number: number): Promise<readonly Blob[]> {
  const blobs = [evidenceOf(author), inputsOf([author, String(number)])];
  const isThere = await Promise.all(blobs.map(({ digest }) => store.has(digest)));
  return blobs.filter((_, at) => isThere[at] === false);
}

async function withLog(
  use: (store: AuditStore, path: string) => Promise<void>,
  fill = async (store: AuditStore): Promise<void> => {
    await record(store, CANARY, 1);
    await record(store, "carol", 2);
    await record(store, CANARY, 3);
  },
): Promise<void> {
  using directory = temporaryDirectory();
  const path = join(directory.path, "audit.db");
  const store = await openAuditStore({ path, origin: ORIGIN, mode: "append" });
  try {
    await fill(store);
    await use(store, path);
  } finally {
    await store.close();
  }
}

async function exported(store: AuditStore): Promise<string> {
  return (await collect(ndjson(await openSource(store, { documents: true })))).join("");
}

async function authorsIn(store: AuditStore): Promise<readonly unknown[]> {
  const authors: unknown[] = [];
  for await (const entry of store.entries({ kind: "decision" })) {
    authors.push((await openDecision(entry, store))?.decision.subject.change?.author);
  }
  return authors;
}

async function deletionsIn(store: AuditStore): Promise<readonly (Deletion | undefined)[]> {
  const entries = await collect(store.entries({ kind: "deletion" }));
  return Promise.all(entries.map(async (entry) => deletionOf(entry, store)));
}

/** Every spelling of the canary that could be left. */
function traces(bytes: Buffer | string): readonly string[] {
  const text = typeof bytes === "string" ? bytes : bytes.toString("latin1");
  return ["canary", "Canary", Buffer.from("Zoë", "utf8").toString("latin1"), "Zoë"].filter((word) =>
    text.includes(word),
  );
}

describe("erasing a person", () => {
  test("leaves no trace of them in the file, beside it, or in an export, and a log that is good", async () => {
    let file = "";
    using directory = temporaryDirectory();
    await withLog(async (store, path) => {
      expect(traces(readFileSync(path))).not.toEqual([]);
      expect(traces(await exported(store))).not.toEqual([]);
      const head = await store.head();
      const { entries, documents, receipts } = await erase(store, REQUEST, REASON);
      expect(entries.map(({ index, values }) => [index, values])).toEqual([
        [1, 2],
        [3, 2],
      ]);
      expect(documents).toHaveLength(3);
      expect(receipts.map(({ index }) => index)).toEqual([4]);
      expect(await store.head(head.size)).toEqual(head);
      expect(traces(await exported(store))).toEqual([]);
      await store.compact?.();
      file = join(directory.path, "copy.db");
      writeFileSync(file, readFileSync(path));
      for (const beside of ["-journal", "-wal", "-shm"]) expect(existsSync(`${path}${beside}`)).toBe(false);
      expect(await verifyStore(path)).toMatchObject({ verdict: "good", findings: [], deleted: 3 });
    });
    expect(traces(readFileSync(file))).toEqual([]);
  });

  test("leaves everybody else, and decisions of which only the names are gone", async () => {
    await withLog(async (store) => {
      await erase(store, REQUEST, REASON);
      const commitment = expect.stringMatching(/^hmac-sha256:[0-9a-f]{64}$/);
      expect(await authorsIn(store)).toEqual([commitment, "carol", commitment]);
      const values = (await collect(store.disclosures())).map(({ value }) => value).toSorted();
      expect(values).toEqual(["bob", "bob", "bob", "carol", "looks good, carol"]);
    });
  });

  test("is recorded, by whom and why, without a name", async () => {
    await withLog(async (store) => {
      const { disclosures, documents } = await planErasure(store, REQUEST);
      await erase(store, REQUEST, REASON);
      expect(await deletionsIn(store)).toEqual([
        {
          ...REASON,
          cause: "erasure",
          documents: documents.map(({ digest }) => digest).toSorted(),
          commitments: disclosures.map(({ commitment }) => commitment).toSorted(),
        },
      ]);
    });
  });

  test("twice is once", async () => {
    await withLog(async (store) => {
      await erase(store, REQUEST, REASON);
      const { receipts, entries } = await erase(store, REQUEST, REASON);
      expect([receipts, entries]).toEqual([[], []]);
      expect((await store.head()).size).toBe(5);
    });
  });

  test.each([
    ["by address", ["zoe@canary.example"]],
    ["in capitals", ["ZOË CANARY"]],
  ])("finds them %s", async (_, person) => {
    await withLog(async (store) => {
      const { disclosures, documents } = await planErasure(store, { person });
      expect(disclosures).toHaveLength(4);
      expect(documents).toHaveLength(3);
    });
  });

  test("of one entry leaves the others, but for evidence that they share", async () => {
    await withLog(async (store, path) => {
      const { entries, documents } = await erase(store, { person: [], entry: "3" }, REASON);
      expect(entries.map(({ index, values }) => [index, values])).toEqual([
        [1, 0],
        [3, 3],
      ]);
      expect(documents).toHaveLength(2);
      expect(await authorsIn(store)).toEqual([CANARY, "carol", expect.stringMatching(/^hmac-sha256:/)]);
      expect((await verifyStore(path)).verdict).toBe("good");
    });
  });

  test("takes the whole document of a decision that an earlier version recorded in plain", async () => {
    await withLog(
      async (store, path) => {
        const { documents } = await erase(store, REQUEST, REASON);
        expect(documents).toHaveLength(3);
        expect(traces(await exported(store))).toEqual([]);
        expect(await authorsIn(store)).toEqual([undefined, "carol"]);
        expect(await verifyStore(path)).toMatchObject({ verdict: "good", deleted: 3 });
      },
      async (store) => {
        await recordInPlain(store, CANARY, 1);
        await recordInPlain(store, "carol", 2);
      },
    );
  });

  test("says which leaves name them, for these stay", async () => {
    await withLog(
      async (store) => {
        const { leaves, disclosures, documents } = await planErasure(store, { person: ["zoe"] });
        expect([leaves, disclosures, documents]).toEqual([[1], [], []]);
      },
      async (store) => {
        const subject = { ...sampleDecision(1).subject, repository: "github.com/zoe/shop" };
        const { entry, blobs, disclosures } = sealedDecisionEntry(sampleDecision(1, { subject }), sampleTime(1), {
          random: salts,
        });
        await store.append(entry, blobs, disclosures);
      },
    );
  });

  test("looks again where the log grows meanwhile", async () => {
    await withLog(async (store) => {
      let grown = false;
      const growing = Object.create(store, {
        remove: {
          value: async (...given: Parameters<AuditStore["remove"]>) => {
            if (!grown) await record(store, CANARY, 9);
            grown = true;
            return store.remove(...given);
          },
        },
        head: { value: async () => store.head() },
        find: { value: async (reference: string) => store.find(reference) },
        entries: { value: (...given: Parameters<AuditStore["entries"]>) => store.entries(...given) },
        blob: { value: async (...given: Parameters<AuditStore["blob"]>) => store.blob(...given) },
        disclosures: { value: (...given: Parameters<AuditStore["disclosures"]>) => store.disclosures(...given) },
      }) as AuditStore;
      await erase(growing, REQUEST, REASON);
      expect(traces(await exported(store))).toEqual([]);
      expect((await deletionsIn(store)).map((deletion) => deletion?.commitments.length)).toEqual([6]);
    });
  });
});

describe("nothing is erased", () => {
  test("of what a hold covers, not even evidence that it shares", async () => {
    await withLog(async (store) => {
      const hold = { name: "case-7", action: "add", reason: "x", at: REASON.at, by: "legal" } as const;
      const { entry, blobs } = holdEntry({ ...hold, entries: [sampleId(1)] });
      await store.append(entry, blobs);
      for (const request of [REQUEST, { person: [], entry: sampleId(3) }]) {
        await expect(erase(store, request, REASON)).rejects.toThrow(
          expect.objectContaining({ code: "audit-held", message: "entry 1 is under the legal hold case-7" }),
        );
      }
      expect((await store.head()).size).toBe(5);
      await erase(store, { person: ["carol"] }, REASON);
    });
  });

  test("of a bypass while its review is owed", async () => {
    await withLog(async (store) => {
      const owed = {
        id: sampleId(7),
        environment: "production",
        gates: [],
        reason: "the shop is down",
        ticket: "INC-1",
        requestedBy: CANARY,
        identities: [],
        approvers: [],
        createdAt: sampleTime(7).toISOString(),
        dueAt: sampleTime(8).toISOString(),
      };
      const obligation = obligationEntry(owed, { random: salts });
      await store.append(obligation.entry, obligation.blobs, obligation.disclosures);
      await expect(erase(store, REQUEST, REASON)).rejects.toThrow(
        expect.objectContaining({ code: "audit-held", message: expect.stringContaining("is still owed") }),
      );
      const reviewed = { obligation: owed.id, outcome: "justified", findings: "fine", reviewer: "carol" } as const;
      const review = reviewEntry(
        { ...reviewed, reviewedAt: sampleTime(9).toISOString(), actions: [] },
        { random: salts },
      );
      await store.append(review.entry, review.blobs, review.disclosures);
      await erase(store, REQUEST, REASON);
      expect(traces(await exported(store))).toEqual([]);
    });
  });

  test("of an entry that there is not", async () => {
    await withLog(async (store) => {
      await expect(planErasure(store, { person: [], entry: "77" })).rejects.toThrow(
        expect.objectContaining({ code: "usage" }),
      );
    });
  });
});

describe("on a ref", () => {
  test("what is erased is in no commit that the personal ref can reach, and gone with what nothing names", async () => {
    using site = gitSite();
    const path = site.location();
    const store = await openAuditStore({ path, origin: ORIGIN, mode: "append" });
    await record(store, CANARY, 1);
    await record(store, "carol", 2);
    const ref = "refs/gate/audit-personal";
    expect(git(site.remote, ["log", "-p", "--format=%P", ref]).toString()).toContain("Canary");
    await erase(store, REQUEST, REASON);
    await store.close();
    expect((await verifyStore(path)).verdict).toBe("good");
    const history = git(site.remote, ["log", "-p", "--format=%P", ref]).toString();
    expect(traces(history)).toEqual([]);
    expect(history).toContain("carol");
    expect(git(site.remote, ["rev-list", "--count", ref]).toString().trim()).toBe("1");
    const again = await openAuditStore({ path, mode: "read" });
    expect(await authorsIn(again)).toEqual([expect.stringMatching(/^hmac-sha256:/), "carol"]);
    await again.close();
  });

  test("this clone's copy is made anew without it", async () => {
    using site = gitSite();
    const path = site.location();
    const store = await openAuditStore({ path, origin: ORIGIN, mode: "append" });
    await record(store, CANARY, 1);
    await erase(store, REQUEST, REASON);
    const head = await store.head();
    await store.close();
    expect(traces(objectsIn(path.clone))).not.toEqual([]);
    await dropCache(path);
    const again = await openAuditStore({ path, mode: "read" });
    expect(await again.head()).toEqual(head);
    expect(await collect(again.disclosures())).toHaveLength(1);
    await again.close();
    expect(traces(objectsIn(path.clone))).toEqual([]);
  });
});

/** Everything that git has of the log in a clone, whether something names it or not. */
function objectsIn(clone: string): Buffer {
  const [cache = ""] = globSync(".git/gate/*.git", { cwd: clone });
  return git(clone, [`--git-dir=${join(clone, cache)}`, "cat-file", "--batch-all-objects", "--batch"]);
}
