import type { Decision } from "../decision/types.ts";
import { formatGithub } from "./github.ts";
import { formatHuman } from "./human.ts";
import { formatJson } from "./json.ts";
import { formatJunit } from "./junit.ts";

export interface OutputContext {
  readonly color: boolean;
}

/** The outputs by name; the descriptions are the help text. */
export const OUTPUTS = {
  human: {
    description: "for a terminal: outcome first, what to do last",
    format: (decision: Decision, context: OutputContext) => formatHuman(decision, context),
  },
  json: { description: "the decision itself (decision.v1)", format: formatJson },
  github: { description: "annotations for GitHub Actions", format: formatGithub },
  junit: { description: "JUnit XML, a test case for each gate", format: formatJunit },
} as const satisfies Record<
  string,
  { readonly description: string; readonly format: (decision: Decision, context: OutputContext) => string }
>;

/** What else can be written to a file, and takes a key. */
export const SIGNED_OUTPUTS = {
  dsse: { description: "the decision in a DSSE envelope, signed with --key" },
  receipt: { description: "that the decision is in the log, as a C2SP tlog-proof, signed with --log-key" },
} as const;

export type OutputName = keyof typeof OUTPUTS;
