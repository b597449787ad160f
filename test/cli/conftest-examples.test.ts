import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { env } from "node:process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Decision, DecisionGate } from "../../src/decision/types.ts";
import { gate, writeFiles } from "../support.ts";

/**
 * Conftest's own published examples, asked by Conftest and by gate. They come with its Go module and are not copied here.
 * `.ci/run` installs Conftest; elsewhere it is where the variable says, and without it or the module this is skipped.
 */
const CONFTEST = env["GATE_TEST_CONFTEST"] ?? "";
const EXAMPLES = CONFTEST === "" ? "" : examplesOf(CONFTEST);

function examplesOf(binary: string): string {
  const { stdout } = spawnSync("go", ["version", "-m", binary], { encoding: "utf8" });
  const [, version = ""] = /\tgithub\.com\/open-policy-agent\/conftest\t(\S+)/.exec(stdout) ?? [];
  const cache = spawnSync("go", ["env", "GOMODCACHE"], { encoding: "utf8" }).stdout.trim();
  const folder = join(cache, `github.com/open-policy-agent/conftest@${version}`, "examples");
  return existsSync(folder) ? folder : "";
}

/** As `conftest test` is called: the policy, the files, and what else its flags say. */
interface Example {
  readonly policy: string;
  readonly files: readonly string[];
  readonly namespaces?: readonly string[];
  readonly data?: string;
  readonly parser?: string;
  readonly combine?: true;
}

const COMPARED: Readonly<Record<string, Example>> = {
  awssam: { policy: "awssam/policy", files: ["awssam/lambda.yaml"] },
  codeowners: { policy: "codeowners/policy", files: ["codeowners/CODEOWNERS"] },
  combine: {
    policy: "combine/policy",
    files: ["combine/team.yaml", "combine/user1.yaml", "combine/user2.yaml"],
    combine: true,
  },
  "combine, one file of several documents": {
    policy: "combine/policy",
    files: ["combine/team.yaml", "combine/users.yaml"],
    combine: true,
  },
  compose: { policy: "compose/policy", files: ["compose/docker-compose.yml", "compose/docker-compose-valid.yml"] },
  configfile: {
    policy: "configfile/test",
    files: ["configfile/deployment.yaml"],
    namespaces: ["conftest"],
  },
  "cyclonedx as JSON": { policy: "cyclonedx/policy", files: ["cyclonedx/cyclonedx.json"], parser: "cyclonedx" },
  "cyclonedx as XML": { policy: "cyclonedx/policy", files: ["cyclonedx/cyclonedx.xml"], parser: "cyclonedx" },
  data: { policy: "data/policy", files: ["data/service.yaml"], data: "data/exclusions" },
  docker: { policy: "docker/policy", files: ["docker/Dockerfile"] },
  "docker, all namespaces": { policy: "docker/policy", files: ["docker/Dockerfile"], namespaces: ["*"] },
  dotenv: { policy: "dotenv/policy", files: ["dotenv/sample.env"] },
  edn: { policy: "edn/policy", files: ["edn/sample_config.edn"] },
  exceptions: { policy: "exceptions/policy", files: ["exceptions/deployments.yaml"] },
  "hcl1, a plan": { policy: "hcl1/policy/base.rego", files: ["hcl1/gke-show.json"] },
  hcl1: { policy: "hcl1/policy", files: ["hcl1/gke.tf"], namespaces: ["main.gke"], parser: "hcl1" },
  "hcl1, read as hcl2": { policy: "hcl1/policy", files: ["hcl1/gke.tf"], namespaces: ["main.gke"] },
  hcl2: { policy: "hcl2/policy", files: ["hcl2/terraform.tf"] },
  hocon: { policy: "hocon/policy", files: ["hocon/hocon.conf"], parser: "hocon" },
  dockerignore: { policy: "ignore/dockerignore/policy", files: ["ignore/dockerignore/.dockerignore"] },
  gitignore: { policy: "ignore/gitignore/policy", files: ["ignore/gitignore/.gitignore"] },
  ini: { policy: "ini/policy", files: ["ini/grafana.ini"] },
  jenkins: { policy: "jenkins/policy", files: ["jenkins/Jenkinsfile", "jenkins/Jenkinsfile.safe"] },
  kubernetes: {
    policy: "kubernetes/policy",
    files: ["kubernetes/deployment.yaml", "kubernetes/service.yaml", "kubernetes/deployment+service.yaml"],
  },
  "kubernetes, combined": {
    policy: "kubernetes/combine/combine.rego",
    files: ["kubernetes/combine/deployment.yaml", "kubernetes/combine/service.yaml"],
    combine: true,
  },
  "kubernetes, combined, one file": {
    policy: "kubernetes/combine/combine.rego",
    files: ["kubernetes/combine/combine.yaml"],
    combine: true,
  },
  kustomize: {
    policy: "kustomize/policy",
    files: ["kustomize/deployment.yaml", "kustomize/service.yaml", "kustomize/configMap.yaml"],
  },
  nginx: { policy: "nginx/policy", files: ["nginx/nginx.conf"] },
  properties: { policy: "properties/policy", files: ["properties/sample.properties"] },
  report: { policy: "report/policy", files: ["kubernetes/deployment.yaml"] },
  "report, with print": { policy: "report/policy_print", files: ["kubernetes/deployment.yaml"] },
  spdx: { policy: "spdx/policy", files: ["spdx/sbom.spdx"] },
  traefik: { policy: "traefik/policy", files: ["traefik/traefik.toml"] },
  ts: { policy: "ts/policy", files: ["ts/package.json"] },
  vcl: { policy: "vcl/policy", files: ["vcl/varnish.vcl"] },
  xml: { policy: "xml/policy", files: ["xml/pom.xml"] },
};

/** Examples that are not compared, and why; docs/conftest.md says it too. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  "builtin-errors": "there is nothing to compare: it asks the network for an address",
  capabilities: "it shows that a policy may be refused http.send; gate always refuses it",
  cue: "the parser is not part of gate",
  jsonnet: "the parser is not part of gate",
  textproto: "the parser is not part of gate",
  serverless: "Conftest refuses it itself: it calls a function that it does not define",
  "strict-rules": "it has no files to ask about",
};

/** What a tool says of a file: the messages of each kind, sorted. */
interface Said {
  readonly failures: readonly string[];
  readonly warnings: readonly string[];
  /** Whether an exception counts here. */
  readonly excepted: boolean;
}

interface ConftestResult {
  readonly filename: string;
  readonly namespace: string;
  readonly failures?: readonly { readonly msg: string }[];
  readonly warnings?: readonly { readonly msg: string }[];
  readonly exceptions?: readonly unknown[];
}

function byConftest(cwd: string, example: Example, more: readonly string[] = []): ReadonlyMap<string, Said> {
  const { policy, files, namespaces = [], data, parser, combine } = example;
  const args = [
    "test",
    "--policy",
    policy,
    "--output",
    "json",
    ...namespaces.flatMap((name) => ["--namespace", name]),
    ...(data === undefined ? [] : ["--data", data]),
    ...(parser === undefined ? [] : ["--parser", parser]),
    ...(combine === true ? ["--combine"] : []),
    ...more,
    ...files,
  ];
  const { stdout, stderr } = spawnSync(CONFTEST, args, { cwd, encoding: "utf8" });
  expect(stderr).toBe("");
  const results = JSON.parse(stdout) as readonly ConftestResult[];
  const all = new Map<string, Said>();
  for (const { filename, failures = [], warnings = [], exceptions = [] } of results) {
    add(all, filename, {
      failures: failures.map(({ msg }) => msg),
      warnings: warnings.map(({ msg }) => msg),
      excepted: exceptions.length > 0,
    });
  }
  return all;
}

async function byGate(cwd: string, example: Example): Promise<ReadonlyMap<string, Said>> {
  const { policy, files, namespaces = [], data, parser, combine } = example;
  const args = [
    "check",
    "--env=development",
    "--no-audit",
    "--format=json",
    "--conftest",
    policy,
    ...namespaces.flatMap((name) => ["--conftest-namespace", name]),
    ...(data === undefined ? [] : ["--conftest-data", data]),
    ...(parser === undefined ? [] : ["--conftest-parser", parser]),
    ...(combine === true ? ["--conftest-combine"] : []),
    ...files,
  ];
  const { stdout, stderr } = await gate(args, { cwd });
  expect(stderr).toBe("");
  const decision = JSON.parse(stdout) as Decision;
  expect(decision.gates.flatMap(({ reason }) => reason ?? [])).toEqual([]);
  const all = new Map<string, Said>();
  for (const file of combine === true ? ["Combined"] : files)
    add(all, file, { failures: [], warnings: [], excepted: false });
  for (const one of decision.gates) {
    for (const [file, said] of saidBy(one, decision)) add(all, file, said);
  }
  return all;
}

function saidBy({ enforcement, violations }: DecisionGate, decision: Decision): readonly (readonly [string, Said])[] {
  return violations.map(({ message, evidence, exception }) => {
    const file = decision.evidence.find(({ id }) => id === evidence)?.path ?? "Combined";
    const messages = exception === undefined ? [message] : [];
    const failures = enforcement === "mandatory" ? messages : [];
    const warnings = enforcement === "mandatory" ? [] : messages;
    return [file, { failures, warnings, excepted: exception !== undefined }] as const;
  });
}

function add(all: Map<string, Said>, file: string, said: Said): void {
  const before = all.get(file) ?? { failures: [], warnings: [], excepted: false };
  all.set(file, {
    failures: [...before.failures, ...said.failures].toSorted(),
    warnings: [...before.warnings, ...said.warnings].toSorted(),
    excepted: before.excepted || said.excepted,
  });
}

describe.skipIf(EXAMPLES === "")("Conftest's examples (GATE_TEST_CONFTEST, and its module in the cache of Go)", () => {
  let folder = "";

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "gate-conftest-"));
    // The module cache is read-only, and a copy of it would be so too.
    const files = readdirSync(EXAMPLES, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const paths = files.map((entry) => join(entry.parentPath, entry.name));
    writeFiles(folder, Object.fromEntries(paths.map((path) => [relative(EXAMPLES, path), readFileSync(path)])));
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(Object.entries(COMPARED))("%s: the same failures, warnings and exceptions", async (_, example) => {
    const theirs = byConftest(folder, example);
    expect(theirs.size).toBeGreaterThan(0);
    expect(Object.fromEntries(await byGate(folder, example))).toEqual(Object.fromEntries(theirs));
  });

  it("are all compared, but for those that are listed", () => {
    const names = readdirSync(EXAMPLES, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const asked = new Set(Object.values(COMPARED).map(({ policy }) => policy.split("/")[0]));
    const missing = names.filter(({ name }) => !asked.has(name) && LEFT_OUT[name] === undefined);
    expect(missing.map(({ name }) => name)).toEqual([]);
  });
});
