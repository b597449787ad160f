import { afterAll, beforeAll, expect, it } from "vitest";
import { openToolchain } from "../../src/policy/load.ts";
import { readPolicySources } from "../../src/policy/sources.ts";
import type { RegoToolchain } from "../../src/policy/toolchain/protocol.ts";
import { installation } from "../support.ts";

const sources = await readPolicySources([{ path: installation.policies, label: "policies" }]);
const modules = [...sources.modules, ...sources.tests].map(({ path, text }) => ({ path, source: text }));
let toolchain: RegoToolchain;

beforeAll(async () => {
  toolchain = await openToolchain({ installation, variables: process.env, cacheFolder: undefined });
});

afterAll(() => toolchain.close());

it("passes its unit tests and covers every line of the library", async () => {
  const { results, coverage } = await toolchain.test({ modules, coverage: true });
  expect(results.filter(({ passed }) => !passed)).toEqual([]);
  expect(results.length).toBeGreaterThan(90);
  // What stands for a built-in function in a test is run, and not counted.
  const policies = Object.entries(coverage?.files ?? {}).filter(([path]) => !path.endsWith("_test.rego"));
  const uncovered = policies.filter(([, file]) => file.notCoveredLines > 0).map(([path]) => path);
  expect(uncovered).toEqual([]);
}, 600_000);

it("is formatted", async () => {
  const formatted = await toolchain.format(modules);
  expect(formatted.filter(({ changed }) => changed).map(({ path }) => path)).toEqual([]);
});
