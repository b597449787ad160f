import type { ChangedFile, ParsedEvidence } from "../../evidence/types.ts";
import { compact } from "../../util/compact.ts";
import { type Detection, type EvidenceAdapter, FormatError, type Head, type ParseContext } from "../adapter.ts";
import { changeEvidence } from "../change.ts";
import { commitIdOf, isSignedBy, type RawCommit, signatureOfLetter } from "../commit.ts";
import type { Content } from "../content.ts";
import { createDiagnostics } from "../diagnostics.ts";
import { objectAt, objectsAt, textAt } from "../findings.ts";
import { parseJsonDocument } from "../json.ts";
import { countOf, instantOf, isObject, type JsonObject, stringsOf, textOf } from "../values.ts";

/** What gate itself collects of a change with git: `docs/formats/git-change.md`. */
export const gitChange = {
  id: "git-change",
  title: "gate's git change",
  kind: "change",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

const SCHEMA = "gate/git-change/v1";

const STATUSES = new Set(["added", "modified", "deleted", "renamed", "copied"]);
const RANGES = /^(?:\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*)?$/;

function detect({ text }: Head): Detection {
  if (text.startsWith("{") && /"schema"\s*:\s*"gate\/git-change\/v/.test(text))
    return { confidence: "certain", reason: "its schema is gate/git-change" };
  return { confidence: "no", reason: "its schema is not gate/git-change" };
}

function parse(bytes: Content, { limits }: ParseContext): ParsedEvidence {
  const document = parseJsonDocument(bytes, limits);
  if (!isObject(document)) throw new FormatError("not-this-format", "it is not an object");
  if (document["schema"] !== SCHEMA) {
    throw new FormatError("unsupported-version", `the schema is not ${SCHEMA}`, "/schema");
  }
  const reasons = createDiagnostics();
  const commits = listAt(document, "commits").map(commitOf);
  const complete = document["complete"] === true;
  if (!complete) reasons.add("history-cut", "the clone is shallow, so commits may be missing", "/complete");
  if (commits.length === 0) reasons.add("no-commits", "there is no commit between the base and the head", "/commits");
  return changeEvidence(
    {
      tool: "git",
      formatVersion: "1",
      facts: { base: idAt(document["base"], "/base"), head: idAt(document["head"], "/head") },
      repository: textOf(document["repository"]),
      commits,
      files: listAt(document, "files").map(fileOf),
      status: !complete ? "partial" : commits.length === 0 ? "empty" : "complete",
      reasons,
    },
    limits,
  );
}

function listAt(document: JsonObject, name: string): readonly JsonObject[] {
  if (!Array.isArray(document[name])) throw new FormatError("malformed", `there is no list of ${name}`, `/${name}`);
  return objectsAt(document[name], `/${name}`);
}

function idAt(value: unknown, pointer: string): string {
  const id = commitIdOf(value);
  if (id === undefined) throw new FormatError("malformed", "it is no full id of a commit", pointer);
  return id;
}

function commitOf(commit: JsonObject, index: number): RawCommit {
  const place = `/commits/${index}`;
  const signature = signatureOfLetter(String(commit["signature"]));
  if (signature === undefined) {
    throw new FormatError("malformed", "it is no letter of git for a signature", `${place}/signature`);
  }
  const committer = personAt(commit["committer"], `${place}/committer`);
  const signer = textOf(commit["signer"]);
  return {
    sha: idAt(commit["sha"], `${place}/sha`),
    parents: stringsOf(commit["parents"]).map((parent) => idAt(parent, `${place}/parents`)),
    author: personAt(commit["author"], `${place}/author`),
    committer,
    message: typeof commit["message"] === "string" ? commit["message"] : textAt(commit["message"], `${place}/message`),
    at: instantOf(commit["at"]),
    signature,
    ...(signer === undefined ? {} : { signer, signedByCommitter: isSignedBy(signer, committer) }),
  };
}

function personAt(value: unknown, pointer: string) {
  const person = objectAt(value, pointer);
  return { name: textOf(person["name"]), email: textOf(person["email"]) };
}

function fileOf(file: JsonObject, index: number): ChangedFile {
  const place = `/files/${index}`;
  const status = textAt(file["status"], `${place}/status`);
  if (!STATUSES.has(status)) throw new FormatError("malformed", "it is no status of a file", `${place}/status`);
  const addedLines = file["addedLines"];
  if (addedLines !== undefined && (typeof addedLines !== "string" || !RANGES.test(addedLines))) {
    throw new FormatError("malformed", "they are no ranges of lines", `${place}/addedLines`);
  }
  return compact({
    path: textAt(file["path"], `${place}/path`),
    previousPath: textOf(file["previousPath"]),
    status,
    additions: countOf(file["additions"]),
    deletions: countOf(file["deletions"]),
    addedLines,
  });
}
