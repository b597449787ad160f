const RANDOM_BYTES = 10;
const MAX_UNIX_MS = 2 ** 48 - 1;

/** A UUID as RFC 9562 writes it, in lower case; any version. */
export const UUID_PATTERN = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * A version 7 UUID (RFC 9562 section 5.7): 48 bits of Unix milliseconds, then 74 random bits. Ids of a later
 * millisecond sort after those of an earlier one, which keeps the index of the log dense.
 *
 * @param random exactly 10 bytes; 6 of their 80 bits give way to the version and the variant
 * @throws {RangeError} for another number of bytes, or a time outside of 1970 to 10889
 */
export function uuidV7(time: Date, random: Uint8Array): string {
  const milliseconds = time.getTime();
  if (!(milliseconds >= 0 && milliseconds <= MAX_UNIX_MS)) throw new RangeError("time does not fit a version 7 UUID");
  if (random.length !== RANDOM_BYTES) throw new RangeError(`a version 7 UUID takes ${RANDOM_BYTES} random bytes`);
  const bytes = Buffer.alloc(16);
  bytes.writeUIntBE(milliseconds, 0, 6);
  bytes.set(random, 6);
  bytes.writeUInt8(0x70 | (bytes.readUInt8(6) & 0x0f), 6);
  bytes.writeUInt8(0x80 | (bytes.readUInt8(8) & 0x3f), 8);
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
