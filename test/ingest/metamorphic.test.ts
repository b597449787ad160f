import { describe, expect, it } from "vitest";
import { FIXTURE_NAMES, fixture, read, readAs } from "./support.ts";

function utf16(text: string, bigEndian: boolean): Buffer {
  const bytes = Buffer.from(`\ufeff${text}`, "utf16le");
  return bigEndian ? bytes.swap16() : bytes;
}

/** The same JSON value with the members of every object in the opposite order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([name, member]) => [name, reversed(member)] as const);
  return Object.fromEntries(entries.toReversed());
}

const VARIANTS = {
  "a byte order mark": (text: string) => Buffer.from(`\ufeff${text}`),
  "CRLF line ends": (text: string) => Buffer.from(text.replaceAll("\n", "\r\n")),
  "UTF-16LE": (text: string) => utf16(text, false),
  "UTF-16BE": (text: string) => utf16(text, true),
  "white space at the end": (text: string) => Buffer.from(`${text}\n\n  \n`),
} as const;

describe.each(FIXTURE_NAMES)("%s means the same", (name) => {
  const bytes = fixture(name);
  const plain = read(bytes, name);

  it.each(Object.entries(VARIANTS))("with %s", (_, vary) => {
    const { kind, status, summary, body } = read(vary(bytes.toString("utf8")), name);
    expect({ kind, status, summary, body }).toEqual({
      kind: plain.kind,
      status: plain.status,
      summary: plain.summary,
      body: plain.body,
    });
  });

  it.skipIf(!bytes.toString("utf8").startsWith("{") || name.endsWith(".ndjson"))(
    "with its members in another order",
    () => {
      const text = JSON.stringify(reversed(JSON.parse(bytes.toString("utf8"))));
      const { kind, status, summary } = read(text, name);
      expect({ kind, status, summary }).toEqual({ kind: plain.kind, status: plain.status, summary: plain.summary });
    },
  );
});

function idsOf(content: string): readonly string[] {
  const { body } = readAs("findings", content, "scan.sarif");
  return body.findings.map(({ id }) => id).toSorted();
}

describe("the ids of findings", () => {
  const text = fixture("scan.sarif").toString("utf8");

  it("do not depend on the order of members", () => {
    expect(idsOf(JSON.stringify(reversed(JSON.parse(text))))).toEqual(idsOf(text));
  });

  it("do not depend on line numbers", () => {
    expect(idsOf(text.replaceAll('"startLine": ', '"startLine": 1'))).toEqual(idsOf(text));
  });

  it("do depend on the rule, the path and the message", () => {
    for (const [from, to] of [
      ['"ruleId": "sql"', '"ruleId": "xss"'],
      ["src/c.ts", "src/d.ts"],
      ["Another", "Other"],
    ] as const) {
      expect(idsOf(text.replaceAll(from, to))).not.toEqual(idsOf(text));
    }
  });
});
