import { escapeSyslogText, escapeSyslogValue } from "../../output/escape.ts";
import type { ExportedEntry } from "./entries.ts";
import { factsOf, titleOf } from "./facts.ts";
import type { ExportSource } from "./source.ts";

/** Facility 13, "log audit" (RFC 5424 section 6.2.1). */
const FACILITY = 13;
const NOTICE = 5;
const WARNING = 4;

/**
 * The name of the structured data. A private name has to end in an enterprise number; 32473 is the one that RFC 5612 gives to
 * whoever has none.
 */
const STRUCTURED_DATA = "gate@32473";

/** Characters of a value: a receiver need not take messages of more than 2,048 bytes. */
const MAX_VALUE = 255;
const MAX_MESSAGE = 480;

/**
 * Messages of RFC 5424, one a line. They hold what identifies an entry and what it says in short; the rest is in the log.
 * The host that they come from is left open, for an entry does not say on which machine it was made.
 */
export async function* syslog({ entries }: ExportSource): AsyncIterable<string> {
  for await (const exported of entries) yield `${messageOf(exported)}\n`;
}

function messageOf(exported: ExportedEntry): string {
  const { entry, body } = exported;
  const facts = factsOf(body);
  const isFine = facts.outcome === undefined || facts.outcome === "allow" || facts.outcome === "justified";
  const parameters = {
    origin: body.log,
    index: String(entry.index),
    leafHash: entry.leafHash,
    id: body.id,
    outcome: facts.outcome,
    environment: facts.environment,
    repository: facts.repository,
    commit: facts.commit,
    integrity: facts.integrity,
    obligation: facts.obligation,
  };
  const data = Object.entries(parameters)
    .flatMap(([name, value]) => (value === undefined ? [] : [` ${name}="${escapeSyslogValue(cut(value, MAX_VALUE))}"`]))
    .join("");
  const header = `<${FACILITY * 8 + (isFine ? NOTICE : WARNING)}>1 ${body.time} - gate - ${body.kind}`;
  // The mark says that the text is UTF-8 (section 6.4).
  return `${header} [${STRUCTURED_DATA}${data}] \uFEFF${cut(escapeSyslogText(titleOf(exported)), MAX_MESSAGE)}`;
}

/** Never through the middle of a character. */
function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1).toWellFormed()}\u2026`;
}
