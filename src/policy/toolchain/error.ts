import { GateError, type GateErrorCode, type GateErrorOptions } from "../../util/errors.ts";
import type { RegoIssue, WireFailure, WireRequest } from "./protocol.ts";

export interface ToolchainErrorOptions extends Omit<GateErrorOptions, "issues"> {
  readonly regoIssues?: readonly RegoIssue[];
}

/** An operation of the toolchain that gave no result. `regoIssues` has what OPA said, `issues` the same for people. */
export class ToolchainError extends GateError {
  readonly regoIssues: readonly RegoIssue[];

  constructor(code: GateErrorCode, message: string, options: ToolchainErrorOptions = {}) {
    const { regoIssues = [], ...rest } = options;
    super(code, message, {
      ...rest,
      issues: regoIssues.map(({ message, file, row, col, allowed }) => ({
        message,
        ...(file !== "" && { file }),
        ...(row > 0 && { row }),
        ...(col > 0 && { column: col }),
        ...(allowed !== undefined && { hint: `one of: ${allowed.join(", ")}` }),
      })),
    });
    this.regoIssues = regoIssues;
  }
}

/** The error for an answer that says no. */
export function failureToError(op: WireRequest["op"], failure: WireFailure): ToolchainError {
  switch (failure.code) {
    case "policy_errors":
      return policyError(failure.issues);
    case "panic":
      return new ToolchainError("toolchain-failed", `the Rego toolchain panicked during ${op}: ${failure.message}`);
    case "bad_request":
      return new ToolchainError("toolchain-failed", `the Rego toolchain refused the ${op} request: ${failure.message}`);
    case "failed":
      return new ToolchainError(
        op === "build" ? "policy-build-failed" : "toolchain-failed",
        `the Rego toolchain could not ${op} the policies: ${failure.message}`,
      );
  }
}

/** The error for policies that OPA does not accept. */
export function policyError(regoIssues: readonly RegoIssue[]): ToolchainError {
  const [first] = regoIssues;
  const more = regoIssues.length > 1 ? ` (and ${regoIssues.length - 1} more)` : "";
  const where = first === undefined || first.file === "" ? "" : `${first.file}:${first.row}:${first.col}: `;
  return new ToolchainError("policy-invalid", `${where}${first?.message ?? "the policies are not valid"}${more}`, {
    regoIssues,
  });
}
