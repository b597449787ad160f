import { constants } from "node:buffer";
import type { Limits } from "../../util/limits.ts";
import { FormatError } from "../adapter.ts";
import { commitIdOf, isSignedBy, type RawCommit, signatureOfLetter } from "../commit.ts";
import type { Content } from "../content.ts";
import { utf8BytesOf } from "../text.ts";
import { instantOf } from "../values.ts";

export interface RawLog {
  readonly commits: readonly RawCommit[];
  /** Whether the log has whole messages. */
  readonly whole: boolean;
}

/**
 * The fields of `docs/formats/git-log.md`, without the message that may follow: `%H %P %G? %GS %GK %GF %GT %an %ae %aI
 * %cn %ce %cI %s %(trailers)`.
 */
const FIELDS = 15;

/** Ends a record; it may occur in a message, but NUL may not, and only the last one before a NUL counts. */
const RECORD_SEPARATOR = "\x1e";

const TRAILER_SEPARATOR = "\x1f";

/**
 * Reads the log. The last field of a commit and the first one of the next are between the same two NULs, with the record
 * separator between them; whatever an author writes into a message, the last separator there is that of git.
 *
 * @throws {FormatError} `malformed` with the number of the commit, or `limit-exceeded`
 */
export function readLog(bytes: Content, limits: Limits): RawLog {
  const text = utf8BytesOf(bytes);
  if (text.length > constants.MAX_STRING_LENGTH) {
    throw new FormatError("limit-exceeded", "the log is too large to be held as one string");
  }
  const fields = text.toString("utf8").replaceAll("\r\n", "\n").split("\0");
  if (fields.length > limits.elements) throw new FormatError("limit-exceeded", `more than ${limits.elements} fields`);
  const size = isJoint(fields[FIELDS - 1] ?? "") ? FIELDS : FIELDS + 1;
  const commits: RawCommit[] = [];
  let [first = ""] = fields;
  for (let start = 0; start + 1 < fields.length; start += size - 1) {
    const place = `commit ${commits.length + 1}`;
    const joint = fields[start + size - 1] ?? "";
    const end = joint.lastIndexOf(RECORD_SEPARATOR);
    const next = joint.slice(end + 1).trim();
    const atEnd = start + size === fields.length;
    if (!isJoint(joint) || (next === "") !== atEnd) {
      throw new FormatError("malformed", "the commit does not end where its fields do", place);
    }
    const last = joint.slice(0, end);
    commits.push(commitOf([first, ...fields.slice(start + 1, start + size - 1), last], place));
    first = next;
  }
  if (commits.length === 0) throw new FormatError("malformed", "there is no commit");
  return { commits, whole: size > FIELDS };
}

/** Whether a text ends with the end of a record, alone or with the id of the next commit. */
function isJoint(text: string): boolean {
  const end = text.lastIndexOf(RECORD_SEPARATOR);
  return end !== -1 && /^\s*(?:[0-9a-f]{40,64})?\s*$/.test(text.slice(end + 1));
}

function commitOf(fields: readonly string[], place: string): RawCommit {
  const field = (index: number) => fields[index] ?? "";
  const sha = commitIdOf(field(0));
  const parents = field(1).split(" ").filter(Boolean).map(commitIdOf);
  const signature = signatureOfLetter(field(2));
  if (sha === undefined) throw new FormatError("malformed", "it does not start with a commit's full id", place);
  if (!areIds(parents)) throw new FormatError("malformed", "a parent is no full id of a commit", place);
  if (signature === undefined)
    throw new FormatError("malformed", "what is said of its signature is no letter of git", place);
  const committer = { name: field(10), email: field(11) };
  const signer = field(3);
  return {
    sha,
    parents,
    author: { name: field(7), email: field(8) },
    committer,
    message: fields.length > FIELDS ? field(FIELDS) : messageOf(field(13), field(14)),
    at: instantOf(field(12)),
    signature,
    ...(signer === "" ? {} : { signer, signedByCommitter: isSignedBy(signer, committer) }),
  };
}

function areIds(ids: readonly (string | undefined)[]): ids is readonly string[] {
  return !ids.includes(undefined);
}

function messageOf(subject: string, trailers: string): string {
  const lines = trailers.split(TRAILER_SEPARATOR).filter((line) => line.trim() !== "");
  return lines.length === 0 ? subject : `${subject}\n\n${lines.join("\n")}`;
}
