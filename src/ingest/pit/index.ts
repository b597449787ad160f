import type { ParsedEvidence } from "../../evidence/types.ts";
import type { Detection, EvidenceAdapter, Head, ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { mutationEvidence } from "../mutation.ts";
import { xmlRootOf } from "../xml-root.ts";
import { readReport } from "./parse.ts";

/** The `mutations.xml` of PIT (pitest): Maven, Gradle, Ant. */
export const pit = {
  id: "pit",
  title: "PIT mutations XML",
  kind: "mutation",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text }: Head): Detection {
  const root = xmlRootOf(text);
  if (root === undefined) return { confidence: "no", reason: "it does not start with an XML element" };
  if (root.name !== "mutations") return { confidence: "no", reason: "its root element is not mutations" };
  return { confidence: "certain", reason: "its root element is mutations" };
}

function parse(bytes: Content, context: ParseContext): ParsedEvidence {
  return mutationEvidence(readReport(bytes, context), context);
}
