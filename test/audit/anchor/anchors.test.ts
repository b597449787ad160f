import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import type { AnchorLocation } from "../../../src/audit/anchor/location.ts";
import { openAnchor, readAnchorLocation } from "../../../src/audit/anchor/open.ts";
import { noteFile, shelfFolder } from "../../../src/audit/anchor/shelf.ts";
import { formatNote, noteKey } from "../../../src/audit/note.ts";
import { openAuditStore } from "../../../src/audit/open.ts";
import { formatReceipt } from "../../../src/audit/receipt.ts";
import { verifyStore } from "../../../src/audit/verify.ts";
import { receiptFor, signCheckpoint } from "../../../src/audit/vouch.ts";
import { ORIGIN, sampleTime, temporaryDirectory } from "../fixtures.ts";
import { GIT_VARIABLES, type GitSite, git, gitSite } from "../git-support.ts";
import { anchorLog, append, ed25519, LOG_KEY, type LogVariant, makeLog, PARTS, verifyAgainst } from "./support.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const REF = "refs/gate/checkpoints";

/** A place for checkpoints, and what whoever has it can see and do there. */
interface Place {
  readonly location: AnchorLocation;
  /** The notes of the log by their files' names. */
  readonly notes: () => Readonly<Record<string, string>>;
  /** Writes a note as somebody who may write there. */
  readonly put: (name: string, note: string) => void;
}

interface Kind {
  readonly kind: string;
  readonly open: (folder: string, site: GitSite) => Place;
}

function folderPlace(location: AnchorLocation, folder: string): Place {
  const own = join(folder, shelfFolder(ORIGIN));
  return {
    location,
    notes: () =>
      Object.fromEntries(
        readdirSync(own)
          .filter((file) => file.endsWith(".checkpoint"))
          .map((file) => [file, readFileSync(join(own, file), "utf8")]),
      ),
    put: (name, note) => {
      mkdirSync(own, { recursive: true });
      writeFileSync(join(own, name), note);
    },
  };
}

const KINDS: readonly Kind[] = [
  {
    kind: "file",
    open: (folder) => {
      const path = join(folder, "elsewhere");
      return folderPlace({ kind: "file", folder: path }, path);
    },
  },
  {
    kind: "s3-layout",
    open: (folder) => {
      const path = join(folder, "upload");
      return folderPlace({ kind: "s3-layout", folder: path, retentionMs: 86_400_000 }, path);
    },
  },
  {
    kind: "git",
    open: (_, site) => {
      const surroundings = { folder: site.clone(), variables: GIT_VARIABLES };
      const list = (): readonly string[] =>
        git(site.remote, ["ls-tree", "-r", "--name-only", REF]).toString().trim().split("\n");
      return {
        location: readAnchorLocation("git:origin", surroundings),
        notes: () =>
          Object.fromEntries(
            list().map((path) => [
              path.split("/").at(-1) ?? "",
              git(site.remote, ["cat-file", "blob", `${REF}:${path}`]).toString(),
            ]),
          ),
        put: (name, note) => {
          const clone = site.clone();
          const exists = git(clone, ["ls-remote", "origin", REF]).length > 0;
          if (exists) git(clone, ["fetch", "--quiet", "origin", REF]);
          git(clone, ["checkout", "--quiet", ...(exists ? ["--detach", "FETCH_HEAD"] : ["--orphan", "x"])]);
          mkdirSync(join(clone, shelfFolder(ORIGIN)), { recursive: true });
          writeFileSync(join(clone, shelfFolder(ORIGIN), name), note);
          git(clone, ["add", "."]);
          git(clone, ["commit", "--quiet", "-m", "x"]);
          git(clone, ["push", "--quiet", "origin", `HEAD:${REF}`]);
        },
      };
    },
  },
];

/** What somebody who can write the log, and has its key, can make of a log of 10 decisions that was anchored twice. */
const ATTACKS: readonly { readonly name: string; readonly log: LogVariant; readonly code: string | undefined }[] = [
  { name: "nothing", log: { decisions: 10 }, code: undefined },
  { name: "more decisions", log: { decisions: 12 }, code: undefined },
  { name: "the last decision cut off", log: { decisions: 9 }, code: "truncated" },
  { name: "a copy from before the first anchor", log: { decisions: 3 }, code: "truncated" },
  { name: "an old decision rewritten, every hash anew", log: { decisions: 10, changed: 2 }, code: "root-changed" },
  { name: "the last decision rewritten", log: { decisions: 10, changed: 10 }, code: "root-changed" },
  { name: "rewritten and longer", log: { decisions: 20, changed: 8 }, code: "root-changed" },
  { name: "another log of the same name", log: { decisions: 10, seed: 9 }, code: "root-changed" },
];

describe.each(KINDS)("$kind", ({ open }) => {
  async function setUp(use: (place: Place, folder: string, path: string) => Promise<void>): Promise<void> {
    using directory = temporaryDirectory();
    using site = gitSite();
    const place = open(directory.path, site);
    const path = await makeLog(directory.path, "log", { decisions: 5 });
    expect(await anchorLog(path, place.location)).toEqual({ status: "added", size: 6 });
    const store = await openAuditStore({ path, mode: "append" });
    await append(store, 6, 10);
    await store.close();
    expect(await anchorLog(path, place.location)).toEqual({ status: "added", size: 11 });
    await use(place, directory.path, path);
  }

  test("finds what was done to the log since", async () => {
    await setUp(async ({ location }, folder) => {
      for (const { name, log, code } of ATTACKS) {
        const changed = await makeLog(folder, name.replaceAll(" ", "-"), log);
        const report = await verifyAgainst(changed, [location]);
        if (code === undefined) expect(report, name).toEqual({ verdict: "good", codes: [] });
        else expect(report, name).toMatchObject({ verdict: "tampered", codes: expect.arrayContaining([code]) });
      }
      const other = await makeLog(folder, "other", { decisions: 10, origin: "github.com/acme/other" });
      expect(await verifyAgainst(other, [location])).toEqual({
        verdict: "tampered",
        codes: expect.arrayContaining(["root-changed", "other-log"]),
      });
    });
  });

  test("takes no checkpoint of a log that contradicts what is there", async () => {
    await setUp(async ({ location, notes }, folder) => {
      const before = notes();
      expect(Object.keys(before).toSorted()).toEqual(["11.checkpoint", "6.checkpoint"]);
      for (const { name, log, code } of ATTACKS.filter((attack) => attack.code !== undefined)) {
        const changed = await makeLog(folder, name.replaceAll(" ", "-"), log);
        await expect(anchorLog(changed, location), `${name}: ${code}`).rejects.toMatchObject({ code: "audit-corrupt" });
      }
      expect(notes()).toEqual(before);
    });
  });

  test("has the same checkpoint once, and never another one of the same size", async () => {
    await setUp(async ({ location, notes }, _, path) => {
      const before = notes();
      expect(await anchorLog(path, location)).toEqual({ status: "present", size: 11 });
      await expect(anchorLog(path, location, ed25519(2))).rejects.toMatchObject({ code: "audit-corrupt" });
      expect(notes()).toEqual(before);
    });
  });

  test("says so where another job has anchored more of the same log", async () => {
    await setUp(async ({ location }, _, path) => {
      const store = await openAuditStore({ path, mode: "append" });
      const early = await signCheckpoint(store, await store.head(9), LOG_KEY);
      expect(await (await openAnchor(location, PARTS)).publish(early, store)).toEqual({ status: "covered", size: 11 });
      await store.close();
    });
  });

  test("is not relied on where the log's key did not sign what is there", async () => {
    await setUp(async ({ location, put, notes }, folder, path) => {
      const other = noteKey(ORIGIN, "log", ed25519(2));
      const report = await verifyAgainst(path, [location], other);
      expect(report).toEqual({ verdict: "unknown", codes: ["anchor-invalid"] });
      put(noteFile(30), (notes()["11.checkpoint"] ?? "").replace("\n11\n", "\n30\n"));
      expect(await verifyAgainst(path, [location])).toEqual({ verdict: "unknown", codes: ["anchor-invalid"] });
      // What is signed there is held against the log all the same.
      const cut = await makeLog(folder, "cut", { decisions: 9 });
      expect((await verifyAgainst(cut, [location])).verdict).toBe("tampered");
    });
  });

  test.each([
    ["a note under another size", (note: string) => note],
    ["half a note", (note: string) => note.slice(0, 40)],
    ["nothing", () => ""],
    ["far too much", () => "x".repeat(200_000)],
  ])("is not relied on where it holds %s", async (_, change) => {
    await setUp(async ({ location, put, notes }, __, path) => {
      put(noteFile(8), change(notes()["11.checkpoint"] ?? ""));
      expect(await verifyAgainst(path, [location])).toEqual({ verdict: "unknown", codes: ["anchor-invalid"] });
    });
  });

  test("that has nothing of the log vouches for nothing", async () => {
    using directory = temporaryDirectory();
    using site = gitSite();
    const { location } = open(directory.path, site);
    const path = await makeLog(directory.path, "log", { decisions: 5 });
    const other = await makeLog(directory.path, "other", { decisions: 5, origin: "other" });
    await anchorLog(other, location);
    expect(await verifyAgainst(path, [location])).toEqual({ verdict: "unknown", codes: ["anchor-empty"] });
  });
});

describe("git", () => {
  test("eight jobs that anchor at once lose none, and the ref is never rewritten", async () => {
    using directory = temporaryDirectory();
    using site = gitSite();
    const jobs = await Promise.all(
      Array.from({ length: 8 }, async (_, at) => {
        const origin = `github.com/acme/${at}`;
        return makeLog(directory.path, `${at}`, { decisions: 2, origin });
      }),
    );
    const outcomes = await Promise.all(
      jobs.map(async (path) =>
        anchorLog(path, readAnchorLocation("git:origin", { folder: site.clone(), variables: GIT_VARIABLES })),
      ),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => "added"));
    expect(git(site.remote, ["rev-list", "--count", REF]).toString().trim()).toBe("8");
    expect(git(site.remote, ["ls-tree", "-r", "--name-only", REF]).toString().trim().split("\n")).toHaveLength(8);
  });

  test("a clone remembers what it has seen there, when somebody takes it away", async () => {
    using directory = temporaryDirectory();
    using site = gitSite();
    const location = readAnchorLocation("git:origin", { folder: site.clone(), variables: GIT_VARIABLES });
    const path = await makeLog(directory.path, "log", { decisions: 2 });
    await anchorLog(path, location);
    git(site.remote, ["update-ref", "-d", REF]);
    expect(await verifyAgainst(path, [location])).toEqual({ verdict: "unknown", codes: ["anchor-unreadable"] });
    await expect(anchorLog(path, location)).rejects.toMatchObject({ code: "audit-corrupt" });
  });

  test("what the remote refuses is not anchored", async () => {
    using directory = temporaryDirectory();
    using site = gitSite();
    const location = readAnchorLocation("git:origin", { folder: site.clone(), variables: GIT_VARIABLES });
    writeFileSync(join(site.remote, "hooks/pre-receive"), "#!/bin/sh\necho no >&2\nexit 1\n", { mode: 0o755 });
    const path = await makeLog(directory.path, "log", { decisions: 2 });
    await expect(anchorLog(path, location)).rejects.toMatchObject({
      code: "anchor-failed",
      message: expect.stringContaining("pre-receive hook declined"),
    });
  });

  test("that cannot be reached is no answer", async () => {
    using directory = temporaryDirectory();
    using site = gitSite();
    const path = await makeLog(directory.path, "log", { decisions: 2 });
    const away = readAnchorLocation(`git:file://${site.path}/none.git`, {
      folder: site.clone(),
      variables: GIT_VARIABLES,
    });
    expect(await verifyAgainst(path, [away])).toEqual({ verdict: "unknown", codes: ["anchor-unreadable"] });
  });
});

describe("file", () => {
  test("no link and no missing folder stands for checkpoints", async () => {
    using directory = temporaryDirectory();
    const folder = join(directory.path, "elsewhere");
    const path = await makeLog(directory.path, "log", { decisions: 2 });
    const location: AnchorLocation = { kind: "file", folder };
    expect(await verifyAgainst(path, [location])).toEqual({ verdict: "unknown", codes: ["anchor-unreadable"] });
    await anchorLog(path, location);
    const own = join(folder, shelfFolder(ORIGIN));
    symlinkSync(join(own, noteFile(3)), join(own, noteFile(2)));
    expect(await verifyAgainst(path, [location])).toEqual({ verdict: "unknown", codes: ["anchor-invalid"] });
  });
});

describe("s3-layout", () => {
  test("says for each note what its upload has to say, also where a run ended before it could", async () => {
    using directory = temporaryDirectory();
    const folder = join(directory.path, "upload");
    const location: AnchorLocation = { kind: "s3-layout", folder, retentionMs: 10 * 86_400_000 };
    const path = await makeLog(directory.path, "log", { decisions: 2 });
    await anchorLog(path, location);
    const key = `${shelfFolder(ORIGIN)}/3.checkpoint`;
    const body = readFileSync(join(folder, key));
    const manifest: unknown = JSON.parse(readFileSync(join(folder, `${key}.json`), "utf8"));
    expect(manifest).toEqual({
      schema: "gate/s3-object/v1",
      key,
      origin: ORIGIN,
      size: 3,
      contentType: "text/plain; charset=utf-8",
      contentMd5: createHash("md5").update(body).digest("base64"),
      checksumSha256: createHash("sha256").update(body).digest("base64"),
      objectLockMode: "COMPLIANCE",
      objectLockRetainUntilDate: "2026-03-11T12:00:00.000Z",
      ifNoneMatch: "*",
    });
    rmSync(join(folder, `${key}.json`));
    expect(await anchorLog(path, location)).toEqual({ status: "present", size: 3 });
    expect(JSON.parse(readFileSync(join(folder, `${key}.json`), "utf8"))).toEqual(manifest);
  });
});

describe("receipts", () => {
  test("that jobs left behind hold the log to all of their checkpoints", async () => {
    using directory = temporaryDirectory();
    const folder = join(directory.path, "receipts");
    mkdirSync(folder);
    const location: AnchorLocation = { kind: "receipts", folder };
    const path = await makeLog(directory.path, "log", { decisions: 10 });
    expect(await verifyAgainst(path, [location])).toEqual({ verdict: "unknown", codes: ["anchor-empty"] });
    const store = await openAuditStore({ path, mode: "append" });
    for (const size of [4, 9]) {
      const checkpoint = await signCheckpoint(store, await store.head(size), LOG_KEY);
      const entry = await store.find("3");
      if (entry === undefined) throw new Error("there is an entry 3");
      writeFileSync(join(folder, `${size}.tlog-proof`), formatReceipt(await receiptFor(store, entry, checkpoint)));
      expect(formatNote(checkpoint.note)).toContain(ORIGIN);
    }
    await store.close();
    for (const { name, log, code } of ATTACKS.filter(({ log: { decisions } }) => decisions !== 9)) {
      const changed = await makeLog(directory.path, name.replaceAll(" ", "-"), log);
      const report = await verifyAgainst(changed, [location]);
      // The largest receipt is of 9 entries, and says nothing of the tenth decision.
      const expected = code === undefined || log.changed === 10 ? [] : [code];
      expect(report.codes, name).toEqual(expect.arrayContaining(expected));
      expect(report.verdict, name).toBe(expected.length === 0 ? "good" : "tampered");
    }
    writeFileSync(join(folder, "half.tlog-proof"), "c2sp.org/tlog-proof@v1\n");
    expect(await verifyAgainst(path, [location])).toEqual({ verdict: "unknown", codes: ["anchor-invalid"] });
  });
});

describe("the age of the newest checkpoint", () => {
  test.each([
    ["entries that are few", { entries: 5 }, []],
    ["one entry too many", { entries: 4 }, ["anchor-old"]],
    ["the first of them new enough", { sinceMs: sampleTime(6).getTime(), within: "1d" }, []],
    ["the first of them too old", { sinceMs: sampleTime(6).getTime() + 1, within: "1d" }, ["anchor-old"]],
  ] as const)("%s", async (_, anchoredWithin, codes) => {
    using directory = temporaryDirectory();
    const path = await makeLog(directory.path, "log", { decisions: 10 });
    const store = await openAuditStore({ path, mode: "read" });
    const expected = [await store.head(3), await store.head(6)];
    await store.close();
    const report = await verifyStore(path, { expect: expected, anchoredWithin });
    expect(report.findings.map(({ code }) => code)).toEqual(codes);
    expect(report.verdict).toBe(codes.length === 0 ? "good" : "unknown");
  });

  test("nothing is new enough where nothing was anchored", async () => {
    using directory = temporaryDirectory();
    const path = await makeLog(directory.path, "log", { decisions: 2 });
    const anchoredWithin = { sinceMs: sampleTime(0).getTime(), within: "1d" };
    expect(await verifyStore(path, { anchoredWithin })).toMatchObject({
      verdict: "good",
    });
    const late = { sinceMs: sampleTime(1).getTime(), within: "1d" };
    expect(await verifyStore(path, { anchoredWithin: late })).toMatchObject({
      findings: [{ code: "anchor-old", index: 0 }],
    });
  });
});

describe("a place for checkpoints", () => {
  const surroundings = { folder: "/repo", variables: {} };

  test.each([
    ["file:../kept", { kind: "file", folder: "/kept" }],
    ["file:/a#b", { kind: "file", folder: "/a#b" }],
    ["receipts:out", { kind: "receipts", folder: "/repo/out" }],
    ["s3-layout:up", { kind: "s3-layout", folder: "/repo/up", retentionMs: 2557 * 86_400_000 }],
    ["s3-layout:up#90d", { kind: "s3-layout", folder: "/repo/up", retentionMs: 90 * 86_400_000 }],
    ["git:origin", { kind: "git", location: expect.objectContaining({ remote: "origin", ref: REF }) }],
    ["git:origin#refs/heads/cp", { kind: "git", location: expect.objectContaining({ ref: "refs/heads/cp" }) }],
    ["tsa:https://tsa.example/tsr", { kind: "tsa", url: new URL("https://tsa.example/tsr") }],
    ["tsa:http://127.0.0.1:80/#ca.pem", expect.objectContaining({ kind: "tsa", authorities: "/repo/ca.pem" })],
  ])("%s", (text, expected) => {
    expect(readAnchorLocation(text, surroundings)).toEqual(expected);
  });

  test.each([
    "",
    "kept",
    "file:",
    "ftp:x",
    "s3-layout:up#soon",
    "s3:https://u:secret@b.example/",
    "s3:https://b.example/a b",
    "s3:http://b.example/gate",
    "s3-layout:up#",
    "git:ori gin",
    "git:https://u:secret@example.org/x",
    "tsa:http://tsa.example/",
    "tsa:https://u:secret@tsa.example/",
    "tsa:https://tsa.example/?key=secret",
    "tsa:tsa.example",
    "witness:https://w.example",
    "witness:https://w.example#w+00000000+AAAA",
  ])("%j is none, and no secret of it is repeated", (text) => {
    try {
      readAnchorLocation(text, surroundings);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: expect.stringMatching(/^(?:usage|key-invalid)$/) });
      expect(String(error)).not.toContain("secret");
    }
  });
});
