import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { holdEntry } from "../../src/audit/hold.ts";
import type { StoreLocation } from "../../src/audit/location.ts";
import { obligationEntry, openObligations, reviewEntry } from "../../src/audit/obligations.ts";
import { createAuditStore, openAuditStore } from "../../src/audit/open.ts";
import { closeLog, closingOf, handedOn, previousLog, refuseIncomplete, withPrevious } from "../../src/audit/shard.ts";
import type { AuditStore } from "../../src/audit/store.ts";
import { verifyStore } from "../../src/audit/verify.ts";
import type { Obligation } from "../../src/decision/obligations.ts";
import { fixedClock } from "../../src/util/clock.ts";
import { collect, ORIGIN, sampleEntry, sampleId, sampleSalts, sampleTime, temporaryDirectory } from "./fixtures.ts";
import { gitSite } from "./git-support.ts";
import { describeWithPostgres, type Server, startServer } from "./postgres/server.ts";

const NEXT = "acme/2027";

/** A place for a log and one for the log that goes on from it. */
interface Places extends AsyncDisposable {
  readonly first: StoreLocation;
  readonly second: StoreLocation;
}

async function onFiles(): Promise<Places> {
  const directory = temporaryDirectory();
  return {
    first: join(directory.path, "a.db"),
    second: join(directory.path, "b.db"),
    [Symbol.asyncDispose]: async () => directory[Symbol.dispose](),
  };
}

async function onRefs(): Promise<Places> {
  const site = gitSite();
  return {
    first: site.location(),
    second: site.location(undefined, "git:origin#refs/gate/audit-2027"),
    [Symbol.asyncDispose]: async () => site[Symbol.dispose](),
  };
}

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
    createdAt: sampleTime(number).toISOString(),
    dueAt: sampleTime(number + 1).toISOString(),
  };
}

const SALTS = { random: sampleSalts() };
const OWED = obligationEntry(obligationOf(1), SALTS);
const REVIEWED = obligationEntry(obligationOf(2), SALTS);
const REVIEW = reviewEntry(
  {
    obligation: obligationOf(2).id,
    outcome: "justified",
    findings: "none",
    reviewer: "carol",
    reviewedAt: sampleTime(3).toISOString(),
    actions: [],
  },
  SALTS,
);
const HOLD = holdEntry({ name: "case-7", action: "add", reason: "x", at: sampleTime(4).toISOString(), by: "ada" });

async function open(path: StoreLocation, origin: string): Promise<AuditStore> {
  return openAuditStore({ path, origin, mode: "append" });
}

function testShards(newPlaces: () => Promise<Places>): void {
  test("a log goes on in another one, with what it owes and holds, and both verify", async () => {
    await using places = await newPlaces();
    const first = await open(places.first, ORIGIN);
    const decisions = [sampleEntry(5), sampleEntry(6)];
    for (const { entry, blobs, disclosures } of [OWED, REVIEWED, REVIEW]) await first.append(entry, blobs, disclosures);
    for (const { entry, blobs } of [HOLD, ...decisions]) await first.append(entry, blobs);

    const head = await closeLog(first, NEXT, sampleTime(7));
    expect(head).toMatchObject({ origin: ORIGIN, size: 8 });
    expect(await closeLog(first, NEXT, sampleTime(8))).toEqual(head);
    await expect(closeLog(first, "acme/other", sampleTime(8))).rejects.toThrow(NEXT);
    expect(await closingOf(first)).toEqual({ next: NEXT, head });
    // What the old log takes afterwards is no matter of the next.
    const late = holdEntry({ name: "late", action: "add", reason: "x", at: sampleTime(9).toISOString(), by: "ada" });
    await first.append(late.entry, late.blobs);

    const handed = await handedOn(first, head.size);
    expect(handed.map(({ entry }) => entry)).toEqual([OWED.entry, HOLD.entry]);
    const previous = { ...head, carried: handed.length };
    await createAuditStore({
      path: places.second,
      origin: NEXT,
      previous,
      clock: fixedClock("2027-01-01T00:00:00.000Z"),
      random: (bytes) => new Uint8Array(bytes).fill(7),
      writers: [],
      readers: [],
      pruners: [],
    });
    const second = await open(places.second, NEXT);
    expect(await previousLog(second)).toEqual({ ...previous, began: new Date("2027-01-01T00:00:00.000Z") });
    for (const { entry, blobs, disclosures } of handed) {
      await expect(refuseIncomplete(second)).rejects.toThrow(expect.objectContaining({ code: "audit-write-failed" }));
      await second.append(entry, blobs, disclosures);
    }
    await refuseIncomplete(second);
    expect(await openObligations(second, ORIGIN)).toEqual([obligationOf(1)]);

    const after = sampleEntry(10);
    await second.append(after.entry, after.blobs);
    const past = withPrevious(second, first);
    const ids = [after, ...decisions.toReversed()].map(({ entry }) => entry.id);
    for (const [last, found] of [
      [10, ids],
      [3, ids],
      [2, ids.slice(0, 2)],
      [1, ids.slice(0, 1)],
    ] as const) {
      expect((await collect(past.entries({ kind: "decision", last }))).map(({ id }) => id)).toEqual(found);
    }
    for (const { blobs } of [after, ...decisions]) {
      for (const { digest } of blobs) expect((await past.blob(digest))?.digest).toBe(digest);
    }
    await Promise.all([first.close(), second.close()]);
    expect((await verifyStore(places.first, { expect: [head] })).verdict).toBe("good");
    expect((await verifyStore(places.second)).verdict).toBe("good");
  });
}

describe("in files", () => {
  testShards(onFiles);
});
describe("on refs of a remote", () => {
  testShards(onRefs);
});

describeWithPostgres("in PostgreSQL", () => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(async () => server[Symbol.asyncDispose]());

  testShards(async () => {
    const database = await server.newLog();
    return {
      first: server.url(database, "postgres"),
      second: server.url(database, "postgres", NEXT),
      [Symbol.asyncDispose]: async () => undefined,
    };
  });
});
