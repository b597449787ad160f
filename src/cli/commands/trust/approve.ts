import { existsSync } from "node:fs";
import { basename, resolve } from "node:path";
import { violationsDigest } from "../../../decision/approvals.ts";
import { isClosed } from "../../../decision/decide.ts";
import type { Environment } from "../../../decision/environment.ts";
import { isExpired } from "../../../decision/expiry.ts";
import { peopleOf } from "../../../decision/people.ts";
import type { DecisionGate } from "../../../decision/types.ts";
import { canonicalJson } from "../../../evidence/canonical.ts";
import { escapeTerminal } from "../../../output/escape.ts";
import type { SignedStatement } from "../../../trust/folder.ts";
import { compact } from "../../../util/compact.ts";
import { DURATION_EXAMPLES, formatDuration, parseDuration } from "../../../util/duration.ts";
import { GateError } from "../../../util/errors.ts";
import { nearest } from "../../../util/nearest.ts";
import type { CommandContext } from "../../context.ts";
import { tableText } from "../../table.ts";
import { quorumText } from "./quorum.ts";
import { openSigner, type SignerFlags } from "./signer.ts";
import { findTarget, subjectOf, type Target, type TargetFlags } from "./target.ts";
import { openWorkspace, type Workspace, type WorkspaceFlags } from "./workspace.ts";
import { draft, printFacts, type StatementContent, writeStatement } from "./write-statement.ts";

export interface ApproveFlags extends TargetFlags, SignerFlags, WorkspaceFlags {
  readonly env?: string;
  readonly gate?: string;
  /** The id, or the file, of a bypass. */
  readonly bypass?: string;
  readonly reason: string;
  readonly ticket?: string;
  readonly expires?: string;
}

const SHOWN_VIOLATIONS = 20;

/** `gate approve`: a signed approval of a closed advisory gate, or of an emergency bypass. */
export async function approve(flags: ApproveFlags, context: CommandContext): Promise<void> {
  const workspace = await openWorkspace(flags, context);
  if (flags.bypass !== undefined) return approveBypass(flags.bypass, flags, workspace, context);
  const { env, gate } = flags;
  if (env === undefined || gate === undefined) {
    throw new GateError("usage", "pass --env and --gate, or --bypass");
  }
  return approveGate(env, gate, flags, workspace, context);
}

async function approveGate(
  env: string,
  id: string,
  flags: ApproveFlags,
  workspace: Workspace,
  context: CommandContext,
): Promise<void> {
  const environment = await workspace.environment(env, flags.component);
  const rules = environment.approvals;
  if (!rules.from.includes("signature")) {
    throw new GateError("usage", `${env} takes no signed approvals, only those by ${rules.from.join(" and ")}`);
  }
  const lifetimeMs = lifetimeOf(flags.expires, rules, env);
  const target = await findTarget(env, flags, context);
  const gate = approvable(id, target, environment);
  const signer = await openSigner(flags, workspace.trust, context);
  refuseAuthor(signer.name, target, workspace);
  const { commit, repository, component } = target;
  const subject: StatementContent["subject"] = {
    ...subjectOf(target, env),
    gate: id,
    ...(gate === undefined ? {} : { violations: violationsDigest(gate) }),
  };
  const { reason, ticket } = flags;
  const content = {
    kind: "approval",
    subject,
    gates: [],
    reason,
    ...(ticket === undefined ? {} : { ticket }),
  } as const;
  const now = context.clock.now();
  const document = draft(content, signer, now, lifetimeMs);
  context.out(`This overrides the closed gate ${escapeTerminal(id)} for ${escapeTerminal(env)}:\n`);
  printFacts(
    [
      ["commit", commit],
      ["repository", repository],
      ["component", component],
      ["decision", target.decision && `${target.decision.id}, of ${target.decision.evaluatedAt}`],
      ["result", gate && [gate.result, gate.reason].filter(Boolean).join(": ")],
      ["reason", reason],
      ["ticket", ticket],
      ["signer", signer.name],
      ["expires", document.expiresAt],
    ],
    context,
  );
  if (gate === undefined) context.err("No decision is there: it approves whatever is wrong with the gate.\n");
  else printViolations(gate, context);
  const { statements } = await writeStatement(document, signer, workspace, context);
  const alike = statements.filter((other) => other.kind === "approval" && isAbout(other, subject));
  context.out(`${escapeTerminal(quorumText(alike, rules, workspace.trust, now))}\n`);
}

async function approveBypass(
  reference: string,
  flags: ApproveFlags,
  workspace: Workspace,
  context: CommandContext,
): Promise<void> {
  const now = context.clock.now();
  const bypass = await findBypass(reference, workspace, context);
  const { commit, repository, component, environment: env } = bypass.subject;
  if (flags.gate !== undefined) throw new GateError("usage", "--gate does not go with --bypass");
  if (flags.env !== undefined && flags.env !== env) {
    throw new GateError("usage", `the bypass is about ${env}, not about ${flags.env}`);
  }
  if (isExpired(bypass.expiresAt, now)) throw invalid(`the bypass has expired at ${bypass.expiresAt}`);
  const { bypass: rules } = await workspace.environment(env, component);
  const signer = await openSigner(flags, workspace.trust, context);
  if (peopleOf(workspace.trust.people).same(signer.name, bypass.signer)) {
    throw new GateError("usage", `${signer.name} asked for the bypass, and cannot approve it`);
  }
  const { reason, ticket } = flags;
  const subject: StatementContent["subject"] = {
    ...compact({ repository, component }),
    commit,
    environment: env,
    bypass: bypass.id,
  };
  const left = Date.parse(bypass.expiresAt) - now.getTime();
  const content = {
    kind: "bypass-approval",
    subject,
    gates: [],
    reason,
    ...(ticket === undefined ? {} : { ticket }),
  } as const;
  const document = draft(content, signer, now, lifetimeOf(flags.expires, { ...rules, lifetimeMs: left }, "the bypass"));
  context.out(`This approves an emergency bypass for ${escapeTerminal(env)}:\n`);
  printFacts(
    [
      ["commit", commit],
      ["repository", repository],
      ["component", component],
      ["bypass", bypass.id],
      ["gates", bypass.gates.length === 0 ? "every closed gate" : bypass.gates.join(", ")],
      ["asked by", bypass.signer],
      ["for", bypass.reason],
      ["ticket", bypass.ticket],
      ["reason", reason],
      ["signer", signer.name],
      ["expires", document.expiresAt],
    ],
    context,
  );
  const { statements } = await writeStatement(document, signer, workspace, context);
  const alike = statements.filter((other) => other.kind === "bypass-approval" && isAbout(other, subject));
  context.out(`${escapeTerminal(quorumText(alike, rules, workspace.trust, now))}\n`);
}

/** The gate as it was decided; undefined where there is no decision, and only gate.yaml says that it is advisory. */
function approvable(id: string, { decision }: Target, environment: Environment): DecisionGate | undefined {
  const known = decision?.gates ?? environment.gates.map(({ gate, enforcement }) => ({ id: gate, enforcement }));
  const found = known.find((gate) => gate.id === id);
  if (found === undefined) {
    const suggestion = nearest(
      id,
      known.map((gate) => gate.id),
    );
    throw new GateError("usage", `${environment.name} has no gate "${id}"`, {
      hint: suggestion === undefined ? "Run `gate audit show` for its gates." : `Did you mean "${suggestion}"?`,
    });
  }
  if (found.enforcement !== "advisory") {
    throw new GateError("usage", `${id} is mandatory for ${environment.name}, and no approval opens it`, {
      hint: "Mend what it found, ask for a waiver, or in an emergency see `gate bypass`.",
    });
  }
  const gate = decision?.gates.find((decided) => decided.id === id);
  if (gate !== undefined && !isClosed(gate)) {
    throw new GateError("usage", `${id} is not closed (${gate.result}), so there is nothing to approve`);
  }
  return gate;
}

/** What the decision knows of authors; a check knows more. */
function refuseAuthor(signer: string, { decision }: Target, { trust }: Workspace): void {
  const author = decision?.subject.change?.author;
  if (author === undefined || !peopleOf(trust.people).same(signer, author)) return;
  throw new GateError("usage", `${signer} is the author of the change, and cannot approve it`);
}

async function findBypass(reference: string, workspace: Workspace, context: CommandContext): Promise<SignedStatement> {
  const path = resolve(context.cwd, reference);
  const isFile = existsSync(path);
  const name = basename(path).replace(/\.sig$/, "");
  const wanted = reference.replace(/^sha256:/, "");
  const found = (await workspace.statements()).filter((statement) => {
    return isFile
      ? resolve(context.cwd, statement.path) === resolve(workspace.folder, name)
      : wanted.length >= 4 && statement.id.startsWith(`sha256:${wanted}`);
  });
  const [bypass, other] = found;
  if (bypass === undefined) {
    throw new GateError("usage", `there is no bypass "${reference}" in ${workspace.label}`, {
      hint: "Run `gate statements`; --statements names another folder.",
    });
  }
  if (other !== undefined && other.id !== bypass.id) throw new GateError("usage", `"${reference}" names more than one`);
  if (bypass.problem !== undefined) throw invalid(`${bypass.path} cannot be approved: ${bypass.problem}`);
  if (bypass.kind !== "bypass") throw invalid(`${bypass.path} is no bypass, but of kind ${bypass.kind}`);
  return bypass;
}

function isAbout({ subject }: SignedStatement, wanted: StatementContent["subject"]): boolean {
  return canonicalJson(subject) === canonicalJson(wanted);
}

/** @throws {GateError} `usage` for more than is allowed */
function lifetimeOf(expires: string | undefined, { lifetimeMs }: { readonly lifetimeMs: number }, of: string): number {
  if (expires === undefined) return lifetimeMs;
  const asked = parseDuration(expires);
  if (asked === undefined) {
    throw new GateError("usage", `--expires must be a duration such as ${DURATION_EXAMPLES}, not "${expires}"`);
  }
  if (asked <= lifetimeMs) return asked;
  throw new GateError("usage", `--expires ${expires} is longer than ${of} allows (${formatDuration(lifetimeMs)})`);
}

function printViolations({ violations }: DecisionGate, context: CommandContext): void {
  const rows = violations.slice(0, SHOWN_VIOLATIONS).map(({ severity, location, message, waiver }) => {
    const place = location === undefined ? "" : [location.path, location.line].filter(Boolean).join(":");
    return [severity, place, waiver === undefined ? message : `${message} (waived)`];
  });
  context.out(tableText(rows, "    "));
  const more = violations.length - SHOWN_VIOLATIONS;
  if (more > 0) context.out(`    and ${more} more\n`);
}

function invalid(message: string): GateError {
  return new GateError("statement-invalid", message, { hint: "Run `gate statements`." });
}
