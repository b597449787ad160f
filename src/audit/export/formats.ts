import type { EntryKind } from "../store.ts";
import type { ExportSource } from "./source.ts";

/** A format of lines. */
export interface LineFormat {
  /** For the help text. */
  readonly description: string;
  /** The kinds of entries that it has a form for; all where it is missing. */
  readonly kinds?: readonly EntryKind[];
  /** Each with its line break. */
  readonly lines: (source: ExportSource) => Promise<AsyncIterable<string>>;
}

/** All formats that are a stream of lines, each loaded when it is asked for; tiles are a folder (`tiles.ts`). */
export const LINE_FORMATS = {
  ndjson: {
    description: "JSON lines with exact bytes and proofs",
    lines: async (source) => (await import("./ndjson.ts")).ndjson(source),
  },
  ocsf: {
    description: "OCSF compliance findings",
    kinds: ["decision", "obligation", "review"],
    lines: async (source) => (await import("./ocsf.ts")).ocsf(source),
  },
  cloudevents: {
    description: "CloudEvents",
    lines: async (source) => (await import("./cloudevents.ts")).cloudevents(source),
  },
  otlp: {
    description: "OpenTelemetry log records",
    lines: async (source) => (await import("./otlp.ts")).otlp(source),
  },
  syslog: {
    description: "RFC 5424 messages",
    lines: async (source) => (await import("./syslog.ts")).syslog(source),
  },
} as const satisfies Readonly<Record<string, LineFormat>>;

export type LineFormatName = keyof typeof LINE_FORMATS;
