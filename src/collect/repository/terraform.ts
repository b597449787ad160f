import type { Pin } from "../../evidence/types.ts";
import { isCommit, type Needs } from "./configuration.ts";
import type { RawReference } from "./references.ts";

/**
 * The modules of a Terraform file: https://developer.hashicorp.com/terraform/language/modules/sources. Only blocks whose
 * arguments have a line of their own are read, as `terraform fmt` writes them.
 */
export function terraformNeeds(path: string, text: string): Needs {
  const pins: Pin[] = [];
  const references: RawReference[] = [];
  for (const { line, source, version } of modulesIn(text)) {
    if (/^\.{1,2}\//.test(source)) {
      references.push({ path, line, target: source, type: "include", from: "file" });
      continue;
    }
    const revision = /[?&]ref=([^&]*)/.exec(source)?.[1];
    const isExact = version !== undefined && /^=?\s*\d+\.\d+\.\d+$/.test(version);
    const reference = version === undefined ? source : `${source} ${version}`;
    const name = source.split("?", 1)[0] ?? source;
    pins.push({ path, line, type: "module", reference, pinned: isCommit(revision) || isExact, name });
  }
  return { pins, references };
}

interface TerraformModule {
  readonly line: number;
  readonly source: string;
  readonly version?: string;
}

function modulesIn(text: string): readonly TerraformModule[] {
  const modules: TerraformModule[] = [];
  let open: { line?: number; source?: string; version?: string } | undefined;
  for (const [index, line] of text.split("\n").entries()) {
    if (/^module\s+"/.test(line)) open = {};
    else if (line.startsWith("}")) {
      if (open?.source !== undefined) modules.push({ ...open, line: open.line ?? 1, source: open.source });
      open = undefined;
    }
    const [, name, value] = /^ {1,4}(source|version)\s*=\s*"([^"]*)"/.exec(line) ?? [];
    if (open === undefined || value === undefined) continue;
    if (name === "version") open.version = value;
    else [open.source, open.line] = [value, index + 1];
  }
  return modules;
}
