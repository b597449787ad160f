/**
 * The fragments by which GitHub lets headings be named: lower case, without punctuation, `-` for each space, and a number
 * behind the second one of a name (https://github.com/gjtorikian/html-pipeline, as github-slugger has it).
 *
 * @param titles of all headings of a file, in their order
 */
export function slugsOf(titles: readonly string[]): readonly string[] {
  const given = new Map<string, number>();
  return titles.map((title) => {
    const plain = slugOf(title);
    let slug = plain;
    while (given.has(slug)) {
      const count = (given.get(plain) ?? 0) + 1;
      given.set(plain, count);
      slug = `${plain}-${count}`;
    }
    given.set(slug, 0);
    return slug;
  });
}

function slugOf(title: string): string {
  return title
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, "")
    .replaceAll(" ", "-");
}
