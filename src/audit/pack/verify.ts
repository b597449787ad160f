import type { Decision } from "../../decision/types.ts";
import { sha256 } from "../../evidence/canonical.ts";
import type { Digest } from "../../evidence/types.ts";
import { GateError, messageOf } from "../../util/errors.ts";
import { isSameTree } from "../checkpoint.ts";
import { blobReferences, type EntryBody, isWithoutDocument, readDecisionDocument, readEntryBody } from "../entry.ts";
import { type BlobReference, EVIDENCE_MEDIA_TYPE, storedReferences } from "../evidence.ts";
import { fromDigest, type Hash, isSameHash, leafHash, rootOf } from "../log.ts";
import { isSignedBy, type NoteKey } from "../note.ts";
import { readReceipt } from "../receipt.ts";
import { isRecordOf, isRecordOfDocument } from "../recorded-again.ts";
import type { Blob, TreeHead } from "../store.ts";
import { type FindingCode, MEANING, type Verdict, worseOf } from "../stored.ts";
import { type Checkpoint, readCheckpoint } from "../vouch.ts";
import { isOtherSchema, type PackManifest, readManifest } from "./manifest.ts";
import {
  documentName,
  documentOf,
  entryIndexOf,
  entryName,
  isAttestationName,
  MEMBERS,
  receiptName,
  reportName,
} from "./names.ts";
import { type PackedDecision, type PackPages, packedDecision } from "./pages.ts";
import { crc32, METHODS, openZip, type ZipMember } from "./zip.ts";

/**
 * Verification of an audit pack. The same code runs in gate and in the page that is in each pack; nothing in a pack is
 * believed before it was recomputed, and what cannot be told is never good.
 */

/** What the place gives that it runs in. */
export interface PackPlatform {
  /**
   * Unpacks raw deflate.
   *
   * @param size of what comes out; more is never made
   * @returns undefined where it is no deflate, or of another size
   */
  inflate(data: Uint8Array, size: number): Promise<Uint8Array | undefined>;
}

export interface PackOptions {
  /** The log's key, which has to have signed the checkpoint. Without one, and without a checkpoint, nothing is good. */
  readonly logKey?: NoteKey;
  /** A tree of the log that was kept elsewhere. */
  readonly expect?: TreeHead;
  /** To make the pages again, and the version that they are of. */
  readonly pages: PackPages;
  readonly engine: string;
  /** The digest of the page that verifies, of this version; undefined where that is not known. */
  readonly verifier?: Digest;
  /** Is told of each entry. */
  readonly progress?: (entries: number) => Promise<void> | void;
}

interface PackFinding {
  readonly code: FindingCode;
  readonly message: string;
  /** The entry that it is about. */
  readonly index?: number;
}

/** A decision of a pack and what was found of it. */
export interface VerifiedDecision extends PackedDecision {
  /** Of the pack as a whole where that is worse. */
  readonly verdict: Verdict;
  /** Evidence documents that were held against their digests, that were left out of the pack, and that the store never had. */
  readonly evidence: EvidenceTally;
}

export interface EvidenceTally {
  readonly verified: number;
  readonly withheld: number;
  readonly unstored: number;
}

export interface PackReport {
  readonly verdict: Verdict;
  /** The tree that the entries were held against; null where the pack does not say. */
  readonly tree: TreeHead | null;
  /** The version of gate that says to have written it; empty where the pack does not say. */
  readonly engine: string;
  /** The indexes from and to which no entry is left out; null where the pack is of entries that somebody chose. */
  readonly complete: { readonly first: number; readonly last: number } | null;
  readonly entries: number;
  readonly decisions: readonly VerifiedDecision[];
  /** In the order of the checks; at most {@link MAX_FINDINGS}. */
  readonly findings: readonly PackFinding[];
  /** What was not looked at, in words. */
  readonly unchecked: readonly string[];
}

const MAX_FINDINGS = 100;

/** Bytes of members that stay unpacked: most are looked at twice. */
const KEPT_BYTES = 64 << 20;

/** A pack that was opened. */
export interface OpenPack {
  readonly members: ReadonlyMap<string, ZipMember>;
  /** In the order of the container. */
  readonly names: readonly string[];
  /**
   * What a member holds; undefined where there is no such member.
   *
   * @throws {GateError} `pack-invalid` where it cannot be unpacked
   */
  read(name: string): Promise<Uint8Array | undefined>;
  /** A document by its digest, of whichever kind. */
  blob(digest: Digest): Promise<Blob | undefined>;
}

/**
 * Opens a pack. Members are unpacked as they are asked for, into memory and nowhere else.
 *
 * @throws {GateError} `pack-invalid`
 */
export function openPack(bytes: Uint8Array, platform: PackPlatform): OpenPack {
  const list = openZip(bytes);
  const members = new Map(list.map((member) => [member.name, member]));
  const documents = new Map<Digest, BlobReference>();
  for (const { name } of list) {
    const reference = documentOf(name);
    if (reference !== undefined) documents.set(reference.digest, reference);
  }
  const kept = new Map<string, Uint8Array>();
  let room = KEPT_BYTES;
  const read = async (name: string): Promise<Uint8Array | undefined> => {
    const member = members.get(name);
    const known = kept.get(name);
    if (member === undefined || known !== undefined) return known;
    const data = await unpacked(member, platform);
    if (data.length <= room) {
      room -= data.length;
      kept.set(name, data);
    }
    return data;
  };
  return {
    members,
    names: list.map(({ name }) => name),
    read,
    async blob(digest) {
      const reference = documents.get(digest);
      if (reference === undefined) return undefined;
      const data = await read(documentName(reference));
      return data === undefined ? undefined : { ...reference, data };
    },
  };
}

async function unpacked({ name, method, packed, size, crc }: ZipMember, platform: PackPlatform): Promise<Uint8Array> {
  const data = method === METHODS.stored ? packed : await platform.inflate(packed, size);
  if (data?.length === size && crc32(data) === crc) return data;
  throw new GateError("pack-invalid", `the pack is damaged: ${name} cannot be unpacked`, { hint: "Ask for it again." });
}

/** Verifies a pack from the container up. Damage is a finding and never an exception. */
export async function verifyPack(bytes: Uint8Array, platform: PackPlatform, options: PackOptions): Promise<PackReport> {
  const findings = newFindings();
  try {
    return await verifyOpened(openPack(bytes, platform), options, findings);
  } catch (error) {
    if (!(error instanceof GateError)) throw error;
    findings.report("file-damaged", error.message);
    return { ...NOTHING, ...findings.outcome() };
  }
}

const NOTHING = { tree: null, engine: "", complete: null, entries: 0, decisions: [], unchecked: [] } as const;

async function verifyOpened(pack: OpenPack, options: PackOptions, findings: Findings): Promise<PackReport> {
  const bytes = await pack.read(MEMBERS.manifest);
  const manifest = bytes === undefined ? undefined : readManifest(bytes);
  if (manifest === undefined) {
    const other = bytes !== undefined && isOtherSchema(bytes);
    if (other) findings.report("version-unsupported", "another version of gate wrote it");
    else findings.report("file-damaged", "it has no manifest that gate wrote");
    return { ...NOTHING, ...findings.outcome() };
  }
  await verifyMembers(pack, manifest, findings);
  const checkpoint = await verifyCheckpoint(pack, manifest, options, findings);
  const walk = newWalk(pack, manifest, options, findings, checkpoint);
  const indexes = pack.names.flatMap((name) => entryIndexOf(name) ?? []);
  for (const index of indexes) {
    await verifyEntry(index, walk);
    await options.progress?.(walk.leaves.length);
  }
  const complete = verifyRange(indexes, walk);
  verifyKept(walk, complete);
  for (const name of pack.names) {
    if (!walk.known.has(name)) findings.report("member-extra", `nothing in the pack calls for ${name}`);
  }
  const overview = {
    engine: manifest.engine,
    tree: manifest.tree,
    selection: manifest.selection,
    evidence: manifest.evidence,
    entries: indexes.length,
    decisions: walk.decisions.map(({ decision }) => decision),
  };
  await comparePage(walk, MEMBERS.overview, () => options.pages.overview(overview));
  await comparePage(walk, MEMBERS.readme, () => options.pages.readme(manifest.engine));
  await compareVerifier(walk);
  if (walk.decisions.length === 0)
    findings.report("empty", "the pack holds no decision: there is nothing to vouch for");
  return {
    ...findings.outcome(),
    tree: checkpoint?.head ?? null,
    engine: manifest.engine,
    complete,
    entries: indexes.length,
    decisions: walk.decisions.map(({ decision, evidence }) => ({
      ...decision,
      verdict: findings.verdictOf(decision.index),
      evidence,
    })),
    unchecked: uncheckedOf(walk),
  };
}

/** Each member has the name, the place, the size and the digest that the manifest says, and there are no others. */
async function verifyMembers(pack: OpenPack, { members }: PackManifest, findings: Findings): Promise<void> {
  const listed = new Set(members.map(({ name }) => name));
  if (listed.size !== members.length || listed.has(MEMBERS.manifest)) {
    findings.report("member-changed", "the manifest lists a member twice, or itself");
    return;
  }
  for (const name of pack.names) {
    if (name !== MEMBERS.manifest && !listed.has(name)) {
      findings.report("member-extra", `the manifest does not list ${name}`);
    }
  }
  for (const { name, size, sha256: digest } of members) {
    const data = await pack.read(name);
    if (data === undefined) findings.report("member-missing", `${name} is missing`, entryIndexOf(name));
    else if (data.length !== size || sha256(data) !== digest) {
      findings.report("member-changed", `${name} is not the one that the manifest lists`, entryIndexOf(name));
    }
  }
  const order = [...members.map(({ name }) => name), MEMBERS.manifest].join("\n");
  if (order !== pack.names.join("\n")) {
    findings.report("member-changed", "the members are not the ones of the manifest in their order");
  }
}

async function verifyCheckpoint(
  pack: OpenPack,
  { tree }: PackManifest,
  { logKey, expect }: PackOptions,
  findings: Findings,
): Promise<Checkpoint | undefined> {
  const material = await pack.read(MEMBERS.checkpoint);
  const checkpoint = material === undefined ? undefined : readCheckpoint(material);
  if (checkpoint === undefined) {
    findings.report("checkpoint-changed", "the pack has no checkpoint that can be read");
    return undefined;
  }
  const { head } = checkpoint;
  if (!isSameTree(head, tree))
    findings.report("checkpoint-changed", "the manifest is of another tree than the checkpoint");
  if (logKey !== undefined && !isSignedBy(checkpoint.note, logKey)) {
    findings.report("checkpoint-unsigned", "the checkpoint is not signed with the log's key");
  }
  if (expect !== undefined && expect.origin !== head.origin) {
    findings.report("other-log", `the checkpoint that was kept is of the log ${expect.origin}, this is ${head.origin}`);
  }
  if (logKey === undefined && expect === undefined) {
    findings.report(
      "key-missing",
      "nobody says who signed it: give the log's key, or a checkpoint that was kept elsewhere",
    );
  }
  return checkpoint;
}

type DocumentState = "verified" | "missing" | "changed";

/** What is gathered on the way through the entries. */
interface Walk {
  readonly pack: OpenPack;
  readonly manifest: PackManifest;
  readonly options: PackOptions;
  readonly findings: Findings;
  /** The checkpoint, and as it stands in the pack. */
  readonly checkpoint: Checkpoint | undefined;
  /** Members that something called for. */
  readonly known: Set<string>;
  /** The documents that were looked at, each once: decisions can share them. */
  readonly documents: Map<Digest, DocumentState>;
  readonly leaves: Hash[];
  readonly decisions: { readonly decision: PackedDecision; readonly evidence: EvidenceTally }[];
}

function newWalk(
  pack: OpenPack,
  manifest: PackManifest,
  options: PackOptions,
  findings: Findings,
  checkpoint: Checkpoint | undefined,
): Walk {
  const known = new Set<string>([...Object.values(MEMBERS), ...pack.names.filter(isAttestationName)]);
  return { pack, manifest, options, findings, checkpoint, known, documents: new Map(), leaves: [], decisions: [] };
}

async function verifyEntry(index: number, walk: Walk): Promise<void> {
  const { pack, findings, known } = walk;
  known.add(entryName(index)).add(receiptName(index));
  const leaf = await pack.read(entryName(index));
  if (leaf === undefined) return;
  walk.leaves.push(leafHash(leaf));
  await verifyProof(index, leaf, walk);
  const body = readEntryBody(leaf);
  if (body === undefined) {
    findings.report("body-invalid", "the body is not what gate writes", index);
    return;
  }
  if (body.log !== walk.manifest.tree.origin) {
    findings.report("other-log", `the entry belongs to the log ${body.log}`, index);
  }
  if ((body.kind === "log-created") !== (index === 0)) {
    findings.report("creation-missing", "the first entry of a log creates it, and no other one does", index);
  }
  const evidence = await verifyDocuments(index, leaf, body, walk);
  if (body.kind === "decision") walk.decisions.push({ decision: packedDecision(index, body), evidence });
}

async function verifyProof(index: number, leaf: Uint8Array, { pack, findings, checkpoint }: Walk): Promise<void> {
  const material = await pack.read(receiptName(index));
  const note = await pack.read(MEMBERS.checkpoint);
  if (material === undefined || note === undefined || checkpoint === undefined) {
    findings.report("proof-invalid", "the entry has no proof", index);
    return;
  }
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(material);
    const receipt = readReceipt(text);
    const signed = text.slice(text.indexOf("\n\n") + 2);
    if (
      receipt.index !== index ||
      signed !== new TextDecoder().decode(note) ||
      !isSameTree(receipt.head, checkpoint.head)
    ) {
      findings.report("proof-invalid", "its proof is of another entry or of another tree", index);
    }
    if (Buffer.compare(receipt.body, leaf) !== 0) {
      findings.report("leaf-changed", "the entry is not the one that its proof is of", index);
    }
  } catch (error) {
    // A text that is no UTF-8 is a TypeError.
    findings.report("proof-invalid", messageOf(error), index);
  }
}

const NO_EVIDENCE: EvidenceTally = { verified: 0, withheld: 0, unstored: 0 };

async function verifyDocuments(index: number, leaf: Uint8Array, body: EntryBody, walk: Walk): Promise<EvidenceTally> {
  const { findings } = walk;
  const references = blobReferences(body.kind, body.content);
  if (references.length === 0 && !isWithoutDocument(body.kind)) {
    findings.report("body-invalid", `the ${body.kind} names no document`, index);
  }
  let tally = NO_EVIDENCE;
  for (const reference of references) {
    const blob = await documentIn(reference, index, walk);
    if (blob === undefined) continue;
    if (body.kind === "decision") tally = await verifyDecision(index, leaf, body, blob, walk);
    else if (!isWithoutDocument(body.kind) && !isRecordOfDocument({ body: leaf }, body, body.kind, blob)) {
      findings.report("document-changed", "the leaf does not say what the document says", index);
    }
  }
  return tally;
}

async function verifyDecision(
  index: number,
  leaf: Uint8Array,
  body: EntryBody,
  document: Blob,
  walk: Walk,
): Promise<EvidenceTally> {
  const { findings, options, manifest } = walk;
  const decision = readDecisionDocument(document.data);
  if (decision === undefined || !isRecordOf({ body: leaf }, body, decision, document)) {
    findings.report("decision-changed", "the leaf does not say what the document says", index);
    return NO_EVIDENCE;
  }
  const place = { index, time: body.time, tree: manifest.tree };
  await comparePage(walk, reportName(index), () => options.pages.decision(decision, place), index);
  try {
    return await verifyShared(index, decision, walk);
  } catch (error) {
    if (error instanceof GateError) throw error;
    // The leaf repeats the document, whatever that holds where gate writes a list or a digest.
    findings.report("decision-changed", "the document is not what gate writes", index);
    return NO_EVIDENCE;
  }
}

/** Undefined where it is missing or another one, which is reported. */
async function documentIn(reference: BlobReference, index: number, walk: Walk): Promise<Blob | undefined> {
  const state = await stateOf(reference, walk);
  reportDocument(reference, state, index, walk);
  const data = state === "verified" ? await walk.pack.read(documentName(reference)) : undefined;
  return data === undefined ? undefined : { ...reference, data };
}

async function stateOf(reference: BlobReference, { pack, known, documents }: Walk): Promise<DocumentState> {
  const name = documentName(reference);
  known.add(name);
  const looked = documents.get(reference.digest);
  if (looked !== undefined) return looked;
  const data = await pack.read(name);
  const state = data === undefined ? "missing" : sha256(data) === reference.digest ? "verified" : "changed";
  documents.set(reference.digest, state);
  return state;
}

function reportDocument({ digest }: BlobReference, state: DocumentState, index: number, { findings }: Walk): void {
  if (state === "missing") findings.report("pruned", `the document ${digest} is not in the pack`, index);
  if (state === "changed")
    findings.report("blob-changed", `the document ${digest} is not the one that was recorded`, index);
}

/** Evidence, inputs and policies of a decision. */
async function verifyShared(index: number, decision: Decision, walk: Walk): Promise<EvidenceTally> {
  const tally = {
    verified: 0,
    withheld: 0,
    unstored: decision.evidence.filter(({ stored }) => stored !== true).length,
  };
  for (const reference of storedReferences(decision)) {
    const state = await stateOf(reference, walk);
    const isEvidence = reference.mediaType === EVIDENCE_MEDIA_TYPE;
    if (isEvidence && state === "missing" && walk.manifest.evidence === "withheld") tally.withheld += 1;
    else reportDocument(reference, state, index, walk);
    if (isEvidence && state === "verified") tally.verified += 1;
  }
  return tally;
}

/** Of a range no entry is missing; of the whole log the root is computed once more, from the leaves alone. */
function verifyRange(
  indexes: readonly number[],
  { manifest, findings, leaves }: Walk,
): { readonly first: number; readonly last: number } | null {
  if (indexes.some((index, position) => index <= (indexes[position - 1] ?? -1))) {
    findings.report("member-changed", "the entries are not in the order of the log");
  }
  const { selection, tree } = manifest;
  if (selection.kind === "chosen") return null;
  const { first, last } = selection;
  const isWhole =
    first <= last &&
    last < tree.size &&
    indexes.length === last - first + 1 &&
    indexes.every((index, position) => index === first + position);
  if (!isWhole) {
    findings.report("entry-missing", `not every entry from ${first} to ${last} is in the pack`);
    return null;
  }
  if (first === 0 && indexes.length === tree.size && !isSameHash(rootOf(leaves), fromDigest(tree.root))) {
    findings.report("root-changed", "the entries do not have the root of the checkpoint");
  }
  return { first, last };
}

/** Holds the tree that somebody kept against the pack. */
function verifyKept({ options, checkpoint, findings, leaves }: Walk, complete: PackReport["complete"]): void {
  const { expect } = options;
  if (expect === undefined || checkpoint === undefined || expect.origin !== checkpoint.head.origin) return;
  const { head } = checkpoint;
  if (expect.size === head.size) {
    if (expect.root !== head.root)
      findings.report("root-changed", "the tree is not the one of the checkpoint that was kept");
  } else if (complete?.first === 0 && complete.last + 1 >= expect.size && expect.size > 0) {
    if (isSameHash(rootOf(leaves.slice(0, expect.size)), fromDigest(expect.root))) return;
    findings.report(
      "root-changed",
      `the first ${expect.size} entries are not the ones of the checkpoint that was kept`,
    );
  } else {
    findings.report(
      "checkpoint-missing",
      `the pack is of a tree of ${head.size} entries, which cannot be held against a checkpoint of ${expect.size}`,
    );
  }
}

/** Pages are for people; what makes them again is of one version. */
async function comparePage(walk: Walk, name: string, render: () => string, index?: number): Promise<void> {
  walk.known.add(name);
  const data = await walk.pack.read(name);
  if (data === undefined) {
    walk.findings.report("member-missing", `${name} is missing`, index);
    return;
  }
  if (walk.manifest.engine !== walk.options.engine) return;
  if (new TextDecoder().decode(data) === rendered(render)) return;
  walk.findings.report("page-changed", `${name} is not what gate makes of the record`, index);
}

/** Undefined for a record of another shape, of which no page can be made. */
function rendered(render: () => string): string | undefined {
  try {
    return render();
  } catch {
    return undefined;
  }
}

async function compareVerifier({ pack, manifest, options, findings }: Walk): Promise<void> {
  const data = await pack.read(MEMBERS.verifier);
  if (data === undefined) {
    findings.report("member-missing", `${MEMBERS.verifier} is missing`);
    return;
  }
  if (options.verifier === undefined || manifest.engine !== options.engine || sha256(data) === options.verifier) return;
  findings.report("page-changed", `${MEMBERS.verifier} is not the one of gate ${manifest.engine}: do not open it`);
}

function uncheckedOf({ pack, manifest, options, decisions }: Walk): readonly string[] {
  const sum = (name: keyof EvidenceTally) => decisions.reduce((total, { evidence }) => total + evidence[name], 0);
  const notes: string[] = [];
  if (manifest.selection.kind === "chosen") {
    notes.push("The entries were chosen by whoever made the pack; nothing shows that there are no others.");
  }
  if (sum("withheld") > 0)
    notes.push(`Evidence was left out of the pack, ${sum("withheld")} times; its digests are in the decisions.`);
  if (sum("unstored") > 0)
    notes.push(`Evidence was never stored, ${sum("unstored")} times; its digests are in the decisions.`);
  if (manifest.engine !== options.engine) {
    notes.push(
      `The pages to read were made by gate ${manifest.engine}, this is ${options.engine}: they were not made again to compare. Read the documents.`,
    );
  }
  const attestations = pack.names.filter(isAttestationName).length;
  if (attestations > 0)
    notes.push(`Attestations are in the pack, ${attestations} of them, each to be verified by itself.`);
  return notes;
}

/** What was found, and what it means for the pack and for each entry. */
interface Findings {
  report(code: FindingCode, message: string, index?: number): void;
  verdictOf(index: number): Verdict;
  outcome(): Pick<PackReport, "verdict" | "findings">;
}

function newFindings(): Findings {
  const list: PackFinding[] = [];
  const ofEntry = new Map<number | undefined, Verdict>();
  let verdict: Verdict = "good";
  const found = (index: number | undefined): Verdict => ofEntry.get(index) ?? "good";
  return {
    report(code, message, index) {
      verdict = worseOf(verdict, MEANING[code]);
      ofEntry.set(index, worseOf(found(index), MEANING[code]));
      if (list.length < MAX_FINDINGS) list.push({ code, message, ...(index === undefined ? {} : { index }) });
    },
    verdictOf: (index) => worseOf(found(index), found(undefined)),
    outcome: () => ({ verdict, findings: list }),
  };
}
