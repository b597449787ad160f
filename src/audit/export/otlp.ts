import { asciiJson } from "./ascii-json.ts";
import type { ExportedEntry } from "./entries.ts";
import { type EntryFacts, factsOf } from "./facts.ts";
import type { ExportSource } from "./source.ts";

/** Records of one line: small enough for the 4 MiB that collectors take by default, whatever the entries. */
const MAX_RECORDS = 64;
const MAX_LINE_CHARACTERS = 2 * 1024 * 1024;

/** OpenTelemetry severity numbers (logs data model, SeverityNumber). */
const INFO = 9;
const WARN = 13;

/**
 * Log records of OpenTelemetry in OTLP/JSON: each line is a `LogsData`, as its file exporter writes and its file receiver
 * reads, and as can be posted to `/v1/logs`. The body of a record is the exact body of the entry.
 */
export async function* otlp({ head, entries }: ExportSource): AsyncIterable<string> {
  let records: object[] = [];
  let characters = 0;
  for await (const exported of entries) {
    records.push(recordOf(exported));
    characters += exported.text.length;
    if (records.length < MAX_RECORDS && characters < MAX_LINE_CHARACTERS) continue;
    yield logsData(head.origin, records);
    records = [];
    characters = 0;
  }
  if (records.length > 0) yield logsData(head.origin, records);
}

function logsData(origin: string, logRecords: readonly object[]): string {
  const resource = { attributes: [attribute("service.name", "gate"), attribute("gate.log.origin", origin)] };
  return `${asciiJson({ resourceLogs: [{ resource, scopeLogs: [{ scope: { name: "gate.audit" }, logRecords }] }] })}\n`;
}

function recordOf({ entry, body, text }: ExportedEntry): object {
  const facts = factsOf(body);
  const time = `${Date.parse(body.time)}000000`;
  const severity = severityOf(facts);
  return {
    timeUnixNano: time,
    observedTimeUnixNano: time,
    severityNumber: severity,
    severityText: severity === WARN ? "WARN" : "INFO",
    eventName: `gate.${body.kind}`,
    body: { stringValue: text },
    attributes: [
      attribute("gate.log.origin", body.log),
      // A 64-bit number is text in the JSON of protocol buffers.
      { key: "gate.log.index", value: { intValue: String(entry.index) } },
      attribute("gate.log.leaf_hash", entry.leafHash),
      attribute("gate.entry.id", body.id),
      attribute("gate.entry.kind", body.kind),
      ...(["outcome", "environment", "repository", "commit", "integrity", "policy", "obligation"] as const).flatMap(
        (name) => optional(`gate.${name}`, facts[name]),
      ),
    ],
  };
}

function severityOf({ outcome }: EntryFacts): number {
  return outcome === undefined || outcome === "allow" || outcome === "justified" ? INFO : WARN;
}

function attribute(key: string, value: string): object {
  return { key, value: { stringValue: value } };
}

function optional(key: string, value: string | undefined): readonly object[] {
  return value === undefined ? [] : [attribute(key, value)];
}
