import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename } from "node:path";
import { env } from "node:process";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EvidenceDocument } from "../../src/evidence/types.ts";
import { GateError } from "../../src/util/errors.ts";
import { schemaErrorsOf } from "../evidence/schema-support.ts";
import { FIXTURE_NAMES, fixture, read } from "./support.ts";

/** How many damaged files are made of the seeds together; `GATE_FUZZ_RUNS=1000000` for a longer run. */
const RUNS = Number(env["GATE_FUZZ_RUNS"] ?? 10_000);
const CORPUS = fileURLToPath(new URL("../../../shared/corpus/evidence/", import.meta.url));
/** Small files try more in the same time. */
const MAX_SEED_BYTES = 32_768;

const SEEDS: readonly (readonly [string, Buffer])[] = [
  ...FIXTURE_NAMES.map((name) => [name, fixture(name)] as const),
  ...smallFilesBelow(CORPUS).map((path) => [basename(path), readFileSync(path)] as const),
];

function smallFilesBelow(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name !== "MANIFEST.tsv")
    .map((entry) => `${entry.parentPath}/${entry.name}`)
    .filter((path) => statSync(path).size <= MAX_SEED_BYTES)
    .toSorted();
}

/** What parsers stumble over. */
const TOKENS = [
  "null",
  "[]",
  "{}",
  '""',
  "-1",
  "1e999",
  "NaN",
  "9007199254740993",
  "0.1",
  "true",
  '"__proto__":{"x":1},',
  '"constructor"',
  "\\ud800",
  "\u0000",
  "\u001b[31m",
  "\u202e",
  "]]>",
  "<!--",
  "<x>",
  "</x>",
  "&amp;",
  "&#0;",
  "&lol;",
  "[".repeat(300),
  "\n",
  "\r\n",
  ",",
  ":",
  "=1+1",
] as const;

/** One damage; positions are shares of the file. */
type Damage =
  | { readonly type: "cut" | "flip"; readonly at: number; readonly value: number }
  | { readonly type: "delete" | "repeat"; readonly at: number; readonly length: number }
  | { readonly type: "insert"; readonly at: number; readonly token: string }
  | { readonly type: "number"; readonly at: number; readonly token: string };

const share = fc.double({ min: 0, max: 1, noNaN: true });
const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.record({ type: fc.constantFrom("cut" as const, "flip" as const), at: share, value: fc.nat(255) }),
  fc.record({ type: fc.constantFrom("delete" as const, "repeat" as const), at: share, length: fc.nat(400) }),
  fc.record({ type: fc.constant("insert" as const), at: share, token: fc.constantFrom(...TOKENS) }),
  fc.record({
    type: fc.constant("number" as const),
    at: share,
    token: fc.constantFrom("-1", "1e308", "99999999999999999999", "0", "null", '"1"', "1.5"),
  }),
);

function damaged(bytes: Buffer, change: Damage): Buffer {
  const at = Math.floor(change.at * bytes.length);
  switch (change.type) {
    case "cut":
      return bytes.subarray(0, at);
    case "flip": {
      const copy = Buffer.from(bytes);
      if (at < copy.length) copy[at] = change.value;
      return copy;
    }
    case "delete":
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + change.length)]);
    case "repeat":
      return Buffer.concat([bytes.subarray(0, at + change.length), bytes.subarray(at)]);
    case "insert":
      return Buffer.concat([bytes.subarray(0, at), Buffer.from(change.token), bytes.subarray(at)]);
    case "number": {
      const text = bytes.toString("latin1");
      const match = /\d+(?:\.\d+)?/.exec(text.slice(at));
      if (match === null) return bytes;
      const start = at + match.index;
      return Buffer.from(`${text.slice(0, start)}${change.token}${text.slice(start + match[0].length)}`, "latin1");
    }
  }
}

/** The document of some bytes, or undefined where nobody knows what they are; any other error is a defect. */
function documentOf(bytes: Buffer, name: string): EvidenceDocument | undefined {
  try {
    return read(bytes, name);
  } catch (error) {
    if (error instanceof GateError && error.code === "evidence-unrecognised") return undefined;
    throw error;
  }
}

/** What has to hold of every document, however it came about. */
function contradictionsOf(document: EvidenceDocument): readonly string[] {
  const found = [...schemaErrorsOf(document)];
  if (!["complete", "unknown"].includes(document.status) && document.statusReasons.length === 0) {
    found.push(`${document.status} without a reason`);
  }
  if (document.kind === "findings") {
    const { total, open, suppressed } = document.summary;
    if (open + suppressed !== total || total !== document.body.findings.length) found.push("findings do not add up");
  }
  if (document.kind === "tests") {
    const { total, passed, failed, errored, skipped } = document.summary;
    if (passed + failed + errored + skipped !== total) found.push("tests do not add up");
  }
  if (document.kind === "coverage") {
    const { lines, branches } = document.summary;
    if (lines.covered > lines.total || (branches !== undefined && branches.covered > branches.total)) {
      found.push("more is covered than there is");
    }
  }
  return found;
}

describe("a file that is damaged at random", () => {
  const runsEach = Math.ceil(RUNS / SEEDS.length);

  it.each(SEEDS)(
    "%s: is evidence without contradictions, or refused",
    (name, seed) => {
      fc.assert(
        fc.property(fc.array(damage, { minLength: 1, maxLength: 4 }), (changes) => {
          const document = documentOf(changes.reduce(damaged, seed), name);
          expect(document === undefined ? [] : contradictionsOf(document)).toEqual([]);
        }),
        { numRuns: runsEach },
      );
    },
    120_000 + runsEach * 100,
  );
});

describe("noise behind the head of a file", () => {
  it.each(FIXTURE_NAMES.map((name) => [name, fixture(name)] as const))("%s: is never usable", (name, seed) => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 200, maxLength: 2000 }), share, (noise, at) => {
        const head = seed.subarray(0, Math.floor(seed.length * at * 0.9));
        const document = documentOf(Buffer.concat([head, noise]), name);
        expect(["complete", "unknown"]).not.toContain(document?.status);
      }),
      { numRuns: 20 },
    );
  });
});
