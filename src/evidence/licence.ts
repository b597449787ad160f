import parse from "spdx-expression-parse";
import deprecated from "spdx-license-ids/deprecated.json" with { type: "json" };
import current from "spdx-license-ids/index.json" with { type: "json" };
import type { Licence } from "./types.ts";

const CANONICAL = new Map([...deprecated, ...current].map((id) => [id.toLowerCase(), id]));
const OPERATORS = new Set(["AND", "OR", "WITH"]);

/** More choices than this come from no real package; the expression is then treated as one that cannot be read. */
const MAX_ALTERNATIVES = 256;

type Alternatives = readonly (readonly string[])[];

/**
 * A licence as a file states it: an SPDX licence expression (SPDX 2.3, annex D), an identifier, or a name. Identifiers
 * match in any case and get the spelling of the list. `NOASSERTION` and `NONE` are no licences.
 */
export function licenceOf(written: string): Licence {
  const expression = written.trim().replace(/[^\s()]+/g, canonicalToken);
  try {
    return { expression, spdx: true, alternatives: alternativesOf(parse(expression)) };
  } catch {
    return { expression: written, spdx: false, alternatives: [] };
  }
}

function canonicalToken(token: string): string {
  if (OPERATORS.has(token.toUpperCase())) return token.toUpperCase();
  const plus = token.endsWith("+") && !CANONICAL.has(token.toLowerCase()) ? "+" : "";
  const id = token.slice(0, token.length - plus.length);
  return `${CANONICAL.get(id.toLowerCase()) ?? id}${plus}`;
}

/** With its exception, which permits more than the licence alone does: `GPL-2.0-only WITH Classpath-exception-2.0`. */
function identifierOf({ license, plus, exception }: parse.LicenseInfo): string {
  const version = plus === true ? `${license}+` : license;
  return exception === undefined ? version : `${version} WITH ${exception}`;
}

/** The disjunctive normal form: `(A OR B) AND C` leaves the choice between A with C and B with C. */
function alternativesOf(info: parse.Info): Alternatives {
  if ("license" in info) return [[identifierOf(info)]];
  const left = alternativesOf(info.left);
  const right = alternativesOf(info.right);
  const combined =
    info.conjunction === "or" ? [...left, ...right] : left.flatMap((a) => right.map((b) => [...a, ...b]));
  if (combined.length > MAX_ALTERNATIVES) throw new RangeError("too many alternatives");
  return combined;
}
