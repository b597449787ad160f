import type { DiagnosticReport } from "../../policy/diagnostics.ts";
import { formatGithub } from "./github.ts";
import { formatHuman } from "./human.ts";
import { formatJson } from "./json.ts";
import { formatJunit } from "./junit.ts";
import { formatSarif } from "./sarif.ts";

/** The outputs of what was found in sources, by name. */
export const DIAGNOSTIC_OUTPUTS = {
  human: formatHuman,
  json: formatJson,
  github: formatGithub,
  sarif: formatSarif,
  junit: formatJunit,
} as const satisfies Readonly<Record<string, DiagnosticFormat>>;

export type DiagnosticOutput = keyof typeof DIAGNOSTIC_OUTPUTS;

/** Writes a report; `version` is that of gate. */
export type DiagnosticFormat = (report: DiagnosticReport, version: string) => string;
