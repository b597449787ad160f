import type { TestStatus, Tool } from "../../evidence/types.ts";
import type { Limits } from "../../util/limits.ts";
import { millisecondsOf } from "../dotnet.ts";
import type { FoundCase } from "../test-cases.ts";
import { kept } from "../values.ts";
import type { RawAssembly, RawTest } from "./parse.ts";

const RESULTS = new Map<string, TestStatus>([
  ["pass", "passed"],
  ["fail", "failed"],
  ["skip", "skipped"],
  ["notrun", "skipped"],
]);

/** A test with what its element says. */
export function foundCase({ attributes, collection, failed, message }: RawTest): FoundCase {
  const result = attributes["result"]?.trim().toLowerCase() ?? "";
  const suite = attributes["type"]?.trim() || collection;
  const name = attributes["name"]?.trim() || (attributes["method"] ?? "");
  const status = RESULTS.get(result) ?? "errored";
  return {
    suite,
    name: suite !== "" && name.startsWith(`${suite}.`) ? name.slice(suite.length + 1) : name,
    file: attributes["source-file"],
    status: failed && status !== "errored" ? "failed" : status,
    note: result === "notrun" && !failed ? "not-run" : undefined,
    message,
    durationMs: millisecondsOf(attributes["time"]),
  };
}

/** The frameworks of the assemblies, such as `xUnit.net v3 3.0.0`. */
export function toolsOf(assemblies: readonly RawAssembly[], limits: Limits): readonly Tool[] {
  const frameworks = new Set(
    assemblies.map(({ attributes }) => kept(attributes["test-framework"]?.trim() ?? "", limits)),
  );
  return [...frameworks].filter((framework) => framework !== "").map(toolOf);
}

function toolOf(framework: string): Tool {
  const end = framework.lastIndexOf(" ");
  const version = framework.slice(end + 1);
  return end > 0 && /^\d/.test(version) ? { name: framework.slice(0, end), version } : { name: framework };
}
