import { createPrivateKey, type KeyObject } from "node:crypto";
import { join } from "node:path";
import type { Anchored } from "../../../src/audit/anchor/anchor.ts";
import type { AnchorLocation } from "../../../src/audit/anchor/location.ts";
import { openAnchor, openSource } from "../../../src/audit/anchor/open.ts";
import { readAnchors } from "../../../src/audit/anchor/read.ts";
import { type NoteKey, noteKey } from "../../../src/audit/note.ts";
import { openAuditStore } from "../../../src/audit/open.ts";
import type { AuditStore } from "../../../src/audit/store.ts";
import { type VerifyReport, verifyStore } from "../../../src/audit/verify.ts";
import { coveringCheckpoint, signCheckpoint } from "../../../src/audit/vouch.ts";
import { fixedClock } from "../../../src/util/clock.ts";
import { ORIGIN, sampleEntry } from "../fixtures.ts";

export const PARTS = {
  clock: fixedClock("2026-03-01T12:00:00.000Z"),
  random: (bytes: number) => new Uint8Array(bytes).fill(7),
} as const;

/** A private key out of a number: RFC 8410 is a fixed head and 32 bytes. */
export function ed25519(seed: number): KeyObject {
  const head = Buffer.from("302e020100300506032b657004220420", "hex");
  return createPrivateKey({ key: Buffer.concat([head, Buffer.alloc(32, seed)]), format: "der", type: "pkcs8" });
}

export const LOG_KEY = ed25519(1);
const VERIFIER_KEY: NoteKey = noteKey(ORIGIN, "log", LOG_KEY);

export interface LogVariant {
  readonly decisions: number;
  /** The decision with this number has another outcome. */
  readonly changed?: number;
  /** Of the random bytes of the log's creation: another value is another log. */
  readonly seed?: number;
  readonly origin?: string;
}

/** A log that is the same for the same description, so that a rewritten one differs in what was rewritten alone. */
export async function makeLog(folder: string, name: string, variant: LogVariant): Promise<string> {
  const path = join(folder, `${name}.db`);
  const store = await openAuditStore({
    path,
    origin: variant.origin ?? ORIGIN,
    mode: "append",
    clock: fixedClock("2026-01-01T00:00:00.000Z"),
    random: (bytes) => new Uint8Array(bytes).fill(variant.seed ?? 1),
  });
  await append(store, 1, variant.decisions, variant.changed);
  await store.close();
  return path;
}

export async function append(store: AuditStore, from: number, to: number, changed?: number): Promise<void> {
  for (let number = from; number <= to; number++) {
    const { entry, blobs } = sampleEntry(number, number === changed ? { outcome: "allow", exitCode: 0 } : {});
    await store.append(entry, blobs);
  }
}

/** What `gate audit anchor` does with one place. */
export async function anchorLog(path: string, location: AnchorLocation, key = LOG_KEY): Promise<Anchored> {
  const store = await openAuditStore({ path, mode: "append", create: false });
  try {
    const head = await store.head();
    const checkpoint = (await coveringCheckpoint(store, head, key)) ?? (await signCheckpoint(store, head, key));
    const anchored = await (await openAnchor(location, PARTS)).publish(checkpoint, store);
    if (anchored.voucher !== undefined) await store.keep(anchored.voucher);
    return anchored;
  } finally {
    await store.close();
  }
}

/** What `gate audit verify --anchor` does. */
export async function verifyAgainst(
  path: string,
  locations: readonly AnchorLocation[],
  key = VERIFIER_KEY,
): Promise<{ readonly verdict: VerifyReport["verdict"]; readonly codes: readonly string[] }> {
  const sources = await Promise.all(locations.map(async (location) => openSource(location, PARTS)));
  const { trees, problems } = await readAnchors(sources, key);
  const { verdict, findings } = await verifyStore(path, { expect: trees, anchorProblems: problems });
  return { verdict, codes: [...new Set(findings.map(({ code }) => code))] };
}
