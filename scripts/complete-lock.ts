/**
 * Adds to package-lock.json the platform packages that npm left out. npm drops an optional dependency that it could not
 * look up, because a copy of the registry lags behind, and `npm ci` then refuses the file. Run it after `npm install`.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

interface LockedPackage {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** Names of platforms and processors in package names, as npm's `os` and `cpu` fields spell them. */
const SYSTEMS = ["android", "darwin", "freebsd", "linux", "openharmony", "win32"];
const PROCESSORS = ["arm64", "arm", "ia32", "ppc64", "riscv64", "s390x", "x64"];

const file = join(import.meta.dirname, "../package-lock.json");
const lock = JSON.parse(readFileSync(file, "utf8")) as { packages: Record<string, LockedPackage> };
let added = 0;
for (const dependent of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(dependent.optionalDependencies ?? {})) {
    const key = `node_modules/${name}`;
    const system = SYSTEMS.find((word) => name.includes(word));
    const processor = PROCESSORS.find((word) => name.includes(word));
    if (lock.packages[key] !== undefined || system === undefined || processor === undefined) continue;
    const dev = dependent.dev === true ? { dev: true } : {};
    lock.packages[key] = {
      version: version.replace(/^\D*/, ""),
      cpu: [processor],
      ...dev,
      optional: true,
      os: [system],
    };
    added++;
  }
}
const [root, ...rest] = Object.keys(lock.packages);
const sorted = [root ?? "", ...rest.toSorted()].map((key) => [key, lock.packages[key]] as const);
writeFileSync(file, `${JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, null, 2)}\n`);
process.stdout.write(`${added} platform packages added\n`);
