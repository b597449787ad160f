import { mutatedFiles, mutationSummary } from "../../evidence/summary.ts";
import type { MutationEvidence } from "../../evidence/types.ts";
import { changedItems, type DocumentEdits, type UnitEdit } from "./edits.ts";

/** Each mutant that no test noticed can be killed by one. */
export function mutantEdits(document: MutationEvidence): DocumentEdits {
  const { mutants, files } = document.body;
  const units = mutants.flatMap(({ status, file, line, mutator }, item): readonly UnitEdit[] => {
    if (status !== "survived" && status !== "no-coverage") return [];
    const location = { path: file, ...(line === undefined ? {} : { line }) };
    return [{ item, ways: [{ action: "kill-mutant", evidence: document.source.path, name: mutator, location }] }];
  });
  return {
    units,
    counts: [],
    apply(ways) {
      const killed = changedItems(units, ways);
      const left = mutants.map((mutant, item) =>
        killed.has(item) ? { ...mutant, status: "killed" as const } : mutant,
      );
      const paths = files.map(({ path }) => path);
      const counted = mutatedFiles(paths, left);
      return {
        ...document,
        summary: mutationSummary(left, document.summary.files),
        body: { mutants: left, files: counted },
      };
    },
  };
}
