import { isUtf8 } from "node:buffer";
import { sha256 } from "../../evidence/canonical.ts";
import type { Digest } from "../../evidence/types.ts";
import { type Absence, absencesIn } from "../deletion.ts";
import { blobReferences, DECISION_MEDIA_TYPE, readDecisionDocument } from "../entry.ts";
import { type BlobReference, storedReferences } from "../evidence.ts";
import { fromDigest, inclusionProof, leafHash, type NodeReader, toDigest, verifyInclusion } from "../log.ts";
import type { Blob } from "../store.ts";
import { asciiJson } from "./ascii-json.ts";
import { signedCheckpoint } from "./checkpoint.ts";
import { corrupt, type ExportedEntry, rememberingReader } from "./entries.ts";
import type { ExportSource } from "./source.ts";

/** Names the form of the lines; a change that a reader would stumble over gets another name. */
const EXPORT_SCHEMA = "gate/audit-export/v1";

/** Documents that entries share are written once, unless this many others came between. */
const REMEMBERED_DOCUMENTS = 65_536;

/**
 * The log as lines of JSON: first the tree head, then each entry with its exact bytes and its proof, in the end how many
 * there were. All characters are ASCII, so that no tool on the way can normalise, decode or break a line.
 *
 * @throws {GateError} `audit-corrupt` where an entry is not in the tree, or a document is not what an entry commits to
 */
export async function* ndjson(source: ExportSource): AsyncIterable<string> {
  const { store, head } = source;
  const checkpoint = (await signedCheckpoint(store, head)) ?? null;
  yield line({ type: "head", schema: EXPORT_SCHEMA, ...head, checkpoint });
  const read = rememberingReader(store);
  const written = new Set<Digest>();
  const absences = absencesIn(store);
  let [entries, documents] = [0, 0];
  for await (const exported of source.entries) {
    yield await entryLine(exported, source, read);
    entries += 1;
    if (!source.documents) continue;
    for await (const document of documentLines(exported, source, absences, written)) {
      yield document;
      documents += 1;
    }
  }
  // Without this line a reader knows that the export was cut.
  yield line({ type: "end", entries, documents });
}

async function entryLine(
  { entry, body, text }: ExportedEntry,
  { head }: ExportSource,
  read: NodeReader,
): Promise<string> {
  const { index, id, kind } = entry;
  const leaf = leafHash(entry.body);
  const proof = await inclusionProof(index, head.size, read);
  if (!verifyInclusion({ index, size: head.size, leafHash: leaf, root: fromDigest(head.root), proof })) {
    throw corrupt(index, "is not in the tree that the log says it is");
  }
  const { time } = body;
  return line({
    type: "entry",
    index,
    id,
    kind,
    time,
    leafHash: toDigest(leaf),
    proof: proof.map(toDigest),
    body: text,
  });
}

/** What an entry commits to: its document, and through a decision's document evidence, inputs and policies. */
async function* documentLines(
  { entry, body }: ExportedEntry,
  { store }: ExportSource,
  absences: Absence,
  written: Set<Digest>,
): AsyncIterable<string> {
  const references = [...blobReferences(body.kind, body.content)];
  // The list grows while it is walked: a document names more.
  for (const reference of references) {
    if (written.has(reference.digest)) continue;
    remember(reference.digest, written);
    const blob = await store.blob(reference.digest);
    yield blob === undefined
      ? absentLine(reference, await absences.of(reference.digest, entry.index))
      : documentLine(entry.index, reference, blob);
    if (blob === undefined || blob.mediaType !== DECISION_MEDIA_TYPE) continue;
    const decision = readDecisionDocument(blob.data);
    if (decision !== undefined) references.push(...storedReferences(decision));
  }
}

/** Text as it is, so that a person can read it; anything else in base64. */
function documentLine(index: number, { digest, mediaType }: BlobReference, blob: Blob): string {
  if (sha256(blob.data) !== digest || blob.mediaType !== mediaType) {
    throw corrupt(index, `commits to a document that is not the one in the store: ${digest}`);
  }
  const data = Buffer.from(blob.data);
  const content = isUtf8(data) ? { text: data.toString("utf8") } : { base64: data.toString("base64") };
  return line({ type: "document", digest, mediaType, ...content });
}

function absentLine({ digest, mediaType }: BlobReference, why: string): string {
  return line({ type: "document", digest, mediaType, missing: true, why });
}

function remember(digest: Digest, written: Set<Digest>): void {
  written.add(digest);
  const [oldest] = written;
  if (written.size > REMEMBERED_DOCUMENTS && oldest !== undefined) written.delete(oldest);
}

function line(value: object): string {
  return `${asciiJson(value)}\n`;
}
