import { join } from "node:path";
import { expect, it } from "vitest";
import { type HistoryQuery, readHistory } from "../../src/audit/history.ts";
import { openAuditStore } from "../../src/audit/open.ts";
import type { AuditStore } from "../../src/audit/store.ts";
import type { Decision, DecisionGate } from "../../src/decision/types.ts";
import { canonicalDigest, sha256 } from "../../src/evidence/canonical.ts";
import type { EvidenceDocument, HistoryEvidence } from "../../src/evidence/types.ts";
import { shapeProblem } from "../../src/evidence/validate.ts";
import { fixedClock } from "../../src/util/clock.ts";
import { temporaryFolder } from "../support.ts";
import { ORIGIN, sampleEntry, sampleId, sampleTime } from "./fixtures.ts";

const COMMIT = "a".repeat(40);
const SUBJECT = { repository: ORIGIN, artifacts: [], source: "ci" } as const;

/** A log with a decision for each of the changes, one second apart, and where it is. */
async function logOf(...changes: readonly Partial<Decision>[]): Promise<{ path: string; store: AuditStore }> {
  const path = join(temporaryFolder(), "audit.db");
  const store = await openAuditStore({
    path,
    mode: "append",
    origin: ORIGIN,
    clock: fixedClock("2025-12-01T00:00:00Z"),
  });
  for (const [number, change] of changes.entries()) {
    const { entry, blobs } = sampleEntry(number, change);
    await store.append(entry, blobs);
  }
  return { path, store };
}

async function historyOf(store: AuditStore | undefined, changes: Partial<HistoryQuery> = {}): Promise<HistoryEvidence> {
  const now = sampleTime(100);
  const document = await readHistory(store, {
    path: "audit.db",
    subject: { repository: ORIGIN, commit: COMMIT },
    since: sampleTime(0),
    now,
    ...changes,
  });
  return asHistory(document);
}

function asHistory(document: EvidenceDocument): HistoryEvidence {
  if (document.kind !== "history") throw new Error("no history");
  expect(shapeProblem({ ...document })).toBeUndefined();
  const { id, ...content } = document;
  expect(canonicalDigest(content)).toBe(id);
  return document;
}

it("lists the newest decision first, with what it was about and how it ended", async () => {
  const artifact = { name: "shop", digest: sha256("shop") };
  const { store } = await logOf({}, { outcome: "allow", gates: [], subject: { ...SUBJECT, artifacts: [artifact] } });
  const { body, summary, ...rest } = await historyOf(store);
  expect(body.decisions).toEqual([
    {
      id: sampleId(1),
      index: 2,
      environment: "production",
      outcome: "allow",
      repository: ORIGIN,
      artifacts: [artifact.digest],
      evaluatedAt: sampleTime(1).toISOString(),
      integrity: "bound",
      failedGates: 0,
    },
    expect.objectContaining({ id: sampleId(0), index: 1, commit: "0".repeat(40), outcome: "block", failedGates: 1 }),
  ]);
  expect(summary).toMatchObject({ log: ORIGIN, size: 3, decisions: 2, allowed: 1 });
  expect(rest).toMatchObject({ status: "complete", source: { format: "gate-log", path: "audit.db" } });
  await store.close();
});

it("is about the gated commit and made now, so that it is bound and fresh", async () => {
  const { store } = await logOf({});
  const document = await historyOf(store);
  expect(document.subject.commit).toBe(COMMIT);
  expect(document.producedAt).toBe(sampleTime(100).toISOString());
  await store.close();
});

it("leaves out other repositories, but not decisions that name none", async () => {
  const { store } = await logOf(
    { subject: { ...SUBJECT, repository: "other" } },
    { subject: { artifacts: [], source: "none" } },
  );
  expect((await historyOf(store)).body.decisions.map(({ id }) => id)).toEqual([sampleId(1)]);
  const all = await historyOf(store, { subject: { commit: COMMIT } });
  expect(all.body.decisions.map(({ id }) => id)).toEqual([sampleId(1), sampleId(0)]);
  await store.close();
});

it("knows the gated repository by its other names", async () => {
  const { store } = await logOf({ subject: { ...SUBJECT, repository: `https://${ORIGIN}.git` } });
  expect((await historyOf(store)).body.decisions).toMatchObject([{ repository: ORIGIN }]);
  await store.close();
});

it("is of the run that reads it", async () => {
  const subject = { commit: COMMIT, run: { provider: "github", id: "7" } };
  expect((await historyOf(undefined, { subject })).subject).toEqual({ commit: COMMIT, run: "github:7" });
});

it("leaves out what is older than asked for", async () => {
  const { store } = await logOf({}, {}, {});
  const { body, status } = await historyOf(store, { since: sampleTime(1) });
  expect(body.decisions.map(({ id }) => id)).toEqual([sampleId(2), sampleId(1)]);
  expect(status).toBe("complete");
  await store.close();
});

it.each([
  ["as many as there may be", 3, "complete", 3],
  ["one too many", 2, "partial", 2],
])("says so where it had to be cut: %s", async (_, limit, status, count) => {
  const { store } = await logOf({}, {}, {});
  const document = await historyOf(store, { limit });
  expect(document.status).toBe(status);
  expect(document.body.decisions).toHaveLength(count);
  expect(document.statusReasons.map(({ code }) => code)).toEqual(status === "partial" ? ["history-cut"] : []);
  await store.close();
});

const gate = (number: number): DecisionGate => ({
  id: `gate-${number}-${"x".repeat(100)}`,
  title: "",
  enforcement: "mandatory",
  result: number === 0 ? "not-evaluated" : "pass",
  applicable: 1,
  durationMs: 1,
  parameters: {},
  evidence: [],
  violations: [],
  controls: [],
});

it("reads what a large decision is about from its document", async () => {
  const artifacts = [{ name: "shop", digest: sha256("shop") }];
  const { store } = await logOf({
    subject: { ...SUBJECT, artifacts },
    gates: Array.from({ length: 500 }, (__, number) => gate(number)),
  });
  const [decision] = (await historyOf(store)).body.decisions;
  expect(decision).toMatchObject({ artifacts: [sha256("shop")], failedGates: 1 });

  const pruned = new Proxy(store, {
    get: (target, name) =>
      name === "blob"
        ? async () => undefined
        : (Reflect.get(target, name) as (...args: unknown[]) => unknown).bind(target),
  });
  expect(await historyOf(pruned)).toMatchObject({ status: "partial", statusReasons: [{ code: "artifacts-unknown" }] });
  await store.close();
});

it("refuses an entry that is not what was hashed", async () => {
  const { store } = await logOf({});
  const forged = new Proxy(store, {
    get: (target, name) => {
      if (name !== "entries") return (Reflect.get(target, name) as (...args: unknown[]) => unknown).bind(target);
      return async function* () {
        for await (const entry of target.entries({ kind: "decision", last: 1 })) {
          const text = Buffer.from(entry.body).toString("utf8").replace('"block"', '"allow"');
          yield { ...entry, body: Buffer.from(text, "utf8") };
        }
      };
    },
  });
  await expect(historyOf(forged)).rejects.toMatchObject({ code: "audit-corrupt" });
  await store.close();
});

it("is empty where there is no log yet", async () => {
  const document = asHistory(await historyOf(undefined));
  expect(document).toMatchObject({ status: "complete", summary: { size: 0, decisions: 0 }, body: { decisions: [] } });
  expect(document.summary).not.toHaveProperty("log");
});

it("differs from one check to the next, even where it is empty", async () => {
  const first = await historyOf(undefined);
  const second = await historyOf(undefined, { now: sampleTime(101) });
  expect(first.source.sha256).not.toBe(second.source.sha256);
});
