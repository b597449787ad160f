import { readFileSync, statSync } from "node:fs";
import { sha256 } from "../evidence/canonical.ts";
import type { Digest } from "../evidence/types.ts";
import { GateError } from "../util/errors.ts";
import { isBundle, type LocatedBundle } from "./bundle.ts";

/** Compiled policies in parts that can be stored by their digests: the description first, then the modules. */
export interface PolicyParts {
  readonly digests: readonly Digest[];
  /**
   * The bytes of a part.
   *
   * @throws {GateError} `policy-engine` where they are no longer what they were
   */
  read(index: number): Uint8Array;
}

/**
 * The parts of compiled policies. No module is read before it is asked for.
 *
 * @param maxBytes of all parts together
 * @returns undefined where they take more
 */
export function policyParts({ bundle, wasmSources }: LocatedBundle, maxBytes: number): PolicyParts | undefined {
  // Not canonical JSON: the description may hold texts of examples that have none.
  const description = Buffer.from(JSON.stringify(bundle), "utf8");
  const bytes = wasmSources.reduce((sum, source) => sum + sizeOf(source), description.length);
  if (bytes > maxBytes) return undefined;
  const digests = [sha256(description), ...bundle.modules.map(({ digest }) => digest)];
  return {
    digests,
    read(index) {
      const source = wasmSources[index - 1];
      const data = index === 0 ? description : typeof source === "string" ? readFileSync(source) : source;
      if (data === undefined || sha256(data) !== digests[index]) {
        throw new GateError("policy-engine", "the compiled policies were changed while they were in use", {
          hint: "Check again.",
        });
      }
      return data;
    },
  };
}

function sizeOf(source: LocatedBundle["wasmSources"][number]): number {
  return typeof source === "string" ? statSync(source).size : source.length;
}

/**
 * Compiled policies from their parts, of which the digests were looked at.
 *
 * @returns undefined where another version of gate compiled them, in a form that this one does not read
 */
export function policiesOfParts([description, ...modules]: readonly Uint8Array[]): LocatedBundle | undefined {
  if (description === undefined) return undefined;
  const bundle: unknown = JSON.parse(Buffer.from(description).toString("utf8"));
  if (!isBundle(bundle) || bundle.modules.length !== modules.length) return undefined;
  return { bundle, wasmSources: modules.map((data) => new Uint8Array(data)), compiled: false };
}
