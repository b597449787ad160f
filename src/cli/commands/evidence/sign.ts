import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { SIGNATURE_SUFFIX } from "../../../evidence/stated.ts";
import { ingest } from "../../../ingest/index.ts";
import { escapeTerminal } from "../../../output/escape.ts";
import { GateError } from "../../../util/errors.ts";
import { DEFAULT_LIMITS } from "../../../util/limits.ts";
import type { CommandContext } from "../../context.ts";
import { writeOutput } from "../../write-file.ts";
import type { SignerFlags } from "../trust/signer.ts";

/** `gate evidence sign`: writes beside each statement the signature of whoever states it. */
export async function sign(files: readonly string[], flags: SignerFlags, context: CommandContext): Promise<void> {
  const { openSigning } = await import("../trust/signer.ts");
  const signing = await openSigning(flags, context);
  for (const file of files) {
    const { type, statedBy, result } = await statementIn(file, context);
    const signature = await signing.detached(readFileSync(resolve(context.cwd, file)));
    await writeOutput(context.cwd, `${file}${SIGNATURE_SUFFIX}`, signature);
    context.out(`${escapeTerminal(`${file} is signed: ${type} by ${statedBy}, ${result}`)}\n`);
  }
}

/** @throws {GateError} `usage` where the file is no statement */
async function statementIn(file: string, { cwd, stdin }: CommandContext) {
  const requests = [{ pattern: file, declared: "statement", required: true, origin: file }] as const;
  const { documents } = await ingest(requests, { cwd, limits: DEFAULT_LIMITS, stdin });
  const [document] = documents;
  if (document?.kind === "statement") return document.summary;
  const reason = document?.statusReasons[0];
  const where = reason?.place === undefined ? "" : ` (at ${reason.place})`;
  const why = reason === undefined ? "" : `: ${reason.message}${where}`;
  throw new GateError("usage", `${file} is no statement that gate can read${why}`, {
    hint: "docs/formats/gate-statement.md shows one.",
  });
}
