import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { decisionEntry } from "../../src/audit/entry.ts";
import { openAuditStore } from "../../src/audit/open.ts";
import { canonicalJson, sha256 } from "../../src/evidence/canonical.ts";
import { ORIGIN, sampleDecision, sampleId, tamper } from "../audit/fixtures.ts";
import { exampleProject, gate } from "../support.ts";

const BY = ["--by", "legal"];

/** A project whose log has decisions of 2015 to 2018, with evidence that was found in each. */
let cwd: string;
let file: string;
beforeEach(async () => {
  cwd = exampleProject();
  file = join(cwd, ".gate/audit.db");
  const store = await openAuditStore({ path: file, origin: ORIGIN, mode: "append" });
  for (let year = 2015; year <= 2018; year++) {
    const decision = sampleDecision(year);
    const data = Buffer.from(canonicalJson({ evidence: year, text: "x".repeat(20_000) }));
    const blob = { digest: sha256(data), mediaType: "application/vnd.gate.evidence.v1+json", data };
    const evidence = decision.evidence.map((one) => ({ ...one, id: blob.digest, stored: true as const }));
    const { entry, blobs } = decisionEntry({ ...decision, evidence }, new Date(Date.UTC(year, 5, 1)));
    await store.append(entry, [...blobs, blob]);
  }
  await store.close();
});

function setRetention(retention: string): void {
  const path = join(cwd, "gate.yaml");
  writeFileSync(path, readFileSync(path, "utf8").replace("audit:\n", `audit:\n  retention: ${retention}\n`));
}

async function verdict(): Promise<string> {
  return (await gate(["audit", "verify"], { cwd })).stdout;
}

describe("gate audit prune", () => {
  it("says what would go and changes nothing, until it is told --yes", async () => {
    const before = readFileSync(file);
    for (const flags of [[], ["--dry-run"]]) {
      const planned = await gate(["audit", "prune", ...flags], { cwd });
      expect(planned).toMatchObject({ code: 0, stderr: "" });
      expect(planned.stdout).toMatch(/^Would remove 8 documents, \d+ bytes: documents 4, evidence 4\n/);
      expect(planned.stdout).toContain(
        "Oldest: entry 1 of 2015-06-01T00:00:00.000Z; newest: entry 4 of 2018-06-01T00:00:00.000Z",
      );
      expect(planned.stdout).toContain("Nothing was removed: pass --yes.");
    }
    expect(readFileSync(file).equals(before)).toBe(true);

    const pruned = await gate(["audit", "prune", "--yes", ...BY], { cwd });
    expect(pruned.stdout).toMatch(/^Removed 8 documents/);
    expect(pruned.stdout).toMatch(/Recorded: github.com\/acme\/payments 6 sha256:/);
    expect(pruned.stderr).toMatch(/^The next entries take the space; .*Older copies still have the documents\.\n$/);
    expect(readFileSync(file).includes("xxxxxxxx")).toBe(false);
    await gate(["audit", "backup", "-o", "small.db"], { cwd });
    expect(statSync(join(cwd, "small.db")).size).toBeLessThan(before.length - 80_000);
    expect(await verdict()).toMatch(/^GOOD: 6 entries verified\n {2}8 documents were deleted, as the log says\n/);
    expect((await gate(["audit", "prune", "--yes", ...BY], { cwd })).stdout).toBe("Nothing is past its time.\n");
  });

  it("keeps to audit.retention, each kind for its own time", async () => {
    setRetention("{documents: 99y, evidence: 18m}");
    const pruned = await gate(["audit", "prune", "--json"], { cwd });
    const plan = JSON.parse(pruned.stdout) as { removed: boolean; documents: readonly { kind: string }[] };
    expect(plan.removed).toBe(false);
    expect(plan.documents.map(({ kind }) => kind)).toEqual(["evidence", "evidence", "evidence", "evidence"]);
  });

  it.each([
    ["{documents: 1y, evidence: 2y}", "evidence cannot be kept longer (2y) than the documents that name them (1y)"],
    ["{evidence: 2y, documents: 1w}", "whole days, months or years"],
    ["{evidence: 0d}", "whole days, months or years"],
    ["{other: 1y}", "other"],
  ])("refuses audit.retention: %s", async (retention, message) => {
    setRetention(retention);
    const { code, stderr } = await gate(["audit", "prune"], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain("config-invalid");
    expect(stderr).toContain(message);
  });

  it("takes what is younger only with --override-retention, and the log says so", async () => {
    setRetention("{documents: 99y}");
    const refused = await gate(["audit", "prune", "--before", "2017-01-01", "--yes", ...BY], { cwd });
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("audit.retention keeps documents for 99y");
    const flags = ["--before", "2017-01-01", "--override-retention", "--kind", "evidence", "--yes", ...BY];
    const pruned = await gate(["audit", "prune", ...flags], { cwd });
    expect(pruned.stdout).toMatch(/^Removed 2 documents, \d+ bytes: evidence 2\n/);
    const exported = await gate(["audit", "export", "--kind", "deletion", "--documents"], { cwd });
    expect(exported.stdout).toContain("before 2017-01-01, against audit.retention: evidence 99y");
    expect(exported.stdout).toContain("legal");
    expect(await verdict()).toMatch(/^GOOD/);
  });

  it.each([
    ["--yes with --dry-run", ["--yes", "--dry-run"], "pass one of them"],
    ["a day that there is not", ["--before", "2017-02-30"], "--before must be a day"],
    ["a day to come", ["--before", "2999-01-01"], "is in the future"],
    ["--override-retention alone", ["--override-retention"], "goes with --before"],
    ["a name as who removes", ["--yes", "--by", "ada@acme.example"], "--by names somebody"],
    ["another kind", ["--kind", "decisions"], "documents, evidence, inputs, policies"],
  ])("refuses %s", async (_, flags, message) => {
    const { code, stderr } = await gate(["audit", "prune", ...flags], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  it("does not prune a log that was tampered with", async () => {
    tamper(file, "DROP TRIGGER blob_no_update");
    const { code, stderr } = await gate(["audit", "prune", "--yes", ...BY], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain("audit-corrupt");
  });

  it("of everything leaves commands that say so and do not fall over", async () => {
    await gate(["audit", "prune", "--yes", ...BY], { cwd });
    const day = new Date().toISOString().slice(0, 10);
    const why = `was deleted on ${day} for retention, as entry 5 says`;
    expect((await gate(["audit", "list"], { cwd })).stdout.trimEnd().split("\n")).toHaveLength(4);
    const shown = await gate(["audit", "show", "2"], { cwd });
    expect(shown.code).toBe(2);
    expect(shown.stderr).toContain(`the document of entry 2 ${why}; only its leaf is left`);
    expect((await gate(["explain", "--decision", "2"], { cwd })).stderr).toContain(why);
    const replayed = await gate(["replay", "2"], { cwd });
    expect(replayed).toMatchObject({ code: 2 });
    expect(replayed.stdout).toContain(why);
    const exported = await gate(["audit", "export", "--documents"], { cwd });
    expect(exported.code).toBe(0);
    expect(exported.stdout).toContain(`"missing":true,"why":"${why}"`);
    const report = await gate(["report", "ssdf", "--from", "2015-01-01", "--to", "2019-01-01", "-f", "json"], { cwd });
    expect(report.stdout).toContain(why);
    const spooled = await gate(["audit", "spool", "out"], { cwd });
    expect(spooled.stderr).toContain(why);
    const copied = await gate(["audit", "backup", "-o", "copy.db"], { cwd });
    expect(copied.stdout).toContain("not in the copy either");
    expect((await gate(["check", "-e", "development"], { cwd })).code).toBe(0);
    expect(await verdict()).toMatch(/^GOOD: 7 entries/);
  });
});

describe("gate audit hold", () => {
  it("keeps documents from a prune until it is released", async () => {
    const scope = ["--since", "2016-01-01", "--until", "2016-12-31", "--reason", "letter of 2 January"];
    const held = await gate(["audit", "hold", "add", "case-7", ...scope, ...BY], { cwd });
    expect(held).toMatchObject({ code: 0, stderr: "" });
    expect(held.stdout).toContain("Held by case-7: from 2016-01-01T00:00:00.000Z, before 2017-01-01T00:00:00.000Z.");
    expect((await gate(["audit", "hold", "list"], { cwd })).stdout).toContain("letter of 2 January");

    const pruned = await gate(["audit", "prune", "--yes", ...BY], { cwd });
    expect(pruned.stdout).toContain("Held back by case-7: 2 documents past their time");
    expect(pruned.stdout).toContain("Removed 6 documents");
    expect((await gate(["audit", "show", sampleId(2016)], { cwd })).code).toBe(0);

    expect((await gate(["audit", "hold", "release", "case-7", "--reason", "settled", ...BY], { cwd })).code).toBe(0);
    expect((await gate(["audit", "hold", "list"], { cwd })).stdout).toBe("No hold is in force.\n");
    expect((await gate(["audit", "prune", "--yes", ...BY], { cwd })).stdout).toContain("Removed 2 documents");
    expect(await verdict()).toMatch(/^GOOD: 9 entries/);
  });

  it("is of an entry that there is, has a name of its own, and has to be in force to be released", async () => {
    const add = (...flags: readonly string[]) => gate(["audit", "hold", "add", ...flags, ...BY], { cwd });
    expect((await add("case-7", "--entry", "99")).stderr).toContain('no entry "99"');
    expect((await add("case-7", "--since", "2017-01-01", "--until", "2016-01-01")).stderr).toContain(
      "--since is after",
    );
    expect((await add("case-7", "--entry", "2")).code).toBe(0);
    expect((await add("case-7")).stderr).toContain("in force already");
    const release = await gate(["audit", "hold", "release", "case-8", "--reason", "x", ...BY], { cwd });
    expect(release.stderr).toContain("no hold case-8");
    const listed = await gate(["audit", "hold", "list", "--json"], { cwd });
    expect(JSON.parse(listed.stdout)).toMatchObject([{ name: "case-7", entries: [sampleId(2016)], index: 5 }]);
  });
});
