import type { ApprovalSource, Environment, RiskLevel } from "../decision/environment.ts";
import type { IntegrityLevel } from "../decision/types.ts";
import type { DeclaredEvidenceName } from "../evidence/declared.ts";
import type { Digest, ReadableKind } from "../evidence/types.ts";
import type { ConfiguredPackage } from "../policy/package/open.ts";
import type { Limits } from "../util/limits.ts";
import type { Retention } from "./retention.ts";

/**
 * A value of the configuration and the place that it came from: `gate.yaml:12`, or `gate.yaml:12 (staging)` where another
 * environment says it and this one inherits it.
 */
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

/** `gate.yaml`, validated against `schemas/config.v1.schema.json`, with everything in it that is inherited. */
export interface Config {
  /** Of the file's bytes. */
  readonly digest: Digest;
  /** As the user named it. */
  readonly path: string;
  readonly policy: {
    readonly builtin: boolean;
    readonly paths: readonly Sourced<string>[];
    readonly packages: readonly ConfiguredPackage[];
    /** Policies of Conftest that the command line names; paths are relative to the configuration. */
    readonly conftest?: ConftestConfig;
  };
  readonly evidence: readonly EvidencePattern[];
  readonly limits: Limits;
  readonly environments: Readonly<Record<string, EnvironmentConfig>>;
  /** Names of environments, from the least to the most strict; all of them exist. */
  readonly order: readonly string[];
  readonly stages: readonly StageConfig[];
  readonly components: Readonly<Record<string, ComponentConfig>>;
  /** This and the paths below are relative to the configuration. */
  readonly waivers: { readonly path: string };
  readonly baseline: { readonly path: string };
  readonly trust: {
    /** The trust file. */
    readonly people: string;
    /** A file of SSH keys as ssh-keygen reads it. */
    readonly allowedSigners: string;
    /** The folder of signed approvals and bypasses. */
    readonly statements: string;
  };
  readonly auditStore: string;
  /** The most evidence of one check that is stored with its decision. */
  readonly auditEvidenceBytes: number;
  /** Where checkpoints are anchored; relative paths start from the configuration. */
  readonly auditAnchors: readonly string[];
  /** The log before this one; undefined where there is none, or it is not needed any more. */
  readonly auditPrevious?: string;
  /** How long each kind of document is kept. */
  readonly auditRetention: Retention;
  /** Whether this machine remembers the log's head, and refuses a log that was put back. */
  readonly auditGuard: boolean;
  /** Where the settings that are no environment's came from: `default` or a place, by path, such as `trust.people`. */
  readonly sources: Readonly<Record<string, string>>;
}

/** As `conftest test` has flags for it; empty `namespaces` are its default. */
export interface ConftestConfig {
  readonly policies: readonly string[];
  readonly data: readonly string[];
  readonly namespaces: readonly string[];
  readonly combine: boolean;
}

/** A part of the repository that is decided on by itself. */
export interface ComponentConfig {
  /** Globs, relative to the configuration. */
  readonly paths: readonly Sourced<string>[];
  readonly evidence: readonly EvidencePattern[];
  /** Every environment of the configuration, as it is for this component. */
  readonly environments: Readonly<Record<string, EnvironmentConfig>>;
  readonly source: string;
}

export interface StageConfig {
  readonly name: string;
  readonly gates: readonly Sourced<string>[];
  /** Milliseconds. */
  readonly target: Sourced<number>;
}

/** The settings of an environment by their paths in gate.yaml; durations in milliseconds. */
export interface Settings {
  readonly integrity: IntegrityLevel;
  readonly audit: Environment["audit"];
  readonly advisoryFailure: Environment["onAdvisory"];
  readonly binding: Environment["binding"];
  readonly baseline: Environment["baseline"];
  readonly "waivers.quorum": number;
  readonly "waivers.roles": readonly string[];
  readonly "waivers.lifetime": number;
  readonly "waivers.warn": number;
  readonly "approvals.quorum": number;
  readonly "approvals.roles": readonly string[];
  readonly "approvals.lifetime": number;
  readonly "approvals.from": readonly ApprovalSource[];
  readonly "bypass.permitted": boolean;
  readonly "bypass.quorum": number;
  readonly "bypass.roles": readonly string[];
  readonly "bypass.lifetime": number;
  readonly "bypass.review": number;
}

/** Those settings that gate.yaml has. */
export type GivenSettings = { readonly [K in keyof Settings]?: Sourced<Settings[K]> };

/** By gate, then by parameter. */
export type GivenParameters = Readonly<Record<string, Readonly<Record<string, Sourced<unknown>>>>>;

/** Gates with their parameters; of a profile those that it adds. */
export interface GivenGates {
  readonly mandatory: readonly Sourced<string>[];
  readonly advisory: readonly Sourced<string>[];
  readonly parameters: GivenParameters;
}

/** What a level of risk adds to an environment; `settings` are of approvals. */
export interface ProfileConfig extends GivenGates {
  readonly settings: GivenSettings;
}

export interface RiskConfig {
  readonly gate?: Sourced<string>;
  readonly profiles: { readonly [L in RiskLevel]?: ProfileConfig };
  readonly source: string;
}

/** A collection of gates that an environment takes. */
export interface TakenCollection extends Sourced<string> {
  /** Gates that the environment turns off, or one that extends it. */
  readonly without: readonly string[];
}

/** An environment as gate.yaml has it: what it says itself, and what it inherits. */
export interface EnvironmentConfig extends GivenGates {
  readonly extends?: Sourced<string>;
  readonly collections: readonly TakenCollection[];
  /** Gates that are inherited and turned off. */
  readonly disabled: readonly Sourced<string>[];
  readonly settings: GivenSettings;
  /** Milliseconds; null for any age. */
  readonly freshness: { readonly [K in ReadableKind | "default"]?: Sourced<number | null> };
  /** Milliseconds, by gate. */
  readonly targets: Readonly<Record<string, Sourced<number>>>;
  readonly risk?: RiskConfig;
  readonly source: string;
}
