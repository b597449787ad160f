import { createHash } from "node:crypto";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { checkpointLine, parseCheckpointLine } from "../../src/audit/checkpoint.ts";
import { entryBody } from "../../src/audit/entry.ts";
import { openAuditStore } from "../../src/audit/open.ts";
import type { AuditStore } from "../../src/audit/store.ts";
import { type FindingCode, verifyStore } from "../../src/audit/verify.ts";
import { collect, ORIGIN, sampleEntry, temporaryDirectory } from "./fixtures.ts";
import { type GitSite, git, gitSite } from "./git-support.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const REF = "refs/gate/audit";
/** One complete bundle and a tail. */
const DECISIONS = 260;

async function open(site: GitSite, clone?: string, mode: "append" | "read" = "append"): Promise<AuditStore> {
  return openAuditStore({ path: site.location(clone), origin: ORIGIN, mode });
}

async function append(store: AuditStore, first: number, count: number): Promise<void> {
  const numbers = Array.from({ length: count }, (_, at) => first + at);
  await Promise.all(numbers.map(async (number) => store.append(...args(number))));
}

function args(number: number): Parameters<AuditStore["append"]> {
  const { entry, blobs } = sampleEntry(number);
  return [entry, blobs];
}

/** Puts another tree on the ref, as somebody who may push could. */
function rewrite(site: GitSite, change: (files: Map<string, Buffer>) => void): void {
  const listed = git(site.remote, ["ls-tree", "-r", "-z", "--name-only", REF]).toString().split("\0").filter(Boolean);
  const names = listed.map((path) => `${REF}:${path}\n`).join("");
  const all = git(site.remote, ["cat-file", "--batch"], names);
  const files = new Map<string, Buffer>();
  let at = 0;
  for (const path of listed) {
    const start = all.indexOf("\n", at) + 1;
    const end = start + Number(all.toString("latin1", at, start).split(" ")[2]);
    files.set(path, all.subarray(start, end));
    at = end + 1;
  }
  const before = new Map(files);
  change(files);
  const index = join(site.path, "index");
  const run = (line: readonly string[], input: string | Buffer = ""): string =>
    git(site.remote, [`--git-dir=${site.remote}`, ...line], input)
      .toString()
      .trim();
  process.env["GIT_INDEX_FILE"] = index;
  try {
    run(["read-tree", REF]);
    const gone = [...before.keys()].filter((path) => !files.has(path)).map((path) => `0 ${"0".repeat(40)}\t${path}\n`);
    const changed = [...files]
      .filter(([path, content]) => before.get(path) !== content)
      .map(([path, content]) => `100644 ${run(["hash-object", "-w", "--stdin"], content)}\t${path}\n`);
    run(["update-index", "--index-info"], [...gone, ...changed].join(""));
    run(["update-ref", REF, run(["commit-tree", run(["write-tree"]), "-p", REF, "-m", "changed"])]);
  } finally {
    delete process.env["GIT_INDEX_FILE"];
  }
}

function sha256(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
}

function flipped(content: Buffer | undefined, at: number): Buffer {
  const copy = Buffer.from(content ?? "");
  copy.writeUInt8(copy.readUInt8(at) ^ 1, at);
  return copy;
}

function pathLike(files: ReadonlyMap<string, Buffer>, start: string): string {
  const found = [...files.keys()].find((path) => path.startsWith(start));
  if (found === undefined) throw new Error(`no ${start}`);
  return found;
}

describe("a log of one bundle and a tail", () => {
  let site: GitSite;
  let tip = "";
  let checkpoint = "";
  beforeAll(async () => {
    site = gitSite();
    const store = await open(site);
    await append(store, 1, DECISIONS);
    checkpoint = checkpointLine(await store.head());
    await store.close();
    tip = git(site.remote, ["rev-parse", REF]).toString().trim();
    return () => site[Symbol.dispose]();
  });

  async function codes(expectLine?: string): Promise<{ verdict: string; codes: readonly FindingCode[] }> {
    const expected = expectLine === undefined ? undefined : parseCheckpointLine(expectLine);
    const report = await verifyStore(site.location(site.clone()), expected === undefined ? {} : { expect: [expected] });
    return { verdict: report.verdict, codes: [...new Set(report.findings.map(({ code }) => code))] };
  }

  test("is good to a fresh clone, whether the remote can leave files out or not", async () => {
    expect(await codes(checkpoint)).toEqual({ verdict: "good", codes: [] });
    git(site.remote, ["config", "uploadpack.allowFilter", "true"]);
    expect(await codes(checkpoint)).toEqual({ verdict: "good", codes: [] });
    git(site.remote, ["config", "--unset", "uploadpack.allowFilter"]);
  });

  test("is continued by a fresh clone that has not fetched the files it does not need", async () => {
    using other = gitSite({ "uploadpack.allowFilter": "true" });
    const first = await open(other);
    await append(first, 1, DECISIONS);
    await first.close();
    const second = await open(other, other.clone());
    await append(second, DECISIONS + 1, 1);
    expect((await collect(second.entries())).length).toBe(DECISIONS + 2);
    expect((await second.find("3"))?.body).toEqual(entryBody(ORIGIN, sampleEntry(3).entry));
    const [blob] = sampleEntry(5).blobs;
    expect(blob === undefined ? undefined : (await second.blob(blob.digest))?.data).toEqual(blob?.data);
    await second.close();
    expect((await verifyStore(other.location(other.clone()))).verdict).toBe("good");
  });

  test("has tiles that follow from its entries, by git and SHA-256 alone", () => {
    const clone = site.clone();
    git(clone, ["fetch", "--quiet", "origin", `${REF}:${REF}`]);
    const read = (path: string): Buffer => git(clone, ["cat-file", "blob", `${REF}:${path}`]);
    const [, size = "", root] = read("checkpoint").toString().split("\n");
    const leaves: Buffer[] = [];
    const bundle = read("tile/entries/000");
    for (let at = 0; at < bundle.length; at += 2 + bundle.readUInt16BE(at)) {
      leaves.push(sha256(Buffer.of(0), bundle.subarray(at + 2, at + 2 + bundle.readUInt16BE(at))));
    }
    expect(Buffer.concat(leaves)).toEqual(read("tile/0/000"));
    for (let index = 256; index < Number(size); index++) leaves.push(sha256(Buffer.of(0), read(`tail/${index}`)));
    const tree = (hashes: readonly Buffer[]): Buffer => {
      if (hashes.length === 1) return hashes[0] ?? Buffer.alloc(0);
      const left = 2 ** Math.ceil(Math.log2(hashes.length) - 1);
      return sha256(Buffer.of(1), tree(hashes.slice(0, left)), tree(hashes.slice(left)));
    };
    expect(tree(leaves).toString("base64")).toBe(root);
    expect(tree(leaves.slice(0, 256))).toEqual(read("tile/1/000.p/1"));
  });

  const attacks: readonly (readonly [name: string, change: (files: Map<string, Buffer>) => void, code: FindingCode])[] =
    [
      ["a byte of a bundle", (f) => f.set("tile/entries/000", flipped(f.get("tile/entries/000"), 300)), "leaf-changed"],
      ["a length in a bundle", (f) => f.set("tile/entries/000", flipped(f.get("tile/entries/000"), 1)), "file-damaged"],
      ["a missing bundle", (f) => f.delete("tile/entries/000"), "entry-missing"],
      ["an entry of the tail", (f) => f.set("tail/258", flipped(f.get("tail/258"), 30)), "root-changed"],
      ["a dropped entry", (f) => f.delete("tail/257"), "entry-missing"],
      ["a dropped last entry", (f) => f.delete("tail/260"), "truncated"],
      ["a swapped pair", swapTail, "column-changed"],
      ["a tile of leaves", (f) => f.set("tile/0/000", flipped(f.get("tile/0/000"), 5)), "leaf-changed"],
      ["a tile above", (f) => f.set("tile/1/000.p/1", flipped(f.get("tile/1/000.p/1"), 5)), "node-changed"],
      ["a missing tile", (f) => f.delete("tile/0/000"), "node-changed"],
      ["an extra tile", (f) => f.set("tile/2/000.p/1", Buffer.alloc(32)), "node-extra"],
      ["a document", (f) => f.set(pathLike(f, "blob/"), Buffer.from("{}")), "blob-changed"],
      ["an extra document", (f) => f.set(`blob/text/plain/00/${"00".repeat(32)}`, Buffer.from("x")), "blob-extra"],
      ["a document of another type", retype, "blob-changed"],
      ["a missing document", (f) => f.delete(pathLike(f, "blob/")), "pruned"],
      ["an index", (f) => f.set(pathLike(f, "id/"), Buffer.from("7\n")), "column-changed"],
      ["a missing index", (f) => f.delete(pathLike(f, "id/")), "column-changed"],
      ["a strange file", (f) => f.set("README.md", Buffer.from("x")), "schema-changed"],
      ["a checkpoint", (f) => f.set("checkpoint", Buffer.from("x")), "file-damaged"],
      ["the name in the checkpoint", rename, "root-changed"],
    ];
  test.each(attacks)("that is changed is found: %s", async (_name, change, code) => {
    rewrite(site, change);
    try {
      const found = await codes();
      expect(found.codes).toContain(code);
      expect(found.verdict).toBe(code === "pruned" ? "unknown" : "tampered");
    } finally {
      git(site.remote, ["update-ref", REF, tip]);
    }
  });

  test("that is put back is found with a checkpoint, and by a clone that has seen more", async () => {
    const seen = site.clone();
    expect((await verifyStore(site.location(seen))).verdict).toBe("good");
    git(site.remote, ["update-ref", REF, `${tip}~3`]);
    try {
      expect(await codes()).toEqual({ verdict: "good", codes: [] });
      expect(await codes(checkpoint)).toEqual({ verdict: "tampered", codes: ["truncated"] });
      const report = await verifyStore(site.location(seen));
      expect(report).toMatchObject({ verdict: "tampered", findings: [{ code: "truncated" }] });
      await expect(open(site, seen)).rejects.toThrow(
        expect.objectContaining({ code: "audit-corrupt", message: expect.stringContaining("was rewritten") }),
      );
      git(site.remote, ["update-ref", "-d", REF]);
      expect((await verifyStore(site.location(seen))).findings).toMatchObject([{ code: "truncated" }]);
      await expect(open(site, seen)).rejects.toThrow(expect.objectContaining({ code: "audit-corrupt" }));
    } finally {
      git(site.remote, ["update-ref", REF, tip]);
    }
  });

  test("leaves the clone as it was", async () => {
    const clone = site.clone();
    const before = git(clone, ["for-each-ref"]).toString() + git(clone, ["config", "--list", "--local"]).toString();
    const store = await open(site, clone, "read");
    await collect(store.entries());
    await store.close();
    expect(git(clone, ["for-each-ref"]).toString() + git(clone, ["config", "--list", "--local"]).toString()).toBe(
      before,
    );
    expect(git(clone, ["rev-parse", "--is-shallow-repository"]).toString().trim()).toBe("false");
    expect(git(clone, ["status", "--porcelain"]).toString()).toBe("");
    expect(readdirSync(clone)).toEqual([".git"]);
  });
});

function swapTail(files: Map<string, Buffer>): void {
  const [a, b] = [files.get("tail/257") ?? Buffer.alloc(0), files.get("tail/258") ?? Buffer.alloc(0)];
  files.set("tail/257", b).set("tail/258", a);
}

function retype(files: Map<string, Buffer>): void {
  const path = pathLike(files, "blob/");
  files.set(path.replace(/blob\/[^/]+\/[^/]+/, "blob/text/plain"), files.get(path) ?? Buffer.alloc(0));
  files.delete(path);
}

function rename(files: Map<string, Buffer>): void {
  files.set("checkpoint", Buffer.from((files.get("checkpoint") ?? "").toString().replace("acme", "evil")));
}

test("a push that the remote refuses for good is an error that says why, without control characters", async () => {
  using site = gitSite();
  const store = await open(site);
  const hook = join(site.remote, "hooks/pre-receive");
  writeFileSync(hook, "#!/bin/sh\nprintf 'not \\033[31mtoday\\n' >&2\nexit 1\n", { mode: 0o755 });
  await expect(store.append(...args(1))).rejects.toThrow(
    expect.objectContaining({ code: "audit-write-failed", message: expect.stringMatching(/pre-receive.*not .*today/) }),
  );
  expect((await store.head()).size).toBe(1);
  await store.close();
  expect((await verifyStore(site.location())).findings).toMatchObject([{ code: "empty" }]);
});

test("a remote that is gone, a remote without a log and a folder that is no clone are told apart", async () => {
  using site = gitSite();
  using elsewhere = temporaryDirectory();
  expect((await verifyStore(site.location())).findings).toMatchObject([{ code: "not-found" }]);
  await expect(open(site, undefined, "read")).rejects.toThrow(expect.objectContaining({ code: "audit-not-found" }));
  await expect(open(site, elsewhere.path)).rejects.toThrow(expect.objectContaining({ code: "usage" }));
  const lost = site.clone();
  git(lost, ["remote", "set-url", "origin", join(site.path, "gone.git")]);
  expect((await verifyStore(site.location(lost))).findings).toMatchObject([{ code: "unreadable" }]);
  await expect(open(site, lost)).rejects.toThrow(expect.objectContaining({ code: "audit-unreadable" }));
});

test.each([
  "git:",
  "git:-x",
  "git:a b",
  "git:origin#main",
  "git:origin#refs/../x/y",
  "git:origin#refs/heads/a.lock",
  "git:origin#refs/heads/x#y",
  "git:ext::sh",
  "git:https://user:secret@example.org/x",
])("%j is no location", (text) => {
  using site = gitSite();
  expect(() => site.location(undefined, text)).toThrow(expect.objectContaining({ code: "usage" }));
});

test("hooks and settings of the clone's user take no part", async () => {
  using site = gitSite();
  const clone = site.clone();
  const marker = join(site.path, "ran");
  for (const hook of ["pre-push", "reference-transaction", "post-commit"]) {
    writeFileSync(join(clone, ".git/hooks", hook), `#!/bin/sh\ntouch ${marker}\n`, { mode: 0o755 });
  }
  git(clone, ["config", "core.hooksPath", join(clone, ".git/hooks")]);
  git(clone, ["config", "push.gpgSign", "true"]);
  const store = await open(site, clone);
  await append(store, 1, 1);
  await store.close();
  expect(readdirSync(site.path)).not.toContain("ran");
});
