/**
 * The evidence model, version 1: what a gate may know about a file that a tool left behind. One document for one
 * source file. Counts are integers and percentages are never stored: a tool's rounding must not decide a gate. Absence
 * is explicit: what a file does not carry is missing, never zero.
 *
 * Written by `npm run model` from `schemas/evidence.v1.yaml`; change that.
 */

/** `sha256:` and 64 lower-case hexadecimal digits. */
export type Digest = `sha256:${string}`;

export const EVIDENCE_SCHEMA = "gate/evidence/v1";

/** What a document can be about, if its file could be read. */
export const READABLE_KINDS = [
  "findings",
  "coverage",
  "tests",
  "mutation",
  "sbom",
  "vex",
  "performance",
  "web-quality",
  "metrics",
  "attestation",
  "audit-log",
  "change",
  "deployment",
  "incident",
  "repository",
  "dockerfile",
  "documentation",
  "maintainability",
  "build",
  "assessment",
  "statement",
  "document",
  "history",
] as const;
export type ReadableKind = (typeof READABLE_KINDS)[number];
export type EvidenceKind = ReadableKind | "unreadable";

/** The list of a kind's body that gates read by declared field. */
export const EVIDENCE_ITEMS = {
  findings: "findings",
  coverage: "files",
  tests: "cases",
  mutation: "mutants",
  sbom: "components",
  vex: "statements",
  performance: "metrics",
  "web-quality": "audits",
  metrics: "series",
  attestation: "statements",
  "audit-log": "events",
  change: "commits",
  deployment: "deployments",
  incident: "incidents",
  repository: "files",
  dockerfile: "dockerfiles",
  documentation: "modules",
  maintainability: "functions",
  build: "builds",
  assessment: "controls",
  statement: "claims",
  document: "documents",
  history: "decisions",
} as const satisfies Record<ReadableKind, string>;

/** All lists of a kind's body. */
export const EVIDENCE_LISTS: Readonly<Record<ReadableKind, readonly string[]>> = {
  findings: ["scans", "findings"],
  coverage: ["files"],
  tests: ["cases"],
  mutation: ["files", "mutants"],
  sbom: ["components"],
  vex: ["statements"],
  performance: ["metrics", "thresholds"],
  "web-quality": ["runs", "audits"],
  metrics: ["series", "alerts"],
  attestation: ["statements"],
  "audit-log": ["events"],
  change: ["commits", "reviews", "files", "protections", "environments"],
  deployment: ["deployments"],
  incident: ["incidents"],
  repository: ["files", "references", "pins", "cycles", "changelogs"],
  dockerfile: ["dockerfiles"],
  documentation: ["modules"],
  maintainability: ["functions", "modules", "cycles"],
  build: ["builds"],
  assessment: ["controls"],
  statement: ["claims"],
  document: ["documents"],
  history: ["decisions"],
};

export const EVIDENCE_STATUSES = ["complete", "unknown", "partial", "failed", "empty", "malformed"] as const;
/**
 * What the file says about the run that produced it.
 *
 * - `complete`: the tool says that it ran to the end
 * - `unknown`: the format has no room to say so; usable
 * - `partial`: the tool reports errors of its own beside its results
 * - `failed`: the tool says that it failed
 * - `empty`: it measured nothing (zero tests, zero lines); absence is not success
 * - `malformed`: the file is damaged or not what it claims to be
 */
export type EvidenceStatus = (typeof EVIDENCE_STATUSES)[number];

export const SEVERITIES = ["critical", "high", "medium", "low", "info", "unknown"] as const;
/** Ordinal from critical to info; unknown stands beside the order and is visible to policy. */
export type Severity = (typeof SEVERITIES)[number];

export const CATEGORIES = [
  "sast",
  "dast",
  "sca",
  "container",
  "secret",
  "iac",
  "licence",
  "quality",
  "content",
  "compatibility",
] as const;
/** What a finding is about; quality is a lint finding that is no security finding, content is text that was made to mislead whoever or whatever reads it, and compatibility is a change that breaks users of an interface. */
export type Category = (typeof CATEGORIES)[number];

export const TEST_SUITES = ["unit", "integration", "e2e", "smoke", "acceptance", "compatibility"] as const;
/** Which tests they are. */
export type TestSuiteName = (typeof TEST_SUITES)[number];

/** How a test ended. */
export type TestStatus = "passed" | "failed" | "errored" | "skipped";

/**
 * Why the status of a test is what it is, where that is not plain.
 *
 * - `todo`: marked as not done yet; it is skipped, whatever its result
 * - `expected-failure`: it failed, as it was marked to; it is skipped
 * - `unexpected-pass`: it passed although it was marked to fail; failed where the tool counts it so, else passed
 * - `not-run`: it was selected and did not run; it is skipped
 * - `load-error`: its file could not be loaded; it is errored
 */
export type TestNote = "todo" | "expected-failure" | "unexpected-pass" | "not-run" | "load-error";

/** How sure the tool is that a finding is real. */
export type Confidence = "high" | "medium" | "low";

/** What kind of value a severity was made from. */
export type RawScale = "cvss" | "security-severity" | "word" | "sarif-level" | "default";

/** Where a suppression comes from; vex is a statement of another document. */
export type SuppressionKind = "in-source" | "external" | "vex";

/** Accepted where the file does not say. */
export type SuppressionStatus = "accepted" | "under-review" | "rejected";

/** Whether there is a version without the vulnerability. */
export type FixState = "fixed" | "not-fixed" | "wont-fix" | "unknown";

/** What a dependency is needed for. */
export type DependencyScope = "runtime" | "dev" | "optional";

/** Compared with the baseline that the tool was given. */
export type Baseline = "new" | "unchanged" | "updated";

export const MUTANT_STATUSES = [
  "killed",
  "timeout",
  "survived",
  "no-coverage",
  "compile-error",
  "runtime-error",
  "ignored",
  "pending",
] as const;
/** What became of a mutant, in the words of the Stryker schema. */
export type MutantStatus = (typeof MUTANT_STATUSES)[number];

export const VEX_STATUSES = ["not-affected", "affected", "fixed", "under-investigation"] as const;
/** The status of a product with regard to a vulnerability, in the words of OpenVEX. */
export type VexStatus = (typeof VEX_STATUSES)[number];

/** Whether a signature was verified. Reading a signature verifies nothing. */
export type Verification = "unchecked" | "verified" | "failed";

/**
 * What git or the forge says of a commit's signature.
 *
 * - `good`: valid, by a key that is trusted
 * - `unknown-validity`: valid, by a key of unknown validity
 * - `expired`: valid and expired, or by a key that has expired since
 * - `revoked`: by a key that was revoked
 * - `bad`: it does not fit the commit
 * - `uncheckable`: it cannot be checked, for want of the key
 * - `none`: the commit is not signed
 */
export type SignatureStatus = "good" | "unknown-validity" | "expired" | "revoked" | "bad" | "uncheckable" | "none";

/** What a review says. */
export type ReviewState = "approved" | "changes-requested" | "commented" | "dismissed" | "pending";

/** How an action ended. */
export type EventOutcome = "success" | "failure" | "denied" | "unknown";

/** How a deployment ended, or where it stands. */
export type DeploymentOutcome = "success" | "failure" | "in-progress" | "inactive" | "unknown";

/** Whether an incident is over. */
export type IncidentState = "open" | "resolved";

export const CONTROL_STATUSES = ["satisfied", "not-satisfied", "not-applicable", "unknown"] as const;
/** Whether a control or check is met. */
export type ControlStatus = (typeof CONTROL_STATUSES)[number];

/** Whether an alert rule fires. */
export type AlertState = "firing" | "pending" | "inactive";

/** What the person found. */
export type StatementResult = "passed" | "failed" | "conditional";

/** Something to say about the document, with the place in the source file where there is one. */
export interface Diagnostic {
  /** Stable, kebab-case. */
  readonly code: string;
  /** One sentence. */
  readonly message: string;
  /** A JSON pointer, a line, a line and column, or a byte of the source file. */
  readonly place?: string;
}

/** A tool, as the file names it. */
export interface Tool {
  /** Its name. */
  readonly name: string;
  /** Its version. */
  readonly version?: string;
}

/** Something that was built. */
export interface Artifact {
  /** Its name, such as an image or a file. */
  readonly name?: string;
  /** Its digests, such as sha256:… in lower case. */
  readonly digests: readonly string[];
  /** Its package URL. */
  readonly purl?: string;
}

/** What the file itself claims to be about. A claim, not a proof. */
export interface EvidenceSubject {
  /** URI of the repository. */
  readonly repository?: string;
  /** Lower-case hexadecimal commit id. */
  readonly commit?: string;
  /** Branch or tag. */
  readonly ref?: string;
  /** The run of the pipeline, such as github:1234. */
  readonly run?: string;
  /** What was built, scanned or deployed. */
  readonly artifacts?: readonly Artifact[];
}

/** What the job that made the file says of it in a file beside it. */
export interface Binding {
  /** Whether the time is the binding's, for the file itself has none. */
  readonly dated: boolean;
  /** Whoever signed the binding, where its signature was verified. */
  readonly signer?: string;
}

/** The file that the document was made from. */
export interface EvidenceSource {
  /** The id of the adapter that read it, such as sarif. */
  readonly format: string;
  /** The version of the format that the file declares. */
  readonly formatVersion?: string;
  /** As the user named it, with / as separator; - is standard input. */
  readonly path: string;
  /** Size of the file in bytes. */
  readonly bytes: number;
  /** SHA-256 of the bytes as read. */
  readonly sha256: Digest;
  /** The tools that wrote it, as far as it names them. */
  readonly tools: readonly Tool[];
}

/** How far the file can be trusted to be right. */
export interface EvidenceQuality {
  /** Read all the same, but worth knowing. */
  readonly warnings: readonly Diagnostic[];
  /** Where the file contradicts itself; the recounted figure is the one used. */
  readonly inconsistencies: readonly Diagnostic[];
  /** Strings that were dropped or hashed because they may hold secrets or personal data. */
  readonly redactions: number;
  /** True where somebody asked to keep what would be dropped. */
  readonly raw?: boolean;
}

/** Where a severity came from, before it was normalised. */
export interface RawSeverity {
  /** As the file has it; empty for a default. */
  readonly value: string;
  /** What kind of value it is. */
  readonly scale: RawScale;
  /** The place of the value, or synthetic where the tool makes scores up. */
  readonly source: string;
}

/** Where a finding is. */
export interface Location {
  /** Relative to the repository where the file allows it, with / as separator; of a web scan the URL. */
  readonly path: string;
  /** First line, from 1. */
  readonly line?: number;
  /** First column, from 1. */
  readonly column?: number;
  /** Last line, from 1. */
  readonly endLine?: number;
}

/** What is said about not counting a finding. */
export interface Suppression {
  /** Where it comes from. */
  readonly kind: SuppressionKind;
  /** Whether it is in force. */
  readonly status: SuppressionStatus;
  /** Why. */
  readonly justification?: string;
}

/** A CVSS base score. */
export interface Score {
  /** The version of CVSS, such as 3.1. */
  readonly version: string;
  /** From 0 to 10. */
  readonly value: number;
  /** The vector it was computed from. */
  readonly vector?: string;
  /** Who states it, such as nvd. */
  readonly source: string;
}

/** The package that a finding is about. */
export interface Package {
  /** Its name, with the group or scope in front. */
  readonly name: string;
  /** The version that is installed. */
  readonly version?: string;
  /** Its package URL. */
  readonly purl?: string;
  /** What it is needed for; missing where the file does not say. */
  readonly scope?: DependencyScope;
  /** Whether the project itself asks for it; missing where the file does not say. */
  readonly direct?: boolean;
}

/** What can be done about a vulnerability. */
export interface Fix {
  /** Whether there is a fixed version. */
  readonly state: FixState;
  /** The fixed versions, in the words of the tool. */
  readonly versions: readonly string[];
}

/** Open findings by severity. */
export interface SeverityCounts {
  /** Open findings of severity critical. */
  readonly critical: number;
  /** Open findings of severity high. */
  readonly high: number;
  /** Open findings of severity medium. */
  readonly medium: number;
  /** Open findings of severity low. */
  readonly low: number;
  /** Open findings of severity info. */
  readonly info: number;
  /** Open findings of severity unknown. */
  readonly unknown: number;
}

/** One run of one tool inside a file of findings. */
export interface Scan {
  /** Its name. */
  readonly tool: string;
  /** Its version. */
  readonly version?: string;
  /** What the tool looks for. */
  readonly category: Category;
  /** What the tool says about its run; many never say. */
  readonly successful: boolean | "unknown";
  /** Results in the file, findings or not. */
  readonly results: number;
}

/** One finding. */
export interface Finding {
  /** Stable, does not depend on line numbers or the order of results. */
  readonly id: string;
  /** What the finding is about. */
  readonly category: Category;
  /** The rule or advisory, as the tool names it. */
  readonly ruleId: string;
  /** What the rule is called. */
  readonly ruleName?: string;
  /** What the tool says; for secrets the name of the rule. */
  readonly message: string;
  /** Normalised; unknown stands beside the order. */
  readonly severity: Severity;
  /** Where the severity came from, before it was normalised. */
  readonly severityRaw: RawSeverity;
  /** Weaknesses, such as CWE-79. */
  readonly cwe: readonly string[];
  /** Other names of the same vulnerability, such as CVE and GHSA ids. */
  readonly aliases?: readonly string[];
  /** Every CVSS base score that the file states. */
  readonly scores?: readonly Score[];
  /** Probability of exploitation within 30 days, 0 to 1 (EPSS). */
  readonly epss?: number;
  /** Whether it is known to be exploited (CISA KEV or the tool's own list). */
  readonly exploited?: boolean;
  /** How sure the tool is. */
  readonly confidence?: Confidence;
  /** Of a secret, whether the tool proved that it is live. */
  readonly verified?: boolean;
  /** Whether the tool found that the code can be reached. */
  readonly reachable?: boolean;
  /** Where it is. */
  readonly location?: Location;
  /** The package that it is about. */
  readonly component?: Package;
  /** What can be done about it. */
  readonly fix?: Fix;
  /** Whether there are suppressions and all of them are accepted. */
  readonly suppressed: boolean;
  /** What the file says about suppressing it. */
  readonly suppressions: readonly Suppression[];
  /** Compared with the baseline that the tool was given. */
  readonly baseline?: Baseline;
  /** The tool that found it. */
  readonly tool: string;
  /** Other tools that found the same; only in what gates see, where several files are put together. */
  readonly alsoBy?: readonly string[];
  /** Whether another tool's finding stands for it; only in what gates see, and gates are not given it. */
  readonly duplicate?: boolean;
}

/** How much of something was run by tests. */
export interface Counter {
  /** How many were run. */
  readonly covered: number;
  /** How many there are. */
  readonly total: number;
}

/** One source file. */
export interface CoverageFile {
  /** As the tool writes it, with / as separator. */
  readonly path: string;
  /** Lines. */
  readonly lines: Counter;
  /** Branches. */
  readonly branches?: Counter;
  /** Functions. */
  readonly functions?: Counter;
  /** Statements. */
  readonly statements?: Counter;
  /** The lines that were run, such as 1-5,8; missing where the format counts only. */
  readonly covered?: string;
  /** The executable lines that were not run, such as 6-7; missing where the format counts only. */
  readonly missed?: string;
  /** Executable lines that the change in evidence adds or changes; only in what gates see. */
  readonly changed?: Counter;
  /** Those of them that were not run; only in what gates see. */
  readonly changedMissed?: string;
}

/** One test case. */
export interface TestCase {
  /** Suite and name, made unique within the file; stable between runs. */
  readonly id: string;
  /** The suite it is in. */
  readonly suite: string;
  /** Its name. */
  readonly name: string;
  /** Its source file. */
  readonly file?: string;
  /** After all attempts. */
  readonly status: TestStatus;
  /** Why the status is what it is, where that is not plain. */
  readonly note?: TestNote;
  /** How often it was run, at least 1. */
  readonly attempts: number;
  /** The outcome of each attempt in order, where the format tells them apart. */
  readonly outcomes?: readonly TestStatus[];
  /** Passed in the end, but not at the first attempt. */
  readonly flaky: boolean;
  /** Of the failure, error or skip. */
  readonly message?: string;
  /** Milliseconds. */
  readonly durationMs?: number;
}

/** One change to the code that tests should notice. */
export interface Mutant {
  /** The tool's own id, unique within the file. */
  readonly id: string;
  /** The source file, with / as separator. */
  readonly file: string;
  /** First line, from 1. */
  readonly line?: number;
  /** What kind of change it is. */
  readonly mutator: string;
  /** What was changed, in the words of the tool. */
  readonly description?: string;
  /** What became of it. */
  readonly status: MutantStatus;
}

/** One source file and its mutants. */
export interface MutatedFile {
  /** With / as separator. */
  readonly path: string;
  /** Mutants that tests noticed (killed or timed out). */
  readonly detected: number;
  /** Mutants that could be tested (detected, survived or not covered). */
  readonly valid: number;
}

/** One licence. */
export interface Licence {
  /** SPDX expression as far as the file gives one, else the name as written. */
  readonly expression: string;
  /** Whether expression is made of SPDX identifiers. */
  readonly spdx: boolean;
  /** The choices that the expression leaves, each a list of identifiers, with their exceptions, that apply together; empty where it is no SPDX. */
  readonly alternatives: readonly (readonly string[])[];
}

/** Missing where the file does not say, which means required. */
export type ComponentScope = "required" | "optional" | "excluded";

/** One component. */
export interface Component {
  /** The file's own reference, unique within it. */
  readonly ref: string;
  /** Its name, with the group or scope in front. */
  readonly name: string;
  /** Its version. */
  readonly version?: string;
  /** Its package URL. */
  readonly purl?: string;
  /** Such as library, as the file has it. */
  readonly type: string;
  /** Whether it is needed. */
  readonly scope?: ComponentScope;
  /** The concluded ones, or the declared ones where nothing is concluded. More than one entry means that all of them apply. */
  readonly licences: readonly Licence[];
  /** What the component declares, where something else was concluded. */
  readonly declared?: readonly Licence[];
  /** Who supplies it. */
  readonly supplier?: string;
  /** How many hashes the file gives for it. */
  readonly hashes: number;
}

/** What a bill of materials describes. */
export interface BomRoot {
  /** Its name. */
  readonly name: string;
  /** Its version. */
  readonly version?: string;
  /** Its package URL. */
  readonly purl?: string;
}

/** What a bill of materials follows. */
export type BomSpecification = "CycloneDX" | "SPDX";

/** What a VEX document follows. */
export type VexSpecification = "OpenVEX" | "CycloneDX" | "CSAF";

/** What is said of one vulnerability in some products. */
export interface VexStatement {
  /** Its id, such as a CVE. */
  readonly vulnerability: string;
  /** Its other ids. */
  readonly aliases: readonly string[];
  /** Package URLs, or the names of the document where there is none. Empty means that it names none. */
  readonly products: readonly string[];
  /** The packages inside the products that it is about; empty means the products themselves. */
  readonly subcomponents: readonly string[];
  /** What is said. */
  readonly status: VexStatus;
  /** Why it is not affected, in the words of the standard. */
  readonly justification?: string;
  /** Why it is not affected, in free text. */
  readonly impact?: string;
  /** What to do about it. */
  readonly action?: string;
  /** When it was said. */
  readonly at?: string;
  /** Whether a later statement of the document on the same vulnerability and product replaces it. */
  readonly superseded: boolean;
}

/** The distribution of a duration in milliseconds; a percentile that the tool did not give is missing, never zero. */
export interface Latency {
  /** How many were measured. */
  readonly samples: number;
  /** Milliseconds. */
  readonly mean?: number;
  /** Milliseconds. */
  readonly min?: number;
  /** Milliseconds. */
  readonly p50?: number;
  /** Milliseconds. */
  readonly p75?: number;
  /** Milliseconds. */
  readonly p90?: number;
  /** Milliseconds. */
  readonly p95?: number;
  /** Milliseconds. */
  readonly p99?: number;
  /** Milliseconds. */
  readonly p999?: number;
  /** Milliseconds. */
  readonly max?: number;
}

/** What was measured of one kind of request or one metric of the tool. */
export interface PerformanceMetric {
  /** A request's label or a metric, as the tool names it. */
  readonly name: string;
  /** Requests or samples. */
  readonly requests?: number;
  /** Those that failed. */
  readonly failures?: number;
  /** How long they took. */
  readonly latency?: Latency;
  /** Of a counter or gauge, its value. */
  readonly value?: number;
  /** Of the value, where the tool says. */
  readonly unit?: string;
}

/** A limit of the load test's own. */
export interface Threshold {
  /** What it is about. */
  readonly metric: string;
  /** As the test states it. */
  readonly expression: string;
  /** What the tool says. */
  readonly met: boolean;
  /** How many samples it was judged on. Thresholds over none are met, which proves nothing. */
  readonly samples?: number;
}

/** Checks that the load test makes on answers. */
export interface PassCount {
  /** How many held. */
  readonly passed: number;
  /** How many did not. */
  readonly failed: number;
}

/** One audit of one page. */
export interface WebAudit {
  /** The URL. */
  readonly page: string;
  /** Such as first-contentful-paint. */
  readonly id: string;
  /** What it looks at. */
  readonly title?: string;
  /** 0 to 1; missing where it does not apply or failed. */
  readonly score?: number;
  /** What was measured. */
  readonly value?: number;
  /** Of the value, such as millisecond. */
  readonly unit?: string;
}

/** One run over one page. */
export interface WebRun {
  /** The URL. */
  readonly page: string;
  /** When. */
  readonly at?: string;
  /** Such as mobile or desktop. */
  readonly formFactor?: string;
  /** Score, 0 to 1. */
  readonly performance?: number;
  /** Score, 0 to 1. */
  readonly accessibility?: number;
  /** Score, 0 to 1. */
  readonly bestPractices?: number;
  /** Score, 0 to 1. */
  readonly seo?: number;
  /** Why the run failed. */
  readonly error?: string;
}

/** One label of a series or an alert. */
export interface Label {
  /** Its name. */
  readonly name: string;
  /** Its value. */
  readonly value: string;
}

/** One point of a series. */
export interface Sample {
  /** When. */
  readonly at: string;
  /** Missing where it is no finite number. */
  readonly value?: number;
  /** As the API writes it; NaN and +Inf occur. */
  readonly raw: string;
}

/** One series of samples. */
export interface Series {
  /** Of the metric. */
  readonly name?: string;
  /** In the order of their names. */
  readonly labels: readonly Label[];
  /** In the order of time. */
  readonly samples: readonly Sample[];
}

/** One alert. */
export interface Alert {
  /** Of the rule. */
  readonly name: string;
  /** Whether it fires. */
  readonly state: AlertState;
  /** Its label severity. */
  readonly severity?: string;
  /** When it became active. */
  readonly since?: string;
  /** In the order of their names. */
  readonly labels: readonly Label[];
}

/** What an attestation is about. */
export interface AttestedSubject {
  /** As the attestation names it. */
  readonly name?: string;
  /** Such as sha256:…, in lower case and in order. */
  readonly digests: readonly string[];
}

/** Who a certificate says has signed. A claim until it is verified. */
export interface Signer {
  /** Who vouched for the identity. */
  readonly issuer?: string;
  /** A mail address or the URI of a workflow. */
  readonly identity?: string;
  /** Of a key without a certificate. */
  readonly keyId?: string;
}

/** One statement about artifacts. */
export interface AttestationStatement {
  /** Such as https://in-toto.io/Statement/v1; empty where there is only a predicate. */
  readonly statementType: string;
  /** What is stated, as a URI. */
  readonly predicateType: string;
  /** What it is about. */
  readonly subjects: readonly AttestedSubject[];
  /** On the envelope. */
  readonly signatures: number;
  /** Whether one of the signatures was verified. */
  readonly verified: Verification;
  /** Who signed, as the envelope claims. */
  readonly signer?: Signer;
  /** When a transparency log took it in, as the envelope claims. */
  readonly loggedAt?: string;
  /** Of a provenance, who built. */
  readonly builder?: string;
  /** Of a provenance, how. */
  readonly buildType?: string;
  /** Of a provenance, the source's repository. */
  readonly sourceUri?: string;
  /** Of a provenance, the source's commit. */
  readonly sourceCommit?: string;
  /** Of a provenance, the run. */
  readonly invocation?: string;
  /** When the build started. */
  readonly startedAt?: string;
  /** When the build, the scan or the verification was done. */
  readonly finishedAt?: string;
  /** Of a provenance, resolved dependencies. */
  readonly materials?: number;
  /** Of a verification or test result, the outcome as stated. */
  readonly result?: string;
  /** Of a verification summary, the levels verified. */
  readonly levels?: readonly string[];
  /** Of a verification summary, who verified. */
  readonly verifier?: string;
  /** Of a verification summary, what was verified. */
  readonly resource?: string;
  /** Of a verification summary, the policy's URI. */
  readonly policy?: string;
  /** Whether a subject is a gated artifact, by digest; only in what gates see, where an artifact is gated. */
  readonly aboutArtifact?: boolean;
}

/** One event of an audit log. */
export interface AuditEvent {
  /** The log's own. */
  readonly id?: string;
  /** When. */
  readonly at: string;
  /** Who. */
  readonly actor?: string;
  /** Such as user, bot or service. */
  readonly actorType?: string;
  /** What, in the words of the log. */
  readonly action: string;
  /** On what. */
  readonly target?: string;
  /** Of what type. */
  readonly targetType?: string;
  /** How it ended. */
  readonly outcome: EventOutcome;
  /** SHA-256 of the RFC 8785 form of the event as the log has it. */
  readonly digest: Digest;
}

/** One commit. */
export interface Commit {
  /** Its id. */
  readonly sha: string;
  /** Name and address, login, or both. */
  readonly author: string;
  /** Whoever committed it. */
  readonly committer?: string;
  /** First line of its message. */
  readonly subject: string;
  /** The whole message. */
  readonly message: string;
  /** When it was committed. */
  readonly at?: string;
  /** Two or more make it a merge. */
  readonly parents?: number;
  /** What is said of its signature. */
  readonly signature: SignatureStatus;
  /** The identity of the signature. */
  readonly signer?: string;
  /** Whether the signer's address is that of the committer. */
  readonly signedByCommitter?: boolean;
}

/** One review of a change. */
export interface Review {
  /** Who. */
  readonly user: string;
  /** What it says. */
  readonly state: ReviewState;
  /** Of which commit. */
  readonly commit?: string;
  /** When. */
  readonly at?: string;
  /** Whether it is the latest review of that user that is more than a comment. */
  readonly latest: boolean;
  /** Whether the reviewer is a program. */
  readonly bot: boolean;
  /** True where the forge says that the reviewer has no part in the repository. */
  readonly outsider?: boolean;
}

/** One file that the change touches. */
export interface ChangedFile {
  /** After the change, with / as separator. */
  readonly path: string;
  /** Before it, where it was renamed. */
  readonly previousPath?: string;
  /** added, modified, deleted, renamed or copied. */
  readonly status: string;
  /** Lines added; missing for binary files. */
  readonly additions?: number;
  /** Lines deleted; missing for binary files. */
  readonly deletions?: number;
  /** The lines added or changed, such as 3-9,12. */
  readonly addedLines?: string;
}

/** How a branch is protected. */
export interface Protection {
  /** Name or pattern. */
  readonly branch?: string;
  /** Whether it is at all. */
  readonly protected: boolean;
  /** Approvals before a merge. */
  readonly requiredReviews?: number;
  /** Whether a push takes approvals back. */
  readonly dismissStaleReviews?: boolean;
  /** Whether owners of the code have to approve. */
  readonly codeOwnerReviews?: boolean;
  /** Status checks before a merge. */
  readonly requiredChecks?: readonly string[];
  /** Whether it holds for administrators. */
  readonly enforceAdmins?: boolean;
  /** Whether commits have to be signed. */
  readonly requiredSignatures?: boolean;
  /** Whether merge commits are refused. */
  readonly linearHistory?: boolean;
  /** Whether history can be rewritten. */
  readonly forcePushes?: boolean;
  /** Whether the branch can be deleted. */
  readonly deletions?: boolean;
}

/** How an environment is protected from deployments. */
export interface Environment {
  /** Its name. */
  readonly name: string;
  /** Approvals before a deployment. */
  readonly requiredReviews?: number;
  /** Who can give them; teams have an @ in front. */
  readonly reviewers?: readonly string[];
  /** Whether whoever starts a deployment is kept from approving it. */
  readonly preventSelfReview?: boolean;
  /** How long a deployment waits. */
  readonly waitMinutes?: number;
  /** From where it can be deployed to - all, protected or selected. */
  readonly branches?: string;
  /** Whether it holds for administrators. */
  readonly enforceAdmins?: boolean;
}

/** What somebody said of a deployment that waits for approval. */
export interface DeploymentApproval {
  /** Who. */
  readonly user: string;
  /** Whether it may go ahead. */
  readonly approved: boolean;
  /** When. */
  readonly at?: string;
}

/** One deployment. */
export interface Deployment {
  /** The tool's own id. */
  readonly id: string;
  /** What was deployed. */
  readonly service?: string;
  /** Where to. */
  readonly environment?: string;
  /** Of which commit. */
  readonly commit?: string;
  /** Branch or tag. */
  readonly ref?: string;
  /** Which version. */
  readonly version?: string;
  /** Digest or package URL. */
  readonly artifact?: string;
  /** Who asked for it. */
  readonly actor?: string;
  /** Why. */
  readonly reason?: string;
  /** When it was started. */
  readonly startedAt?: string;
  /** When it was done. */
  readonly finishedAt?: string;
  /** How it ended. */
  readonly outcome: DeploymentOutcome;
  /** Whether it takes an earlier one back. */
  readonly rollback: boolean;
  /** Who approved or rejected it; missing where the file does not say. */
  readonly approvals?: readonly DeploymentApproval[];
}

/** One incident. */
export interface Incident {
  /** The tool's own id. */
  readonly id: string;
  /** What happened. */
  readonly title?: string;
  /** What is concerned. */
  readonly service?: string;
  /** Where. */
  readonly environment?: string;
  /** In the words of the tool. */
  readonly severity?: string;
  /** When it was noticed. */
  readonly openedAt?: string;
  /** When it was over. */
  readonly resolvedAt?: string;
  /** Whether it is over. */
  readonly state: IncidentState;
  /** The deployment that caused it. */
  readonly deployment?: string;
}

/** One file of the checkout. */
export interface RepositoryFile {
  /** With / as separator. */
  readonly path: string;
  /** Its size. */
  readonly bytes: number;
  /** Such as markdown, dockerfile, workflow, manifest, lockfile, changelog, licence, source, binary or other. */
  readonly type: string;
  /** SHA-256 of its content. */
  readonly digest?: Digest;
  /** Of a text, its lines. */
  readonly lines?: number;
  /** Of a markdown file that begins with one. */
  readonly frontMatter?: FrontMatter;
}

/** The YAML block that a markdown file begins with. */
export interface FrontMatter {
  /** Whether it is YAML, and a mapping. */
  readonly valid: boolean;
  /** Its keys at the top, in order. */
  readonly keys: readonly string[];
}

/** Files or modules that need each other, directly or through others. */
export interface Cycle {
  /** How they need each other, such as import or include. */
  readonly type: string;
  /** Every member, in the order of their names. */
  readonly paths: readonly string[];
}

/** A file that says what changed between versions. */
export interface Changelog {
  /** The file. */
  readonly path: string;
  /** Whether it has a heading for a version or for what is not released yet, as Keep a Changelog has. */
  readonly valid: boolean;
  /** Entries that are not released yet. */
  readonly unreleased: number;
  /** The newest version with a heading. */
  readonly latest?: string;
  /** Its date as written, such as 2026-01-31. */
  readonly latestDate?: string;
  /** Versions with a heading. */
  readonly versions: number;
}

/** One link from a file to something else. */
export interface Reference {
  /** The file. */
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** As written. */
  readonly target: string;
  /** Such as link, image, import or include. */
  readonly type: string;
  /** Whether the target exists, with its heading where it names one; missing where it was not looked for. */
  readonly found?: boolean;
}

/** One dependency on something outside the repository. */
export interface Pin {
  /** The file. */
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** Such as action, image, package, build-package, hook, include or module. */
  readonly type: string;
  /** As written. */
  readonly reference: string;
  /** Whether it can mean only one content. */
  readonly pinned: boolean;
  /** What is depended on, without version or digest, such as actions/checkout or docker.io/library/node. */
  readonly name?: string;
}

/** One stage of a Dockerfile. */
export interface BuildStage {
  /** Its name. */
  readonly name?: string;
  /** From 1. */
  readonly line: number;
  /** The image it starts from, with build arguments filled in as far as they have defaults; or the name of a stage. */
  readonly base: string;
  /** Whether it starts from another stage. */
  readonly fromStage: boolean;
  /** Whether the base is named by digest, or is scratch or another stage. */
  readonly pinned: boolean;
}

/** What looks like a secret in a Dockerfile; never its value. */
export interface DockerfileSecret {
  /** From 1. */
  readonly line: number;
  /** The variable or file. */
  readonly name: string;
  /** Such as ENV, ARG or COPY. */
  readonly instruction: string;
}

/** How one image is built. */
export interface Dockerfile {
  /** The file. */
  readonly path: string;
  /** In the order of the file. */
  readonly stages: readonly BuildStage[];
  /** The user that the last stage runs as, as written; missing where nothing sets one, which means root. */
  readonly user?: string;
  /** Whether it runs as root, or as somebody that only the base image knows. */
  readonly root: boolean;
  /** Whether the last stage has a health check that is not NONE. */
  readonly healthcheck: boolean;
  /** In the order of the file. */
  readonly secrets: readonly DockerfileSecret[];
  /** ADD from a URL without a checksum. */
  readonly remoteAdds: number;
  /** Bases with the tag latest or none, and no digest. */
  readonly latest: number;
  /** Packages that RUN installs without a version, as far as apt-get, apk, pip, npm and gem tell. */
  readonly unpinnedPackages: number;
  /** Images that files are copied or mounted from that are no stage and have no digest. */
  readonly unpinnedCopies?: number;
}

/** How far one source file or package is documented. */
export interface DocumentedModule {
  /** The file, or the folder of a package. */
  readonly path: string;
  /** Such as typescript or python. */
  readonly language: string;
  /** Whether the module itself has a text that says what it is for. */
  readonly documented: boolean;
  /** Whether that text has an example, or a test is an example of the whole module. */
  readonly example?: boolean;
  /** What it offers to others (exported, public). */
  readonly symbols: number;
  /** Those of them with a text. */
  readonly documentedSymbols: number;
  /** Those of them with an example in the text or a test that is an example. */
  readonly examples: number;
  /** Names of those without a text, at most 50. */
  readonly undocumented: readonly string[];
}

/** How complex one function is. */
export interface MeasuredFunction {
  /** The file and the name, made unique within the file; does not depend on lines. */
  readonly id: string;
  /** The file. */
  readonly path: string;
  /** First line, from 1. */
  readonly line: number;
  /** Its name, with its class in front; of one without a name, anonymous. */
  readonly name: string;
  /** Such as typescript or python. */
  readonly language?: string;
  /** Cyclomatic complexity (McCabe), at least 1. */
  readonly complexity: number;
  /** Lines of code. */
  readonly lines?: number;
  /** Parameters. */
  readonly parameters?: number;
}

/** How one module, which is a folder of source files, hangs together with the others. */
export interface MeasuredModule {
  /** The folder. */
  readonly path: string;
  /** Source files. */
  readonly files: number;
  /** Other modules that it uses directly. */
  readonly dependsOn: number;
  /** Other modules that use it directly. */
  readonly usedBy: number;
  /** Other modules there are. */
  readonly others: number;
  /** The greatest number of its files that are connected by imports, in either direction. */
  readonly connected: number;
}

/** One build. */
export interface Build {
  /** Of the job or the command. */
  readonly name: string;
  /** How it ended. */
  readonly outcome: EventOutcome;
  /** With which code the command ended. */
  readonly exitCode?: number;
  /** When it began. */
  readonly startedAt?: string;
  /** When it ended. */
  readonly finishedAt?: string;
  /** Milliseconds. */
  readonly durationMs?: number;
  /** What it made. */
  readonly artifacts: readonly Artifact[];
  /** Warnings of the compiler, where the file counts them. */
  readonly warnings?: number;
  /** Of which commit. */
  readonly commit?: string;
  /** Whether it made a gated artifact, by digest; only in what gates see, where an artifact is gated. */
  readonly aboutArtifact?: boolean;
}

/** One control, requirement or check. */
export interface Control {
  /** Such as CC6.1, as the file names it. */
  readonly id: string;
  /** What it asks. */
  readonly title?: string;
  /** Whose control it is. */
  readonly framework?: string;
  /** Whether it is met. */
  readonly status: ControlStatus;
  /** In the tool's own scale. */
  readonly score?: number;
  /** 0 to 1, as the profile states it. */
  readonly impact?: number;
  /** Results that it was judged on. */
  readonly observations: number;
  /** Why. */
  readonly message?: string;
}

/** One thing that a person states. */
export interface Claim {
  /** What it is about. */
  readonly name: string;
  /** What is stated. */
  readonly value: string;
}

/**
 * What a decision came to.
 *
 * - `allow`: everything that has to be open was
 * - `allow-bypassed`: let through by an emergency bypass, which is no pass
 * - `approval-required`: an advisory gate was closed and not approved
 * - `block`: a mandatory gate was closed
 */
export type DecisionOutcome = "allow" | "allow-bypassed" | "approval-required" | "block";

/** How far what a decision was made from can be trusted. */
export type LoggedIntegrity = "open" | "bound" | "sealed";

/** One decision of an audit log. */
export interface LoggedDecision {
  /** Its id, a UUIDv7. */
  readonly id: string;
  /** Its place in the log, from 0; a later decision has a greater one. */
  readonly index: number;
  /** What for. */
  readonly environment: string;
  /** What it came to. */
  readonly outcome: DecisionOutcome;
  /** Of which commit. */
  readonly commit?: string;
  /** Of which repository; the gated one has its name of today. */
  readonly repository?: string;
  /** The digests of what it let through or held back. */
  readonly artifacts: readonly string[];
  /** When. */
  readonly evaluatedAt: string;
  /** The level that it reached. */
  readonly integrity: LoggedIntegrity;
  /** Gates that were closed; missing where that cannot be read any more. */
  readonly failedGates?: number;
}

/** One document of a file. */
export interface RawDocument {
  /** As the file has it. */
  readonly content: unknown;
}

interface EvidenceEnvelope {
  readonly schema: typeof EVIDENCE_SCHEMA;
  /** SHA-256 of the RFC 8785 form of the document without this member. */
  readonly id: Digest;
  /** What the file itself claims to be about. A claim, not a proof. */
  readonly subject: EvidenceSubject;
  /** The file that the document was made from. */
  readonly source: EvidenceSource;
  /** When the tool began, where that is said. */
  readonly startedAt?: string;
  /** When the tool ran, as the file says. Of several times the earliest. */
  readonly producedAt?: string;
  /** What stands beside the file; missing where nothing does. */
  readonly binding?: Binding;
  /** With which code the tool ended, as the user says. */
  readonly exitCode?: number;
  /** What the file says about the run that produced it. */
  readonly status: EvidenceStatus;
  /** Why the status is what it is; empty for complete and unknown. */
  readonly statusReasons: readonly Diagnostic[];
  /** How far the file can be trusted to be right. */
  readonly quality: EvidenceQuality;
}

/** What scanners found, out of one file. */
export interface FindingsEvidence extends EvidenceEnvelope {
  readonly kind: "findings";
  readonly summary: {
    /** All findings. */
    readonly total: number;
    /** Findings that are not suppressed. */
    readonly open: number;
    /** Findings of which every suppression is accepted. */
    readonly suppressed: number;
    /** Open findings only. */
    readonly bySeverity: SeverityCounts;
  };
  readonly body: {
    /** One for each run of a tool. */
    readonly scans: readonly Scan[];
    /** In the order of the file. */
    readonly findings: readonly Finding[];
  };
}

/** How much code tests ran, out of one file. Percentages are never stored. */
export interface CoverageEvidence extends EvidenceEnvelope {
  readonly kind: "coverage";
  readonly summary: {
    /** Which tests were run to measure it. */
    readonly suite: TestSuiteName;
    /** What measured it; figures of different providers must not be compared. */
    readonly provider: string;
    /** Lines. */
    readonly lines: Counter;
    /** Branches; missing where they were not measured. */
    readonly branches?: Counter;
    /** Functions; missing where they were not measured. */
    readonly functions?: Counter;
    /** Statements; missing where they were not measured. */
    readonly statements?: Counter;
    /** Source files. */
    readonly files: number;
    /** Executable lines that the change in evidence adds or changes; only in what gates see. */
    readonly changed?: Counter;
    /** Files of the change that no coverage names, though it has files of that type; only in what gates see. */
    readonly changedUnmeasured?: number;
    /** Their paths, in the order of the change; only in what gates see. */
    readonly changedUnmeasuredPaths?: readonly string[];
  };
  readonly body: {
    /** In the order of the file. */
    readonly files: readonly CoverageFile[];
  };
}

/** What tests were run and how they ended, out of one file. All counts are recounted. */
export interface TestsEvidence extends EvidenceEnvelope {
  readonly kind: "tests";
  readonly summary: {
    /** What kind of tests they are. */
    readonly suite: TestSuiteName;
    /** Test cases. */
    readonly total: number;
    /** Test suites in the file. */
    readonly suites: number;
    /** Passed, flaky ones included. */
    readonly passed: number;
    /** Failed. */
    readonly failed: number;
    /** Ended with an error. */
    readonly errored: number;
    /** Not run, or not counted. */
    readonly skipped: number;
    /** Passed, but not at the first attempt. */
    readonly flaky: number;
    /** Run more than once. */
    readonly retried: number;
    /** Marked as not done yet. */
    readonly todo: number;
    /** Failed, as they were marked to. */
    readonly expectedFailures: number;
    /** Passed although they were marked to fail. */
    readonly unexpectedPasses: number;
    /** Selected and not run. */
    readonly notRun: number;
    /** Test files that could not be loaded. */
    readonly loadErrors: number;
    /** Sum over the cases, in milliseconds. */
    readonly durationMs?: number;
  };
  readonly body: {
    /** In the order of the file. */
    readonly cases: readonly TestCase[];
  };
}

/** Which changes to the code tests noticed, out of one file. The score is detected / valid. */
export interface MutationEvidence extends EvidenceEnvelope {
  readonly kind: "mutation";
  readonly summary: {
    /** All mutants. */
    readonly total: number;
    /** Killed or timed out. */
    readonly detected: number;
    /** Detected, survived or not covered; the others prove nothing about the tests. */
    readonly valid: number;
    /** Detected or survived. */
    readonly covered: number;
    /** A test failed. */
    readonly killed: number;
    /** The tests did not end. */
    readonly timeout: number;
    /** No test failed. */
    readonly survived: number;
    /** No test runs the code. */
    readonly noCoverage: number;
    /** The change does not compile. */
    readonly compileError: number;
    /** The change keeps the tests from running. */
    readonly runtimeError: number;
    /** Left out on purpose. */
    readonly ignored: number;
    /** Not yet run. */
    readonly pending: number;
    /** Source files. */
    readonly files: number;
  };
  readonly body: {
    /** In the order of the file. */
    readonly files: readonly MutatedFile[];
    /** In the order of the file. */
    readonly mutants: readonly Mutant[];
  };
}

/** A bill of materials, out of one file. */
export interface SbomEvidence extends EvidenceEnvelope {
  readonly kind: "sbom";
  readonly summary: {
    /** What the file follows. */
    readonly specification: BomSpecification;
    /** Components, nested ones included. */
    readonly components: number;
    /** Components with a package URL. */
    readonly withPurl: number;
    /** Components with a version. */
    readonly withVersion: number;
    /** Components with a licence. */
    readonly withLicence: number;
    /** Components with a hash. */
    readonly withHash: number;
    /** Components with a supplier. */
    readonly withSupplier: number;
    /** Who is said to have made the file, people and tools. */
    readonly authors: number;
    /** Distinct pairs of a component and one it depends on. */
    readonly dependencyEdges: number;
    /** What the bill of materials describes. */
    readonly root?: BomRoot;
  };
  readonly body: {
    /** In the order of the file. */
    readonly components: readonly Component[];
  };
}

/** Which vulnerabilities a product has or has not, as somebody states, out of one file. */
export interface VexEvidence extends EvidenceEnvelope {
  readonly kind: "vex";
  readonly summary: {
    /** What the file follows. */
    readonly specification: VexSpecification;
    /** Who states it. */
    readonly author?: string;
    /** All statements. */
    readonly statements: number;
    /** Statements that no later one of the document replaces. */
    readonly inForce: number;
    /** In force, and not affected. */
    readonly notAffected: number;
    /** In force, and affected. */
    readonly affected: number;
    /** In force, and fixed. */
    readonly fixed: number;
    /** In force, and not known yet. */
    readonly underInvestigation: number;
  };
  readonly body: {
    /** In the order of the file. */
    readonly statements: readonly VexStatement[];
  };
}

/** How a system behaved under load, out of one file. Durations are in milliseconds. */
export interface PerformanceEvidence extends EvidenceEnvelope {
  readonly kind: "performance";
  readonly summary: {
    /** Requests or samples; missing where the tool does not count them. */
    readonly requests?: number;
    /** Those that failed. */
    readonly failures?: number;
    /** Those that timed out. */
    readonly timeouts?: number;
    /** Requests per second. */
    readonly throughput?: number;
    /** Most concurrent users or connections. */
    readonly users?: number;
    /** How long the test took. */
    readonly durationMs?: number;
    /** Of all requests. */
    readonly latency?: Latency;
    /** Checks of the test's own on answers. */
    readonly checks?: PassCount;
    /** Limits of the test's own. */
    readonly thresholds: number;
    /** Limits that were not met, as the tool says. */
    readonly thresholdsMissed: number;
    /** Limits over nothing; they are met, which proves nothing. */
    readonly thresholdsWithoutSamples: number;
  };
  readonly body: {
    /** In the order of the file. */
    readonly metrics: readonly PerformanceMetric[];
    /** In the order of the file. */
    readonly thresholds: readonly Threshold[];
  };
}

/** How good web pages are, out of one file. Scores are from 0 to 1; of several runs over a page the median. */
export interface WebQualityEvidence extends EvidenceEnvelope {
  readonly kind: "web-quality";
  readonly summary: {
    /** Distinct pages. */
    readonly pages: number;
    /** Runs, failed ones included. */
    readonly runs: number;
    /** Runs that failed. */
    readonly failedRuns: number;
    /** The lowest of the pages. */
    readonly performance?: number;
    /** The lowest of the pages. */
    readonly accessibility?: number;
    /** The lowest of the pages. */
    readonly bestPractices?: number;
    /** The lowest of the pages. */
    readonly seo?: number;
  };
  readonly body: {
    /** In the order of the file. */
    readonly runs: readonly WebRun[];
    /** In the order of the file; of several runs over a page, those of the median run. */
    readonly audits: readonly WebAudit[];
  };
}

/** What a monitoring system measured, out of one file. */
export interface MetricsEvidence extends EvidenceEnvelope {
  readonly kind: "metrics";
  readonly summary: {
    /** Such as vector or matrix, in the words of the API. */
    readonly resultType: string;
    /** Series. */
    readonly series: number;
    /** Samples in all series. */
    readonly samples: number;
    /** Samples that are no finite number. */
    readonly notFinite: number;
    /** Alerts. */
    readonly alerts: number;
    /** Alerts that fire. */
    readonly firing: number;
  };
  readonly body: {
    /** In the order of the file. */
    readonly series: readonly Series[];
    /** In the order of the file. */
    readonly alerts: readonly Alert[];
  };
}

/** What somebody states, with a signature, about artifacts, out of one file. */
export interface AttestationEvidence extends EvidenceEnvelope {
  readonly kind: "attestation";
  readonly summary: {
    /** All statements. */
    readonly statements: number;
    /** Statements with a signature; having one proves nothing. */
    readonly signed: number;
    /** Statements of which a signature was verified. */
    readonly verified: number;
    /** What is stated, each once. */
    readonly predicateTypes: readonly string[];
    /** Statements about a gated artifact; only in what gates see, where an artifact is gated. */
    readonly aboutArtifact?: number;
  };
  readonly body: {
    /** In the order of the file. */
    readonly statements: readonly AttestationStatement[];
  };
}

/** Who did what on a system, out of one file. */
export interface AuditLogEvidence extends EvidenceEnvelope {
  readonly kind: "audit-log";
  readonly summary: {
    /** All events. */
    readonly events: number;
    /** Distinct actors. */
    readonly actors: number;
    /** Events that succeeded. */
    readonly success: number;
    /** Events that failed. */
    readonly failure: number;
    /** Events that were refused. */
    readonly denied: number;
    /** Events of which the log does not say how they ended. */
    readonly unknown: number;
    /** The first event. */
    readonly from?: string;
    /** The last event. */
    readonly to?: string;
  };
  readonly body: {
    /** In the order of the file. */
    readonly events: readonly AuditEvent[];
  };
}

/** What a change is made of and who looked at it, out of one file. Parts that the file does not carry are missing. */
export interface ChangeEvidence extends EvidenceEnvelope {
  readonly kind: "change";
  readonly summary: {
    /** Of the pull or merge request. */
    readonly number?: string;
    /** Its title. */
    readonly title?: string;
    /** Who proposed it. */
    readonly author?: string;
    /** open, closed or merged. */
    readonly state?: string;
    /** Whether it is not meant to be merged yet. */
    readonly draft?: boolean;
    /** Whether it cannot be merged for conflicts; missing where the forge does not know. */
    readonly conflicts?: boolean;
    /** The branch it goes to, or the commit it is compared with. */
    readonly base?: string;
    /** The last commit. */
    readonly head?: string;
    /** Who merged it. */
    readonly mergedBy?: string;
    /** Who was asked and has not reviewed yet. */
    readonly requestedReviewers?: readonly string[];
    /** Commits. */
    readonly commits?: number;
    /** Commits with a good signature. */
    readonly signedCommits?: number;
    /** Distinct users other than the author and bots whose latest review approves. */
    readonly approvals?: number;
    /** Distinct users whose latest review asks for changes. */
    readonly changesRequested?: number;
    /** Files. */
    readonly files?: number;
    /** Lines added. */
    readonly additions?: number;
    /** Lines deleted. */
    readonly deletions?: number;
  };
  readonly body: {
    /** In the order of the file. */
    readonly commits: readonly Commit[];
    /** In the order of the file. */
    readonly reviews: readonly Review[];
    /** In the order of the file. */
    readonly files: readonly ChangedFile[];
    /** In the order of the file. */
    readonly protections: readonly Protection[];
    /** In the order of the file; missing where it says nothing of them. */
    readonly environments?: readonly Environment[];
  };
}

/** What was deployed where, out of one file. */
export interface DeploymentEvidence extends EvidenceEnvelope {
  readonly kind: "deployment";
  readonly summary: {
    /** All deployments. */
    readonly deployments: number;
    /** Those that succeeded. */
    readonly success: number;
    /** Those that failed. */
    readonly failure: number;
    /** Those that take an earlier one back. */
    readonly rollbacks: number;
  };
  readonly body: {
    /** In the order of the file. */
    readonly deployments: readonly Deployment[];
  };
}

/** What went wrong in operation, out of one file. */
export interface IncidentEvidence extends EvidenceEnvelope {
  readonly kind: "incident";
  readonly summary: {
    /** All incidents. */
    readonly incidents: number;
    /** Those that are not over. */
    readonly open: number;
  };
  readonly body: {
    /** In the order of the file. */
    readonly incidents: readonly Incident[];
  };
}

/** What is in a checkout. */
export interface RepositoryEvidence extends EvidenceEnvelope {
  readonly kind: "repository";
  readonly summary: {
    /** Files. */
    readonly files: number;
    /** Their size. */
    readonly bytes: number;
    /** Links, images, imports and includes. */
    readonly references: number;
    /** Those whose target does not exist. */
    readonly brokenReferences: number;
    /** Those that were not looked for. */
    readonly uncheckedReferences: number;
    /** Dependencies on something outside the repository. */
    readonly pins: number;
    /** Those that can change without a commit. */
    readonly unpinned: number;
    /** Groups of files that need each other. */
    readonly cycles: number;
    /** Changelogs. */
    readonly changelogs: number;
    /** The only folders and files that were looked at; missing where it was everything. */
    readonly paths?: readonly string[];
  };
  readonly body: {
    /** In the order of their paths. */
    readonly files: readonly RepositoryFile[];
    /** In the order of paths and lines. */
    readonly references: readonly Reference[];
    /** In the order of paths and lines. */
    readonly pins: readonly Pin[];
    /** In the order of their first paths. */
    readonly cycles: readonly Cycle[];
    /** In the order of their paths. */
    readonly changelogs: readonly Changelog[];
  };
}

/** How images are built, out of the Dockerfiles of a checkout. */
export interface DockerfileEvidence extends EvidenceEnvelope {
  readonly kind: "dockerfile";
  readonly summary: {
    /** Dockerfiles. */
    readonly dockerfiles: number;
    /** Stages. */
    readonly stages: number;
    /** Dockerfiles whose image runs as root. */
    readonly root: number;
    /** Dockerfiles without a health check. */
    readonly withoutHealthcheck: number;
    /** Bases that can change without a commit. */
    readonly unpinned: number;
    /** What looks like a secret. */
    readonly secrets: number;
    /** The only folders and files that were looked at; missing where it was everything. */
    readonly paths?: readonly string[];
  };
  readonly body: {
    /** In the order of their paths. */
    readonly dockerfiles: readonly Dockerfile[];
  };
}

/** How far the code of a checkout is documented. */
export interface DocumentationEvidence extends EvidenceEnvelope {
  readonly kind: "documentation";
  readonly summary: {
    /** Source files or packages that offer something to others. */
    readonly modules: number;
    /** Those that say what they are for. */
    readonly documentedModules: number;
    /** What they offer. */
    readonly symbols: number;
    /** Those of them with a text. */
    readonly documentedSymbols: number;
    /** Those of them with an example. */
    readonly withExamples: number;
    /** Each once. */
    readonly languages: readonly string[];
    /** Source files that could not be parsed, or whose language is not known. */
    readonly unread: number;
    /** Their paths, at most 20 of them. */
    readonly unreadFiles?: readonly string[];
    /** Source files that were left out as tests, as generated, or by a pattern. */
    readonly excluded?: number;
  };
  readonly body: {
    /** In the order of their paths. */
    readonly modules: readonly DocumentedModule[];
  };
}

/** How complex code is and how its modules depend on each other. */
export interface MaintainabilityEvidence extends EvidenceEnvelope {
  readonly kind: "maintainability";
  readonly summary: {
    /** Functions. */
    readonly functions: number;
    /** Source files. */
    readonly files: number;
    /** Modules; 0 where the tool measures functions alone. */
    readonly modules: number;
    /** Groups of modules that need each other. */
    readonly cycles: number;
    /** Of all functions; missing where there are none. */
    readonly highestComplexity?: number;
    /** Source files that could not be parsed. */
    readonly unread: number;
    /** Their paths, at most 20 of them. */
    readonly unreadFiles?: readonly string[];
    /** Source files that were left out as tests, as generated, or by a pattern. */
    readonly excluded?: number;
  };
  readonly body: {
    /** In the order of paths and lines. */
    readonly functions: readonly MeasuredFunction[];
    /** In the order of their paths. */
    readonly modules: readonly MeasuredModule[];
    /** In the order of their first paths. */
    readonly cycles: readonly Cycle[];
  };
}

/** Builds and what they made. */
export interface BuildEvidence extends EvidenceEnvelope {
  readonly kind: "build";
  readonly summary: {
    /** All builds. */
    readonly builds: number;
    /** Those that succeeded. */
    readonly succeeded: number;
    /** Those that failed or were refused. */
    readonly failed: number;
    /** Artifacts, of all builds. */
    readonly artifacts: number;
  };
  readonly body: {
    /** In the order of the file. */
    readonly builds: readonly Build[];
  };
}

/** Which controls are met, as a tool or a person judged, out of one file. */
export interface AssessmentEvidence extends EvidenceEnvelope {
  readonly kind: "assessment";
  readonly summary: {
    /** All controls. */
    readonly controls: number;
    /** Controls that are met. */
    readonly satisfied: number;
    /** Controls that are not met. */
    readonly notSatisfied: number;
    /** Controls that do not apply. */
    readonly notApplicable: number;
    /** Controls that could not be judged. */
    readonly unknown: number;
    /** The tool's own total, in its own scale. */
    readonly score?: number;
  };
  readonly body: {
    /** In the order of the file. */
    readonly controls: readonly Control[];
  };
}

/** What a person attests, such as a review, an assessment or a test, with an expiry. */
export interface StatementEvidence extends EvidenceEnvelope {
  readonly kind: "statement";
  readonly summary: {
    /** Such as access-review, dpia or penetration-test. */
    readonly type: string;
    /** Who states it. */
    readonly statedBy: string;
    /** As what. */
    readonly role?: string;
    /** When. */
    readonly statedAt: string;
    /** From when on it no longer counts. */
    readonly expiresAt?: string;
    /** What the person found. */
    readonly result: StatementResult;
    /** Whether its signature was verified, by a key of whoever states it. */
    readonly verified: Verification;
    /** Who signed it, as the list of people names them; missing where that was not verified. */
    readonly signer?: string;
    /** The roles that the list of people gives to the signer; missing where that was not verified. */
    readonly signerRoles?: readonly string[];
  };
  readonly body: {
    /** In the order of the file. */
    readonly claims: readonly Claim[];
  };
}

/** Any file that is data, for gates that know its shape. */
export interface DocumentEvidence extends EvidenceEnvelope {
  readonly kind: "document";
  readonly summary: {
    /** YAML files can hold several. */
    readonly documents: number;
    /** The parser of Conftest that read the file, such as hcl2. */
    readonly parser?: string;
    /** The schema that the file declares. */
    readonly schemaId?: string;
  };
  readonly body: {
    /** In the order of the file. */
    readonly documents: readonly RawDocument[];
  };
}

/** The decisions of an audit log, as gate itself read them for one check; in no file. */
export interface HistoryEvidence extends EvidenceEnvelope {
  readonly kind: "history";
  readonly summary: {
    /** The origin of the log; missing where there is no log yet. */
    readonly log?: string;
    /** Entries of the log, of any kind. */
    readonly size: number;
    /** Decisions in the body. */
    readonly decisions: number;
    /** Those of them that allow, without the bypassed. */
    readonly allowed: number;
    /** Nothing older was looked at. */
    readonly from: string;
    /** When it was read. */
    readonly to: string;
  };
  readonly body: {
    /** Newest first. */
    readonly decisions: readonly LoggedDecision[];
  };
}

/** A file that was meant as evidence and could not be read as such; the gates that need its kind stay closed. */
export interface UnreadableEvidence extends EvidenceEnvelope {
  readonly kind: "unreadable";
  readonly summary: {
    /** What it would have been, as far as its head or the user says. */
    readonly intended: ReadableKind;
    /** As the user says. */
    readonly category?: Category;
  };
  readonly body: Readonly<Record<string, never>>;
}

export type EvidenceDocument =
  | FindingsEvidence
  | CoverageEvidence
  | TestsEvidence
  | MutationEvidence
  | SbomEvidence
  | VexEvidence
  | PerformanceEvidence
  | WebQualityEvidence
  | MetricsEvidence
  | AttestationEvidence
  | AuditLogEvidence
  | ChangeEvidence
  | DeploymentEvidence
  | IncidentEvidence
  | RepositoryEvidence
  | DockerfileEvidence
  | DocumentationEvidence
  | MaintainabilityEvidence
  | BuildEvidence
  | AssessmentEvidence
  | StatementEvidence
  | DocumentEvidence
  | HistoryEvidence
  | UnreadableEvidence;

/** What an adapter makes of a file; ingest adds the digests, the path and the identity. */
export type ParsedEvidence = {
  [K in ReadableKind]: Omit<Extract<EvidenceDocument, { kind: K }>, "schema" | "id" | "source"> & {
    readonly formatVersion?: string;
    readonly tools: readonly Tool[];
  };
}[ReadableKind];
