import type { ParsedEvidence } from "../../evidence/types.ts";
import type { Detection, EvidenceAdapter, Head, ParseContext } from "../adapter.ts";
import { changeEvidence } from "../change.ts";
import type { Content } from "../content.ts";
import { createDiagnostics } from "../diagnostics.ts";
import { readLog } from "./parse.ts";

/** `git log --show-signature` as people read it, where somebody has nothing else. */
export const gitLogSignatures = {
  id: "git-log-signatures",
  title: "git log --show-signature",
  kind: "change",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text }: Head): Detection {
  if (/^commit [0-9a-f]{7,64}(?![0-9a-f])[^\n]*\n(?:[^\n]+\n)*?Author: /.test(text))
    return { confidence: "certain", reason: "it starts with a commit and its author, as git log prints them" };
  return { confidence: "no", reason: "it does not start with a commit as git log prints it" };
}

function parse(bytes: Content, { limits }: ParseContext): ParsedEvidence {
  const { commits, signaturesShown } = readLog(bytes, limits);
  const warnings = createDiagnostics();
  if (!signaturesShown) {
    const why = "a log without --show-signature looks the same, so nothing is known of signatures";
    warnings.add("no-signatures", `no commit shows a signature; ${why}`);
  }
  // A log that ends behind any line of a message looks whole.
  return changeEvidence({ tool: "git", commits, warnings }, limits);
}
