import { dirname, join } from "node:path";
import { findConfig, loadConfig } from "../../../config/load.ts";
import { escapeTerminal } from "../../../output/escape.ts";
import { imageName, parseReference } from "../../../policy/oci/reference.ts";
import { LOCK_NAME, lockText } from "../../../policy/package/lock.ts";
import { fetchPackage, pullPackages } from "../../../policy/package/pull.ts";
import { openCache } from "../../../util/cache.ts";
import { GateError } from "../../../util/errors.ts";
import type { CommandContext } from "../../context.ts";
import { writeOutput } from "../../write-file.ts";
import { writePackage } from "./package-file.ts";

export interface PolicyPullFlags {
  readonly output?: string;
  readonly config?: string;
}

/** `gate policy pull`: one package into a file, or those of gate.yaml to where a check looks for them. */
export async function pull(
  reference: string | undefined,
  flags: PolicyPullFlags,
  context: CommandContext,
): Promise<void> {
  if (reference === undefined) return pullConfigured(flags, context);
  if (flags.output === undefined) {
    throw new GateError("usage", "there is no file to write the package to", { hint: "Name one with --output." });
  }
  const image = parseReference(reference);
  const { digest, archive } = await fetchPackage(reference, context);
  await writePackage(flags.output, archive, context);
  context.out(`${digest}  ${escapeTerminal(imageName(image))}\n`);
}

async function pullConfigured(flags: PolicyPullFlags, context: CommandContext): Promise<void> {
  if (flags.output !== undefined) throw new GateError("usage", "--output needs the name of an image to pull");
  const file = findConfig(context.cwd, flags.config);
  const { policy } = await loadConfig(file, context.installation.schemas, openCache(context.cacheFolder));
  if (policy.packages.length === 0) {
    throw new GateError("usage", `${file.label} names no policy packages`, {
      hint: "Name them in `policy.packages`, or pull one with its reference and --output.",
    });
  }
  const folder = dirname(file.path);
  const { locked, files } = await pullPackages(policy.packages, folder, context);
  for (const { path, archive } of files) await writeOutput(folder, path, archive);
  await writeOutput(folder, join(folder, LOCK_NAME), lockText(locked));
  for (const entry of locked) context.out(`${entry.digest}  ${escapeTerminal(entry.source)}\n`);
}
