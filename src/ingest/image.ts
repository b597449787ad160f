import type { Artifact } from "../evidence/types.ts";
import type { ParseContext } from "./adapter.ts";
import { kept } from "./values.ts";

const DIGEST = /(?:^|@)(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/i;

/**
 * A container image that was scanned. It is known by the digest of its manifest, under which a registry has it, and by that of
 * its configuration, which Docker calls the image's id; an image that was never pushed has only the latter.
 *
 * @param name as the scanner was told
 * @param references digests, with or without the name of a repository and `@` in front; what is none is left out
 * @returns the image, or nothing where no digest is known, for then nobody can tell it from another one
 */
export function scannedImage(
  name: string | undefined,
  references: readonly string[],
  { limits }: ParseContext,
): readonly Artifact[] {
  const digests = references.flatMap((reference) => DIGEST.exec(reference)?.[1]?.toLowerCase() ?? []);
  if (digests.length === 0) return [];
  return [{ ...(name === undefined ? {} : { name: kept(name, limits) }), digests: [...new Set(digests)] }];
}
