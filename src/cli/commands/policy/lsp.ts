import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { GateError, messageOf } from "../../../util/errors.ts";
import type { CommandContext } from "../../context.ts";
import { EXIT } from "../../exit-code.ts";

/**
 * `gate policy lsp`: Regal's language server on this process's own input and output. It reads and watches files, so it is
 * an installed `regal`, not the linter of this package.
 *
 * @throws {GateError} `toolchain-missing` where there is none
 */
export async function lsp(context: CommandContext): Promise<void> {
  const server = spawn(findRegal(context.variables), ["language-server"], {
    cwd: context.cwd,
    env: context.variables,
    stdio: "inherit",
  });
  // An editor ends its server by a signal to this process, and Regal does not end where its input does.
  context.interruption().addEventListener("abort", () => server.kill());
  try {
    const [code] = await once(server, "exit");
    context.exit(code === 0 ? EXIT.ok : EXIT.noAnswer);
  } catch (cause) {
    throw missing(`regal could not be started: ${messageOf(cause)}`, cause);
  }
}

function findRegal(variables: CommandContext["variables"]): string {
  const named = variables["GATE_REGAL"]?.trim();
  if (named !== undefined && named !== "") return named;
  const folders = variables["PATH"]?.split(delimiter).filter((folder) => folder !== "") ?? [];
  const paths = folders.flatMap((folder) => [join(folder, "regal"), join(folder, "regal.exe")]);
  const found = paths.find((path) => existsSync(path));
  if (found === undefined) throw missing("there is no regal on the PATH");
  return found;
}

function missing(message: string, cause?: unknown): GateError {
  return new GateError("toolchain-missing", message, {
    hint: "Install Regal (https://www.openpolicyagent.org/projects/regal), or set GATE_REGAL to its path; see docs/editor.md.",
    cause,
  });
}
