/** Counts of lines and branches, as simply as can be, from the text of reports that are known to be well formed. */
export const NAIVE_COVERAGE: Readonly<Record<string, (text: string) => object>> = {
  cobertura: countCobertura,
  jacoco: countJacoco,
  "go-cover": countGoCover,
  "istanbul-final": countIstanbulFinal,
  "coverage-py": countCoveragePy,
  clover: countClover,
};

/** Marks by name; what was run once stays so. */
function countMarks(marks: readonly (readonly [key: string, hit: boolean])[]) {
  const hits = new Set(marks.filter(([, hit]) => hit).map(([key]) => key));
  return { covered: hits.size, total: new Set(marks.map(([key]) => key)).size };
}

function attribute(tag: string, name: string): string {
  return new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1] ?? "";
}

function tags(text: string, name: string): readonly string[] {
  return text.match(new RegExp(`<${name}\\s[^>]*>`, "g")) ?? [];
}

function countCobertura(text: string) {
  const classes = text
    .replaceAll(/<methods>[\s\S]*?<\/methods>/g, "")
    .split(/<class\s/)
    .slice(1);
  const lines = classes.flatMap((one) => {
    const file = attribute(` ${one}`, "filename");
    return tags(one, "line").map((tag) => [`${file} ${attribute(tag, "number")}`, tag] as const);
  });
  return { lines: countMarks(lines.map(([key, tag]) => [key, attribute(tag, "hits") !== "0"])) };
}

function countJacoco(text: string) {
  const lines = tags(text, "line").filter((tag) => attribute(tag, "nr") !== "");
  const sum = (name: string) => lines.reduce((total, tag) => total + Number(attribute(tag, name)), 0);
  const branches = { covered: sum("cb"), total: sum("cb") + sum("mb") };
  return {
    lines: { covered: lines.filter((tag) => attribute(tag, "ci") !== "0").length, total: lines.length },
    ...(branches.total === 0 ? {} : { branches }),
  };
}

function countGoCover(text: string) {
  const blocks = text.split(/\r?\n/).flatMap((row) => {
    const match = /^(.+):(\d+)\.(\d+),(\d+)\.(\d+) (\d+) (\d+)$/.exec(row);
    return match === null ? [] : [match.slice(1)];
  });
  const statements = blocks.flatMap(([path, a, b, c, d, count, hits]) => {
    return Array.from({ length: Number(count) }, (_, n) => [[path, a, b, c, d, n].join(), hits !== "0"] as const);
  });
  const lines = blocks.flatMap(([path, start, , end, , count, hits]) => {
    const length = count === "0" ? 0 : Number(end) - Number(start) + 1;
    return Array.from({ length }, (_, n) => [`${path} ${Number(start) + n}`, hits !== "0"] as const);
  });
  return { statements: countMarks(statements), lines: countMarks(lines) };
}

function countIstanbulFinal(text: string) {
  const files = Object.entries<{ statementMap: object; s: Record<string, number>; b: Record<string, number[]> }>(
    JSON.parse(text),
  );
  const lines = files.flatMap(([path, { statementMap, s }]) => {
    return Object.entries(statementMap).map(([id, { start }]) => [`${path} ${start.line}`, (s[id] ?? 0) > 0] as const);
  });
  const arms = files.flatMap(([, { b }]) => Object.values(b).flat());
  return {
    lines: countMarks(lines),
    branches: { covered: arms.filter((count) => count > 0).length, total: arms.length },
  };
}

function countCoveragePy(text: string) {
  const { totals } = JSON.parse(text);
  return {
    lines: { covered: totals.covered_lines, total: totals.num_statements },
    ...(totals.num_branches === undefined
      ? {}
      : { branches: { covered: totals.covered_branches, total: totals.num_branches } }),
  };
}

function countClover(text: string) {
  const files = text
    .replaceAll(/<testproject[\s\S]*?<\/testproject>/g, "")
    .split(/<file\s/)
    .slice(1);
  const lines = files.flatMap((file, index) => {
    const found = tags(file, "line").filter((tag) => attribute(tag, "type") !== "method");
    return found.map((tag) => {
      const count = attribute(tag, "count") || attribute(tag, "truecount") + attribute(tag, "falsecount");
      return [`${index} ${attribute(tag, "num")}`, Number(count) > 0] as const;
    });
  });
  return { lines: countMarks(lines) };
}
