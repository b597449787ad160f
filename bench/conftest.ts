import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

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
