/** What every page says that is made of policies. */
export const GENERATED = "<!-- Written by `gate policy doc`. Change the gate instead. -->";

/** A block of code that ends where it should, whatever is in it. */
export function fenced(language: string, content: string): string {
  const longest = Math.max(2, ...[...content.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${content}${fence}`;
}

/** A code span in a table cell or a paragraph; within one, Markdown has no other escapes. */
export function codeSpan(value: string): string {
  const longest = Math.max(0, ...[...value.matchAll(/`+/g)].map(([run]) => run.length));
  const quote = "`".repeat(longest + 1);
  const padding = longest > 0 ? " " : "";
  return `${quote}${padding}${value.replaceAll(/\s+/g, " ").replaceAll("|", "\\|")}${padding}${quote}`;
}
