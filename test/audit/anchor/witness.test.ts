import { describe, expect, test, vi } from "vitest";
import type { WitnessQuorum } from "../../../src/audit/anchor/held.ts";
import { witnessAnchor } from "../../../src/audit/anchor/witness.ts";
import { cosignNote, formatNote, noteKey, readNote, signersOfNote } from "../../../src/audit/note.ts";
import { openAuditStore } from "../../../src/audit/open.ts";
import { checkpointText } from "../../../src/audit/receipt.ts";
import { type VerifyReport, verifyStore } from "../../../src/audit/verify.ts";
import { signCheckpoint, withCosignatures } from "../../../src/audit/vouch.ts";
import { collect, ORIGIN, temporaryDirectory } from "../fixtures.ts";
import { anchorLog, append, ed25519, LOG_KEY, makeLog, PARTS } from "./support.ts";
import { createWitness, type Reply, serve, type TestServer, type Witness } from "./witness.ts";

vi.setConfig({ testTimeout: 60_000 });

const NOW = PARTS.clock.now().getTime() / 1000;
const LOG = noteKey(ORIGIN, "log", LOG_KEY);

function witnessNamed(name: string, seed: number): Witness {
  return createWitness(name, ed25519(seed), [LOG], NOW);
}

async function witnessServer(witness: Witness): Promise<TestServer> {
  return serve((body, { url }) => (url === "/add-checkpoint" ? witness.answer(body) : { status: 404, body: "" }));
}

async function grow(path: string, from: number, to: number): Promise<void> {
  const store = await openAuditStore({ path, mode: "append" });
  await append(store, from, to);
  await store.close();
}

async function verifyWith(path: string, quorum: number, ...witnesses: readonly Witness[]): Promise<VerifyReport> {
  const given: WitnessQuorum = { keys: witnesses.map(({ key }) => key), quorum, checkpoints: [] };
  return verifyStore(path, { witnesses: given });
}

describe("a witness", () => {
  test("cosigns a log as it grows, and its word is kept, in checkpoints as well", async () => {
    using directory = temporaryDirectory();
    const witness = witnessNamed("witness.example", 3);
    await using server = await witnessServer(witness);
    const path = await makeLog(directory.path, "log", { decisions: 2 });
    const location = { kind: "witness", url: server.url, key: witness.key } as const;
    for (const [from, to] of [
      [3, 2],
      [3, 9],
      [10, 16],
      [17, 17],
    ] as const) {
      await grow(path, from, to);
      expect(await anchorLog(path, location)).toMatchObject({ status: "added", size: to + 1 });
    }
    expect(server.requests.map((body) => body.toString().split("\n")[0])).toEqual([
      "old 0",
      "old 3",
      "old 10",
      "old 17",
    ]);
    expect(await anchorLog(path, location)).toEqual({ status: "present", size: 18 });
    expect(server.requests).toHaveLength(4);
    const store = await openAuditStore({ path, mode: "append" });
    const { note } = await withCosignatures(store, await signCheckpoint(store, await store.head(), LOG_KEY));
    const signers = signersOfNote(readNote(formatNote(note)), [LOG, witness.key]);
    expect(signers).toEqual([{ key: LOG }, { key: witness.key, time: NOW }]);
    expect(await collect(store.vouchers("cosignature"))).toHaveLength(4);
    await store.close();
    const report = await verifyWith(path, 1, witness);
    expect(report).toMatchObject({
      verdict: "good",
      vouched: ["The first 18 entries were seen by witness.example, last at 2026-03-01T12:00:00.000Z."],
    });
  });

  test("that has seen more than this store remembers says how much, and is given the proof", async () => {
    using directory = temporaryDirectory();
    const witness = witnessNamed("witness.example", 3);
    await using server = await witnessServer(witness);
    const path = await makeLog(directory.path, "log", { decisions: 8 });
    const location = { kind: "witness", url: server.url, key: witness.key } as const;
    await anchorLog(path, location);
    // The same log without what was kept beside it.
    const other = await makeLog(directory.path, "other", { decisions: 13 });
    expect(await anchorLog(other, location)).toMatchObject({ status: "added", size: 14 });
    expect(server.requests.map((body) => body.toString().split("\n")[0])).toEqual(["old 0", "old 0", "old 9"]);
  });

  test.each([
    ["cut", { decisions: 7 }, "audit-corrupt", "has seen 9 entries of the log, which has 8"],
    ["rewritten", { decisions: 12, changed: 3 }, "anchor-failed", "answers 422"],
    ["rewritten in place", { decisions: 8, changed: 8 }, "audit-corrupt", "another tree of 9 entries"],
    ["another one of the name", { decisions: 12, seed: 5 }, "anchor-failed", "answers 422"],
  ] as const)("cosigns no log that was %s", async (_, variant, code, message) => {
    using directory = temporaryDirectory();
    const witness = witnessNamed("witness.example", 3);
    await using server = await witnessServer(witness);
    const location = { kind: "witness", url: server.url, key: witness.key } as const;
    await anchorLog(await makeLog(directory.path, "log", { decisions: 8 }), location);
    const before = witness.seen(ORIGIN);
    const changed = await makeLog(directory.path, "changed", variant);
    await expect(anchorLog(changed, location)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
    expect(witness.seen(ORIGIN)).toEqual(before);
  });

  test("does not know a log of another key or name", async () => {
    using directory = temporaryDirectory();
    const witness = witnessNamed("witness.example", 3);
    await using server = await witnessServer(witness);
    const location = { kind: "witness", url: server.url, key: witness.key } as const;
    const path = await makeLog(directory.path, "log", { decisions: 2 });
    await expect(anchorLog(path, location, ed25519(9))).rejects.toMatchObject({
      message: expect.stringContaining("403"),
    });
    const other = await makeLog(directory.path, "other", { decisions: 2, origin: "other" });
    await expect(anchorLog(other, location)).rejects.toMatchObject({ message: expect.stringContaining("404") });
  });
});

describe("an answer of a witness", () => {
  const KEY = noteKey("witness.example", "witness", ed25519(3));

  /** Cosigns what it is sent, as somebody may. */
  function cosign(body: Buffer, change: { name?: string; seed?: number; time?: number; text?: string } = {}): string {
    const { text } = readNote(body.toString().slice(body.indexOf("\n\n") + 2));
    const { name = KEY.name, seed = 3, time = NOW } = change;
    const signatures = [cosignNote(change.text ?? text, name, ed25519(seed), time)];
    return formatNote({ text, signatures }).slice(text.length + 1);
  }

  const WRONG: Readonly<Record<string, (body: Buffer) => Reply | undefined>> = {
    "of another key": (body) => ({ status: 200, body: cosign(body, { seed: 4 }) }),
    "in the name of another": (body) => ({ status: 200, body: cosign(body, { name: "other" }) }),
    "of another tree": (body) => ({
      status: 200,
      body: cosign(body, { text: checkpointText({ origin: ORIGIN, size: 3, root: `sha256:${"0".repeat(64)}` }) }),
    }),
    "of the time zero": (body) => ({ status: 200, body: cosign(body, { time: 0 }) }),
    "of next week": (body) => ({ status: 200, body: cosign(body, { time: NOW + 604_800 }) }),
    "without a line end": (body) => ({ status: 200, body: cosign(body).trimEnd() }),
    "with nothing": () => ({ status: 200, body: "" }),
    "with a page for people": () => ({ status: 200, body: "<html>\u001b[2Jhello</html>\n" }),
    "with a flipped bit": (body) => ({
      status: 200,
      body: cosign(body).replace(/.=\n$/, (end) => `${end[0] === "A" ? "B" : "A"}=\n`),
    }),
    "far too long": () => ({ status: 200, body: "x".repeat(1 << 20) }),
    "always 409 with the same size": () => ({ status: 409, body: "0\n" }),
    "409 without a size": () => ({ status: 409, body: "-1\n" }),
    "409 with a size beyond numbers": () => ({ status: 409, body: "99999999999999999999\n" }),
    "500": () => ({ status: 500, body: "sorry" }),
    never: () => undefined,
  };

  test.each(Object.entries(WRONG))("%s is no cosignature", async (_, answer) => {
    using directory = temporaryDirectory();
    await using server = await serve(answer);
    const path = await makeLog(directory.path, "log", { decisions: 2 });
    const store = await openAuditStore({ path, mode: "append" });
    const checkpoint = await signCheckpoint(store, await store.head(), LOG_KEY);
    const anchor = witnessAnchor(server.url, KEY, { clock: PARTS.clock, timeoutMs: 500 });
    await expect(anchor.publish(checkpoint, store)).rejects.toMatchObject({ code: "anchor-failed" });
    expect(server.requests.length).toBeLessThanOrEqual(3);
    await store.close();
  });

  test("from elsewhere is not fetched", async () => {
    using directory = temporaryDirectory();
    const witness = witnessNamed("witness.example", 3);
    await using there = await serve((body) => witness.answer(body));
    await using server = await serve(() => ({ status: 307, body: "", headers: { location: there.url.href } }));
    const path = await makeLog(directory.path, "log", { decisions: 2 });
    const location = { kind: "witness", url: server.url, key: witness.key } as const;
    await expect(anchorLog(path, location)).rejects.toMatchObject({ message: expect.stringContaining("answers 307") });
    expect(there.requests).toEqual([]);
  });

  test("409 with ever other sizes is given up", async () => {
    using directory = temporaryDirectory();
    let size = 0;
    await using server = await serve(() => ({ status: 409, body: `${++size}\n` }));
    const path = await makeLog(directory.path, "log", { decisions: 8 });
    const location = { kind: "witness", url: server.url, key: KEY } as const;
    await expect(anchorLog(path, location)).rejects.toMatchObject({ code: "anchor-failed" });
    expect(server.requests).toHaveLength(3);
  });
});

describe("a quorum of witnesses", () => {
  test("has to have seen the same tree", async () => {
    using directory = temporaryDirectory();
    const witnesses = [witnessNamed("a.example", 3), witnessNamed("b.example", 4), witnessNamed("c.example", 5)];
    const [first, second, third] = witnesses;
    if (first === undefined || second === undefined || third === undefined) throw new Error("there are three");
    const path = await makeLog(directory.path, "log", { decisions: 4 });
    for (const [witness, decisions] of [
      [first, 4],
      [second, 6],
    ] as const) {
      await using server = await witnessServer(witness);
      await grow(path, 5, decisions);
      await anchorLog(path, { kind: "witness", url: server.url, key: witness.key });
    }
    expect((await verifyWith(path, 1, first, second, third)).verdict).toBe("good");
    // Each has seen a tree, and no two of them the same.
    expect(await verifyWith(path, 2, first, second, third)).toMatchObject({
      verdict: "unknown",
      findings: [{ code: "witness-missing" }],
    });
    await using server = await witnessServer(first);
    await anchorLog(path, { kind: "witness", url: server.url, key: first.key });
    expect((await verifyWith(path, 2, first, second, third)).verdict).toBe("good");
    expect((await verifyWith(path, 3, first, second, third)).verdict).toBe("unknown");
    expect((await verifyWith(path, 1, third)).verdict).toBe("unknown");
  });

  test("says of a log that was rewritten what it has seen before", async () => {
    using directory = temporaryDirectory();
    const witness = witnessNamed("a.example", 3);
    await using server = await witnessServer(witness);
    const path = await makeLog(directory.path, "log", { decisions: 6 });
    await anchorLog(path, { kind: "witness", url: server.url, key: witness.key });
    const kept = await openAuditStore({ path, mode: "read" });
    const [voucher] = await collect(kept.vouchers("cosignature"));
    await kept.close();
    if (voucher === undefined) throw new Error("there is one");
    for (const [name, variant, code] of [
      ["cut", { decisions: 4 }, "truncated"],
      ["rewritten", { decisions: 9, changed: 2 }, "root-changed"],
    ] as const) {
      const other = await makeLog(directory.path, name, variant);
      const store = await openAuditStore({ path: other, mode: "append" });
      await store.keep(voucher);
      await store.close();
      const report = await verifyWith(other, 1, witness);
      expect(report).toMatchObject({ verdict: "tampered", findings: [{ code }] });
    }
    const forged = await makeLog(directory.path, "forged", { decisions: 6 });
    const store = await openAuditStore({ path: forged, mode: "append" });
    const material = Buffer.from(voucher.material);
    material[material.length - 10] = material[material.length - 10] === 65 ? 66 : 65;
    await store.keep({ ...voucher, material });
    await store.close();
    const report = await verifyWith(forged, 1, witness);
    expect(report.findings.map(({ code }) => code)).toContain("cosignature-invalid");
    expect(report.verdict).toBe("tampered");
  });
});
