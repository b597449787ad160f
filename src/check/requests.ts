import { isAbsolute } from "node:path";
import type { EvidencePattern } from "../config/types.ts";
import type { GateInputs } from "../decision/gate-result.ts";
import { DECLARED_EVIDENCE } from "../evidence/declared.ts";
import { type EvidenceRequest, isConfigFile, parseEvidenceFlag } from "../ingest/index.ts";
import type { CheckOptions } from "./options.ts";

/**
 * The evidence that a check looks for: the configuration's, and that of the command line.
 *
 * @param patterns the configuration's
 * @param here the working directory, relative to the folder from which the configuration's patterns start
 */
export function evidenceRequests(
  options: CheckOptions,
  patterns: readonly EvidencePattern[],
  here: string,
): readonly EvidenceRequest[] {
  const configured = patterns.map(({ path, kind, format, signers, source }) => ({
    pattern: path,
    origin: source,
    required: false,
    ...(kind === undefined ? {} : { declared: kind }),
    ...(format === undefined ? {} : { format }),
    ...(signers === undefined ? {} : { signers }),
  }));
  const given = options.evidence
    .map((text) => parseEvidenceFlag(text, "--evidence"))
    .map((request) => {
      const { pattern } = request;
      return pattern === "-" ? request : { ...request, pattern: fromHere(pattern, here) };
    });
  return [...configured, ...given, ...conftestRequests(options, here)];
}

/** The documents for policies of Conftest; of a folder those that Conftest would read. */
function conftestRequests({ conftest }: CheckOptions, here: string): readonly EvidenceRequest[] {
  return (conftest?.files ?? []).map((path) => ({
    pattern: path === "-" ? path : fromHere(path, here),
    declared: "document",
    format: "config-file",
    origin: "argument",
    required: true,
    // As in Conftest, the parser that is named is for what would be found without it.
    wants: isConfigFile,
    ...(conftest?.parser === undefined ? {} : { parser: conftest.parser }),
  }));
}

/** A path of the command line, relative to the folder from which the configuration's start. */
export function fromHere(path: string, here: string): string {
  return here === "" || isAbsolute(path) ? path : `${here.replaceAll("\\", "/")}/${path}`;
}

/** What was looked for and not found, as a decision says it. */
export function inWords(unmatched: readonly EvidenceRequest[]): GateInputs["unmatched"] {
  return unmatched.map(({ pattern, origin, declared }) => ({
    need: declared === undefined ? undefined : DECLARED_EVIDENCE[declared].kind,
    description: `${pattern} (${origin}) matches nothing`,
  }));
}
