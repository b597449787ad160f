import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

/** Where the files of this installation are: built (`dist/`) or run from source. */
export interface Installation {
  /** The package's folder. */
  readonly root: string;
  readonly version: string;
  /** Changes with everything that the program is built from; empty when run from source. */
  readonly build: string;
  /** Whether the program runs from `src/`; what was built from it may then be out of date. */
  readonly fromSource: boolean;
  /** The policies that ship with the product. */
  readonly policies: string;
  readonly schemas: string;
  readonly reports: string;
  /** Entry of the thread that takes a first look at a long audit log. */
  readonly auditWorker: string;
  /** Entry of the evaluating thread. */
  readonly policyWorker: string;
  readonly toolchain: {
    readonly wasm: string;
    /** Versions and digest; made together with the module. */
    readonly manifest: string;
    readonly child: string;
  };
  /** The linter, which the same child runs. */
  readonly linter: {
    readonly wasm: string;
    readonly manifest: string;
  };
  /** Conftest's parsers. */
  readonly parsers: { readonly wasm: string };
  /** The folder of the parser and its grammars. */
  readonly grammars: string;
  /** The page that verifies audit packs in a browser. */
  readonly verifierPage: string;
  /** Bundles that were compiled when the package was built, by digest. */
  readonly builtBundles: string;
}

/** @param moduleFolder `import.meta.dirname` of the calling module: `dist/`, or `src/` when run from source. */
export function locateInstallation(moduleFolder: string): Installation {
  const root = packageRoot(moduleFolder);
  const fromSource = moduleFolder.startsWith(join(root, "src"));
  const dist = join(root, "dist");
  const manifest: unknown = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return {
    root,
    version: versionOf(manifest),
    build: fromSource ? "" : buildOf(join(dist, "build.json")),
    fromSource,
    policies: join(root, "policies"),
    schemas: join(root, "schemas"),
    reports: join(root, "reports"),
    auditWorker: fromSource ? join(root, "src/audit/sqlite/screen-worker.ts") : join(dist, "audit-worker.cjs"),
    policyWorker: fromSource ? join(root, "src/policy/runtime/worker.ts") : join(dist, "policy-worker.cjs"),
    toolchain: {
      wasm: join(dist, "toolchain/toolchain.wasm"),
      manifest: join(dist, "toolchain/toolchain.json"),
      child: fromSource ? join(root, "src/policy/toolchain/child.ts") : join(dist, "toolchain-child.js"),
    },
    linter: { wasm: join(dist, "toolchain/lint.wasm"), manifest: join(dist, "toolchain/lint.json") },
    parsers: { wasm: join(dist, "toolchain/parsers.wasm") },
    grammars: join(dist, "grammars"),
    verifierPage: join(dist, "verify.html"),
    builtBundles: join(dist, "bundles"),
  };
}

/**
 * The user's cache folder for this build of the product, by the XDG Base Directory specification: what one build wrote,
 * another does not read.
 */
export function userCacheFolder(
  environment: Readonly<Record<string, string | undefined>>,
  { version, build }: Installation,
): string {
  const base = environment["XDG_CACHE_HOME"] || join(homedir(), ".cache");
  return join(environment["GATE_CACHE_DIR"] || join(base, "gate"), `${version}-${build}`);
}

/**
 * The user's folder for what the program has to remember, by the XDG Base Directory specification. Unlike a cache it is not to be
 * deleted.
 */
export function userStateFolder(environment: Readonly<Record<string, string | undefined>>): string {
  const base = environment["XDG_STATE_HOME"] || join(homedir(), ".local/state");
  return environment["GATE_STATE_DIR"] || join(base, "gate");
}

function packageRoot(folder: string): string {
  let current = folder;
  while (!existsSync(join(current, "package.json"))) {
    const parent = dirname(current);
    if (parent === current) throw new Error(`no package.json above ${folder}`);
    current = parent;
  }
  return current;
}

/** The stamp that `scripts/build.ts` leaves. */
function buildOf(stamp: string): string {
  const inputs: unknown = JSON.parse(readFileSync(stamp, "utf8"));
  if (typeof inputs === "object" && inputs !== null && "inputs" in inputs) return String(inputs.inputs).slice(0, 16);
  throw new Error(`${stamp} is not a build stamp`);
}

function versionOf(manifest: unknown): string {
  if (typeof manifest === "object" && manifest !== null && "version" in manifest) return String(manifest.version);
  throw new Error("package.json has no version");
}
