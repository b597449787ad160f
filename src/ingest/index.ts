import { setImmediate as nextTurn } from "node:timers/promises";
import { bindEvidence } from "../evidence/binding.ts";
import { DECLARED_EVIDENCE, type DeclaredEvidence, type DeclaredEvidenceName } from "../evidence/declared.ts";
import { completeEvidence, unreadableEvidence } from "../evidence/document.ts";
import type { Diagnostic, EvidenceDocument } from "../evidence/types.ts";
import { GateError } from "../util/errors.ts";
import type { Limits } from "../util/limits.ts";
import { FormatError, type ParseContext } from "./adapter.ts";
import { type Attempt, detectFormat, type FormatDetection } from "./detect.ts";
import { findFiles, readBinding, readEvidenceFile, tooLarge } from "./files.ts";
import { expandGzip, isGzip } from "./gzip.ts";

export { detectFormat } from "./detect.ts";
export { ADAPTERS } from "./registry.ts";

/** Files that somebody wants to be looked at. */
export interface EvidenceRequest {
  /** A file, a directory, a glob, or `-` for standard input. */
  readonly pattern: string;
  /** What the files are, where the user says so. */
  readonly declared?: DeclaredEvidenceName;
  /** Where the request was made, for messages: `gate.yaml:12` or `--evidence`. */
  readonly origin: string;
  /** Whether it is an error that there is no such file. */
  readonly required: boolean;
}

export interface IngestContext {
  /** Absolute. Patterns start here and paths are reported from here. */
  readonly cwd: string;
  readonly limits: Limits;
  readonly stdin: () => Promise<Uint8Array>;
  /** As {@link ParseContext.root}. */
  readonly root?: string;
}

export interface IngestResult {
  /** One for each file, in the order of their paths. */
  readonly documents: readonly EvidenceDocument[];
  /** Requests without a file that are not required. */
  readonly unmatched: readonly EvidenceRequest[];
}

const STDIN = "-";

/** Files from this size on are worth some care with memory. */
const LARGE_BYTES = 4 << 20;

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
  for (const request of requests) {
    const paths = request.pattern === STDIN ? [STDIN] : await findFiles(request.pattern, cwd);
    if (paths.length === 0 && request.required) throw notFound(request);
    if (paths.length === 0) unmatched.push(request);
    for (const path of paths) files.set(path, preferred(path, files.get(path), request));
  }
  if (files.size > limits.files) {
    const message = `there are ${files.size} evidence files, and ${limits.files} at most are read`;
    throw new GateError("evidence-too-large", message, { hint: "Narrow the patterns to the reports that gates need." });
  }
  const documents: EvidenceDocument[] = [];
  for (const [path, { declared }] of [...files].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    // Between two files there is time for what goes on meanwhile: the policies that are being loaded.
    await nextTurn();
    const bytes = path === STDIN ? await context.stdin() : readEvidenceFile(path, cwd, limits);
    if (bytes.byteLength >= LARGE_BYTES) await keepYoungGenerationSmall();
    const document = isGzip(bytes)
      ? await ingestGzip(bytes, path, declared, context)
      : ingestBytes(bytes, path, declared, context);
    const binding = path === STDIN ? undefined : readBinding(path, cwd);
    documents.push(binding === undefined ? document : bindEvidence(document, binding));
    release(bytes);
  }
  return { documents, unmatched };
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

/** Gives a large file's memory back at once: the garbage collector does not know how much hangs on it. */
function release(bytes: Uint8Array): void {
  const { buffer } = bytes;
  if (buffer instanceof ArrayBuffer && bytes.byteLength === buffer.byteLength && bytes.byteLength >= LARGE_BYTES) {
    buffer.transfer(0);
  }
}

/** The document of a packed file; its digest and size are those of the file as it is. */
async function ingestGzip(
  bytes: Uint8Array,
  path: string,
  declared: DeclaredEvidenceName | undefined,
  context: Pick<ParseContext, "limits" | "root">,
): Promise<EvidenceDocument> {
  try {
    return ingestContent(await expandGzip(bytes, context.limits), { path, bytes }, declared, context);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    if (declared !== undefined) {
      return unreadableEvidence(DECLARED_EVIDENCE[declared], problemOf(error), { path, bytes, format: "gzip" });
    }
    throw new GateError("evidence-unrecognised", `cannot tell what ${path} is: ${error.message}`, {
      hint: "Make the file again; the step that packed it may have been cut off.",
      cause: error,
    });
  }
}

/**
 * The document of one file that has been read already and is not packed.
 *
 * @param path as it is to be recorded
 * @throws {GateError} `evidence-unrecognised` where nothing says what the file is, or `evidence-too-large`
 */
export function ingestBytes(
  bytes: Uint8Array,
  path: string,
  declared: DeclaredEvidenceName | undefined,
  context: Pick<ParseContext, "limits" | "root">,
): EvidenceDocument {
  if (bytes.length > context.limits.fileBytes) throw tooLarge(path, context.limits);
  return ingestContent(bytes, { path, bytes }, declared, context);
}

/** @param file as it lies on the disk; `content` is what it holds */
function ingestContent(
  content: Uint8Array,
  file: { readonly path: string; readonly bytes: Uint8Array },
  declared: DeclaredEvidenceName | undefined,
  context: Pick<ParseContext, "limits" | "root">,
): EvidenceDocument {
  const { path } = file;
  const meaning = declared === undefined ? undefined : DECLARED_EVIDENCE[declared];
  const detection = detectFormat(content, path);
  let refusal: { readonly attempt: Attempt; readonly problem: Diagnostic } | undefined;
  for (const attempt of candidatesFor(detection, meaning)) {
    const { adapter, confidence } = attempt;
    try {
      const parsed = adapter.parse(content, meaning === undefined ? context : { ...context, declared: meaning });
      return completeEvidence(parsed, { ...file, format: adapter.id });
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      refusal ??= { attempt, problem: problemOf(error) };
      // What the head shows may be of several formats, and a likely one was a guess: the next one gets its chance.
      if (error.reason !== "not-this-format") break;
      if (meaning === undefined && confidence !== "certain") refusal = undefined;
    }
  }
  if (refusal !== undefined) {
    const { adapter } = refusal.attempt;
    return unreadableEvidence(meaning ?? { kind: adapter.kind }, refusal.problem, { ...file, format: adapter.id });
  }
  if (meaning === undefined || declared === undefined) throw unrecognised(path, content, detection);
  const problem = { code: "not-this-format", message: mismatch(declared, content, detection) };
  return unreadableEvidence(meaning, problem, { ...file, format: detection.found?.adapter.id ?? "unrecognised" });
}

/**
 * All that are certain, or else all that are likely: where somebody is certain there is nothing to guess. What the user
 * declares rules out formats of another kind.
 */
function candidatesFor({ attempts }: FormatDetection, meaning: DeclaredEvidence | undefined): readonly Attempt[] {
  const possible = attempts.filter(({ adapter }) => meaning === undefined || adapter.kind === meaning.kind);
  const certain = possible.filter(({ confidence }) => confidence === "certain");
  return certain.length > 0 ? certain : possible.filter(({ confidence }) => confidence === "likely");
}

function problemOf({ reason, message, place }: FormatError): Diagnostic {
  return place === undefined ? { code: reason, message } : { code: reason, message, place };
}

function mismatch(declared: DeclaredEvidenceName, bytes: Uint8Array, { found }: FormatDetection): string {
  if (bytes.length === 0) return "empty file: the tool did not finish";
  if (found === undefined) return `declared as ${declared}, but no reader of that kind of evidence recognises it`;
  return `declared as ${declared}, but it is ${found.adapter.title}: ${found.reason}`;
}

function unrecognised(path: string, bytes: Uint8Array, { attempts }: FormatDetection): GateError {
  const reasons = attempts.map(({ adapter, reason }) => ({ message: `not ${adapter.title}: ${reason}`, file: path }));
  const what = bytes.length === 0 ? "it is empty" : "it is in none of the known formats";
  return new GateError("evidence-unrecognised", `cannot tell what ${path} is: ${what}`, {
    hint: `Say what it is with --evidence <kind>=${path}, or narrow the pattern so that it is left out.`,
    issues: reasons,
  });
}

/** Of two requests for one file the one that says what the file is. */
function preferred(path: string, earlier: EvidenceRequest | undefined, later: EvidenceRequest): EvidenceRequest {
  if (earlier?.declared === undefined) return later;
  if (later.declared === undefined || later.declared === earlier.declared) return earlier;
  const ways = `${earlier.declared} (${earlier.origin}) and as ${later.declared} (${later.origin})`;
  throw new GateError("usage", `${path} is declared as ${ways}`, { hint: "Declare a file once." });
}

function notFound({ pattern, origin }: EvidenceRequest): GateError {
  return new GateError("evidence-not-found", `no file matches ${pattern} (${origin})`, {
    hint: "Run the tool that writes it before the gate, or correct the path.",
  });
}
