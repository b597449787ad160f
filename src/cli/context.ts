import type { Installation } from "../installation.ts";
import type { Clock } from "../util/clock.ts";

/** What a command may use of the process; tests give another. */
export interface CommandContext {
  readonly cwd: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly random: (bytes: number) => Uint8Array;
  readonly installation: Installation;
  readonly cacheFolder: string | undefined;
  /** As `CheckServices.stateFolder`. */
  readonly stateFolder?: string | undefined;
  /** Whether ANSI colours may be written to standard output. */
  readonly color: boolean;
  readonly stdin: () => Promise<Uint8Array>;
  /** A signal that Ctrl-C and a request to end abort. From the first call on they end the process no more. */
  interruption(): AbortSignal;
  out(text: string): void;
  /** Waits until what was written to standard output is taken; false where nobody reads on. Missing where all is taken at once. */
  readonly taken?: () => Promise<boolean>;
  err(text: string): void;
  exit(code: number): void;
}
