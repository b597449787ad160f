import { isAbsolute } from "node:path";
import type { EvidencePattern } from "../config/types.ts";
import type { GateInputs } from "../decision/gate-result.ts";
import { DECLARED_EVIDENCE } from "../evidence/declared.ts";
import { type EvidenceRequest, parseEvidenceFlag } from "../ingest/index.ts";
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
      if (here === "" || pattern === "-" || isAbsolute(pattern)) return request;
      return { ...request, pattern: `${here.replaceAll("\\", "/")}/${pattern}` };
    });
  return [...configured, ...given];
}

/** What was looked for and not found, as a decision says it. */
export function inWords(unmatched: readonly EvidenceRequest[]): GateInputs["unmatched"] {
  return unmatched.map(({ pattern, origin, declared }) => ({
    need: declared === undefined ? undefined : DECLARED_EVIDENCE[declared].kind,
    description: `${pattern} (${origin}) matches nothing`,
  }));
}
