import { join } from "node:path";
import { sha256 } from "../../../evidence/canonical.ts";
import type { Digest } from "../../../evidence/types.ts";
import { escapeTerminal } from "../../../output/escape.ts";
import type { SignedStatement } from "../../../trust/folder.ts";
import { STATEMENT_SCHEMA, type StatementDocument, statementBytes } from "../../../trust/statement.ts";
import type { CommandContext } from "../../context.ts";
import { writeOutput } from "../../write-file.ts";
import type { Signer } from "./signer.ts";
import type { Workspace } from "./workspace.ts";

/** What a statement says; who signs it, and when, is filled in. */
export type StatementContent = Omit<StatementDocument, "schema" | "signer" | "createdAt" | "expiresAt">;

/** A statement before it is signed. */
export function draft(content: StatementContent, signer: Signer, now: Date, lifetimeMs: number): StatementDocument {
  return {
    schema: STATEMENT_SCHEMA,
    ...content,
    signer: signer.name,
    createdAt: now.toISOString(),
    expiresAt: new Date(now.getTime() + lifetimeMs).toISOString(),
  };
}

/**
 * Signs a statement, writes it into the folder under its id, and says whether it holds.
 *
 * @returns the statements of the folder with the new one among them, and its id
 */
export async function writeStatement(
  document: StatementDocument,
  signer: Signer,
  workspace: Workspace,
  context: CommandContext,
): Promise<{ readonly id: Digest; readonly statements: readonly SignedStatement[] }> {
  const bytes = statementBytes(document);
  const id = sha256(bytes);
  const name = id.slice("sha256:".length);
  const files = await signer.sign(bytes);
  for (const { suffix, content } of files) {
    await writeOutput(workspace.folder, join(workspace.folder, `${name}${suffix}`), content);
    context.out(`Wrote ${escapeTerminal(`${workspace.label}/${name}${suffix}`)}\n`);
  }
  const statements = await workspace.statements();
  const written = statements.find((statement) => statement.id === id);
  if (written?.problem !== undefined) context.err(`It does not count yet: ${escapeTerminal(written.problem)}\n`);
  return { id, statements };
}

/** Lines of a name and a text, for a person to look at before they sign. */
export function printFacts(facts: readonly (readonly [string, string | undefined])[], context: CommandContext): void {
  for (const [name, text] of facts) {
    if (text !== undefined) context.out(`  ${name.padEnd(11)} ${escapeTerminal(text)}\n`);
  }
}
