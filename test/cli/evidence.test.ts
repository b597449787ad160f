import { expect, it } from "vitest";
import { ADAPTERS } from "../../src/ingest/index.ts";
import { exampleProject, gate, temporaryFolder, writeFiles } from "../support.ts";

it("lists every format", async () => {
  const { stdout, code } = await gate(["evidence", "formats"], { cwd: temporaryFolder() });
  expect(code).toBe(0);
  expect(stdout.trimEnd().split("\n")).toHaveLength(ADAPTERS.length);
  for (const { id } of ADAPTERS) expect(stdout).toMatch(new RegExp(`^${id} `, "m"));
});

it("says what a check would know of a file", async () => {
  const { stdout, code } = await gate(["evidence", "show", "artifacts/junit.xml"], { cwd: exampleProject() });
  expect(code).toBe(0);
  expect(stdout).toContain(
    "artifacts/junit.xml: tests (junit)\n  usable, the tool says unknown\n  total: 25\n  passed: 24\n",
  );
});

it("prints the normalised evidence", async () => {
  const { stdout } = await gate(["evidence", "show", "--json", "artifacts/*.sarif"], { cwd: exampleProject() });
  const documents = stdout
    .trimEnd()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
  expect(documents).toHaveLength(3);
  for (const document of documents) expect(document).toMatchObject({ schema: "gate/evidence/v1", kind: "findings" });
});

it("says why a file cannot be used", async () => {
  const cwd = temporaryFolder();
  writeFiles(cwd, { "empty.xml": "<testsuites/>", "cut.sarif": '{"version": "2.1.0", "runs": [' });
  const { stdout } = await gate(["evidence", "show", "empty.xml", "cut.sarif"], { cwd });
  expect(stdout).toMatch(
    /cut\.sarif: findings \(sarif\)\n {2}malformed, the tool says malformed\n {2}because .+byte 30/,
  );
  expect(stdout).toMatch(/empty\.xml: tests \(junit\)\n {2}failed, the tool says empty\n {2}because /);
});

it("tells what a file is, and exits with 1 where it cannot", async () => {
  const cwd = temporaryFolder();
  writeFiles(cwd, { "a.xml": "<testsuites/>", "b.txt": "hello" });
  expect(await gate(["evidence", "detect", "a.xml"], { cwd })).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("JUnit XML (junit), tests evidence, certain"),
  });
  expect(await gate(["evidence", "detect", "b.txt"], { cwd })).toMatchObject({
    code: 1,
    stdout: expect.stringContaining("b.txt: not recognised\n  not gate-evidence:"),
  });
});
