import { copyFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { readEntryBody } from "../../src/audit/entry.ts";
import { type BypassReview, obligationEntry, openObligations, reviewEntry } from "../../src/audit/obligations.ts";
import { openAuditStore } from "../../src/audit/open.ts";
import { SCHEMA_VERSION } from "../../src/audit/sqlite/schema.ts";
import type { Disclosure } from "../../src/audit/store.ts";
import { verifyStore } from "../../src/audit/verify.ts";
import { openRecord } from "../../src/check/record.ts";
import type { Config } from "../../src/config/types.ts";
import { type Obligation, obligationOf } from "../../src/decision/obligations.ts";
import { installation } from "../support.ts";
import {
  collect,
  ORIGIN,
  sampleDecision,
  sampleEntry,
  sampleId,
  sampleSalts,
  sampleTime,
  temporaryDirectory,
  ZERO_DIGEST,
} from "./fixtures.ts";

const BYPASS = {
  id: ZERO_DIGEST,
  reason: "the shop is down",
  ticket: "INC-1",
  requestedBy: "bob",
  approvers: ["alice"],
  expires: sampleTime(60).toISOString(),
  gates: ["sast"],
  reviewDue: sampleTime(3600).toISOString(),
} as const;
const PEOPLE = [{ name: "bob", roles: [], identities: ["bob@example.com"] }];

function bypassed(number: number) {
  return sampleDecision(number, { outcome: "allow-bypassed", exitCode: 0, bypass: BYPASS });
}

function sampleObligation(number: number, changes: Partial<Obligation> = {}): Obligation {
  const obligation = obligationOf(bypassed(number), PEOPLE);
  if (obligation === undefined) throw new Error("it owes nothing");
  return { ...obligation, ...changes };
}

function sampleReview(number: number, changes: Partial<BypassReview> = {}): BypassReview {
  return {
    obligation: sampleId(number),
    outcome: "justified",
    findings: "the scanner was down",
    reviewer: "carol",
    reviewedAt: sampleTime(200).toISOString(),
    actions: ["a second scanner"],
    ...changes,
  };
}

type Recorded = ReturnType<typeof sampleEntry> & { readonly disclosures?: readonly Disclosure[] };

const owing = (obligation: Obligation): Recorded => obligationEntry(obligation, { random: sampleSalts() });
const reviewing = (review: BypassReview): Recorded => reviewEntry(review, { random: sampleSalts() });

async function storeWith(path: string, ...recorded: readonly Recorded[]) {
  const store = await openAuditStore({ path, origin: ORIGIN, mode: "append" });
  for (const { entry, blobs, disclosures = [] } of recorded) await store.append(entry, blobs, disclosures);
  return store;
}

describe("what is owed", () => {
  test("is what was bypassed, by whom, and until when somebody has to look at it", () => {
    expect(sampleObligation(1)).toEqual({
      id: sampleId(1),
      repository: ORIGIN,
      environment: "production",
      commit: sampleDecision(1).subject.commit,
      gates: ["sast"],
      reason: "the shop is down",
      ticket: "INC-1",
      requestedBy: "bob",
      identities: ["bob@example.com"],
      approvers: ["alice"],
      createdAt: sampleDecision(1).evaluatedAt,
      dueAt: BYPASS.reviewDue,
    });
  });

  test("is read back, until it is reviewed", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "audit.db");
    const owed = [1, 2, 3].map((number) => sampleObligation(number));
    const store = await storeWith(path, ...owed.map(owing), sampleEntry(4), reviewing(sampleReview(2)));
    expect(await openObligations(store, ORIGIN)).toEqual([owed[0], owed[2]]);
    await store.close();
    expect(await verifyStore(path)).toMatchObject({ verdict: "good", entries: 6, findings: [] });
  });

  test.each([
    { name: "of the repository", repository: "https://github.com/acme/payments", count: 1 },
    { name: "of another repository", repository: "acme/shop", count: 0 },
    { name: "where the repository is not known", repository: undefined, count: 1 },
  ])("$name: $count", async ({ repository, count }) => {
    using directory = temporaryDirectory();
    const store = await storeWith(join(directory.path, "audit.db"), owing(sampleObligation(1)));
    expect(await openObligations(store, repository)).toHaveLength(count);
    await store.close();
  });

  test("without a repository is owed by all", async () => {
    using directory = temporaryDirectory();
    const { repository: _, ...anywhere } = sampleObligation(1);
    const store = await storeWith(join(directory.path, "audit.db"), owing(anywhere));
    expect(await openObligations(store, "acme/shop")).toEqual([anywhere]);
    await store.close();
  });

  test("is still owed when its document is gone, by nobody that is known", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "audit.db");
    await (await storeWith(path, owing(sampleObligation(1)))).close();
    new Database(path).exec("DELETE FROM blob").close();
    const store = await openAuditStore({ path, mode: "read" });
    expect(await openObligations(store, ORIGIN)).toMatchObject([
      { id: sampleId(1), environment: "production", dueAt: BYPASS.reviewDue, requestedBy: "" },
    ]);
    await store.close();
    expect(await verifyStore(path)).toMatchObject({ verdict: "unknown", findings: [{ code: "pruned", index: 1 }] });
  });
});

describe("the entries", () => {
  test("of one decision are one obligation and one review, whenever they are recorded", async () => {
    using directory = temporaryDirectory();
    const [owed, review] = [owing(sampleObligation(1)), reviewing(sampleReview(1))];
    const store = await storeWith(join(directory.path, "audit.db"), owed, owed, review, review);
    expect((await store.head()).size).toBe(3);
    const again = reviewing(sampleReview(1, { outcome: "not-justified" }));
    await expect(store.append(again.entry, again.blobs)).rejects.toThrow("another entry");
    await store.close();
  });

  test("name no person in what can never be erased", async () => {
    using directory = temporaryDirectory();
    const recorded = [owing(sampleObligation(1)), reviewing(sampleReview(1))];
    const store = await storeWith(join(directory.path, "audit.db"), ...recorded);
    const bodies = (await collect(store.entries())).map(({ body }) => Buffer.from(body).toString());
    await store.close();
    for (const name of ["alice", "bob", "carol", "the shop", "the scanner"]) expect(bodies.join()).not.toContain(name);
  });

  test.each([
    ["of an obligation", 1, "obligation", "document-changed", '"production"', '"prodUction"'],
    ["of a review", 2, "review", "document-changed", '"justified"', '"justIfied"'],
  ] as const)("%s that does not say what its document says is found", async (_, index, kind, code, from, to) => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "audit.db");
    const recorded = [owing(sampleObligation(1)), reviewing(sampleReview(1))].map((one) =>
      one.entry.kind === kind
        ? { ...one, entry: { ...one.entry, content: replaced(one.entry.content, from, to) } }
        : one,
    );
    await (await storeWith(path, ...recorded)).close();
    expect(await verifyStore(path)).toMatchObject({ verdict: "tampered", findings: [{ code, index }] });
  });
});

function replaced(content: object, from: string, to: string): Readonly<Record<string, unknown>> {
  return JSON.parse(JSON.stringify(content).replace(from, to)) as Readonly<Record<string, unknown>>;
}

async function earlierVersion(directory: string, version: number): Promise<string> {
  const path = join(directory, "audit.db");
  await (await storeWith(path, sampleEntry(1))).close();
  new Database(path)
    .exec(`DROP TABLE disclosure; ${version < 3 ? "DROP TABLE voucher; " : ""}PRAGMA user_version = ${version}`)
    .close();
  return path;
}

const versionOf = (path: string): unknown => {
  const database = new Database(path, { readonly: true });
  const found = database.pragma("user_version", { simple: true });
  database.close();
  return found;
};

describe.each([1, 2, 3, 4])("a log of version %d", (version) => {
  test("is read and verified as it is", async () => {
    using directory = temporaryDirectory();
    const path = await earlierVersion(directory.path, version);
    const store = await openAuditStore({ path, mode: "read" });
    expect(await collect(store.entries({ kind: "decision" }))).toHaveLength(1);
    expect(await openObligations(store, ORIGIN)).toEqual([]);
    await store.close();
    expect((await verifyStore(path)).verdict).toBe("good");
    expect(versionOf(path)).toBe(version);
  });

  test("becomes the current one with the next entry, and not by one that fails", async () => {
    using directory = temporaryDirectory();
    const path = await earlierVersion(directory.path, version);
    const copy = join(directory.path, "copy.db");
    copyFileSync(path, copy);
    const failing = await openAuditStore({ path: copy, mode: "append" });
    const other = sampleEntry(1, { outcome: "allow" });
    await expect(failing.append(other.entry, other.blobs)).rejects.toThrow("another entry");
    await failing.close();
    expect(versionOf(copy)).toBe(version);

    const store = await openAuditStore({ path, mode: "append" });
    const { entry, blobs, disclosures } = owing(sampleObligation(2));
    await store.append(entry, blobs, disclosures);
    await store.close();
    expect(versionOf(path)).toBe(SCHEMA_VERSION);
    expect(await verifyStore(path)).toMatchObject({ verdict: "good", entries: 3 });
  });
});

async function recordIn(directory: string) {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the record asks for nothing else of it
  const config = { auditStore: "audit.db" } as Config;
  const options = { environment: "production", evidence: [], exitCodes: [], subject: { artifacts: [] }, audit: true };
  const services = {
    cwd: directory,
    variables: {},
    clock: { now: () => sampleTime(100) },
    random: (bytes: number) => Buffer.alloc(bytes),
    stdin: async () => new Uint8Array(),
    installation,
    cacheFolder: undefined,
  };
  return openRecord({ options, config, folder: directory, services });
}

async function kindsIn(directory: string): Promise<readonly unknown[]> {
  const store = await openAuditStore({ path: join(directory, "audit.db"), mode: "read" });
  const entries = await collect(store.entries());
  await store.close();
  return entries.map(({ body }) => readEntryBody(body)?.kind);
}

describe("a bypassed decision", () => {
  test("is recorded after what it owes", async () => {
    using directory = temporaryDirectory();
    const record = await recordIn(directory.path);
    await record.append(bypassed(1), [], undefined, sampleObligation(1), []);
    await record.close();
    expect(await kindsIn(directory.path)).toEqual(["log-created", "obligation", "decision"]);
    const again = await recordIn(directory.path);
    expect(await again.obligations(sampleDecision(1).subject)).toEqual([sampleObligation(1)]);
    await again.close();
  });

  test("that cannot be recorded leaves what it owes, and never the other way round", async () => {
    using directory = temporaryDirectory();
    const record = await recordIn(directory.path);
    const broken = { ...bypassed(1), subject: { ...bypassed(1).subject, ref: "x".repeat(70_000) } };
    await expect(record.append(broken, [], undefined, sampleObligation(1), [])).rejects.toThrow("at most 65535");
    await record.close();
    expect(await kindsIn(directory.path)).toEqual(["log-created", "obligation"]);
  });

  test("that owes something which cannot be recorded is not recorded", async () => {
    using directory = temporaryDirectory();
    const record = await recordIn(directory.path);
    const endless = sampleObligation(1, { environment: "x".repeat(70_000) });
    await expect(record.append(bypassed(1), [], undefined, endless, [])).rejects.toThrow("at most 65535");
    await record.close();
    expect(await kindsIn(directory.path)).toEqual(["log-created"]);
  });
});
