import { env } from "node:process";
import { expect, it, onTestFinished } from "vitest";
import { openEvaluation } from "../../src/policy/evaluate.ts";
import { loadPolicies } from "../../src/policy/load.ts";
import { createRuntime } from "../../src/policy/runtime/runtime.ts";
import { installation, TEST_CACHE, temporaryFolder } from "../support.ts";

/** `.ci/run` builds the binary; elsewhere it is where GATE_TEST_OPA says. */
const binary = env["GATE_TEST_OPA"] ?? "";

it.runIf(binary !== "")("compiles the library with an opa binary to gates that can deny", async () => {
  const folder = temporaryFolder();
  const selection = { builtin: true, folders: [] };
  const compiled = await loadPolicies(selection, {
    installation: { ...installation, builtBundles: folder },
    variables: { GATE_OPA: binary },
    cacheFolder: folder,
  });
  expect(compiled.compiled).toBe(true);
  const usual = await loadPolicies(selection, { installation, variables: {}, cacheFolder: TEST_CACHE });
  expect(compiled.bundle.gates).toEqual(usual.bundle.gates);
  const { policyWorker: worker, toolchain } = installation;
  const runtime = createRuntime({ worker, toolchain: toolchain.wasm, timeLimitMs: 10_000, memoryLimitBytes: 1 << 28 });
  onTestFinished(() => runtime.close());
  const session = await openEvaluation(runtime, compiled);
  for (const { id } of compiled.bundle.gates) {
    await expect(session.proveCanary(session.gate(id)), id).resolves.toBeUndefined();
  }
});
