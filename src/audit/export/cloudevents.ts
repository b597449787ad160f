import { asciiJson } from "./ascii-json.ts";
import type { ExportedEntry } from "./entries.ts";
import { factsOf } from "./facts.ts";
import type { ExportSource } from "./source.ts";

/** Digits of an index, so that events sort as text in the order of the log. */
const INDEX_DIGITS = 16;

/**
 * An event for each entry (CloudEvents 1.0, structured mode, one JSON object a line). The type is that of the media types
 * of gate; `sequence` is the extension of that name.
 */
export async function* cloudevents({ entries }: ExportSource): AsyncIterable<string> {
  for await (const exported of entries) yield `${asciiJson(eventOf(exported))}\n`;
}

function eventOf({ entry, body, text }: ExportedEntry): object {
  const { index, leafHash } = entry;
  const { repository, commit } = factsOf(body);
  return {
    specversion: "1.0",
    id: body.id,
    source: `/${uriPath(body.log)}`,
    type: `gate.${body.kind}.v1`,
    time: body.time,
    ...(repository === undefined && commit === undefined
      ? {}
      : { subject: [repository, commit].filter((part) => part !== undefined).join("@") }),
    sequence: String(index).padStart(INDEX_DIGITS, "0"),
    datacontenttype: "application/json",
    data: { log: body.log, index, leafHash, content: body.content, body: text },
  };
}

/** A name of a log as the path of a URI reference; `:` and `/` may stay, whatever a reference cannot hold may not. */
function uriPath(origin: string): string {
  return encodeURI(origin).replace(/[[\]?#]/g, encodeURIComponent);
}
