import { resolve } from "node:path";
import { escapeTerminal } from "../../../output/escape.ts";
import { imageName, parseReference } from "../../../policy/oci/reference.ts";
import { readPackageFile } from "../../../policy/package/open.ts";
import { pushPackage } from "../../../policy/package/pull.ts";
import { GateError } from "../../../util/errors.ts";
import type { CommandContext } from "../../context.ts";

/** `gate policy push`: a package into a registry. */
export async function push(reference: string, path: string, context: CommandContext): Promise<void> {
  const image = parseReference(reference);
  if (image.digest !== undefined) {
    throw new GateError("usage", "a package is pushed under a tag; its digest follows from what it is");
  }
  const archive = readPackageFile(resolve(context.cwd, path), { kind: "path", name: path });
  const digest = await pushPackage(reference, archive, context);
  context.out(`${digest}  ${escapeTerminal(imageName(image))}\n`);
}
