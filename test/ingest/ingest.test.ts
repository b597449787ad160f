import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type EvidenceRequest, type IngestContext, ingest } from "../../src/ingest/index.ts";
import { GateError } from "../../src/util/errors.ts";
import { DEFAULT_LIMITS } from "../../src/util/limits.ts";
import { fixture } from "./support.ts";

let cwd = "";

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "gate-ingest-"));
  await mkdir(join(cwd, "reports/deep"), { recursive: true });
  await writeFile(join(cwd, "reports/b.sarif"), fixture("scan.sarif"));
  await writeFile(join(cwd, "reports/deep/a.xml"), fixture("tests.xml"));
  await writeFile(join(cwd, "coverage [1].json"), fixture("coverage-summary.json"));
});

afterEach(async () => {
  await rm(cwd, { recursive: true, force: true });
});

function context(changes: Partial<IngestContext> = {}): IngestContext {
  return { cwd, limits: DEFAULT_LIMITS, stdin: () => Promise.reject(new Error("not asked for")), ...changes };
}

function request(pattern: string, changes: Partial<EvidenceRequest> = {}): EvidenceRequest {
  return { pattern, origin: "--evidence", required: true, ...changes };
}

async function pathsOf(...patterns: readonly string[]): Promise<readonly string[]> {
  const { documents } = await ingest(
    patterns.map((pattern) => request(pattern)),
    context(),
  );
  return documents.map(({ source }) => source.path);
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof GateError ? error.code : String(error);
}

describe("a pattern", () => {
  it.each([
    ["of a file", ["reports/b.sarif"], ["reports/b.sarif"]],
    ["of a file, oddly written", ["./reports/../reports/b.sarif"], ["reports/b.sarif"]],
    ["of a directory", ["reports"], ["reports/b.sarif", "reports/deep/a.xml"]],
    ["of a directory with a slash", ["reports/"], ["reports/b.sarif", "reports/deep/a.xml"]],
    ["with stars", ["**/*.{xml,sarif}"], ["reports/b.sarif", "reports/deep/a.xml"]],
    ["with magic characters in a file's name", ["coverage [1].json"], ["coverage [1].json"]],
    [
      "that overlaps another",
      ["reports", "reports/*.sarif", "reports/b.sarif"],
      ["reports/b.sarif", "reports/deep/a.xml"],
    ],
  ])("%s finds its files once, by path", async (_, patterns, paths) => {
    expect(await pathsOf(...patterns)).toEqual(paths);
  });

  it("may be absolute, or lead outside", async () => {
    expect(await pathsOf(join(cwd, "reports/b.sarif"))).toEqual(["reports/b.sarif"]);
    const { documents } = await ingest([request("../b.sarif")], context({ cwd: join(cwd, "reports/deep") }));
    expect(documents[0]?.source.path).toBe("../b.sarif");
  });
});

describe("a request without a file", () => {
  it.each(["none.sarif", "none/**/*.sarif", "b[.sarif"])("for %s is an error if it is required", async (pattern) => {
    expect(await codeOf(ingest([request(pattern)], context()))).toBe("evidence-not-found");
    const optional = request(pattern, { required: false });
    expect(await ingest([optional], context())).toEqual({ documents: [], signers: {}, unmatched: [optional] });
  });

  it("for an empty directory is one as well", async () => {
    await mkdir(join(cwd, "empty"));
    expect(await codeOf(ingest([request("empty")], context()))).toBe("evidence-not-found");
  });
});

describe("standard input", () => {
  it("is read once", async () => {
    let calls = 0;
    const stdin = () => Promise.resolve((calls++, fixture("scan.sarif")));
    const { documents } = await ingest([request("-"), request("-", { declared: "iac" })], context({ stdin }));
    expect([calls, documents.length, documents[0]?.source.path]).toEqual([1, 1, "-"]);
    expect(documents[0]).toMatchObject({ body: { scans: [{ category: "iac" }] } });
  });
});

describe("a file that two requests name", () => {
  const path = "reports/b.sarif";

  it.each([
    ["first", [request(path, { declared: "dast" }), request("reports/*.sarif")]],
    ["last", [request("reports/*.sarif"), request(path, { declared: "dast" })]],
  ])("is what the %s one declares", async (_, requests) => {
    const { documents } = await ingest(requests, context());
    expect(documents).toMatchObject([{ body: { scans: [{ category: "dast" }] } }]);
  });

  it("cannot be two things", async () => {
    const requests = [request(path, { declared: "dast" }), request(path, { declared: "sast" })];
    expect(await codeOf(ingest(requests, context()))).toBe("usage");
  });
});

describe("a symbolic link", () => {
  beforeEach(async () => {
    await symlink("b.sarif", join(cwd, "reports/link.sarif"));
    await mkdir(join(cwd, "other"));
    await symlink("../reports", join(cwd, "other/dir"));
  });

  it("is followed where it is named", async () => {
    expect(await pathsOf("reports/link.sarif", "other/dir/b.sarif")).toEqual([
      "other/dir/b.sarif",
      "reports/link.sarif",
    ]);
  });

  it.each(["reports", "reports/*.sarif", "other", "other/**/*.sarif"])(
    "that %s leads to is an error",
    async (pattern) => {
      expect(await codeOf(ingest([request(pattern)], context()))).toBe("evidence-unreadable");
    },
  );

  it("to nowhere is no file", async () => {
    await symlink("nowhere", join(cwd, "dangling.sarif"));
    expect(await codeOf(ingest([request("dangling.sarif")], context()))).toBe("evidence-not-found");
  });
});

describe("limits", () => {
  it.each([
    ["fileBytes", { fileBytes: 100 }],
    ["files", { files: 1 }],
  ])("on %s are kept", async (_, changes) => {
    const limits = { ...DEFAULT_LIMITS, ...changes };
    expect(await codeOf(ingest([request("reports")], context({ limits })))).toBe("evidence-too-large");
  });
});

describe("a file", () => {
  it("of no known format ends the run, also in a directory", async () => {
    await writeFile(join(cwd, "reports/notes.txt"), "hello");
    expect(await codeOf(ingest([request("reports")], context()))).toBe("evidence-unrecognised");
  });

  it("that is damaged becomes a document", async () => {
    await writeFile(join(cwd, "reports/b.sarif"), fixture("scan.sarif").subarray(0, 300));
    const { documents } = await ingest([request("reports")], context());
    expect(documents.map(({ kind }) => kind)).toEqual(["unreadable", "tests"]);
  });

  it.skipIf(process.getuid?.() === 0)("that may not be read ends the run", async () => {
    await chmod(join(cwd, "reports/b.sarif"), 0);
    expect(await codeOf(ingest([request("reports")], context()))).toBe("evidence-unreadable");
  });

  it("has the digest of its bytes, and an id that depends on its path", async () => {
    await writeFile(join(cwd, "copy.sarif"), fixture("scan.sarif"));
    const { documents } = await ingest([request("copy.sarif"), request("reports/b.sarif")], context());
    const [copy, original] = documents;
    expect([copy?.source.sha256, copy?.source.bytes]).toEqual([original?.source.sha256, original?.source.bytes]);
    expect(copy?.id).not.toBe(original?.id);
  });
});
