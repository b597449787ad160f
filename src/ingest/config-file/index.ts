import type { DeclaredEvidence } from "../../evidence/declared.ts";
import type { ParsedEvidence } from "../../evidence/types.ts";
import { locateInstallation } from "../../installation.ts";
import { createParsers, type FileParsers } from "../../util/parsers.ts";
import { type Detection, type EvidenceAdapter, FormatError, type Head, type ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { createDiagnostics } from "../diagnostics.ts";
import { checkPlain } from "../plain.ts";
import { utf8BytesOf } from "../text.ts";
import { needsParser } from "./names.ts";

/** A file of the repository in the shape that Conftest's policies know it by; its name says what it is. */
export const configFile = {
  id: "config-file",
  title: "Configuration file, as Conftest reads it",
  kind: "document",
  detect,
  prepare,
  parse,
} as const satisfies EvidenceAdapter;

/** Bytes; a parser takes some hundred times as much, and nothing could interrupt it. */
const MAX_BYTES = 4 << 20;
/** Levels that a document of evidence adds around what it holds. */
const AROUND = 8;

let parsers: FileParsers | undefined;

/** @throws {GateError} `toolchain-missing` */
async function prepare(): Promise<void> {
  parsers ??= createParsers(locateInstallation(import.meta.dirname).parsers.wasm);
}

function detect({ name }: Head, declared?: DeclaredEvidence): Detection {
  if (declared?.kind !== "document") {
    return { confidence: "no", reason: "a file is a document only where it is declared to be one" };
  }
  if (needsParser(name))
    return { confidence: "certain", reason: "its name says so, and it is declared to be a document" };
  return { confidence: "no", reason: "its name is of no such file" };
}

/**
 * Each element of a list is a document, as Conftest has it: the commands of a Dockerfile, the documents of a YAML file, or
 * the elements of a JSON file that holds a list.
 */
function parse(bytes: Content, { limits, name = "", parser }: ParseContext): ParsedEvidence {
  if (bytes.length === 0) throw new FormatError("malformed", "the file is empty");
  if (bytes.length > MAX_BYTES)
    throw new FormatError("limit-exceeded", `a configuration of more than ${MAX_BYTES} bytes`);
  if (parsers === undefined) throw new FormatError("malformed", "the parsers were not loaded");
  const content = utf8BytesOf(bytes);
  if (content.includes(0)) throw new FormatError("malformed", "there is a NUL character", `byte ${content.indexOf(0)}`);
  const parsed = parsers({ by: parser === undefined ? { file: name } : { parser }, content });
  if (parsed.status === "no-parser") {
    const why =
      parser === undefined ? "its name does not say which parser it is for" : `there is no parser "${parser}"`;
    throw new FormatError("not-this-format", why);
  }
  if (parsed.status === "malformed") throw new FormatError("malformed", parsed.message);
  checkPlain(parsed.value, limits.depth - AROUND);
  const documents = Array.isArray(parsed.value) ? parsed.value : [parsed.value];
  const isEmpty = documents.every((document) => document === null);
  const reasons = createDiagnostics();
  if (isEmpty) reasons.add("no-documents", "there is nothing in the file");
  return {
    kind: "document",
    tools: [],
    subject: {},
    status: isEmpty ? "empty" : "unknown",
    statusReasons: reasons.list(),
    quality: { warnings: [], inconsistencies: [], redactions: 0 },
    summary: { documents: documents.length, parser: parsed.parser },
    body: { documents: documents.map((document) => ({ content: document })) },
  };
}
