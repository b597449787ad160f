// The identifiers of the SPDX License List, deprecated ones included, as in spdx-license-ids 3.0.24 (CC0-1.0).
import identifiers from "./spdx-licence-ids.json" with { type: "json" };

const CANONICAL = new Map(identifiers.map((id) => [id.toLowerCase(), id]));
const REFERENCE = /^(?:DocumentRef-[\w.-]+:)?LicenseRef-[\w.-]+$/;

/**
 * An SPDX licence expression (SPDX 2.3, annex D) with its identifiers in the spelling of the list; `undefined` where
 * the text is no expression or names a licence that is not on the list. `NOASSERTION` and `NONE` are no licences.
 */
export function spdxExpressionOf(text: string): string | undefined {
  const tokens = text.match(/[()]|[^\s()]+/g) ?? [];
  const written: string[] = [];
  let open = 0;
  let wanted: "licence" | "operator" | "exception" = "licence";
  for (const token of tokens) {
    if (wanted === "licence" && token === "(") {
      open++;
      written.push(token);
      continue;
    }
    if (wanted === "operator" && token === ")" && open > 0) {
      open--;
      written.push(token);
      continue;
    }
    const next = accept(token, wanted);
    if (next === undefined) return undefined;
    written.push(next);
    if (wanted !== "operator") wanted = "operator";
    else wanted = next === "WITH" ? "exception" : "licence";
  }
  if (open !== 0 || wanted !== "operator") return undefined;
  return written.join(" ").replaceAll("( ", "(").replaceAll(" )", ")");
}

function accept(token: string, wanted: "licence" | "operator" | "exception"): string | undefined {
  if (wanted === "exception") return /^[\w.-]+$/.test(token) ? token : undefined;
  if (wanted === "operator") return /^(?:AND|OR|WITH)$/.test(token.toUpperCase()) ? token.toUpperCase() : undefined;
  if (REFERENCE.test(token)) return token;
  const later = token.endsWith("+");
  const id = CANONICAL.get(token.toLowerCase()) ?? CANONICAL.get(token.slice(0, later ? -1 : undefined).toLowerCase());
  if (id === undefined) return undefined;
  return later && !id.endsWith("+") ? `${id}+` : id;
}
