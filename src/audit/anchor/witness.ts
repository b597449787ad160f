import type { Clock } from "../../util/clock.ts";
import { consistencyProof } from "../log.ts";
import {
  formatNote,
  formatVerifierKey,
  isSignedBy,
  NoteError,
  type NoteKey,
  type NoteSignature,
  type NoteSigner,
  readSignatures,
  type SignedNote,
  signersOfNote,
} from "../note.ts";
import { type Checkpoint, readCheckpoint } from "../vouch.ts";
import { type Anchor, type Anchored, type AnchoredLog, anchorFailed, contradiction } from "./anchor.ts";
import { ask, refusedBy, type ServiceAnswer } from "./http.ts";

export interface WitnessOptions {
  readonly clock: Clock;
  /** For one request, in milliseconds. */
  readonly timeoutMs?: number;
}

/** A witness says once how far it is; a second time somebody else was faster; more is no answer. */
const ATTEMPTS = 3;
/** Some cosignatures and no more. */
const MAX_ANSWER_BYTES = 16_384;
const SIZE = /^(?:0|[1-9][0-9]{0,15})\n$/;
/** How far the clock of a witness may be ahead. */
const CLOCK_SKEW_SECONDS = 300;

/**
 * A witness (https://c2sp.org/tlog-witness): it remembers the newest tree of the log that it has seen, and cosigns
 * another one only where that is shown to continue it. The cosignature is kept beside the log.
 */
export function witnessAnchor(url: URL, key: NoteKey, options: WitnessOptions): Anchor {
  const name = `witness:${url.href}`;
  return {
    name,
    async publish(checkpoint, log) {
      const { head } = checkpoint;
      let old = await lastSeen(log, checkpoint, key);
      if (old === head.size) return { status: "present", size: head.size };
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const answer = await addCheckpoint(url, name, old, checkpoint, log, options);
        if (answer.status === 200) return cosigned(answer, checkpoint, key, name, options.clock);
        if (answer.status !== 409) throw refusedBy(name, answer);
        const told = toldSize(answer, name);
        if (told > head.size) throw await tooFar(told, log, name);
        if (told === old) {
          throw told === head.size
            ? contradiction(name, `says that it has seen another tree of ${told} entries`)
            : anchorFailed(name, `answers 409 and names the very size that it was given, ${told}`);
        }
        old = told;
      }
      throw anchorFailed(name, `named another size ${ATTEMPTS} times`, "Run it again.");
    },
  };
}

/** The largest tree of which the witness's word is kept, up to that of the checkpoint. */
async function lastSeen(log: AnchoredLog, { head, note }: Checkpoint, key: NoteKey): Promise<number> {
  for await (const { size, name, material } of log.vouchers("cosignature")) {
    if (size > head.size || name !== formatVerifierKey(key)) continue;
    const kept = readCheckpoint(material);
    if (kept === undefined || kept.head.size !== size || !isSignedBy(kept.note, key)) continue;
    // Another tree of this size was cosigned: the witness is asked, and says no.
    return size < head.size || kept.note.text === note.text ? size : 0;
  }
  return 0;
}

async function addCheckpoint(
  url: URL,
  name: string,
  old: number,
  { head, note }: Checkpoint,
  log: AnchoredLog,
  { timeoutMs }: WitnessOptions,
): Promise<ServiceAnswer> {
  // From nothing, and to the same tree, there is nothing to prove.
  const hashes = old === 0 ? [] : await consistencyProof(old, head.size, (place) => log.node(place));
  const proof = hashes.map((hash) => `${Buffer.from(hash).toString("base64")}\n`).join("");
  const target = new URL(url);
  target.pathname = `${url.pathname.replace(/\/+$/, "")}/add-checkpoint`;
  return ask({
    name,
    url: target,
    headers: { "content-type": "text/plain" },
    body: new TextEncoder().encode(`old ${old}\n${proof}\n${formatNote(note)}`),
    maxBytes: MAX_ANSWER_BYTES,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
}

/** The size in the answer to a request that was behind. It is signed by nobody: only a proof makes it count. */
function toldSize({ body }: ServiceAnswer, name: string): number {
  const text = Buffer.from(body).toString("utf8");
  const size = Number(text);
  if (SIZE.test(text) && Number.isSafeInteger(size)) return size;
  throw anchorFailed(name, "answers 409 without the size that it has seen");
}

async function tooFar(told: number, log: AnchoredLog, name: string): Promise<Error> {
  const now = await log.head();
  if (now.size < told) {
    return contradiction(name, `says that it has seen ${told} entries of the log, which has ${now.size}`);
  }
  return anchorFailed(name, `has seen ${told} entries by now: another job was faster`, "Run it again.");
}

function cosigned(
  { body }: ServiceAnswer,
  { head, note }: Checkpoint,
  key: NoteKey,
  name: string,
  clock: Clock,
): Anchored {
  const { signature, time = 0 } = signatureIn(body, note.text, key, name);
  if (time === 0 || time > clock.now().getTime() / 1000 + CLOCK_SKEW_SECONDS) {
    throw anchorFailed(name, "cosigned for a time that is not now", "Compare the clocks.");
  }
  const signed = { text: note.text, signatures: [...ownSignatures(note, head.origin), signature] };
  const material = Buffer.from(formatNote(signed), "utf8");
  return {
    status: "added",
    size: head.size,
    voucher: { size: head.size, kind: "cosignature", name: formatVerifierKey(key), material },
  };
}

/** Other witnesses' words are kept by themselves. */
function ownSignatures({ signatures }: SignedNote, origin: string): readonly NoteSignature[] {
  return signatures.filter((signature) => signature.name === origin);
}

function signatureIn(
  body: Uint8Array,
  text: string,
  key: NoteKey,
  name: string,
): { readonly signature: NoteSignature } & Pick<NoteSigner, "time"> {
  try {
    for (const signature of readSignatures(Buffer.from(body).toString("utf8"))) {
      const [signer] = signersOfNote({ text, signatures: [signature] }, [key]);
      if (signer !== undefined) return { signature, ...(signer.time === undefined ? {} : { time: signer.time }) };
    }
  } catch (error) {
    if (!(error instanceof NoteError)) throw error;
    throw anchorFailed(name, `answers with something else than a cosignature: ${error.message}`);
  }
  throw anchorFailed(name, `answers without a cosignature of the key ${key.name}`);
}
