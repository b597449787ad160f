import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { LINE_FORMATS, type LineFormatName } from "../../../src/audit/export/formats.ts";
import { openSource } from "../../../src/audit/export/source.ts";
import { fromDigest, verifyInclusion } from "../../../src/audit/log.ts";
import { checkpointText } from "../../../src/audit/receipt.ts";
import type { AuditStore, Entry, EntryFilter } from "../../../src/audit/store.ts";
import type { Digest } from "../../../src/evidence/types.ts";
import { ROOT } from "../../support.ts";
import { ORIGIN, sampleId, sampleTime, tamper, temporaryDirectory } from "../fixtures.ts";
import { exported, HOSTILE, hostileEntry, makeLog } from "./lines.ts";
import { hashOfLeaf, merkleTreeHash } from "./reference.ts";

const FORMATS = Object.keys(LINE_FORMATS) as LineFormatName[];

async function newLog(decisions: number): Promise<{ readonly store: AuditStore; readonly path: string }> {
  const directory = temporaryDirectory();
  const path = join(directory.path, "audit.db");
  const store = await makeLog(path, decisions);
  onTestFinished(async () => {
    await store.close();
    directory[Symbol.dispose]();
  });
  return { store, path };
}

interface Head {
  readonly type: "head";
  readonly origin: string;
  readonly size: number;
  readonly root: Digest;
  readonly checkpoint: string | null;
}

interface EntryLine {
  readonly type: "entry";
  readonly index: number;
  readonly id: string;
  readonly leafHash: Digest;
  readonly proof: readonly Digest[];
  readonly body: string;
}

interface DocumentLine {
  readonly type: "document";
  readonly digest: Digest;
  readonly mediaType: string;
  readonly text?: string;
  readonly base64?: string;
  readonly missing?: true;
}

interface End {
  readonly type: "end";
  readonly entries: number;
  readonly documents: number;
}

/** Reads NDJSON with nothing of gate's. */
function readLines(text: string) {
  expect(text).toMatch(/^[\x0a\x20-\x7e]*$/);
  expect(text.endsWith("\n")).toBe(true);
  const lines = text
    .slice(0, -1)
    .split("\n")
    .map((line) => JSON.parse(line) as Head | EntryLine | DocumentLine | End);
  return {
    head: lines[0] as Head,
    entries: lines.filter((line) => line.type === "entry"),
    documents: lines.filter((line) => line.type === "document"),
    end: lines.at(-1) as End,
  };
}

describe("NDJSON", () => {
  test.each([0, 1, 2, 6, 7, 8, 30])("of %i decisions can be verified from its bytes alone", async (decisions) => {
    const { store } = await newLog(decisions);
    const { head, entries, end } = readLines(await exported(store, "ndjson"));
    expect(head).toMatchObject({ origin: ORIGIN, size: decisions + 1, checkpoint: null });
    expect(end).toEqual({ type: "end", entries: decisions + 1, documents: 0 });
    const bodies = entries.map(({ body }) => Buffer.from(body, "utf8"));
    expect(`sha256:${merkleTreeHash(bodies).toString("hex")}`).toBe(head.root);
    for (const [position, { index, leafHash, proof, body }] of entries.entries()) {
      expect(index).toBe(position);
      const hash = hashOfLeaf(Buffer.from(body, "utf8"));
      expect(leafHash).toBe(`sha256:${hash.toString("hex")}`);
      const claim = {
        index,
        size: head.size,
        leafHash: hash,
        root: fromDigest(head.root),
        proof: proof.map(fromDigest),
      };
      expect(verifyInclusion(claim)).toBe(true);
    }
  });

  test("keeps the exact bytes of a body, whatever is in it", async () => {
    const { store } = await newLog(HOSTILE.length);
    const { entries } = readLines(await exported(store, "ndjson"));
    for (const { index, body } of entries) {
      expect(Buffer.from(body, "utf8")).toEqual(Buffer.from((await store.find(String(index)))?.body ?? []));
    }
  });

  test("names the signed checkpoint of the tree, and no other", async () => {
    const { store } = await newLog(3);
    const head = await store.head();
    const signature = `\n\u2014 log ${Buffer.alloc(68).toString("base64")}\n`;
    const notes = [
      { size: 4, name: "a", note: `${checkpointText({ ...head, root: `sha256:${"0".repeat(64)}` })}${signature}` },
      { size: 4, name: "b", note: `${checkpointText({ ...head, size: 3 })}${signature}` },
      { size: 3, name: "c", note: `${checkpointText(head)}${signature}` },
    ];
    for (const { size, name, note } of notes) {
      await store.keep({ size, kind: "checkpoint", name, material: Buffer.from(note) });
    }
    expect(readLines(await exported(store, "ndjson")).head.checkpoint).toBeNull();
    const right = `${checkpointText(head)}${signature}`;
    await store.keep({ size: 4, kind: "checkpoint", name: "d", material: Buffer.from(right) });
    expect(readLines(await exported(store, "ndjson")).head.checkpoint).toBe(right);
  });

  test("has each document once, with the bytes of its digest, and says which are gone", async () => {
    const { store, path } = await newLog(3);
    const all = readLines(await exported(store, "ndjson", { documents: true }));
    expect(all.documents).toHaveLength(3);
    expect(all.end).toMatchObject({ entries: 4, documents: 3 });
    for (const { digest, text = "" } of all.documents) {
      expect(`sha256:${createHash("sha256").update(text).digest("hex")}`).toBe(digest);
    }
    const [gone] = all.documents;
    tamper(path, `DELETE FROM blob WHERE sha256 = x'${gone?.digest.slice("sha256:".length)}'`);
    const { documents } = readLines(await exported(store, "ndjson", { documents: true }));
    expect(documents.filter(({ missing }) => missing === true)).toEqual([
      {
        type: "document",
        digest: gone?.digest,
        mediaType: gone?.mediaType,
        missing: true,
        why: "is no longer in the store",
      },
    ]);
  });

  test("a part of the log has proofs for the whole tree", async () => {
    const { store } = await newLog(20);
    const { head, entries } = readLines(await exported(store, "ndjson", { last: 3 }));
    expect(head.size).toBe(21);
    expect(entries.map(({ index }) => index)).toEqual([18, 19, 20]);
    for (const { index, body, proof } of entries) {
      const claim = { index, size: 21, leafHash: hashOfLeaf(Buffer.from(body)), root: fromDigest(head.root) };
      expect(verifyInclusion({ ...claim, proof: proof.map(fromDigest) })).toBe(true);
    }
  });
});

const time = (number: number): number => sampleTime(number).getTime();

describe("a selection", () => {
  test.each([
    ["everything", {}, [0, 1, 2, 3, 4, 5, 6]],
    ["one kind", { kinds: ["decision"] }, [1, 2, 3, 4, 5, 6]],
    ["two kinds", { kinds: ["decision", "log-created"] }, [0, 1, 2, 3, 4, 5, 6]],
    ["a kind that is not there", { kinds: ["review"] }, []],
    ["since a time", { kinds: ["decision"], since: time(4) }, [4, 5, 6]],
    ["until before a time", { kinds: ["decision"], until: time(4) }, [1, 2, 3]],
    ["between", { kinds: ["decision"], since: time(2), until: time(4) }, [2, 3]],
    ["the newest", { last: 2 }, [5, 6]],
    ["the newest of a kind", { kinds: ["log-created"], last: 2 }, [0]],
    ["the newest before a time", { kinds: ["decision"], until: time(4), last: 2 }, [2, 3]],
    ["more than there are", { kinds: ["decision"], last: 100 }, [1, 2, 3, 4, 5, 6]],
  ] as const)("of %s", async (_, selection, indexes) => {
    const { store } = await newLog(6);
    const { entries } = readLines(await exported(store, "ndjson", selection));
    expect(entries.map(({ index }) => index)).toEqual(indexes);
  });
});

describe.each(FORMATS)("%s", (format) => {
  test("leaves out what is appended after it began", async () => {
    const { store } = await newLog(2);
    const lines = await LINE_FORMATS[format].lines(await openSource(store, {}));
    let text = "";
    let number = 3;
    for await (const line of lines) {
      text += line;
      const { entry, blobs } = hostileEntry(number);
      await store.append(entry, blobs);
      number += 1;
    }
    expect(number).toBeGreaterThan(3);
    expect(text).toContain(sampleId(2));
    for (let appended = 3; appended < number; appended++) expect(text).not.toContain(sampleId(appended));
  });

  test("reads no further than it has written, so that a log of any length fits", async () => {
    const { store } = await newLog(80);
    let read = 0;
    const watched = Object.assign(Object.create(store) as AuditStore, {
      head: () => store.head(),
      node: (place: Parameters<AuditStore["node"]>[0]) => store.node(place),
      vouchers: (kind: Parameters<AuditStore["vouchers"]>[0]) => store.vouchers(kind),
      async *entries(filter?: EntryFilter): AsyncIterable<Entry> {
        for await (const entry of store.entries(filter)) {
          read += 1;
          yield entry;
        }
      },
    });
    const lines = await LINE_FORMATS[format].lines(await openSource(watched, {}));
    for await (const _ of lines) break;
    expect(read).toBeLessThanOrEqual(64);
  });

  test.each([
    [
      "an edited body",
      "UPDATE entry SET body = CAST(replace(CAST(body AS TEXT), 'block', 'allow') AS BLOB) WHERE seq = 2",
    ],
    ["a body that gate does not write", "UPDATE entry SET body = x'7b7d' WHERE seq = 2"],
    ["an edited hash", "UPDATE entry SET leaf_hash = zeroblob(32) WHERE seq = 2"],
    ["another id", "UPDATE entry SET id = '01a1ff5e-40ea-7627-a6e5-9132c42be971' WHERE seq = 2"],
  ])("of a log with %s is refused", async (_, statement) => {
    const { store, path } = await newLog(4);
    tamper(path, "DROP TRIGGER entry_no_update", statement);
    await expect(exported(store, format)).rejects.toThrow(expect.objectContaining({ code: "audit-corrupt" }));
    await expect(exported(store, format, { last: 4 })).rejects.toThrow(
      expect.objectContaining({ code: "audit-corrupt" }),
    );
  });
});

test("NDJSON of a log with an edited tree is refused", async () => {
  const { store, path } = await newLog(4);
  tamper(path, "DROP TRIGGER node_no_update", "UPDATE node SET hash = zeroblob(32) WHERE level = 1 AND position = 0");
  await expect(exported(store, "ndjson")).rejects.toThrow(expect.objectContaining({ code: "audit-corrupt" }));
});

/** RFC 5424 section 6, no more than what gate may write: no receiver has to guess. */
const SYSLOG =
  /^<(?:[1-9]\d?|1[0-8]\d|19[01])>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (?:-|[\x21-\x7e]{1,255}) [\x21-\x7e]{1,48} (?:-|[\x21-\x7e]{1,128}) [\x21-\x7e]{1,32} \[([^\s="\]]{1,32}@\d+)((?: [^\s="\]]{1,32}="(?:[^"\\\]]|\\["\\\]])*")+)\] \ufeff([^\n\r\0]*)$/u;

test("syslog messages are those of RFC 5424, and give back what they say", async () => {
  const { store } = await newLog(HOSTILE.length);
  const lines = (await exported(store, "syslog")).slice(0, -1).split("\n");
  expect(lines).toHaveLength(HOSTILE.length + 1);
  for (const [index, line] of lines.entries()) {
    const [, , parameters = ""] = SYSLOG.exec(line) ?? [];
    expect(parameters, line).not.toBe("");
    const values = Object.fromEntries(
      [...parameters.matchAll(/ ([^\s="\]]+)="((?:[^"\\\]]|\\["\\\]])*)"/gu)].map(([, name = "", value = ""]) => [
        name,
        value.replaceAll(/\\(["\\\]])/gu, "$1"),
      ]),
    );
    const entry = await store.find(String(index));
    expect(values).toMatchObject({ origin: ORIGIN, index: String(index), leafHash: entry?.leafHash, id: entry?.id });
    // oxlint-disable-next-line no-control-regex -- the controls are what this is about
    expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e\u2028]/u);
    if (index % HOSTILE.length === 0 && index > 0) expect(values["repository"]).toBe(HOSTILE[0]);
  }
});

describe("what ties a row to the log", () => {
  test("is in each OCSF finding, CloudEvent and log record", async () => {
    const { store } = await newLog(3);
    const entry = await store.find("2");
    const findings = parsed(await exported(store, "ocsf"));
    expect(findings).toHaveLength(3);
    expect(findings[1]).toMatchObject({
      class_uid: 2003,
      type_uid: 200301,
      metadata: { uid: entry?.id, log_name: ORIGIN, sequence: 2 },
      unmapped: { log: ORIGIN, index: 2, leaf_hash: entry?.leafHash },
      compliance: { status_id: 3, checks: [{ uid: "sast", status_id: 3 }] },
    });
    expect(parsed(await exported(store, "cloudevents"))[2]).toMatchObject({
      specversion: "1.0",
      id: entry?.id,
      source: `/${ORIGIN}`,
      type: "gate.decision.v1",
      data: { log: ORIGIN, index: 2, leafHash: entry?.leafHash, body: Buffer.from(entry?.body ?? []).toString() },
    });
    expect(await exported(store, "otlp")).toContain(
      `{"key":"gate.log.leaf_hash","value":{"stringValue":"${entry?.leafHash}"}}`,
    );
  });

  test.each([
    ["allow", 1],
    ["block", 3],
    ["approval-required", 2],
    ["allow-bypassed", 3],
    ["constructor", 99],
  ])("the outcome %s has the OCSF status %i: what was not allowed never passed", async (outcome, status) => {
    const { store } = await newLog(0);
    const { entry, blobs } = hostileEntry(1);
    const content = { ...entry.content, outcome };
    await store.append({ ...entry, content }, blobs);
    expect(parsed(await exported(store, "ocsf"))).toMatchObject([{ compliance: { status_id: status } }]);
  });
});

const PYTHON = join(ROOT, "node_modules/.cache/export-readers/bin/python");

// `scripts/audit-test-tools.sh` installs them.
describe.skipIf(!existsSync(PYTHON))("libraries of others read", () => {
  test.each([
    ["ocsf", [1, 2, 3, 4, 5, 6]],
    ["cloudevents", [0, 1, 2, 3, 4, 5, 6]],
    ["otlp", [[0, 1, 2, 3, 4, 5, 6]]],
  ] as const)("%s", async (format, indexes) => {
    const { store } = await newLog(HOSTILE.length);
    const script = join(import.meta.dirname, "read.py");
    const input = await exported(store, format);
    expect(JSON.parse(execFileSync(PYTHON, [script, format], { input, encoding: "utf8" }))).toEqual(indexes);
  });
});

function parsed(text: string): readonly unknown[] {
  return text
    .slice(0, -1)
    .split("\n")
    .map((line) => JSON.parse(line));
}

test("a log that is empty but for its creation has no finding, and says so by being empty", async () => {
  const { store } = await newLog(0);
  expect(await exported(store, "ocsf")).toBe("");
});
