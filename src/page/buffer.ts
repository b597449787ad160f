/**
 * What the code that verification shares with Node uses of Node's `Buffer`, for browsers. The build puts it in the place
 * of the global; `test/page/stand-ins.test.ts` holds it against Node's. A class, for `subarray` has to give the same.
 */
class PageBuffer extends Uint8Array {
  static alloc(size: number): PageBuffer {
    return new PageBuffer(size);
  }

  static concat(parts: readonly Uint8Array[]): PageBuffer {
    const whole = new PageBuffer(parts.reduce((sum, part) => sum + part.length, 0));
    let place = 0;
    for (const part of parts) {
      whole.set(part, place);
      place += part.length;
    }
    return whole;
  }

  static compare(one: Uint8Array, other: Uint8Array): number {
    const length = Math.min(one.length, other.length);
    for (let index = 0; index < length; index++) {
      const difference = (one[index] ?? 0) - (other[index] ?? 0);
      if (difference !== 0) return Math.sign(difference);
    }
    return Math.sign(one.length - other.length);
  }

  static byteLength(text: string): number {
    return new TextEncoder().encode(text).length;
  }

  override toString(encoding = "utf8"): string {
    switch (encoding) {
      case "hex":
        return Array.from(this, (byte) => byte.toString(16).padStart(2, "0")).join("");
      case "base64":
        return toBase64(this);
      case "base64url":
        return toBase64(this).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
      default:
        return new TextDecoder("utf-8", { ignoreBOM: true }).decode(this);
    }
  }

  readUInt32BE(offset = 0): number {
    return this.#view().getUint32(offset);
  }

  writeUInt32BE(value: number, offset = 0): number {
    this.#view().setUint32(offset, value);
    return offset + 4;
  }

  readBigUInt64BE(offset = 0): bigint {
    return this.#view().getBigUint64(offset);
  }

  writeBigUInt64BE(value: bigint, offset = 0): number {
    this.#view().setBigUint64(offset, value);
    return offset + 8;
  }

  #view(): DataView {
    return new DataView(this.buffer, this.byteOffset, this.byteLength);
  }
}

/** In the place of Node's global of that name. */
export const Buffer = {
  alloc: (size: number) => PageBuffer.alloc(size),
  concat: (parts: readonly Uint8Array[]) => PageBuffer.concat(parts),
  compare: (one: Uint8Array, other: Uint8Array) => PageBuffer.compare(one, other),
  byteLength: (text: string) => PageBuffer.byteLength(text),
  of: (...bytes: readonly number[]) => new PageBuffer(bytes),
  from: fromValue,
};

function fromValue(value: string | ArrayLike<number>, encoding = "utf8"): PageBuffer {
  if (typeof value !== "string") return new PageBuffer(value);
  switch (encoding) {
    case "hex":
      return new PageBuffer(
        (value.match(/^(?:[0-9a-fA-F]{2})+/)?.[0].match(/../g) ?? []).map((pair) => parseInt(pair, 16)),
      );
    case "base64":
    case "base64url":
      return fromBase64(value);
    default:
      return new PageBuffer(new TextEncoder().encode(value));
  }
}

const CHUNK = 8_192;

function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let place = 0; place < bytes.length; place += CHUNK) {
    text += String.fromCharCode(...bytes.subarray(place, place + CHUNK));
  }
  return btoa(text);
}

/** Nothing for what is no base64: whoever has to know writes it back and compares. */
function fromBase64(text: string): PageBuffer {
  try {
    const bytes = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    return new PageBuffer(Uint8Array.from(bytes, (character) => character.charCodeAt(0)));
  } catch {
    return new PageBuffer(0);
  }
}
