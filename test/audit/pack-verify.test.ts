import { generateKeyPairSync } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { decisionEntry } from "../../src/audit/entry.ts";
import { selectEntries } from "../../src/audit/export/entries.ts";
import { type NoteKey, noteKey } from "../../src/audit/note.ts";
import { obligationEntry, reviewEntry } from "../../src/audit/obligations.ts";
import { openAuditStore } from "../../src/audit/open.ts";
import { packMembers } from "../../src/audit/pack/members.ts";
import { type PackOptions, type PackReport, verifyPack } from "../../src/audit/pack/verify.ts";
import { writeZip } from "../../src/audit/pack/zip-write.ts";
import { signCheckpoint } from "../../src/audit/vouch.ts";
import { canonicalBytes, sha256 } from "../../src/evidence/canonical.ts";
import { PACK_PAGES } from "../../src/report/render/pack.ts";
import { type Members, readMembers, writePack } from "../page/packs.ts";
import { ORIGIN, sampleDecision, sampleId, sampleTime, temporaryDirectory } from "./fixtures.ts";
import { inflate } from "./inflate.ts";

const ENGINE = "1.2.3";

interface Packed {
  readonly members: Members;
  readonly key: NoteKey;
}

/** Five decisions with a document of evidence each, of which the second and the third share theirs, and a review that one owed. */
async function smallPack(first: number, evidence: "included" | "withheld" = "included"): Promise<Packed> {
  using folder = temporaryDirectory();
  const store = await openAuditStore({ path: join(folder.path, "audit.db"), origin: ORIGIN, mode: "append" });
  const { privateKey } = generateKeyPairSync("ed25519");
  for (let number = 1; number <= 5; number++) {
    const content = { findings: [{ rule: "r", of: number === 3 ? 2 : number }] };
    const data = canonicalBytes(content, 1_000) ?? new Uint8Array();
    const base = sampleDecision(number);
    const one = base.evidence.map((record) => ({ ...record, id: sha256(data), stored: true as const }));
    const { entry, blobs } = decisionEntry({ ...base, evidence: one }, sampleTime(number));
    const blob = { digest: sha256(data), mediaType: "application/vnd.gate.evidence.v1+json", data };
    await store.append(entry, [...blobs, ...((await store.has(blob.digest)) ? [] : [blob])]);
  }
  const id = sampleId(5);
  const owed = {
    id,
    repository: ORIGIN,
    environment: "production",
    gates: ["sast"],
    reason: "outage",
    ticket: "INC-7",
    requestedBy: "grace",
    identities: [],
    approvers: ["linus"],
    createdAt: sampleTime(6).toISOString(),
    dueAt: sampleTime(60).toISOString(),
  };
  const review = {
    obligation: id,
    outcome: "justified",
    findings: "none",
    reviewer: "ada",
    reviewedAt: sampleTime(7).toISOString(),
    actions: [],
  } as const;
  const options = { random: (bytes: number) => new Uint8Array(bytes).fill(7) };
  for (const { entry, blobs } of [obligationEntry(owed, options), reviewEntry(review, options)])
    await store.append(entry, blobs);
  const checkpoint = await signCheckpoint(store, await store.head(), privateKey);
  const { head } = checkpoint;
  async function* entries() {
    for await (const exported of selectEntries(store, head, {})) if (exported.entry.index >= first) yield exported;
  }
  const source = {
    store,
    engine: ENGINE,
    checkpoint,
    selection: { kind: "range", first, last: head.size - 1 },
    entries: entries(),
    evidence,
    attestations: [],
    pages: PACK_PAGES,
    verifier: Buffer.from("<!doctype html>"),
  } as const;
  const pieces: Uint8Array[] = [];
  const tally = { entries: 0, decisions: 0, missing: 0 };
  for await (const piece of writeZip(packMembers(source, tally))) pieces.push(piece);
  await store.close();
  const path = join(folder.path, "pack.zip");
  writeFileSync(path, Buffer.concat(pieces));
  return { members: await readMembers(path), key: noteKey(ORIGIN, "log", privateKey) };
}

async function verify({ members, key }: Packed, options: Partial<PackOptions> = {}): Promise<PackReport> {
  using folder = temporaryDirectory();
  const path = join(folder.path, "pack.zip");
  await writePack(path, members, true);
  const verifier = sha256("<!doctype html>");
  return verifyPack(
    readFileSync(path),
    { inflate },
    { pages: PACK_PAGES, engine: ENGINE, verifier, logKey: key, ...options },
  );
}

describe("a pack", () => {
  let packed: Packed;
  beforeAll(async () => {
    packed = await smallPack(0);
  });

  it("is good as it was made, of the whole log and of a part", async () => {
    const report = await verify(packed);
    expect(report).toMatchObject({ verdict: "good", findings: [], entries: 8, complete: { first: 0, last: 7 } });
    expect(report.decisions.map(({ evidence }) => evidence.verified)).toEqual([1, 1, 1, 1, 1]);
    const part = await verify(await smallPack(3));
    expect(part).toMatchObject({ verdict: "good", entries: 5, complete: { first: 3, last: 7 } });
    const bare = await verify(await smallPack(0, "withheld"));
    expect(bare).toMatchObject({
      verdict: "good",
      unchecked: ["Evidence was left out of the pack, 5 times; its digests are in the decisions."],
    });
  });

  it("is not good with any byte of any member changed, though the manifest is brought up to date", async () => {
    const unnoticed: string[] = [];
    for (const [name, data] of packed.members) {
      if (name === "manifest.json") continue;
      for (let at = 0; at < data.length; at += Math.max(1, Math.floor(data.length / 12))) {
        const changed = Buffer.from(data);
        changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
        const members = new Map([...packed.members, [name, changed]]);
        if ((await verify({ ...packed, members })).verdict === "good") unnoticed.push(`${name} at ${at}`);
      }
    }
    expect(unnoticed).toEqual([]);
  });

  it("is not good without any one of its members", async () => {
    for (const name of packed.members.keys()) {
      const members = new Map(packed.members);
      members.delete(name);
      // A manifest of no tree at all is written where there was none.
      const { verdict } = await verify({ ...packed, members });
      expect([name, verdict]).not.toEqual([name, "good"]);
    }
  });

  it("is not good with any two members exchanged", async () => {
    const names = [...packed.members.keys()].filter((name) => name !== "manifest.json");
    for (const [place, one] of names.entries()) {
      const other = names[(place + 1) % names.length] ?? "";
      const members = new Map(packed.members);
      members.set(one, packed.members.get(other) ?? Buffer.alloc(0));
      members.set(other, packed.members.get(one) ?? Buffer.alloc(0));
      const { verdict } = await verify({ ...packed, members });
      expect([one, other, verdict]).not.toEqual([one, other, "good"]);
    }
  });

  it("has each entry under its own index", async () => {
    const members = new Map(packed.members);
    for (const ending of ["json", "tlog-proof"]) {
      members.set(`entries/00000001.${ending}`, packed.members.get(`entries/00000002.${ending}`) ?? Buffer.alloc(0));
    }
    const { findings } = await verify({ ...packed, members });
    expect(findings).toContainEqual(expect.objectContaining({ code: "proof-invalid", index: 1 }));
  });

  it("says which decisions are touched, and leaves the others as they are", async () => {
    const shared = sha256(canonicalBytes({ findings: [{ rule: "r", of: 2 }] }, 1_000) ?? "");
    const members = new Map(packed.members);
    members.set(`evidence/${shared.slice("sha256:".length)}.json`, Buffer.from("{}"));
    const { decisions } = await verify({ ...packed, members });
    expect(decisions.map(({ verdict }) => verdict)).toEqual(["good", "tampered", "tampered", "good", "good"]);
  });

  it("of another version of gate says that its pages were not compared, and of another form that it cannot tell", async () => {
    const report = await verify(packed, { engine: "9.9.9" });
    expect(report.verdict).toBe("good");
    expect(report.unchecked.join()).toContain("The pages to read were made by gate 1.2.3, this is 9.9.9");
    const members = new Map(packed.members);
    const manifest = members.get("manifest.json")?.toString("utf8") ?? "";
    members.set("manifest.json", Buffer.from(manifest.replace("audit-pack/v1", "audit-pack/v2")));
    expect(await verify({ ...packed, members })).toMatchObject({
      verdict: "unknown",
      findings: [{ code: "version-unsupported" }],
    });
  });

  it("is of the range that it says, and of no longer one", async () => {
    const part = await smallPack(3);
    const members = new Map(part.members);
    const manifest = members.get("manifest.json")?.toString("utf8") ?? "";
    members.set("manifest.json", Buffer.from(manifest.replace('"first":3', '"first":2')));
    const report = await verify({ ...part, members });
    expect(report).toMatchObject({ verdict: "tampered", complete: null });
    expect(report.findings.map(({ code }) => code)).toContain("entry-missing");
  });
});
