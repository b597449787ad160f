import type { Verdict } from "../audit/stored.ts";
import { EXIT, type ExitCode } from "./exit-code.ts";

/** With which code a verification ends. */
export const VERDICT_EXIT = {
  good: EXIT.ok,
  tampered: EXIT.negative,
  unknown: EXIT.noAnswer,
} as const satisfies Record<Verdict, ExitCode>;

/** The first words of what a verification prints. */
export const VERDICT_WORDS = {
  good: "GOOD",
  tampered: "TAMPERED",
  unknown: "CANNOT TELL",
} as const satisfies Record<Verdict, string>;
