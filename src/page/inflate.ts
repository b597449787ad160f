import type { PackPlatform } from "../audit/pack/verify.ts";

/** Unpacking with what the browser has. */
export const BROWSER: PackPlatform = {
  async inflate(data, size) {
    const { readable, writable } = new DecompressionStream("deflate-raw");
    const writer = writable.getWriter();
    // What is wrong with the data, the reader says as well.
    for (const written of [writer.write(new Uint8Array(data)), writer.close()]) written.catch(() => undefined);
    try {
      return await readAll(readable.getReader(), size);
    } catch {
      // It is no deflate, is cut, or bytes follow it.
      return undefined;
    }
  },
};

async function readAll(reader: ReadableStreamDefaultReader<Uint8Array>, size: number): Promise<Uint8Array | undefined> {
  const whole = new Uint8Array(size);
  let place = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return place === size ? whole : undefined;
    if (place + value.length > size) {
      await reader.cancel();
      return undefined;
    }
    whole.set(value, place);
    place += value.length;
  }
}
