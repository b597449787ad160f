import { existsSync, readdirSync, readFileSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { assessEvidence, bySubjectAlone, evidenceRecord } from "../../src/decision/evidence.ts";
import { GateError } from "../../src/util/errors.ts";
import { read } from "./support.ts";

/** Reports from the wild, which are not part of this repository. */
const CORPUS = fileURLToPath(new URL("../../../shared/corpus/evidence/", import.meta.url));

/**
 * What every file of the corpus comes to, a line each, so that a change of any of them is seen. That the counts are right is
 * shown in corpus.test.ts, by a second reader. After a change that is meant: `npx vitest run test/ingest/golden.test.ts -u`.
 */
it.skipIf(!existsSync(CORPUS))("reads the corpus as it did", async () => {
  const entries = readdirSync(CORPUS, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && entry.name !== "MANIFEST.tsv")
    .map((entry) => `${entry.parentPath}/${entry.name}`.replaceAll("//", "/"));
  const lines = paths.toSorted().map((path) => `${relative(CORPUS, path)}: ${summaryOf(path)}\n`);
  await expect(lines.join("")).toMatchFileSnapshot("golden/corpus.txt");
});

function summaryOf(path: string): string {
  try {
    const document = read(readFileSync(path), path);
    const { kind, format, toolStatus, counts } = evidenceRecord(
      assessEvidence(document, bySubjectAlone({ artifacts: [], source: "none" })),
    );
    const reasons = [...new Set(document.statusReasons.map(({ code }) => code))].join(", ");
    const figures = Object.entries(counts).map(([name, count]) => `${name} ${count}`);
    const doubts = document.quality.inconsistencies.length;
    return [
      `${kind} (${format})`,
      `${toolStatus}${reasons === "" ? "" : ` (${reasons})`}`,
      ...figures,
      ...(doubts === 0 ? [] : [`inconsistencies ${doubts}`]),
    ].join(", ");
  } catch (error) {
    if (error instanceof GateError && error.code === "evidence-unrecognised") return "not recognised";
    throw error;
  }
}
