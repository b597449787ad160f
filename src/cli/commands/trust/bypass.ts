import type { BypassRules, Environment } from "../../../decision/environment.ts";
import { escapeTerminal } from "../../../output/escape.ts";
import { formatDuration } from "../../../util/duration.ts";
import { GateError } from "../../../util/errors.ts";
import { nearest } from "../../../util/nearest.ts";
import type { CommandContext } from "../../context.ts";
import { quorumText } from "./quorum.ts";
import { openSigner, type SignerFlags } from "./signer.ts";
import { findTarget, subjectOf, type TargetFlags } from "./target.ts";
import { openWorkspace, type WorkspaceFlags } from "./workspace.ts";
import { draft, printFacts, writeStatement } from "./write-statement.ts";

export interface BypassFlags extends TargetFlags, SignerFlags, WorkspaceFlags {
  readonly env: string;
  readonly reason: string;
  readonly ticket: string;
  /** Empty for every gate that is closed. */
  readonly gate: readonly string[];
  readonly hours?: number;
}

const HOUR_MS = 3_600_000;

/** `gate bypass`: a signed request to let a release through although gates are closed. It takes other people's approval. */
export async function bypass(flags: BypassFlags, context: CommandContext): Promise<void> {
  const { env, reason, ticket } = flags;
  const workspace = await openWorkspace(flags, context);
  const environment = await workspace.environment(env, flags.component);
  const rules = environment.bypass;
  if (!rules.permitted) {
    throw new GateError("usage", `${env} permits no emergency bypass`, {
      hint: "gate.yaml of the default branch says so; it has to be changed there, before the emergency.",
    });
  }
  const lifetimeMs = lifetimeOf(flags.hours, rules, env);
  const gates = knownGates(flags.gate, environment);
  const target = await findTarget(env, flags, context);
  const { commit, repository, component, decision } = target;
  const signer = await openSigner(flags, workspace.trust, context);
  const subject = subjectOf(target, env);
  const now = context.clock.now();
  const document = draft({ kind: "bypass", subject, gates, reason, ticket }, signer, now, lifetimeMs);
  context.out(`This asks to let a release into ${escapeTerminal(env)} although gates are closed:\n`);
  printFacts(
    [
      ["commit", commit],
      ["repository", repository],
      ["component", component],
      ["decision", decision && `${decision.id}, ${decision.outcome}`],
      ["gates", gates.length === 0 ? "every closed gate" : gates.join(", ")],
      ["reason", reason],
      ["ticket", ticket],
      ["signer", signer.name],
      ["expires", document.expiresAt],
    ],
    context,
  );
  const { id, statements } = await writeStatement(document, signer, workspace, context);
  const approvals = statements.filter(({ kind, subject: about }) => kind === "bypass-approval" && about.bypass === id);
  context.out(`${escapeTerminal(quorumText(approvals, rules, workspace.trust, now))}\n`);
  context.out(`Somebody else approves it with: gate approve --bypass ${id.slice("sha256:".length, 19)} --reason ...\n`);
  context.out(`Once it was used, its review is due within ${formatDuration(rules.reviewMs)}.\n`);
}

/** @throws {GateError} `usage` for more than the environment allows */
function lifetimeOf(hours: number | undefined, { lifetimeMs }: BypassRules, env: string): number {
  if (hours === undefined) return Math.min(HOUR_MS, lifetimeMs);
  if (hours * HOUR_MS <= lifetimeMs) return hours * HOUR_MS;
  throw new GateError("usage", `--hours ${hours} is longer than ${env} allows (${formatDuration(lifetimeMs)})`);
}

function knownGates(given: readonly string[], environment: Environment): readonly string[] {
  const ids = environment.gates.map(({ gate }) => gate);
  const unknown = given.find((gate) => !ids.includes(gate));
  if (unknown === undefined) return [...new Set(given)].toSorted();
  const suggestion = nearest(unknown, ids);
  throw new GateError("usage", `${environment.name} has no gate "${unknown}"`, {
    hint: suggestion === undefined ? `It has ${ids.join(", ")}.` : `Did you mean "${suggestion}"?`,
  });
}
