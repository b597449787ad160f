import type { Counter, ParsedEvidence } from "../../evidence/types.ts";
import { countLines, joinRanges, textOfRanges, withoutRanges } from "../../util/line-ranges.ts";
import type { Detection, EvidenceAdapter, Head, ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { coverageEvidence, type MeasuredFile } from "../coverage.ts";
import { createDiagnostics } from "../diagnostics.ts";
import type { MeasuredLines } from "../line-marks.ts";
import { pathInCheckout } from "../paths.ts";
import { type Block, readProfile } from "./parse.ts";

/** The profile of `go test -coverprofile` and `go tool covdata textfmt`. */
export const goCover = {
  id: "go-cover",
  title: "Go coverage profile",
  kind: "coverage",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text }: Head): Detection {
  if (/^mode: (?:set|count|atomic)\s*(?:\n|$)/.test(text))
    return { confidence: "certain", reason: "it starts with a mode of cover" };
  if (/^mode: \w+\s*(?:\n.+:\d+\.\d+,\d+\.\d+ |$)/.test(text))
    return { confidence: "likely", reason: "it starts with a mode" };
  return { confidence: "no", reason: "it does not start with a mode" };
}

/**
 * The figure of `go test -cover` counts statements, so it is in `statements`. Lines are those that blocks with
 * statements span, as coverage services count them.
 */
function parse(bytes: Content, { declared, limits, root }: ParseContext): ParsedEvidence {
  const warnings = createDiagnostics();
  const { mode, files } = readProfile(bytes, limits, warnings);
  const measured = [...files].map(([path, blocks]): MeasuredFile => {
    return { path: pathInCheckout(path, root), ...linesOf(blocks), statements: statementsOf(blocks) };
  });
  return coverageEvidence(
    { provider: "go-cover", files: measured, formatVersion: mode, warnings: warnings.list(), inconsistencies: [] },
    declared,
    limits,
  );
}

function statementsOf(blocks: readonly Block[]): Counter {
  let covered = 0;
  let total = 0;
  for (const { statements, hit } of blocks) {
    total += statements;
    if (hit) covered += statements;
  }
  return { covered, total };
}

/** Never line by line, for a block may claim any number of them. */
function linesOf(blocks: readonly Block[]): MeasuredLines {
  const real = blocks.filter(({ statements }) => statements > 0).toSorted((a, b) => a.start - b.start);
  const all = joinRanges(real);
  const covered = joinRanges(real.filter(({ hit }) => hit));
  return {
    lines: { covered: countLines(covered), total: countLines(all) },
    covered: textOfRanges(covered),
    missed: textOfRanges(withoutRanges(all, covered)),
  };
}
