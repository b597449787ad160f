import type { ParsedEvidence } from "../../evidence/types.ts";
import type { Detection, EvidenceAdapter, Head, ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { textMembersIn } from "../json-head.ts";
import { prepareYaml } from "../yaml.ts";
import { readStatement } from "./parse.ts";

/** What a person attests, in gate's own format: a review, an assessment, a penetration test. */
export const gateStatement = {
  id: "gate-statement",
  title: "gate statement",
  kind: "statement",
  detect,
  prepare: prepareYaml,
  parse,
} as const satisfies EvidenceAdapter;

/** A member at the top of a YAML document. */
const IN_YAML = /^(?:"schema"|'schema'|schema)\s*:\s+(["']?)gate\/statement\/v\d+\1\s*(?:#.*)?$/m;

function detect({ text }: Head): Detection {
  const schema = textMembersIn(text).get("schema") ?? "";
  if (/^gate\/statement\/v\d+$/.test(schema) || (!text.startsWith("{") && IN_YAML.test(text))) {
    return { confidence: "certain", reason: "its schema is gate/statement" };
  }
  return { confidence: "no", reason: "its schema is not gate/statement" };
}

function parse(bytes: Content, context: ParseContext): ParsedEvidence {
  return readStatement(bytes, context);
}
