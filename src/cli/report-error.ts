import { escapeTerminal } from "../output/escape.ts";
import { GateError, type Issue, messageOf } from "../util/errors.ts";
import type { CommandContext } from "./context.ts";
import { EXIT } from "./exit-code.ts";

const LISTED_ISSUES = 50;

/** Says what went wrong and sets the exit code; the stack is shown with `--debug` only. */
export function reportError(error: unknown, context: Pick<CommandContext, "err" | "exit">, debug: boolean): void {
  context.exit(EXIT.noAnswer);
  if (!(error instanceof GateError) || error.code === "internal") {
    context.err(`gate: internal error: ${escapeTerminal(messageOf(error))}\n`);
    context.err("This is a bug in gate. Run again with --debug and report what it prints.\n");
  } else {
    context.err(`gate: ${escapeTerminal(error.message)} [${error.code}]\n`);
    for (const issue of error.issues.slice(0, LISTED_ISSUES)) context.err(`  ${escapeTerminal(issueLine(issue))}\n`);
    const more = error.issues.length - LISTED_ISSUES;
    if (more > 0) context.err(`  and ${more} more\n`);
    if (error.hint !== undefined) context.err(`  ${escapeTerminal(error.hint)}\n`);
  }
  if (debug && error instanceof Error) context.err(`${error.stack ?? ""}\n`);
}

function issueLine({ file, row, column, message, hint }: Issue): string {
  const place = [file, row, column].filter((part) => part !== undefined).join(":");
  const text = place === "" ? message : `${place}: ${message}`;
  return hint === undefined ? text : `${text}. ${hint}`;
}
