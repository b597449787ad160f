import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { entryBody, logCreatedEntry, readEntryBody } from "../../src/audit/entry.ts";
import { inclusionProof, leafHash, rootOf, toDigest } from "../../src/audit/log.ts";
import { formatNote, noteKey, signNote } from "../../src/audit/note.ts";
import { manifestBytes, PACK_SCHEMA } from "../../src/audit/pack/manifest.ts";
import { entryName, receiptName, reportName } from "../../src/audit/pack/names.ts";
import { packedDecision } from "../../src/audit/pack/pages.ts";
import { type PackReport, verifyPack } from "../../src/audit/pack/verify.ts";
import { checkpointText, formatReceipt } from "../../src/audit/receipt.ts";
import { canonicalJson, sha256 } from "../../src/evidence/canonical.ts";
import { PACK_PAGES } from "../../src/report/render/pack.ts";
import { type Members, writePack } from "../page/packs.ts";
import { ORIGIN, sampleDecision, sampleEntry, sampleId, sampleTime, temporaryDirectory } from "./fixtures.ts";
import { inflate } from "./inflate.ts";

/** Packs without a seam, by somebody who has the log's key: every proof and every signature in them holds. */

const { privateKey } = generateKeyPairSync("ed25519");
const ENGINE = "1.2.3";

const creation = entryBody(ORIGIN, logCreatedEntry(sampleId(0), sampleTime(0)));
const honest = sampleEntry(1);

/** Verifies a pack of leaves, and of documents under the names that they have to have. */
async function verifyForged(
  leaves: readonly Uint8Array[],
  documents: Readonly<Record<string, string>>,
): Promise<PackReport> {
  const hashes = leaves.map(leafHash);
  const tree = { origin: ORIGIN, size: leaves.length, root: toDigest(rootOf(hashes)) };
  const text = checkpointText(tree);
  const note = { text, signatures: [signNote(text, ORIGIN, privateKey)] };
  const members: Members = new Map();
  const put = (name: string, data: string | Uint8Array) => members.set(name, Buffer.from(data));
  put("readme.txt", PACK_PAGES.readme(ENGINE));
  put("verify.html", "");
  put("checkpoint", formatNote(note));
  for (const [index, body] of leaves.entries()) {
    const proof = await inclusionProof(index, leaves.length, async (node) =>
      Buffer.from(rootOf(hashes.slice(node.index * 2 ** node.level, (node.index + 1) * 2 ** node.level))),
    );
    put(entryName(index), body);
    put(receiptName(index), formatReceipt({ index, body, proof, note }));
  }
  for (const [name, data] of Object.entries(documents)) put(name, data);
  const read = leaves.map(readEntryBody);
  const decisions = read.flatMap((body, index) => (body?.kind === "decision" ? [packedDecision(index, body)] : []));
  const selection = { kind: "range", first: 0, last: leaves.length - 1 } as const;
  const shown = { engine: ENGINE, tree, selection, evidence: "included" } as const;
  put("overview.html", PACK_PAGES.overview({ ...shown, entries: leaves.length, decisions }));
  put("manifest.json", manifestBytes({ schema: PACK_SCHEMA, ...shown, members: [] }));
  using folder = temporaryDirectory();
  const path = join(folder.path, "pack.zip");
  await writePack(path, members, true);
  const options = { pages: PACK_PAGES, engine: ENGINE, logKey: noteKey(ORIGIN, "log", privateKey) };
  return verifyPack(readFileSync(path), { inflate }, options);
}

function documentOf(decision: object): { readonly name: string; readonly text: string; readonly digest: string } {
  const text = canonicalJson(decision);
  const digest = sha256(text);
  return { name: `decisions/${digest.slice("sha256:".length)}.json`, text, digest };
}

/** The leaf of the first decision with some members changed. */
function leafWith(changes: object, origin = ORIGIN): Uint8Array {
  return entryBody(origin, { ...honest.entry, content: { ...honest.entry.content, ...changes } });
}

const plain = documentOf(sampleDecision(1));
const place = { index: 1, time: sampleTime(1).toISOString() };
const report = (size: number, root: string): Readonly<Record<string, string>> => ({
  [reportName(1)]: PACK_PAGES.decision(sampleDecision(1), {
    ...place,
    tree: { origin: ORIGIN, size, root: `sha256:${root}` },
  }),
});

function withReport(leaves: readonly Uint8Array[]): Readonly<Record<string, string>> {
  return { [plain.name]: plain.text, ...report(leaves.length, toDigest(rootOf(leaves.map(leafHash))).slice(7)) };
}

describe("a pack that was forged with the log's key", () => {
  it("is good where nothing in it is wrong, so that the rest of these tests says something", async () => {
    const leaves = [creation, leafWith({})];
    expect(await verifyForged(leaves, withReport(leaves))).toMatchObject({ verdict: "good", findings: [] });
  });

  const strange = documentOf({
    ...sampleDecision(1),
    policy: { ...sampleDecision(1).policy, stored: ["no digest", { of: 1 }] },
  });
  const obligation = {
    id: sampleId(2),
    kind: "obligation",
    time: sampleTime(2).toISOString(),
    content: { obligation: sampleId(1), document: sha256("{}") },
  } as const;

  it.each([
    {
      name: "a leaf that says what its document does not",
      leaf: leafWith({ outcome: "allow" }),
      code: "decision-changed",
    },
    { name: "an entry of another log", leaf: leafWith({}, "example.com/other"), code: "other-log" },
    {
      name: "a second creation",
      leaf: entryBody(ORIGIN, logCreatedEntry(sampleId(3), sampleTime(3))),
      code: "creation-missing",
    },
    { name: "a decision that names no document", leaf: leafWith({ decision: "none" }), code: "body-invalid" },
    { name: "bytes that no value is written as", leaf: Buffer.from('{ "v":1}'), code: "body-invalid" },
    { name: "a list with what is no digest", leaf: leafWith({ decision: strange.digest }), code: "decision-changed" },
    { name: "a document of an obligation that is none", leaf: entryBody(ORIGIN, obligation), code: "document-changed" },
  ])("is found by $name", async ({ leaf, code }) => {
    const leaves = [creation, leaf, leafWith({})];
    const others = { [strange.name]: strange.text, [`obligations/${sha256("{}").slice(7)}.json`]: "{}" };
    const { verdict, findings } = await verifyForged(leaves, { ...withReport(leaves), ...others });
    expect(findings.filter(({ index }) => index === 1).map((finding) => finding.code)).toContain(code);
    expect(verdict).toBe("tampered");
  });

  it("is found by a log that does not begin with its creation", async () => {
    const { findings } = await verifyForged([leafWith({})], { [plain.name]: plain.text });
    expect(findings).toContainEqual(expect.objectContaining({ code: "creation-missing", index: 0 }));
  });

  it("is not good without a decision", async () => {
    expect(await verifyForged([creation], {})).toMatchObject({ verdict: "unknown", findings: [{ code: "empty" }] });
  });
});
