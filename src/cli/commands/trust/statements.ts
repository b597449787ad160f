import { isExpired } from "../../../decision/expiry.ts";
import { escapeTerminal } from "../../../output/escape.ts";
import type { SignedStatement } from "../../../trust/folder.ts";
import type { CommandContext } from "../../context.ts";
import { tableText } from "../../table.ts";
import { openWorkspace, type WorkspaceFlags } from "./workspace.ts";

/** `gate statements`: what people signed, and whether their signatures hold. */
export async function statements(
  flags: WorkspaceFlags & { readonly json: boolean },
  context: CommandContext,
): Promise<void> {
  const workspace = await openWorkspace(flags, context);
  const found = await workspace.statements();
  if (flags.json) {
    for (const statement of found) context.out(`${JSON.stringify(statement)}\n`);
    return;
  }
  if (found.length === 0) {
    context.err(`There is no statement in ${escapeTerminal(workspace.label)}.\n`);
    return;
  }
  const now = context.clock.now();
  const rows = found.map((statement) => rowOf(statement, now));
  context.out(tableText([["id", "kind", "for", "signer", "expires", "status"], ...rows]));
  for (const { path, problem } of found) {
    if (problem !== undefined) context.out(`${escapeTerminal(path)}: ${escapeTerminal(problem)}\n`);
  }
}

function rowOf(statement: SignedStatement, now: Date): readonly string[] {
  const { id, kind, subject, gates, signer, expiresAt, problem } = statement;
  const short = id.slice("sha256:".length, 19);
  if (signer === "") return [short, "?", "", "", "", "problem"];
  const what = subject.gate ?? subject.bypass?.slice("sha256:".length, 19) ?? (gates.join(",") || "every gate");
  const state = isExpired(expiresAt, now) ? "expired" : "holds";
  return [
    short,
    kind,
    `${subject.environment} ${what} ${subject.commit.slice(0, 12)}`,
    signer,
    expiresAt,
    problem === undefined ? state : "problem",
  ];
}
