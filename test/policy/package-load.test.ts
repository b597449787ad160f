import { join } from "node:path";
import { expect, it } from "vitest";
import { loadPolicies, type PolicySelection } from "../../src/policy/load.ts";
import { openPackages } from "../../src/policy/package/open.ts";
import { installation, temporaryFolder, writeFiles } from "../support.ts";
import { archive } from "./archive.ts";
import { CANARY, DENY_FAILED, gateSource } from "./compile.ts";

function selectionOf(folder: string): PolicySelection {
  const packages = openPackages([{ kind: "path", name: "pack.tar.gz", source: "gate.yaml:4" }], folder);
  return { builtin: false, folders: [], packages };
}

/** A toolchain that cannot be started. */
const WITHOUT = {
  ...installation,
  toolchain: { ...installation.toolchain, child: join(import.meta.dirname, "nothing.ts") },
};

it("starts no compiler for a package that was read and compiled before", async () => {
  const folder = temporaryFolder();
  const entries = [
    { name: "few.rego", content: gateSource("few", DENY_FAILED) },
    { name: "examples.yaml", content: `gate: few\n${CANARY}` },
  ];
  writeFiles(folder, { "pack.tar.gz": archive(entries) });
  const services = { installation, variables: {}, cacheFolder: join(folder, "cache") };
  const first = await loadPolicies(selectionOf(folder), services);
  const second = await loadPolicies(selectionOf(folder), { ...services, installation: WITHOUT });
  expect([first.compiled, second.compiled]).toEqual([true, false]);
  expect(second.bundle).toEqual(first.bundle);
  expect(second.bundle.gates).toMatchObject([
    { id: "few", canary: { name: "a failed test" }, path: "pack.tar.gz/few.rego" },
  ]);

  const [gate] = entries;
  writeFiles(folder, { "pack.tar.gz": archive([{ ...gate, name: "other.rego" }]) });
  const changed = loadPolicies(selectionOf(folder), { ...services, installation: WITHOUT });
  await expect(changed).rejects.toMatchObject({ code: "toolchain-failed" });
});
