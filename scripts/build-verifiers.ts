/**
 * Builds the verifiers of other people that attestations are shown to, cosign and slsa-verifier, from the versions that
 * `toolchain/verifiers` pins, and prints the folder that holds them: `node scripts/build-verifiers.ts`. Needs Go.
 *
 * Each is a module of its own: together they would get versions of their dependencies that neither was tested with. A
 * build stays in node_modules/.cache by the digest of what it was made from.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { join } from "node:path";
import { env, exit, pid, stderr, stdout } from "node:process";

const ROOT = join(import.meta.dirname, "..");
const CACHE = join(ROOT, "node_modules", ".cache", "gate-verifiers");
const VERIFIERS = [
  { name: "cosign", main: "github.com/sigstore/cosign/v3/cmd/cosign" },
  { name: "slsa-verifier", main: "github.com/slsa-framework/slsa-verifier/v2/cli/slsa-verifier" },
] as const;
const FLAGS = ["-trimpath", "-buildvcs=false", "-mod=readonly", "-ldflags=-s -w"];

// The tests that run beside it have limits on their time.
setPriority(constants.priority.PRIORITY_LOW);
const folder = join(CACHE, digest());
mkdirSync(folder, { recursive: true });
for (const { name, main } of VERIFIERS) build(name, main);
stdout.write(`${folder}\n`);

function build(name: string, main: string): void {
  const output = join(folder, name);
  if (existsSync(output)) return;
  const unfinished = `${output}.${pid}`;
  const { status } = spawnSync("go", ["build", ...FLAGS, "-o", unfinished, main], {
    cwd: join(ROOT, "toolchain", "verifiers", name),
    env: { ...env, GOFLAGS: "", GOWORK: "off", CGO_ENABLED: "0" },
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (status !== 0) {
    stderr.write(`${name} was not built.\n`);
    exit(1);
  }
  renameSync(unfinished, output);
}

function digest(): string {
  const hash = createHash("sha256").update(spawnSync("go", ["version"], { encoding: "utf8" }).stdout ?? "");
  for (const { name } of VERIFIERS) {
    for (const file of ["go.mod", "go.sum"])
      hash.update(readFileSync(join(ROOT, "toolchain", "verifiers", name, file)));
  }
  return hash.digest("hex").slice(0, 32);
}
