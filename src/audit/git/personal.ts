import { canonicalJson } from "../../evidence/canonical.ts";
import type { Digest } from "../../evidence/types.ts";
import { decodeBase64 } from "../../util/base64.ts";
import { GateError } from "../../util/errors.ts";
import { isRecord } from "../../util/json.ts";
import { isCommitment } from "../personal.ts";
import type { Disclosure } from "../store.ts";
import type { GitCache } from "./cache.ts";
import { type MadeCommits, makeCommits } from "./commits.ts";
import type { LogReader } from "./read.ts";

/**
 * What the commitments of documents stand for, on a ref beside the log's: its one commit has no parent, so that what is
 * erased is in no history.
 */

/** The ref of the personal data is that of the log with this behind it. */
export const PERSONAL_SUFFIX = "-personal";

/** Keeps what was fetched of it from being tidied up in the cache. */
const KEPT_REF = "refs/gate/personal";

/** Of one document; a decision names a few people. */
const MOST_DISCLOSURES = 1_000_000;

const PATH = /^disclosure\/([0-9a-f]{2})\/([0-9a-f]{64})$/;

/** The personal data at one commit. */
export interface LoadedPersonal {
  /** Undefined where there is none yet. */
  readonly commit: string | undefined;
  readonly tree: string | undefined;
}

/** What changes: the disclosures of documents, an empty list for none that are left. */
export type PersonalChanges = ReadonlyMap<Digest, readonly Disclosure[]>;

/** Where the disclosures of a document are. */
function disclosurePath(document: Digest): string {
  const hex = document.slice("sha256:".length);
  return `disclosure/${hex.slice(0, 2)}/${hex}`;
}

/** The document that a file is about; undefined where it is no file of this kind. */
export function documentOfPath(path: string): Digest | undefined {
  const [, folder = "", hex] = PATH.exec(path) ?? [];
  return hex?.startsWith(folder) === true ? `sha256:${hex}` : undefined;
}

/** The personal data as it is at the remote now. */
export async function fetchPersonal(cache: GitCache): Promise<LoadedPersonal> {
  const commit = await cache.fetchPersonal();
  if (commit === undefined) return { commit: undefined, tree: undefined };
  await cache.local(["update-ref", KEPT_REF, commit]);
  return loadPersonal(cache, commit);
}

async function loadPersonal(cache: GitCache, commit: string): Promise<LoadedPersonal> {
  const object = await cache.reader.read(commit);
  const tree = /^tree ([0-9a-f]+)\n/.exec(object?.data.toString("latin1", 0, 80) ?? "")?.[1];
  if (object?.type === "commit" && tree !== undefined) return { commit, tree };
  throw new GateError("audit-corrupt", "the ref of the log's personal data names no commit", {
    hint: "Run `gate audit verify`, and restore the ref from a copy.",
  });
}

/** The disclosures of a document. @throws {GateError} `audit-corrupt` */
export async function readPersonal(
  reader: LogReader,
  { tree }: LoadedPersonal,
  document: Digest,
): Promise<readonly Disclosure[]> {
  const file = tree === undefined ? undefined : await reader.file(tree, disclosurePath(document));
  if (file === undefined) return [];
  const disclosures = parseDisclosures(document, file);
  if (disclosures !== undefined) return disclosures;
  throw new GateError("audit-corrupt", `the personal data of the document ${document} is not what gate writes`, {
    hint: "Run `gate audit verify`.",
  });
}

/** Every document that something is disclosed of, with the name of its file. */
export async function listPersonal(reader: LogReader, { tree }: LoadedPersonal): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  if (tree === undefined) return files;
  for (const [path, { oid }] of await reader.walk(tree, "")) files.set(path, oid);
  await reader.prefetch(files.values());
  return files;
}

function disclosuresText(disclosures: readonly Disclosure[]): string {
  const listed = disclosures.map(({ commitment, salt, value }) => ({
    commitment,
    salt: Buffer.from(salt).toString("base64"),
    value,
  }));
  return canonicalJson(listed.toSorted((a, b) => (a.commitment < b.commitment ? -1 : 1)));
}

/** Reads a file of disclosures; undefined for anything but what gate writes. */
export function parseDisclosures(document: Digest, file: Buffer): readonly Disclosure[] | undefined {
  try {
    const listed: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(file));
    if (!Array.isArray(listed) || listed.length > MOST_DISCLOSURES) return undefined;
    const disclosures = listed.flatMap((one: unknown) => readDisclosure(document, one));
    return disclosures.length === listed.length ? disclosures : undefined;
  } catch {
    return undefined;
  }
}

function readDisclosure(document: Digest, one: unknown): readonly Disclosure[] {
  if (!isRecord(one)) return [];
  const { commitment, value } = one;
  const salt = typeof one["salt"] === "string" ? decodeBase64(one["salt"]) : undefined;
  return salt === undefined || !isCommitment(commitment) || typeof value !== "string"
    ? []
    : [{ document, commitment, salt, value }];
}

/**
 * Makes the commit that holds the personal data with some changes, in the cache alone. It has no parent.
 *
 * @throws {GateError} `audit-write-failed`
 */
export async function makePersonal(
  cache: GitCache,
  { tree }: LoadedPersonal,
  changes: PersonalChanges,
  now: Date,
): Promise<MadeCommits> {
  const files = [...changes].map(
    ([document, disclosures]) =>
      [disclosurePath(document), disclosures.length === 0 ? null : disclosuresText(disclosures)] as const,
  );
  const commit = { message: "personal data", changes: new Map(files) };
  return makeCommits(cache, { tree }, [commit], "the personal data", now);
}

/** Takes over what was pushed; where that fails, it is fetched when it is asked for. */
export async function adoptPersonal(cache: GitCache, { commit, ref }: MadeCommits): Promise<LoadedPersonal> {
  await cache.local(["update-ref", "--stdin"], `update ${KEPT_REF} ${commit}\ndelete ${ref}\n`);
  return loadPersonal(cache, commit);
}
