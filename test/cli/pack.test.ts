import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tamper } from "../audit/fixtures.ts";
import {
  lastingProject,
  type Members,
  type PackedProject,
  packedProject,
  readMembers,
  TAMPERINGS,
  writePack,
} from "../page/packs.ts";
import { exampleProject, gate, ROOT, temporaryFolder, writeFiles } from "../support.ts";
import { forgeLog } from "./forged-log.ts";

interface Report {
  readonly code: number;
  readonly verdict: string;
  readonly findings: readonly { readonly code: string; readonly index?: number; readonly message: string }[];
  readonly complete: { readonly first: number; readonly last: number } | null;
  readonly entries: number;
  readonly unchecked: readonly string[];
  readonly decisions: readonly { readonly index: number; readonly verdict: string; readonly evidence: object }[];
}

async function verify(cwd: string, pack: string, ...args: readonly string[]): Promise<Report> {
  const { code, stdout } = await gate(["verify", pack, "--json", ...args], { cwd });
  return { code, ...(JSON.parse(stdout) as Omit<Report, "code">) };
}

const codesOf = ({ findings }: Report) => [...new Set(findings.map(({ code }) => code))];

function asItIs(): void {}

function withOtherEntry(members: Members): void {
  members.get("entries/00000001.json")?.writeUInt8(0x20, 40);
}

describe("gate audit pack", () => {
  let project: PackedProject;
  const { cwd: folder, remove } = lastingProject();
  afterAll(remove);
  beforeAll(async () => {
    project = await packedProject(folder);
  });

  it("proves every decision to whoever has the log's key, without the log", async () => {
    const elsewhere = exampleProject();
    writeFileSync(join(elsewhere, "pack.zip"), readFileSync(project.pack));
    const given = ["--log-key", project.key];
    const { code, stdout } = await gate(["verify", "pack.zip", "--decisions", ...given], { cwd: elsewhere });
    expect(stdout).toMatch(/^GOOD: 3 entries, 2 decisions verified\n/);
    expect(stdout).toContain("Complete: every entry from 0 to 2 of a log of 3.\n");
    expect(stdout).toContain("2 decisions made again: 2 identical, 0 different, 0 cannot be made again.\n");
    expect(code).toBe(0);
  });

  it("is the same file for the same log", async () => {
    const again = temporaryFolder();
    await gate(["audit", "pack", "-o", join(again, "pack.zip")], { cwd: project.cwd });
    expect(readFileSync(join(again, "pack.zip")).equals(readFileSync(project.pack))).toBe(true);
  });

  it("is read by other programs, which find each member under its digest", async () => {
    const script = `
import hashlib, json, sys, zipfile
pack = zipfile.ZipFile(sys.argv[1])
assert pack.testzip() is None
names = pack.namelist()
manifest = json.loads(pack.read("manifest.json"))
assert [m["name"] for m in manifest["members"]] + ["manifest.json"] == names
for m in manifest["members"]:
    assert "sha256:" + hashlib.sha256(pack.read(m["name"])).hexdigest() == m["sha256"]
for name in names:
    folder, _, file = name.partition("/")
    if folder in ("decisions", "evidence", "inputs", "policies"):
        assert hashlib.sha256(pack.read(name)).hexdigest() == file.split(".")[0]
print(len(names))`;
    const count = execFileSync("python3", ["-c", script, project.pack], { encoding: "utf8" });
    expect(Number(count)).toBeGreaterThan(20);
  });

  it("cannot be told where nobody says who signed it", async () => {
    expect(await verify(project.cwd, "pack.zip")).toMatchObject({ code: 2, verdict: "unknown" });
    const { stdout } = await gate(["audit", "verify"], { cwd: project.cwd });
    const checkpoint = /^Checkpoint: (.*)$/m.exec(stdout)?.[1] ?? "";
    expect((await verify(project.cwd, "pack.zip", "--checkpoint", checkpoint)).code).toBe(0);
    const forged = checkpoint.replace(/.$/, (digit) => (digit === "0" ? "1" : "0"));
    expect(codesOf(await verify(project.cwd, "pack.zip", "--checkpoint", forged))).toEqual(["root-changed"]);
    const other = checkpoint.replace(/^\S+/, "other");
    expect(codesOf(await verify(project.cwd, "pack.zip", "--checkpoint", other))).toEqual(["other-log"]);
    const later = checkpoint.replace(/ 3 /, " 9 ");
    expect(codesOf(await verify(project.cwd, "pack.zip", "--checkpoint", later))).toEqual(["checkpoint-missing"]);
    const both = ["--checkpoint", later, "--log-key", project.key];
    expect(await verify(project.cwd, "pack.zip", ...both)).toMatchObject({ code: 2, verdict: "unknown" });
  });

  it("is not good under another key", async () => {
    const { cwd } = project;
    await gate(["key", "generate", "-o", "other.pem"], { cwd });
    const { stdout } = await gate(["key", "show", "other.pem", "--log", project.key.split("+")[0] ?? ""], { cwd });
    const report = await verify(cwd, "pack.zip", "--log-key", stdout.trim());
    expect(report).toMatchObject({ code: 1, verdict: "tampered", findings: [{ code: "checkpoint-unsigned" }] });
    expect(report.decisions.map(({ verdict }) => verdict)).toEqual(["tampered", "tampered"]);
  });

  it("says what another checkpoint and a part of the log show", async () => {
    const last = await gate(["audit", "pack", "-o", "last.zip", "--last", "1"], { cwd: project.cwd });
    expect(last.stderr).toContain("1 decision, every entry from 2 to 2");
    const report = await verify(project.cwd, "last.zip", "--log-key", project.key);
    expect(report).toMatchObject({ code: 0, entries: 1, complete: { first: 2, last: 2 } });
    const named = await gate(["audit", "pack", "-o", "one.zip", "--entry", "1"], { cwd: project.cwd });
    expect(named.stderr).toContain("chosen entries only");
    const one = await verify(project.cwd, "one.zip", "--log-key", project.key);
    expect(one).toMatchObject({ code: 0, complete: null, decisions: [{ index: 1 }] });
    expect(one.unchecked.join()).toContain("nothing shows that there are no others");
  });

  it.each([
    { args: ["--since", "2999-01-01"], message: "no entry of that time" },
    { args: ["--entry", "1", "--last", "1"], message: "not both" },
    { args: ["--entry", "99"], message: 'no decision "99"' },
    { args: ["--attestation", "none.json"], message: "none.json cannot be read" },
  ])("refuses $args", async ({ args, message }) => {
    const { code, stderr } = await gate(["audit", "pack", "-o", "none.zip", ...args], { cwd: project.cwd });
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });

  it("leaves evidence out where that is asked for, and says so", async () => {
    await gate(["audit", "pack", "-o", "bare.zip", "--without-evidence"], { cwd: project.cwd });
    const members = await readMembers(join(project.cwd, "bare.zip"));
    expect([...members.keys()].filter((name) => name.startsWith("evidence/"))).toEqual([]);
    const report = await verify(project.cwd, "bare.zip", "--log-key", project.key);
    expect(report).toMatchObject({ code: 0, verdict: "good" });
    expect(report.unchecked.join()).toContain("Evidence was left out of the pack");
    const replayed = await verify(project.cwd, "bare.zip", "--log-key", project.key, "--decisions");
    expect(replayed).toMatchObject({ code: 2, verdict: "unknown" });
    expect(codesOf(replayed)).toEqual(["not-replayable", "empty"]);
  });

  it("takes what is about one repository", async () => {
    const cwd = exampleProject();
    await gate(["key", "generate", "-o", "log.pem"], { cwd });
    for (const repository of ["github.com/acme/one", "github.com/acme/two"]) {
      await gate(["check", "-e", "development", "--repository", repository], { cwd });
    }
    const args = ["audit", "pack", "-o", "one.zip", "--repository", "github.com/acme/one", "--log-key", "log.pem"];
    const { code, stderr } = await gate(args, { cwd });
    expect(stderr).toContain("Wrote one.zip: 1 decision, chosen entries only");
    expect(code).toBe(0);
  });

  it("carries attestations along", async () => {
    writeFileSync(join(project.cwd, "vsa.json"), "{}");
    await gate(["audit", "pack", "-o", "more.zip", "--attestation", "vsa.json"], { cwd: project.cwd });
    const report = await verify(project.cwd, "more.zip", "--log-key", project.key);
    expect(report.code).toBe(0);
    expect(report.unchecked.join()).toContain("each to be verified by itself");
  });

  it("proves nothing without a signed checkpoint, and is not made of a log that was tampered with", async () => {
    const cwd = exampleProject();
    await gate(["check", "-e", "development"], { cwd });
    const unsigned = await gate(["audit", "pack", "-o", "pack.zip"], { cwd });
    expect(unsigned.stderr).toContain("--log-key");
    expect(unsigned.code).toBe(2);
    const sql = "UPDATE blob SET data = CAST('{}' AS BLOB) WHERE media_type LIKE '%decision%'";
    tamper(join(cwd, ".gate/audit.db"), "DROP TRIGGER blob_no_update", sql);
    const tampered = await gate(["audit", "pack", "-o", "pack.zip"], { cwd });
    expect(tampered.stderr).toContain("[audit-corrupt]");
    expect(tampered.code).toBe(2);
  });

  it("is not good where something is gone from the store", async () => {
    const { cwd, key } = await packedProject();
    tamper(join(cwd, ".gate/audit.db"), "DELETE FROM blob WHERE media_type LIKE '%evidence%'");
    const { stderr } = await gate(["audit", "pack", "-o", "pack.zip"], { cwd });
    expect(stderr).toContain("no longer in the store");
    const report = await verify(cwd, "pack.zip", "--log-key", key);
    expect(report).toMatchObject({ code: 2, verdict: "unknown" });
    expect(codesOf(report)).toEqual(["pruned"]);
  });

  it("shows with --decisions that a verdict does not follow from its evidence", async () => {
    const { cwd, key } = await packedProject();
    await forgeLog(cwd, ({ decision, inputs }) => ({
      decision: { ...decision, outcome: "allow", exitCode: 0 },
      inputs,
    }));
    const store = ["--store", "forged.db"];
    await gate(["audit", "pack", "-o", "forged.zip", "--log-key", "log.pem", ...store], { cwd });
    const { stdout } = await gate(["audit", "verify", ...store], { cwd });
    const origin = /^Checkpoint: (\S+)/m.exec(stdout)?.[1] ?? "";
    const shown = await gate(["key", "show", "log.pem", "--log", origin], { cwd });
    expect(key).not.toBe("");
    const given = ["--log-key", shown.stdout.trim()];
    expect((await verify(cwd, "forged.zip", ...given)).code).toBe(0);
    const report = await verify(cwd, "forged.zip", ...given, "--decisions");
    expect(report).toMatchObject({ code: 1, verdict: "tampered", findings: [{ code: "decision-not-reproduced" }] });
  });

  it("can be checked by hand, as the documentation says", async () => {
    const page = readFileSync(join(ROOT, "docs/audit-pack.md"), "utf8");
    const script = /^```sh\n(.*?)^```$/ms.exec(page)?.[1] ?? "";
    const run = async (change: (members: Members) => void, entry: string, key: string): Promise<string> => {
      const unpacked = temporaryFolder();
      const members = await readMembers(project.pack);
      change(members);
      writeFiles(unpacked, Object.fromEntries(members));
      const { status, stdout } = spawnSync("bash", ["-c", script, "by-hand", entry, key], {
        cwd: unpacked,
        encoding: "utf8",
      });
      return `${status} ${stdout}`;
    };
    for (const entry of ["00000001", "00000002"]) {
      expect(await run(asItIs, entry, project.key)).toMatch(
        /^0 Signature Verified Successfully\ndecisions\/[0-9a-f]{64}\.json: OK\n$/,
      );
    }
    expect(await run(withOtherEntry, "00000001", project.key)).toMatch(/^1 entry 00000001 is not in the tree/);
    const [name, id] = project.key.split("+");
    const other = `${name}+${id}+${Buffer.alloc(33, 1).toString("base64")}`;
    expect(await run(asItIs, "00000001", other)).toMatch(/^1 /);
  });

  it("has a page of its own to verify with, and notices another", async () => {
    const members = await readMembers(project.pack);
    expect(members.get("verify.html")?.equals(readFileSync(join(ROOT, "dist/verify.html")))).toBe(true);
    members.set("verify.html", Buffer.from("<!doctype html><title>GOOD</title>"));
    await writePack(join(project.cwd, "page.zip"), members, true);
    const report = await verify(project.cwd, "page.zip", "--log-key", project.key);
    expect(report).toMatchObject({ code: 1, findings: [{ code: "page-changed" }] });
  });

  describe.each(TAMPERINGS)("with $name changed", ({ change, manifest, verdict, code }) => {
    it(`is ${verdict}: ${code}`, async () => {
      const members = await readMembers(project.pack);
      change(members);
      await writePack(join(project.cwd, "changed.zip"), members, manifest);
      const report = await verify(project.cwd, "changed.zip", "--log-key", project.key);
      expect(codesOf(report)).toContain(code);
      expect(report).toMatchObject({ verdict, code: verdict === "tampered" ? 1 : 2 });
    });
  });
});
