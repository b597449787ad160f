import { sha256 } from "../../../evidence/canonical.ts";
import { escapeTerminal } from "../../../output/escape.ts";
import type { GivenKey, SigningAlgorithm } from "../../../policy/package/keys.ts";
import { GateError } from "../../../util/errors.ts";
import type { CommandContext } from "../../context.ts";
import { readKeyText } from "../../key-text.ts";
import { writeOutput } from "../../write-file.ts";

/** Holds a key where a file would be in the way, such as in CI. */
const KEY_VARIABLE = "GATE_POLICY_KEY";

export interface KeyFlags {
  readonly key?: string;
  readonly alg?: SigningAlgorithm;
}

/**
 * The key that a command was given: a file, or the variable. Never an argument, which other processes can see.
 *
 * @throws {GateError} `usage` where there is none, or `key-invalid`
 */
export function givenKey({ key, alg }: KeyFlags, context: CommandContext): GivenKey {
  const algorithm = alg === undefined ? {} : { algorithm: alg };
  if (key !== undefined) return { text: readKeyText(key, context.cwd), label: key, ...algorithm };
  const text = context.variables[KEY_VARIABLE];
  if (text === undefined || text === "") {
    throw new GateError("usage", "no key was given", { hint: `Name a file with --key, or set ${KEY_VARIABLE}.` });
  }
  return { text, label: KEY_VARIABLE, ...algorithm };
}

/** Writes a package and prints its digest as `sha256sum` would, for pins. */
export async function writePackage(path: string, archive: Uint8Array, context: CommandContext): Promise<void> {
  await writeOutput(context.cwd, path, archive);
  context.out(`${sha256(archive)}  ${escapeTerminal(path)}\n`);
}
