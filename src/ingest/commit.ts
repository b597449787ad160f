import type { Commit, SignatureStatus } from "../evidence/types.ts";
import { compact } from "../util/compact.ts";
import type { Limits } from "../util/limits.ts";
import { kept } from "./values.ts";

/** Whoever wrote or committed something. */
export interface Person {
  readonly name?: string | undefined;
  readonly email?: string | undefined;
  /** On the forge. */
  readonly login?: string | undefined;
}

/** A commit, before it becomes evidence. */
export interface RawCommit {
  /** Lower-case hexadecimal. */
  readonly sha: string;
  /** Missing where the file does not say. */
  readonly parents?: readonly string[] | undefined;
  readonly author: Person;
  readonly committer?: Person | undefined;
  readonly message: string;
  /** When it was committed. */
  readonly at?: string | undefined;
  readonly signature: SignatureStatus;
  readonly signer?: string | undefined;
  readonly signedByCommitter?: boolean | undefined;
}

/** The commit as evidence. */
export function commitOf(commit: RawCommit, limits: Limits): Commit {
  const [subject = ""] = commit.message.split("\n", 1);
  return compact({
    sha: commit.sha,
    author: kept(personText(commit.author), limits),
    committer: commit.committer === undefined ? undefined : kept(personText(commit.committer), limits),
    subject: kept(subject.trimEnd(), limits),
    message: kept(commit.message.trimEnd(), limits),
    at: commit.at,
    parents: commit.parents?.length,
    signature: commit.signature,
    signer: commit.signer === undefined ? undefined : kept(commit.signer, limits),
    signedByCommitter: commit.signedByCommitter,
  });
}

/** Such as `Zoë <zoe@example.com> (zoe)`. */
function personText({ name, email, login }: Person): string {
  const address = email === undefined ? undefined : `<${email}>`;
  const written = [name, address].filter((part) => part !== undefined).join(" ");
  if (written === "") return login ?? "";
  return login === undefined ? written : `${written} (${login})`;
}

/** The one commit that no other commit of the list stands on; undefined where there are none or several. */
export function headOf(commits: readonly RawCommit[]): string | undefined {
  const parents = new Set(commits.flatMap((commit) => commit.parents ?? []));
  const heads = commits.filter(({ sha }) => !parents.has(sha));
  return heads.length === 1 ? heads[0]?.sha : undefined;
}

const FULL_ID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** The full id of a commit, in lower case; undefined for anything else. */
export function commitIdOf(value: unknown): string | undefined {
  const id = typeof value === "string" ? value.toLowerCase() : "";
  return FULL_ID.test(id) ? id : undefined;
}

/** git log's `%G?`: https://git-scm.com/docs/git-log#Documentation/git-log.txt-G */
const SIGNATURES = new Map<string, SignatureStatus>([
  ["G", "good"],
  ["U", "unknown-validity"],
  ["X", "expired"],
  ["Y", "expired"],
  ["R", "revoked"],
  ["B", "bad"],
  ["E", "uncheckable"],
  ["N", "none"],
]);

/** What a letter of git's `%G?` means; undefined for one that git does not write. */
export function signatureOfLetter(letter: string): SignatureStatus | undefined {
  return SIGNATURES.get(letter);
}

const ADDRESS = /<([^<>]*)>\s*$/;

/**
 * Whether a signer such as `dev@example.com` or `Dev <dev@example.com>` has the address of the committer. A trusted key
 * alone does not say so: anybody whose key is trusted can commit in another's name.
 */
export function isSignedBy(signer: string, committer: Person): boolean {
  const address = ADDRESS.exec(signer)?.[1] ?? signer;
  return committer.email !== undefined && address.trim().toLowerCase() === committer.email.trim().toLowerCase();
}
