import { resolve } from "node:path";
import { sha256 } from "../../../evidence/canonical.ts";
import { escapeTerminal } from "../../../output/escape.ts";
import { openToolchain } from "../../../policy/load.ts";
import { verificationKey } from "../../../policy/package/keys.ts";
import { readPackageFile } from "../../../policy/package/open.ts";
import { GateError } from "../../../util/errors.ts";
import type { CommandContext } from "../../context.ts";
import { EXIT } from "../../exit-code.ts";
import { givenKey, type KeyFlags } from "./package-file.ts";

/** `gate policy verify`: exit 1 where the package is signed and is not what the holder of the key signed. */
export async function verify(path: string, flags: KeyFlags, context: CommandContext): Promise<void> {
  const { key, algorithm } = verificationKey(givenKey(flags, context));
  const archive = readPackageFile(resolve(context.cwd, path), { kind: "path", name: path });
  const toolchain = await openToolchain(context);
  try {
    const { signed, verified, reason, keyId } = await toolchain.verify({ archive, key, algorithm });
    if (!signed) {
      throw new GateError("package-untrusted", `${path} is not signed, so there is nothing to verify`, {
        hint: "Sign it with `gate policy sign`, or pin its digest.",
      });
    }
    const named = keyId === "" ? "" : `, key id ${keyId}`;
    const verdict = verified ? `verified (${algorithm}${named})` : `NOT verified: ${reason}`;
    context.out(`${escapeTerminal(`${path} ${sha256(archive)}: ${verdict}`)}\n`);
    if (!verified) context.exit(EXIT.negative);
  } finally {
    await toolchain.close();
  }
}
