import { existsSync } from "node:fs";
import { DECLARED_EVIDENCE, type DeclaredEvidenceName, isDeclaredEvidenceName } from "../evidence/declared.ts";
import { GateError } from "../util/errors.ts";
import { nearest } from "../util/nearest.ts";
import type { EvidenceAdapter } from "./adapter.ts";
import { ADAPTERS } from "./registry.ts";

/** Files that somebody wants to be looked at. */
export interface EvidenceRequest {
  /** A file, a directory, a glob, or `-` for standard input. */
  readonly pattern: string;
  /** What the files are, where the user says so. */
  readonly declared?: DeclaredEvidenceName;
  /** The only reader that may take them, where the user says so; the id of an adapter. */
  readonly format?: string;
  /** Names of people of whom one has to have signed the file; missing where nobody has to. */
  readonly signers?: readonly string[];
  /** Where the request was made, for messages: `gate.yaml:12` or `--evidence`. */
  readonly origin: string;
  /** Whether it is an error that there is no such file. */
  readonly required: boolean;
  /** The parser of Conftest for the files, for the format `config-file`; default: the one that their names ask for. */
  readonly parser?: string;
  /** Which files below a folder are meant; default: all. */
  readonly wants?: (path: string) => boolean;
}

/**
 * Reads `path`, `kind=path` or `kind:format=path`, where the part before the first `=` is the name of a kind; a path may
 * hold `=` otherwise.
 *
 * @param origin for messages, such as `--evidence`
 * @throws {GateError} `usage` where the path is empty, or the kind or the format does not exist
 */
export function parseEvidenceFlag(text: string, origin: string): EvidenceRequest {
  const separator = text.indexOf("=");
  const [kind = "", format] = text.slice(0, Math.max(separator, 0)).split(":", 2);
  const base = { origin, required: true };
  if (separator > 0 && isDeclaredEvidenceName(kind)) {
    const pattern = text.slice(separator + 1);
    if (pattern === "") throw new GateError("usage", `${origin} ${text} names no file`);
    return { ...base, pattern, declared: kind, ...(format === undefined ? {} : { format }) };
  }
  if (separator > 0 && !existsSync(text)) throw unknownKind(text, kind, origin);
  if (text === "")
    throw new GateError("usage", `${origin} names no file`, { hint: "Is the variable that you pass empty?" });
  return { ...base, pattern: text };
}

function unknownKind(text: string, kind: string, origin: string): GateError {
  const names = Object.keys(DECLARED_EVIDENCE);
  const suggestion = nearest(kind, names);
  return new GateError("usage", `${origin} ${text}: "${kind}" is no kind of evidence`, {
    hint: suggestion === undefined ? `Kinds: ${names.join(", ")}.` : `Did you mean "${suggestion}"?`,
  });
}

/**
 * The reader that a request names.
 *
 * @throws {GateError} `usage` where there is none, or it reads another kind than the one declared
 */
export function adapterOf({ format, declared, origin }: EvidenceRequest): EvidenceAdapter | undefined {
  if (format === undefined) return undefined;
  const adapter = ADAPTERS.find(({ id }) => id === format);
  if (adapter === undefined) {
    const suggestion = nearest(
      format,
      ADAPTERS.map(({ id }) => id),
    );
    throw new GateError("usage", `there is no format "${format}" (${origin})`, {
      hint: suggestion === undefined ? "`gate evidence formats` lists them." : `Did you mean "${suggestion}"?`,
    });
  }
  if (declared !== undefined && adapter.kind !== "any" && DECLARED_EVIDENCE[declared].kind !== adapter.kind) {
    throw new GateError("usage", `${adapter.title} is ${adapter.kind} evidence, not ${declared} (${origin})`, {
      hint: "Leave out the kind or the format.",
    });
  }
  return adapter;
}

/** Takes `99` or `k6.json=99` apart. */
export interface ExitCodeFlag {
  /** Missing where the code is for every file. */
  readonly path?: string;
  readonly code: number;
}

/**
 * Reads `code` or `path=code`, the code with which a tool ended.
 *
 * @throws {GateError} `usage` where the code is no integer from 0 to 255
 */
export function parseExitCodeFlag(text: string): ExitCodeFlag {
  const separator = text.lastIndexOf("=");
  const digits = text.slice(separator + 1);
  const code = Number(digits);
  if (!/^\d{1,3}$/.test(digits) || code > 255) {
    throw new GateError("usage", `--exit-code ${text}: "${digits}" is no exit code`, {
      hint: "Pass an integer from 0 to 255, or path=code.",
    });
  }
  return separator === -1 ? { code } : { path: text.slice(0, separator), code };
}
