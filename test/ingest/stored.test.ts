import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { sha256 } from "../../src/evidence/canonical.ts";
import type { EvidenceAdapter } from "../../src/ingest/adapter.ts";
import { type Content, openStoredContent, piecesOf } from "../../src/ingest/content.ts";
import { ADAPTERS, detectFormat } from "../../src/ingest/index.ts";
import { DEFAULT_LIMITS } from "../../src/util/limits.ts";
import { temporaryFolder } from "../support.ts";
import { errorOf, FIXTURE_NAMES, fixture } from "./support.ts";

const CONTEXT = { limits: DEFAULT_LIMITS };

/** Odd, so that blocks end inside characters, names, escapes and lines. */
const BLOCK_BYTES = 1021;

/** More than what is parsed at once. */
const PADDING = Buffer.from(`${" ".repeat(79)}\n`.repeat(14_000));

function stored(bytes: Uint8Array) {
  const path = join(temporaryFolder(), "file");
  writeFileSync(path, bytes);
  return { path, content: openStoredContent(path, BLOCK_BYTES) };
}

/** White space that changes nothing, where the format has room for it. */
function padded(bytes: Buffer): Buffer {
  return /^\s*[[{]/.test(bytes.toString("utf8", 0, 40)) ? Buffer.concat([bytes, PADDING]) : bytes;
}

/** The evidence, or the refusal in words. */
function outcome(adapter: EvidenceAdapter, content: Content): unknown {
  try {
    return adapter.parse(content, CONTEXT);
  } catch (error) {
    return String(error);
  }
}

describe.each(FIXTURE_NAMES)("%s, left on the disk", (name) => {
  const bytes = padded(fixture(name));
  const asked = detectFormat(bytes, name).attempts.filter(({ confidence }) => confidence === "certain");
  const adapters = asked.map(({ adapter }) => adapter);

  it("is read as it is from memory", () => {
    const { content } = stored(bytes);
    const read = adapters.map((adapter) => outcome(adapter, bytes));
    expect(read).toContainEqual(expect.objectContaining({ kind: expect.any(String) }));
    expect(adapters.map((adapter) => outcome(adapter, content))).toEqual(read);
    expect(content.digest).toBe(sha256(bytes));
    content.close();
  });

  it("is refused as it is from memory where it is cut", () => {
    const cut = fixture(name).subarray(0, Math.floor(fixture(name).length * 0.6));
    for (const adapter of adapters) expect(outcome(adapter, stored(cut).content)).toEqual(outcome(adapter, cut));
  });
});

it("has an adapter for every fixture", () => {
  const found = FIXTURE_NAMES.map((name) => detectFormat(fixture(name), name).found?.adapter.id);
  expect(ADAPTERS.map(({ id }) => id)).toEqual(expect.arrayContaining(found));
});

describe("a file that changes while it is read", () => {
  const bytes = Buffer.from("0123456789".repeat(1000));

  it.each([
    ["in its content", Buffer.from("9876543210".repeat(1000))],
    ["in its length", bytes.subarray(0, 3000)],
  ])("%s is found out", (_, later) => {
    const { path, content } = stored(bytes);
    expect(Buffer.concat(Array.from(piecesOf(content), (piece) => Buffer.from(piece)))).toEqual(bytes);
    writeFileSync(path, later);
    expect(errorOf(() => [...piecesOf(content)])).toMatchObject({
      code: "evidence-unreadable",
      message: expect.stringContaining("was changed while it was read"),
    });
  });
});
