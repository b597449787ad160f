/** The exit codes of every command; documented in docs/exit-codes.md. */
export const EXIT = {
  /** Allowed, verified, done. */
  ok: 0,
  /** The decision is to block, a log was tampered with, tests failed. */
  negative: 1,
  /** No answer could be given: usage, configuration, evidence, policy, engine or audit store. */
  noAnswer: 2,
  /** An approval is needed. */
  approvalRequired: 3,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
