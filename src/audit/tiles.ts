/** The files of a log in the layout of C2SP tlog-tiles (https://c2sp.org/tlog-tiles). */

/** Hashes of a full tile, and entries of a full bundle. */
export const TILE_WIDTH = 256;

/** Levels of the tree that one level of tiles spans. */
export const TILE_HEIGHT = 8;

/** A bundle of entries: each with its length in 16 bits before it. */
export function bundlePath(number: number, width: number = TILE_WIDTH): string {
  return pathOf("entries", number, width);
}

/** @param width how many hashes the tile holds; less than 256 at the right edge */
export function tilePath(level: number, number: number, width: number = TILE_WIDTH): string {
  return pathOf(String(level), number, width);
}

/** The entries of a bundle, as it is stored. */
export function encodeBundle(bodies: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    bodies.flatMap((body) => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(body.length);
      return [length, body];
    }),
  );
}

/** In groups of three digits, all but the last behind an `x`: 1234067 is `x001/x234/067`. */
export function tileNumber(number: number): string {
  const digits = String(number);
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, "0");
  return (padded.match(/\d{3}/g) ?? []).map((group, at, all) => (at < all.length - 1 ? `x${group}` : group)).join("/");
}

function pathOf(folder: string, number: number, width: number): string {
  return `tile/${folder}/${tileNumber(number)}${width === TILE_WIDTH ? "" : `.p/${width}`}`;
}
