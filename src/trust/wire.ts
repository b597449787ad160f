/**
 * What is wrong with a key, a signature or a statement, in words for a user. It becomes the problem of a statement or an
 * issue of a file, and never leaves this folder.
 */
export class Refusal extends Error {
  override readonly name = "Refusal";
}

/** Reads data types of RFC 4251 section 5 one after the other. Each throws a {@link Refusal} where the bytes end early. */
export interface WireReader {
  byte(): number;
  uint32(): number;
  string(): Buffer;
  /** A string of printable ASCII. */
  text(): string;
  /** A multiple-precision integer that is not negative, as its shortest big-endian bytes. */
  integer(): Buffer;
  /** Refuses bytes that are left over. */
  end(): void;
}

/** @param what for messages, such as `the public key` */
export function wireReader(bytes: Uint8Array, what: string): WireReader {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = 0;
  const take = (length: number): Buffer => {
    if (length > data.length - offset) throw new Refusal(`${what} is cut off`);
    offset += length;
    return data.subarray(offset - length, offset);
  };
  const uint32 = (): number => take(4).readUInt32BE();
  const string = (): Buffer => take(uint32());
  return {
    byte: () => take(1).readUInt8(),
    uint32,
    string,
    text() {
      const text = string().toString("latin1");
      if (!/^[\x21-\x7e]*$/.test(text)) throw new Refusal(`${what} names something in characters that no name has`);
      return text;
    },
    integer() {
      const integer = string();
      const [first = 0, second = 0] = integer;
      // More than one way to write a key would make it more than one key.
      if (first >= 0x80 || (integer.length > 0 && first === 0 && second < 0x80)) {
        throw new Refusal(`${what} holds a number that is negative or written with superfluous zeros`);
      }
      return first === 0 ? integer.subarray(1) : integer;
    },
    end() {
      if (offset < data.length) throw new Refusal(`${what} goes on after its end`);
    },
  };
}

/** A string of RFC 4251: its length in four bytes, then its bytes. */
export function wireString(value: Uint8Array | string): Buffer {
  const bytes = typeof value === "string" ? Buffer.from(value, "utf8") : value;
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
