import { type CheckState, type DoctorReport, examineStore } from "../../audit/sqlite/doctor.ts";
import { escapeTerminal } from "../../output/escape.ts";
import type { CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { type StoreFlags, storeFile } from "../store-path.ts";

const STATE_EXIT = {
  ok: EXIT.ok,
  wrong: EXIT.negative,
  unknown: EXIT.noAnswer,
} as const satisfies Record<CheckState, ExitCode>;

const STATE_WORDS = { ok: "ok", wrong: "WRONG", unknown: "CANNOT TELL" } as const satisfies Record<CheckState, string>;

/** `gate audit doctor`: exit 0 all well, 1 something is wrong, 2 cannot tell. */
export async function doctor(flags: StoreFlags & { readonly json: boolean }, context: CommandContext): Promise<void> {
  const report = examineStore(await storeFile(flags, context), context.clock);
  context.out(flags.json ? `${JSON.stringify(report, null, 2)}\n` : doctorText(report));
  context.exit(STATE_EXIT[report.state]);
}

function doctorText({ checks }: DoctorReport): string {
  const lines = checks.flatMap(({ name, state, says, remedy }) => [
    escapeTerminal(`${STATE_WORDS[state].padEnd(12)} ${name.padEnd(12)} ${says}`),
    ...(remedy === undefined ? [] : [`${" ".repeat(26)}-> ${escapeTerminal(remedy)}`]),
  ]);
  return `${lines.join("\n")}\n`;
}
