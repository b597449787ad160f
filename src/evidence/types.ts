/**
 * The evidence model, version 1: what a gate may know about a file that a tool left behind.
 *
 * One document for one source file. Counts are integers and percentages are never stored: a tool's rounding must not
 * decide a gate. Absence is explicit: a count that the file does not carry is missing, never zero.
 */

/** `sha256:` and 64 lower-case hexadecimal digits. */
export type Digest = `sha256:${string}`;

export const EVIDENCE_SCHEMA = "gate/evidence/v1";

export type EvidenceKind = EvidenceDocument["kind"];

/**
 * What the file says about the run that produced it.
 *
 * - `complete`: the tool says that it ran to the end.
 * - `unknown`: the format has no room to say so; usable.
 * - `partial`: the tool reports errors of its own beside its results.
 * - `failed`: the tool says that it failed.
 * - `empty`: it measured nothing (zero tests, zero lines); absence is not success.
 * - `malformed`: the file is damaged or not what it claims to be.
 */
export type EvidenceStatus = "complete" | "unknown" | "partial" | "failed" | "empty" | "malformed";

/** Something to say about a document, with the place in the source file where there is one. */
export interface Diagnostic {
  /** Stable, kebab-case. */
  readonly code: string;
  readonly message: string;
  /** A JSON pointer, `line 12` or `byte 1234`. */
  readonly place?: string;
}

export interface Tool {
  readonly name: string;
  readonly version?: string;
}

/** What the file itself claims to be about. A claim, not a proof. */
export interface EvidenceSubject {
  readonly repository?: string;
  /** Lower-case hexadecimal commit id. */
  readonly commit?: string;
  readonly ref?: string;
}

export interface EvidenceSource {
  /** The id of the adapter that read it, such as `sarif`. */
  readonly format: string;
  readonly formatVersion?: string;
  /** As the user named it, with `/` as separator; `-` is standard input. */
  readonly path: string;
  readonly bytes: number;
  /** Of the bytes as read. */
  readonly sha256: Digest;
  readonly tools: readonly Tool[];
}

export interface EvidenceQuality {
  /** Read all the same, but worth knowing. */
  readonly warnings: readonly Diagnostic[];
  /** Where the file contradicts itself; the recounted figure is the one used. */
  readonly inconsistencies: readonly Diagnostic[];
  /** Strings that were dropped because they hold secrets. */
  readonly redactions: number;
}

interface EvidenceEnvelope {
  readonly schema: typeof EVIDENCE_SCHEMA;
  /** Digest of the RFC 8785 form of the document without `id`. */
  readonly id: Digest;
  readonly subject: EvidenceSubject;
  readonly source: EvidenceSource;
  /** RFC 3339, UTC; when the tool ran, as the file says. */
  readonly producedAt?: string;
  readonly status: EvidenceStatus;
  readonly statusReasons: readonly Diagnostic[];
  readonly quality: EvidenceQuality;
}

export const SEVERITIES = ["critical", "high", "medium", "low", "info", "unknown"] as const;
/** Ordinal from `critical` to `info`; `unknown` stands beside the order and is visible to policy. */
export type Severity = (typeof SEVERITIES)[number];

export const CATEGORIES = ["sast", "dast", "sca", "container", "secret", "iac", "licence", "quality"] as const;
/** What a finding is about; `quality` is a lint finding that is no security finding. */
export type Category = (typeof CATEGORIES)[number];

/** Where a severity came from, before it was normalised. */
export interface RawSeverity {
  readonly value: string;
  readonly scale: "cvss" | "security-severity" | "word" | "sarif-level" | "default";
  readonly source: string;
}

export interface Location {
  /** Relative to the repository where the file allows it, with `/` as separator. */
  readonly path: string;
  readonly line?: number;
  readonly column?: number;
  readonly endLine?: number;
}

export interface Suppression {
  readonly kind: "in-source" | "external";
  readonly status: "accepted" | "under-review" | "rejected";
  readonly justification?: string;
}

export interface Finding {
  /** Stable fingerprint, 64 hexadecimal digits: does not depend on line numbers or the order of results. */
  readonly id: string;
  readonly category: Category;
  readonly ruleId: string;
  readonly ruleName?: string;
  readonly message: string;
  readonly severity: Severity;
  readonly severityRaw: RawSeverity;
  readonly cwe: readonly string[];
  readonly location?: Location;
  /** A package URL, or the package's name where there is none. */
  readonly component?: string;
  /** True where every suppression of the finding is accepted. */
  readonly suppressed: boolean;
  readonly suppressions: readonly Suppression[];
  readonly baseline?: "new" | "unchanged" | "updated";
  readonly tool: string;
}

/** One run of one tool inside a file of findings. */
export interface Scan {
  readonly tool: string;
  readonly version?: string;
  readonly category: Category;
  /** `false` and `unknown` differ: many tools never say. */
  readonly successful: boolean | "unknown";
  readonly results: number;
}

export interface FindingsEvidence extends EvidenceEnvelope {
  readonly kind: "findings";
  readonly summary: {
    readonly total: number;
    readonly open: number;
    readonly suppressed: number;
    /** Open findings only. */
    readonly bySeverity: Readonly<Record<Severity, number>>;
  };
  readonly body: { readonly scans: readonly Scan[]; readonly findings: readonly Finding[] };
}

export interface Counter {
  readonly covered: number;
  readonly total: number;
}

export type TestSuiteName = "unit" | "integration" | "e2e" | "smoke" | "acceptance" | "compatibility";

export interface CoverageFile {
  readonly path: string;
  readonly lines: Counter;
  readonly branches?: Counter;
}

export interface CoverageEvidence extends EvidenceEnvelope {
  readonly kind: "coverage";
  readonly summary: {
    /** Which tests were run to measure it. */
    readonly suite: TestSuiteName;
    /** Figures of different providers must not be compared with each other. */
    readonly provider: string;
    readonly lines: Counter;
    readonly branches?: Counter;
    readonly functions?: Counter;
    readonly statements?: Counter;
    readonly files: number;
  };
  readonly body: { readonly files: readonly CoverageFile[] };
}

export type TestStatus = "passed" | "failed" | "errored" | "skipped";

export interface TestCase {
  /** Suite and name, made unique within the file; stable between runs. */
  readonly id: string;
  readonly suite: string;
  readonly name: string;
  readonly file?: string;
  /** After all attempts. */
  readonly status: TestStatus;
  readonly attempts: number;
  /** Passed in the end, but not at the first attempt. */
  readonly flaky: boolean;
  readonly message?: string;
  readonly durationMs?: number;
}

export interface TestsEvidence extends EvidenceEnvelope {
  readonly kind: "tests";
  readonly summary: {
    readonly suite: TestSuiteName;
    readonly suites: number;
    readonly total: number;
    readonly passed: number;
    readonly failed: number;
    readonly errored: number;
    readonly skipped: number;
    readonly flaky: number;
    readonly durationMs?: number;
  };
  readonly body: { readonly cases: readonly TestCase[] };
}

export interface Licence {
  /** SPDX expression as far as the file gives one, else the name as written. */
  readonly expression: string;
  /** True where `expression` is made of SPDX identifiers. */
  readonly spdx: boolean;
  /** The choices that the expression leaves, each a set of identifiers that apply together; empty where it is no SPDX. */
  readonly alternatives: readonly (readonly string[])[];
}

export interface Component {
  /** The file's own reference, unique within it. */
  readonly ref: string;
  readonly name: string;
  readonly version?: string;
  readonly purl?: string;
  readonly type: string;
  readonly scope?: "required" | "optional" | "excluded";
  /** More than one entry means that all of them apply. */
  readonly licences: readonly Licence[];
  readonly hashes: number;
}

export interface SbomEvidence extends EvidenceEnvelope {
  readonly kind: "sbom";
  readonly summary: {
    readonly specification: "CycloneDX" | "SPDX";
    readonly components: number;
    readonly withPurl: number;
    readonly withVersion: number;
    readonly withLicence: number;
    readonly withHash: number;
    readonly dependencyEdges: number;
    /** What the bill of materials describes. */
    readonly root?: { readonly name: string; readonly version?: string; readonly purl?: string };
  };
  readonly body: { readonly components: readonly Component[] };
}

/** A file that was meant as evidence and could not be read as such; the gates that need its kind stay closed. */
export interface UnreadableEvidence extends EvidenceEnvelope {
  readonly kind: "unreadable";
  /** What the file would have been, as far as its head or the user says. */
  readonly summary: { readonly intended: Exclude<EvidenceKind, "unreadable">; readonly category?: Category };
  readonly body: Readonly<Record<string, never>>;
}

export type EvidenceDocument = FindingsEvidence | CoverageEvidence | TestsEvidence | SbomEvidence | UnreadableEvidence;

/** What an adapter makes of a file; ingest adds the digests, the path and the identity. */
export type ParsedEvidence = {
  [K in Exclude<EvidenceKind, "unreadable">]: Omit<
    Extract<EvidenceDocument, { kind: K }>,
    "schema" | "id" | "source"
  > & { readonly formatVersion?: string; readonly tools: readonly Tool[] };
}[Exclude<EvidenceKind, "unreadable">];
