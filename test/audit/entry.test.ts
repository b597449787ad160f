import { describe, expect, test } from "vitest";
import {
  blobReferences,
  decisionEntry,
  entryBody,
  MAX_BODY_BYTES,
  readDecision,
  readDecisionLeaf,
  readEntryBody,
} from "../../src/audit/entry.ts";
import { leafHash, toDigest } from "../../src/audit/log.ts";
import type { Blob, Entry, NewEntry } from "../../src/audit/store.ts";
import { canonicalJson, sha256 } from "../../src/evidence/canonical.ts";
import { ORIGIN, sampleDecision, sampleEntry, sampleId, sampleTime } from "./fixtures.ts";

const LONGEST_ORIGIN = "o".repeat(255);

function stored({ entry, blobs }: { readonly entry: NewEntry; readonly blobs: readonly Blob[] }, origin = ORIGIN) {
  const body = entryBody(origin, entry);
  const [blob] = blobs;
  if (blob === undefined) throw new Error("a decision has a document");
  const read: Entry = { index: 1, id: entry.id, kind: entry.kind, body, leafHash: toDigest(leafHash(body)) };
  return { entry: read, blob };
}

describe("the body of an entry", () => {
  const entry: NewEntry = {
    id: sampleId(0),
    kind: "log-created",
    time: "2026-01-01T00:00:00.000Z",
    content: { format: "gate-audit/v1" },
  };

  test("is canonical JSON, byte for byte", () => {
    expect(Buffer.from(entryBody(ORIGIN, entry)).toString()).toBe(
      `{"format":"gate-audit/v1","id":"${sampleId(0)}","kind":"log-created","log":"${ORIGIN}","time":"2026-01-01T00:00:00.000Z","v":1}`,
    );
  });

  test("can be read back", () => {
    expect(readEntryBody(entryBody(ORIGIN, entry))).toEqual({ log: ORIGIN, ...entry });
  });

  test("of the largest size is accepted, of one byte more refused by name", () => {
    const bare = entryBody(ORIGIN, { ...entry, content: { filler: "" } }).length;
    const filler = "x".repeat(MAX_BODY_BYTES - bare);
    expect(entryBody(ORIGIN, { ...entry, content: { filler } })).toHaveLength(MAX_BODY_BYTES);
    expect(() => entryBody(ORIGIN, { ...entry, content: { filler: `${filler}x` } })).toThrow(
      expect.objectContaining({ code: "audit-write-failed", message: expect.stringContaining("65536 bytes") }),
    );
  });

  test.each([
    ["a malformed id", ORIGIN, { id: "1" }],
    ["an id in capitals", ORIGIN, { id: sampleId(0).toUpperCase() }],
    ["a time without milliseconds", ORIGIN, { time: "2026-01-01T00:00:00Z" }],
    ["a time that does not exist", ORIGIN, { time: "2026-13-01T00:00:00.000Z" }],
    ["an origin with a space", "a b", {}],
    ["content that names the log", ORIGIN, { content: { log: "other" } }],
    ["content that names the version", ORIGIN, { content: { v: 2 } }],
    ["content with a lone surrogate", ORIGIN, { content: { text: "\ud800" } }],
  ])("%s is refused", (_, origin, changes) => {
    expect(() => entryBody(origin, { ...entry, ...changes })).toThrow(expect.objectContaining({ code: "internal" }));
  });

  const text = Buffer.from(entryBody(ORIGIN, entry)).toString();
  test.each([
    ["nothing", ""],
    ["white space", ` ${text}`],
    ["a byte order mark", `\ufeff${text}`],
    ["another order of keys", JSON.stringify({ v: 1, ...JSON.parse(text) }).replace(/^\{/, "{ ")],
    ["a key twice", text.replace('{"format"', '{"format":"gate-audit/v1","format"')],
    ["another version", text.replace('"v":1', '"v":2')],
    ["an unknown kind", text.replace("log-created", "log-deleted")],
    ["no id", text.replace(/"id":"[^"]*",/, "")],
    ["a list", "[]"],
    ["null", "null"],
    ["half of it", text.slice(0, 40)],
    ["deep nesting", `${"[".repeat(100_000)}${"]".repeat(100_000)}`],
  ])("with %s is not a body", (_, altered) => {
    expect(readEntryBody(Buffer.from(altered))).toBeUndefined();
  });

  test("with bytes that are not UTF-8 is not a body", () => {
    const body = Buffer.from(text);
    body.writeUInt8(0xff, text.indexOf("audit"));
    expect(readEntryBody(body)).toBeUndefined();
  });
});

describe("a recorded decision", () => {
  test("is summed up by its leaf", () => {
    const { entry, blob } = stored(sampleEntry(7));
    expect(readDecisionLeaf(entry)).toEqual({
      outcome: "block",
      environment: "production",
      subject: {
        repository: ORIGIN,
        commit: "0000000000000000000000000000000000000007",
        change: { id: "12", base: "main" },
        artifacts: { count: 0, items: [] },
        source: "ci",
      },
      evaluatedAt: "2026-01-01T00:00:07.000Z",
      engine: "0.1.0",
      policy: sampleDecision(7).policy.digest,
      config: sampleDecision(7).config.digest,
      integrity: "bound",
      evidence: {
        count: 1,
        items: [{ id: sha256("evidence 7"), kind: "findings", sha256: sha256("file 7"), status: "usable" }],
      },
      gates: { count: 1, items: [{ id: "sast", enforcement: "mandatory", result: "fail", violations: 1 }] },
      stored: { count: 0, items: [] },
      decision: blob.digest,
    });
  });

  test("is kept as the exact canonical bytes that the leaf commits to", () => {
    const { entry, blob } = stored(sampleEntry(7));
    expect(Buffer.from(blob.data).toString()).toBe(canonicalJson(sampleDecision(7)));
    expect(sha256(blob.data)).toBe(readDecisionLeaf(entry).decision);
    expect(blob.mediaType).toBe("application/vnd.gate.decision.v1+json");
    expect(readDecision(entry, blob)).toEqual(sampleDecision(7));
  });

  test("keeps the author out of the leaf, which cannot be erased", () => {
    const { entry, blob } = stored(sampleEntry(7));
    expect(Buffer.from(entry.body).toString()).not.toContain("ada");
    expect(Buffer.from(blob.data).toString()).toContain("ada");
  });

  test("without a change has none in its leaf", () => {
    const subject = { artifacts: [], source: "none" } as const;
    expect(readDecisionLeaf(stored(sampleEntry(7, { subject })).entry).subject).toEqual({
      artifacts: { count: 0, items: [] },
      source: "none",
    });
  });

  test.each(["gates", "evidence"] as const)(
    "with thousands of %s leaves the lists to its document, with counts",
    (list) => {
      const [sample] = sampleDecision(7)[list];
      const many = Array.from({ length: 2000 }, () => sample);
      const { entry, blob } = stored(sampleEntry(7, { [list]: many }), LONGEST_ORIGIN);
      expect(entry.body.length).toBeLessThanOrEqual(MAX_BODY_BYTES);
      const leaf = readDecisionLeaf(entry);
      expect(leaf[list]).toEqual({ count: 2000 });
      expect(leaf.subject.artifacts).toEqual({ count: 0 });
      expect(readDecision(entry, blob)[list]).toHaveLength(2000);
    },
  );

  test("fits with its lists up to the limit, under the longest origin", () => {
    for (let count = 500; count < 1200; count += 50) {
      const gates = Array.from({ length: count }, () => sampleDecision(7).gates).flat();
      expect(stored(sampleEntry(7, { gates }), LONGEST_ORIGIN).entry.body.length).toBeLessThanOrEqual(MAX_BODY_BYTES);
    }
  });

  test("that knows its place already is refused", () => {
    const audit = { log: ORIGIN, index: 1, leafHash: sha256(""), checkpoint: "" };
    expect(() => decisionEntry(sampleDecision(1, { audit }), sampleTime(1))).toThrow(
      expect.objectContaining({ code: "internal" }),
    );
  });

  test("with another document is refused", () => {
    const { entry } = stored(sampleEntry(7));
    const { blob } = stored(sampleEntry(8));
    expect(() => readDecision(entry, blob)).toThrow(expect.objectContaining({ code: "audit-corrupt" }));
  });

  test("of a later schema is refused with advice", () => {
    const data = Buffer.from(canonicalJson({ schema: "gate/decision/v9" }));
    const digest = sha256(data);
    const { entry } = stored(sampleEntry(7));
    const { entry: later } = sampleEntry(7);
    const body = entryBody(ORIGIN, { ...later, content: { ...later.content, decision: digest } });
    expect(() => readDecision({ ...entry, body }, { digest, mediaType: "", data })).toThrow(
      expect.objectContaining({ code: "audit-unreadable", hint: expect.stringContaining("version of gate") }),
    );
  });

  test("is what a log's first entry is not", () => {
    const body = entryBody(ORIGIN, {
      id: sampleId(0),
      kind: "log-created",
      time: sampleTime(0).toISOString(),
      content: {},
    });
    const entry: Entry = { index: 0, id: sampleId(0), kind: "log-created", body, leafHash: toDigest(leafHash(body)) };
    expect(() => readDecisionLeaf(entry)).toThrow(expect.objectContaining({ code: "audit-corrupt" }));
    expect(blobReferences("log-created", {})).toEqual([]);
  });
});
