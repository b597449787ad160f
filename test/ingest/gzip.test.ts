import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { sha256 } from "../../src/evidence/canonical.ts";
import { type IngestResult, ingest } from "../../src/ingest/index.ts";
import { DEFAULT_LIMITS, type Limits } from "../../src/util/limits.ts";
import { ROOT, temporaryFolder } from "../support.ts";

const plain = readFileSync(join(ROOT, "test/fixtures/ingest/scan.sarif"));
const packed = gzipSync(plain);

function read(
  content: Uint8Array,
  declared: { readonly declared?: "sast" } = {},
  limits: Limits = DEFAULT_LIMITS,
): Promise<IngestResult> {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, "scan.sarif.gz"), content);
  const request = { pattern: "scan.sarif.gz", origin: "--evidence", required: true, ...declared };
  return ingest([request], { cwd, limits, stdin: async () => new Uint8Array() });
}

it("reads a packed file as the file that was packed, and records it as it is", async () => {
  const [document] = (await read(packed)).documents;
  expect(document).toMatchObject({
    kind: "findings",
    source: { format: "sarif", path: "scan.sarif.gz", bytes: packed.length, sha256: sha256(packed) },
  });
});

it.each(Array.from({ length: 12 }, (_, index) => Math.floor(((index + 1) * packed.length) / 13)))(
  "does not take a file that is cut at byte %i for a whole one",
  async (length) => {
    const [document] = (await read(packed.subarray(0, length), { declared: "sast" })).documents;
    expect(document).toMatchObject({ kind: "unreadable", status: "malformed", summary: { category: "sast" } });
    await expect(read(packed.subarray(0, length))).rejects.toMatchObject({ code: "evidence-unrecognised" });
  },
);

it("does not expand a bomb", async () => {
  const limits = { ...DEFAULT_LIMITS, fileBytes: 1 << 20 };
  const bomb = gzipSync(Buffer.alloc(64 << 20, 0x20), { level: 9 });
  expect(bomb.length).toBeLessThan(limits.fileBytes);
  const [document] = (await read(bomb, { declared: "sast" }, limits)).documents;
  expect(document).toMatchObject({ kind: "unreadable", statusReasons: [{ code: "limit-exceeded" }] });
});
