import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gate, ROOT } from "../support.ts";
import { type Browser, CHROMIUM, startChromium, type Tab } from "./chromium.ts";
import { lastingProject, type PackedProject, packedProject, readMembers, TAMPERINGS, writePack } from "./packs.ts";

const PAGE = pathToFileURL(join(ROOT, "dist/verify.html")).href;

interface Shown {
  /** The class of the box, which is the verdict. */
  readonly verdict: string;
  readonly title: string;
  readonly text: string;
  readonly codes: readonly string[];
}

const READ = `(() => {
  const box = document.querySelector("#result .verdict");
  const rows = [...document.querySelectorAll("#result table")].find((table) => table.caption.textContent === "What was found");
  return {
    verdict: box?.className.split(" ")[1] ?? "",
    title: box?.querySelector(".title").textContent ?? "",
    text: document.querySelector("#result").textContent,
    codes: rows === undefined ? [] : [...rows.tBodies[0].rows].map((row) => row.cells[0].textContent),
  };
})()`;

const WAIT = `new Promise((resolve) => {
  const look = () => /^(Done|CANNOT)/.test(document.querySelector("#progress").textContent) ? resolve(true) : setTimeout(look, 10);
  look();
})`;

/** Gives the page a key, a checkpoint and a pack, as an auditor does. */
async function shown(
  tab: Tab,
  pack: string,
  given: { readonly key?: string; readonly checkpoint?: string },
): Promise<Shown> {
  const { key = "", checkpoint = "" } = given;
  await tab.evaluate(`document.querySelector("#progress").textContent = "";
    document.querySelector("#pack").value = "";
    document.querySelector("#key").value = ${JSON.stringify(key)};
    document.querySelector("#checkpoint").value = ${JSON.stringify(checkpoint)};`);
  await tab.choose("#pack", pack);
  await tab.evaluate(WAIT);
  return (await tab.evaluate(READ)) as Shown;
}

describe.skipIf(CHROMIUM === undefined)("the verifier page in Chromium (scripts/browser.sh installs it)", () => {
  let browser: Browser;
  let project: PackedProject;
  const { cwd: folder, remove } = lastingProject();
  beforeAll(async () => {
    [browser, project] = await Promise.all([startChromium(), packedProject(folder)]);
  });
  afterAll(async () => {
    await browser.close();
    remove();
  });

  it("verifies a pack from the disk, and asks nobody for anything", async () => {
    const tab = await browser.open(PAGE);
    const report = await shown(tab, project.pack, { key: project.key });
    expect(report).toMatchObject({ verdict: "good", title: "GOOD", codes: [] });
    expect(report.text).toContain("every one from 0 to 2");
    expect(report.text).toContain("2 decisions of the pack");
    expect(report.text).toContain("gate verify --decisions makes them again");
    expect(tab.requests).toEqual([PAGE]);
    expect(tab.complaints).toEqual([]);
  });

  it("is the page that is in the pack", async () => {
    const members = await readMembers(project.pack);
    expect(members.get("verify.html")?.equals(readFileSync(join(ROOT, "dist/verify.html")))).toBe(true);
  });

  it("cannot tell without a key, and takes a checkpoint in its place", async () => {
    const tab = await browser.open(PAGE);
    expect(await shown(tab, project.pack, {})).toMatchObject({ verdict: "unknown", codes: ["key-missing"] });
    const { stdout } = await gate(["audit", "verify"], { cwd: project.cwd });
    const checkpoint = /^Checkpoint: (.*)$/m.exec(stdout)?.[1] ?? "";
    expect(await shown(tab, project.pack, { checkpoint })).toMatchObject({ verdict: "good" });
    const forged = checkpoint.replace(/.$/, (digit) => (digit === "0" ? "1" : "0"));
    expect(await shown(tab, project.pack, { checkpoint: forged })).toMatchObject({ codes: ["root-changed"] });
  });

  it("is not good under another key, and says of a text that it is none", async () => {
    const tab = await browser.open(PAGE);
    await gate(["key", "generate", "-o", "other.pem"], { cwd: project.cwd });
    const origin = project.key.split("+")[0] ?? "";
    const { stdout } = await gate(["key", "show", "other.pem", "--log", origin], { cwd: project.cwd });
    const report = await shown(tab, project.pack, { key: stdout.trim() });
    expect(report).toMatchObject({ verdict: "tampered", codes: ["checkpoint-unsigned"] });
    await tab.evaluate(`document.querySelector("#key").value = "nonsense";
      document.querySelector("#given").requestSubmit();`);
    const problem = await tab.evaluate(`document.querySelector("#key-problem").textContent`);
    expect(problem).toContain("This is no verifier key");
    expect(((await tab.evaluate(READ)) as Shown).verdict).toBe("");
  });

  describe.each(TAMPERINGS)("with $name changed", ({ change, manifest, verdict, code }) => {
    it(`is ${verdict}: ${code}`, async () => {
      const tab = await browser.open(PAGE);
      const members = await readMembers(project.pack);
      change(members);
      await writePack(join(project.cwd, "changed.zip"), members, manifest);
      const report = await shown(tab, join(project.cwd, "changed.zip"), { key: project.key });
      expect(report.codes).toContain(code);
      expect(report.verdict).toBe(verdict);
      expect(tab.complaints).toEqual([]);
    });
  });

  it("shows what a pack says as text", async () => {
    const tab = await browser.open(PAGE);
    const members = await readMembers(project.pack);
    const hostile = `<img src=x onerror=document.title='owned'><script>document.title='owned'</script>\u202e\u001b[2J`;
    const leaf = JSON.parse(members.get("entries/00000001.json")?.toString("utf8") ?? "") as Record<string, unknown>;
    const { canonicalJson } = await import("../../src/evidence/canonical.ts");
    members.set("entries/00000001.json", Buffer.from(canonicalJson({ ...leaf, environment: hostile })));
    await writePack(join(project.cwd, "hostile.zip"), members, true);
    const report = await shown(tab, join(project.cwd, "hostile.zip"), { key: project.key });
    expect(report.verdict).toBe("tampered");
    expect(report.text).toContain("<img src=x onerror=document.title='owned'><script>");
    expect(report.text).not.toMatch(/[\u202e\u001b]/);
    expect(await tab.evaluate(`document.title`)).toBe("Verify an audit pack");
    expect(await tab.evaluate(`document.querySelectorAll("#result img, #result script").length`)).toBe(0);
    expect(tab.requests).toEqual([PAGE]);
  });

  it("says of a file that is no pack that it is none", async () => {
    const tab = await browser.open(PAGE);
    const report = await shown(tab, join(project.cwd, "log.pem"), { key: project.key });
    expect(report).toMatchObject({ verdict: "tampered", codes: ["file-damaged"] });
  });

  it("names every field, and can be used without a mouse", async () => {
    const tab = await browser.open(PAGE);
    const unnamed = await tab.evaluate(
      `[...document.querySelectorAll("input")].filter((one) => one.labels.length !== 1).length`,
    );
    expect(unnamed).toBe(0);
    await shown(tab, project.pack, { key: project.key });
    expect(await tab.evaluate(`document.activeElement.id`)).toBe("result");
    expect(await tab.evaluate(`document.querySelector("#progress").getAttribute("role")`)).toBe("status");
  });
});
