import { resolve } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { bindEvidence, type OpenedBinding, unsignedBinding } from "../evidence/binding.ts";
import { sha256 } from "../evidence/canonical.ts";
import { DECLARED_EVIDENCE, type DeclaredEvidence, type DeclaredEvidenceName } from "../evidence/declared.ts";
import { completeEvidence, type EvidenceFile, unreadableEvidence } from "../evidence/document.ts";
import { withExitCode } from "../evidence/exit-code.ts";
import { type SignatureCheck, type StatementEvidence, withSignature } from "../evidence/stated.ts";
import type { Diagnostic, Digest, EvidenceDocument, ParsedEvidence } from "../evidence/types.ts";
import { GateError } from "../util/errors.ts";
import { DEFAULT_LIMITS, type Limits } from "../util/limits.ts";
import { FormatError, type ParseContext } from "./adapter.ts";
import { type Content, sliceOf, wholeOf } from "./content.ts";
import {
  type Attempt,
  candidatesFor,
  detectFormat,
  type FormatDetection,
  type FormatWish,
  prepareReaders,
} from "./detect.ts";
import { findFiles, readBinding, readEvidenceFile, readSignature, tooLarge } from "./files.ts";
import { expandGzip, isGzip } from "./gzip.ts";
import { adapterOf, type EvidenceRequest, type ExitCodeFlag } from "./request.ts";

export { isConfigFile } from "./config-file/names.ts";
export { detectFormat } from "./detect.ts";
export { ADAPTERS } from "./registry.ts";
export { type EvidenceRequest, type ExitCodeFlag, parseEvidenceFlag, parseExitCodeFlag } from "./request.ts";

export interface IngestContext {
  /** Absolute. Patterns start here and paths are reported from here. */
  readonly cwd: string;
  readonly limits: Limits;
  readonly stdin: () => Promise<Uint8Array>;
  /** As {@link ParseContext.root}. */
  readonly root?: string;
  /** As {@link ParseContext.keepRaw}. */
  readonly keepRaw?: boolean;
  /** Opens what stands beside a file and says whose signature is on it; default: it is taken for unsigned. */
  readonly openBinding?: (bytes: Uint8Array) => OpenedBinding;
  /** Says what the signature beside a statement is worth; default: it is not looked at. */
  readonly checkSignature?: (stated: SignedStatement) => SignatureCheck;
  /** With which code the tool that wrote a file ended; one without a path is for every file. */
  readonly exitCodes?: readonly ExitCodeFlag[];
}

/** A statement, its bytes, and what lies beside it as its signature. */
export interface SignedStatement extends Pick<StatementEvidence, "summary"> {
  readonly bytes: Uint8Array;
  readonly signature: Uint8Array;
}

export interface IngestResult {
  /** One for each file, in the order of their paths. */
  readonly documents: readonly EvidenceDocument[];
  /** Requests without a file that are not required. */
  readonly unmatched: readonly EvidenceRequest[];
  /** By the path of a file, the people of whom one has to have signed it. */
  readonly signers: Readonly<Record<string, readonly string[]>>;
}

const STDIN = "-";

/** Files from this size on are worth some care with memory. */
const LARGE_BYTES = 4 << 20;

const GZIP_MARK_BYTES = 3;

/**
 * Finds, reads and normalises evidence files. Every file that a request leads to becomes a document or an error; none
 * is passed over. A damaged file becomes an `unreadable` document, so that the gate can close and say why.
 *
 * @throws {GateError} `evidence-not-found`, `evidence-unreadable`, `evidence-too-large`, `evidence-unrecognised`, or
 *   `usage` where one file is declared to be two things
 */
export async function ingest(requests: readonly EvidenceRequest[], context: IngestContext): Promise<IngestResult> {
  const { cwd, limits } = context;
  const files = new Map<string, EvidenceRequest>();
  const unmatched: EvidenceRequest[] = [];
  const signers = new Map<string, readonly string[]>();
  for (const request of requests) {
    const paths = request.pattern === STDIN ? [STDIN] : await filesOf(request, cwd);
    if (paths.length === 0 && request.required) throw notFound(request);
    if (paths.length === 0) unmatched.push(request);
    for (const path of paths) {
      files.set(path, preferred(path, files.get(path), request));
      // Where two requests want signatures, whoever both name is whom both accept.
      const named = signers.get(path);
      const accepted = request.signers?.filter((name) => named?.includes(name) ?? true);
      if (accepted !== undefined) signers.set(path, accepted);
    }
  }
  if (files.size > limits.files) {
    const message = `there are ${files.size} evidence files, and ${limits.files} at most are read`;
    throw new GateError("evidence-too-large", message, {
      hint: "Narrow the patterns to the reports that gates need, or raise limits.files in gate.yaml.",
    });
  }
  const exitCodeOf = exitCodesOf([...files.keys()], context.exitCodes ?? []);
  const { openBinding = unsignedBinding } = context;
  const documents: EvidenceDocument[] = [];
  for (const [path, request] of [...files].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    // Between two files there is time for what goes on meanwhile: the policies that are being loaded.
    await nextTurn();
    const content = path === STDIN ? await context.stdin() : readEvidenceFile(path, cwd, limits);
    if (content.length >= LARGE_BYTES) await keepYoungGenerationSmall();
    const document = await ingestFile(content, path, meaningOf(request), context);
    const exitCode = exitCodeOf(path);
    const checked = path === STDIN ? document : withCheckedSignature(document, content, context);
    const ended = exitCode === undefined ? checked : withExitCode(checked, exitCode);
    const binding = path === STDIN ? undefined : readBinding(path, cwd);
    documents.push(binding === undefined ? ended : bindEvidence(ended, openBinding(binding)));
  }
  return { documents, unmatched, signers: Object.fromEntries(signers) };
}

function withCheckedSignature(
  document: EvidenceDocument,
  content: Content,
  { cwd, checkSignature }: IngestContext,
): EvidenceDocument {
  if (checkSignature === undefined || document.kind !== "statement") return document;
  const signature = readSignature(document.source.path, cwd);
  if (signature === undefined) return document;
  // The memory of a large file has been given back by now.
  if (!(content instanceof Uint8Array) || content.length !== document.source.bytes) {
    return withSignature(document, { verified: "failed", problem: "the statement is too large to be signed" });
  }
  return withSignature(document, checkSignature({ bytes: content, signature, summary: document.summary }));
}

/** The files of a request; of a folder those that it wants. */
async function filesOf({ pattern, wants }: EvidenceRequest, cwd: string): Promise<readonly string[]> {
  const paths = await findFiles(pattern, cwd);
  const isFile = paths.length === 1 && resolve(cwd, paths[0] ?? "") === resolve(cwd, pattern);
  return wants === undefined || isFile ? paths : paths.filter(wants);
}

/** What the user says of a file, with the reader that has to take it. */
interface Meaning extends FormatWish {
  /** As {@link EvidenceRequest.parser}. */
  readonly parser?: string;
  /** Of the kind, as the user wrote it. */
  readonly name?: string;
}

function meaningOf(
  request: Pick<EvidenceRequest, "declared" | "format" | "origin"> & Partial<EvidenceRequest>,
): Meaning {
  const adapter = adapterOf({ pattern: "", required: false, ...request });
  const { declared, parser } = request;
  return {
    ...(parser === undefined ? {} : { parser }),
    ...(declared === undefined ? {} : { name: declared, declared: DECLARED_EVIDENCE[declared] }),
    ...(adapter === undefined ? {} : { adapter }),
  };
}

/** @throws {GateError} `usage` for a path that is none of the files, or two codes for one file */
function exitCodesOf(paths: readonly string[], flags: readonly ExitCodeFlag[]): (path: string) => number | undefined {
  const codes = new Map<string, number>();
  for (const { path, code } of flags) {
    const meant = path === undefined ? paths : paths.filter((known) => known === path.replaceAll("\\", "/"));
    if (meant.length === 0) {
      throw new GateError("usage", `--exit-code ${path}=${code} is for a file that is no evidence here`, {
        hint: `The files are ${paths.slice(0, 10).join(", ")}.`,
      });
    }
    for (const one of meant) {
      if (codes.has(one)) throw new GateError("usage", `there are two exit codes for ${one}`);
      codes.set(one, code);
    }
  }
  return (path) => codes.get(path);
}

/**
 * Normalising a large file makes much garbage that dies at once. Left alone, the young generation doubles at each
 * collection and ends at half of the program's memory. Setting the flag makes V8 drop its code cache, so small checks
 * go without.
 */
async function keepYoungGenerationSmall(): Promise<void> {
  const { setFlagsFromString } = await import("node:v8");
  setFlagsFromString("--semi-space-growth-factor=1");
}

type ReadContext = Pick<ParseContext, "keepRaw" | "limits" | "root">;

/**
 * Tells the format of a file, packed or not, without reading more of it than that takes.
 *
 * @param path relative to `cwd`
 * @throws {GateError} `evidence-unreadable` or `evidence-too-large`
 */
export async function detectFile(path: string, cwd: string): Promise<FormatDetection> {
  const content = readEvidenceFile(path, cwd, DEFAULT_LIMITS);
  try {
    if (!isGzip(sliceOf(content, 0, GZIP_MARK_BYTES))) return detectFormat(content, path);
    return detectFormat(await expandGzip(wholeOf(content), DEFAULT_LIMITS), path);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new GateError("evidence-unreadable", `${path} cannot be read: ${error.message}`, { cause: error });
  } finally {
    release(content);
  }
}

/** The digest of a file of any size; the rest as {@link detectFile}. */
export function digestFile(path: string, cwd: string): Digest {
  const content = readEvidenceFile(path, cwd, DEFAULT_LIMITS);
  try {
    return factsOf(content, path).sha256;
  } finally {
    release(content);
  }
}

/** What the documents of a file record of it as it lies on the disk. */
type FileFacts = Omit<EvidenceFile, "format">;

async function ingestFile(
  content: Content,
  path: string,
  meaning: Meaning,
  context: ReadContext,
): Promise<EvidenceDocument> {
  try {
    if (isGzip(sliceOf(content, 0, GZIP_MARK_BYTES))) return await ingestGzip(content, path, meaning, context);
    if (content.length > context.limits.fileBytes) throw tooLarge(path, context.limits);
    return await ingestPrepared(content, path, () => factsOf(content, path), meaning, context);
  } finally {
    release(content);
  }
}

/** Gives a large file's memory back at once: the garbage collector does not know how much hangs on it. */
function release(content: Content): void {
  if (!(content instanceof Uint8Array)) {
    content.close();
    return;
  }
  const { buffer } = content;
  if (buffer instanceof ArrayBuffer && content.length === buffer.byteLength && content.length >= LARGE_BYTES) {
    buffer.transfer(0);
  }
}

function factsOf(content: Content, path: string): FileFacts {
  const digest = content instanceof Uint8Array ? sha256(content) : content.digest;
  return { path, bytes: content.length, sha256: digest };
}

/** The document of a packed file; its digest and size are those of the file as it is. */
async function ingestGzip(
  content: Content,
  path: string,
  meaning: Meaning,
  context: ReadContext,
): Promise<EvidenceDocument> {
  const facts = factsOf(content, path);
  try {
    return await ingestPrepared(
      await expandGzip(wholeOf(content), context.limits),
      path,
      () => facts,
      meaning,
      context,
    );
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    const intended = intendedBy(meaning);
    if (intended !== undefined) return unreadableEvidence(intended, problemOf(error), { ...facts, format: "gzip" });
    throw new GateError("evidence-unrecognised", `cannot tell what ${path} is: ${error.message}`, {
      hint: "Make the file again; the step that packed it may have been cut off.",
      cause: error,
    });
  }
}

function intendedBy({ declared, adapter }: Meaning): DeclaredEvidence | undefined {
  if (declared !== undefined || adapter === undefined || adapter.kind === "any") return declared;
  return { kind: adapter.kind };
}

/** As {@link ingestContent}, with the readers that may be asked loaded before. */
async function ingestPrepared(
  content: Content,
  path: string,
  facts: () => FileFacts,
  meaning: Meaning,
  context: ReadContext,
): Promise<EvidenceDocument> {
  await prepareReaders(content, path, meaning);
  return ingestContent(content, path, facts, meaning, context);
}

/**
 * The document of one file that has been read already and is not packed, by readers that are prepared.
 *
 * @param path as it is to be recorded
 * @throws {GateError} `evidence-unrecognised` where nothing says what the file is, or `evidence-too-large`
 */
export function ingestBytes(
  bytes: Uint8Array,
  path: string,
  declared: DeclaredEvidenceName | undefined,
  context: ReadContext,
): EvidenceDocument {
  if (bytes.length > context.limits.fileBytes) throw tooLarge(path, context.limits);
  const meaning = declared === undefined ? {} : meaningOf({ declared, origin: path });
  return ingestContent(bytes, path, () => factsOf(bytes, path), meaning, context);
}

/** @param facts of the file as it lies on the disk; `content` is what it holds. Asked for at the end */
function ingestContent(
  content: Content,
  path: string,
  facts: () => FileFacts,
  meaning: Meaning,
  context: ReadContext,
): EvidenceDocument {
  const { declared } = meaning;
  let refusal: { readonly attempt: Attempt; readonly problem: Diagnostic } | undefined;
  for (const attempt of candidatesFor(content, path, meaning)) {
    const { adapter, confidence } = attempt;
    try {
      const { parser } = meaning;
      const name = path.slice(path.lastIndexOf("/") + 1);
      const named = { ...context, name, ...(parser === undefined ? {} : { parser }) };
      const parsed = adapter.parse(content, declared === undefined ? named : { ...named, declared });
      return completeEvidence(withRawMark(parsed, context), { ...facts(), format: adapter.id });
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      refusal ??= { attempt, problem: problemOf(error) };
      // What the head shows may be of several formats, and a likely one was a guess: the next one gets its chance.
      if (error.reason !== "not-this-format") break;
      if (intendedBy(meaning) === undefined && confidence !== "certain") refusal = undefined;
    }
  }
  if (refusal !== undefined) {
    const { adapter, kind } = refusal.attempt;
    const intended = intendedBy(meaning) ?? (kind === undefined ? undefined : { kind });
    // Nobody could say which gates it would keep closed.
    if (intended === undefined) throw unrecognised(path, content);
    return unreadableEvidence(intended, refusal.problem, { ...facts(), format: adapter.id });
  }
  if (declared === undefined || meaning.name === undefined) throw unrecognised(path, content);
  const detection = detectFormat(content, path, meaning);
  const problem = { code: "not-this-format", message: mismatch(meaning.name, content, detection) };
  return unreadableEvidence(declared, problem, { ...facts(), format: detection.found?.adapter.id ?? "unrecognised" });
}

function withRawMark(parsed: ParsedEvidence, { keepRaw }: ReadContext): ParsedEvidence {
  return keepRaw === true ? { ...parsed, quality: { ...parsed.quality, raw: true } } : parsed;
}

function problemOf({ reason, message, place }: FormatError): Diagnostic {
  return place === undefined ? { code: reason, message } : { code: reason, message, place };
}

function mismatch(declared: string, content: Content, { found }: FormatDetection): string {
  if (content.length === 0) return "empty file: the tool did not finish";
  if (found === undefined) return `declared as ${declared}, but no reader of that kind of evidence recognises it`;
  return `declared as ${declared}, but it is ${found.adapter.title}: ${found.reason}`;
}

function unrecognised(path: string, content: Content): GateError {
  const what = content.length === 0 ? "it is empty" : "it is in none of the known formats";
  return new GateError("evidence-unrecognised", `cannot tell what ${path} is: ${what}`, {
    hint: `Say what it is with <kind>=${path} or <kind>:<format>=${path}, or narrow the pattern so that it is left out; \`gate evidence detect ${path}\` says why each format was ruled out.`,
  });
}

/** Of two requests for one file the one that says what the file is. */
function preferred(path: string, earlier: EvidenceRequest | undefined, later: EvidenceRequest): EvidenceRequest {
  if (earlier?.declared === undefined && earlier?.format === undefined) return later;
  if (later.declared === undefined && later.format === undefined) return earlier;
  if (later.declared === earlier.declared && later.format === earlier.format) return earlier;
  const ways = `${saidBy(earlier)} and as ${saidBy(later)}`;
  throw new GateError("usage", `${path} is declared as ${ways}`, { hint: "Declare a file once." });
}

function saidBy({ declared, format, origin }: EvidenceRequest): string {
  return `${[declared, format].filter((part) => part !== undefined).join(":")} (${origin})`;
}

function notFound({ pattern, origin }: EvidenceRequest): GateError {
  return new GateError("evidence-not-found", `no file matches ${pattern} (${origin})`, {
    hint: "Run the tool that writes it before the gate, or correct the path.",
  });
}
