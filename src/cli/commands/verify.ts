import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { isZip, PACK_LIMITS } from "../../audit/pack/zip.ts";
import { isReceipt } from "../../audit/receipt.ts";
import { GateError, messageOf } from "../../util/errors.ts";
import { isRecord } from "../../util/json.ts";
import type { CommandContext } from "../context.ts";
import type { VerifyAttestationFlags } from "./attest/verify.ts";
import type { VerifyReceiptFlags } from "./audit/proof.ts";
import type { VerifyPackFlags } from "./audit/verify-pack.ts";

/** What the files that are verified may take, but for packs: far more than any that gate writes. */
const MAX_FILE_BYTES = 16 << 20;

/** A file that somebody was given and does not trust yet. */
export interface GivenFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  /** What the file holds as JSON; undefined where it is none. */
  readonly json: unknown;
}

/** A kind of file that can be verified by itself, told by what is in it and never by its name. */
interface FileKind {
  readonly title: string;
  is(file: GivenFile): boolean;
  /** Prints what it found and sets the exit code. */
  verify(file: GivenFile, flags: VerifyFlags, context: CommandContext): Promise<void>;
}

export type VerifyFlags = VerifyAttestationFlags & VerifyReceiptFlags & VerifyPackFlags;

const KINDS: readonly FileKind[] = [
  {
    title: "audit packs",
    is: ({ bytes }) => isZip(bytes),
    verify: async (file, flags, context) =>
      (await import("./audit/verify-pack.ts")).verifyPackFile(file, flags, context),
  },
  {
    title: "receipts of decisions",
    is: ({ bytes }) => isReceipt(Buffer.from(bytes).toString("utf8")),
    verify: async (file, flags, context) => (await import("./audit/proof.ts")).verifyReceipt(file, flags, context),
  },
  {
    title: "attestations (DSSE envelopes, Sigstore bundles, in-toto statements)",
    is: ({ json }) => isRecord(json) && ["payloadType", "mediaType", "_type"].some((name) => Object.hasOwn(json, name)),
    verify: async (file, flags, context) => (await import("./attest/verify.ts")).verify(file, flags, context),
  },
];

/** `gate verify`: exit 0 good, 1 not, 2 cannot tell. */
export async function verifyFile(path: string, flags: VerifyFlags, context: CommandContext): Promise<void> {
  const bytes = await read(path, context);
  const file = { path, bytes, json: jsonIn(bytes) };
  const kind = KINDS.find((candidate) => candidate.is(file));
  if (kind !== undefined) return kind.verify(file, flags, context);
  throw new GateError("usage", `${path} is nothing that can be verified by itself`, {
    hint: `What can: ${KINDS.map(({ title }) => title).join("; ")}. For an audit store: gate audit verify.`,
  });
}

/** @throws {GateError} `usage` where there is no such file, or it is too large */
async function read(path: string, context: CommandContext): Promise<Uint8Array> {
  if (path === "-") return bounded(await context.stdin(), path);
  try {
    const target = resolve(context.cwd, path);
    const { size } = await stat(target);
    if (size > PACK_LIMITS.fileBytes) throw tooLarge(path);
    return bounded(await readFile(target), path);
  } catch (cause) {
    if (cause instanceof GateError) throw cause;
    throw new GateError("usage", `${path} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

/** A file can grow, and a device has no size. */
function bounded(bytes: Uint8Array, path: string): Uint8Array {
  if (bytes.length > (isZip(bytes) ? PACK_LIMITS.fileBytes : MAX_FILE_BYTES)) throw tooLarge(path);
  return bytes;
}

function tooLarge(path: string): GateError {
  return new GateError("usage", `${path} has more bytes than anything that is verified`);
}

function jsonIn(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
