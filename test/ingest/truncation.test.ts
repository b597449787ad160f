import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { GateError } from "../../src/util/errors.ts";
import { FIXTURE_NAMES, fixture, read } from "./support.ts";

/** What becomes of a file: `refused`, or the status of the document. */
function outcomeOf(bytes: Uint8Array, name: string): string {
  try {
    const document = read(bytes, name);
    return document.kind === "unreadable" ? "refused" : document.status;
  } catch (error) {
    if (error instanceof GateError && error.code === "evidence-unrecognised") return "refused";
    throw error;
  }
}

/** Nothing marks the end of these; what can be told of them when they are cut is in the tests of their formats. */
const WITHOUT_END: ReadonlySet<string> = new Set(["shop.spdx", "k6.ndjson", "jmeter.csv", "git-show-signature.txt"]);

/** These say at their start how much they hold, so what is left of them is read and is `partial`. */
const WITH_PLAN: ReadonlySet<string> = new Set(["run.tap"]);

describe.each(FIXTURE_NAMES)("%s, cut at every byte", (name) => {
  const whole = fixture(name);
  const end = whole.toString("latin1").trimEnd().length;

  it.skipIf(WITHOUT_END.has(name))("is never read as if it were whole", () => {
    const accepted: string[] = [];
    for (let length = 0; length < end; length++) {
      const outcome = outcomeOf(whole.subarray(0, length), name);
      // An LCOV file that is cut behind its first line has nothing in it, and says so.
      const closed = outcome === "refused" || outcome === "empty" || (outcome === "partial" && WITH_PLAN.has(name));
      if (!closed) accepted.push(`${length}: ${outcome}`);
    }
    expect(accepted).toEqual([]);
  });

  it("is read whole, with and without the white space at its end", () => {
    expect(outcomeOf(whole, name)).not.toBe("refused");
    expect(outcomeOf(whole.subarray(0, end), name)).not.toBe("refused");
  });

  it("is damaged by a single wrong byte in UTF-8", () => {
    const damaged = Buffer.from(whole);
    const position = damaged.findIndex((byte) => byte === 0xc3);
    damaged[position + 1] = 0x20;
    expect(outcomeOf(damaged, name)).toBe("refused");
  });
});

/** Reports from the wild, which are not part of this repository. */
const CORPUS = fileURLToPath(new URL("../../../shared/corpus/evidence/", import.meta.url));
const SMALL_BYTES = 16_384;
const MAX_BYTES = 262_144;

function corpusFiles(): readonly string[] {
  if (!existsSync(CORPUS)) return [];
  const entries = readdirSync(CORPUS, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => `${entry.parentPath}/${entry.name}`);
  return paths.filter((path) => statSync(path).size <= MAX_BYTES).toSorted();
}

/** What a document comes to that claims to be complete. */
function completeFactsOf(bytes: Uint8Array, name: string): string | undefined {
  if (outcomeOf(bytes, name) !== "complete") return undefined;
  return JSON.stringify(read(bytes, name).summary);
}

describe.skipIf(!existsSync(CORPUS))("a file of the corpus, cut at bytes spread over it", () => {
  it.each(corpusFiles().map((path) => [basename(path), path] as const))(
    "%s is never complete with less",
    (name, path) => {
      const whole = readFileSync(path);
      const facts = completeFactsOf(whole, name);
      const end = whole.toString("latin1").trimEnd().length;
      const cuts = whole.length <= SMALL_BYTES ? 200 : 12;
      const complete: number[] = [];
      for (let cut = 0; cut < cuts; cut++) {
        // Odd steps, so that a file of records of one length is not always cut at the same place in one.
        const length = Math.floor(((cut + ((cut * 7919) % 97) / 97) * end) / cuts);
        if (length >= end) continue;
        const left = completeFactsOf(whole.subarray(0, length), name);
        if (left !== undefined && left !== facts) complete.push(length);
      }
      expect(complete).toEqual([]);
    },
  );
});
