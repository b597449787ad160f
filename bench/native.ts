import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { env } from "node:process";

/** A program that is built with Go, and where it is; or why it is not there, as one sentence. */
export type NativeTool =
  | { readonly status: "installed"; readonly path: string; readonly version: string }
  | { readonly status: "missing"; readonly reason: string };

const ROOT = join(import.meta.dirname, "..");
const CONFTEST = { name: "conftest", module: "github.com/open-policy-agent/conftest", version: "v0.71.1" } as const;

/** Builds conftest, once; takes two minutes where Go has not downloaded its modules yet. */
export function installConftest(): NativeTool {
  return install(CONFTEST);
}

/** Builds the opa of the version that the toolchain is built from, once. */
export function installOpa(): NativeTool {
  const [, version = ""] =
    /open-policy-agent\/opa (v\S+)/.exec(readFileSync(join(ROOT, "toolchain/go.mod"), "utf8")) ?? [];
  return install({ name: "opa", module: "github.com/open-policy-agent/opa", version });
}

function install({ name, module, version }: Record<"name" | "module" | "version", string>): NativeTool {
  const cache = join(ROOT, "node_modules/.cache/gate-bench", `${name}-${version}`);
  const path = join(cache, process.platform === "win32" ? `${name}.exe` : name);
  if (existsSync(path)) return { status: "installed", path, version };
  mkdirSync(cache, { recursive: true });
  const result = spawnSync("go", ["install", `${module}@${version}`], {
    cwd: cache,
    env: { ...env, GOBIN: cache, GOFLAGS: "", GOWORK: "off", CGO_ENABLED: "0" },
    encoding: "utf8",
  });
  if (result.error !== undefined) {
    return { status: "missing", reason: `${name} is left out: it is built with Go, and there is no go command here.` };
  }
  if (result.status !== 0) {
    const last = result.stderr.trim().split("\n").at(-1) ?? "";
    return { status: "missing", reason: `${name} is left out: \`go install ${module}@${version}\` failed (${last}).` };
  }
  return { status: "installed", path, version };
}
