import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { closedEntry } from "../../src/audit/closed.ts";
import { deletionEntry, deletionOf } from "../../src/audit/deletion.ts";
import { entryBody, logCreatedEntry, readEntryBody } from "../../src/audit/entry.ts";
import { fromDigest, inclusionProof, leafHash, rootOf, toDigest, verifyInclusion } from "../../src/audit/log.ts";
import type { AuditStore, Blob, Disclosure, Entry, Voucher } from "../../src/audit/store.ts";
import { sha256 } from "../../src/evidence/canonical.ts";
import type { Digest } from "../../src/evidence/types.ts";
import {
  collect,
  ORIGIN,
  sampleDecision,
  sampleDeletion,
  sampleEntry,
  sampleId,
  sampleTime,
  sealedSample,
  ZERO_DIGEST,
} from "./fixtures.ts";

/** One new, empty place for a log. */
export interface StoreSite extends AsyncDisposable {
  /** Opens the log at this place, and creates it the first time, under {@link ORIGIN}. */
  open(): Promise<AuditStore>;
  /** The same, with the right to remove documents; default: `open`. */
  openToRemove?(): Promise<AuditStore>;
}

/** What every implementation of AuditStore must do, whatever it is built on. */
export function testAuditStore(name: string, newSite: () => Promise<StoreSite>): void {
  async function withStore(use: (store: AuditStore, site: StoreSite) => Promise<void>): Promise<void> {
    await using site = await newSite();
    const store = await site.open();
    try {
      await use(store, site);
    } finally {
      await store.close();
    }
  }

  async function withRemover(use: (store: AuditStore, remover: AuditStore) => Promise<void>): Promise<void> {
    await withStore(async (store, site) => {
      await appendSamples(store, 5);
      const remover = await (site.openToRemove?.() ?? site.open());
      try {
        await use(store, remover);
      } finally {
        await remover.close();
      }
    });
  }

  describe(`${name}: a new log`, () => {
    test("starts with the entry that creates it", async () => {
      await withStore(async (store) => {
        const [first, ...others] = await collect(store.entries());
        expect(others).toEqual([]);
        expect(first).toMatchObject({ index: 0, kind: "log-created" });
        expect(readEntryBody(first?.body ?? new Uint8Array())).toMatchObject({
          log: ORIGIN,
          content: { format: "gate-audit/v1" },
        });
        expect(await store.head()).toEqual({ origin: ORIGIN, size: 1, root: first?.leafHash });
      });
    });

    test("is the same log when it is opened again", async () => {
      await withStore(async (store, site) => {
        const head = await store.head();
        const again = await site.open();
        expect(await again.head()).toEqual(head);
        await again.close();
      });
    });
  });

  describe(`${name}: append`, () => {
    test("gives each entry the next index and the root of the tree up to it", async () => {
      await withStore(async (store) => {
        for (let number = 1; number <= 20; number++) {
          const { entry, blobs } = sampleEntry(number);
          const receipt = await store.append(entry, blobs);
          const entries = await collect(store.entries());
          expect(receipt.index).toBe(number);
          expect(receipt.leafHash).toBe(toDigest(leafHash(entryBody(ORIGIN, entry))));
          expect(receipt.head).toEqual({ origin: ORIGIN, size: number + 1, root: rootAfter(entries) });
          expect(await store.head()).toEqual(receipt.head);
          expect(await store.head(receipt.index + 1)).toEqual(receipt.head);
        }
      });
    });

    test("keeps the exact bytes of body and document", async () => {
      await withStore(async (store, site) => {
        const { entry, blobs } = sampleEntry(1, { environment: "\u{1f600} \u0000 ${{x}}" });
        await store.append(entry, blobs);
        const again = await site.open();
        const found = await again.find(entry.id);
        expect(Buffer.from(found?.body ?? [])).toEqual(entryBody(ORIGIN, entry));
        for (const blob of blobs) {
          expect(await again.blob(blob.digest)).toEqual({ ...blob, data: Buffer.from(blob.data) });
        }
        await again.close();
      });
    });

    test("of the same entry again returns the first receipt, also when others came between", async () => {
      await withStore(async (store) => {
        const { entry, blobs } = sampleEntry(1);
        const first = await store.append(entry, blobs);
        await appendSamples(store, 5);
        expect(await store.append(entry, blobs)).toEqual(first);
        expect((await store.head()).size).toBe(6);
      });
    });

    test("of another entry under an id that is taken fails and leaves no trace", async () => {
      await withStore(async (store) => {
        await appendSamples(store, 1);
        const head = await store.head();
        const { entry, blobs } = sampleEntry(1, { outcome: "allow", exitCode: 0 });
        await expect(store.append(entry, blobs)).rejects.toThrow(
          expect.objectContaining({ code: "audit-write-failed" }),
        );
        expect(await store.head()).toEqual(head);
        for (const { digest } of blobs) expect(await store.blob(digest)).toBeUndefined();
        const next = sampleEntry(2);
        expect((await store.append(next.entry, next.blobs)).index).toBe(2);
      });
    });

    test("of an entry that is too large fails and leaves no trace", async () => {
      await withStore(async (store) => {
        const { entry, blobs } = sampleEntry(1, { environment: "x".repeat(70_000) });
        await expect(store.append(entry, blobs)).rejects.toThrow(
          expect.objectContaining({ code: "audit-write-failed", message: expect.stringContaining("65535") }),
        );
        expect((await store.head()).size).toBe(1);
      });
    });

    test("refuses blobs that the entry does not commit to, and an entry without its blob", async () => {
      await withStore(async (store) => {
        const { entry, blobs } = sampleEntry(1);
        const other = sampleEntry(2).blobs;
        const renamed = blobs.map((blob) => ({ ...blob, mediaType: "text/plain" }));
        const changed = blobs.map((blob) => ({ ...blob, data: Buffer.from("{}") }));
        for (const wrong of [[], other, [...blobs, ...other], renamed, changed]) {
          await expect(store.append(entry, wrong)).rejects.toThrow(expect.objectContaining({ code: "internal" }));
        }
        expect((await store.head()).size).toBe(1);
      });
    });

    test("keeps what the commitments of its document stand for, each of its own document", async () => {
      await withStore(async (store, site) => {
        const names = {
          subject: { ...sampleDecision(1).subject, change: { id: "1", author: "Ada \u0000 \u{1f600}" } },
        };
        const [first, second] = [sealedSample(1, names), sealedSample(2)];
        for (const { entry, blobs, disclosures } of [first, second, first])
          await store.append(entry, blobs, disclosures);
        const again = await site.open();
        const document = first.blobs[0]?.digest;
        expect(await collect(again.disclosures(document))).toEqual(first.disclosures.map(asStored));
        expect(first.disclosures).toHaveLength(1);
        expect((await collect(again.disclosures())).map(({ value }) => value).toSorted()).toEqual([
          "Ada \u0000 \u{1f600}",
          "ada",
        ]);
        expect(await collect(again.disclosures(ZERO_DIGEST))).toEqual([]);
        await again.close();
      });
    });

    test("refuses to keep what the document does not commit to", async () => {
      await withStore(async (store) => {
        const { entry, blobs, disclosures } = sealedSample(1);
        const [disclosure] = disclosures;
        if (disclosure === undefined) throw new Error("the sample names somebody");
        const wrong: readonly (readonly Disclosure[])[] = [
          [{ ...disclosure, value: "bob" }],
          [{ ...disclosure, salt: Buffer.alloc(32) }],
          [{ ...disclosure, document: ZERO_DIGEST }],
          [disclosure, disclosure],
          sealedSample(2).disclosures,
        ];
        for (const given of wrong)
          await expect(store.append(entry, blobs, given)).rejects.toThrow(
            expect.objectContaining({ code: "internal" }),
          );
        expect((await store.head()).size).toBe(1);
        expect(await collect(store.disclosures())).toEqual([]);
        await store.append(entry, blobs, []);
        expect((await store.head()).size).toBe(2);
      });
    });

    test("takes what is stored already as given, and nothing that is not", async () => {
      await withStore(async (store) => {
        const parts = policyParts();
        const stored = parts.map(({ digest }) => digest);
        const deciding = (number: number) =>
          sampleEntry(number, { policy: { ...sampleDecision(number).policy, stored } });
        const first = deciding(1);
        const [description, module] = parts;
        if (description === undefined || module === undefined) throw new Error("there are two parts");
        for (const given of [[], [description], [module]]) {
          await expect(store.append(first.entry, [...first.blobs, ...given])).rejects.toThrow(
            expect.objectContaining({ code: "internal" }),
          );
        }
        expect((await store.head()).size).toBe(1);
        expect(await store.has(description.digest)).toBe(false);
        await store.append(first.entry, [...first.blobs, ...parts]);
        for (const { digest } of parts) expect(await store.has(digest)).toBe(true);

        const second = deciding(2);
        expect((await store.append(second.entry, second.blobs)).index).toBe(2);
        // Its own document is what says what is left out.
        await expect(store.append(deciding(3).entry, [])).rejects.toThrow(
          expect.objectContaining({ code: "internal" }),
        );
        // The same bytes under another type are another thing.
        const third = sampleEntry(3, { policy: { ...sampleDecision(3).policy, stored: stored.toReversed() } });
        await expect(store.append(third.entry, third.blobs)).rejects.toThrow(
          expect.objectContaining({ code: "internal" }),
        );
        expect((await store.head()).size).toBe(3);
      });
    });

    test("refuses to create the log a second time", async () => {
      await withStore(async (store) => {
        const entry = logCreatedEntry(sampleId(5), sampleTime(5));
        await expect(store.append(entry, [])).rejects.toThrow(expect.objectContaining({ code: "internal" }));
      });
    });

    test("keeps one of two that run at the same time from taking the place of the other", async () => {
      await withStore(async (store, site) => {
        const other = await site.open();
        const samples = Array.from({ length: 20 }, (_, number) => sampleEntry(number + 1));
        const receipts = await Promise.all(
          samples.map(({ entry, blobs }, number) => (number % 2 === 0 ? store : other).append(entry, blobs)),
        );
        expect(receipts.map(({ index }) => index).toSorted((a, b) => a - b)).toEqual(samples.map((_, n) => n + 1));
        expect((await other.head()).root).toBe(rootAfter(await collect(store.entries())));
        await other.close();
      });
    });

    test("behaves like a list without repetitions, whatever the order of new and repeated entries", async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 30 }), async (numbers) => {
          await withStore(async (store) => {
            for (const number of numbers) {
              const { entry, blobs } = sampleEntry(number);
              const { index } = await store.append(entry, blobs);
              expect(index).toBe([...new Set(numbers)].indexOf(number) + 1);
            }
            const [, ...entries] = await collect(store.entries());
            expect(entries.map(({ id }) => id)).toEqual([...new Set(numbers)].map(sampleId));
          });
        }),
        { numRuns: 10 },
      );
    });
  });

  describe(`${name}: remove`, () => {
    test("forgets what the deletion lists, and what is known of documents that it lists", async () => {
      await withRemover(async (store, remover) => {
        const samples = ["eva", "finn", "gil"].map((author, at) =>
          sealedSample(6 + at, { subject: { ...sampleDecision(6 + at).subject, change: { id: "1", author } } }),
        );
        for (const { entry, blobs, disclosures } of samples) await store.append(entry, blobs, disclosures);
        const [first, second] = samples.map(({ disclosures }) => disclosures[0]);
        if (first === undefined || second === undefined) throw new Error("the samples name somebody");
        const deletion = deletionEntry(sampleDeletion([second.document], { commitments: [first.commitment] }));
        expect(await remover.remove(deletion.entry, deletion.blobs, 9)).toMatchObject({ index: 9 });
        expect((await collect(remover.disclosures())).map(({ value }) => value)).toEqual(["gil"]);
        expect(await remover.has(first.document)).toBe(true);
        expect(await remover.has(second.document)).toBe(false);
        // Appended again, as after a crash: what was erased must not come back.
        for (const { entry, blobs, disclosures } of samples.slice(0, 1)) await store.append(entry, blobs, disclosures);
        expect(await collect(remover.disclosures(first.document))).toEqual([]);
      });
    });

    test("appends the deletion, and the documents that it lists are gone", async () => {
      await withRemover(async (store, remover) => {
        const [first, second, third] = [documentOf(1), documentOf(2), documentOf(3)];
        const { entry, blobs } = deletionEntry(sampleDeletion([first, second, ZERO_DIGEST]));
        const receipt = await remover.remove(entry, blobs, 6);
        expect(receipt).toMatchObject({ index: 6, head: { size: 7 } });
        expect(await remover.head()).toEqual(receipt?.head);
        for (const digest of [first, second]) expect(await remover.has(digest)).toBe(false);
        for (const { digest } of [{ digest: third }, ...blobs]) expect(await remover.has(digest)).toBe(true);
        const [found] = await collect(remover.entries({ kind: "deletion" }));
        expect(found === undefined ? undefined : await deletionOf(found, remover)).toEqual(
          sampleDeletion([first, second, ZERO_DIGEST]),
        );
        const next = sampleEntry(6);
        expect((await store.append(next.entry, next.blobs)).index).toBe(7);
        expect((await store.head()).root).toBe(rootAfter(await collect(store.entries())));
      });
    });

    test("does nothing where the log has grown since it was planned", async () => {
      await withRemover(async (_, remover) => {
        const { entry, blobs } = deletionEntry(sampleDeletion([documentOf(1)]));
        expect(await remover.remove(entry, blobs, 5)).toBeUndefined();
        expect((await remover.head()).size).toBe(6);
        expect(await remover.has(documentOf(1))).toBe(true);
      });
    });

    test("of the same deletion again gives the first receipt, and leaves what was stored again", async () => {
      await withRemover(async (store, remover) => {
        const parts = policyParts();
        const deciding = (number: number) =>
          sampleEntry(number, {
            policy: { ...sampleDecision(number).policy, stored: parts.map(({ digest }) => digest) },
          });
        const before = deciding(6);
        await store.append(before.entry, [...before.blobs, ...parts]);
        const { entry, blobs } = deletionEntry(sampleDeletion(parts.map(({ digest }) => digest).toSorted()));
        const receipt = await remover.remove(entry, blobs, 7);
        for (const { digest } of parts) expect(await remover.has(digest)).toBe(false);
        const after = deciding(7);
        await store.append(after.entry, [...after.blobs, ...parts]);
        expect(await remover.remove(entry, blobs, 7)).toEqual(receipt);
        for (const { digest } of parts) expect(await remover.has(digest)).toBe(true);
      });
    });

    test("never takes the document of a deletion, and leaves no trace of the attempt", async () => {
      await withRemover(async (_, remover) => {
        const first = deletionEntry(sampleDeletion([documentOf(1)]));
        await remover.remove(first.entry, first.blobs, 6);
        const documents = [...first.blobs.map(({ digest }) => digest), documentOf(2)].toSorted();
        const second = deletionEntry(sampleDeletion(documents));
        await expect(remover.remove(second.entry, second.blobs, 7)).rejects.toThrow(
          expect.objectContaining({ code: "internal" }),
        );
        expect((await remover.head()).size).toBe(7);
        for (const digest of documents) expect(await remover.has(digest)).toBe(true);
      });
    });

    test("is of deletions only, and a deletion is not appended by itself", async () => {
      await withRemover(async (_, remover) => {
        const { entry, blobs } = deletionEntry(sampleDeletion([documentOf(1)]));
        await expect(remover.append(entry, blobs)).rejects.toThrow(expect.objectContaining({ code: "internal" }));
        const other = sampleEntry(7);
        for (const wrong of [
          { entry, blobs: [] },
          { entry, blobs: other.blobs },
          { entry: { ...entry, content: other.entry.content }, blobs },
          other,
        ]) {
          await expect(remover.remove(wrong.entry, wrong.blobs, 6)).rejects.toThrow(
            expect.objectContaining({ code: "internal" }),
          );
        }
        expect((await remover.head()).size).toBe(6);
        expect(await remover.has(documentOf(1))).toBe(true);
      });
    });
  });

  describe(`${name}: a log that is closed`, () => {
    test("takes no decision more, names the next one, and lets its documents go", async () => {
      await withStore(async (store, site) => {
        await appendSamples(store, 2);
        const closing = closedEntry(ORIGIN, "acme/2027", sampleTime(9));
        const receipt = await store.append(closing, []);
        expect(await store.append(closing, [])).toEqual(receipt);
        const { entry, blobs } = sampleEntry(3);
        await expect(store.append(entry, blobs)).rejects.toThrow(
          expect.objectContaining({ code: "audit-closed", message: expect.stringContaining("acme/2027") }),
        );
        expect((await store.head()).size).toBe(4);
        const earlier = sampleEntry(2);
        expect((await store.append(earlier.entry, earlier.blobs)).index).toBe(2);
        const remover = await (site.openToRemove?.() ?? site.open());
        const deletion = deletionEntry(sampleDeletion([documentOf(1)]));
        expect((await remover.remove(deletion.entry, deletion.blobs, 4))?.index).toBe(4);
        expect(await remover.has(documentOf(1))).toBe(false);
        await remover.close();
      });
    });
  });

  describe(`${name}: reading`, () => {
    test("entries come in log order, or newest first up to a number", async () => {
      await withStore(async (store) => {
        await appendSamples(store, 300);
        const all = Array.from({ length: 301 }, (_, index) => index);
        expect(indexes(await collect(store.entries()))).toEqual(all);
        expect(indexes(await collect(store.entries({ kind: "decision" })))).toEqual(all.slice(1));
        expect(indexes(await collect(store.entries({ kind: "log-created" })))).toEqual([0]);
        expect(indexes(await collect(store.entries({ last: 3 })))).toEqual([300, 299, 298]);
        expect(indexes(await collect(store.entries({ last: 280 })))).toEqual(all.slice(21).toReversed());
        expect(indexes(await collect(store.entries({ last: 1000 })))).toEqual(all.toReversed());
        expect(indexes(await collect(store.entries({ last: 1000, kind: "decision" })))).toEqual(
          all.slice(1).toReversed(),
        );
        expect(await collect(store.entries({ last: 0 }))).toEqual([]);
      });
    });

    test("entries ends where the log ended when it began, though the caller appends meanwhile", async () => {
      await withStore(async (store) => {
        await appendSamples(store, 2);
        let count = 0;
        for await (const _ of store.entries()) {
          const { entry, blobs } = sampleEntry(100 + count);
          await store.append(entry, blobs);
          count += 1;
        }
        expect(count).toBe(3);
      });
    });

    test("an entry is found by index, id and the start of its id", async () => {
      await withStore(async (store) => {
        await appendSamples(store, 2);
        const { entry, blobs } = sampleEntry(100_000);
        await store.append(entry, blobs);
        const references = ["3", entry.id, entry.id.toUpperCase(), entry.id.slice(0, 35), entry.id.slice(0, 8)];
        for (const reference of references) expect((await store.find(reference))?.id).toBe(entry.id);
        expect((await store.find("0"))?.kind).toBe("log-created");
      });
    });

    test.each([
      "4",
      "03",
      "-1",
      "1.0",
      "1e0",
      "",
      "019",
      "zzzz",
      "%",
      "____",
      sampleId(99),
      "9007199254740993",
      "ffff",
    ])("%j finds nothing", async (reference) => {
      await withStore(async (store) => {
        await appendSamples(store, 3);
        expect(await store.find(reference)).toBeUndefined();
      });
    });

    test("the start of two ids finds neither and says so", async () => {
      await withStore(async (store) => {
        await appendSamples(store, 2);
        await expect(store.find(sampleId(1).slice(0, 6))).rejects.toThrow(expect.objectContaining({ code: "usage" }));
      });
    });

    test("a blob that is not there is none", async () => {
      await withStore(async (store) => {
        expect(await store.blob(ZERO_DIGEST)).toBeUndefined();
        expect(await store.has(ZERO_DIGEST)).toBe(false);
      });
    });

    test("the hashes of subtrees lead from each leaf to the root", async () => {
      await withStore(async (store) => {
        await appendSamples(store, 10);
        const { size, root } = await store.head();
        for (const { index, body } of await collect(store.entries())) {
          const proof = await inclusionProof(index, size, (place) => store.node(place));
          const claim = { index, size, leafHash: leafHash(body), root: fromDigest(root), proof };
          expect(verifyInclusion(claim)).toBe(true);
        }
      });
    });

    test("a subtree that is not complete has no hash", async () => {
      await withStore(async (store) => {
        await appendSamples(store, 4);
        for (const place of [
          { level: 0, index: 5 },
          { level: 2, index: 1 },
        ]) {
          await expect(store.node(place)).rejects.toThrow(expect.objectContaining({ code: "audit-corrupt" }));
        }
      });
    });

    test("a leaf hash is the hash of the body", async () => {
      await withStore(async (store) => {
        await appendSamples(store, 3);
        for (const { body, leafHash: stated } of await collect(store.entries())) {
          expect(leafHash(body)).toEqual(fromDigest(stated));
        }
      });
    });
  });

  describe(`${name}: vouchers`, () => {
    test("are kept as they are, and given with the largest tree first", async () => {
      await withStore(async (store, site) => {
        await appendSamples(store, 2);
        const all = [voucher(1, "log", "one"), voucher(3, "log", "three\u0000"), voucher(2, "log", "two")];
        for (const one of [...all, voucher(3, "witness", "w", "cosignature")]) await store.keep(one);
        const again = await site.open();
        const found = await collect(again.vouchers("checkpoint"));
        expect(found.map(({ size, name: key, material }) => [size, key, Buffer.from(material).toString()])).toEqual([
          [3, "log", "three\u0000"],
          [2, "log", "two"],
          [1, "log", "one"],
        ]);
        expect((await collect(again.vouchers("cosignature"))).map(({ name: key }) => key)).toEqual(["witness"]);
        expect(await collect(again.vouchers("timestamp"))).toEqual([]);
        await again.close();
      });
    });

    test("of one size and name are the first", async () => {
      await withStore(async (store) => {
        await store.keep(voucher(1, "log", "first"));
        await store.keep(voucher(1, "log", "second"));
        await store.keep(voucher(1, "other", "third"));
        const found = await collect(store.vouchers("checkpoint"));
        expect(found.map(({ material }) => Buffer.from(material).toString())).toEqual(["first", "third"]);
      });
    });
  });
}

/** The document of the decision with that number. */
function documentOf(number: number): Digest {
  return sampleEntry(number).blobs[0]?.digest ?? ZERO_DIGEST;
}

/** What a voucher can be of its tree, as a text. */
function voucher(size: number, name: string, text: string, kind: Voucher["kind"] = "checkpoint"): Voucher {
  return { size, kind, name, material: Buffer.from(text) };
}

/** A description of policies and one module. */
function policyParts(): readonly Blob[] {
  const types = ["application/vnd.gate.policy.v1+json", "application/wasm"];
  return types.map((mediaType) => {
    const data = Buffer.from(mediaType);
    return { digest: sha256(data), mediaType, data };
  });
}

async function appendSamples(store: AuditStore, count: number): Promise<void> {
  for (let number = 1; number <= count; number++) {
    const { entry, blobs } = sampleEntry(number);
    await store.append(entry, blobs);
  }
}

function indexes(entries: readonly Entry[]): readonly number[] {
  return entries.map(({ index }) => index);
}

function rootAfter(entries: readonly Entry[]): string {
  return toDigest(rootOf(entries.map(({ body }) => leafHash(body))));
}

function asStored(disclosure: Disclosure): Disclosure {
  return { ...disclosure, salt: Buffer.from(disclosure.salt) };
}
