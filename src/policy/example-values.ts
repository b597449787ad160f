import { sha256 } from "../evidence/canonical.ts";
import { componentCounts, findingsSummary, mutationSummary, testsSummary } from "../evidence/summary.ts";
import type { Component, Finding, Mutant, ReadableKind, TestCase } from "../evidence/types.ts";
import { isRecord } from "../util/json.ts";
import { EXAMPLE_CONTEXT } from "./input.ts";

type Item = Readonly<Record<string, unknown>>;
type Lists = Readonly<Record<string, readonly Item[]>>;

/** By type of the model what an item of an example has unless it says otherwise, where a plain value would not do. */
export const EXAMPLE_DEFAULTS: Readonly<Record<string, (item: Item, index: number, count: number) => Item>> = {
  Finding: (_, index) => ({
    id: sha256(`finding ${index}`).slice("sha256:".length),
    category: "sast",
    ruleId: "example-rule",
    message: "an example finding",
    severity: "high",
    severityRaw: { value: "example", scale: "word", source: "example" },
    tool: "Example",
  }),
  Scan: () => ({ tool: "Example", successful: true }),
  TestCase: (_, index) => ({
    id: `test ${index + 1}`,
    suite: "example",
    name: `test ${index + 1}`,
    status: "passed",
    attempts: 1,
  }),
  Mutant: (_, index) => ({ id: `mutant ${index + 1}`, file: "src/example.ts" }),
  Component(component, index) {
    const name = typeof component["name"] === "string" ? component["name"] : `component-${index + 1}`;
    return { ref: name, name, version: "1.0.0", purl: `pkg:npm/${name}@1.0.0`, type: "library" };
  },
  Commit: ({ subject }, index) => ({
    sha: sha256(`commit ${index}`).slice("sha256:".length, "sha256:".length + 40),
    author: "An Author <author@example.com>",
    subject: "Change something",
    message: typeof subject === "string" ? subject : "Change something",
    signature: "none",
  }),
  Review: (_, index) => ({ user: `reviewer ${index + 1}`, state: "approved", latest: true }),
  ChangedFile: () => ({ status: "modified", additions: 1, deletions: 0 }),
  Sample: ({ value }) => ({ at: EXAMPLE_CONTEXT.time, raw: typeof value === "number" ? String(value) : "NaN" }),
  LoggedDecision: (_, index, count) => ({
    id: `decision ${count - index}`,
    index: count - index,
    environment: "staging",
    outcome: "allow",
    evaluatedAt: EXAMPLE_CONTEXT.time,
    integrity: "bound",
  }),
  Deployment: (_, index) => ({ id: `deployment ${index + 1}` }),
  Build: (_, index) => ({ name: `build ${index + 1}`, outcome: "success" }),
  AttestationStatement: () => ({
    statementType: "https://in-toto.io/Statement/v1",
    predicateType: "https://slsa.dev/provenance/v1",
    signatures: 1,
    verified: "verified",
  }),
  Incident: (_, index) => ({ id: `incident ${index + 1}` }),
  AuditEvent: (_, index) => ({ digest: sha256(`event ${index}`) }),
  MeasuredFunction: (_, index) => ({ id: `src/example.ts function-${index + 1}`, name: `function-${index + 1}` }),
  BuildStage: () => ({ line: 1, base: "docker.io/library/node:24" }),
};

/** By kind what the summary of an example counts, beside the lengths of lists that it has the names of. */
export const EXAMPLE_SUMMARIES: Readonly<Partial<Record<ReadableKind, (body: Lists, part: Item) => Item>>> = {
  findings: (body) => findingsSummary(asCounted(body).findings ?? []),
  coverage: () => ({ suite: "unit", provider: "example", files: 1 }),
  tests: (body) => testsSummary({ suite: "unit", suites: 1 }, asCounted(body).cases ?? []),
  mutation: (body) => mutationSummary(asCounted(body).mutants ?? [], body["files"]?.length ?? 0),
  sbom: ({ components = [] }) => ({
    ...componentCounts(
      asCounted({ components: components.map((component) => ({ licences: [], ...component })) }).components ?? [],
    ),
    specification: "CycloneDX",
    authors: 1,
    dependencyEdges: components.length,
    root: { name: "example" },
  }),
  vex({ statements = [] }) {
    const inForce = statements.filter(({ superseded }) => superseded !== true);
    return {
      inForce: inForce.length,
      notAffected: countOf(inForce, "status", "not-affected"),
      affected: countOf(inForce, "status", "affected"),
      fixed: countOf(inForce, "status", "fixed"),
      underInvestigation: countOf(inForce, "status", "under-investigation"),
    };
  },
  performance: ({ thresholds = [] }) => ({
    thresholdsMissed: countOf(thresholds, "met", false),
    thresholdsWithoutSamples: countOf(thresholds, "samples", 0),
  }),
  metrics({ series = [], alerts = [] }, part) {
    const samples = series.flatMap((one) => recordsOf(one["samples"]));
    return {
      resultType: part["alerts"] === undefined ? "vector" : "alerts",
      samples: samples.length,
      notFinite: samples.filter(({ value }) => value === undefined).length,
      firing: countOf(alerts, "state", "firing"),
    };
  },
  attestation({ statements = [] }) {
    const about = statements.filter(({ aboutArtifact }) => aboutArtifact !== undefined);
    return {
      signed: statements.filter(({ signatures }) => Number(signatures) > 0).length,
      verified: countOf(statements, "verified", "verified"),
      predicateTypes: [...new Set(statements.map(({ predicateType }) => predicateType))],
      ...(about.length === 0 ? {} : { aboutArtifact: countOf(about, "aboutArtifact", true) }),
    };
  },
  "audit-log": ({ events = [] }) => ({
    actors: new Set(events.flatMap(({ actor }) => actor ?? [])).size,
    success: countOf(events, "outcome", "success"),
    failure: countOf(events, "outcome", "failure"),
    denied: countOf(events, "outcome", "denied"),
    unknown: countOf(events, "outcome", "unknown"),
  }),
  change: ({ files = [], commits = [] }, part) => ({
    ...(part["files"] === undefined ? {} : { files: files.length }),
    ...(part["commits"] === undefined
      ? {}
      : { commits: commits.length, signedCommits: countOf(commits, "signature", "good") }),
  }),
  deployment: ({ deployments = [] }) => ({
    success: countOf(deployments, "outcome", "success"),
    failure: countOf(deployments, "outcome", "failure"),
    rollbacks: countOf(deployments, "rollback", true),
  }),
  incident: ({ incidents = [] }) => ({ open: countOf(incidents, "state", "open") }),
  repository: ({ files = [], references = [], pins = [] }) => ({
    bytes: sumOf(files, "bytes"),
    brokenReferences: countOf(references, "found", false),
    uncheckedReferences: countOf(references, "found", undefined),
    unpinned: countOf(pins, "pinned", false),
  }),
  dockerfile({ dockerfiles = [] }) {
    const stages = dockerfiles.flatMap((one) => recordsOf(one["stages"]));
    return {
      stages: stages.length,
      root: countOf(dockerfiles, "root", true),
      withoutHealthcheck: countOf(dockerfiles, "healthcheck", false),
      unpinned: countOf(stages, "pinned", false),
      secrets: dockerfiles.flatMap((one) => recordsOf(one["secrets"])).length,
    };
  },
  documentation: ({ modules = [] }) => ({
    documentedModules: countOf(modules, "documented", true),
    symbols: sumOf(modules, "symbols"),
    documentedSymbols: sumOf(modules, "documentedSymbols"),
    withExamples: sumOf(modules, "examples"),
    languages: [...new Set(modules.map(({ language }) => String(language)))].toSorted((a, b) => (a < b ? -1 : 1)),
  }),
  maintainability({ functions = [] }) {
    const complexities = functions.map(({ complexity }) => Number(complexity));
    return {
      files: new Set(functions.map(({ path }) => path)).size,
      ...(complexities.length === 0 ? {} : { highestComplexity: Math.max(...complexities) }),
    };
  },
  build: ({ builds = [] }) => ({
    succeeded: countOf(builds, "outcome", "success"),
    failed: builds.filter(({ outcome }) => outcome === "failure" || outcome === "denied").length,
    artifacts: builds.reduce((total, { artifacts }) => total + lengthOf(artifacts), 0),
  }),
  assessment: ({ controls = [] }) => ({
    satisfied: countOf(controls, "status", "satisfied"),
    notSatisfied: countOf(controls, "status", "not-satisfied"),
    notApplicable: countOf(controls, "status", "not-applicable"),
    unknown: countOf(controls, "status", "unknown"),
  }),
  statement: () => ({ type: "example", statedBy: "A Person", statedAt: EXAMPLE_CONTEXT.time, verified: "verified" }),
  history: ({ decisions = [] }) => ({
    allowed: countOf(decisions, "outcome", "allow"),
    size: decisions.length + 1,
    from: "2025-12-02T00:00:00Z",
  }),
};

function countOf(items: readonly Item[], key: string, value: unknown): number {
  return items.filter((item) => item[key] === value).length;
}

function sumOf(items: readonly Item[], key: string): number {
  return items.reduce((sum, item) => sum + (typeof item[key] === "number" ? item[key] : 0), 0);
}

function lengthOf(value: unknown): number {
  return Array.isArray(value) ? value.length : 0;
}

function recordsOf(value: unknown): readonly Item[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

/** The lists that have counters of their own. */
interface CountedLists {
  readonly findings?: readonly Finding[];
  readonly cases?: readonly TestCase[];
  readonly mutants?: readonly Mutant[];
  readonly components?: readonly Component[];
}

/** What an example has wrong in them is found when its document is held against the model. */
function asCounted(lists: Lists): CountedLists {
  return lists;
}
