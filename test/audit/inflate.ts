import { inflateRawSync } from "node:zlib";

/** Unpacking for packs that tests made, and damaged. */
export async function inflate(data: Uint8Array): Promise<Uint8Array | undefined> {
  try {
    return inflateRawSync(data);
  } catch {
    return undefined;
  }
}
