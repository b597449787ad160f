import { GateError, type GateErrorCode, type GateErrorOptions, type Issue } from "../../util/errors.ts";
import { alternativeTo } from "../capabilities.ts";
import type { RegoIssue, WireFailure } from "./protocol.ts";

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
      issues: regoIssues.map(toIssue),
    });
    this.regoIssues = regoIssues;
  }
}

function toIssue({ message, file, row, col, allowed, builtin }: RegoIssue): Issue {
  const hint = allowed === undefined ? alternativeTo(builtin ?? "") : `one of: ${allowed.join(", ")}`;
  return {
    message,
    ...(file !== "" && { file }),
    ...(row > 0 && { row }),
    ...(col > 0 && { column: col }),
    ...(hint !== undefined && { hint }),
  };
}

const VERBS = {
  bad_request: "refused a request",
  failed: "failed",
  panic: "panicked",
} as const satisfies Record<Exclude<WireFailure["code"], "policy_errors" | "bad_archive" | "bad_config">, string>;

/** The error for an answer that says no. */
export function failureToError(op: string, failure: WireFailure): ToolchainError {
  const { code, message, issues } = failure;
  if (code === "policy_errors") return policyError(issues);
  if (code === "bad_archive") return new ToolchainError("package-invalid", `the package cannot be read: ${message}`);
  if (code === "bad_config") return new ToolchainError("config-invalid", message);
  if (code === "failed" && op === "build") return new ToolchainError("policy-build-failed", message);
  return new ToolchainError("toolchain-failed", `the Rego toolchain ${VERBS[code]} during ${op}: ${message}`);
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
