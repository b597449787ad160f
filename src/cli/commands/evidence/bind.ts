import {
  BINDING_PAYLOAD_TYPE,
  BINDING_SUFFIX,
  createBinding,
  type EvidenceBinding,
} from "../../../evidence/binding.ts";
import { canonicalJson } from "../../../evidence/canonical.ts";
import { digestFile, parseExitCodeFlag } from "../../../ingest/index.ts";
import { escapeTerminal } from "../../../output/escape.ts";
import { GateError } from "../../../util/errors.ts";
import type { CommandContext } from "../../context.ts";
import { writeOutput } from "../../write-file.ts";
import { recordedSubject } from "./recorded.ts";

export interface BindFlags {
  readonly commit?: string;
  readonly repository?: string;
  /** With which code the tool ended. */
  readonly exitCode?: string;
  /** RFC 3339: when the tool began. */
  readonly started?: string;
  /** A private key in PEM: then the binding is signed. */
  readonly key?: string;
}

/** `gate evidence bind`: writes beside each file for which commit it was made, and when. */
export async function bind(files: readonly string[], flags: BindFlags, context: CommandContext): Promise<void> {
  const exitCode = flags.exitCode === undefined ? undefined : parseExitCodeFlag(flags.exitCode).code;
  const startedAt = flags.started === undefined ? undefined : instantOfFlag(flags.started);
  const { commit, repository, run } = await recordedSubject(flags, context);
  for (const file of files) {
    const binding = createBinding({
      sha256: digestFile(file, context.cwd),
      commit,
      producedAt: context.clock.now().toISOString(),
      ...(startedAt === undefined ? {} : { startedAt }),
      ...(repository === undefined ? {} : { repository }),
      ...(run === undefined ? {} : { run }),
      ...(exitCode === undefined ? {} : { exitCode }),
    });
    await writeOutput(context.cwd, `${file}${BINDING_SUFFIX}`, await textOf(binding, flags.key, context));
    context.out(`${escapeTerminal(file)} is bound to ${commit}\n`);
  }
}

/** @throws {GateError} `usage` where it is no instant */
function instantOfFlag(text: string): string {
  const time = Date.parse(text);
  if (/^\d{4}-\d{2}-\d{2}T/.test(text) && !Number.isNaN(time)) return new Date(time).toISOString();
  throw new GateError("usage", `--started must be a time as 2026-01-31T12:00:00Z, not "${text}"`, {
    hint: "Pass what `date -u +%FT%TZ` printed before the tool ran.",
  });
}

/** A binding as it is written: signed where there is a key. */
async function textOf(binding: EvidenceBinding, key: string | undefined, context: CommandContext): Promise<string> {
  if (key === undefined) return `${JSON.stringify(binding, null, 2)}\n`;
  const [{ givenPrivateKey }, { signedEnvelope }] = await Promise.all([
    import("../trust/signer.ts"),
    import("../../../trust/signing.ts"),
  ]);
  const payload = Buffer.from(canonicalJson(binding), "utf8");
  return signedEnvelope(givenPrivateKey(key, context), BINDING_PAYLOAD_TYPE, payload);
}
