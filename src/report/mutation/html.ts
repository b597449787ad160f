import { count } from "../../output/summary.ts";
import { MUTANT_STATUSES, type MutantResult, type MutantStatus } from "../../policy/mutation/run.ts";
import { contentSecurityPolicy, html, type Insertion, type Markup, textOf, trusted } from "../render/template.ts";
import { diffOf, isUndetected, type MutantCounts, type MutatedFile, type MutationReport } from "./model.ts";
import { STYLE } from "./style.ts";

/**
 * The report as one HTML file, without a script and without anything from elsewhere: the scores, and the source of each
 * file with its mutants below the lines that they change.
 */
export function renderHtml(report: MutationReport): string {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy(STYLE)}">
<meta name="referrer" content="no-referrer">
<title>Mutation report</title>
<style>${trusted(STYLE)}</style>
</head>
<body>
<header>
<h1>Mutation report</h1>
<p>${scoreText(report.score)} of the mutants were noticed by a test. Made by gate ${report.version}.</p>
</header>
<main>
<h2 id="files">Files</h2>
${scores(report)}
${report.files.map(fileSection)}
</main>
</body>
</html>
`;
  return textOf(page);
}

const WORDS = {
  Killed: "Killed",
  Timeout: "Timed out",
  Survived: "Survived",
  NoCoverage: "No coverage",
  Ignored: "Ignored",
  CompileError: "Not compiled",
  RuntimeError: "Not tested",
} as const satisfies Record<MutantStatus, string>;

function scoreText(score: number | undefined): string {
  return score === undefined ? "n/a" : `${score.toFixed(2)} %`;
}

function scores({ files, counts, score }: MutationReport): Markup {
  return html`<div class="scroll"><table><caption>Mutants by file</caption>
<thead><tr><th scope="col">File</th><th scope="col" class="number">Score</th>${MUTANT_STATUSES.map((status) => html`<th scope="col" class="number">${WORDS[status]}</th>`)}</tr></thead>
<tbody>${files.map((file, index) => scoreRow(html`<a href="#${anchorOf(index)}">${file.path}</a>`, file.score, file.counts))}</tbody>
<tfoot>${scoreRow("All files", score, counts)}</tfoot></table></div>`;
}

function scoreRow(name: Insertion, score: number | undefined, counts: MutantCounts): Markup {
  return html`<tr><th scope="row">${name}</th><td class="number">${scoreText(score)}</td>${MUTANT_STATUSES.map((status) => html`<td class="number">${counts[status]}</td>`)}</tr>
`;
}

/** Not the path: an id must not have a space. */
function anchorOf(index: number): string {
  return `file-${index + 1}`;
}

function fileSection(file: MutatedFile, index: number): Markup {
  const byRow = Map.groupBy(file.results, ({ mutant }) => mutant.start.row);
  const lines = file.source.replace(/\n$/, "").split("\n");
  return html`<section><h2 id="${anchorOf(index)}">${file.path} <small>${scoreText(file.score)}</small></h2>
<div class="scroll source">${lines.map((line, at) => sourceLine(file, line, at + 1, byRow.get(at + 1) ?? []))}</div>
</section>
`;
}

function sourceLine(file: MutatedFile, line: string, row: number, results: readonly MutantResult[]): Markup {
  const undetected = results.filter(isUndetected);
  const state = undetected.length > 0 ? "undetected" : results.length > 0 ? "detected" : "";
  return html`<div class="line ${state}"><span class="row">${row}</span><code>${marked(line, row, file.results)}</code></div>
${results.length === 0 ? undefined : mutantList(file, results, undetected.length)}`;
}

/** A line in which is marked what the mutants that nothing noticed change. */
function marked(line: string, row: number, results: readonly MutantResult[]): readonly Markup[] {
  const edges = new Set([0, line.length]);
  const ranges: (readonly [from: number, to: number])[] = [];
  for (const { mutant } of results.filter(isUndetected)) {
    if (mutant.start.row > row || mutant.end.row < row) continue;
    const from = mutant.start.row === row ? mutant.start.col - 1 : 0;
    const to = mutant.end.row === row ? mutant.end.col - 1 : line.length;
    ranges.push([from, to]);
    edges.add(from).add(to);
  }
  const places = [...edges].toSorted((a, b) => a - b);
  return places.slice(1).map((to, index) => {
    const from = places[index] ?? 0;
    const piece = line.slice(from, to);
    return ranges.some((range) => range[0] <= from && to <= range[1]) ? html`<mark>${piece}</mark>` : html`${piece}`;
  });
}

function mutantList(file: MutatedFile, results: readonly MutantResult[], undetected: number): Markup {
  const summary = undetected > 0 ? `${undetected} of ${results.length} not noticed` : count(results.length, "mutant");
  return html`<details${undetected > 0 ? trusted(" open") : undefined}><summary>${summary}</summary>
<ul>${results.map((result) => mutantItem(file, result))}</ul></details>
`;
}

function mutantItem({ source }: MutatedFile, { mutant, status, killedBy, reason }: MutantResult): Markup {
  const { before, after } = diffOf(source, mutant);
  const why = killedBy === undefined ? reason : `by ${killedBy.name}`;
  return html`<li class="${status}"><strong>${WORDS[status]}</strong> ${mutant.mutator}: ${mutant.description}${why === undefined ? undefined : html` <span class="why">(${why})</span>`}
<pre>${before.map(
    (line) => html`<del>- ${line}</del>
`,
  )}${after.map(
    (line) => html`<ins>+ ${line}</ins>
`,
  )}</pre></li>
`;
}
