import type { IntegrityLevel } from "../decision/types.ts";
import { sha256 } from "../evidence/canonical.ts";
import type { DeclaredEvidenceName } from "../evidence/declared.ts";
import type { Digest } from "../evidence/types.ts";
import { parseReference } from "../policy/oci/reference.ts";
import type { PublicKeyAlgorithm } from "../policy/package/keys.ts";
import type { ConfiguredPackage } from "../policy/package/open.ts";
import { type Issue, messageOf } from "../util/errors.ts";
import { DEFAULT_LIMITS, type Limits } from "../util/limits.ts";
import type { Config, EnvironmentConfig, Sourced } from "./types.ts";
import { readYaml } from "./yaml.ts";

/** `gate.yaml` after validation, before positions are added. */
interface ConfigDocument {
  readonly policy?: {
    readonly builtin?: boolean;
    readonly paths?: readonly string[];
    readonly packages?: readonly PackageDocument[];
  };
  readonly evidence?: readonly {
    readonly path: string;
    readonly kind?: DeclaredEvidenceName;
    readonly format?: string;
  }[];
  readonly limits?: Partial<Limits>;
  readonly environments: Readonly<Record<string, EnvironmentDocument>>;
  readonly audit?: { readonly store?: string; readonly evidenceBytes?: number };
}

interface PackageDocument {
  readonly path?: string;
  readonly oci?: string;
  readonly digest?: Digest;
  readonly key?: string;
  readonly algorithm?: PublicKeyAlgorithm;
}

interface EnvironmentDocument {
  readonly mandatory?: readonly string[];
  readonly advisory?: readonly string[];
  readonly parameters?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly integrity?: IntegrityLevel;
  readonly audit?: "required" | "optional";
}

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
  if (issues.length > 0) throw invalid(issues);
  return toConfig(value, packages, bytes, path, source);
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
  path: string,
  source: (keys: readonly (string | number)[]) => string,
): Config {
  const list = (values: readonly string[] | undefined, keys: readonly string[]): readonly Sourced<string>[] =>
    (values ?? []).map((value, index) => ({ value, source: source([...keys, index]) }));
  const environments: Record<string, EnvironmentConfig> = {};
  for (const [name, environment] of Object.entries(document.environments)) {
    const keys = ["environments", name];
    const relaxed = name === "development";
    environments[name] = {
      mandatory: list(environment.mandatory, [...keys, "mandatory"]),
      advisory: list(environment.advisory, [...keys, "advisory"]),
      parameters: mapValues(environment.parameters ?? {}, (values, gate) =>
        mapValues(values, (value, parameter) => ({
          value,
          source: source([...keys, "parameters", gate, parameter]),
        })),
      ),
      integrity: environment.integrity ?? (relaxed ? "open" : "bound"),
      audit: environment.audit ?? (relaxed ? "optional" : "required"),
      source: source(keys),
    };
  }
  return {
    digest: sha256(bytes),
    path,
    policy: {
      builtin: document.policy?.builtin ?? true,
      paths: list(document.policy?.paths, ["policy", "paths"]),
      packages,
    },
    evidence: (document.evidence ?? []).map((pattern, index) => ({
      ...pattern,
      source: source(["evidence", index, "path"]),
    })),
    limits: { ...DEFAULT_LIMITS, ...document.limits },
    environments,
    waivers: { path: "waivers.yaml" },
    baseline: { path: "baseline.json" },
    trust: { people: "trust.yaml", allowedSigners: "allowed_signers", statements: ".gate/approvals" },
    auditStore: document.audit?.store ?? DEFAULT_AUDIT_STORE,
    auditEvidenceBytes: document.audit?.evidenceBytes ?? DEFAULT_AUDIT_EVIDENCE_BYTES,
  };
}

function mapValues<T, U>(object: Readonly<Record<string, T>>, map: (value: T, key: string) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value, key)]));
}
