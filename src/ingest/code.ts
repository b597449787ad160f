const NUMBERED = /^(\d+)(?::[ \t]|[ \t]|:?$)/;

/**
 * The code that a finding is about, for knowing it again: without the lines around it, line numbers and differences of
 * white space. It is to be hashed, not kept.
 *
 * @param excerpt as Bandit (`12 code`) and gosec (`12: code`) write it; one without line numbers is taken whole
 * @param line from 1
 * @param endLine from 1; default: `line`
 * @returns `undefined` where there is no code
 */
export function flaggedCode(excerpt: string | undefined, line = 0, endLine = line): string | undefined {
  if (excerpt === undefined) return undefined;
  const lines = excerpt.split("\n");
  const flagged = lines.filter((text) => {
    const number = Number(NUMBERED.exec(text)?.[1]);
    return number >= line && number <= endLine;
  });
  const code = flagged.length === 0 ? lines : flagged.map((text) => text.replace(NUMBERED, ""));
  const text = code.join("\n").replaceAll(/\s+/g, " ").trim();
  return text === "" ? undefined : text;
}
