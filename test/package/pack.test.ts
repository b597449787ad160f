import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ROOT } from "../support.ts";

const [packed] = JSON.parse(
  execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
    cwd: ROOT,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  }),
) as readonly { readonly size: number; readonly files: readonly { readonly path: string }[] }[];
const paths = packed?.files.map(({ path }) => path) ?? [];

it("holds everything that a user needs", () => {
  for (const path of [
    "LICENSE",
    "NOTICE",
    "README.md",
    "CHANGELOG.md",
    "bin/gate.js",
    "bin/package.json",
    "dist/main.cjs",
    "dist/index.js",
    "dist/types/index.d.ts",
    "dist/audit-worker.cjs",
    "dist/policy-worker.cjs",
    "dist/sqlite-driver.cjs",
    "dist/toolchain-child.js",
    "dist/toolchain/toolchain.wasm",
    "dist/toolchain/lint.wasm",
    "dist/toolchain/parsers.wasm",
    "dist/bundles/shipped.json",
    "policies/gates/security/sast/sast.rego",
    "schemas/decision.v1.schema.json",
    "reports/frameworks/ssdf.yaml",
  ]) {
    expect(paths).toContain(path);
  }
});

it("holds nothing else", () => {
  const allowed =
    /^(?:bin|dist|policies|schemas|reports)\/|^(?:LICENSE|NOTICE|README\.md|CHANGELOG\.md|package\.json)$/;
  expect(paths.filter((path) => !allowed.test(path))).toEqual([]);
  expect(paths.filter((path) => path.endsWith(".ts") && !path.endsWith(".d.ts"))).toEqual([]);
});

it("stays small enough for every job to install it", () => {
  // Linter and parsers are more than half of it: Regal fits another OPA than the compiler's, so there are two of them.
  expect(packed?.size).toBeLessThan(25 * 2 ** 20);
});

it("names no path of the machine that it was built on", () => {
  for (const path of paths) {
    expect(readFileSync(join(ROOT, path)).includes(ROOT), path).toBe(false);
  }
});
