import { describe, expect, it } from "vitest";
import { fixture, readAs, refusalOf } from "./support.ts";

type Members = Readonly<Record<string, unknown>>;

function repository(more: Members = {}): string {
  const files = [{ path: "a", bytes: 1, type: "other" }];
  const lists = { files, references: [], pins: [], cycles: [], changelogs: [] };
  return JSON.stringify({ schema: "gate/repository/v1", complete: true, reasons: [], warnings: [], ...lists, ...more });
}

describe("an inventory of a repository", () => {
  it("is read with its counts", () => {
    const document = readAs("repository", fixture("repository.json"), "x.json");
    expect(document).toMatchObject({
      status: "complete",
      source: { format: "repository-inventory", formatVersion: "1" },
      summary: {
        files: 8,
        references: 5,
        brokenReferences: 1,
        uncheckedReferences: 1,
        pins: 8,
        unpinned: 5,
        cycles: 1,
      },
    });
    expect(document.subject.commit).toMatch(/^[0-9a-f]{40}$/);
  });

  it.each([
    ["whole", {}, "complete", []],
    [
      "with something left out",
      { complete: false, reasons: [{ code: "too-large", message: "x", place: "a" }] },
      "partial",
      ["too-large"],
    ],
    [
      "with a reason, though it says that it is complete",
      { reasons: [{ code: "too-large", message: "x" }] },
      "partial",
      ["too-large"],
    ],
    ["without a word on it", { complete: undefined }, "partial", ["not-complete"]],
    ["of no file", { files: [] }, "empty", ["no-files"]],
  ])("%s has its status", (_, more, status, codes) => {
    const document = readAs("repository", repository(more), "x.json");
    expect([document.status, document.statusReasons.map(({ code }) => code)]).toEqual([status, codes]);
  });

  it("says what it was narrowed to", () => {
    expect(readAs("repository", repository({ paths: ["docs"] }), "x.json").summary.paths).toEqual(["docs"]);
  });

  it.each([
    ["another version", { schema: "gate/repository/v2" }, "unsupported-version at /schema"],
    ["a commit that is none", { commit: "main" }, "malformed at /commit"],
    ["no list of files", { files: undefined }, "malformed at /files"],
    ["a size that is none", { files: [{ path: "a", bytes: -1, type: "other" }] }, "malformed at /files/0/bytes"],
    ["a member that is unknown", { pins: [{ secret: 1 }] }, "malformed at /pins/0/path"],
  ])("with %s is refused", (_, more, refusal) => expect(refusalOf(repository(more), "x.json")).toBe(refusal));
});

describe("an inventory of Dockerfiles", () => {
  it("is read with its counts", () => {
    expect(readAs("dockerfile", fixture("dockerfiles.json"), "x.json")).toMatchObject({
      status: "complete",
      summary: { dockerfiles: 2, stages: 4, root: 0, withoutHealthcheck: 0, unpinned: 2, secrets: 2 },
    });
  });

  it("that has none is complete", () => {
    const text = '{"schema":"gate/dockerfiles/v1","complete":true,"dockerfiles":[]}';
    const { status, summary } = readAs("dockerfile", text, "x.json");
    expect([status, summary.dockerfiles]).toEqual(["complete", 0]);
  });
});
