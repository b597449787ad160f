import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { exampleProject, gate, installation } from "../support.ts";

const sha256 = createHash("sha256").update(readFileSync(installation.toolchain.wasm)).digest("hex");

it("says what the installation is made of, and decisions say the same", async () => {
  const cwd = exampleProject();
  const { stdout, code } = await gate(["version", "--json"], { cwd });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    gate: installation.version,
    toolchain: { opa: expect.stringMatching(/^\d+\.\d+\.\d+$/), go: expect.stringMatching(/^go1\./), sha256 },
  });
  const decision = await gate(["check", "--env", "production", "--format", "json"], { cwd });
  expect(JSON.parse(decision.stdout)).toMatchObject({
    policy: { toolchain: expect.stringMatching(new RegExp(`^opa .*, go1.*, sha256:${sha256}$`)) },
  });
  expect((await gate(["version"], { cwd })).stdout).toContain(sha256);
});
