/**
 * Everything that can go wrong in a way a user can mend. Each code is documented in `docs/errors.md`.
 *
 * Any other thrown value is a bug of ours and is reported as `internal`.
 */
export type GateErrorCode =
  | "usage"
  | "source-unavailable"
  | "clock-backdated"
  | "runtime-unsupported"
  | "config-not-found"
  | "config-unreadable"
  | "config-invalid"
  | "waivers-invalid"
  | "baseline-missing"
  | "baseline-invalid"
  | "evidence-not-found"
  | "evidence-unreadable"
  | "evidence-too-large"
  | "evidence-unrecognised"
  | "policy-not-found"
  | "policy-invalid"
  | "policy-build-failed"
  | "policy-engine"
  | "policy-tests-failed"
  | "package-not-found"
  | "package-invalid"
  | "package-untrusted"
  | "key-invalid"
  | "trust-invalid"
  | "statement-invalid"
  | "attestation-failed"
  | "registry-failed"
  | "forge-failed"
  | "toolchain-missing"
  | "toolchain-failed"
  | "toolchain-timeout"
  | "audit-not-found"
  | "audit-unreadable"
  | "audit-write-failed"
  | "audit-closed"
  | "audit-held"
  | "audit-corrupt"
  | "anchor-failed"
  | "audit-rolled-back"
  | "spool-invalid"
  | "pack-invalid"
  | "report-invalid"
  | "output-failed"
  | "internal";

/** One place in a file that is wrong. Rows and columns count from 1. */
export interface Issue {
  readonly message: string;
  readonly file?: string;
  readonly row?: number;
  readonly column?: number;
  readonly hint?: string;
}

export interface GateErrorOptions {
  /** What the user can do about it, as one imperative sentence. */
  readonly hint?: string;
  /** Every problem found, not only the first. */
  readonly issues?: readonly Issue[];
  readonly cause?: unknown;
}

/** An expected failure: no decision could be made, the program exits with 2. */
export class GateError extends Error {
  override readonly name = "GateError";
  readonly code: GateErrorCode;
  readonly hint: string | undefined;
  readonly issues: readonly Issue[];

  constructor(code: GateErrorCode, message: string, options: GateErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.issues = options.issues ?? [];
  }
}

/** The message of anything that was thrown; libraries throw strings and plain objects as well. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message;
  if (typeof thrown === "string") return thrown;
  if (typeof thrown === "object" && thrown !== null && "message" in thrown) return String(thrown.message);
  return String(thrown);
}

/** The `code` of a system error such as `ENOENT`, if it has one. */
export function systemCodeOf(thrown: unknown): string | undefined {
  if (typeof thrown !== "object" || thrown === null || !("code" in thrown)) return undefined;
  return typeof thrown.code === "string" ? thrown.code : undefined;
}
