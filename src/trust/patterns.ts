/**
 * Whether a pattern list (PATTERNS in ssh_config(5)) names somebody: `*` is any text, `?` any character, and a pattern
 * with `!` before it excludes whatever the others say. Letter case makes no difference.
 *
 * @param names all of one person, or of one thing
 */
export function matchesPatterns(names: readonly string[], patterns: readonly string[]): boolean {
  const matches = (pattern: string): boolean => names.some((name) => matchesGlob(name, pattern));
  const excluded = patterns.some((pattern) => pattern.startsWith("!") && matches(pattern.slice(1)));
  return !excluded && patterns.some((pattern) => !pattern.startsWith("!") && matches(pattern));
}

/** Takes no more than the product of both lengths, where a regular expression could take for ever. */
function matchesGlob(name: string, pattern: string): boolean {
  const text = name.toLowerCase();
  const glob = pattern.toLowerCase();
  let star = -1;
  let resume = 0;
  let at = 0;
  let index = 0;
  while (index < text.length) {
    if (glob[at] === "*") {
      star = at++;
      resume = index;
    } else if (at < glob.length && (glob[at] === "?" || glob[at] === text[index])) {
      at++;
      index++;
    } else if (star >= 0) {
      at = star + 1;
      index = ++resume;
    } else return false;
  }
  return /^\**$/.test(glob.slice(at));
}
