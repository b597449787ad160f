import { expect, it } from "vitest";
import { gate, git, temporaryFolder, writeFiles } from "../support.ts";

function checkout(): string {
  const cwd = temporaryFolder();
  git(cwd, "init", "-q");
  writeFiles(cwd, {
    "src/pay.ts": "/** Pays. */\nexport function pay(x: number) {\n  return x > 1 && x < 9 ? 1 : 2;\n}\n",
    "src/pay.test.ts": 'import { pay } from "./pay.ts";\npay(1);\n',
    "lib/old.js": "exports.old = function () {};\n",
    "broken.py": "def (\n",
  });
  git(cwd, "add", "-A");
  git(cwd, "-c", "user.name=Z", "-c", "user.email=z@example.com", "-c", "commit.gpgsign=false", "commit", "-qm", "x");
  return cwd;
}

it("collects what a gate can read", async () => {
  const cwd = checkout();
  for (const [what, shown] of [
    [
      "docs",
      "documentation (gate-documentation), gate\n  usable, the tool says complete\n  modules 2, documentedModules 1,",
    ],
    [
      "code",
      "maintainability (gate-maintainability), gate\n  usable, the tool says complete\n  functions 2, highestComplexity 3,",
    ],
  ] as const) {
    const collected = await gate(["evidence", "collect", what, "-o", `${what}.json`], { cwd });
    expect(collected).toMatchObject({ code: 0, stdout: "", stderr: "" });
    const { stdout } = await gate(["evidence", "show", `${what}.json`], { cwd });
    expect(stdout).toContain(shown);
    expect(stdout).toContain("broken.py was not understood: syntax, line 1");
  }
});

it("takes paths from the folder that it is run in", async () => {
  const cwd = checkout();
  const { stdout } = await gate(["evidence", "collect", "docs", ".", "../lib", "--exclude", "old.*"], {
    cwd: `${cwd}/src`,
  });
  expect(JSON.parse(stdout)).toMatchObject({ modules: [{ path: "src/pay.ts" }], unread: [], excluded: 2 });
});

it.each([
  ["outside of a checkout", temporaryFolder, ["docs"], "this is no git checkout"],
  ["of a folder outside", checkout, ["code", ".."], "is outside of the checkout"],
  ["of a folder that is not there", checkout, ["code", "nowhere"], "nothing is committed at"],
])("%s there is no answer", async (_, folder, args, message) => {
  const { code, stderr } = await gate(["evidence", "collect", ...args], { cwd: folder() });
  expect(code).toBe(2);
  expect(stderr).toContain(message);
});
