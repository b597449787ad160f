import { expect, it } from "vitest";
import { detectFormat } from "../../src/ingest/index.ts";

/** Detection sees hostile text first of all; what is slow for one of these is exponential in its length. */
it.each([
  ["processing instructions and spaces", `<?x?>${" ".repeat(8_000)}`],
  ["spaces", " ".repeat(8_000)],
  ["open comments", "<!--".repeat(2_000)],
  ["a DOCTYPE that does not end", `<!DOCTYPE x [${"[".repeat(7_000)}`],
  ["quotes in a root that does not end", `<a ${`"'`.repeat(3_500)}`],
  ["braces", "{".repeat(8_000)],
  ["quotes and backslashes", `{"${'\\"'.repeat(4_000)}`],
  ["commas", `[${",".repeat(8_000)}`],
  ["lines", "a\n".repeat(4_000)],
])("refuses %s in time that grows with the length only", (_, text) => {
  const started = process.cpuUsage();
  expect(detectFormat(Buffer.from(text), "report").found).toBeUndefined();
  // Not a benchmark: a pattern that backtracks would take longer than the age of this planet.
  expect(process.cpuUsage(started).user).toBeLessThan(10_000_000);
});
