import { sha256 } from "../evidence/canonical.ts";
import type { DeclaredEvidenceName } from "../evidence/declared.ts";
import type { Digest } from "../evidence/types.ts";
import { parseReference } from "../policy/oci/reference.ts";
import type { PublicKeyAlgorithm } from "../policy/package/keys.ts";
import type { ConfiguredPackage } from "../policy/package/open.ts";
import { compact } from "../util/compact.ts";
import { parseDuration } from "../util/duration.ts";
import { type Issue, messageOf } from "../util/errors.ts";
import { isRecord, mapValues } from "../util/json.ts";
import { DEFAULT_LIMITS, type Limits } from "../util/limits.ts";
import { isLonger } from "../util/period.ts";
import {
  type EnvironmentDocument,
  type Places,
  readEnvironments,
  readList,
  readOverrides,
  unknownEnvironment,
} from "./environments.ts";
import { DEFAULT_RETENTION, RETAINED_KINDS, type Retention } from "./retention.ts";
import type { ComponentConfig, Config, EvidencePattern } from "./types.ts";
import { readYaml } from "./yaml.ts";

/** `gate.yaml` after validation, before positions are added. */
interface ConfigDocument {
  readonly policy?: {
    readonly builtin?: boolean;
    readonly paths?: readonly string[];
    readonly packages?: readonly PackageDocument[];
  };
  readonly evidence?: readonly EvidenceDeclaration[];
  readonly limits?: Partial<Limits>;
  readonly environments: Readonly<Record<string, EnvironmentDocument>>;
  readonly order?: readonly string[];
  readonly stages?: Readonly<Record<string, { readonly gates: readonly string[]; readonly target: string }>>;
  readonly components?: Readonly<Record<string, ComponentDocument>>;
  readonly waivers?: { readonly path?: string };
  readonly baseline?: { readonly path?: string };
  readonly trust?: { readonly people?: string; readonly allowedSigners?: string; readonly statements?: string };
  readonly audit?: {
    readonly store?: string;
    readonly previous?: string;
    readonly evidenceBytes?: number;
    readonly retention?: Partial<Retention>;
    readonly guard?: boolean;
    readonly anchors?: readonly string[];
  };
}

interface PackageDocument {
  readonly path?: string;
  readonly oci?: string;
  readonly digest?: Digest;
  readonly key?: string;
  readonly algorithm?: PublicKeyAlgorithm;
}

interface ComponentDocument {
  readonly paths: readonly string[];
  readonly evidence?: readonly EvidenceDeclaration[];
  readonly environments?: Readonly<Record<string, EnvironmentDocument>>;
}

interface EvidenceDeclaration {
  readonly path: string;
  readonly kind?: DeclaredEvidenceName;
  readonly format?: string;
  readonly signers?: readonly string[];
}

/** Environments from the least to the most strict, where the file does not say. */
const DEFAULT_ORDER = ["development", "staging", "production"] as const;
/** The settings at the top that have a place, by path. */
const TOP_SETTINGS = [
  "waivers.path",
  "baseline.path",
  "trust.people",
  "trust.allowedSigners",
  "trust.statements",
  "audit.store",
  "audit.previous",
  "audit.evidenceBytes",
  ...RETAINED_KINDS.map((kind) => `audit.retention.${kind}` as const),
  "audit.guard",
  "audit.anchors",
] as const;
const DEFAULT_WAIVERS = "waivers.yaml";
const DEFAULT_BASELINE = "baseline.json";
const DEFAULT_PEOPLE = "trust.yaml";
const DEFAULT_SIGNERS = "allowed_signers";
const DEFAULT_STATEMENTS = ".gate/approvals";
const DEFAULT_AUDIT_STORE = ".gate/audit.db";
const DEFAULT_AUDIT_EVIDENCE_BYTES = 4 << 20;

/**
 * Reads `gate.yaml`. Unknown keys, duplicate keys, aliases that expand without end and values of the wrong type are
 * errors: a setting that is not understood must not be taken for one that is not there.
 *
 * @param path for messages
 * @param schema `schemas/config.v1.schema.json`
 * @throws {GateError} `config-invalid` with every problem, its line and the nearest valid key
 */
export function parseConfig(bytes: Uint8Array, path: string, schema: object): Config {
  const { value, source, issue, invalid } = readYaml<ConfigDocument>(bytes, path, {
    schema,
    code: "config-invalid",
    name: "a valid configuration",
    hint: "See docs/configuration.md.",
  });
  const issues: Issue[] = [];
  const packages = (value.policy?.packages ?? []).map((given, index) => {
    const keys = ["policy", "packages", String(index)];
    const problem = packageProblem(given, value.policy?.packages?.slice(0, index) ?? []);
    if (problem !== undefined) issues.push(issue(problem, keys));
    return configuredPackage(given, source(keys));
  });
  const config = toConfig(value, packages, bytes, { file: path, source, issue }, issues);
  if (issues.length > 0) throw invalid(issues);
  return config;
}

function configuredPackage(given: PackageDocument, source: string): ConfiguredPackage {
  const { path, oci, ...rest } = given;
  return { kind: oci === undefined ? "path" : "oci", name: oci ?? path ?? "", ...rest, source };
}

/** What the schema cannot say in words that help. */
function packageProblem({ path, oci }: PackageDocument, before: readonly PackageDocument[]): string | undefined {
  if ((path === undefined) === (oci === undefined)) return "a package has either `path` or `oci`";
  const name = oci ?? path ?? "";
  if (before.some((other) => other.path === path && other.oci === oci)) return `the package ${name} is named twice`;
  if (oci === undefined) return undefined;
  try {
    const { digest } = parseReference(oci);
    return digest === undefined ? undefined : `the digest of ${name} belongs into \`digest\``;
  } catch (error) {
    return messageOf(error);
  }
}

function toConfig(
  document: ConfigDocument,
  packages: readonly ConfiguredPackage[],
  bytes: Uint8Array,
  places: Places,
  issues: Issue[],
): Config {
  const { policy, trust } = document;
  const environments = readEnvironments(document.environments, places, issues);
  return {
    digest: sha256(bytes),
    path: places.file,
    policy: {
      builtin: policy?.builtin ?? true,
      paths: readList(policy?.paths, ["policy", "paths"], places),
      packages,
    },
    evidence: readEvidence(document.evidence, ["evidence"], places),
    limits: { ...DEFAULT_LIMITS, ...document.limits },
    environments,
    order: readOrder(document, places, issues),
    stages: Object.entries(document.stages ?? {}).map(([name, { gates, target }]) => ({
      name,
      gates: readList(gates, ["stages", name, "gates"], places),
      target: { value: parseDuration(target) ?? 0, source: places.source(["stages", name, "target"]) },
    })),
    components: mapValues(document.components ?? {}, (component, name) =>
      readComponent(component, environments, ["components", name], places, issues),
    ),
    waivers: { path: document.waivers?.path ?? DEFAULT_WAIVERS },
    baseline: { path: document.baseline?.path ?? DEFAULT_BASELINE },
    trust: {
      people: trust?.people ?? DEFAULT_PEOPLE,
      allowedSigners: trust?.allowedSigners ?? DEFAULT_SIGNERS,
      statements: trust?.statements ?? DEFAULT_STATEMENTS,
    },
    auditStore: document.audit?.store ?? DEFAULT_AUDIT_STORE,
    ...compact({ auditPrevious: document.audit?.previous }),
    auditGuard: document.audit?.guard ?? true,
    auditEvidenceBytes: document.audit?.evidenceBytes ?? DEFAULT_AUDIT_EVIDENCE_BYTES,
    auditRetention: readRetention(document.audit?.retention, places, issues),
    auditAnchors: document.audit?.anchors ?? [],
    sources: topSources(document, places),
  };
}

/** A kind that is not set is kept as long as decision documents are. */
function readRetention(given: Partial<Retention> = {}, places: Places, issues: Issue[]): Retention {
  const documents = given.documents ?? DEFAULT_RETENTION;
  for (const kind of RETAINED_KINDS) {
    const period = given[kind];
    if (period === undefined || !isLonger(period, documents)) continue;
    const message = `${kind} cannot be kept longer (${period}) than the documents that name them (${documents})`;
    issues.push(places.issue(message, ["audit", "retention", kind]));
  }
  const { evidence = documents, inputs = documents, policies = documents } = given;
  return { documents, evidence, inputs, policies };
}

function readComponent(
  { paths, evidence, environments: overrides = {} }: ComponentDocument,
  environments: Config["environments"],
  keys: readonly string[],
  places: Places,
  issues: Issue[],
): ComponentConfig {
  return {
    paths: readList(paths, [...keys, "paths"], places),
    evidence: readEvidence(evidence, [...keys, "evidence"], places),
    environments: readOverrides(overrides, environments, [...keys, "environments"], places, issues),
    source: places.source(keys),
  };
}

function readEvidence(
  patterns: readonly EvidenceDeclaration[] | undefined,
  keys: readonly string[],
  places: Places,
): readonly EvidencePattern[] {
  return (patterns ?? []).map((pattern, index) => ({ ...pattern, source: places.source([...keys, index, "path"]) }));
}

function readOrder({ order, environments }: ConfigDocument, places: Places, issues: Issue[]): readonly string[] {
  const names = Object.keys(environments);
  for (const [index, name] of (order ?? []).entries()) {
    if (!names.includes(name)) issues.push(unknownEnvironment(name, names, ["order", index], places));
  }
  return order ?? DEFAULT_ORDER.filter((name) => names.includes(name));
}

function topSources(document: ConfigDocument, places: Places): Readonly<Record<string, string>> {
  const sources = TOP_SETTINGS.map((path) => {
    const keys = path.split(".");
    const given = keys.reduce<unknown>((value, key) => (isRecord(value) ? value[key] : undefined), document);
    return [path, given === undefined ? "default" : places.source(keys)] as const;
  });
  return Object.fromEntries(sources);
}
