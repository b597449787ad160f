import { resolve } from "node:path";
import { openToolchain } from "../../../policy/load.ts";
import { signingKey } from "../../../policy/package/keys.ts";
import { readPackageFile } from "../../../policy/package/open.ts";
import type { CommandContext } from "../../context.ts";
import { givenKey, type KeyFlags, writePackage } from "./package-file.ts";

export interface PolicySignFlags extends KeyFlags {
  readonly output: string;
  readonly keyId: string;
}

/** `gate policy sign`: the package with a signature over every file of it. */
export async function sign(path: string, flags: PolicySignFlags, context: CommandContext): Promise<void> {
  const { key, algorithm } = signingKey(givenKey(flags, context));
  const archive = readPackageFile(resolve(context.cwd, path), { kind: "path", name: path });
  const toolchain = await openToolchain(context);
  try {
    const signed = await toolchain.sign({ archive, key, algorithm, keyId: flags.keyId });
    await writePackage(flags.output, signed, context);
  } finally {
    await toolchain.close();
  }
}
