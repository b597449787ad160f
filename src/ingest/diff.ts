const HUNK = /^@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@/;

/** The lines that the hunks of a unified diff add, in order, from 1. */
export function addedLinesIn(patch: string): readonly number[] {
  const added: number[] = [];
  let next = 0;
  for (const line of patch.split("\n")) {
    const start = HUNK.exec(line)?.[1];
    if (start !== undefined) next = Number(start);
    else if (line.startsWith("+")) added.push(next++);
    else if (!line.startsWith("-") && !line.startsWith("\\")) next++;
  }
  return added;
}
