const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g;

/**
 * The members of a JSON object that are texts, as far as the head of a file shows them; those of objects inside it are
 * not among them. Nothing where the text does not start with an object. Takes time linear in the text.
 */
export function textMembersIn(head: string): ReadonlyMap<string, string> {
  const members = new Map<string, string>();
  if (!head.startsWith("{")) return members;
  let depth = 0;
  let name: string | undefined;
  let before = "";
  for (const [token] of head.matchAll(TOKEN)) {
    if (token === "{" || token === "[") depth++;
    if (token === "}" || token === "]") depth--;
    if (depth === 1 && token === ":") name = before;
    if (depth === 1 && token === ",") name = undefined;
    if (depth !== 1 || !token.startsWith('"')) continue;
    if (name !== undefined) members.set(name, unquoted(token));
    before = unquoted(token);
  }
  return members;
}

function unquoted(token: string): string {
  try {
    return String(JSON.parse(token));
  } catch {
    return token;
  }
}
