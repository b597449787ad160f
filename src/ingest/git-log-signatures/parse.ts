import type { Limits } from "../../util/limits.ts";
import { FormatError } from "../adapter.ts";
import { commitIdOf, isSignedBy, type Person, type RawCommit } from "../commit.ts";
import type { Content } from "../content.ts";
import { linesIn } from "../lines.ts";
import { instantOf } from "../values.ts";
import { signatureOf } from "./signature.ts";

/** The commits of a log. */
interface ShownLog {
  readonly commits: readonly RawCommit[];
  /** Whether any commit has lines on a signature; else the log may have been made without them. */
  readonly signaturesShown: boolean;
}

/** A commit while its lines are read. */
interface OpenCommit {
  readonly id: string;
  readonly parents: readonly string[];
  /** The line that it starts in. */
  readonly line: number;
  readonly signature: string[];
  readonly fields: Map<string, string>;
  readonly message: string[];
  part: "signature" | "fields" | "message" | "notes";
}

const COMMIT = /^commit (\S+)((?: [0-9a-f]{40,64})*)(?: \(.*\))?$/;
const FIELD = /^(Merge|Author|AuthorDate|Commit|CommitDate|Date):\s+(.*)$/;
const NOTES = /^Notes(?: \(.*\))?:$/;

/**
 * Reads the formats `medium`, `full` and `fuller` of git log. git indents every line of a message, so that none of them
 * can pass for a line of git.
 *
 * @throws {FormatError} `malformed` with the line, or `limit-exceeded`
 */
export function readLog(bytes: Content, limits: Limits): ShownLog {
  const open: OpenCommit[] = [];
  for (const { text, number } of linesIn(bytes, limits)) {
    const started = COMMIT.exec(text);
    const current = open.at(-1);
    if (started !== null) open.push(openedAt(started, number));
    else if (current !== undefined) addLine(current, text, number);
    else if (text !== "") throw strange(number);
  }
  if (open.length === 0) throw new FormatError("malformed", "there is no commit");
  const signaturesShown = open.some(({ signature }) => signature.length > 0);
  // With --parents every commit has its own, and one without any is the first of all.
  const parentsShown = open.some(({ parents }) => parents.length > 0);
  const commits = open.map((commit) => commitOf(commit, signaturesShown, parentsShown));
  return { commits, signaturesShown };
}

function openedAt([, id, parents = ""]: readonly (string | undefined)[], line: number): OpenCommit {
  const full = commitIdOf(id);
  if (full === undefined) {
    throw new FormatError("malformed", "it is no full id of a commit; use --no-abbrev-commit", `line ${line}`);
  }
  const ids = parents.split(" ").filter(Boolean);
  return { id: full, parents: ids, line, signature: [], fields: new Map(), message: [], part: "signature" };
}

function addLine(commit: OpenCommit, text: string, number: number): void {
  if (commit.part === "signature" || commit.part === "fields") {
    addHeadLine(commit, text, number);
    return;
  }
  if (NOTES.test(text)) commit.part = "notes";
  else if (text !== "" && !text.startsWith("    ")) throw strange(number);
  else if (commit.part === "message") commit.message.push(text.slice(4));
}

function addHeadLine(commit: OpenCommit, text: string, number: number): void {
  const [, name, value] = FIELD.exec(text) ?? [];
  if (name !== undefined && value !== undefined) {
    commit.part = "fields";
    commit.fields.set(name, value);
  } else if (commit.part === "signature" && text !== "") commit.signature.push(text);
  else if (text === "" && commit.fields.has("Author")) commit.part = "message";
  else if (text !== "" || commit.part === "fields") throw strange(number);
}

function strange(line: number): FormatError {
  const why = "it is no line of a commit; other formats than medium, full and fuller, -p and --stat are not read";
  return new FormatError("malformed", why, `line ${line}`);
}

function commitOf(open: OpenCommit, signaturesShown: boolean, parentsShown: boolean): RawCommit {
  const { id, line, fields, message, part } = open;
  if (part === "signature" || part === "fields") {
    throw new FormatError("malformed", "the commit ends before its message", `line ${line}`);
  }
  const written = fields.get("Commit");
  const committer = written === undefined ? undefined : personOf(written);
  const { signature, signer } = signatureOf(open.signature);
  return {
    sha: id,
    parents: parentsShown ? open.parents : fields.get("Merge")?.split(" "),
    author: personOf(fields.get("Author") ?? ""),
    committer,
    message: message.join("\n").trim(),
    at: dateOf(fields.get("CommitDate") ?? ""),
    signature: signaturesShown ? signature : "uncheckable",
    ...(signer === undefined ? {} : { signer }),
    ...(signer === undefined || committer === undefined ? {} : { signedByCommitter: isSignedBy(signer, committer) }),
  };
}

function personOf(text: string): Person {
  const [, name, email] = /^(.*?) ?<([^<>]*)>$/.exec(text) ?? [];
  return email === undefined ? { name: text } : { name: name === "" ? undefined : name, email };
}

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const DATE = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d{1,2}) (\d{2}:\d{2}:\d{2}) (\d{4}) ([+-]\d{4})$/;

/** As git writes them by default, with `--date=iso` and with `--date=iso-strict`. */
function dateOf(text: string): string | undefined {
  const [, name = "", day = "", time, year, offset] = DATE.exec(text) ?? [];
  const month = `${MONTHS.indexOf(name) + 1}`.padStart(2, "0");
  if (year !== undefined) return instantOf(`${year}-${month}-${day.padStart(2, "0")}T${time}${offset}`);
  return instantOf(text.replace(/^(\S+) (\S+) ([+-]\d{4})$/, "$1T$2$3"));
}
