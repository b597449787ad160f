import type { ParsedEvidence } from "../../evidence/types.ts";
import { type Detection, type EvidenceAdapter, FormatError, type Head, type ParseContext } from "../adapter.ts";
import { changeEvidence } from "../change.ts";
import type { Content } from "../content.ts";
import { createDiagnostics } from "../diagnostics.ts";
import { headOf } from "../text.ts";
import { readLog } from "./parse.ts";

/** `git log` in a format of fields that end in NUL, which no name and no message can hold. */
export const gitLog = {
  id: "git-log",
  title: "git log with NUL separators",
  kind: "change",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

/** What people make with `git log --format='{"sha":"%H",…}'`: git does not escape what it puts between the quotes. */
const HOME_MADE_JSON = /^\{\s*"(?:sha|hash|commit|id)"\s*:\s*"[0-9a-f]{7,64}"[^\n]*"(?:subject|message|title)"\s*:\s*"/;

function detect({ text }: Head): Detection {
  if (/^[0-9a-f]{40,64}\0[0-9a-f ]*\0[A-Z]\0/.test(text))
    return { confidence: "certain", reason: "it starts with a commit, its parents and a letter for its signature" };
  if (HOME_MADE_JSON.test(text) && !/"(?:html_)?url"\s*:/.test(text))
    return { confidence: "certain", reason: "it has commits in JSON made with git log --format" };
  return { confidence: "no", reason: "it does not start with a commit in fields that end in NUL" };
}

function parse(bytes: Content, { limits }: ParseContext): ParsedEvidence {
  if (HOME_MADE_JSON.test(headOf(bytes, "").text)) {
    const why =
      "JSON made with git log --format is not read: git escapes nothing, so a quote in a subject forges fields";
    throw new FormatError("not-this-format", `${why}; use \`gate\`'s format or separators of NUL`);
  }
  const { commits, whole } = readLog(bytes, limits);
  const warnings = createDiagnostics();
  if (!whole) warnings.add("messages-cut", "the log has the subjects and trailers of messages, and not the rest");
  // A log that ends behind any of its commits looks whole.
  return changeEvidence({ tool: "git", commits, warnings }, limits);
}
