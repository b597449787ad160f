import type { IntegrityLevel } from "../decision/types.ts";
import type { DeclaredEvidenceName } from "../evidence/declared.ts";
import type { Digest } from "../evidence/types.ts";
import type { ConfiguredPackage } from "../policy/package/open.ts";
import type { Limits } from "../util/limits.ts";

/** A value of the configuration and the place that it came from, such as `gate.yaml:12`. */
export interface Sourced<T> {
  readonly value: T;
  readonly source: string;
}

export interface EvidencePattern {
  readonly path: string;
  readonly kind?: DeclaredEvidenceName;
  /** The id of a format. */
  readonly format?: string;
  /** Names of people; one of them has to have signed the file. Missing where nobody has to. */
  readonly signers?: readonly string[];
  /** Such as `gate.yaml:12`. */
  readonly source: string;
}

/** `gate.yaml` as it is written, validated against `schemas/config.v1.schema.json`. */
export interface Config {
  /** Of the file's bytes. */
  readonly digest: Digest;
  /** As the user named it. */
  readonly path: string;
  readonly policy: {
    readonly builtin: boolean;
    readonly paths: readonly Sourced<string>[];
    readonly packages: readonly ConfiguredPackage[];
  };
  readonly evidence: readonly EvidencePattern[];
  readonly limits: Limits;
  readonly environments: Readonly<Record<string, EnvironmentConfig>>;
  /** Paths relative to gate.yaml. */
  readonly waivers: { readonly path: string };
  readonly baseline: { readonly path: string };
  readonly trust: { readonly people: string; readonly allowedSigners?: string; readonly statements: string };
  readonly auditStore: string;
  /** The most evidence of one check that is stored with its decision. */
  readonly auditEvidenceBytes: number;
}

export interface EnvironmentConfig {
  readonly mandatory: readonly Sourced<string>[];
  readonly advisory: readonly Sourced<string>[];
  /** By gate, then by parameter. */
  readonly parameters: Readonly<Record<string, Readonly<Record<string, Sourced<unknown>>>>>;
  readonly integrity: IntegrityLevel;
  readonly audit: "required" | "optional";
  readonly source: string;
}
