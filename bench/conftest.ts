import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { env } from "node:process";

export const CONFTEST_VERSION = "v0.71.1";

const MODULE = `github.com/open-policy-agent/conftest@${CONFTEST_VERSION}`;
const CACHE = join(import.meta.dirname, "../node_modules/.cache/gate-bench", `conftest-${CONFTEST_VERSION}`);

/** Where conftest is, or why it is not there, as one sentence. */
export type Conftest =
  | { readonly status: "installed"; readonly path: string }
  | { readonly status: "missing"; readonly reason: string };

/** Builds conftest with Go, once; takes two minutes where Go has not downloaded its modules yet. */
export function installConftest(): Conftest {
  const path = join(CACHE, process.platform === "win32" ? "conftest.exe" : "conftest");
  if (existsSync(path)) return { status: "installed", path };
  mkdirSync(CACHE, { recursive: true });
  const result = spawnSync("go", ["install", MODULE], {
    cwd: CACHE,
    env: { ...env, GOBIN: CACHE, GOFLAGS: "", GOWORK: "off", CGO_ENABLED: "0" },
    encoding: "utf8",
  });
  if (result.error !== undefined) {
    return { status: "missing", reason: "conftest is left out: it is built with Go, and there is no go command here." };
  }
  if (result.status !== 0) {
    const last = result.stderr.trim().split("\n").at(-1) ?? "";
    return { status: "missing", reason: `conftest is left out: \`go install ${MODULE}\` failed (${last}).` };
  }
  return { status: "installed", path };
}

/**
 * The rule of gate's `sast` gate, for SARIF as it is: conftest has no model of findings. Each violation says as much as
 * one of gate's does. The fingerprint keeps equal ones apart, for `deny` is a set.
 */
const POLICY = `package main

deny contains violation if {
	some run in input.runs
	some result in run.results
	result.level == "error"
	count(object.get(result, "suppressions", [])) == 0
	place := result.locations[0].physicalLocation
	violation := {
		"msg": result.message.text,
		"rule": result.ruleId,
		"path": place.artifactLocation.uri,
		"line": place.region.startLine,
		"column": place.region.startColumn,
		"fingerprint": result.partialFingerprints.primaryLocationLineHash,
	}
}
`;

/** Writes the policy below a folder, and returns the arguments that apply it to a file. */
export function conftestArguments(folder: string, file: string): readonly string[] {
  const policy = join(folder, "conftest-policy");
  mkdirSync(policy, { recursive: true });
  writeFileSync(join(policy, "sast.rego"), POLICY);
  return ["test", "--policy", policy, "--parser", "json", "--output", "json", file];
}
