/** A mutation report of the corpus, counted as simply as can be from its text. */
type Count = (text: string) => object;

/** Counts by the word that the report has for a status. */
function summaryOf(words: readonly string[], files: number) {
  const count = (...wanted: readonly string[]) => words.filter((word) => wanted.includes(word)).length;
  const detected = count("Killed", "Timeout", "KILLED", "TIMED_OUT");
  const survived = count("Survived", "SURVIVED");
  const noCoverage = count("NoCoverage", "NO_COVERAGE");
  return {
    total: words.length,
    detected,
    covered: detected + survived,
    valid: detected + survived + noCoverage,
    compileError: count("CompileError", "BuildError", "NON_VIABLE"),
    ignored: count("Ignored", "Skipped"),
    pending: count("Pending", "NOT_STARTED", "STARTED"),
    files,
  };
}

function countStryker(text: string) {
  const files = Object.values<{ mutants: readonly { status: string }[] }>(JSON.parse(text).files);
  return summaryOf(
    files.flatMap(({ mutants }) => mutants.map(({ status }) => status)),
    files.length,
  );
}

function countPit(text: string) {
  const words = [...text.matchAll(/<mutation\s[^>]*status=["']([A-Z_]+)["']/g)].map(([, word = ""]) => word);
  const packages = [...text.matchAll(/<mutatedClass>(?:([\w.]+)\.)?[\w$]+<\/mutatedClass>/g)].map(([, name]) => name);
  const sources = [...text.matchAll(/<sourceFile>([^<]+)<\/sourceFile>/g)].map(([, name]) => name);
  return summaryOf(words, new Set(sources.map((source, index) => `${packages[index]} ${source}`)).size);
}

/** By the id of the adapter. */
export const MUTATION_COUNTS: ReadonlyMap<string, Count> = new Map<string, Count>([
  ["stryker", countStryker],
  ["pit", countPit],
]);
